"""Reads of sittings; each also decides whether this person may know."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.errors import NotFoundError
from app.sittings.models import (
    Accommodation,
    IdentityCheck,
    InvigilationAct,
    Seat,
    Sitting,
)


def sitting(db_session: Session, public_id: str, *, lock: bool = False) -> Sitting:
    """Return a sitting.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Sitting).where(Sitting.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"sitting {public_id}")
    return found


def sitting_by_id(db_session: Session, sitting_id: int) -> Sitting:
    """Return the sitting of a key that a row of ours holds."""
    found = db_session.get(Sitting, sitting_id)
    assert found is not None, "a foreign key holds it"
    return found


def seat_among(db_session: Session, public_ids: Collection[str]) -> str:
    """Return which of some public ids is a seat's.

    Raises:
        NotFoundError: If none is.
    """
    found = db_session.scalar(select(Seat.public_id).where(Seat.public_id.in_(public_ids)))
    if found is None:
        raise NotFoundError("no seat in the sign-in's limit")
    return found


def sittings(db_session: Session, *, limit: int = 200) -> Sequence[Sitting]:
    """Return sittings for staff, the latest window first."""
    return db_session.scalars(
        select(Sitting).order_by(Sitting.opens_at.desc(), Sitting.id.desc()).limit(limit)
    ).all()


def bookable_sittings(db_session: Session, *, now: datetime) -> Sequence[Sitting]:
    """Return sittings whose window is not over, the next first."""
    return db_session.scalars(
        select(Sitting)
        .where(Sitting.closes_at > now, Sitting.cancelled_at.is_(None), Sitting.ended_at.is_(None))
        .order_by(Sitting.opens_at, Sitting.id)
    ).all()


def taken_counts(db_session: Session, sitting_ids: Sequence[int]) -> dict[int, int]:
    """Return how many seats of each sitting are taken."""
    rows = db_session.execute(
        select(Seat.sitting_id, func.count())
        .where(Seat.sitting_id.in_(sitting_ids), Seat.cancelled_at.is_(None))
        .group_by(Seat.sitting_id)
    )
    return dict(rows.all())


def taken_numbers(db_session: Session, sitting_id: int) -> set[int]:
    """Return the numbers of a sitting's taken seats."""
    return set(
        db_session.scalars(
            select(Seat.number).where(Seat.sitting_id == sitting_id, Seat.cancelled_at.is_(None))
        )
    )


def seat_of(db_session: Session, public_id: str, person_id: int, *, lock: bool = False) -> Seat:
    """Return the person's own seat, one given back too.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(Seat).where(Seat.public_id == public_id, Seat.person_id == person_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"seat {public_id} of person {person_id}")
    return found


def seats_of_person(db_session: Session, person_id: int) -> list[tuple[Seat, Sitting]]:
    """Return a person's seats that were not given back, with their sittings, newest first."""
    rows = db_session.execute(
        select(Seat, Sitting)
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(Seat.person_id == person_id, Seat.cancelled_at.is_(None))
        .order_by(Sitting.opens_at.desc(), Seat.id.desc())
    )
    return [(seat, held) for seat, held in rows]


def waiting_seat_or_none(
    db_session: Session, person_id: int, programme_id: str, *, now: datetime
) -> Seat | None:
    """Return the person's seat in a sitting of the programme that they can still sit, if any."""
    return db_session.scalar(
        select(Seat)
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(
            Seat.person_id == person_id,
            Seat.cancelled_at.is_(None),
            Seat.attempt_id.is_(None),
            Seat.absent_at.is_(None),
            Sitting.programme_id == programme_id,
            Sitting.is_practice.is_(False),
            Sitting.cancelled_at.is_(None),
            Sitting.ended_at.is_(None),
            Sitting.closes_at >= now,
        )
        .limit(1)
    )


def seats_of_sitting(
    db_session: Session, sitting_id: int, *, lock: bool = False
) -> list[tuple[Seat, str]]:
    """Return a sitting's taken seats by number, each with its person's name."""
    query = (
        select(Seat, Person.display_name)
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.sitting_id == sitting_id, Seat.cancelled_at.is_(None))
        .order_by(Seat.number)
    )
    if lock:
        query = query.with_for_update(of=Seat).execution_options(populate_existing=True)
    return [(seat, name) for seat, name in db_session.execute(query)]


def seat_in_sitting(
    db_session: Session, sitting_id: int, public_id: str, *, lock: bool = False
) -> Seat:
    """Return one taken seat of a sitting, for staff.

    Raises:
        NotFoundError: If it is none of this sitting's.
    """
    query = select(Seat).where(
        Seat.sitting_id == sitting_id, Seat.public_id == public_id, Seat.cancelled_at.is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"seat {public_id} of sitting {sitting_id}")
    return found


def acts_of(db_session: Session, sitting_id: int) -> Sequence[InvigilationAct]:
    """Return what was done at the console, newest first."""
    return db_session.scalars(
        select(InvigilationAct)
        .where(InvigilationAct.sitting_id == sitting_id)
        .order_by(InvigilationAct.id.desc())
    ).all()


def act_or_none(db_session: Session, sitting_id: int, key: str) -> InvigilationAct | None:
    """Return the act of an idempotency key, if it was done."""
    return db_session.scalar(
        select(InvigilationAct).where(
            InvigilationAct.sitting_id == sitting_id, InvigilationAct.key == key
        )
    )


def announcements_of(db_session: Session, sitting_id: int) -> Sequence[InvigilationAct]:
    """Return what was announced to everybody of a sitting, oldest first."""
    return db_session.scalars(
        select(InvigilationAct)
        .where(
            InvigilationAct.sitting_id == sitting_id,
            InvigilationAct.kind == "announce",
            InvigilationAct.is_for_all.is_(True),
        )
        .order_by(InvigilationAct.id)
    ).all()


def identity_checks(db_session: Session, seat_ids: Sequence[int]) -> dict[int, int]:
    """Return how often each seat's person was identified."""
    rows = db_session.execute(
        select(IdentityCheck.seat_id, func.count())
        .where(IdentityCheck.seat_id.in_(seat_ids))
        .group_by(IdentityCheck.seat_id)
    )
    return dict(rows.all())


def accommodation(db_session: Session, public_id: str, *, lock: bool = False) -> Accommodation:
    """Return an accommodation.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Accommodation).where(Accommodation.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"accommodation {public_id}")
    return found


def accommodations(db_session: Session) -> list[tuple[Accommodation, Person]]:
    """Return every accommodation with its person, open ones first."""
    rows = db_session.execute(
        select(Accommodation, Person)
        .join(Person, Person.id == Accommodation.person_id)
        .order_by(
            Accommodation.ended_at.is_not(None),
            Accommodation.approved_at.is_not(None),
            Accommodation.id.desc(),
        )
    )
    return [(one, person) for one, person in rows]


def accommodation_in_force(db_session: Session, person_id: int) -> Accommodation | None:
    """Return the person's newest approved accommodation that has not ended."""
    return db_session.scalar(
        select(Accommodation)
        .where(
            Accommodation.person_id == person_id,
            Accommodation.approved_at.is_not(None),
            Accommodation.ended_at.is_(None),
        )
        .order_by(Accommodation.approved_at.desc(), Accommodation.id.desc())
        .limit(1)
    )


def formless_seats(db_session: Session, *, opens_before: datetime, now: datetime) -> Sequence[Seat]:
    """Return seats that want a form before their window opens, the earliest window first."""
    return db_session.scalars(
        select(Seat)
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(
            Seat.cancelled_at.is_(None),
            Seat.attempt_id.is_(None),
            Seat.absent_at.is_(None),
            Seat.form.is_(None),
            Sitting.cancelled_at.is_(None),
            Sitting.ended_at.is_(None),
            Sitting.opens_at <= opens_before,
            Sitting.closes_at >= now,
        )
        .order_by(Sitting.opens_at, Seat.id)
    ).all()


def missed_seats(db_session: Session, *, now: datetime) -> list[tuple[Seat, Sitting]]:
    """Return taken seats that nobody sat by the last moment of entry, locked."""
    rows = db_session.execute(
        select(Seat, Sitting)
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(
            Seat.cancelled_at.is_(None),
            Seat.attempt_id.is_(None),
            Seat.absent_at.is_(None),
            Sitting.cancelled_at.is_(None),
            Sitting.closes_at < now,
        )
        .order_by(Seat.id)
        .limit(200)
        .with_for_update(of=Seat, skip_locked=True)
    )
    return [(seat, held) for seat, held in rows]


def sittings_to_publish(db_session: Session, *, now: datetime) -> Sequence[Sitting]:
    """Return sittings whose results are due to be published, locked, the earliest first."""
    return db_session.scalars(
        select(Sitting)
        .where(Sitting.publish_at <= now, Sitting.published_at.is_(None))
        .order_by(Sitting.publish_at, Sitting.id)
        .with_for_update(skip_locked=True)
    ).all()


def seat_of_attempt_or_none(db_session: Session, attempt_id: int) -> tuple[Seat, Sitting] | None:
    """Return the seat that an attempt was sat on, with its sitting, if it was in one."""
    row = db_session.execute(
        select(Seat, Sitting)
        .join(Sitting, Sitting.id == Seat.sitting_id)
        .where(Seat.attempt_id == attempt_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])
