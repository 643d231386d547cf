"""What the pilot of an item has shown so far; the item itself never counted.

The discrimination is the correlation of the item's credit with the attempt's score fraction. The
item is no part of that score, so nothing has to be taken out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.queries import chosen_words, newest_credits, spent_seconds
from app.bank import queries as bank
from app.bank.workshop import queries as workshop
from app.bank.workshop.lifecycle import Stage
from app.bank.workshop.models import ItemDraft
from app.exams.models import Attempt
from app.exams.treating import version_of
from question_bank.blueprints import ExamBlueprint
from question_bank.items import Item, Pool
from question_bank.psychometrics.classical import LEAST_PERSONS

LOOKED_BACK = 4000
"""Newest finished attempts that are looked at."""

FACILITY = (0.25, 0.95)
"""Facilities between which an item tells candidates apart; outside, look at it again."""

LEAST_DISCRIMINATION = 0.15
"""Below it an item hardly goes with the rest of the exam."""


def drafts_in_pilot(db_session: Session) -> dict[str, ItemDraft]:
    """Return the drafts behind the items that are tried out, by ref."""
    rows = workshop.waiting_drafts(db_session, (Stage.PILOT,))
    return {f"{row.item_id}@{row.version}": row for row in rows}


@dataclass(frozen=True)
class PilotResult:
    """One item in the pilot.

    Attributes:
        item: The version that is tried out.
        count: Finished attempts whose form had it.
        facility: Mean credit, in [0, 1]; None before the first attempt.
        discrimination: Correlation with the score fraction; None while too few answered, or
            everybody got the same.
        omitted: Share that left it blank; None before the first attempt.
        median_s: Median seconds spent on it; None if nobody's are known.
    """

    item: Item
    count: int
    facility: float | None
    discrimination: float | None
    omitted: float | None
    median_s: float | None

    @property
    def flags(self) -> tuple[str, ...]:
        """Codes of `labels.FLAG`: what speaks against using it now."""
        if self.count < LEAST_PERSONS or self.facility is None:
            return ("too_few",)
        found = []
        if not FACILITY[0] <= self.facility <= FACILITY[1]:
            found.append("too_hard" if self.facility < FACILITY[0] else "too_easy")
        if self.discrimination is not None and self.discrimination < 0:
            found.append("negative_discrimination")
        elif self.discrimination is None or self.discrimination < LEAST_DISCRIMINATION:
            found.append("weak_discrimination")
        return tuple(found)


def pilot_results(db_session: Session) -> list[PilotResult]:
    """Return every item that is tried out now, the most answered first."""
    items = {
        item.ref: item
        for level in ("junior", "intermediate", "senior")
        for item in bank.pilot_items(db_session, level)
    }
    if not items:
        return []
    attempts = db_session.scalars(
        select(Attempt)
        .where(Attempt.closed_at.is_not(None), Attempt.score_fraction.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(LOOKED_BACK)
    ).all()
    places: dict[str, list[tuple[Attempt, int]]] = {ref: [] for ref in items}
    for attempt in attempts:
        for position, (ref, *_) in enumerate(attempt.form, 1):
            if version_of(ref) in places:
                places[version_of(ref)].append((attempt, position))
    ids = sorted({attempt.id for held in places.values() for attempt, _ in held})
    credits = newest_credits(db_session, ids)
    chosen = chosen_words(db_session, ids)
    spent = spent_seconds(db_session, ids)
    results = [
        result_of(
            items[ref],
            [credits[attempt.id][position - 1] for attempt, position in held],
            [attempt.score_fraction or 0.0 for attempt, _ in held],
            [(attempt.id, position) not in chosen for attempt, position in held],
            [spent[key] for a, p in held if (key := (a.id, p)) in spent],
        )
        for ref, held in places.items()
    ]
    return sorted(results, key=lambda one: (-one.count, one.item.ref))


@dataclass(frozen=True)
class PilotPlace:
    """How many items in the pilot the forms of one exam blueprint carry.

    Attributes:
        blueprint: Its newest version, with the count that is chosen now.
        waiting: Items of its level that are in the pilot.
    """

    blueprint: ExamBlueprint
    waiting: int


def pilot_places(db_session: Session, results: Sequence[PilotResult]) -> list[PilotPlace]:
    """Return the exam blueprints by id, the newest version of each.

    Args:
        db_session: A session to read with.
        results: Of `pilot_results`.
    """
    newest: dict[str, ExamBlueprint] = {}
    for blueprint in bank.blueprints(db_session):
        held = newest.get(blueprint.id)
        if blueprint.pool is Pool.EXAM and (held is None or held.version < blueprint.version):
            newest[blueprint.id] = blueprint
    return [
        PilotPlace(
            bank.with_pilot_count(db_session, blueprint),
            sum(one.item.level == blueprint.level for one in results),
        )
        for _, blueprint in sorted(newest.items())
    ]


def result_of(
    item: Item,
    credits: Sequence[float],
    fractions: Sequence[float],
    omitted: Sequence[bool],
    seconds: Sequence[float],
) -> PilotResult:
    """Return the figures of one item.

    Args:
        item: The item.
        credits: Credit of each attempt that had it, in [0, 1].
        fractions: Score fraction of the same attempts.
        omitted: Whether each left it blank.
        seconds: Time spent, where it is known.
    """
    count = len(credits)
    return PilotResult(
        item=item,
        count=count,
        facility=float(np.mean(credits)) if count else None,
        discrimination=_correlation(credits, fractions),
        omitted=float(np.mean(omitted)) if count else None,
        median_s=float(np.median(seconds)) if seconds else None,
    )


def _correlation(credits: Sequence[float], fractions: Sequence[float]) -> float | None:
    """Return Pearson's correlation; None for too few persons or without spread."""
    if len(credits) < LEAST_PERSONS or np.std(credits) == 0 or np.std(fractions) == 0:
        return None
    return float(np.corrcoef(credits, fractions)[0, 1])
