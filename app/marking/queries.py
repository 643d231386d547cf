"""Reads of marking: what waits for whom, what was marked, how markers stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from app.accounts.models import Person, RoleGrant
from app.accounts.roles import Role
from app.bank import queries as bank_queries
from app.bank.models import ItemVersion
from app.core.errors import NotFoundError
from app.marking.models import (
    ControlAnswer,
    Mark,
    MarkerAct,
    MarkingSheet,
    MarkingTask,
    Settlement,
)
from app.providers.models import Employment, ProviderManager
from app.training.courses.queries import trained_by
from question_bank.answers import Rubric
from question_bank.items import Item, ItemKind
from question_bank.marking import MARKS_FIRST

STANDING = (None, "marked", "skipped", "voided")
"""Endings after which the same marker is not dealt the same response again."""

HOLDING = or_(MarkingSheet.ending.is_(None), MarkingSheet.ending == "marked")


def rubric_of(db_session: Session, rubric_ref: str) -> tuple[Item, Rubric]:
    """Return the item that a response answers, and its rubric.

    Raises:
        NotFoundError: If there is no such version, or it has no rubric.
    """
    try:
        (item,) = bank_queries.items_of(db_session, [rubric_ref])
    except ValueError as error:
        raise NotFoundError(f"rubric {rubric_ref!r}") from error
    if item.rubric is None:
        raise NotFoundError(f"rubric {rubric_ref}")
    return item, item.rubric


def sheet_of(
    db_session: Session, public_id: str, marker_id: int, *, lock: bool = False
) -> MarkingSheet:
    """Return a marker's own sheet.

    Raises:
        NotFoundError: If there is none, or it was dealt to somebody else.
    """
    query = select(MarkingSheet).where(
        MarkingSheet.public_id == public_id, MarkingSheet.marker_id == marker_id
    )
    found: MarkingSheet | None = db_session.scalar(_locked(query) if lock else query)
    if found is None:
        raise NotFoundError(f"sheet {public_id} of person {marker_id}")
    return found


def sheet(db_session: Session, public_id: str, *, lock: bool = False) -> MarkingSheet:
    """Return a sheet for the coordinator.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(MarkingSheet).where(MarkingSheet.public_id == public_id)
    found: MarkingSheet | None = db_session.scalar(_locked(query) if lock else query)
    if found is None:
        raise NotFoundError(f"sheet {public_id}")
    return found


def open_sheet_or_none(db_session: Session, marker_id: int) -> MarkingSheet | None:
    """Return what a marker has in hand."""
    return db_session.scalar(
        select(MarkingSheet).where(
            MarkingSheet.marker_id == marker_id, MarkingSheet.ending.is_(None)
        )
    )


def sheet_body(db_session: Session, one: MarkingSheet) -> str:
    """Return the text that a sheet is about; a control looks like any other."""
    if one.task_id is not None:
        return db_session.get_one(MarkingTask, one.task_id).body
    return db_session.get_one(ControlAnswer, one.control_id).body


def task(db_session: Session, public_id: str) -> MarkingTask:
    """Return a response to mark.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(select(MarkingTask).where(MarkingTask.public_id == public_id))
    if found is None:
        raise NotFoundError(f"marking task {public_id}")
    return found


def locked_task(db_session: Session, task_id: int) -> MarkingTask:
    """Return a response to mark, locked."""
    query = select(MarkingTask).where(MarkingTask.id == task_id)
    found: MarkingTask = db_session.scalars(_locked(query)).one()
    return found


def mark_of_sheet_or_none(db_session: Session, sheet_id: int) -> Mark | None:
    """Return the mark on a sheet."""
    return db_session.scalar(select(Mark).where(Mark.sheet_id == sheet_id))


def totals_of(db_session: Session, sheet_ids: Sequence[int]) -> dict[int, int]:
    """Return the points given on sheets, by key; those without a mark are left out."""
    rows = db_session.execute(select(Mark.sheet_id, Mark.total).where(Mark.sheet_id.in_(sheet_ids)))
    return dict(rows.all())


def marks_of_task(db_session: Session, task_id: int) -> list[tuple[MarkingSheet, Mark]]:
    """Return the marks of a response that count, in the order in which they were given."""
    rows = db_session.execute(
        select(MarkingSheet, Mark)
        .join(Mark, Mark.sheet_id == MarkingSheet.id)
        .where(MarkingSheet.task_id == task_id, MarkingSheet.ending == "marked")
        .order_by(Mark.id)
    )
    return [(one, mark) for one, mark in rows]


def tasks_of_attempt(db_session: Session, attempt_id: int) -> Sequence[MarkingTask]:
    """Return an attempt's responses to mark, by position."""
    return db_session.scalars(
        select(MarkingTask)
        .where(MarkingTask.attempt_id == attempt_id)
        .order_by(MarkingTask.position)
        .execution_options(populate_existing=True)
    ).all()


def settlement_of(db_session: Session, task_id: int) -> Settlement | None:
    """Return how a response was settled."""
    return db_session.scalar(select(Settlement).where(Settlement.task_id == task_id))


def markers_of(db_session: Session, attempt_id: int) -> set[str]:
    """Return who marked, or holds, a response of an attempt, as actors of the audit log.

    They do not answer an appeal against its result.
    """
    ids = db_session.scalars(
        select(Person.public_id)
        .join(MarkingSheet, MarkingSheet.marker_id == Person.id)
        .join(MarkingTask, MarkingTask.id == MarkingSheet.task_id)
        .where(
            MarkingTask.attempt_id == attempt_id, MarkingSheet.ending.is_distinct_from("expired")
        )
    )
    return {f"person:{one}" for one in ids}


def related_ids(marker_id: int) -> Select[tuple[int]]:
    """Return a query for the people of every provider that a marker belongs to, or belonged to."""
    own = (
        select(Employment.provider_id)
        .where(Employment.person_id == marker_id)
        .union(select(ProviderManager.provider_id).where(ProviderManager.person_id == marker_id))
    )
    people = (
        select(Employment.person_id)
        .where(Employment.provider_id.in_(own))
        .union(select(ProviderManager.person_id).where(ProviderManager.provider_id.in_(own)))
    )
    return select(people.subquery().c.person_id)


def _may_mark(marker_id: int, *, is_arbiter: bool) -> list[ColumnElement[bool]]:
    """Say which responses may be dealt to a marker now."""
    had = aliased(MarkingSheet)
    held = (
        select(func.count())
        .select_from(MarkingSheet)
        .where(MarkingSheet.task_id == MarkingTask.id, MarkingSheet.ending.is_(None))
        .scalar_subquery()
    )
    conditions: list[ColumnElement[bool]] = [
        MarkingTask.settled_at.is_(None),
        MarkingTask.person_id != marker_id,
        MarkingTask.person_id.not_in(related_ids(marker_id)),
        MarkingTask.person_id.not_in(trained_by(marker_id)),
        ~exists().where(
            had.task_id == MarkingTask.id,
            had.marker_id == marker_id,
            or_(had.ending.is_(None), had.ending.in_([one for one in STANDING if one])),
        ),
        held < MarkingTask.wanted,
    ]
    if not is_arbiter:
        conditions.append(marks_count() < MARKS_FIRST + 1)
    return conditions


def marks_count() -> ColumnElement[int]:
    """Return how many marks of a task count, as a column beside it."""
    return (
        select(func.count())
        .select_from(MarkingSheet)
        .where(MarkingSheet.task_id == MarkingTask.id, MarkingSheet.ending == "marked")
        .correlate(MarkingTask)
        .scalar_subquery()
    )


def next_task_or_none(
    db_session: Session,
    marker_id: int,
    *,
    is_arbiter: bool,
    same_as: str,
    without: Sequence[int],
    waits: bool,
) -> MarkingTask | None:
    """Return the response to deal next to a marker, locked: the most urgent day first.

    Within a day the item that the marker has just marked goes on, so that one rubric stays in
    mind; within an item the order is that of random ids, the same for everybody and no one's.

    Args:
        db_session: The session of the caller's transaction.
        marker_id: The marker.
        is_arbiter: Whether the marker may decide between three.
        same_as: The rubric marked last; empty for none.
        without: Keys of tasks to pass over.
        waits: Whether to wait for a task that is just being dealt to somebody else.
    """
    return db_session.scalar(
        select(MarkingTask)
        .where(*_may_mark(marker_id, is_arbiter=is_arbiter), MarkingTask.id.not_in(without))
        .order_by(
            func.date(MarkingTask.due_at),
            MarkingTask.rubric_ref != same_as,
            MarkingTask.rubric_ref,
            MarkingTask.public_id,
        )
        .limit(1)
        .with_for_update(skip_locked=not waits)
        .execution_options(populate_existing=True)
    )


def waiting_count(db_session: Session, marker_id: int, *, is_arbiter: bool) -> int:
    """Return how many responses could be dealt to a marker now."""
    query = select(func.count()).select_from(MarkingTask)
    return db_session.scalar(query.where(*_may_mark(marker_id, is_arbiter=is_arbiter))) or 0


def open_sheet_count(db_session: Session, task_id: int) -> int:
    """Return how many markers have a response in hand."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(MarkingSheet)
            .where(MarkingSheet.task_id == task_id, MarkingSheet.ending.is_(None))
        )
        or 0
    )


def sheets_of_marker(
    db_session: Session, marker_id: int, *, limit: int, offset: int = 0
) -> Sequence[MarkingSheet]:
    """Return what was dealt to a marker, newest first."""
    return db_session.scalars(
        select(MarkingSheet)
        .where(MarkingSheet.marker_id == marker_id)
        .order_by(MarkingSheet.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def sheet_count(db_session: Session, marker_id: int) -> int:
    """Return how many sheets were dealt to a marker."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(MarkingSheet)
            .where(MarkingSheet.marker_id == marker_id)
        )
        or 0
    )


def sheets_of_task(db_session: Session, task_id: int) -> Sequence[MarkingSheet]:
    """Return to whom a response was dealt, oldest first."""
    return db_session.scalars(
        select(MarkingSheet).where(MarkingSheet.task_id == task_id).order_by(MarkingSheet.id)
    ).all()


def last_act_or_none(db_session: Session, marker_id: int) -> MarkerAct | None:
    """Return the newest act on a marker."""
    return db_session.scalar(
        select(MarkerAct)
        .where(MarkerAct.marker_id == marker_id)
        .order_by(MarkerAct.id.desc())
        .limit(1)
    )


def expired_sheets(
    db_session: Session, *, now: datetime, marker_id: int | None = None
) -> Sequence[MarkingSheet]:
    """Return sheets in hand whose time is over, locked."""
    query = select(MarkingSheet).where(
        MarkingSheet.ending.is_(None), MarkingSheet.lease_until < now
    )
    if marker_id is not None:
        query = query.where(MarkingSheet.marker_id == marker_id)
    return db_session.scalars(
        query.order_by(MarkingSheet.id).limit(200).with_for_update(skip_locked=True)
    ).all()


def unsettled_marks_of(db_session: Session, marker_id: int) -> Sequence[MarkingSheet]:
    """Return a marker's marked sheets whose responses are not settled, locked."""
    return db_session.scalars(
        select(MarkingSheet)
        .join(MarkingTask, MarkingTask.id == MarkingSheet.task_id)
        .where(
            MarkingSheet.marker_id == marker_id,
            MarkingSheet.ending == "marked",
            MarkingTask.settled_at.is_(None),
        )
        .order_by(MarkingSheet.id)
        .with_for_update(of=MarkingSheet)
    ).all()


def markers(db_session: Session) -> Sequence[Person]:
    """Return who may mark, by name."""
    holds = exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role.in_((Role.MARKER.value, Role.EXAMINER.value)),
        RoleGrant.ended_at.is_(None),
    )
    marked = exists().where(MarkingSheet.marker_id == Person.id)
    return db_session.scalars(
        select(Person).where(or_(holds, marked)).order_by(Person.display_name, Person.id)
    ).all()


def rubric_items(db_session: Session) -> list[tuple[str, str]]:
    """Return (ref, what it asks in short) of the live items that people mark, by id."""
    rows = db_session.scalars(
        select(ItemVersion)
        .where(ItemVersion.kind == ItemKind.SHORT_ANSWER.value, ItemVersion.retired_at.is_(None))
        .order_by(ItemVersion.item_id, ItemVersion.version)
    )
    return [(f"{row.item_id}@{row.version}", str(row.body["skeleton"])) for row in rows]


def newest_ref(db_session: Session, item_id: str) -> str:
    """Return the newest live version of an item, as `id@version`.

    Raises:
        NotFoundError: If there is none.
    """
    version = db_session.scalar(
        select(func.max(ItemVersion.version)).where(
            ItemVersion.item_id == item_id, ItemVersion.retired_at.is_(None)
        )
    )
    if version is None:
        raise NotFoundError(f"item {item_id}")
    return f"{item_id}@{version}"


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update().execution_options(populate_existing=True)
