"""A contest of the little room whose only round has begun, with a room for each person."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestRound,
    ContestRulesVersion,
    RoundPlace,
    RoundRoom,
)
from app.contests.rules import load_rules
from app.core.db import db
from app.rooms.acting import SentAction, perform_action
from app.rooms.models import RoomSession
from app.rooms.services import open_page, start_room
from app.rooms.terms import RoomTerms
from simulations.actions import parse_action
from simulations.rooms import keys_of_seed
from tests.factories.rooms import publish_little_room

SPEED = 2.0
SESSION = timedelta(minutes=15)
"""Thirty minutes of the room at twice the speed."""


@dataclass(frozen=True)
class Seat:
    """A contestant's room, by names that outlive a session of the database."""

    room: str
    person_id: int
    epoch: int

    def act(self, action: dict[str, object], *, now: datetime) -> None:
        """Operate the room as its page does."""
        sent = SentAction(secrets.token_hex(8), parse_action(action), self.epoch, timedelta())
        perform_action(db.session(), self.room, self.person_id, sent, now=now)


@dataclass(frozen=True)
class Raced:
    """A round that has begun: public ids, and everybody's seat."""

    contest: str
    round_: str
    seats: tuple[Seat, ...]


def begin_round(
    db_session: Session, people: Sequence[Person], *, now: datetime, state: str = "running"
) -> Raced:
    """Begin the only round of a contest: everybody's room starts after the countdown."""
    scenario = publish_little_room(db_session, now=now)
    rules = load_rules()[0]
    db_session.add(
        ContestRulesVersion(
            rules_id=rules.id,
            version=rules.version,
            body=rules.model_dump(mode="json"),
            published_at=now,
        )
    )
    contest = Contest(
        title="小房间杯",
        summary="三个人，一间小房间。",
        rules_ref=rules.ref,
        state=state,
        seat_count=12,
        entry_opens_at=now - timedelta(days=9),
        entry_closes_at=now - timedelta(days=1),
        is_demo=True,
        planned_by="cli:test",
        planned_at=now - timedelta(days=10),
        published_at=now - timedelta(days=9),
    )
    db_session.add(contest)
    db_session.flush()
    round_ = ContestRound(
        contest_id=contest.id,
        ordinal=1,
        stage=2,
        kind="final",
        title="总决赛",
        scenario_ref=scenario.ref,
        speed=SPEED,
        place_count=12,
        starts_at=now,
        run_no=1,
        readied_at=now,
    )
    db_session.add(round_)
    db_session.flush()
    rooms = [
        _place(db_session, contest, round_, person, lane, now=now)
        for lane, person in enumerate(people, start=1)
    ]
    round_.clock_starts_at, round_.ends_at = rooms[0].starts_at, rooms[0].ends_at
    seats = tuple(Seat(one.public_id, one.person_id, one.writer_epoch) for one in rooms)
    db_session.commit()
    return Raced(contest.public_id, round_.public_id, seats)


def _place(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    person: Person,
    lane: int,
    *,
    now: datetime,
) -> RoomSession:
    entry = ContestEntry(
        contest_id=contest.id,
        person_id=person.id,
        code=f"C{lane:03d}",
        public_name=person.display_name,
        provider_name="云帆互动",
        consented_at=now,
        entered_at=now - timedelta(days=3),
    )
    db_session.add(entry)
    db_session.flush()
    place = RoundPlace(round_id=round_.id, entry_id=entry.id, lane=lane)
    db_session.add(place)
    terms = RoomTerms(
        exam_code=f"contest:{round_.public_id}",
        programme_ref="",
        title=round_.title,
        scenario_ref=round_.scenario_ref,
        speed=SPEED,
        cut_score=None,
        is_demo=True,
        is_held=True,
    )
    room = start_room(db_session, person.id, terms, now=now)
    keys = keys_of_seed(11).to_bytes()
    room.macro_key, room.micro_key = keys[:8], keys[8:]
    open_page(db_session, room, now=now)
    db_session.flush()
    db_session.add(RoundRoom(place_id=place.id, run_no=1, room_session_id=room.id))
    db_session.flush()
    return room
