"""Pages of the rules' office: versions and their effect, providers in the matrix, red lines."""

from __future__ import annotations

from datetime import date, datetime

import yaml
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.roles import Role
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.core.web import access
from app.providers import labels as provider_labels
from app.providers import queries, wording
from app.providers.models import Provider, ProviderTier
from app.providers.months import last_complete_month
from app.providers.rules import deciding, effects, forms, labels, standing
from app.providers.rules import wording as rule_words
from app.providers.schemes import Scheme
from app.providers.tiers import fewest_exams, next_above

add_messages(labels.MESSAGES)

bp = Blueprint("office", __name__, url_prefix="/office/five-force")

WRITERS = (Role.COMMITTEE_MEMBER,)
READERS = DECIDERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)

SHOWN = 60
"""Providers in the table of an effect; the counts above it are of all."""


@bp.get("")
@access(*READERS, answers="200 page")
def index() -> ResponseReturnValue:
    """Show the versions, what waits for a second person, and the matrix of each version."""
    return _index_page(forms.ProposalForm(formdata=None))


@bp.get("/schemes/<ref>.yaml")
@access(*READERS, answers="200 application/yaml; 404")
def scheme_yaml(ref: str) -> ResponseReturnValue:
    """Give a published version as the text that a new one begins with."""
    found = next((one for one in queries.schemes(db.session()) if one.ref == ref), None)
    if found is None:
        raise NotFoundError(f"scheme {ref}")
    body = {"lang": "zh-Hans", "scheme": found.model_dump(mode="json")}
    text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=10_000)
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{ref}.yaml"'
    return answer


@bp.post("/proposals")
@access(
    *WRITERS,
    fields={"text": "YAML of the whole scheme", "comment": "what it changes and why"},
    answers="303 to the proposal; 409 page: scheme_version_taken, scheme_too_early; 422 page "
    "with every fault",
)
def propose() -> ResponseReturnValue:
    """Lay a version before a second person."""
    form = forms.ProposalForm()
    if not form.validate_on_submit():
        return _index_page(form), 422
    actor = current_user.actor
    try:
        scheme = deciding.read_scheme(form.text.data or "")
        with transaction() as db_session:
            public_id = deciding.propose_scheme(
                db_session, scheme, form.comment.data or "", actor=actor, now=clock.now()
            ).public_id
    except deciding.BadSchemeError as error:
        return _index_page(form, problems=error.problems), 422
    except ConflictError as error:
        form.text.errors = [message_of(error.code)]
        return _index_page(form), 409
    flash(gettext("已提交，等待第二人决定"))
    return redirect(url_for("providers.office.proposal", public_id=public_id), code=303)


@bp.get("/proposals/<public_id>")
@access(*READERS, answers="200 page with the effect on the last complete month; 404")
def proposal(public_id: str) -> ResponseReturnValue:
    """Show who would move and by how much, before anything is decided."""
    return _proposal_page(public_id, forms.DecisionForm(formdata=None))


@bp.post("/proposals/<public_id>/decide")
@access(
    *DECIDERS,
    fields={"answer": "publish or decline", "reason": "4 to 400 characters"},
    answers="303 to the proposal; 403 page for who proposed it; 404; 409 page: rule_decided, "
    "scheme_too_early; 422 page",
)
def decide(public_id: str) -> ResponseReturnValue:
    """Publish a version, or decline it, as a second person."""
    form, actor = forms.DecisionForm(), current_user.actor
    if not form.validate_on_submit():
        return _proposal_page(public_id, form), 422
    try:
        with transaction() as db_session:
            deciding.decide_proposal(
                db_session,
                public_id,
                publish=form.answer.data == "publish",
                reason=form.reason.data or "",
                actor=actor,
                now=clock.now(),
            )
    except (ConflictError, ForbiddenError) as error:
        status = 409 if isinstance(error, ConflictError) else 403
        return _proposal_page(public_id, form, message_of(error.code)), status
    flash(gettext("已记录决定"))
    return redirect(url_for("providers.office.proposal", public_id=public_id), code=303)


@bp.get("/providers")
@access(*READERS, answers="200 page")
def providers() -> ResponseReturnValue:
    """Show every provider in the matrix: where it stands, what it reaches, what is missing."""
    return _providers_page()


@bp.get("/providers/<public_id>")
@access(*READERS, answers="200 page; 404")
def provider(public_id: str) -> ResponseReturnValue:
    """Show one provider against every cell of its field, and the decisions about it."""
    return _provider_page(public_id)


@bp.post("/providers/<public_id>/tier")
@access(
    *WRITERS,
    fields={"tier": "quality, core or strategic", "reason": "4 to 400 characters"},
    answers="303 to the provider; 404; 409 page: tier_not_earned; 422 page",
)
def move(public_id: str) -> ResponseReturnValue:
    """Put a provider into a tier that it earns, or into a lower one."""
    form, actor, now = forms.TierForm(), current_user.actor, clock.now()
    if not form.validate_on_submit():
        return _provider_page(public_id, _first_error(form)), 422
    month = last_complete_month(now)
    try:
        with transaction() as db_session:
            scheme, one = _standing_of(db_session, public_id, now, lock=True)
            deciding.move_to_tier(
                db_session,
                one,
                ProviderTier(form.tier.data),
                scheme_ref=scheme.ref,
                month=month,
                reason=form.reason.data or "",
                actor=actor,
                now=now,
            )
    except ConflictError as error:
        return _provider_page(public_id, message_of(error.code)), 409
    flash(gettext("层级已更新"))
    return redirect(url_for("providers.office.provider", public_id=public_id), code=303)


@bp.post("/providers/<public_id>/invite")
@access(
    *WRITERS,
    fields={"reason": "4 to 400 characters"},
    answers="303 to the provider; 404; 422 page",
)
def invite(public_id: str) -> ResponseReturnValue:
    """Ask a provider to the tier that is by invitation."""
    form, actor, now = forms.ReasonForm(), current_user.actor, clock.now()
    if not form.validate_on_submit():
        return _provider_page(public_id, _first_error(form)), 422
    with transaction() as db_session:
        scheme, one = _standing_of(db_session, public_id, now)
        deciding.invite_to_top(
            db_session,
            one.provider,
            scheme_ref=scheme.ref,
            month=last_complete_month(now),
            reason=form.reason.data or "",
            actor=actor,
            now=now,
        )
    flash(gettext("邀请已记录"))
    return redirect(url_for("providers.office.provider", public_id=public_id), code=303)


@bp.post("/providers/<public_id>/red-line")
@access(
    *WRITERS,
    fields={"red_line": "id of the scheme's red line", "reason": "4 to 400 characters"},
    answers="303 to the provider; 404, also for an unknown line; 422 page",
)
def freeze(public_id: str) -> ResponseReturnValue:
    """Record that a red line was crossed: the rating is frozen."""
    form, actor, now = forms.FindingForm(), current_user.actor, clock.now()
    if not form.validate_on_submit():
        return _provider_page(public_id, _first_error(form)), 422
    with transaction() as db_session:
        scheme, one = _standing_of(db_session, public_id, now)
        deciding.record_finding(
            db_session,
            one.provider,
            scheme,
            form.red_line.data or "",
            month=last_complete_month(now),
            reason=form.reason.data or "",
            actor=actor,
            now=now,
        )
    flash(gettext("已记录，评级冻结"))
    return redirect(url_for("providers.office.provider", public_id=public_id), code=303)


@bp.post("/providers/<public_id>/findings/<int:finding_id>/lift")
@access(
    *DECIDERS,
    fields={"reason": "4 to 400 characters"},
    answers="303 to the provider; 403 page for who recorded it; 404; 409 page; 422 page",
)
def lift(public_id: str, finding_id: int) -> ResponseReturnValue:
    """Take a finding back, as another person than who recorded it."""
    form, actor = forms.ReasonForm(), current_user.actor
    if not form.validate_on_submit():
        return _provider_page(public_id, _first_error(form)), 422
    try:
        with transaction() as db_session:
            lifted = deciding.lift_finding(
                db_session, finding_id, reason=form.reason.data or "", actor=actor, now=clock.now()
            )
            if lifted.provider_id != _provider(db_session, public_id).id:
                raise NotFoundError(f"finding {finding_id} of {public_id}")
    except (ConflictError, ForbiddenError) as error:
        status = 409 if isinstance(error, ConflictError) else 403
        return _provider_page(public_id, message_of(error.code)), status
    flash(gettext("已撤回，评级恢复"))
    return redirect(url_for("providers.office.provider", public_id=public_id), code=303)


def _index_page(form: forms.ProposalForm, problems: tuple[str, ...] = ()) -> str:
    db_session = db.session()
    rows = deciding.proposals(db_session)
    published = sorted(
        queries.schemes(db_session), key=lambda one: (one.effective_on, one.version), reverse=True
    )
    now = clock.now()
    return render_template(
        "providers/office/index.html",
        schemes=published,
        in_effect=_in_effect(published, last_complete_month(now)),
        proposals=rows,
        names=_names(db_session, [one.proposed_by for one in rows]),
        form=form,
        problems=problems,
        may_write=bool(current_user.roles & set(WRITERS)),
        earliest=deciding.earliest_effect(now),
        labels=labels,
        provider_labels=provider_labels,
        wording=wording,
        rule_words=rule_words,
    )


def _proposal_page(public_id: str, form: forms.DecisionForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    row = deciding.proposal_of(db_session, public_id)
    scheme = Scheme.model_validate(row.body)
    effect = effects.effect_of(
        db_session,
        scheme,
        last_complete_month(now),
        now=now,
        include_demo=_settings().is_demo,
    )
    actors = [row.proposed_by, *([row.decided_by] if row.decided_by else [])]
    return render_template(
        "providers/office/proposal.html",
        row=row,
        scheme=scheme,
        effect=effect,
        providers=effects.names_of(db_session),
        shown=SHOWN,
        form=form,
        refusal=refusal,
        may_decide=row.state == "proposed"
        and row.proposed_by != current_user.actor
        and bool(current_user.roles & set(DECIDERS)),
        names=_names(db_session, actors),
        labels=labels,
        provider_labels=provider_labels,
        wording=wording,
    )


def _providers_page() -> str:
    now = clock.now()
    month = last_complete_month(now)
    scheme, rows = standing.every_standing(
        db.session(), month, now=now, include_demo=_settings().is_demo
    )
    return render_template(
        "providers/office/providers.html",
        scheme=scheme,
        month=month,
        rows=rows,
        provider_labels=provider_labels,
        wording=wording,
        rule_words=rule_words,
    )


def _provider_page(public_id: str, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    scheme, one = _standing_of(db_session, public_id, now)
    month = last_complete_month(now)
    above = next_above(one.cells, one.provider.tier)
    plan = None
    if above is not None and one.scorecard is not None:
        plan = fewest_exams(scheme, one.scorecard, above.cell)
    findings = [
        found
        for found in standing.findings_of(db_session, month)
        if found.provider_id == one.provider.id
    ]
    decisions = standing.decisions_of(db_session, one.provider.id)
    actors = [*(found.found_by for found in findings), *(row.decided_by for row in decisions)]
    return render_template(
        "providers/office/provider.html",
        scheme=scheme,
        month=month,
        one=one,
        above=above,
        plan=plan,
        findings=findings,
        decisions=decisions,
        names=_names(db_session, actors),
        tier_form=forms.TierForm(formdata=None),
        reason_form=forms.ReasonForm(formdata=None),
        refusal=refusal,
        may_write=bool(current_user.roles & set(WRITERS)),
        may_lift=bool(current_user.roles & set(DECIDERS)),
        me=current_user.actor,
        provider_labels=provider_labels,
        wording=wording,
        rule_words=rule_words,
    )


def _standing_of(
    db_session: Session, public_id: str, now: datetime, *, lock: bool = False
) -> tuple[Scheme, standing.ProviderStanding]:
    found = _provider(db_session, public_id, lock=lock)
    scheme, rows = standing.every_standing(
        db_session, last_complete_month(now), now=now, include_demo=_settings().is_demo
    )
    if scheme is None:
        raise NotFoundError("no scheme in effect")
    return scheme, next(row for row in rows if row.provider.id == found.id)


def _provider(db_session: Session, public_id: str, *, lock: bool = False) -> Provider:
    query = select(Provider).where(Provider.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"provider {public_id}")
    return found


def _in_effect(schemes: list[Scheme], month: date) -> str:
    """Return the ref of the version that scores a month; empty without one."""
    begun = [one for one in schemes if one.effective_on <= month]
    return begun[0].ref if begun else ""


def _names(db_session: Session, actors: list[str]) -> dict[str, str]:
    """Return display names by actor; a command stands for itself."""
    found = accounts.display_names(db_session, [one.removeprefix("person:") for one in actors])
    return {one: found.get(one.removeprefix("person:"), one) for one in actors}


def _first_error(form: forms.ReasonForm | forms.TierForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
