"""The routes of an exam's own page, for `app.core.front`: all but the page itself.

Saving an answer and the page's poll are the hottest; taking the pen and handing in come from the
whole hall within minutes.

An attempt that wants the safe browser is left to Flask, which looks at every request of it.
"""

from __future__ import annotations

from app.core.db import db
from app.core.errors import NotFoundError
from app.core.front import Answer, Asked, HotRoute, HotTable
from app.core.web import checked_key
from app.exams import changes, handing, presence, queries, taking
from app.exams.signals import Device
from app.exams.standing import standing_of


def save(asked: Asked) -> Answer | None:
    """Save one change of one answer, as `routes.save` does."""
    if _is_for_flask(asked):
        return None
    return Answer(
        changes.save_answer(
            db.session,
            asked.public_id,
            asked.person_id,
            asked.body,
            key_header=asked.key_header,
            now=asked.now,
        )
    )


def state(asked: Asked) -> Answer | None:
    """Tell the page how its attempt stands, as `routes.state` does."""
    standing = standing_of(asked.public_id, asked.person_id)
    if standing.safe_browser is not None:
        return None
    body = taking.state_body(db.session(), standing, now=asked.now)
    if standing.is_open:
        waiting = presence.waiting_of(asked.query.get("waiting"))
        presence.note_presence(standing.id, asked.public_id, waiting, now=asked.now)
    return Answer(body)


def take_over(asked: Asked) -> Answer | None:
    """Make the page the one that writes, as `routes.take_over` does."""
    if asked.body.get("take_over") is not True or _is_for_flask(asked):
        return None
    device = Device(asked.session_hash, asked.address, asked.user_agent)
    return Answer(handing.take_pen(asked.public_id, asked.person_id, device, now=asked.now))


def submit(asked: Asked) -> Answer | None:
    """Hand in, as `routes.submit` does."""
    if _is_for_flask(asked):
        return None
    key = checked_key(asked.key_header, asked.body)
    handing.hand_in(asked.public_id, asked.person_id, key=key, now=asked.now)
    # As the router writes it; an application that is mounted elsewhere is not answered here.
    return Answer({"redirect": f"/exams/attempts/{asked.public_id}/result"})


def _is_for_flask(asked: Asked) -> bool:
    """Say whether Flask has to look: at the browser, or at an attempt that is not the person's."""
    try:
        pinned = queries.pinned_of(db.session, asked.public_id, asked.person_id)
    except NotFoundError:
        return True
    return pinned.needs_safe_browser


HOT_ROUTES: HotTable = {
    ("POST", "/exams/attempts", "save"): HotRoute("candidate", save),
    ("GET", "/exams/attempts", "state"): HotRoute("candidate", state),
    ("POST", "/exams/attempts", "state"): HotRoute("candidate", take_over),
    ("POST", "/exams/attempts", "submit"): HotRoute("candidate", submit),
}
