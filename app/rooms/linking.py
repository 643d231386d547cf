"""Rooms of a 营期: where a linked session begins, and what marks 100 points in it.

Such a room pins in `RoomSession.linked` its day, what the sessions before left, and the policy that
was searched for the whole period. Scenario and score follow from that alone, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rooms import queries
from app.rooms.chains import append_to
from app.rooms.models import RoomSession
from app.rooms.services import PRACTICE_CODE, note_start
from app.rooms.starting import has_cockpit, new_room, pinned
from app.rooms.terms import RoomTerms
from simulations.periods import LinkedSession
from simulations.planning import Opening
from simulations.rooms import RoomKeys
from simulations.scenarios import Scenario


@dataclass(frozen=True)
class Link:
    """What a session of a 营期 adds to its scenario.

    Attributes:
        period_ref: `id@version` of the period.
        number: Of the session, from 0.
        count: Sessions of the period.
        session: The day.
        opening: What the sessions before left.
        reference: Theta and span of the period's reference, as `simulations.policies` reads them.
    """

    period_ref: str
    number: int
    count: int
    session: LinkedSession
    opening: Opening
    reference: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return what the room pins."""
        return {
            "period": self.period_ref,
            "number": self.number,
            "count": self.count,
            "session": self.session.model_dump(mode="json"),
            "opening": self.opening.model_dump(mode="json"),
            "reference": dict(self.reference),
        }


def start_linked(
    db_session: Session,
    person_id: int,
    scenario: Scenario,
    link: Link,
    keys: RoomKeys,
    *,
    run_id: str,
    is_demo: bool,
    now: datetime,
) -> RoomSession:
    """Start a session of a 营期, or return the one that the person is in.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who practises.
        scenario: The period's scenario, as published.
        link: The session.
        keys: Of this session, from the period's.
        run_id: Public id of the person's period; it has one open room at a time.
        is_demo: Whether the deployment is a demonstration.
        now: The moment (aware).
    """
    code = f"{PRACTICE_CODE}{scenario.id}~{run_id}"
    held = queries.open_room_or_none(db_session, person_id, code)
    if held is not None:
        return held
    assert has_cockpit(scenario), "periods are offered in rooms with a cockpit only"
    terms = RoomTerms(
        exam_code=code,
        programme_ref="",
        title=f"{scenario.title} · {link.session.title}",
        scenario_ref=scenario.ref,
        speed=scenario.speed.exam,
        cut_score=None,
        is_demo=is_demo,
        mode="practice",
    )
    ordinal = queries.next_ordinal(db_session, person_id, code)
    room = new_room(person_id, terms, scenario, keys, ordinal=ordinal, now=now)
    room.linked = link.to_dict()
    db_session.add(room)
    db_session.flush()
    day = queries.room_scenario(db_session, room)
    payload = pinned(room, day) | {"linked": {"period": link.period_ref, "number": link.number}}
    append_to(db_session, room, "started", payload, now=now)
    note_start(db_session, room, now=now)
    return room
