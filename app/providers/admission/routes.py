"""Pages of admission: the applicant's form with what is missing, the office's decision by two."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts import queries as accounts
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers import labels as provider_labels
from app.providers import queries as providers
from app.providers import wording
from app.providers.admission import labels, services
from app.providers.admission.checking import Checked, check, scheme_now
from app.providers.admission.forms import (
    VALUE_PREFIX,
    ApplicationForm,
    VerdictForm,
    read_declared,
)
from app.providers.rules import wording as rule_words
from app.providers.schemes import Figure, Module, Scheme

bp = Blueprint("admission", __name__)
add_messages(labels.MESSAGES)

SHOWN = 100
"""Applications on the office's list."""

APPLICATION_FIELDS = {
    "name": "of the company, 2 to 60 characters",
    "city": "2 to 20 characters",
    "field": "mcn, belt, merchant or brand",
    "introduction": "10 to 1000 characters",
    "numbers": "of certificates, one a line, at most 200",
    "value-<id>": "what is declared of a module or figure, with its unit; empty if unknown",
    "act": "check: only hold it against the rules; apply: send it",
}


@bp.get("/provider/apply")
@access(SIGNED_IN, answers="200 page")
def own() -> ResponseReturnValue:
    """Show the own application and how it stands, or the form for one."""
    return _own_page(ApplicationForm(formdata=None))


@bp.post("/provider/apply")
@access(
    SIGNED_IN,
    fields=APPLICATION_FIELDS,
    answers="200 page with what is met and what is missing, nothing stored, for `check`; 303 to "
    "the page for `apply`; 409 page: application_open, application_early, no_scheme; 422 form",
)
def apply() -> ResponseReturnValue:
    """Hold an application against the rules at once, or send it."""
    form, now = ApplicationForm(), clock.now()
    scheme = scheme_now(db.session(), now)
    if scheme is None:
        return _own_page(form, refusal=message_of("no_scheme")), 409
    is_valid = form.validate_on_submit()
    declared, wrong = read_declared(scheme, request.form)
    numbers = form.read_numbers()
    if not is_valid or wrong or numbers is None:
        return _own_page(form, wrong=wrong), 422
    draft = form.draft(declared, numbers)
    if request.form.get("act") != "apply":
        found = check(
            db.session(),
            scheme,
            draft.field.value,
            declared,
            numbers,
            include_demo=_settings().is_demo,
            now=now,
        )
        return _own_page(form, checked=found)
    try:
        with transaction() as db_session:
            services.apply(db_session, current_user.id, draft, now=now)
    except ConflictError as error:
        return _own_page(form, refusal=message_of(error.code)), 409
    flash(gettext("申请已提交，需要两位成员同意"))
    return redirect(url_for("providers.admission.own"), code=303)


@bp.post("/provider/apply/<public_id>/withdraw")
@access(SIGNED_IN, answers="303 to the page; 404, also for somebody else's; 409 application_closed")
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take the own application back."""
    actor, person_id = current_user.actor, current_user.id
    with transaction() as db_session:
        found = services.application(db_session, public_id, person_id=person_id, lock=True)
        services.withdraw(db_session, found, actor=actor, now=clock.now())
    flash(gettext("申请已撤回"))
    return redirect(url_for("providers.admission.own"), code=303)


@bp.get("/office/admissions")
@access(*services.DECIDERS, answers="200 page")
def office() -> ResponseReturnValue:
    """Show the applications, those that wait first."""
    return render_template(
        "providers/admission/office.html",
        rows=services.applications(db.session(), SHOWN),
        labels=labels,
        provider_labels=provider_labels,
    )


@bp.get("/office/admissions/<public_id>")
@access(*services.DECIDERS, answers="200 page; 404")
def to_decide(public_id: str) -> ResponseReturnValue:
    """Show an application held against the rules of today, and the form that decides it."""
    return _decide_page(public_id, VerdictForm(formdata=None))


@bp.post("/office/admissions/<public_id>/decide")
@access(
    *services.DECIDERS,
    fields={"verdict": "admit or decline", "reason": "4 to 1000 characters"},
    answers="303 to the application; 403 page second_person_required for the applicant; 404; "
    "409 page: application_closed, application_voted, admission_not_earned; 422 page",
)
def decide(public_id: str) -> ResponseReturnValue:
    """Decide as one of two people who must agree."""
    form, actor, now = VerdictForm(), current_user.actor, clock.now()
    services.application(db.session(), public_id)
    if not form.validate_on_submit():
        return _decide_page(public_id, form), 422
    try:
        with transaction() as db_session:
            admitted = services.decide(
                db_session,
                services.application(db_session, public_id, lock=True),
                admit=form.verdict.data == "admit",
                reason=form.reason.data or "",
                include_demo=_settings().is_demo,
                actor=actor,
                now=now,
            )
            code = None if admitted is None else admitted.code
    except (ConflictError, ForbiddenError) as error:
        status = 409 if isinstance(error, ConflictError) else 403
        return _decide_page(public_id, form, message_of(error.code)), status
    flash(gettext("已准入，服务商编号 %(code)s", code=code) if code else gettext("已记录决定"))
    return redirect(url_for("providers.admission.to_decide", public_id=public_id), code=303)


def _own_page(
    form: ApplicationForm,
    *,
    checked: Checked | None = None,
    wrong: dict[str, str] | None = None,
    refusal: str = "",
) -> str:
    db_session, now = db.session(), clock.now()
    last = services.last_of_or_none(db_session, current_user.id)
    scheme = scheme_now(db_session, now)
    is_open = last is not None and last.state == "open"
    if is_open and last is not None and checked is None:
        checked = services.checked_of(db_session, last, include_demo=_settings().is_demo, now=now)
    return render_template(
        "providers/admission/own.html",
        last=last,
        verdicts=[] if last is None else services.verdicts_of(db_session, last.id),
        again_at=None if last is None else services.again_at(last),
        may_apply=not is_open
        and providers.managed_provider_or_none(db_session, current_user.id) is None
        and (last is None or services.again_at(last) <= now),
        scheme=scheme,
        columns=_columns(scheme),
        typed=request.form,
        wrong=wrong or {},
        checked=checked,
        form=form,
        withdraw_form=BaseForm(formdata=None),
        refusal=refusal,
        prefix=VALUE_PREFIX,
        labels=labels,
        provider_labels=provider_labels,
        wording=wording,
        rule_words=rule_words,
    )


def _decide_page(public_id: str, form: VerdictForm, refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    found = services.application(db_session, public_id)
    verdicts = services.verdicts_of(db_session, found.id)
    person = accounts.person(db_session, found.person_id)
    names = accounts.display_names(
        db_session, [one.decided_by.removeprefix("person:") for one in verdicts]
    )
    scheme = scheme_now(db_session, now)
    actor = current_user.actor
    return render_template(
        "providers/admission/decide.html",
        one=found,
        applicant=person.display_name,
        checked=services.checked_of(db_session, found, include_demo=_settings().is_demo, now=now),
        declared=[
            (name, _declared_text(column, Decimal(str(found.declared[column.id]))))
            for column, name in _columns(scheme)
            if column.id in found.declared
        ],
        verdicts=[
            (row, names.get(row.decided_by.removeprefix("person:"), row.decided_by))
            for row in verdicts
        ],
        may_decide=found.state == "open"
        and actor != f"person:{person.public_id}"
        and all(row.decided_by != actor for row in verdicts),
        form=form,
        refusal=refusal,
        labels=labels,
        provider_labels=provider_labels,
        wording=wording,
        rule_words=rule_words,
    )


def _columns(scheme: Scheme | None) -> list[tuple[Module | Figure, str]]:
    """Return what is asked for, each with its name."""
    if scheme is None:
        return []
    return [(one, wording.column_name(one)) for one in scheme.columns]


def _declared_text(column: Module | Figure, value: Decimal) -> str:
    """Write a declared value in its unit."""
    if isinstance(column, Module):
        return wording.value_text(column, value)
    return rule_words.figure_text(column, value)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
