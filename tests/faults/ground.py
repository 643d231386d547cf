"""The ground of a fault test: an instance of its own with a bank, candidates and attempts."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.services import register_person
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.exams import services
from app.exams.drawing import store_form
from app.exams.terms import ExamTerms
from app.factory import create_app
from app.prepare import migrate
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.services import start_room
from question_bank.assembly import assemble_form
from question_bank.scoring import score_form
from simulations.actions import parse_action
from simulations.policies import parse_reference
from simulations.rooms import LoggedAction, RoomKeys
from simulations.scoring import room_result
from tests import cast
from tests.conftest import SECRET, close
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank
from tests.factories.exams import publish_little_bank
from tests.factories.rooms import (
    EXAM_TERMS,
    REFERENCE_THETA,
    little_scenario,
    publish_little_room,
)
from tests.faults.rooms import StoredRoom
from tests.faults.stored import reading_engine

ITEMS = {item.ref: item for item in little_bank()}
CUT_FRACTION = 0.5
PASSWORD = cast.PASSWORD

DISTINCT_FORMS = 3
"""A draw takes some time; candidates may share a form, each gets a row of their own."""


@dataclass(frozen=True)
class Seat:
    """A simulated person's account, and the attempt or room that waits for it."""

    account: str
    public_id: str


def settings_at(folder: Path, port: int, database_url: str = "", workers: int = 0) -> Settings:
    """Settings of a demonstration below `folder`, as the server's process will build them."""
    return Settings.from_environ(
        {
            "DEPLOYMENT": "demo",
            "SECRET_KEY": SECRET,
            "INSTANCE_DIR": str(folder),
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "LOG_LEVEL": "ERROR",
            "WEB_WORKERS": str(workers),
        }
    )


@contextlib.contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The application in this process, beside the server's; its connections end with the block."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            close(app)


def lay_ground(settings: Settings, candidates: int, password_hash: str) -> None:
    """Create tables, publish the little bank, prepare a form and an account for each candidate."""
    with application(settings):
        migrate()
        with transaction() as db_session:
            now = clock.now()
            publish_little_bank(db_session, now=now, forms=0)
            publish_little_room(db_session, now=now)
            forms = [
                assemble_form(little_bank(), LITTLE_BLUEPRINT, seed=bytes([number]) * 16)
                for number in range(DISTINCT_FORMS)
            ]
            for number in range(candidates):
                store_form(db_session, forms[number % DISTINCT_FORMS], now=now)
                register_person(
                    db_session,
                    account=account_of(number),
                    display_name=f"考生{number}",
                    password_hash=password_hash,
                    now=now,
                )


def account_of(number: int) -> str:
    return f"candidate{number}@example.cn"


def _person_id(db_session: Session, account: str) -> int:
    return db_session.scalars(select(Person.id).where(Person.email == account)).one()


def start_attempts(settings: Settings, numbers: Iterable[int], limit_s: int) -> list[Seat]:
    """Start an attempt for each of these candidates, with a time limit in seconds."""
    seats = []
    with application(settings), transaction() as db_session:
        for number in numbers:
            account = account_of(number)
            attempt = services.start_attempt(
                db_session, _person_id(db_session, account), _terms(limit_s), now=clock.now()
            )
            seats.append(Seat(account, attempt.public_id))
    return seats


def _terms(limit_s: int) -> ExamTerms:
    return ExamTerms(
        exam_code="little@1:theory",
        programme_ref="little@1",
        title="小考",
        blueprint_ref=LITTLE_BLUEPRINT.ref,
        limit_s=limit_s,
        cut_fraction=CUT_FRACTION,
        is_demo=True,
    )


def start_rooms(settings: Settings, numbers: Iterable[int]) -> list[Seat]:
    """Start the little room that counts for these candidates; its countdown is over."""
    seats = []
    with application(settings), transaction() as db_session:
        for number in numbers:
            account = account_of(number)
            room = start_room(
                db_session,
                _person_id(db_session, account),
                EXAM_TERMS,
                now=clock.now() - START_COUNTDOWN,
            )
            seats.append(Seat(account, room.public_id))
    return seats


def judge(room: StoredRoom) -> float:
    """Score a little room's log by the pure scoring function."""
    scenario = little_scenario()
    body = {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }
    log = [
        LoggedAction(event.content["tick"], parse_action(event.content["action"]))
        for event in room.acted
    ]
    keys = RoomKeys.from_bytes(room.keys)
    return room_result(scenario, keys, log, parse_reference(scenario, body)).points


def close_overdue(settings: Settings) -> datetime:
    """Close what is overdue, as the scheduler's sweeper does; returns the moment."""
    with application(settings), transaction() as db_session:
        now = clock.now()
        services.close_overdue_attempts(db_session, now=now)
    return now


def rescore(item_refs: Sequence[str], answers: Mapping[int, Mapping[str, Any]]) -> float:
    """Score a form of the little bank by the pure scoring function."""
    items = [ITEMS[ref] for ref in item_refs]
    return score_form(items, answers, cut_score=CUT_FRACTION).fraction


def drop_key_constraint(settings: Settings, table: str) -> None:
    """Build a table of events anew without its UNIQUE (…, key), as a bug would have it."""
    engine = reading_engine(settings)
    with engine.begin() as connection:
        ddl = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table}
        ).scalar_one()
        loose = re.sub(r",\s*CONSTRAINT \w+ UNIQUE \(\w+, \"?key\"?\)", "", ddl)
        assert loose != ddl
        connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text(loose))
    engine.dispose()
