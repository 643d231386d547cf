"""Scoring: what a response is worth, and a whole form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from question_bank.errors import InvalidResponseError, UnknownChoiceError
from question_bank.items import Item, ItemKind

FULLWIDTH = str.maketrans("０１２３４５６７８９．－，％", "0123456789.-,%")

Value = Mapping[str, Any]
"""A stored response: `{"selected": [...]}` or `{"number": "2.54"}`."""


def parse_number(text: str) -> Decimal | None:
    """Read a number as people type it: `6万`, `60,000`, `60000`, full width, `%` as is.

    Returns:
        The number, or `None` if the text is blank or no number.
    """
    plain = text.translate(FULLWIDTH).replace(",", "").replace(" ", "").replace("−", "-")
    plain = plain.removeprefix("¥").removesuffix("元").removesuffix("%")
    factor = Decimal(1)
    if plain.endswith("万"):
        plain, factor = plain[:-1], Decimal(10_000)
    if len(plain) > 24:
        return None
    try:
        number = Decimal(plain) * factor
    except DecimalException:  # no number, or one beyond every range: `9e999999万`
        return None
    return number if number.is_finite() else None


def check_value(item: Item, value: Any) -> dict[str, Any]:
    """Return a response in its stored form.

    Args:
        item: The item, in the version the candidate sees.
        value: What the page sent.

    Raises:
        InvalidResponseError: If the shape does not fit the kind.
        UnknownChoiceError: If an id is not one of the item's choices.
    """
    if not isinstance(value, dict):
        raise InvalidResponseError(f"{item.ref}: a response is an object")
    if item.kind is ItemKind.NUMERIC:
        number = value.get("number")
        if set(value) != {"number"} or not isinstance(number, str) or len(number) > 32:
            raise InvalidResponseError(f"{item.ref}: number, a text of at most 32 characters")
        return {"number": number}
    selected = value.get("selected")
    if set(value) != {"selected"} or not isinstance(selected, list) or len(selected) > 8:
        raise InvalidResponseError(f"{item.ref}: selected, a list of choice ids")
    if not all(isinstance(one, str) for one in selected):
        raise InvalidResponseError(f"{item.ref}: choice ids are text")
    if unknown := set(selected) - item.choice_ids:
        raise UnknownChoiceError(f"{item.ref} has no choice {sorted(unknown)}")
    if item.kind is not ItemKind.MULTIPLE_CHOICE and len(set(selected)) > 1:
        raise InvalidResponseError(f"{item.ref}: one choice at most")
    return {"selected": sorted(set(selected))}


def is_blank(value: Value | None) -> bool:
    """Say whether nothing was answered."""
    return not value or not (value.get("selected") or str(value.get("number") or "").strip())


def score_response(item: Item, value: Value | None) -> float:
    """Score one response.

    Choices: credit is the share of keyed choices that were selected, and is lost altogether
    if any other choice was selected too, so that ticking every box earns nothing. Numbers:
    full credit within the tolerance (inclusive), else none.

    Args:
        item: The item, in the version the candidate saw.
        value: The stored response; `None` or blank earns nothing.

    Returns:
        Credit, a fraction in [0, 1].

    Raises:
        UnknownChoiceError: If an id is not one of the item's choices.
    """
    if value is None or is_blank(value):
        return 0.0
    if item.kind is ItemKind.NUMERIC:
        return _score_number(item, str(value["number"]))
    selected: Set[str] = frozenset(value["selected"])
    if unknown := selected - item.choice_ids:
        raise UnknownChoiceError(f"{item.ref} has no choice {sorted(unknown)}")
    if selected - item.key_ids:
        return 0.0
    return len(selected & item.key_ids) / len(item.key_ids)


def _score_number(item: Item, text: str) -> float:
    key = item.numeric
    number = parse_number(text)
    if key is None or number is None:
        return 0.0
    gap = abs(number - Decimal(repr(key.value)))
    return 1.0 if gap <= Decimal(repr(key.tolerance)) else 0.0


@dataclass(frozen=True)
class TopicScore:
    """Credit by topic; both are sums over the form's items of that topic."""

    topic: str
    credit: float
    item_count: int


@dataclass(frozen=True)
class ExamScore:
    """The score of one form.

    Attributes:
        credits: Credit of each item, in form order, each in [0, 1].
        fraction: Their mean, in [0, 1].
        cut_score: Least fraction that passes; equality passes.
        topics: Sums by topic, in the form's order.
    """

    credits: tuple[float, ...]
    fraction: float
    cut_score: float
    topics: tuple[TopicScore, ...]

    @property
    def passed(self) -> bool:
        # Partial credits are thirds and quarters: compare where rounding cannot decide.
        return self.fraction >= self.cut_score - 1e-9


def score_form(items: list[Item], values: Mapping[int, Value], *, cut_score: float) -> ExamScore:
    """Score a form.

    Args:
        items: The pinned versions, in form order.
        values: Stored responses by position (1-based); missing positions are blank.
        cut_score: Least fraction that passes, in [0, 1].
    """
    credits = tuple(
        score_response(item, values.get(position)) for position, item in enumerate(items, 1)
    )
    topics: dict[str, list[float]] = {}
    for item, credit in zip(items, credits, strict=True):
        topics.setdefault(item.topic.value, []).append(credit)
    return ExamScore(
        credits=credits,
        fraction=math.fsum(credits) / len(credits) if credits else 0.0,
        cut_score=cut_score,
        topics=tuple(
            TopicScore(topic, math.fsum(held), len(held)) for topic, held in topics.items()
        ),
    )
