"""A demonstration of sittings: two to book, practice ones to enter at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.db import transaction
from app.sittings import accommodations, entitlement, preparing, queries, seats, services
from app.sittings.models import Sitting
from app.sittings.services import SittingPlan

PROGRAMME = "junior"
PRACTICE_PROGRAMME = "junior-demo"
PARTED_BLUEPRINT = "junior-sections@1"
MINUTE = timedelta(minutes=1)
WEDNESDAY = 2
"""As `date.weekday` counts."""


def load_demo_sittings() -> None:
    """Plan the demonstration's sittings, unless there are any."""
    now = clock.now()
    with transaction() as db_session:
        if db_session.scalar(select(Sitting.id).limit(1)) is not None:
            return
        programmes = {one.id for one in entitlement.programme_choices(db_session)}
        if not {PROGRAMME, PRACTICE_PROGRAMME} <= programmes:
            return
        _plan(db_session, now)
        _plan_practice(db_session, now)
        _grant_extra_time(db_session, now)


def _plan(db_session: Session, now: datetime) -> None:
    today = now.astimezone(BEIJING).date()
    # A Wednesday at least three days off, so that there is time to book, change and cancel.
    wednesday = today + timedelta(days=3 + (WEDNESDAY - today.weekday() - 3) % 7)
    for days, hour, title, place in (
        (0, 9, "初级理论 · 周三上午场", "杭州滨江考点 301 教室"),
        (7, 14, "初级理论 · 周三下午场", "杭州滨江考点 302 教室"),
    ):
        opens_at = datetime.combine(wednesday, time(hour), BEIJING) + timedelta(days=days)
        services.plan_sitting(
            db_session,
            SittingPlan(
                programme_id=PROGRAMME,
                title=title,
                place=place,
                seat_count=40,
                opens_at=opens_at,
                closes_at=opens_at + 15 * MINUTE,
                ends_at=opens_at + 75 * MINUTE,
                allows_tickets=True,
            ),
            actor="cli:demo",
            now=now,
        )


def _plan_practice(db_session: Session, now: datetime) -> None:
    """Open practice sittings for a month; the demonstration's operator has checked in to one."""
    settings: Settings = current_app.config["SETTINGS"]
    sitting, _ = (
        services.plan_sitting(
            db_session,
            SittingPlan(
                programme_id=PRACTICE_PROGRAMME,
                title=title,
                place="线上监考",
                seat_count=60,
                opens_at=now - MINUTE,
                closes_at=now + timedelta(days=30),
                ends_at=now + timedelta(days=31),
                is_practice=True,
                has_access_code=False,
                allows_tickets=True,
                blueprint_ref=blueprint_ref,
            ),
            actor="cli:demo",
            now=now,
        )
        for title, blueprint_ref in (("考务演练", None), ("分部分考试演练", PARTED_BLUEPRINT))
    )
    operator = person_of_account_or_none(db_session, "operator@demo.example")
    if operator is None:
        return
    seat = seats.book_seat(
        db_session,
        sitting,
        operator.id,
        settings=settings,
        actor=f"person:{operator.public_id}",
        now=now,
    )
    preparing.assign_forms(db_session, now=now)
    seats.check_in(
        db_session,
        sitting,
        seat,
        document="id_card",
        actor=_actor(db_session, "invigilator@demo.example"),
        now=now,
    )


def _grant_extra_time(db_session: Session, now: datetime) -> None:
    candidate = person_of_account_or_none(db_session, "candidate@demo.example")
    if candidate is None or queries.accommodations(db_session):
        return
    accommodations.propose_accommodation(
        db_session,
        candidate,
        time_percent=125,
        break_minutes=10,
        reason="视力证明，2026-11-02 收到",
        actor=_actor(db_session, "examiner@demo.example"),
        now=now,
    )


def _actor(db_session: Session, account: str) -> str:
    found: Person | None = person_of_account_or_none(db_session, account)
    return "cli:demo" if found is None else f"person:{found.public_id}"
