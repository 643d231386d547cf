"""Blueprints: how many items of which topic, kind and cognitive level make a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from question_bank.items import Cognitive, Item, ItemKind, Pool, Topic
from question_bank.schema import ItemId, Strict

SELECTORS = ("topic", "kind", "cognitive", "in_case", "law", "computes", "parametric")
"""Fields of a quota that say which items it counts."""


def _fault(code: str, told: str) -> PydanticCustomError:
    """Return a contradiction with its code, by which a page finds its own words."""
    return PydanticCustomError(code, "{told}", {"told": told})


class Quota(Strict):
    """Least and most items of a form that fit a selector; absent selectors fit every item.

    Attributes:
        topic, kind, cognitive: What an item must be.
        in_case: Whether it must (or must not) belong to a case group.
        law, computes: Whether it must test the law, or ask for a calculation.
        parametric: Whether its figures must be drawn for each form.
        least, most: Bounds of the count, inclusive; `most` absent means no upper bound.
    """

    topic: Topic | None = None
    kind: ItemKind | None = None
    cognitive: Cognitive | None = None
    in_case: bool | None = None
    law: bool | None = None
    computes: bool | None = None
    parametric: bool | None = None
    least: int = Field(default=0, ge=0)
    most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def bounds_in_order(self) -> Self:
        if self.most is not None and self.most < self.least:
            raise _fault("bounds", f"most {self.most} < least {self.least}")
        return self

    def fits(self, item: Item) -> bool:
        wanted = (
            (self.topic, item.topic),
            (self.kind, item.kind),
            (self.cognitive, item.cognitive),
            (self.in_case, item.case_id is not None),
            (self.law, item.law),
            (self.computes, item.computes),
            (self.parametric, item.parametric is not None),
        )
        return all(want is None or want == is_ for want, is_ in wanted)

    @property
    def name(self) -> str:
        parts = [
            f"{field}={getattr(self, field)}"
            for field in SELECTORS
            if getattr(self, field) is not None
        ]
        return " × ".join(parts) or "all"


class Match(Strict):
    """How alike forms are: in difficulty, and in how sharply they tell at the cut.

    Attributes:
        expected_fraction: Share of the marks that a just competent candidate is expected to
            get on every form of this blueprint (`expectations.expected_credit`).
        slack_marks: How far a form may lie from it, in marks; two forms differ by at most twice
            that (a quarter of a mark by default).
        information: Test information at the cut that every form is to have, on the scale of the
            calibration in use; absent means not matched. It binds only where items are
            calibrated: an item without parameters counts as the mean of those that have them.
        information_slack: How far a form may lie from it, as a share of it.
    """

    expected_fraction: float = Field(gt=0, lt=1)
    slack_marks: float = Field(default=0.125, gt=0, le=5)
    information: float | None = Field(default=None, gt=0, le=1000)
    information_slack: float = Field(default=0.05, gt=0, le=0.5)


class Section(Strict):
    """A part of the exam behind a one-way barrier: who has left it does not come back.

    An item belongs to the first section that it fits; absent lists fit every item.

    Attributes:
        title: What the candidate reads.
        topics, kinds: What an item must be.
        item_count: How many items it holds; absent means at least one.
        minutes: Time limit of its own within the exam's; absent means none.
    """

    title: str = Field(min_length=1, max_length=20)
    topics: list[Topic] = Field(default_factory=list)
    kinds: list[ItemKind] = Field(default_factory=list)
    item_count: int | None = Field(default=None, ge=1, le=300)
    minutes: int | None = Field(default=None, ge=1, le=300)

    def fits(self, item: Item) -> bool:
        return (not self.topics or item.topic in self.topics) and (
            not self.kinds or item.kind in self.kinds
        )


@dataclass(frozen=True)
class SectionRange:
    """Where a section stands in a form: positions `first` to `last`, 1-based, both included."""

    section: Section
    first: int
    last: int


class ExamBlueprint(Strict):
    """命题蓝图: what a form of this exam holds.

    Attributes:
        sections: Parts with one-way barriers between them, in their order; absent means that
            every item stays open until the end.
        must_include: Items of every form.
        enemies: Groups of items of which a form holds at most one, beside the pairs that the items
            name themselves.
        avoid_sittings: How many of a candidate's newest sittings a form repeats no item of.
        match: How alike in difficulty the forms are; absent means not matched.
        pilot_count: Items in the pilot that stand in a form beside its `item_count`; they are
            answered and never scored.
        max_exposure: Most forms an item may stand in, as a share of all forms drawn; absent
            means no cap. Caps bind secure pools, not shipped content.
    """

    id: ItemId
    version: int = Field(ge=1)
    title: str
    level: str
    pool: Pool
    item_count: int = Field(ge=1, le=300)
    quotas: list[Quota]
    sections: list[Section] = Field(default_factory=list, max_length=12)
    must_include: list[ItemId] = Field(default_factory=list, max_length=40)
    enemies: list[list[ItemId]] = Field(default_factory=list, max_length=60)
    avoid_sittings: int = Field(default=1, ge=0, le=5)
    match: Match | None = None
    max_exposure: float | None = Field(default=None, gt=0, le=1)
    pilot_count: int = Field(default=0, ge=0, le=10)

    @model_validator(mode="after")
    def sections_part_something(self) -> Self:
        if self.pool is Pool.PILOT:
            raise _fault(
                "pilot_pool", "pool: the pilot comes beside the counted items, by pilot_count"
            )
        if len(self.sections) == 1:
            raise _fault("one_section", "sections: one section has no barrier; state two or none")
        counts = [section.item_count for section in self.sections]
        if counts and None not in counts and sum(filter(None, counts)) != self.item_count:
            raise _fault(
                "section_counts",
                f"sections hold {sum(filter(None, counts))}, not {self.item_count}",
            )
        return self

    @model_validator(mode="after")
    def named_items_can_meet(self) -> Self:
        if len(set(self.must_include)) > self.item_count:
            raise _fault(
                "too_many_must",
                f"must_include: {len(self.must_include)} of {self.item_count} items",
            )
        for group in self.enemies:
            if len(set(group)) < 2:
                raise _fault("lonely_enemy", "enemies: a group needs two items")
            if len(set(group) & set(self.must_include)) > 1:
                raise _fault(
                    "enemies_must", f"enemies: {', '.join(group)} are both in must_include"
                )
        return self

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    def section_of(self, item: Item) -> int | None:
        """Return the index of an item's section; None if it fits none."""
        fitting = (index for index, one in enumerate(self.sections) if one.fits(item))
        return next(fitting, None)

    def section_ranges(self, items: Sequence[Item]) -> list[SectionRange]:
        """Return where the sections stand in a form; empty if this blueprint has none.

        Args:
            items: Of a form drawn by this blueprint, in its order.
        """
        held = [self.section_of(item) for item in items] if self.sections else []
        ranges = []
        for index, section in enumerate(self.sections):
            places = [place for place, one in enumerate(held, 1) if one == index]
            if places:
                ranges.append(SectionRange(section, places[0], places[-1]))
        return ranges
