"""The coordinator's view: what waits, who marks how fast, who drifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.core.clock import BEIJING
from app.marking import agreeing, drifting, queries
from app.marking.models import MarkingSheet, MarkingTask, Settlement
from question_bank.marking import MARKS_FIRST, Standing

LATEST_SHEETS = 5000
"""Marked sheets that pace is worked out from, the newest ones."""

PAGE_SIZE = 30


@dataclass(frozen=True)
class ItemLoad:
    """How far one item is marked.

    Attributes:
        rubric_ref: The item version.
        total, settled, overdue: Responses.
        third_fraction: Share of the settled ones that needed more than two marks.
    """

    rubric_ref: str
    total: int
    settled: int
    overdue: int
    third_fraction: float


@dataclass(frozen=True)
class MarkerLoad:
    """How one marker fares.

    Attributes:
        public_id, name: Who.
        marked, today, skipped: Responses, control answers among them.
        median_s: Median time of a response in hand, seconds; None before the first.
        last_at: When the last mark was given.
        controls, missed: Control answers since the marker was last let on, and misses.
        standing: `sound`, `warned` or `stopped`.
        severity: Mean of their points less the other marker's; None without shared responses.
        shared: Over how many responses.
        sheet: Public id of what they have in hand; empty for nothing.
        lease_until: Until when.
    """

    public_id: str
    name: str
    marked: int
    today: int
    skipped: int
    median_s: int | None
    last_at: datetime | None
    controls: int
    missed: int
    standing: Standing
    severity: float | None
    shared: int
    sheet: str
    lease_until: datetime | None


@dataclass(frozen=True)
class TaskRow:
    """One response in the list; neither who wrote it nor an unsettled mark is told.

    Attributes:
        task: The response.
        marks: How many marks it has.
        state: A code of `labels.STATE`.
        is_late: Whether it was due before now and is not settled.
    """

    task: MarkingTask
    marks: int
    state: str
    is_late: bool


def item_loads(db_session: Session, *, now: datetime) -> list[ItemLoad]:
    """Return how far each item is marked, the least finished first."""
    settled = MarkingTask.settled_at.is_not(None)
    rows = db_session.execute(
        select(
            MarkingTask.rubric_ref,
            func.count(),
            _count_if(settled),
            _count_if(MarkingTask.settled_at.is_(None) & (MarkingTask.due_at < now)),
            _count_if(Settlement.rule != "mean"),
        )
        .outerjoin(Settlement, Settlement.task_id == MarkingTask.id)
        .group_by(MarkingTask.rubric_ref)
        .order_by(MarkingTask.rubric_ref)
    )
    loads = [
        ItemLoad(ref, total, done, late, third / done if done else 0.0)
        for ref, total, done, late, third in rows
    ]
    return sorted(loads, key=lambda one: (one.settled - one.total, one.rubric_ref))


def marker_loads(db_session: Session, *, now: datetime) -> list[MarkerLoad]:
    """Return how each marker fares, by name."""
    people = queries.markers(db_session)
    ids = [one.id for one in people]
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for marker_id, ending, count in db_session.execute(
        select(MarkingSheet.marker_id, MarkingSheet.ending, func.count())
        .where(MarkingSheet.marker_id.in_(ids), MarkingSheet.ending.is_not(None))
        .group_by(MarkingSheet.marker_id, MarkingSheet.ending)
    ):
        counts[marker_id][str(ending)] = count
    spans = _spans(db_session, ids)
    held = {
        one.marker_id: one
        for one in db_session.scalars(
            select(MarkingSheet).where(
                MarkingSheet.marker_id.in_(ids), MarkingSheet.ending.is_(None)
            )
        )
    }
    severities = agreeing.severity_of(agreeing.independent_pairs(db_session))
    today = now.astimezone(BEIJING).date()
    loads = []
    for one in people:
        own = spans[one.id]
        misses = drifting.control_misses(db_session, one.id)
        severity, shared = severities.get(one.id, (None, 0))
        in_hand = held.get(one.id)
        loads.append(
            MarkerLoad(
                public_id=one.public_id,
                name=one.display_name,
                marked=counts[one.id]["marked"] + counts[one.id]["voided"],
                today=sum(ended.astimezone(BEIJING).date() == today for _, ended in own),
                skipped=counts[one.id]["skipped"],
                median_s=round(median((ended - dealt).total_seconds() for dealt, ended in own))
                if own
                else None,
                last_at=max((ended for _, ended in own), default=None),
                controls=len(misses),
                missed=sum(misses),
                standing=drifting.marker_standing(db_session, one.id),
                severity=severity,
                shared=shared,
                sheet="" if in_hand is None else in_hand.public_id,
                lease_until=None if in_hand is None else in_hand.lease_until,
            )
        )
    return loads


def _spans(db_session: Session, ids: Sequence[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = db_session.execute(
        select(MarkingSheet.marker_id, MarkingSheet.dealt_at, MarkingSheet.ended_at)
        .where(
            MarkingSheet.marker_id.in_(ids),
            MarkingSheet.ending.in_(("marked", "voided")),
        )
        .order_by(MarkingSheet.id.desc())
        .limit(LATEST_SHEETS)
    )
    for marker_id, dealt_at, ended_at in rows:
        if ended_at is not None:
            spans[marker_id].append((dealt_at, ended_at))
    return spans


def task_page(
    db_session: Session, *, state: str, rubric_ref: str, page: int, now: datetime
) -> tuple[list[TaskRow], int]:
    """Return one page of responses, the most urgent first, and how many there are.

    Args:
        db_session: A session to read with.
        state: A code of `labels.STATE`, `late`, or empty for all.
        rubric_ref: Only of this item version; empty for all.
        page: 1-based.
        now: The moment (aware).
    """
    marks = queries.marks_count()
    waiting = MarkingTask.settled_at.is_(None)
    wanted: dict[str, list[ColumnElement[bool]]] = {
        "waiting": [waiting, marks < MARKS_FIRST],
        "third": [waiting, marks == MARKS_FIRST],
        "arbiter": [waiting, marks > MARKS_FIRST],
        "settled": [MarkingTask.settled_at.is_not(None)],
        "late": [waiting, MarkingTask.due_at < now],
    }
    conditions = wanted.get(state, [])
    if rubric_ref:
        conditions.append(MarkingTask.rubric_ref == rubric_ref)
    total = db_session.scalar(select(func.count()).select_from(MarkingTask).where(*conditions))
    rows = db_session.execute(
        select(MarkingTask, marks)
        .where(*conditions)
        .order_by(MarkingTask.settled_at.is_not(None), MarkingTask.due_at, MarkingTask.public_id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return [task_row(task, count, now=now) for task, count in rows], total or 0


def task_row(task: MarkingTask, marks: int, *, now: datetime) -> TaskRow:
    """Return how a response stands."""
    state = "waiting"
    if task.settled_at is not None:
        state = "settled"
    elif marks == MARKS_FIRST:
        state = "third"
    elif marks > MARKS_FIRST:
        state = "arbiter"
    return TaskRow(task, marks, state, task.settled_at is None and task.due_at < now)


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
