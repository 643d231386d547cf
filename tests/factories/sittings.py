"""A sitting on the little programme, its people and their seats."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.roles import Role
from app.sittings import seats, services
from app.sittings.models import Seat, Sitting
from app.sittings.services import SittingPlan
from tests.cast import CastMember
from tests.factories.certification import enrol_little, publish_little_programme

INES = CastMember("Ines", "ines@example.cn", (Role.INVIGILATOR,))
EVA = CastMember("Eva", "eva@example.cn", (Role.EXAMINER,))
HAL = CastMember("Hal", "hal@example.cn", (Role.APPEAL_HANDLER,))
STAFF = (INES, EVA, HAL)
"""An invigilator, a second examiner (Carol is the first), and who answers appeals."""


def add_staff(db_session: Session, password_hash: str, *, now: datetime) -> dict[str, Person]:
    """Open the accounts of the staff; by name."""
    return {
        one.name: accounts.register_person(
            db_session,
            account=one.account,
            display_name=one.name,
            password_hash=password_hash,
            now=now,
            roles=one.roles,
            actor="cli:test",
        )
        for one in STAFF
    }


def add_sitting(db_session: Session, *, opens_at: datetime, **changes: object) -> Sitting:
    """Plan a sitting: half an hour to enter, an hour in all, no access code."""
    values: dict[str, object] = {
        "programme_id": "little",
        "title": "小考第一场",
        "place": "一号考场",
        "seat_count": 2,
        "opens_at": opens_at,
        "closes_at": opens_at + timedelta(minutes=30),
        "ends_at": opens_at + timedelta(minutes=60),
        "has_access_code": False,
        **changes,
    }
    return services.plan_sitting(
        db_session,
        SittingPlan(**values),  # type: ignore[arg-type]
        actor="person:planner",
        now=opens_at - timedelta(days=3),
    )


def enrolled_sitting(
    app: Flask, db_session: Session, people: list[Person], *, opens_at: datetime, **changes: object
) -> Sitting:
    """Publish the little programme, enrol people, and plan a sitting of it."""
    before = opens_at - timedelta(days=4)
    programme = publish_little_programme(db_session, now=before)
    for person in people:
        enrol_little(app, db_session, person.id, programme, now=before)
    return add_sitting(db_session, opens_at=opens_at, **changes)


def book(
    app: Flask, db_session: Session, sitting: Sitting, person: Person, *, now: datetime
) -> Seat:
    """Book a seat."""
    return seats.book_seat(
        db_session,
        sitting,
        person.id,
        settings=app.config["SETTINGS"],
        actor=f"person:{person.public_id}",
        now=now,
    )


def seat_started(
    app: Flask, db_session: Session, sitting: Sitting, person: Person, *, now: datetime
) -> Seat:
    """Book, check in and start: the seat\'s attempt runs."""
    seat = book(app, db_session, sitting, person, now=now)
    seats.check_in(
        db_session, sitting, seat, document="id_card", actor="person:invigilator", now=now
    )
    seats.start_seat(db_session, sitting, seat, settings=app.config["SETTINGS"], now=now)
    return seat
