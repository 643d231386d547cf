"""The two hottest routes of an exam, for `app.core.front`: saving an answer, and the page's poll.

An attempt that wants the safe browser is left to Flask, which looks at every request of it.
"""

from __future__ import annotations

from app.core.db import db
from app.core.front import Answer, Asked, HotRoute, HotTable
from app.exams import changes, presence, queries, taking
from app.exams.standing import standing_of


def save(asked: Asked) -> Answer | None:
    """Save one change of one answer, as `routes.save` does."""
    if queries.pinned_of(db.session, asked.public_id, asked.person_id).needs_safe_browser:
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


HOT_ROUTES: HotTable = {
    ("POST", "/exams/attempts", "save"): HotRoute("candidate", save),
    ("GET", "/exams/attempts", "state"): HotRoute("candidate", state),
}
