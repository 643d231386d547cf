"""Responses of finished attempts, laid out for the statistics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.core.errors import NotFoundError
from app.exams.models import Attempt, AttemptEvent, AttemptResponse, AttemptScore
from app.exams.treating import version_of
from question_bank.psychometrics.matrices import ResponseMatrix

LONGEST_S = 600.0
"""A longer gap between two saves is no thinking about one item."""


@dataclass(frozen=True)
class Supply:
    """A blueprint and how many finished attempts at it count."""

    blueprint_ref: str
    title: str
    attempts: int
    newest_at: datetime


def supplies(db_session: Session) -> list[Supply]:
    """Return every blueprint with attempts whose result counts, the most used first."""
    rows = db_session.execute(
        select(
            Attempt.blueprint_ref,
            func.max(Attempt.title),
            func.count(),
            func.max(Attempt.closed_at),
        )
        .where(Attempt.closed_at.is_not(None), Attempt.score_fraction.is_not(None))
        .group_by(Attempt.blueprint_ref)
        .order_by(func.count().desc(), Attempt.blueprint_ref)
    )
    return [
        Supply(ref, title, count, newest)
        for ref, title, count, newest in rows
        if newest is not None
    ]


@dataclass
class Columns:
    """One entry for each item of each attempt."""

    person_ids: list[str] = field(default_factory=list)
    item_refs: list[str] = field(default_factory=list)
    credits: list[float] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """The attempts at one blueprint.

    Attributes:
        matrix: Attempts by item versions; drawn figures of an item count as one version.
        started: When each attempt of the matrix began, in its order.
        cut_fraction: The newest attempt's cut.
    """

    matrix: ResponseMatrix
    started: tuple[datetime, ...]
    cut_fraction: float


def sample_of(db_session: Session, blueprint_ref: str) -> Sample:
    """Return the counted responses of every attempt at a blueprint whose result counts.

    Raises:
        NotFoundError: If nobody has finished one.
    """
    attempts = db_session.scalars(
        select(Attempt)
        .where(
            Attempt.blueprint_ref == blueprint_ref,
            Attempt.closed_at.is_not(None),
            Attempt.score_fraction.is_not(None),
        )
        .order_by(Attempt.public_id)
    ).all()
    if not attempts:
        raise NotFoundError(f"attempts at {blueprint_ref}")
    ids = [attempt.id for attempt in attempts]
    credits = newest_credits(db_session, ids)
    chosen = chosen_words(db_session, ids)
    spent = spent_seconds(db_session, ids)
    pilots = bank.pilot_refs(db_session)
    columns = Columns()
    for attempt in attempts:
        for position, (ref, *_) in enumerate(attempt.form, 1):
            if version_of(ref) in pilots:  # never scored: no part of the form's figures
                continue
            columns.person_ids.append(attempt.public_id)
            columns.item_refs.append(version_of(ref))
            columns.credits.append(credits[attempt.id][position - 1])
            columns.options.append(chosen.get((attempt.id, position), ""))
            columns.seconds.append(spent.get((attempt.id, position)))
    matrix = ResponseMatrix.from_columns(
        columns.person_ids, columns.item_refs, columns.credits, columns.options, columns.seconds
    )
    newest = max(attempts, key=lambda attempt: attempt.started_at)
    return Sample(matrix, tuple(one.started_at for one in attempts), newest.cut_fraction)


def newest_scoring(db_session: Session, blueprint_ref: str) -> int:
    """Return the id of the newest scoring of a blueprint's attempts; 0 if there is none."""
    return (
        db_session.scalar(
            select(func.max(AttemptScore.id))
            .join(Attempt, Attempt.id == AttemptScore.attempt_id)
            .where(Attempt.blueprint_ref == blueprint_ref)
        )
        or 0
    )


def newest_credits(db_session: Session, attempt_ids: Sequence[int]) -> dict[int, list[float]]:
    """Return each attempt's credits by its newest scoring."""
    newest = (
        select(func.max(AttemptScore.id))
        .where(AttemptScore.attempt_id.in_(attempt_ids))
        .group_by(AttemptScore.attempt_id)
    )
    rows = db_session.execute(
        select(AttemptScore.attempt_id, AttemptScore.credits).where(AttemptScore.id.in_(newest))
    )
    return {row.attempt_id: row.credits for row in rows}


def chosen_words(db_session: Session, attempt_ids: Sequence[int]) -> dict[tuple[int, int], str]:
    """Return what was answered, in a word, by attempt and position; blanks are left out."""
    rows = db_session.execute(
        select(AttemptResponse.attempt_id, AttemptResponse.position, AttemptResponse.value).where(
            AttemptResponse.attempt_id.in_(attempt_ids)
        )
    )
    words = ((attempt, position, _word(json.loads(value))) for attempt, position, value in rows)
    return {(attempt, position): word for attempt, position, word in words if word}


def _word(value: dict[str, Any]) -> str:
    content = next(iter(value.values()), "")
    if isinstance(content, list):
        return ",".join(content)
    if isinstance(content, dict):
        return "; ".join(f"{part}={text}" for part, text in sorted(content.items()))
    return str(content).strip()


def spent_seconds(db_session: Session, attempt_ids: Sequence[int]) -> dict[tuple[int, int], float]:
    """Return the seconds before each save, summed by attempt and position.

    What a person read before the first save of an item belongs to it as far as anybody can tell;
    gaps of more than ten minutes (a pause, a walk) are left out.
    """
    rows = db_session.execute(
        select(AttemptEvent.attempt_id, AttemptEvent.kind, AttemptEvent.payload, AttemptEvent.at)
        .where(
            AttemptEvent.attempt_id.in_(attempt_ids),
            AttemptEvent.kind.in_(("opened", "started", "saved", "resumed")),
        )
        .order_by(AttemptEvent.attempt_id, AttemptEvent.sequence)
    ).all()
    spent: dict[tuple[int, int], float] = {}
    for before, event in pairwise(rows):
        if before.attempt_id != event.attempt_id or event.kind != "saved":
            continue
        gap = (event.at - before.at).total_seconds()
        if 0 <= gap <= LONGEST_S:
            key = event.attempt_id, int(json.loads(event.payload)["position"])
            spent[key] = spent.get(key, 0.0) + gap
    return spent


def items_by_ref(db_session: Session, refs: Sequence[str]) -> dict[str, Any]:
    """Return the item of each version."""
    return {item.ref: item for item in bank.items_of(db_session, refs)}
