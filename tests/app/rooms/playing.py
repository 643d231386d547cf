"""A player for the tests: acts in a room as a page would, at seconds after its start."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.rooms import queries, services
from app.rooms.acting import Performed, SentAction, perform_action
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.models import RoomEvent, RoomSession
from simulations.actions import parse_action
from tests.conftest import NOON
from tests.factories.rooms import start_little_exam, start_little_practice

START = NOON + START_COUNTDOWN


class Player:
    """Holds a room by its ids only, so that each step has its own unit of work."""

    def __init__(self, room: RoomSession) -> None:
        self.id, self.public_id, self.person_id = room.id, room.public_id, room.person_id
        self.epoch = room.writer_epoch
        self.sent = 0

    def act(
        self,
        action: dict[str, Any],
        *,
        at: float,
        key: str = "",
        epoch: int = 0,
        queued_s: float = 0,
    ) -> Performed:
        """Do an action `at` wall seconds after the start."""
        self.sent += 1
        sent = SentAction(
            key=key or f"key-{self.sent:08}",
            action=parse_action(action),
            writer_epoch=epoch or self.epoch,
            queued=timedelta(seconds=queued_s),
        )
        now = START + timedelta(seconds=at)
        return perform_action(db.session(), self.public_id, self.person_id, sent, now=now)

    def clock(
        self, change: str, payload: dict[str, Any] | None = None, *, now: datetime, key: str = ""
    ) -> None:
        self.sent += 1
        with transaction() as db_session:
            room = queries.room_of(db_session, self.public_id, self.person_id, lock=True)
            services.change_clock(
                db_session, room, change, payload or {}, key=key or f"clock-{self.sent:08}", now=now
            )

    def tick(self, now: datetime) -> int:
        with transaction() as db_session:
            return db_session.get_one(RoomSession, self.id).clock.tick_at(now)

    def finish_early(self, *, now: datetime) -> None:
        with transaction() as db_session:
            room = queries.room_of(db_session, self.public_id, self.person_id, lock=True)
            services.finish_early(db_session, room, key="finish-key", now=now)

    def finish_by_scheduler(self, now: datetime) -> None:
        with transaction() as db_session:
            services.close_finished_rooms(db_session, now=now)

    def events(self) -> list[RoomEvent]:
        with transaction() as db_session:
            events = list(queries.events_of(db_session, self.id))
            db_session.expunge_all()
            return events


def opened(db_session: Session, room: RoomSession) -> Player:
    """Open the room's page (epoch 1) and return its player."""
    services.open_page(db_session, room, now=NOON)
    player = Player(room)
    db_session.commit()
    db.session.remove()
    return player


def start_exam(db_session: Session, person_id: int) -> Player:
    """Start a room that counts, with the page open (epoch 1)."""
    return opened(db_session, start_little_exam(db_session, person_id, now=NOON))


def start_practice(db_session: Session, person_id: int) -> Player:
    """Start a practice room, with the page open (epoch 1)."""
    return opened(db_session, start_little_practice(db_session, person_id, now=NOON))
