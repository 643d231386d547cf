"""Whether items treat equally able candidates of two groups alike (DIF), for groups that matter.

Only what the platform knows for its own reasons makes a group; nothing is asked of candidates for
it. What comes out is about items: who belongs to a group is told nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.analysis.queries import Sample
from app.exams.models import Attempt
from app.providers.models import Employment
from question_bank.items import split_ref
from question_bank.psychometrics.differential import (
    LEAST_IN_GROUP,
    MantelHaenszel,
    item_differences,
)
from question_bank.psychometrics.matrices import Flags


class Grouping(StrEnum):
    """Who is compared with all the others."""

    AGAIN = "again"
    INDEPENDENT = "independent"
    EXTRA_TIME = "extra_time"


@dataclass(frozen=True)
class ItemDifference:
    """One item between two groups.

    Attributes:
        ref: The version.
        focal, reference: Persons of each group whose form had it.
        figures: Mantel-Haenszel; None where a group is smaller than `LEAST_IN_GROUP`, or no
            level of ability has both.
    """

    ref: str
    focal: int
    reference: int
    figures: MantelHaenszel | None

    @property
    def letter(self) -> str:
        """ETS' class; empty where nothing can be told."""
        return self.figures.letter if self.figures else ""

    @property
    def rank(self) -> tuple[int, float]:
        """Order of urgency: large differences first, what cannot be told last."""
        if self.figures is None:
            return 3, 0.0
        return "CBA".index(self.figures.letter), -abs(self.figures.delta)


@dataclass(frozen=True)
class Differences:
    """Every item between two groups.

    Attributes:
        grouping: Who is compared.
        focal, reference: Attempts of each group.
        items: The most different first.
    """

    grouping: Grouping
    focal: int
    reference: int
    items: tuple[ItemDifference, ...]

    @property
    def is_enough(self) -> bool:
        """Whether anything can be told at all."""
        return min(self.focal, self.reference) >= LEAST_IN_GROUP


def differences_of(
    db_session: Session, sample: Sample, blueprint_ref: str, grouping: Grouping
) -> Differences:
    """Compare a group with all the others on every item of a blueprint.

    Args:
        db_session: A session to read with.
        sample: The blueprint's responses.
        blueprint_ref: `id@version`.
        grouping: Which group.
    """
    focal = focal_flags(db_session, sample, blueprint_ref, grouping)
    matrix = sample.matrix
    found = item_differences(matrix, focal)
    shown = matrix.shown
    rows = [
        ItemDifference(
            ref=ref,
            focal=int((shown[:, place] & focal).sum()),
            reference=int((shown[:, place] & ~focal).sum()),
            figures=found[ref],
        )
        for place, ref in enumerate(matrix.item_refs)
    ]
    rows.sort(key=lambda one: (*one.rank, one.ref))
    return Differences(grouping, int(focal.sum()), int((~focal).sum()), tuple(rows))


def focal_flags(
    db_session: Session, sample: Sample, blueprint_ref: str, grouping: Grouping
) -> Flags:
    """Return which attempts of a sample belong to the group, in the matrix' order."""
    rows = db_session.execute(
        select(
            Attempt.public_id, Attempt.person_id, Attempt.started_at, Attempt.time_percent
        ).where(Attempt.blueprint_ref == blueprint_ref, Attempt.score_fraction.is_not(None))
    )
    attempts = {row.public_id: row for row in rows}
    held = [attempts[public_id] for public_id in sample.matrix.person_ids]
    if grouping is Grouping.EXTRA_TIME:
        return np.array([one.time_percent > 100 for one in held])
    if grouping is Grouping.AGAIN:
        first = _first_sittings(db_session, blueprint_ref)
        return np.array([one.started_at > first[one.person_id] for one in held])
    works = _employments(db_session)
    return np.array([not _worked(works.get(one.person_id, []), one.started_at) for one in held])


def _first_sittings(db_session: Session, blueprint_ref: str) -> dict[int, datetime]:
    """Return when each person first began an exam by any version of the blueprint."""
    prefix = f"{split_ref(blueprint_ref)[0]}@"
    rows = db_session.execute(
        select(Attempt.person_id, func.min(Attempt.started_at))
        .where(Attempt.blueprint_ref.startswith(prefix, autoescape=True))
        .group_by(Attempt.person_id)
    )
    return {row[0]: row[1] for row in rows}


Interval = tuple[datetime, datetime | None]


def _employments(db_session: Session) -> dict[int, list[Interval]]:
    """Return when each person worked for a provider, whichever it was."""
    found: dict[int, list[Interval]] = {}
    rows = db_session.execute(
        select(Employment.person_id, Employment.started_at, Employment.ended_at)
    )
    for person_id, began, ended in rows:
        found.setdefault(person_id, []).append((began, ended))
    return found


def _worked(intervals: list[Interval], at: datetime) -> bool:
    return any(began <= at and (ended is None or at < ended) for began, ended in intervals)
