"""What the pages of marking are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank.presenting import rich_text, shown_exhibit
from app.marking import agreeing, control_queries, queries
from app.marking.models import ControlAnswer, Mark, MarkingSheet, MarkingTask
from app.marking.workload import ItemLoad, MarkerLoad
from question_bank.agreement import Estimate
from question_bank.answers import Rubric
from question_bank.items import Item
from question_bank.marking import SettledMark, is_miss


@dataclass(frozen=True)
class ShownSheet:
    """A sheet as its marker sees it; a control answer's looks the same.

    Attributes:
        sheet: The sheet.
        item, rubric: What was asked and how it is marked.
        stem, rationale: Sanitised HTML.
        exhibit: The item's material, if any.
        body: The answer.
        points: Points so far, or as given.
        comment: Likewise.
        total: Sum of the points so far.
    """

    sheet: MarkingSheet
    item: Item
    rubric: Rubric
    stem: str
    rationale: str
    exhibit: dict[str, Any] | None
    body: str
    points: dict[str, int]
    comment: str
    total: int


def shown_sheet(db_session: Session, sheet: MarkingSheet) -> ShownSheet:
    """Return a sheet for its marker."""
    item, rubric = queries.rubric_of(db_session, sheet.rubric_ref)
    return ShownSheet(
        sheet=sheet,
        item=item,
        rubric=rubric,
        stem=rich_text(item.stem),
        rationale=rich_text(item.rationale),
        exhibit=_exhibit(db_session, item),
        body=queries.sheet_body(db_session, sheet),
        points=sheet.draft,
        comment=sheet.draft_comment,
        total=sum(sheet.draft.values()),
    )


def _exhibit(db_session: Session, item: Item) -> dict[str, Any] | None:
    if item.case_id:
        found = bank_queries.case_of(db_session, item)
        return shown_exhibit(found.title, found.exhibit)
    return shown_exhibit("", item.exhibit) if item.exhibit else None


@dataclass(frozen=True)
class DealtRow:
    """One sheet of a response, for the coordinator.

    Attributes:
        sheet: The sheet.
        name: The marker.
        mark: What was given; None before the response is settled, whatever was given.
    """

    sheet: MarkingSheet
    name: str
    mark: Mark | None


def dealt_rows(db_session: Session, task: MarkingTask) -> list[DealtRow]:
    """Return who was dealt a response; marks show when it is settled, never before."""
    sheets = queries.sheets_of_task(db_session, task.id)
    names = agreeing.names_of(db_session, {one.marker_id for one in sheets})
    return [
        DealtRow(
            one,
            names[one.marker_id],
            queries.mark_of_sheet_or_none(db_session, one.id) if task.settled_at else None,
        )
        for one in sheets
    ]


def settled_record(db_session: Session, task: MarkingTask) -> SettledMark | None:
    """Return what a response's marks came to."""
    found = queries.settlement_of(db_session, task.id)
    return None if found is None else SettledMark.model_validate(found.body)


def item_json(one: ItemLoad) -> dict[str, Any]:
    """Return an item's load as JSON values."""
    return {
        "item": one.rubric_ref,
        "total": one.total,
        "settled": one.settled,
        "overdue": one.overdue,
        "third_fraction": one.third_fraction,
    }


def marker_json(one: MarkerLoad) -> dict[str, Any]:
    """Return a marker's load as JSON values."""
    return {
        "marker": one.public_id,
        "name": one.name,
        "marked": one.marked,
        "today": one.today,
        "skipped": one.skipped,
        "median_s": one.median_s,
        "last_at": None if one.last_at is None else one.last_at.isoformat(),
        "controls": one.controls,
        "missed": one.missed,
        "standing": one.standing,
        "severity": one.severity,
        "in_hand": bool(one.sheet),
    }


def agreement_json(row: agreeing.AgreementRow) -> dict[str, Any]:
    """Return a row of agreement as JSON values."""
    found = row.found
    return {
        "item": row.rubric_ref,
        "markers": list(row.names),
        "points": row.most,
        "tolerance": row.tolerance,
        "count": found.count,
        "exact_fraction": found.exact_fraction,
        "within_fraction": found.within_fraction,
        "kappa": _estimate(found.kappa),
        "icc": _estimate(found.icc),
        "severity": found.severity,
    }


def _estimate(one: Estimate | None) -> dict[str, float] | None:
    return None if one is None else {"value": one.value, "low": one.low, "high": one.high}


@dataclass(frozen=True)
class OwnRow:
    """One of the marker's own sheets.

    Attributes:
        sheet: The sheet.
        title: What the item asks, in short.
        total, most: Points given of so many; None where nothing was given.
    """

    sheet: MarkingSheet
    title: str
    total: int | None
    most: int


def own_rows(db_session: Session, marker_id: int, *, limit: int, offset: int) -> list[OwnRow]:
    """Return a marker's own sheets, newest first; a control answer's looks the same."""
    sheets = queries.sheets_of_marker(db_session, marker_id, limit=limit, offset=offset)
    totals = queries.totals_of(db_session, [one.id for one in sheets])
    rows = []
    for sheet in sheets:
        item, rubric = queries.rubric_of(db_session, sheet.rubric_ref)
        rows.append(OwnRow(sheet, item.skeleton, totals.get(sheet.id), rubric.points))
    return rows


@dataclass(frozen=True)
class ControlRow:
    """A control answer in the list.

    Attributes:
        control: The answer.
        title: What the item asks, in short.
        total, most: Agreed points of so many.
        state: A code of `labels.CONTROL_STATE`.
        dealt, missed: How often it was marked, and missed.
    """

    control: ControlAnswer
    title: str
    total: int
    most: int
    state: str
    dealt: int
    missed: int


def control_rows(db_session: Session) -> list[ControlRow]:
    """Return every control answer with how it did, newest first."""
    totals = control_queries.totals(db_session)
    rows = []
    for one in control_queries.every(db_session):
        item, rubric = queries.rubric_of(db_session, one.rubric_ref)
        agreed = sum(one.points.values())
        given = totals.get(one.id, [])
        state = "retired" if one.retired_at else "live" if one.is_live else "proposed"
        missed = sum(is_miss(total, agreed, most=rubric.points) for total in given)
        rows.append(
            ControlRow(one, item.skeleton, agreed, rubric.points, state, len(given), missed)
        )
    return rows
