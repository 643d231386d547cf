"""Items in their published shape; strict, so that a typing error in content never passes."""

from __future__ import annotations

import hashlib
import json
import re
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from question_bank.answers import Blank, NumericKey, RoomTask, Rubric
from question_bank.exhibits import Exhibit, Picture
from question_bank.parameters import Parametric
from question_bank.schema import ChoiceId, ItemId, PartId, Strict

LATER_FIELDS = (
    "prompts",
    "matches",
    "blanks",
    "picture",
    "rubric",
    "room",
    "parametric",
    "expected_at_cut",
)
"""Fields that came after the first versions were published: while they are empty they are no part
of the content hash, so that a published version keeps its hash."""

GAP_MARK = re.compile(r"\[\[([1-8])\]\]")
"""Where a blank stands in the stem of a fill-in item: `[[1]]`."""


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
    ORDERING = "ordering"
    MATCHING = "matching"
    FILL_IN = "fill_in"
    HOT_SPOT = "hot_spot"
    SHORT_ANSWER = "short_answer"
    ROOM = "room"

    @property
    def is_selection(self) -> bool:
        """Whether the response is a set of choices."""
        return self in SELECTIONS

    @property
    def is_marked_by_people(self) -> bool:
        return self is ItemKind.SHORT_ANSWER

    @property
    def is_settled_later(self) -> bool:
        """Whether its credit comes after the response: from people, or from the room's engine."""
        return self in {ItemKind.SHORT_ANSWER, ItemKind.ROOM}


SELECTIONS = frozenset(
    {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.TRUE_FALSE, ItemKind.HOT_SPOT}
)


class Cognitive(StrEnum):
    """What the candidate does with the matter (revised Bloom, without 'create')."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"


class Pool(StrEnum):
    """Where an item version may appear; none is in two pools.

    A version in the pilot stands in live forms beside the counted items and is never scored.
    """

    PRACTICE = "practice"
    EXAM = "exam"
    PILOT = "pilot"


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
    prompts: dict[PartId, str] = Field(default_factory=dict)
    matches: dict[PartId, ChoiceId] = Field(default_factory=dict)
    blanks: dict[PartId, Blank] = Field(default_factory=dict)
    picture: Picture | None = None
    rubric: Rubric | None = None
    room: RoomTask | None = None
    parametric: Parametric | None = None
    expected_at_cut: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def shape_fits_kind(self) -> Self:
        checks = {
            ItemKind.SINGLE_CHOICE: self._check_single,
            ItemKind.MULTIPLE_CHOICE: self._check_multiple,
            ItemKind.TRUE_FALSE: self._check_true_false,
            ItemKind.NUMERIC: self._check_numeric,
            ItemKind.ORDERING: self._check_ordering,
            ItemKind.MATCHING: self._check_matching,
            ItemKind.FILL_IN: self._check_fill_in,
            ItemKind.HOT_SPOT: self._check_hot_spot,
            ItemKind.SHORT_ANSWER: self._check_short_answer,
            ItemKind.ROOM: self._check_room,
        }
        self._check_parts()
        if self.parametric is None:
            checks[self.kind]()
        else:
            self._check_parametric(self.parametric)
        return self

    def _check_parts(self) -> None:
        """Refuse parts of another kind: they would be dead letters in the content."""
        owners = {
            "prompts": ItemKind.MATCHING,
            "matches": ItemKind.MATCHING,
            "blanks": ItemKind.FILL_IN,
            "picture": ItemKind.HOT_SPOT,
            "rubric": ItemKind.SHORT_ANSWER,
            "room": ItemKind.ROOM,
        }
        for field, kind in owners.items():
            if getattr(self, field) and self.kind is not kind:
                raise ValueError(f"{field}: only of a {kind.value} item")

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

    def _check_ordering(self) -> None:
        self._check_choices(3, 7)
        if len(self.right_order) != len(self.choices):
            raise ValueError("key: every id once, in the right order")
        if list(self.right_order) == list(self.choices):
            raise ValueError("key: the ids must not stand in the right order already")
        for pair in self.mistakes:
            one, other = pair[:1], pair[1:]
            if one not in self.choices or other not in self.choices:
                raise ValueError(f"mistakes: {pair!r} is not two ids, the one wrongly put first")
            if self.right_order.index(one) < self.right_order.index(other):
                raise ValueError(f"mistakes: {pair!r} is the right order")

    def _check_matching(self) -> None:
        self._check_choices(3, 8)
        if self.key is not None:
            raise ValueError("key: a matching item has matches instead")
        if not 3 <= len(self.prompts) <= 6 or set(self.matches) != set(self.prompts):
            raise ValueError("prompts: 3 to 6, each with its match")
        _check_numbered("prompts", self.prompts)
        if unknown := set(self.matches.values()) - set(self.choices):
            raise ValueError(f"matches: no choice {sorted(unknown)}")
        for pair in self.mistakes:
            if pair[:1] not in self.prompts or pair[1:] not in self.choices:
                raise ValueError(f"mistakes: {pair!r} is not a prompt and a choice, such as 1b")
            if self.matches[pair[:1]] == pair[1:]:
                raise ValueError(f"mistakes: {pair!r} is right")

    def _check_fill_in(self) -> None:
        if not 1 <= len(self.blanks) <= 4:
            raise ValueError("blanks: one to four")
        if self.key is not None or self.choices:
            raise ValueError("key, choices: a fill-in item has none")
        _check_numbered("blanks", self.blanks)
        if GAP_MARK.findall(self.stem) != list(self.blanks):
            raise ValueError("stem: each blank once and in order, as [[1]], [[2]], …")
        if wrong := [one for one in self.mistakes if one[:2] not in {f"{b}=" for b in self.blanks}]:
            raise ValueError(f"mistakes: {wrong[0]!r} does not begin with a blank, such as 1=")

    def _check_hot_spot(self) -> None:
        self._check_choices(3, 8)
        if self.picture is None or self.picture.region_ids != set(self.choices):
            raise ValueError("picture: its regions are the item's choices")
        if not 1 <= len(self.key_ids) <= 3:
            raise ValueError("key: one to three regions")

    def _check_short_answer(self) -> None:
        if self.rubric is None:
            raise ValueError("rubric: criteria and a model answer are needed")
        if self.key is not None or self.choices or self.mistakes:
            raise ValueError("key, choices, mistakes: a short answer has none")

    def _check_room(self) -> None:
        if self.room is None:
            raise ValueError("room: scenario_ref, speed, minutes and full_score are needed")
        if self.key is not None or self.choices or self.mistakes:
            raise ValueError("key, choices, mistakes: a room has none")

    def _check_parametric(self, parametric: Parametric) -> None:
        if self.kind not in {ItemKind.SINGLE_CHOICE, ItemKind.NUMERIC}:
            raise ValueError("parametric: single_choice or numeric")
        if self.key is not None or self.choices or self.numeric or self.distractors:
            raise ValueError("key, choices, numeric, distractors: they follow from the formulas")
        if self.mistakes:
            raise ValueError("mistakes: of a parametric item stand as formulas in parametric")
        if self.kind is ItemKind.SINGLE_CHOICE and len(parametric.mistakes) != 3:
            raise ValueError("parametric: a single choice has three mistakes")

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

    @property
    def right_order(self) -> tuple[str, ...]:
        """The ids of an ordering item, first to last."""
        return tuple(self.key) if isinstance(self.key, list) else ()

    def content_hash(self) -> str:
        """Return `sha256:…` of the whole version, key included."""
        content = self.model_dump(mode="json")
        for field in LATER_FIELDS:
            if not content[field] and content[field] != 0:
                del content[field]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _check_numbered(field: str, parts: dict[str, Any]) -> None:
    if list(parts) != [str(number) for number in range(1, len(parts) + 1)]:
        raise ValueError(f"{field}: ids must run 1, 2, 3, …")


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
    """Split `id@version`; pinned values behind it are left out.

    Raises:
        ValueError: If it is not of that form.
    """
    matched = re.fullmatch(r"([a-z0-9-]+)@(\d+)(#.*)?", ref)
    if matched is None:
        raise ValueError(f"{ref!r} is not id@version")
    return matched[1], int(matched[2])
