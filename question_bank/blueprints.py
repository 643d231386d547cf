"""Blueprints: how many items of which topic, kind and cognitive level make a form."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from question_bank.items import Cognitive, Item, ItemKind, Pool, Topic
from question_bank.schema import ItemId, Strict

SELECTORS = ("topic", "kind", "cognitive", "in_case", "law", "computes", "parametric")
"""Fields of a quota that say which items it counts."""


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
            raise ValueError(f"most {self.most} < least {self.least}")
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
    """How alike forms are in difficulty.

    Attributes:
        expected_fraction: Share of the marks that a just competent candidate is expected to
            get on every form of this blueprint (`expectations.expected_credit`).
        slack_marks: How far a form may lie from it, in marks; two forms differ by at most twice
            that (a quarter of a mark by default).
    """

    expected_fraction: float = Field(gt=0, lt=1)
    slack_marks: float = Field(default=0.125, gt=0, le=5)


class ExamBlueprint(Strict):
    """命题蓝图: what a form of this exam holds.

    Attributes:
        must_include: Items of every form.
        match: How alike in difficulty the forms are; absent means not matched.
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
    must_include: list[ItemId] = Field(default_factory=list, max_length=40)
    match: Match | None = None
    max_exposure: float | None = Field(default=None, gt=0, le=1)

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"
