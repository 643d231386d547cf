"""Back office: evidence of practice, entered by one person and confirmed by another."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts.roles import Role
from app.certification import claims, forms, labels, services
from app.certification.blueprint import bp
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, SecondPersonRequiredError
from app.core.web import BaseForm, access

ENTERERS = (Role.LECTURER, Role.EXAMINER, Role.COMMITTEE_MEMBER)
"""Who may state something of a candidate."""

CONFIRMERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)
"""Who may confirm what somebody else stated."""

READERS = (*ENTERERS, Role.REVIEWER)

MOST_FILE_BYTES = 512 * 1024


@bp.get("/office/evidence")
@access(*READERS, answers="200 page")
def evidence() -> ResponseReturnValue:
    """Show what waits for a second person, and the forms that enter more."""
    return _evidence_page()


def _evidence_page(
    form: forms.ClaimForm | None = None,
    file_form: forms.ClaimFileForm | None = None,
    problems: tuple[claims.RowProblem, ...] = (),
    refusal: str = "",
) -> str:
    db_session = db.session()
    waiting = claims.waiting_claims(db_session)
    people = [claim.enterer.partition(":")[2] for claim, _ in waiting]
    return render_template(
        "certification/evidence.html",
        form=form or forms.ClaimForm(formdata=None),
        file_form=file_form or forms.ClaimFileForm(formdata=None),
        problems=problems,
        waiting=waiting,
        names=accounts.display_names(db_session, people),
        me=_me(),
        may_enter=bool(current_user.roles & set(ENTERERS)),
        may_confirm=bool(current_user.roles & set(CONFIRMERS)),
        words=labels,
        columns=",".join(claims.COLUMNS),
        refusal=refusal,
    )


@bp.post("/office/evidence")
@access(
    *ENTERERS,
    fields={
        "account": "the candidate's, as they sign in",
        "kind": "sessions, training or contest",
        "amount": "sessions, hours, or the contest's points",
        "happened_on": "the day, or the last day of a series",
        "title": "whose sessions, which course, which contest",
        "source": "where it can be looked up",
    },
    answers="303 to the page; 403 second_person_required for oneself; 409 page: claim_taken; "
    "422 form again",
)
def enter_evidence() -> ResponseReturnValue:
    """State something of a candidate."""
    form = forms.ClaimForm()
    if not form.validate_on_submit():
        return _evidence_page(form), 422
    try:
        with transaction() as db_session:
            person = accounts.person_of_account_or_none(db_session, form.account.data)
            if person is None:
                form.account.errors = [str(labels.CLAIM_PROBLEM["unknown_account"])]
                return _evidence_page(form), 422
            claims.enter(db_session, person, form.claim, enterer=_me(), now=clock.now())
    except claims.ClaimTakenError as error:
        return _evidence_page(form, refusal=message_of(error.code)), 409
    flash(gettext("已登记，等待第二人确认"))
    return redirect(url_for("certification.evidence"), code=303)


@bp.post("/office/evidence/file")
@access(
    *ENTERERS,
    fields={"file": "CSV with the page's heading, at most 2000 rows"},
    answers="303 to the page; 422 page with every row's problem, nothing is entered",
)
def enter_evidence_file() -> ResponseReturnValue:
    """Enter every row of a file, or none."""
    file_form = forms.ClaimFileForm()
    if not file_form.validate_on_submit():
        return _evidence_page(file_form=file_form), 422
    try:
        rows = claims.parse_claims(file_form.file.data.read(MOST_FILE_BYTES + 1))
        with transaction() as db_session:
            new = claims.enter_file(db_session, rows, enterer=_me(), now=clock.now())
    except claims.ClaimFileError as error:
        refusal = message_of(error.code)
        return _evidence_page(file_form=file_form, problems=error.rows, refusal=refusal), 422
    flash(gettext("新登记 %(new)s 条，已有 %(held)s 条", new=new, held=len(rows) - new))
    return redirect(url_for("certification.evidence"), code=303)


@bp.post("/office/evidence/<public_id>/<outcome>")
@access(
    *READERS,
    answers="303 to the page; 403 second_person_required; 409 page: claim_decided; 404",
)
def decide_evidence(public_id: str, outcome: str) -> ResponseReturnValue:
    """Confirm (`confirmed`) or decline (`declined`) an entry."""
    form, now = BaseForm(), clock.now()
    if not form.validate_on_submit():
        return _evidence_page(), 422
    try:
        with transaction() as db_session:
            claim = claims.claim_of(db_session, public_id, lock=True)
            if outcome == "confirmed" and not current_user.roles & set(CONFIRMERS):
                raise SecondPersonRequiredError(f"{claim!r}: {_me()} may not confirm")
            services.decide_claim(db_session, claim, outcome, decider=_me(), now=now)
    except ConflictError as error:
        return _evidence_page(refusal=message_of(error.code)), 409
    flash(gettext("已确认，已计入") if outcome == "confirmed" else gettext("已退回"))
    return redirect(url_for("certification.evidence"), code=303)


def _me() -> str:
    return f"person:{current_user.public_id}"
