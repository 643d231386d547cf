"""Enter a contest: who may, seats and waiting list, seeding into heats."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.contests import queries
from app.contests.events import EntryStands
from app.contests.models import Contest, ContestEntry, ContestRound, RoundPlace
from app.contests.planning import ContestStageError, note
from app.contests.qualifying import qualification_of
from app.contests.scoring import seeded
from app.contests.sides import check_no_organiser
from app.core.config import Settings
from app.core.errors import ConflictError
from app.core.events import publish
from app.core.ids import ALPHABET
from app.providers import queries as providers
from app.rooms.models import RoomSession

CODE_CHARS = 3
SEEDED_BY = timedelta(days=365)
"""Scores of this long count for the seeding."""


class EntryClosedError(ConflictError):
    """Raised before a contest's entry opens, or after it closed."""

    code = "contest_entry_closed"


class NotEligibleError(ConflictError):
    """Raised when somebody meets none of the conditions by which the contest lets people in."""

    code = "contest_not_eligible"


class AlreadySeededError(ConflictError):
    """Raised when heats would be filled again after a counted round has its rooms."""

    code = "contest_seeded"


def eligible_credential(
    db_session: Session, contest: Contest, person_id: int, *, settings: Settings, now: datetime
) -> str | None:
    """Return the certificate with which somebody may take part at a moment; None: they may not."""
    found = qualification_of(db_session, contest, person_id, settings=settings, now=now)
    return None if found.met is None else found.credential_number


def enter(
    db_session: Session,
    contest: Contest,
    person_id: int,
    *,
    public_name: str,
    settings: Settings,
    now: datetime,
) -> ContestEntry:
    """Enter somebody, who has agreed to be shown in public, or return the entry that stands.

    The contest's row is the lock: of two who want the last seat one waits.

    Args:
        db_session: The session of the caller's transaction.
        contest: A locked contest.
        person_id: The contestant.
        public_name: What the public sees.
        settings: Of this deployment.
        now: The moment (aware).

    Raises:
        EntryClosedError: If the contest takes no entries now.
        NotEligibleError: If none of the ways into the contest is open to them.
        OrganiserEntersError: If they had a hand in it.
    """
    held = queries.entry_or_none(db_session, contest.id, person_id)
    if held is not None and held.withdrawn_at is None:
        return held
    if contest.state != "published" or not (
        contest.entry_opens_at <= now <= contest.entry_closes_at
    ):
        raise EntryClosedError(f"{contest!r}")
    if held is not None and held.withdrawn_reason == "disqualified":
        raise NotEligibleError(f"{held!r} was disqualified")
    actor = actor_of(db_session, person_id)
    check_no_organiser(db_session, contest, person_id, actor=actor)
    found = qualification_of(db_session, contest, person_id, settings=settings, now=now)
    if found.met is None:
        raise NotEligibleError(f"person {person_id} in {contest!r}")
    number = found.credential_number
    seated = sum(not one.is_waiting for one in queries.entries_of(db_session, contest.id))
    employment = providers.running_employment_or_none(db_session, person_id)
    provider = None
    if employment is not None:
        provider = providers.provider(db_session, employment.provider_id)
    entry = held or ContestEntry(
        contest_id=contest.id, person_id=person_id, code=_new_code(db_session, contest)
    )
    entry.public_name = public_name
    entry.provider_id = None if provider is None else provider.id
    entry.provider_name = None if provider is None else provider.name
    entry.credential_number, entry.qualified_by = number, found.met.by
    entry.consented_at = entry.entered_at = now
    entry.is_waiting = seated >= contest.seat_count
    entry.withdrawn_at = entry.withdrawn_reason = None
    db_session.add(entry)
    db_session.flush()
    details = {
        "entry": entry.public_id,
        "credential": number,
        "by": found.met.by,
        "waits": entry.is_waiting,
    }
    note(db_session, contest, "entered", actor, now, details)
    standing = "waiting" if entry.is_waiting else "seated"
    publish(db_session, EntryStands(contest.id, entry.id, standing, now))
    return entry


def withdraw(
    db_session: Session,
    contest: Contest,
    entry: ContestEntry,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Take an entry out of a locked contest; who waits longest takes the seat.

    A place in a round that has its rooms stays where it is: the room goes on by rule and its
    result does not count.

    Raises:
        ContestStageError: If the contest is over.
    """
    if entry.withdrawn_at is not None:
        return
    if contest.state in {"final", "cancelled"}:
        raise ContestStageError(f"{contest!r}: over")
    had_seat = not entry.is_waiting
    entry.withdrawn_at, entry.withdrawn_reason = now, reason
    note(db_session, contest, "withdrawn", actor, now, {"entry": entry.public_id, "why": reason})
    publish(db_session, EntryStands(contest.id, entry.id, reason, now))
    if had_seat and contest.seeded_at is None:
        waiting = [one for one in queries.entries_of(db_session, contest.id) if one.is_waiting]
        if waiting:
            waiting[0].is_waiting = False
            details = {"entry": waiting[0].public_id}
            note(db_session, contest, "seat_given", "system:contests", now, details)
            publish(db_session, EntryStands(contest.id, waiting[0].id, "promoted", now))


def seed(
    db_session: Session, contest: Contest, *, actor: str, settings: Settings, now: datetime
) -> int:
    """Deal the seated entries of a locked contest into its heats, and all into the rehearsals.

    The rule: by the best counted room score of the last year, in a snake over the heats, so that
    the heats are about equally strong. Who is not eligible any more is taken out first. It may be
    done again until a counted round has its rooms.

    Returns:
        How many were seated.

    Raises:
        ContestStageError: If the contest is not announced, or entry is still open.
        AlreadySeededError: If a counted round has begun.
    """
    if contest.state != "published" or now <= contest.entry_closes_at:
        raise ContestStageError(f"{contest!r}: entry is open, or it is not announced")
    rounds = queries.rounds_of(db_session, contest.id)
    if any(one.readied_at is not None and one.kind != "rehearsal" for one in rounds):
        raise AlreadySeededError(f"{contest!r}")
    for entry in queries.entries_of(db_session, contest.id):
        number = eligible_credential(
            db_session, contest, entry.person_id, settings=settings, now=now
        )
        if number is None:
            withdraw(db_session, contest, entry, reason="not_eligible", actor=actor, now=now)
    entries = {
        one.public_id: one
        for one in queries.entries_of(db_session, contest.id)
        if not one.is_waiting
    }
    points = {
        public_id: _seed_points(db_session, entry, now) for public_id, entry in entries.items()
    }
    order = sorted(points, key=lambda one: (-points[one], one))
    for rank, public_id in enumerate(order, 1):
        entries[public_id].seed_points = points[public_id]
        entries[public_id].seed_rank = rank
    heats = [one for one in rounds if one.kind == "heat"] or [
        one for one in rounds if one.kind == "final"
    ]
    for round_, group in zip(heats, seeded(points, len(heats)), strict=True):
        fill_round(db_session, round_, [entries[one] for one in group])
    for round_ in rounds:
        if round_.kind == "rehearsal" and round_.readied_at is None:
            fill_round(db_session, round_, [entries[one] for one in order])
    contest.seeded_at = now
    note(db_session, contest, "seeded", actor, now, {"order": order})
    return len(entries)


def fill_round(db_session: Session, round_: ContestRound, entries: list[ContestEntry]) -> None:
    """Give a round's places to entries, in order of lanes; earlier places are given up.

    Raises:
        ContestStageError: If the round has its rooms, or not as many places.
    """
    if round_.readied_at is not None or len(entries) > round_.place_count:
        raise ContestStageError(f"{round_!r}: {len(entries)} for {round_.place_count} places")
    for place, _ in queries.places_of(db_session, round_.id):
        db_session.delete(place)
    db_session.flush()
    for lane, entry in enumerate(entries, 1):
        db_session.add(RoundPlace(round_id=round_.id, entry_id=entry.id, lane=lane))
    db_session.flush()


def actor_of(db_session: Session, person_id: int) -> str:
    """Return the audit log's name of a person."""
    return f"person:{db_session.get_one(Person, person_id).public_id}"


def _seed_points(db_session: Session, entry: ContestEntry, now: datetime) -> float:
    best = db_session.scalar(
        select(func.max(RoomSession.score)).where(
            RoomSession.person_id == entry.person_id,
            RoomSession.mode == "exam",
            RoomSession.closed_at >= now - SEEDED_BY,
        )
    )
    return 0.0 if best is None else float(best)


def _new_code(db_session: Session, contest: Contest) -> str:
    """Return a code that says nothing of who entered or when."""
    held = {one.code for one in queries.entries_of(db_session, contest.id, with_withdrawn=True)}
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS)).upper()
        if code not in held:
            return code
