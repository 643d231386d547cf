"""Pages of objections: the provider's own, and those that wait for the office's answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, ForbiddenError, NotFoundError
from app.core.web import BaseForm, access
from app.providers import queries as providers
from app.providers import wording
from app.providers.exact import from_e4, from_hundredths
from app.providers.models import Provider
from app.providers.months import parse_month
from app.providers.objections import labels, queries, services
from app.providers.objections.forms import AnswerForm, ObjectionForm, read_value
from app.providers.objections.models import ScoreObjection
from app.providers.rules import snapshots
from app.providers.rules.models import SettledScore
from app.providers.rules.wording import figure_text
from app.providers.schemes import Figure, Module

bp = Blueprint("objections", __name__)
add_messages(labels.MESSAGES)

SHOWN = 100
"""Objections on the office's list."""


@bp.get("/provider/objections")
@access("provider_manager", answers="200 page; 404")
def index() -> ResponseReturnValue:
    """Show the provider's objections, and the settled months that may be objected to."""
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    return render_template(
        "providers/objections/index.html",
        provider=provider,
        rows=[_row(db_session, one) for one in queries.objections_of(db_session, provider.id)],
        labels=labels,
        wording=wording,
    )


@bp.get("/provider/objections/new")
@access(
    "provider_manager",
    answers="200 page; `month` (2026-09) and `column` choose the figure; 404; 409 page: "
    "objection_not_settled",
)
def new() -> ResponseReturnValue:
    """Show the form that objects to a figure of a settled month."""
    form = ObjectionForm(formdata=None)
    form.column.data = request.args.get("column", "")
    return _new_page(form)


@bp.post("/provider/objections")
@access(
    "provider_manager",
    fields={
        "month": "2026-09, a settled month",
        "column": "id of a module or figure",
        "claimed": "what it should be, with its unit",
        "reason": "10 to 1000 characters",
        "files": "at most 5 of 4 MB; only name, size and SHA-256 are kept",
    },
    answers="303 to the objection; 404; 409 page: objection_not_settled, objection_late, "
    "objection_open, objection_same_value, objection_estimated; 422 form again",
)
def file() -> ResponseReturnValue:
    """Object to a figure of a settled month."""
    form, actor = ObjectionForm(), current_user.actor
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    month, settled = _settled(db_session, provider)
    scheme = services.settled_scheme(db_session, settled)
    is_valid = form.validate_on_submit()
    column = services.column_of(scheme, form.column.data or "")
    claimed = read_value(form.claimed, column) if form.claimed.data else None
    files = form.read_files()
    if not is_valid or claimed is None or files is None:
        return _new_page(form), 422
    try:
        with transaction() as writing:
            made = services.file_objection(
                writing,
                providers.provider_of_manager(writing, current_user.id),
                month,
                column.id,
                claimed=claimed,
                reason=form.reason.data or "",
                files=files,
                actor=actor,
                now=clock.now(),
            ).public_id
    except ConflictError as error:
        return _new_page(form, message_of(error.code)), 409
    flash(gettext("异议已提交，评审会在期限内答复"))
    return redirect(url_for("providers.objections.one", public_id=made), code=303)


@bp.get("/provider/objections/<public_id>")
@access("provider_manager", answers="200 page; 404, also for another provider's")
def one(public_id: str) -> ResponseReturnValue:
    """Show an objection: what was objected to, what backs it, how it was answered."""
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    found = queries.own_objection(db_session, public_id, provider.id)
    return _one_page(found, provider, answer_form=None)


@bp.post("/provider/objections/<public_id>/withdraw")
@access(
    "provider_manager",
    answers="303 to the objection; 404, also for another provider's; 409 objection_closed",
)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take an objection back."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = providers.provider_of_manager(db_session, current_user.id)
        found = queries.own_objection(db_session, public_id, provider.id, lock=True)
        services.withdraw_objection(db_session, found, actor=actor, now=clock.now())
    flash(gettext("异议已撤回"))
    return redirect(url_for("providers.objections.one", public_id=public_id), code=303)


@bp.get("/office/five-force/objections")
@access(*services.ANSWERERS, answers="200 page")
def office() -> ResponseReturnValue:
    """Show every objection, those that wait first."""
    db_session, now = db.session(), clock.now()
    rows = queries.every_objection(db_session, SHOWN)
    return render_template(
        "providers/objections/office.html",
        rows=[(_row(db_session, found), provider) for found, provider in rows],
        now=now,
        labels=labels,
        wording=wording,
    )


@bp.get("/office/five-force/objections/<public_id>")
@access(*services.ANSWERERS, answers="200 page; 404")
def to_answer(public_id: str) -> ResponseReturnValue:
    """Show an objection with the form that answers it."""
    db_session = db.session()
    found = queries.objection(db_session, public_id)
    form = AnswerForm(formdata=None)
    form.value.data = _text(_column(db_session, found), found.claimed_e4)
    return _one_page(found, providers.provider(db_session, found.provider_id), answer_form=form)


@bp.post("/office/five-force/objections/<public_id>/answer")
@access(
    *services.ANSWERERS,
    fields={
        "decision": "accept or decline",
        "value": "what the figure is, with its unit; read only if it is accepted",
        "answer": "why, 10 to 1000 characters",
    },
    answers="303 to the objection; 403 page second_person_required for who filed it or reported "
    "the figure; 404; 409 page: objection_closed, objection_same_value; 422 page",
)
def answer(public_id: str) -> ResponseReturnValue:
    """Correct the figure and settle its month anew, or let it stand."""
    form, actor, now = AnswerForm(), current_user.actor, clock.now()
    db_session = db.session()
    found = queries.objection(db_session, public_id)
    provider = providers.provider(db_session, found.provider_id)
    is_accepted = form.decision.data == "accept"
    is_valid = form.validate_on_submit()
    value = read_value(form.value, _column(db_session, found)) if is_accepted else None
    if not is_valid or (is_accepted and value is None):
        return _one_page(found, provider, answer_form=form), 422
    words = form.answer.data or ""
    try:
        with transaction() as writing:
            locked = queries.objection(writing, public_id, lock=True)
            if value is not None:
                services.accept_objection(
                    writing,
                    locked,
                    value,
                    answer=words,
                    include_demo=_settings().is_demo,
                    actor=actor,
                    now=now,
                )
            else:
                services.decline_objection(writing, locked, answer=words, actor=actor, now=now)
    except (ConflictError, ForbiddenError) as error:
        status = 409 if isinstance(error, ConflictError) else 403
        found = queries.objection(db.session(), public_id)
        provider = providers.provider(db.session(), found.provider_id)
        return _one_page(found, provider, answer_form=form, refusal=message_of(error.code)), status
    flash(gettext("已答复，月份已重新结算") if is_accepted else gettext("已答复"))
    return redirect(url_for("providers.objections.to_answer", public_id=public_id), code=303)


def _new_page(form: ObjectionForm, refusal: str = "") -> str:
    db_session = db.session()
    provider = providers.provider_of_manager(db_session, current_user.id)
    month, settled = _settled(db_session, provider)
    scheme = services.settled_scheme(db_session, settled)
    form.column.choices = [(one.id, wording.column_name(one)) for one in scheme.columns]
    readings, _ = snapshots.unpacked_inputs(scheme, settled.inputs)
    return render_template(
        "providers/objections/new.html",
        provider=provider,
        month=month,
        settled=settled,
        until=services.objectable_until(settled),
        is_late=clock.now() > services.objectable_until(settled),
        values=[
            (
                wording.column_name(one),
                _written(one, readings[one.id].value if one.id in readings else None),
            )
            for one in scheme.columns
        ],
        form=form,
        refusal=refusal,
        wording=wording,
        from_hundredths=from_hundredths,
    )


def _one_page(
    found: ScoreObjection, provider: Provider, *, answer_form: AnswerForm | None, refusal: str = ""
) -> str:
    db_session, actor = db.session(), current_user.actor
    column = _column(db_session, found)
    actors = [found.filed_by, *([found.closed_by] if found.closed_by else [])]
    before = db_session.get_one(SettledScore, found.settled_id)
    after = db_session.get(SettledScore, found.resettled_id) if found.resettled_id else None
    return render_template(
        "providers/objections/one.html",
        one=found,
        provider=provider,
        column=column,
        column_name=wording.column_name(column),
        value=_text(column, found.value_e4),
        claimed=_text(column, found.claimed_e4),
        files=queries.files_of(db_session, found.id),
        before=before,
        after=after,
        names=dict(zip(actors, _names(db_session, actors), strict=True)),
        is_own=actor == found.filed_by,
        in_office=answer_form is not None,
        form=answer_form,
        withdraw_form=BaseForm(formdata=None),
        refusal=refusal,
        labels=labels,
        wording=wording,
        from_hundredths=from_hundredths,
    )


def _row(db_session: Session, found: ScoreObjection) -> dict[str, object]:
    column = _column(db_session, found)
    return {
        "one": found,
        "column": wording.column_name(column),
        "value": _text(column, found.value_e4),
        "claimed": _text(column, found.claimed_e4),
    }


def _column(db_session: Session, found: ScoreObjection) -> Module | Figure:
    settled = db_session.get_one(SettledScore, found.settled_id)
    return services.column_of(services.settled_scheme(db_session, settled), found.column_id)


def _settled(db_session: Session, provider: Provider) -> tuple[date, SettledScore]:
    """Return the month that is asked for and its newest settlement.

    Raises:
        NotFoundError: If it is no month.
        NotSettledError: If it is not settled.
    """
    text = request.values.get("month", "")
    month = parse_month(text)
    if month is None:
        raise NotFoundError(f"month {text!r}")
    rows = services.revisions_of(db_session, provider.id, month)
    if not rows:
        raise services.NotSettledError(f"{text} of {provider!r}")
    return month, rows[-1]


def _text(column: Module | Figure, value_e4: int | None) -> str:
    return _written(column, None if value_e4 is None else from_e4(value_e4))


def _written(column: Module | Figure, value: Decimal | None) -> str:
    if isinstance(column, Figure):
        return figure_text(column, value)
    return wording.value_text(column, value)


def _names(db_session: Session, actors: list[str]) -> list[str]:
    found = accounts.display_names(db_session, [one.removeprefix("person:") for one in actors])
    return [found.get(one.removeprefix("person:"), one) for one in actors]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
