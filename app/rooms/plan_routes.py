"""The plan page: before minute 0 of a scenario with a planning phase."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core import clock
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.web import BaseForm, access, json_body
from app.rooms import plan_page, plan_words, planning, queries, services
from app.rooms.blueprint import bp
from app.rooms.models import RoomSession
from app.rooms.plan_forms import read_sent_plan

add_messages({**plan_words.MESSAGES})

PLAN_FIELDS = {
    "key": "idempotency key, one for each save (header `Idempotency-Key` too)",
    "writer_epoch": "of this page, from `state`",
    "plan": "`{grade, preheat_videos, tray, traffic_budget_fen, benefit_budget_fen, trust, stock, "
    "aim, hourly_gmv_fen}`; what is left out is as in the host's own plan",
    "diagnosis": "the person's words about the account, at most 2,000 characters",
}

PLAN_REFUSALS = (
    "409 plan_closed, plan_time_over, plan_draft_limit, superseded_session; 422 with every rule "
    "that the plan breaks (tray_too_small, plan_over_purse, plan_over_cash, …), or "
    "idempotency_key_reused: nothing was changed; 429"
)


@bp.get("/<public_id>/plan")
@access(
    "candidate",
    answers="200 the plan page; 303 to the cockpit when the plan is fixed, or there is none; 404",
)
def plan(public_id: str) -> ResponseReturnValue:
    """Show the account's diagnosis and the plan as it stands."""
    room = _settled_room(public_id)
    if not room.is_planning:
        return redirect(url_for("rooms.cockpit", public_id=public_id), code=303)
    here = room.public_id
    urls = {
        "plan": url_for("rooms.plan", public_id=here),
        "state": url_for("rooms.plan_state", public_id=here),
        "take_over": url_for("rooms.take_over", public_id=here),
        "cockpit": url_for("rooms.cockpit", public_id=here),
        "sign_in": url_for("accounts.sign_in", next=url_for("rooms.plan", public_id=here)),
    }
    context = plan_page.page_context(db.session(), room, now=clock.now())
    return render_template("rooms/plan.html", room=room, urls=urls, form=BaseForm(), **context)


@bp.get("/<public_id>/plan.json")
@access(
    "candidate",
    answers="200 `{is_planning, left_ms, writer_epoch, sequence, plan, diagnosis, totals, advice}`;"
    " 404",
)
def plan_state(public_id: str) -> ResponseReturnValue:
    """Tell where the planning stands."""
    room = _settled_room(public_id)
    return jsonify(plan_page.state_body(db.session(), room, now=clock.now()))


@bp.put("/<public_id>/plan")
@access(
    "candidate",
    fields=PLAN_FIELDS,
    answers=f"200 as `plan.json`, of what was kept; {PLAN_REFUSALS}",
)
def save_plan(public_id: str) -> ResponseReturnValue:
    """Keep a draft; the acknowledgement follows the commit."""
    sent = read_sent_plan(json_body())
    now = clock.now()
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        planning.save_draft(db_session, room, sent, now=now)
    room = queries.room_of(db.session(), public_id, current_user.id)
    return jsonify(plan_page.state_body(db.session(), room, now=now))


@bp.post("/<public_id>/plan")
@access(
    "candidate",
    fields=PLAN_FIELDS,
    answers=f"200 `{{redirect}}` to the cockpit: the plan is fixed, the countdown runs; a repeat "
    f"answers the same; {PLAN_REFUSALS}",
)
def submit_plan(public_id: str) -> ResponseReturnValue:
    """Fix the plan and start."""
    sent = read_sent_plan(json_body())
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        planning.submit_plan(db_session, room, sent, now=clock.now())
    return jsonify(redirect=url_for("rooms.cockpit", public_id=public_id))


@bp.post("/<public_id>/plan/give-up")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the rooms; 404; 409 plan_closed, no_retry_in_exam",
)
def give_plan_up(public_id: str) -> ResponseReturnValue:
    """Give a practice room up before it began."""
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        services.give_plan_up(db_session, room, now=clock.now())
    return redirect(url_for("rooms.index"), code=303)


def _settled_room(public_id: str) -> RoomSession:
    """Return the reader's room; a planning phase whose time is over ends at this look.

    Raises:
        NotFoundError: If the room is not the reader's.
    """
    now = clock.now()
    room = queries.room_of(db.session(), public_id, current_user.id)
    if not services.is_plan_due(room, now):
        return room
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        services.settle_plan(db_session, room, now=now)
    return queries.room_of(db.session(), public_id, current_user.id)
