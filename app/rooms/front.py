"""The cockpit's poll, for `app.core.front`: about once a second from every open room.

Whether anything changed is seen in one statement on the driver. A room that does not run (over,
closed, still being planned), or that this process never looked at, is left to Flask.
"""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from flask_babel import force_locale

from app.core import clock
from app.core.db import db
from app.core.front import Answer, Asked, HotTable
from app.rooms import polling
from app.rooms.standing import running_room_of


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale:
    """Return a language by its name; to read it anew costs more than the poll's own statement."""
    return Locale.parse(name)


def poll(asked: Asked) -> Answer | None:
    """Tell the page what changed, as `routes.poll` does."""
    text = asked.query.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    after, now = int(text), clock.now()
    room = running_room_of(asked.public_id, asked.person_id)
    if not room.runs(now):
        return None
    etag = polling.etag_of(room.clock, room.event_count, after, now)
    if etag == asked.if_none_match:
        return Answer(None, etag)
    if not polling.is_known(room.public_id):
        return None
    with force_locale(_locale(asked.locale())):
        body = polling.poll_answer(
            db.session(), room, after=after, with_series="series" in asked.query, now=now
        )
    return Answer(body, etag)


HOT_ROUTES: HotTable = {("GET", "/rooms", "poll"): ("candidate", poll)}
