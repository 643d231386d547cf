"""Reads of checks, alerts and progress; a person's own also decide whether they may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import queries as certification
from app.certification.models import DecisionRecord, Enrolment
from app.core.errors import NotFoundError
from app.providers.models import Employment, Provider
from app.providers.queries import running_at
from app.providers.team.growth import WINDOW_DAYS, Growth
from app.providers.team.models import ProgressConsent, StaffCheck, StaffDraw
from app.rooms.models import RoomSession
from certificates.levels import Level

RECENT = timedelta(days=30)
"""Practice that the progress counts."""


@dataclass(frozen=True)
class OwnCheck:
    """A check that waits for a person's answer."""

    public_id: str
    provider_name: str
    due_at: datetime
    cause: str


@dataclass(frozen=True)
class DrawLine:
    """One draw as the manager or the committee sees it."""

    month: date
    cause: str
    staff_count: int
    drawn_count: int
    confirmed: int
    waiting: int
    ended: int


@dataclass(frozen=True)
class Alert:
    """A provider whose certified operators grew suddenly."""

    provider_id: int
    code: str
    name: str
    growth: Growth
    is_drawn: bool


@dataclass(frozen=True)
class Progress:
    """How somebody's training goes, as far as they let the provider see it.

    Attributes:
        person_id: Whose.
        programme: Title of the programme that they are enrolled in; empty if in none.
        level: Of that programme.
        enrolled_at: Since when.
        decisions: How often it was decided so far, without a pass.
        rooms: Practice rooms operated within `RECENT`.
        last_room_at: Their last room; None if there was none.
    """

    person_id: int
    programme: str
    level: Level | None
    enrolled_at: datetime | None
    decisions: int
    rooms: int
    last_room_at: datetime | None


def waiting_checks_of(db_session: Session, person_id: int) -> list[OwnCheck]:
    """Return the checks that wait for a person, the most urgent first."""
    rows = db_session.execute(
        select(StaffCheck, StaffDraw.cause, Provider.name)
        .join(StaffDraw, StaffDraw.id == StaffCheck.draw_id)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .join(Provider, Provider.id == Employment.provider_id)
        .where(
            Employment.person_id == person_id,
            Employment.ended_at.is_(None),
            StaffCheck.answered_at.is_(None),
        )
        .order_by(StaffCheck.due_at)
    )
    return [OwnCheck(one.public_id, name, one.due_at, cause) for one, cause, name in rows]


def own_check(db_session: Session, public_id: str, person_id: int) -> tuple[StaffCheck, Employment]:
    """Return a person's own check, locked, with its employment.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    row = db_session.execute(
        select(StaffCheck, Employment)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .where(StaffCheck.public_id == public_id, Employment.person_id == person_id)
        .with_for_update(of=StaffCheck)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"staff check {public_id} of person {person_id}")
    return row.StaffCheck, row.Employment


def waiting_of_staff(db_session: Session, provider_id: int) -> dict[str, datetime]:
    """Return until when each drawn colleague has to confirm, by the employment's public id."""
    rows = db_session.execute(
        select(Employment.public_id, StaffCheck.due_at)
        .join(Employment, Employment.id == StaffCheck.employment_id)
        .where(
            Employment.provider_id == provider_id,
            Employment.ended_at.is_(None),
            StaffCheck.answered_at.is_(None),
        )
    )
    return {row.public_id: row.due_at for row in rows}


def draws_of(db_session: Session, provider_id: int, at_most: int = 6) -> list[DrawLine]:
    """Return a provider's draws, newest first."""
    rows = db_session.execute(
        select(
            StaffDraw,
            func.count().filter(StaffCheck.answer == "confirmed").label("confirmed"),
            func.count()
            .filter(StaffCheck.id.is_not(None), StaffCheck.answered_at.is_(None))
            .label("waiting"),
            func.count().filter(StaffCheck.answer.in_(("ended", "lapsed"))).label("ended"),
        )
        .outerjoin(StaffCheck, StaffCheck.draw_id == StaffDraw.id)
        .where(StaffDraw.provider_id == provider_id)
        .group_by(StaffDraw.id)
        .order_by(StaffDraw.drawn_at.desc(), StaffDraw.id.desc())
        .limit(at_most)
    )
    return [
        DrawLine(
            draw.month,
            draw.cause,
            draw.staff_count,
            draw.drawn_count,
            confirmed,
            waiting,
            ended,
        )
        for draw, confirmed, waiting, ended in rows
    ]


def growth_of_providers(
    db_session: Session, *, include_demo: bool, now: datetime
) -> dict[int, Growth]:
    """Return each provider's certified operators now and a window ago, by its key.

    Both are derived as for the score: valid certificates of people whose employment ran.
    """
    then = now - timedelta(days=WINDOW_DAYS)
    before, after = (
        _certified_people(db_session, at, include_demo=include_demo) for at in (then, now)
    )
    earlier: dict[int, set[int]] = {}
    for provider_id, people in before.items():
        earlier[provider_id] = set(people)
    out = {}
    for provider_id, people in after.items():
        held = earlier.get(provider_id, set())
        new = {one: since for one, since in people.items() if one not in held}
        joined = sum(since > then for since in new.values())
        out[provider_id] = Growth(len(held), len(people), joined, len(new) - joined)
    return out


def alerts(db_session: Session, *, month: date, include_demo: bool, now: datetime) -> list[Alert]:
    """Return the providers that grew suddenly, the largest gain first."""
    grown = {
        one: growth
        for one, growth in growth_of_providers(
            db_session, include_demo=include_demo, now=now
        ).items()
        if growth.is_sudden
    }
    drawn = set(
        db_session.scalars(
            select(StaffDraw.provider_id).where(
                StaffDraw.provider_id.in_(grown),
                StaffDraw.month == month,
                StaffDraw.cause == "growth",
            )
        )
    )
    providers = db_session.scalars(select(Provider).where(Provider.id.in_(grown)))
    found = [Alert(one.id, one.code, one.name, grown[one.id], one.id in drawn) for one in providers]
    return sorted(found, key=lambda one: (-one.growth.gain, one.code))


def running_consent_or_none(
    db_session: Session, employment_id: int, *, lock: bool = False
) -> ProgressConsent | None:
    """Return the consent that runs for an employment."""
    query = select(ProgressConsent).where(
        ProgressConsent.employment_id == employment_id, ProgressConsent.ended_at.is_(None)
    )
    return db_session.scalar(query.with_for_update() if lock else query)


def shared_progress(
    db_session: Session, provider_id: int, *, now: datetime
) -> list[tuple[str, Progress]]:
    """Return the progress of those who let a provider see it: display name and progress.

    Args:
        db_session: A session to read with.
        provider_id: Whose staff; only employments that run, with a consent that runs.
        now: The moment (aware).
    """
    rows = db_session.execute(
        select(Person.id, Person.display_name)
        .join(Employment, Employment.person_id == Person.id)
        .join(ProgressConsent, ProgressConsent.employment_id == Employment.id)
        .where(
            Employment.provider_id == provider_id,
            running_at(now),
            ProgressConsent.ended_at.is_(None),
        )
        .order_by(Person.display_name, Person.id)
    ).all()
    people = progress_of(db_session, [row.id for row in rows], now=now)
    return [(row.display_name, people[row.id]) for row in rows]


def progress_of(
    db_session: Session, person_ids: Sequence[int], *, now: datetime
) -> dict[int, Progress]:
    """Return how some people's training goes, whoever asks: the caller checks the consent."""
    enrolments: dict[int, Enrolment] = {}
    for one in db_session.scalars(
        select(Enrolment)
        .where(
            Enrolment.person_id.in_(person_ids),
            Enrolment.withdrawn_at.is_(None),
            Enrolment.certified_at.is_(None),
        )
        .order_by(Enrolment.enrolled_at, Enrolment.id)
    ):
        enrolments[one.person_id] = one
    counted = db_session.execute(
        select(DecisionRecord.enrolment_id, func.count().label("decisions"))
        .where(DecisionRecord.enrolment_id.in_([one.id for one in enrolments.values()]))
        .group_by(DecisionRecord.enrolment_id)
    )
    decisions = {row.enrolment_id: row.decisions for row in counted}
    rooms = {
        row.person_id: row
        for row in db_session.execute(
            select(
                RoomSession.person_id,
                func.count().filter(RoomSession.closed_at > now - RECENT).label("recent"),
                func.max(RoomSession.closed_at).label("last"),
            )
            .where(
                RoomSession.person_id.in_(person_ids),
                RoomSession.mode == "practice",
                RoomSession.closed_at.is_not(None),
            )
            .group_by(RoomSession.person_id)
        )
    }
    out = {}
    for person_id in person_ids:
        enrolment, room = enrolments.get(person_id), rooms.get(person_id)
        programme = (
            None
            if enrolment is None
            else certification.programme_of(db_session, enrolment.programme_ref)
        )
        out[person_id] = Progress(
            person_id=person_id,
            programme="" if programme is None else programme.title,
            level=None if programme is None else programme.level,
            enrolled_at=None if enrolment is None else enrolment.enrolled_at,
            decisions=0 if enrolment is None else decisions.get(enrolment.id, 0),
            rooms=0 if room is None else room.recent,
            last_room_at=None if room is None else room.last,
        )
    return out


def _certified_people(
    db_session: Session, at: datetime, *, include_demo: bool
) -> dict[int, dict[int, datetime]]:
    """Return, by provider, who counts at a moment and since when they work there."""
    valid = certification.valid_credentials(at, include_demo=include_demo).subquery()
    rows = db_session.execute(
        select(Employment.provider_id, Employment.person_id, Employment.started_at)
        .join(valid, valid.c.person_id == Employment.person_id)
        .where(running_at(at))
        .distinct()
    )
    people: dict[int, dict[int, datetime]] = {}
    for row in rows:
        people.setdefault(row.provider_id, {})[row.person_id] = row.started_at
    return people
