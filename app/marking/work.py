"""Pages of the coordinator: workload, one response, markers, agreement, control answers."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.accounts.queries import person_by_public_id
from app.accounts.roles import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import message_of
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.core.web import access
from app.marking import (
    agreeing,
    control_queries,
    controls,
    dealing,
    drifting,
    forms,
    labels,
    presenting,
    queries,
    workload,
)
from question_bank.agreement import KAPPA_WANTED, LEAST_RESPONSES

bp = Blueprint("work", __name__, url_prefix="/desk")

COORDINATORS = (Role.EXAMINER, Role.COMMITTEE_MEMBER)
"""Roles that watch over marking. What they see names markers, never candidates."""


@bp.get("")
@access(
    *COORDINATORS,
    answers="200 page; `?state=` waiting, third, arbiter, settled or late, `?item=`, `?page=`",
)
def overview() -> ResponseReturnValue:
    """Show what waits, how far each item is, and how each marker fares."""
    return _overview_page()


@bp.get("/figures")
@access(*COORDINATORS, answers="200 `{items: […], markers: […]}`")
def figures() -> ResponseReturnValue:
    """Tell the workload as figures."""
    db_session, now = db.session(), clock.now()
    return jsonify(
        items=[presenting.item_json(one) for one in workload.item_loads(db_session, now=now)],
        markers=[presenting.marker_json(one) for one in workload.marker_loads(db_session, now=now)],
    )


@bp.get("/tasks/<public_id>")
@access(*COORDINATORS, answers="200 page; 404")
def task(public_id: str) -> ResponseReturnValue:
    """Show one response: to whom it was dealt and, once it is settled, what they gave."""
    return _task_page(public_id)


@bp.post("/sheets/<public_id>/take-back")
@access(*COORDINATORS, answers="303 to the workload; 404; 409 page sheet_ended")
def take_back(public_id: str) -> ResponseReturnValue:
    """Take a response out of a marker's hand; it is dealt anew."""
    actor = current_user.actor
    try:
        with transaction() as db_session:
            held = queries.sheet(db_session, public_id, lock=True)
            dealing.take_back_sheet(db_session, held, actor=actor, now=clock.now())
    except ConflictError as error:
        return _overview_page(message_of(error.code)), 409
    flash(gettext("已收回，会重新分发"))
    return redirect(url_for("marking.work.overview"), code=303)


@bp.post("/markers/<public_id>/<any(stop,resume):act>")
@access(
    *COORDINATORS,
    fields={"reason": "2 to 200 characters"},
    answers="303 to the workload; 403 page own_standing; 404; 409, 422 page with the reason",
)
def set_standing(public_id: str, act: str) -> ResponseReturnValue:
    """Stop a marker, or let a stopped one on again."""
    form = forms.MarkerActForm()
    if not form.validate_on_submit():
        return _overview_page(gettext("请写明事由，2 到 200 字")), 422
    change = drifting.stop_marker if act == "stop" else drifting.resume_marker
    actor = current_user.actor
    try:
        with transaction() as db_session:
            marker = person_by_public_id(db_session, public_id)
            change(
                db_session, marker.id, reason=form.reason.data or "", actor=actor, now=clock.now()
            )
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        return _overview_page(message_of(error.code)), status
    flash(gettext("已暂停，没有评定的作答会重新分发") if act == "stop" else gettext("已恢复"))
    return redirect(url_for("marking.work.overview"), code=303)


@bp.get("/agreement")
@access(*COORDINATORS, answers="200 page; `?item=` for the pairs of one item")
def agreement() -> ResponseReturnValue:
    """Show how markers agree, with intervals."""
    db_session = db.session()
    item = request.args.get("item", "")
    return render_template(
        "marking/agreement.html",
        items=agreeing.agreement_by_item(db_session),
        pairs=agreeing.agreement_by_pair(db_session, item) if item else [],
        titles=dict(queries.rubric_items(db_session)),
        item=item,
        kappa_wanted=KAPPA_WANTED,
        least=LEAST_RESPONSES,
    )


@bp.get("/agreement/figures")
@access(*COORDINATORS, answers="200 `{items: […], pairs: […]}`; `?item=` for its pairs")
def agreement_figures() -> ResponseReturnValue:
    """Tell agreement as figures."""
    db_session = db.session()
    item = request.args.get("item", "")
    pairs = agreeing.agreement_by_pair(db_session, item) if item else []
    return jsonify(
        items=[presenting.agreement_json(one) for one in agreeing.agreement_by_item(db_session)],
        pairs=[presenting.agreement_json(one) for one in pairs],
    )


@bp.get("/controls")
@access(*COORDINATORS, answers="200 page; `?item=` for the form of one item")
def control_list() -> ResponseReturnValue:
    """List the control answers."""
    return _controls_page(request.args.get("item", ""), forms.ControlForm(formdata=None))


@bp.post("/controls")
@access(
    *COORDINATORS,
    fields={
        "item": "version that it answers",
        "body": "the answer, 10 to 2000 characters",
        "reason": "why these points, 4 to 400 characters",
        "points-<criterion>": "agreed points of each criterion",
    },
    answers="303 to the list; 404; 422 page with the reason",
)
def propose_control() -> ResponseReturnValue:
    """Propose a control answer."""
    form, item = forms.ControlForm(), request.form.get("item", "")
    points = forms.points_typed(request.form)
    if not form.validate_on_submit():
        return _controls_page(item, form, points=points), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            controls.propose_control(
                db_session,
                item,
                body=(form.body.data or "").strip(),
                points=points,
                reason=(form.reason.data or "").strip(),
                actor=actor,
                now=clock.now(),
            )
    except InvalidInputError as error:
        wrong = {str(one["field"]): labels.FIELD_ERROR[str(one["code"])] for one in error.errors}
        for field in ("body", "reason"):
            if field in wrong:
                form[field].errors = [wrong[field]]
        return _controls_page(item, form, points=points, errors=wrong), 422
    flash(gettext("已提出，由另一位成员确认后使用"))
    return redirect(url_for("marking.work.control_list"), code=303)


@bp.post("/controls/<public_id>/<any(confirm,retire):act>")
@access(
    *COORDINATORS,
    answers="303 to the list; 403 page second_person_required; 404; 409 page control_settled",
)
def settle_control(public_id: str, act: str) -> ResponseReturnValue:
    """Confirm a control answer that somebody else proposed, or retire one."""
    change = controls.confirm_control if act == "confirm" else controls.retire_control
    actor = current_user.actor
    try:
        with transaction() as db_session:
            found = control_queries.one(db_session, public_id, lock=True)
            change(db_session, found, actor=actor, now=clock.now())
    except (ConflictError, ForbiddenError) as error:
        status = 403 if isinstance(error, ForbiddenError) else 409
        form = forms.ControlForm(formdata=None)
        return _controls_page("", form, refusal=message_of(error.code)), status
    flash(gettext("已确认，会混入评阅") if act == "confirm" else gettext("已停用"))
    return redirect(url_for("marking.work.control_list"), code=303)


def _overview_page(refusal: str = "") -> str:
    db_session, now = db.session(), clock.now()
    state, item = request.args.get("state", ""), request.args.get("item", "")
    page = max(1, request.args.get("page", 1, type=int))
    rows, total = workload.task_page(db_session, state=state, rubric_ref=item, page=page, now=now)
    return render_template(
        "marking/overview.html",
        items=workload.item_loads(db_session, now=now),
        markers=workload.marker_loads(db_session, now=now),
        titles=dict(queries.rubric_items(db_session)),
        rows=rows,
        total=total,
        page=page,
        page_count=max(1, -(-total // workload.PAGE_SIZE)),
        state=state,
        item=item,
        state_labels=labels.STATE,
        state_tones=labels.STATE_TONE,
        standing_labels=labels.MARKER_STANDING,
        standing_tones=labels.MARKER_TONE,
        own_id=current_user.public_id,
        refusal=refusal,
    )


def _task_page(public_id: str) -> str:
    db_session, now = db.session(), clock.now()
    found = queries.task(db_session, public_id)
    item, rubric = queries.rubric_of(db_session, found.rubric_ref)
    marks = len(queries.marks_of_task(db_session, found.id))
    return render_template(
        "marking/task.html",
        row=workload.task_row(found, marks, now=now),
        item=item,
        rubric=rubric,
        dealt=presenting.dealt_rows(db_session, found),
        record=presenting.settled_record(db_session, found),
        state_labels=labels.STATE,
        state_tones=labels.STATE_TONE,
        ending_labels=labels.ENDING,
        ending_tones=labels.ENDING_TONE,
        skip_labels=labels.SKIP,
        rule_labels=labels.RULE,
        part_labels=labels.PART,
    )


def _controls_page(
    item: str,
    form: forms.ControlForm,
    *,
    points: dict[str, object] | None = None,
    errors: dict[str, object] | None = None,
    refusal: str = "",
) -> str:
    db_session = db.session()
    choices = queries.rubric_items(db_session)
    rubric = None
    if item:
        _item, rubric = queries.rubric_of(db_session, item)
    return render_template(
        "marking/controls.html",
        controls=presenting.control_rows(db_session),
        choices=choices,
        item=item,
        rubric=rubric,
        form=form,
        points=points or {},
        errors=errors or {},
        state_labels=labels.CONTROL_STATE,
        state_tones=labels.CONTROL_TONE,
        own_actor=current_user.actor,
        refusal=refusal,
    )
