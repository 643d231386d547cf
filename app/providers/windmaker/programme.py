"""The programme as content, and how far somebody is: pure.

Source: 激励/权益/赋能, 100 x 年GMV 10亿 and 200 x 过亿, later 50 x 50 and 100 x 20 跃迁商家, the
merchants' stages: seed articles 000 to 003.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, model_validator

from app.providers.errors import SchemeContentError
from app.providers.exact import Content, ContentId, ExactValue, Text, WholeNumber
from app.providers.matrix import TIERS, FieldCode, TierCode

PROGRAMME_FILE = Path(__file__).parent / "content" / "programme.yaml"

FIELDS: tuple[FieldCode, ...] = ("mcn", "belt", "merchant", "brand")

History = Mapping[date, Mapping[str, Decimal]]
"""Reported figures by month, then by the id of the module or figure."""


class Benefit(Content):
    """One benefit: 激励, 权益 or 赋能."""

    id: ContentId
    kind: Literal["incentive", "right", "enablement"]
    name: Text
    name_en: Text
    what: Text
    what_en: Text
    tiers: tuple[TierCode, ...] = Field(min_length=1)
    fields: tuple[FieldCode, ...] = FIELDS
    source: Text


class Goal(Content):
    """A figure that is to be reached: the newest month's, or the sum of some months.

    Attributes:
        column: Id of the module or figure of the scheme.
        months: 1 for the newest value, as reported; more for a sum over the newest months.
    """

    id: ContentId
    name: Text
    name_en: Text
    column: ContentId
    months: WholeNumber = Field(ge=1, le=12)
    at_least: ExactValue = Field(gt=0)
    source: Text


class Task(Goal):
    """What carries a benefit: it is given when the task is done."""

    tiers: tuple[TierCode, ...] = Field(min_length=1)
    benefit: ContentId


class Target(Goal):
    """How many providers the programme wants to bring there."""

    providers: WholeNumber = Field(ge=1)


class Stage(Content):
    """A growth stage of merchants: those of `from_column` that are not in the next stage yet."""

    id: ContentId
    name: Text
    name_en: Text
    what: Text
    what_en: Text
    from_column: ContentId
    source: Text


class Programme(Content):
    """The whole programme."""

    id: ContentId
    version: WholeNumber = Field(ge=1)
    title: Text
    title_en: Text
    benefits: tuple[Benefit, ...]
    tasks: tuple[Task, ...]
    targets: tuple[Target, ...]
    stages: tuple[Stage, ...]

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        known = {benefit.id for benefit in self.benefits}
        if unknown := {task.benefit for task in self.tasks} - known:
            raise ValueError(f"tasks for benefits {sorted(unknown)} that are not there")
        for what in (self.benefits, self.tasks, self.targets, self.stages):
            ids = [one.id for one in what]
            if len(ids) != len(set(ids)):
                raise ValueError(f"an id occurs twice in {ids}")
        return self

    def benefit(self, benefit_id: str) -> Benefit:
        """Return a benefit that is there."""
        return next(one for one in self.benefits if one.id == benefit_id)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one provider is with a goal.

    Attributes:
        held: The value or the sum; None if nothing was reported.
        month_count: How many of the goal's months were reported.
    """

    goal: Goal
    held: Decimal | None
    month_count: int

    @property
    def is_done(self) -> bool:
        return self.held is not None and self.held >= self.goal.at_least


@cache
def shipped_programme() -> Programme:
    """Read the programme that comes with the product.

    Raises:
        SchemeContentError: If the file cannot be used.
    """
    document = yaml.safe_load(PROGRAMME_FILE.read_text(encoding="utf-8"))
    try:
        return Programme.model_validate(document)
    except ValueError as error:
        raise SchemeContentError(PROGRAMME_FILE, [str(error)]) from error


def benefits_of(programme: Programme, tier: str, field: str) -> tuple[Benefit, ...]:
    """Return what a provider of a tier and field has."""
    return tuple(one for one in programme.benefits if tier in one.tiers and field in one.fields)


def tier_of_benefit(benefit: Benefit) -> str:
    """Return the lowest tier that has a benefit."""
    return min(benefit.tiers, key=TIERS.index)


def progress(goal: Goal, history: History) -> Progress:
    """Return how far a provider is: a sum takes what was reported, and says of how many months."""
    newest = sorted(history, reverse=True)[: goal.months]
    values = [history[month][goal.column] for month in newest if goal.column in history[month]]
    return Progress(goal, sum(values, Decimal(0)) if values else None, len(values))


def reached_count(target: Target, histories: Sequence[History]) -> int:
    """Return how many providers have reached a target."""
    return sum(progress(target, history).is_done for history in histories)


def stage_counts(
    programme: Programme, figures: Mapping[str, Decimal]
) -> list[tuple[Stage, int | None]]:
    """Return how many served merchants stand in each stage; None where a figure is missing.

    Each stage's column counts the merchants at or above its beginning, so that a stage holds what
    the next one does not.
    """
    columns = [figures.get(stage.from_column) for stage in programme.stages]
    counts: list[tuple[Stage, int | None]] = []
    for place, stage in enumerate(programme.stages):
        own = columns[place]
        above = columns[place + 1] if place + 1 < len(columns) else Decimal(0)
        known = own is not None and above is not None
        counts.append((stage, max(int(own - above), 0) if known else None))  # type: ignore[operator]
    return counts
