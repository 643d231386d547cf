"""Pages of markers: take the next response, mark it, give it back; the coordinator's in `work`."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of
from app.core.errors import ConflictError, InvalidInputError
from app.core.web import access, idempotency_key, json_body
from app.marking import (
    dealing,
    drifting,
    forms,
    labels,
    presenting,
    queries,
    services,
    work,
    writing,
)

bp = Blueprint("marking", __name__, template_folder="templates", url_prefix="/marking")
bp.register_blueprint(work.bp)
bp.register_blueprint(writing.bp)
add_messages(labels.MESSAGES)

MARKERS = (Role.MARKER, Role.EXAMINER)
"""Roles that mark; an examiner also decides where three marks lie far apart."""

OWN_SHOWN = 20
"""Own sheets on one page."""


@bp.get("")
@access(*MARKERS, answers="200 page; `?page=`")
def index() -> ResponseReturnValue:
    """Show what waits, what is in hand, and the marker's own sheets."""
    return _desk_page()


@bp.post("/next")
@access(*MARKERS, answers="303 to the sheet; 409 page marker_stopped, nothing_to_mark")
def take_next() -> ResponseReturnValue:
    """Take the next response, or go on with the one in hand."""
    try:
        return redirect(url_for("marking.sheet", public_id=_deal()), code=303)
    except ConflictError as error:
        return _desk_page(message_of(error.code)), 409


@bp.get("/sheets/<public_id>")
@access(*MARKERS, answers="200 page; 404 unless dealt to the reader")
def sheet(public_id: str) -> ResponseReturnValue:
    """Show a response with its rubric; nothing tells whose it is, or what another gave."""
    return _sheet_page(public_id)


@bp.post("/sheets/<public_id>/draft")
@access(
    *MARKERS,
    fields={
        "points": "points by criterion, as far as they are given",
        "comment": "text, at most 600 characters",
        "sequence": "rises with each draft of this sheet",
    },
    answers="200 `{ack, lease_until}`; 404; 409 sheet_ended, sheet_expired; 422 invalid",
)
def draft(public_id: str) -> ResponseReturnValue:
    """Keep what a marker has so far; it also keeps the response in hand."""
    body = json_body()
    sequence = body.get("sequence")
    if type(sequence) is not int or not 0 < sequence < 2**31:
        raise InvalidInputError("sequence", [{"field": "sequence", "code": "whole_number"}])
    marker_id = current_user.id
    with transaction() as db_session:
        held = queries.sheet_of(db_session, public_id, marker_id, lock=True)
        services.save_draft(
            db_session,
            held,
            points=forms.points_sent(body),
            comment=forms.comment_sent(body),
            sequence=sequence,
            now=clock.now(),
        )
        return jsonify(ack=sequence, lease_until=held.lease_until.isoformat())


@bp.post("/sheets/<public_id>/mark")
@access(
    *MARKERS,
    fields={
        "points-<criterion>": "points of each criterion, one of its levels (JSON: `points`)",
        "comment": "text, at most 600 characters; may be empty",
        "key": "idempotency key (header `Idempotency-Key` too)",
        "then": "`next` to take another one at once",
    },
    answers="303 to the next sheet or the desk (JSON: 200 `{total}`); 404; 409 sheet_ended, "
    "sheet_expired; 422 invalid, idempotency_key_reused",
)
def mark(public_id: str) -> ResponseReturnValue:
    """Take a mark; it cannot be changed afterwards."""
    body: dict[str, Any] = json_body() if request.is_json else {}
    if not request.is_json:
        body = {
            "points": forms.points_typed(request.form),
            "comment": request.form.get("comment", ""),
            "key": request.form.get("key"),
        }
    key, marker_id, actor = idempotency_key(body), current_user.id, current_user.actor
    try:
        with transaction() as db_session:
            given = services.submit_mark(
                db_session,
                queries.sheet_of(db_session, public_id, marker_id, lock=True),
                points=forms.points_sent(body),
                comment=forms.comment_sent(body),
                key=key,
                actor=actor,
                now=clock.now(),
            )
            total = given.total
    except (ConflictError, InvalidInputError) as error:
        if request.is_json:
            raise
        status = 409 if isinstance(error, ConflictError) else 422
        return _sheet_page(public_id, error, typed=body), status
    if request.is_json:
        return jsonify(total=total)
    if request.form.get("then") == "next":
        return _go_on()
    flash(gettext("已提交"))
    return redirect(url_for("marking.index"), code=303)


@bp.post("/sheets/<public_id>/skip")
@access(
    *MARKERS,
    fields={"reason": "conflict, unreadable, concern or unsure"},
    answers="303 to the desk; 404; 409 page sheet_ended; 422 page",
)
def skip(public_id: str) -> ResponseReturnValue:
    """Give a response back unmarked, with the reason."""
    form = forms.SkipForm()
    if not form.validate_on_submit():
        return _sheet_page(public_id, skip_form=form), 422
    marker_id, actor = current_user.id, current_user.actor
    try:
        with transaction() as db_session:
            held = queries.sheet_of(db_session, public_id, marker_id, lock=True)
            dealing.skip_sheet(
                db_session, held, reason=form.reason.data, actor=actor, now=clock.now()
            )
    except ConflictError as error:
        return _sheet_page(public_id, error), 409
    flash(gettext("已退回，会分给别人"))
    return redirect(url_for("marking.index"), code=303)


def _go_on() -> ResponseReturnValue:
    try:
        return redirect(url_for("marking.sheet", public_id=_deal()), code=303)
    except ConflictError as error:
        flash(gettext("已提交"))
        flash(message_of(error.code))
        return redirect(url_for("marking.index"), code=303)


def _deal() -> str:
    marker_id, is_arbiter = current_user.id, Role.EXAMINER in current_user.roles
    with transaction() as db_session:
        dealt = dealing.deal_next(db_session, marker_id, is_arbiter=is_arbiter, now=clock.now())
        return dealt.public_id


def _desk_page(refusal: str = "") -> str:
    db_session, marker_id = db.session(), current_user.id
    page = max(1, request.args.get("page", 1, type=int))
    count = queries.sheet_count(db_session, marker_id)
    return render_template(
        "marking/index.html",
        waiting=queries.waiting_count(
            db_session, marker_id, is_arbiter=Role.EXAMINER in current_user.roles
        ),
        held=queries.open_sheet_or_none(db_session, marker_id),
        standing=drifting.marker_standing(db_session, marker_id),
        sheets=presenting.own_rows(
            db_session, marker_id, limit=OWN_SHOWN, offset=(page - 1) * OWN_SHOWN
        ),
        count=count,
        page=page,
        page_count=max(1, -(-count // OWN_SHOWN)),
        ending_labels=labels.ENDING,
        ending_tones=labels.ENDING_TONE,
        may_coordinate=bool(current_user.roles & set(work.COORDINATORS)),
        refusal=refusal,
        now=clock.now(),
    )


def _sheet_page(
    public_id: str,
    refused: ConflictError | InvalidInputError | None = None,
    *,
    typed: dict[str, Any] | None = None,
    skip_form: forms.SkipForm | None = None,
) -> str:
    db_session = db.session()
    shown = presenting.shown_sheet(
        db_session, queries.sheet_of(db_session, public_id, current_user.id)
    )
    errors = {str(one["field"]): str(one["code"]) for one in getattr(refused, "errors", [])}
    return render_template(
        "marking/sheet.html",
        shown=shown,
        points=typed["points"] if typed and errors else shown.points,
        comment=typed["comment"] if typed and errors else shown.comment,
        key=secrets.token_hex(12),
        errors={field: labels.FIELD_ERROR.get(code, code) for field, code in errors.items()},
        refusal=message_of(refused.code) if refused is not None and not errors else "",
        skip_form=skip_form or forms.SkipForm(formdata=None),
        ending_labels=labels.ENDING,
        ending_tones=labels.ENDING_TONE,
        most_comment=services.COMMENT_CHARS,
        is_over=not shown.sheet.is_open or shown.sheet.lease_until < clock.now(),
    )
