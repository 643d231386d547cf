"""Items in their published shape; strict, so that a typing error in content never passes."""

from __future__ import annotations

import hashlib
import json
import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ItemId = Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
ChoiceId = Annotated[str, Field(pattern=r"^[a-h]$")]


class Topic(StrEnum):
    """What an item is about: the five forces, compliance, data and review."""

    TRAFFIC = "traffic"
    LIVE_OPS = "live_ops"
    ANCHOR = "anchor"
    SUPPLY = "supply"
    SERVICE = "service"
    COMPLIANCE = "compliance"
    DATA_REVIEW = "data_review"


class ItemKind(StrEnum):
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"


class Cognitive(StrEnum):
    """What the candidate does with the matter (revised Bloom, without 'create')."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"


class Pool(StrEnum):
    """Where an item may appear; no item is in two pools."""

    PRACTICE = "practice"
    EXAM = "exam"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ExhibitTable(Strict):
    caption: str
    columns: list[str] = Field(min_length=2, max_length=12)
    rows: list[list[str | int | float]] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def rows_fit_columns(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns"
                )
        return self


class ChartSeries(Strict):
    name: str
    values: list[float | None]


class ExhibitChart(Strict):
    kind: Literal["line", "bar"]
    title: str
    unit: str = ""
    x: list[str] = Field(min_length=2)
    series: list[ChartSeries] = Field(min_length=1, max_length=4)

    @model_validator(mode="after")
    def series_fit_x(self) -> Self:
        for series in self.series:
            if len(series.values) != len(self.x):
                raise ValueError(f"series {series.name!r}: {len(series.values)} values")
        return self


class Exhibit(Strict):
    """Material beside a question: a story, a table, chart data; at least one of them."""

    text: str = ""
    table: ExhibitTable | None = None
    chart: ExhibitChart | None = None

    @model_validator(mode="after")
    def not_empty(self) -> Self:
        if not (self.text or self.table or self.chart):
            raise ValueError("an exhibit needs text, table or chart")
        return self


class NumericKey(Strict):
    """The number asked for.

    Attributes:
        value: The key.
        tolerance: Absolute; a response within it (inclusive) earns full credit.
        unit: Shown behind the field; may be empty.
        decimals: How many decimals the stem asks for.
    """

    value: float
    tolerance: float = Field(ge=0)
    unit: str = ""
    decimals: int = Field(ge=0, le=4)


class Item(Strict):
    """One question with its key, as one published version; never changed afterwards."""

    id: ItemId
    version: int = Field(ge=1)
    kind: ItemKind
    topic: Topic
    level: Literal["junior", "intermediate", "senior"]
    cognitive: Cognitive
    pool: Pool
    skeleton: str = Field(min_length=4, max_length=40)
    situation: bool
    computes: bool
    law: bool
    stem: str = Field(min_length=8, max_length=600)
    choices: dict[ChoiceId, str] = Field(default_factory=dict)
    key: list[ChoiceId] | bool | None = None
    numeric: NumericKey | None = None
    distractors: dict[str, str] = Field(default_factory=dict)
    mistakes: dict[str, str] = Field(default_factory=dict)
    rationale: str = Field(min_length=40, max_length=420)
    handbook: str = ""
    source: str = Field(min_length=2)
    enemies: list[ItemId] = Field(default_factory=list)
    checks: list[str] = Field(default_factory=list)
    exhibit: Exhibit | None = None
    case_id: ItemId | None = None

    @model_validator(mode="after")
    def shape_fits_kind(self) -> Self:
        checks = {
            ItemKind.SINGLE_CHOICE: self._check_single,
            ItemKind.MULTIPLE_CHOICE: self._check_multiple,
            ItemKind.TRUE_FALSE: self._check_true_false,
            ItemKind.NUMERIC: self._check_numeric,
        }
        checks[self.kind]()
        return self

    def _check_single(self) -> None:
        self._check_choices(4, 4)
        if not isinstance(self.key, list) or len(self.key) != 1:
            raise ValueError("key: a single choice has exactly one key")

    def _check_multiple(self) -> None:
        self._check_choices(4, 6)
        if not isinstance(self.key, list) or not 2 <= len(self.key) <= 4:
            raise ValueError("key: a multiple choice has two to four keys")

    def _check_choices(self, least: int, most: int) -> None:
        if not least <= len(self.choices) <= most:
            raise ValueError(f"choices: {len(self.choices)}, wanted {least} to {most}")
        if list(self.choices) != sorted(self.choices):
            raise ValueError("choices: ids must run a, b, c, …")
        keys = self.key if isinstance(self.key, list) else []
        if unknown := set(keys) - set(self.choices):
            raise ValueError(f"key: no choice {sorted(unknown)}")
        if len(set(keys)) != len(keys):
            raise ValueError("key: an id twice")

    def _check_true_false(self) -> None:
        if not isinstance(self.key, bool):
            raise ValueError("key: true or false")  # noqa: TRY004 - pydantic reports ValueError
        if self.choices:
            raise ValueError("choices: a true/false item has none")

    def _check_numeric(self) -> None:
        if self.numeric is None:
            raise ValueError("numeric: value, tolerance, unit and decimals are needed")
        if self.key is not None or self.choices:
            raise ValueError("key, choices: a numeric item has none")

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def choice_ids(self) -> frozenset[str]:
        if self.kind is ItemKind.TRUE_FALSE:
            return frozenset({"true", "false"})
        return frozenset(self.choices)

    @property
    def key_ids(self) -> frozenset[str]:
        if isinstance(self.key, bool):
            return frozenset({"true" if self.key else "false"})
        return frozenset(self.key or ())

    def content_hash(self) -> str:
        """Return `sha256:…` of the whole version, key included."""
        text = json.dumps(
            self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class CaseGroup(Strict):
    """Shared material with independent questions; drawn whole or not at all."""

    id: ItemId
    version: int = Field(ge=1)
    pool: Pool
    title: str
    exhibit: Exhibit
    item_ids: tuple[str, ...] = Field(min_length=2, max_length=6)

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"


def split_ref(ref: str) -> tuple[str, int]:
    """Split `id@version`.

    Raises:
        ValueError: If it is not of that form.
    """
    matched = re.fullmatch(r"([a-z0-9-]+)@(\d+)", ref)
    if matched is None:
        raise ValueError(f"{ref!r} is not id@version")
    return matched[1], int(matched[2])


JsonMapping = dict[str, Any]
