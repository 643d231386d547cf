"""Queue a notice in the transaction of its cause: it is told if, and only if, the cause stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests.telling.models import ContestNotice


class Kind(StrEnum):
    """What a notice is about; `words.py` writes each."""

    SEATED = "seated"
    WAITING = "waiting"
    PROMOTED = "promoted"
    NOT_ELIGIBLE = "not_eligible"
    DISQUALIFIED = "disqualified"
    ROUND_SOON = "round_soon"
    ROUND_EMPTY = "round_empty"
    ROUND_MOVED = "round_moved"
    ROUND_HALTED = "round_halted"
    ROUND_RESUMED = "round_resumed"
    ROUND_RESTARTED = "round_restarted"
    REVIEW_OPEN = "review_open"
    JURY_DEALT = "jury_dealt"
    PROTEST_FILED = "protest_filed"
    PROTEST_ANSWERED = "protest_answered"
    ACT_PROPOSED = "act_proposed"
    RESULTS_TOLD = "results_told"
    RESULTS_FINAL = "results_final"


def ref_at(public_id: str, at: datetime) -> str:
    """Return what names something that happened to a thing at a moment, and may happen again."""
    return f"{public_id}@{at.astimezone(UTC):%Y%m%dT%H%M%S}"


def subject_of(ref: str) -> str:
    """Return the public id that a notice is about."""
    return ref.partition("@")[0]


def queue_notice(
    db_session: Session, person_ids: Iterable[int], kind: Kind, ref: str, *, now: datetime
) -> int:
    """Tell some people something, each once; who has no address reads it on the page.

    Whoever causes a notice holds the lock of its contest, so nobody else queues the same.

    Args:
        db_session: The session of the cause's transaction.
        person_ids: To whom.
        kind: What it is about.
        ref: Which one, see `ref_at`.
        now: The moment (aware).

    Returns:
        How many are new.
    """
    wanted = set(person_ids)
    if not wanted:
        return 0
    told = set(
        db_session.scalars(
            select(ContestNotice.person_id).where(
                ContestNotice.kind == kind.value, ContestNotice.ref == ref
            )
        )
    )
    db_session.add_all(
        ContestNotice(person_id=person_id, kind=kind.value, ref=ref, queued_at=now, due_at=now)
        for person_id in sorted(wanted - told)
    )
    db_session.flush()
    return len(wanted - told)
