"""How markers agree, from the independent marks of settled responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.marking import queries
from app.marking.models import Mark, MarkingSheet, MarkingTask
from question_bank.agreement import Agreement, agreement
from question_bank.marking import MARKS_FIRST, tolerance_points

LATEST_RESPONSES = 5000
"""Settled responses that agreement is worked out from, the newest ones."""


@dataclass(frozen=True)
class Pair:
    """The two independent marks of one response.

    Attributes:
        rubric_ref: What was marked.
        markers: Their keys, the lower first.
        totals: Their points, in the same order.
    """

    rubric_ref: str
    markers: tuple[int, int]
    totals: tuple[int, int]


@dataclass(frozen=True)
class AgreementRow:
    """Agreement about one item, of all markers or of one pair.

    Attributes:
        rubric_ref: The item version.
        most: Its points.
        tolerance: Points within which two marks agree.
        names: The two markers; empty for all of them.
        found: The figures.
    """

    rubric_ref: str
    most: int
    tolerance: int
    names: tuple[str, ...]
    found: Agreement


def independent_pairs(db_session: Session, rubric_ref: str = "") -> list[Pair]:
    """Return the first two marks of each settled response, the newest responses.

    What is not settled stays out: no page may tell a marker what the other one gave.

    Args:
        db_session: A session to read with.
        rubric_ref: Only of this item version; empty for all.
    """
    tasks = select(MarkingTask.id).where(MarkingTask.settled_at.is_not(None))
    if rubric_ref:
        tasks = tasks.where(MarkingTask.rubric_ref == rubric_ref)
    newest = tasks.order_by(MarkingTask.settled_at.desc(), MarkingTask.id).limit(LATEST_RESPONSES)
    rows = db_session.execute(
        select(MarkingSheet.task_id, MarkingSheet.rubric_ref, MarkingSheet.marker_id, Mark.total)
        .join(Mark, Mark.sheet_id == MarkingSheet.id)
        .where(MarkingSheet.task_id.in_(newest), MarkingSheet.ending == "marked")
        .order_by(Mark.id)
    )
    held: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for task_id, ref, marker_id, total in rows:
        if task_id is not None and len(held[task_id]) < MARKS_FIRST:
            held[task_id].append((ref, marker_id, total))
    pairs = []
    for marks in held.values():
        if len(marks) == MARKS_FIRST:
            (ref, one, first), (_, other, second) = marks
            swap = one > other
            pairs.append(
                Pair(
                    ref,
                    (other, one) if swap else (one, other),
                    (second, first) if swap else (first, second),
                )
            )
    return pairs


def agreement_by_item(db_session: Session) -> list[AgreementRow]:
    """Return how the markers of each item agree, whoever they are."""
    by_item: dict[str, list[Pair]] = defaultdict(list)
    for pair in independent_pairs(db_session):
        by_item[pair.rubric_ref].append(pair)
    return [
        _row(db_session, ref, pairs, (), same_markers=False)
        for ref, pairs in sorted(by_item.items())
    ]


def agreement_by_pair(db_session: Session, rubric_ref: str) -> list[AgreementRow]:
    """Return how each two markers of one item agree, those with most responses first."""
    by_pair: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for pair in independent_pairs(db_session, rubric_ref):
        by_pair[pair.markers].append(pair)
    names = names_of(db_session, {one for markers in by_pair for one in markers})
    return [
        _row(
            db_session,
            rubric_ref,
            pairs,
            (names[markers[0]], names[markers[1]]),
            same_markers=True,
        )
        for markers, pairs in sorted(by_pair.items(), key=lambda entry: -len(entry[1]))
    ]


def severity_of(pairs: Iterable[Pair]) -> dict[int, tuple[float, int]]:
    """Return by marker the mean of their points less the other's, and over how many responses."""
    gaps: dict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        gap = pair.totals[0] - pair.totals[1]
        gaps[pair.markers[0]].append(gap)
        gaps[pair.markers[1]].append(-gap)
    return {marker: (sum(held) / len(held), len(held)) for marker, held in gaps.items()}


def names_of(db_session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """Return people's names by key."""
    rows = db_session.execute(
        select(Person.id, Person.display_name).where(Person.id.in_(list(person_ids)))
    )
    return dict(rows.all())


def _row(
    db_session: Session,
    rubric_ref: str,
    pairs: list[Pair],
    names: tuple[str, ...],
    *,
    same_markers: bool,
) -> AgreementRow:
    _item, rubric = queries.rubric_of(db_session, rubric_ref)
    tolerance = tolerance_points(rubric.points)
    found = agreement(
        [pair.totals for pair in pairs], tolerance=tolerance, same_markers=same_markers
    )
    return AgreementRow(rubric_ref, rubric.points, tolerance, names, found)
