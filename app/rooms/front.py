"""The cockpit's poll, for `app.core.front`: about once a second from every open room.

Whether anything changed is seen in the row that comes with the session. Where only
time passed, nothing is needed but that row and what this process knows of the room, so that is
answered outside Flask's contexts too. A room that does not run (over, closed, still being planned),
or that this process never looked at, is left to Flask.
"""

from __future__ import annotations

from flask_babel import force_locale

from app.core.db import db
from app.core.front import Answer, Asked, HotRoute, HotTable
from app.core.i18n import locale_of
from app.rooms import polling
from app.rooms.standing import BESIDE, RunningRoom, running_room


def at_once(asked: Asked) -> Answer | None:
    """Tell the page that nothing changed, or what a tick changed; None if more did."""
    looked = _looked(asked)
    if looked is None:
        return None
    room, after, etag = looked
    if etag == asked.if_none_match:
        return Answer(None, etag, room.clock.same_until(asked.now))
    if "series" in asked.query:
        return None
    body = polling.tick_answer(room, after=after, now=asked.now)
    return None if body is None else Answer(body, etag)


def poll(asked: Asked) -> Answer | None:
    """Tell the page what changed, as `routes.poll` does."""
    looked = _looked(asked)
    if looked is None:
        return None
    room, after, etag = looked
    if etag == asked.if_none_match:
        return Answer(None, etag)
    if not polling.is_known(room):
        return None
    with force_locale(locale_of(asked.locale())):
        body = polling.poll_answer(
            db.session, room, after=after, with_series="series" in asked.query, now=asked.now
        )
    return Answer(body, etag)


def _looked(asked: Asked) -> tuple[RunningRoom, int, str] | None:
    """Return the room, the newest event that the page has, and the tag of the answer.

    None if the question is odd or the room does not run.

    Raises:
        NotFoundError: If there is no such room, or it is somebody else's.
    """
    text = asked.query.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    room = running_room(asked.public_id, asked.row)
    if not room.runs(asked.now):
        return None
    after = int(text)
    return room, after, polling.etag_of(room.clock, room.event_count, after, asked.now)


HOT_ROUTES: HotTable = {
    ("GET", "/rooms", "poll"): HotRoute("candidate", poll, beside=BESIDE, at_once=at_once)
}
