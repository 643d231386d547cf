"""Back office: acts on credentials, proposed by one person and confirmed by another."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts.roles import Role
from app.certification import forms, labels, presenting, proposals, queries
from app.certification.blueprint import bp
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import NotFoundError
from app.core.web import access
from certificates.errors import CertificateNumberError
from certificates.numbers import normalize_number
from certificates.validity import end_of_day

OFFICE = (Role.COMMITTEE_MEMBER, Role.REVIEWER, Role.APPEAL_HANDLER)
"""Who may propose and confirm; never both in one person."""


@bp.get("/office/credentials")
@access(
    *OFFICE,
    fields={"number": "a certificate's number, as typed"},
    answers="200 page; 303 to the certificate's acts; 404 page for an unknown number",
)
def office() -> ResponseReturnValue:
    """Show what waits for a second person, and find a certificate by its number."""
    typed = request.args.get("number", "").strip()
    if not typed:
        return _office_page()
    try:
        number = queries.credential(db.session(), normalize_number(typed)).number
    except (CertificateNumberError, NotFoundError):
        return _office_page(typed=typed, refusal=gettext("没有这个编号的证书，请核对")), 404
    return redirect(url_for("certification.office_credential", number=number), code=303)


def _office_page(typed: str = "", refusal: str = "") -> str:
    waiting = proposals.open_proposals(db.session())
    people = [proposal.proposer.partition(":")[2] for proposal, _ in waiting]
    return render_template(
        "certification/office.html",
        waiting=waiting,
        names=accounts.display_names(db.session(), people),
        act_words=labels.ACT,
        reasons=labels.REASONS_OF_ACT,
        typed=typed[:60],
        refusal=refusal,
    )


@bp.get("/office/credentials/<number>")
@access(*OFFICE, answers="200 page; 404")
def office_credential(number: str) -> ResponseReturnValue:
    """Show a certificate's life and what may be done about it."""
    return _credential_page(number)


@bp.post("/office/credentials/<number>/proposals")
@access(
    *OFFICE,
    fields={
        "act": "suspend, reinstate, revoke or correct",
        "reason": "`act:code`",
        "comment": "on what it rests",
        "until_on": "last day of a suspension, optional",
        "corrected_name": "for correct alone",
    },
    answers="303 to the certificate; 403 second_person_required; 409 page: proposal_open, "
    "credential_ended; 422 form again; 404",
)
def propose(number: str) -> ResponseReturnValue:
    """Propose an act on a certificate."""
    now = clock.now()
    held = queries.held_credential(db.session(), queries.credential(db.session(), number), at=now)
    form = forms.ProposalForm(proposals.allowed_acts(held))
    if not form.validate_on_submit():
        return _credential_page(number, form), 422
    db.session().rollback()  # looking at fonts holds no connection
    try:
        name = form.corrected_name.data
        draft = proposals.Draft(
            act=form.act.data,
            reason=form.reason_code,
            comment=form.comment.data,
            until_at=end_of_day(form.until_on.data) if form.until_on.data else None,
            corrected_name=proposals.check_name(name, _settings()) if name else None,
        )
        with transaction() as db_session:
            record = queries.credential(db_session, number, lock=True)
            proposals.propose(db_session, record, draft, proposer=_me(), now=now)
    except proposals.NameUnprintableError as error:
        form.corrected_name.errors = [presenting.unprintable_words(error.characters)]
        return _credential_page(number, form), 422
    except proposals.ProposalOpenError as error:
        return _credential_page(number, form, refusal=message_of(error.code)), 409
    flash(gettext("已提交，等第二人确认后生效"))
    return redirect(url_for("certification.office_credential", number=number), code=303)


@bp.post("/office/proposals/<public_id>/confirm")
@access(
    *OFFICE,
    answers="303 to the certificate; 403 second_person_required; 409 proposal_decided, "
    "credential_ended, not_suspended; 404",
)
def confirm_proposal(public_id: str) -> ResponseReturnValue:
    """Confirm what somebody else proposed; it takes effect at once."""
    with transaction() as db_session:
        proposal = proposals.proposal_of(db_session, public_id, lock=True)
        record = proposals.confirm(
            db_session,
            proposal,
            decider=_me(),
            verify_base_url=_settings().public_base_url,
            now=clock.now(),
        )
        number = record.number
    flash(gettext("已确认，现在生效"))
    return redirect(url_for("certification.office_credential", number=number), code=303)


@bp.post("/office/proposals/<public_id>/decline")
@access(*OFFICE, answers="303 to the certificate; 409 proposal_decided; 404")
def decline_proposal(public_id: str) -> ResponseReturnValue:
    """End a proposal without effect."""
    with transaction() as db_session:
        proposal = proposals.proposal_of(db_session, public_id, lock=True)
        proposals.decline(db_session, proposal, decider=_me(), now=clock.now())
        number = queries.credential_by_id(db_session, proposal.credential_id).number
    flash(gettext("已退回，证书没有变化"))
    return redirect(url_for("certification.office_credential", number=number), code=303)


def _credential_page(number: str, form: forms.ProposalForm | None = None, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    record = queries.credential(db_session, number)
    held = queries.held_credential(db_session, record, at=now)
    allowed = proposals.allowed_acts(held)
    made = proposals.proposals_on(db_session, record)
    events = queries.events_of(db_session, record)
    people = {who for one in [*made, *events] for who in _persons(one)}
    return render_template(
        "certification/office_credential.html",
        record=record,
        held=held,
        form=form or forms.ProposalForm(allowed, formdata=None),
        allowed=allowed,
        waiting=next((one for one in made if one.decided_at is None), None),
        decided=[one for one in made if one.decided_at is not None],
        events=events,
        names=accounts.display_names(db_session, [who.partition(":")[2] for who in people]),
        me=_me(),
        words=labels,
        refusal=refusal,
    )


def _persons(row: object) -> list[str]:
    named = (getattr(row, name, None) for name in ("proposer", "decider", "actor", "second_person"))
    return [who for who in named if who is not None and who.startswith("person:")]


def _me() -> str:
    return f"person:{current_user.public_id}"


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
