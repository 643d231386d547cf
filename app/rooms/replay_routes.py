"""The replay of a scored room, and its debrief as data: for its owner, and by a shared link."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.db import db
from app.core.web import ANYONE, access
from app.rooms import debriefing, films, labels, queries, sharing
from app.rooms.blueprint import bp
from app.rooms.models import RoomSession
from app.rooms.releasing import check_released

KEEP_S = 300
"""So long a browser may keep frames; a link that ended shows nothing new after that."""

SENT = (
    "result",
    "steps",
    "gates",
    "is_weighed",
    "effects",
    "missed",
    "skills",
    "level_people",
    "forecasts",
    "next",
    "plan",
    "actions",
    "incidents",
    "timeline",
)
"""Parts of the debrief that are sent as data."""


@bp.get("/<public_id>/replay")
@access("candidate", answers="200 page; 404; 409 room_not_scored before the result is out")
def replay(public_id: str) -> ResponseReturnValue:
    """Show an own session again, minute by minute."""
    room = queries.room_of(db.session(), public_id, current_user.id)
    return _page(room, url_for("rooms.frames", public_id=public_id, number=0))


@bp.get("/shared/<token>/replay")
@access(ANYONE, answers="200 page; 404 when the link has ended")
def shared_replay(token: str) -> ResponseReturnValue:
    """Show a session again to whoever was given its link."""
    room = sharing.shared_room(db.session(), token)
    return _page(room, url_for("rooms.shared_frames", token=token, number=0), token=token)


@bp.get("/<public_id>/frames/<int:number>")
@access(
    "candidate",
    answers="200 `{chunk, frames}` as `simulations.frames` writes them, ten minutes; 304; 404; "
    "409 room_not_scored",
)
def frames(public_id: str, number: int) -> ResponseReturnValue:
    """Give ten minutes of an own session."""
    return _frames(queries.room_of(db.session(), public_id, current_user.id), number)


@bp.get("/shared/<token>/frames/<int:number>")
@access(ANYONE, answers="200 `{chunk, frames}`, ten minutes; 304; 404 when the link has ended")
def shared_frames(token: str, number: int) -> ResponseReturnValue:
    """Give ten minutes of a shared session."""
    return _frames(sharing.shared_room(db.session(), token), number)


@bp.get("/<public_id>/debrief.json")
@access("candidate", answers="200 the debrief as data; 404; 409 room_not_scored")
def debrief_json(public_id: str) -> ResponseReturnValue:
    """Give an own debrief as data."""
    return _debrief(queries.room_of(db.session(), public_id, current_user.id))


@bp.get("/shared/<token>/debrief.json")
@access(ANYONE, answers="200 the debrief as data; 404 when the link has ended")
def shared_debrief_json(token: str) -> ResponseReturnValue:
    """Give a shared debrief as data."""
    return _debrief(sharing.shared_room(db.session(), token))


def _page(room: RoomSession, frames_url: str, *, token: str = "") -> ResponseReturnValue:
    check_released(room)
    debrief = debriefing.debrief_of(db.session(), room)
    assert debrief is not None  # it has a score
    return render_template(
        "rooms/replay.html",
        room=room,
        debrief=debrief,
        film=films.film_of(db.session(), room, debrief) | {"frames_url": frames_url[:-1]},
        is_shared=bool(token),
        back_url=url_for("rooms.shared", token=token)
        if token
        else url_for("rooms.result", public_id=room.public_id),
        mode_labels=labels.MODE,
    )


def _frames(room: RoomSession, number: int) -> ResponseReturnValue:
    check_released(room)
    etag = f"{room.head_hash[-16:]}-{number}"
    if etag in request.if_none_match:
        response = current_app.response_class(status=304)
    else:
        text = films.frames_of(db.session(), room, number)
        response = current_app.response_class(text, mimetype="application/json")
    response.set_etag(etag)
    response.cache_control.private = True
    response.cache_control.max_age = KEEP_S
    return response


def _debrief(room: RoomSession) -> ResponseReturnValue:
    check_released(room)
    debrief = debriefing.debrief_of(db.session(), room)
    assert debrief is not None
    body: dict[str, Any] = {
        "room": {"public_id": room.public_id, "title": room.title, "mode": room.mode},
        "score": debrief["score"].score,
        "head_hash": debrief["score"].head_hash,
        **{name: debrief[name] for name in SENT},
    }
    return jsonify(body)
