"""Pages of rooms: the list, the cockpit with its poll and actions, the result."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import Any

from flask import (
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages
from app.core.errors import IncompleteRequestError
from app.core.i18n import local_date
from app.core.web import ANYONE, BaseForm, access, idempotency_key, json_body
from app.rooms import (
    acting,
    advising,
    again,
    debriefing,
    drill_routes,
    drills,
    forecasts,
    ghosts,
    labels,
    moments,
    plan_routes,
    polling,
    presenting,
    queries,
    replay_routes,
    scoring,
    services,
    sharing,
    tutorial,
)
from app.rooms.blueprint import bp
from app.rooms.forms import (
    StartRoomForm,
    read_clock_change,
    read_forecast,
    read_sent_action,
)
from app.rooms.models import RoomSession
from app.rooms.releasing import NotDebriefedError
from app.rooms.sheet import costly_decisions, draw_sheet, picture_of
from app.rooms.starting import commitment_of, has_cockpit
from app.studio import queries as studio
from certificates.fonts import fonts_dir_from
from simulations.rooms import brief
from simulations.scenarios import TICK_S

add_messages(labels.MESSAGES)
PARTS = (replay_routes, plan_routes)
"""The other modules whose routes are this blueprint's."""
bp.register_blueprint(drill_routes.bp)


@bp.get("")
@access("candidate", answers="200 page")
def index() -> ResponseReturnValue:
    """Show the practice rooms and the person's own sessions."""
    db_session, now = db.session(), clock.now()
    rooms = queries.rooms_of(db_session, current_user.id)
    return render_template(
        "rooms/index.html",
        scenarios=[one for one in studio.public_scenarios(db_session) if has_cockpit(one)],
        rooms=rooms,
        running=[room for room in rooms if room.is_open and not room.clock.is_over(now)],
        form=StartRoomForm(),
        mode_labels=labels.MODE,
        closing_labels=labels.CLOSING,
        tick_s=TICK_S,
    )


@bp.post("/practice/<scenario_id>")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to the cockpit, of the open room if there is one; 404; 409 room_not_ready",
)
def start(scenario_id: str) -> ResponseReturnValue:
    """Start a practice room, or go on in the one that is open."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as db_session:
        room = services.start_practice(
            db_session,
            current_user.id,
            studio.public_scenario_of(db_session, scenario_id),
            is_demo=settings.is_demo,
            now=clock.now(),
        )
        target = url_for("rooms.cockpit", public_id=room.public_id)
    return redirect(target, code=303)


@bp.post("/<public_id>/retry")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to a new practice room with other customers; 404; 409 no_retry_in_exam",
)
def retry(public_id: str) -> ResponseReturnValue:
    """Give a practice room up and begin anew."""
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        now = clock.now()
        if room.origin_id is None or room.origin_tick is None:
            room = again.retry_practice(db_session, room, now=now)
        else:
            room = moments.start_again(db_session, room, now=now)
        target = url_for("rooms.cockpit", public_id=room.public_id)
    return redirect(target, code=303)


@bp.post("/<public_id>/moments/<int:tick>")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="303 to a practice room that goes on from a minute before that tick; 404; "
    "409 room_not_scored, scenario_not_public; 422 with too little time left",
)
def practise_moment(public_id: str, tick: int) -> ResponseReturnValue:
    """Practise from a moment of an own session: same customers, same past, another decision."""
    with transaction() as db_session:
        origin = queries.room_of(db_session, public_id, current_user.id, lock=True)
        room = moments.start_from(db_session, origin, tick, now=clock.now())
        target = url_for("rooms.cockpit", public_id=room.public_id)
    return redirect(target, code=303)


@bp.get("/<public_id>")
@access(
    "candidate",
    answers="200 the cockpit; 303 to the plan while there is none, to the result when the session "
    "is over; 404",
)
def cockpit(public_id: str) -> ResponseReturnValue:
    """Show the cockpit as the room stands now."""
    room = _running_room(public_id)
    if room is None:
        return redirect(url_for("rooms.result", public_id=public_id), code=303)
    if room.is_planning:
        return redirect(url_for("rooms.plan", public_id=public_id), code=303)
    db_session, is_guided = db.session(), tutorial.is_tutorial_room(room)
    return render_template(
        "rooms/cockpit.html",
        room=room,
        data=_page_data(db_session, room),
        form=BaseForm(),
        tutorial=tutorial.page_data(db_session, room) if is_guided else None,
    )


@bp.get("/<public_id>/poll")
@access(
    "candidate",
    fields={
        "after": "the newest event of the log that the page has",
        "series": "1: also the session so far by minute, for curves",
    },
    answers="200 `{server_now, clock, room, observation, log, forecast?, series?, orders?}`, of a "
    "closed room "
    "`{room: {is_closed, result_url}}`; 304 by ETag while nothing changed; 404",
)
def poll(public_id: str) -> ResponseReturnValue:
    """Tell the page what changed."""
    room = _running_room(public_id)
    if room is None:
        url = url_for("rooms.result", public_id=public_id)
        return jsonify(room={"is_closed": True, "result_url": url})
    if room.is_planning:
        url = url_for("rooms.plan", public_id=public_id)
        return jsonify(room={"is_closed": False, "is_planning": True, "plan_url": url})
    now = clock.now()
    after = request.args.get("after", 0, type=int)
    etag = polling.etag_of(room.clock, room.event_count, after, now)
    if etag in request.if_none_match:
        response = current_app.response_class(status=304)
    else:
        body = polling.poll_answer(
            db.session, room, after=after, with_series="series" in request.args, now=now
        )
        response = jsonify(body)
    response.set_etag(etag)
    return response


@bp.post("/<public_id>/actions")
@access(
    "candidate",
    fields={
        "key": "idempotency key, one for each action (header `Idempotency-Key` too)",
        "action": "`{verb, …}` as `simulations.actions` reads it",
        "writer_epoch": "of this page, from `state`",
        "queued_ms": "how long it waited in the page's queue",
    },
    answers="200 `{sequence, tick, duplicate, entry, observation}`; 409 with the room's reason "
    "(sold_out, benefit_cooling, …), room_over, room_not_started, action_expired, "
    "superseded_session; 422 invalid, idempotency_key_reused; 429; 503",
)
def act(public_id: str) -> ResponseReturnValue:
    """Do one action; the acknowledgement follows the commit."""
    sent = read_sent_action(json_body())
    now = clock.now()
    done = acting.perform_action(db.session(), public_id, current_user.id, sent, now=now)
    entry = presenting.acted_entry(done.scenario, done.sequence, done.tick, sent.action.to_dict())
    return jsonify(
        sequence=done.sequence,
        tick=done.tick,
        duplicate=done.duplicate,
        server_now=now.isoformat(),
        entry=entry,
        observation=presenting.shown_observation(done.scenario, done.state, exam=done.is_exam),
    )


@bp.post("/<public_id>/forecasts")
@access(
    "candidate",
    fields={
        "key": "idempotency key",
        "writer_epoch": "of this page, from `state`",
        "p10_fen": "what the session would exceed nine times in ten",
        "p50_fen": "what it would exceed every other time",
        "p90_fen": "what it would exceed once in ten; the three rise",
    },
    answers="200 `{forecast, entry}`; 409 no_forecast_asked, forecast_given, room_over, "
    "room_not_started, superseded_session; 422",
)
def forecast(public_id: str) -> ResponseReturnValue:
    """Take a forecast of what the session would make if the host went on alone."""
    sent = read_forecast(json_body())
    now = clock.now()
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        scenario = queries.room_scenario(db_session, room)
        given = forecasts.give_forecast(db_session, room, scenario, sent, now=now)
        body = forecasts.forecast_body(
            scenario, given.tick, lambda: forecasts.forecasts_of(db_session, room)
        )
        entry = presenting.forecast_entry(given.sequence, given.to_dict())
    return jsonify(forecast=body, entry=entry)


@bp.post("/<public_id>/clock")
@access(
    "candidate",
    fields={
        "key": "idempotency key",
        "change": "pause, resume, step or speed",
        "ticks": "of a step: 1 to 120",
        "speed": "one of the scenario's practice speeds",
    },
    answers="200 `{clock}`; 409 clock_is_fixed in exams, room_over; 422",
)
def change_clock(public_id: str) -> ResponseReturnValue:
    """Pause, step or speed a practice room."""
    body = json_body()
    key = idempotency_key(body)
    change, payload = read_clock_change(body)
    now = clock.now()
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        services.change_clock(db_session, room, change, payload, key=key, now=now)
        answer = presenting.clock_body(room, now)
    return jsonify(clock=answer)


@bp.post("/<public_id>/state")
@access(
    "candidate",
    fields={"take_over": "true: this page operates from now on, older pages become read-only"},
    answers="200 `{writer_epoch, clock}`; 409 room_over",
)
def take_over(public_id: str) -> ResponseReturnValue:
    """Make this page the one that operates."""
    if json_body().get("take_over") is not True:
        raise IncompleteRequestError("take_over: true expected")
    now = clock.now()
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        epoch = services.open_page(db_session, room, now=now)
        answer = presenting.clock_body(room, now)
    return jsonify(writer_epoch=epoch, clock=answer)


@bp.post("/<public_id>/finish")
@access(
    "candidate",
    fields={"key": "idempotency key"},
    answers="200 `{redirect}` with the result's address; a repeat answers the same",
)
def finish(public_id: str) -> ResponseReturnValue:
    """End the candidate's part early; the host goes on alone."""
    key = idempotency_key(json_body())
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        services.finish_early(db_session, room, key=key, now=clock.now())
    return jsonify(redirect=url_for("rooms.result", public_id=public_id))


@bp.get("/<public_id>/result")
@access("candidate", answers="200 page; 303 to the cockpit while the session runs; 404")
def result(public_id: str) -> ResponseReturnValue:
    """Show what the operating was worth, and why."""
    if _running_room(public_id) is not None:
        return redirect(url_for("rooms.cockpit", public_id=public_id), code=303)
    _score(public_id)
    return _result_page(queries.room_of(db.session(), public_id, current_user.id))


@bp.get("/<public_id>/sheet.<any(pdf, png):form>")
@access("candidate", answers="200 the one-page debrief as PDF or picture; 404; 409 room_not_scored")
def sheet(public_id: str, form: str) -> ResponseReturnValue:
    """Give the debrief sheet 复盘单, to print or to send."""
    db_session = db.session()
    room = queries.room_of(db_session, public_id, current_user.id)
    debrief = debriefing.debrief_of(db_session, room)
    if debrief is None:
        raise NotDebriefedError(f"{room!r}")
    settings: Settings = current_app.config["SETTINGS"]
    page = f"{settings.public_base_url}{url_for('rooms.result', public_id=public_id)}"
    costly = [
        replace(one, url=f"{page}#{one.anchor}")
        for one in costly_decisions(debrief["actions"], debrief["missed"])
    ]
    file = draw_sheet(
        room,
        debrief,
        costly,
        operator=current_user.display_name,
        day=local_date(room.starts_at),
        page_url=page,
        fonts_dir=fonts_dir_from(os.environ),
    )
    return send_file(
        io.BytesIO(file if form == "pdf" else picture_of(file)),
        mimetype="application/pdf" if form == "pdf" else "image/png",
        as_attachment=True,
        download_name=f"debrief-{public_id}.{form}",
    )


@bp.post("/<public_id>/share")
@access(
    "candidate",
    fields={"csrf_token": "the form's token"},
    answers="200 the result with the link, shown this once; 404; 409 room_not_scored",
)
def share(public_id: str) -> ResponseReturnValue:
    """Make a link with which anybody can read the debrief; an older one ends."""
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        token = sharing.make_link(db_session, room, now=clock.now())
    settings: Settings = current_app.config["SETTINGS"]
    link = f"{settings.public_base_url}{url_for('rooms.shared', token=token)}"
    return _result_page(queries.room_of(db.session(), public_id, current_user.id), new_link=link)


@bp.post("/<public_id>/share/end")
@access("candidate", fields={"csrf_token": "the form's token"}, answers="303 to the result; 404")
def end_share(public_id: str) -> ResponseReturnValue:
    """End the link now."""
    with transaction() as db_session:
        room = queries.room_of(db_session, public_id, current_user.id, lock=True)
        sharing.end_link(db_session, room, now=clock.now())
    return redirect(url_for("rooms.result", public_id=public_id), code=303)


@bp.get("/shared/<token>")
@access(ANYONE, answers="200 the debrief to read; 404 when the link has ended")
def shared(token: str) -> ResponseReturnValue:
    """Show a debrief to whoever was given its link."""
    return _result_page(sharing.shared_room(db.session(), token), token=token)


def _result_page(room: RoomSession, *, new_link: str = "", token: str = "") -> ResponseReturnValue:
    db_session = db.session()
    debrief = debriefing.debrief_of(db_session, room, with_ghost=not token)
    return render_template(
        "rooms/result.html",
        room=room,
        tips=None if token or debrief is None else advising.tips_of(db_session, room, debrief),
        replay_url=url_for("rooms.shared_replay", token=token)
        if token
        else url_for("rooms.replay", public_id=room.public_id),
        data_url=url_for("rooms.shared_debrief_json", token=token)
        if token
        else url_for("rooms.debrief_json", public_id=room.public_id),
        commitment=commitment_of(room),
        debrief=debrief,
        drill=None if token else drills.result_of(db_session, room),
        form=StartRoomForm(),
        mode_labels=labels.MODE,
        closing_labels=labels.CLOSING,
        is_shared=bool(token),
        new_link=new_link,
        has_link=not token and sharing.open_link_or_none(db_session, room.id) is not None,
        last_moment=room.duration_ticks - moments.LEAST_LEFT_TICKS,
    )


def _running_room(public_id: str) -> RoomSession | None:
    """Return the reader's room while its session runs.

    A room whose time is over is closed at this look, so that nobody waits for the scheduler.

    Raises:
        NotFoundError: If the room is not the reader's.
    """
    now = clock.now()
    room = queries.room_of(db.session(), public_id, current_user.id)
    if services.is_plan_due(room, now):
        with transaction() as db_session:
            room = queries.room_of(db_session, public_id, current_user.id, lock=True)
            services.settle_plan(db_session, room, now=now)
        room = queries.room_of(db.session(), public_id, current_user.id)
    if room.is_open and not room.clock.is_over(now):
        return room
    if room.is_open:
        with transaction() as db_session:
            room = queries.room_of(db_session, public_id, current_user.id, lock=True)
            services.close_if_over(db_session, room, now=now)
    return None


def _score(public_id: str) -> None:
    """Score a closed room at this look; worked out before the write lock is taken."""
    room = queries.room_of(db.session(), public_id, current_user.id)
    if room.scored_at is not None or room.closing == "abandoned":
        return
    judged = scoring.judge(db.session(), room)
    with transaction() as db_session:
        services.finish_judged(db_session, judged, now=clock.now())


def _page_data(db_session: Session, room: RoomSession) -> dict[str, Any]:
    scenario = queries.room_scenario(db_session, room)
    here = room.public_id
    return {
        "room": {
            "public_id": room.public_id,
            "title": room.title,
            "is_exam": room.is_exam,
            "speed": room.clock_speed,
        },
        "urls": {
            "poll": url_for("rooms.poll", public_id=here),
            "actions": url_for("rooms.act", public_id=here),
            "forecasts": url_for("rooms.forecast", public_id=here),
            "clock": url_for("rooms.change_clock", public_id=here),
            "state": url_for("rooms.take_over", public_id=here),
            "finish": url_for("rooms.finish", public_id=here),
            "result": url_for("rooms.result", public_id=here),
            "sign_in": url_for("accounts.sign_in", next=url_for("rooms.cockpit", public_id=here)),
        },
        "brief": presenting.shown_brief(brief(scenario), exam=room.is_exam),
        "ghost": ghosts.shown_ghost(db_session, room),
        "labels": presenting.page_labels(),
        "poll": polling.poll_answer(db.session, room, after=0, with_series=True, now=clock.now()),
    }
