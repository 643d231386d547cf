"""Scoring: what a response is worth, and a whole form.

The rule of each kind:

| kind | credit |
| --- | --- |
| choices, hot spot | share of the keyed choices that were selected; none if any other was too |
| number | full within the tolerance (inclusive), else none |
| ordering | pairs that stand in the right order less those that do not, over all pairs; >= 0 |
| matching | share of the prompts with their right match |
| fill-in | share of the blanks with an accepted answer |
| short answer | share of the rubric's points, marked by people; none before that |
| room | the room's points over those that earn everything, at most 1; none before it is scored |

A random order is worth nothing on average, as is ticking every box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from question_bank.answers import Blank, NumericKey
from question_bank.errors import UnknownChoiceError
from question_bank.items import Item, ItemKind, Pool
from question_bank.responses import Value as Value
from question_bank.responses import check_value as check_value
from question_bank.responses import is_blank as is_blank
from question_bank.responses import parse_number as parse_number
from question_bank.wording import chinese_number, same_words


def score_response(item: Item, value: Value | None, *, marked: float | None = None) -> float:
    """Score one response by its kind's rule (above).

    Args:
        item: The item, in the version the candidate saw.
        value: The stored response; `None` or blank earns nothing.
        marked: Credit that people gave to a short answer, or the engine to a room, in [0, 1];
            `None` before that.

    Returns:
        Credit, a fraction in [0, 1].

    Raises:
        UnknownChoiceError: If an id is not one of the item's choices.
    """
    if item.kind is ItemKind.ROOM:  # whatever the page says: what was operated counts
        return 0.0 if marked is None else marked
    if value is None or is_blank(value):
        return 0.0
    if item.kind is ItemKind.NUMERIC:
        return float(item.numeric is not None and _hits(item.numeric, str(value["number"])))
    if item.kind is ItemKind.SHORT_ANSWER:
        return 0.0 if marked is None else marked
    if item.kind is ItemKind.ORDERING:
        return _score_order(item, value["order"])
    if item.kind is ItemKind.MATCHING:
        pairs: Mapping[str, str] = value["pairs"]
        right = sum(pairs.get(one) == match for one, match in item.matches.items())
        return right / len(item.matches)
    if item.kind is ItemKind.FILL_IN:
        typed: Mapping[str, str] = value["blanks"]
        right = sum(blank_is_right(one, typed.get(part, "")) for part, one in item.blanks.items())
        return right / len(item.blanks)
    return _score_choices(item, frozenset(value["selected"]))


def _score_choices(item: Item, selected: Set[str]) -> float:
    if unknown := selected - item.choice_ids:
        raise UnknownChoiceError(f"{item.ref} has no choice {sorted(unknown)}")
    if selected - item.key_ids:
        return 0.0
    return len(selected & item.key_ids) / len(item.key_ids)


def _score_order(item: Item, order: Sequence[str]) -> float:
    if unknown := set(order) - item.choice_ids:
        raise UnknownChoiceError(f"{item.ref} has no choice {sorted(unknown)}")
    place = {one: n for n, one in enumerate(order)}
    pairs = list(combinations(item.right_order, 2))
    right = sum(place[one] < place[other] for one, other in pairs)
    return max(0.0, (2 * right - len(pairs)) / len(pairs))


def blank_is_right(blank: Blank, text: str) -> bool:
    """Say whether a typed answer fills a blank."""
    if blank.number is not None:
        return _hits(blank.number, text)
    return any(same_words(text, accepted) for accepted in blank.accept)


def _hits(key: NumericKey, text: str) -> bool:
    plain = text.strip().removesuffix(key.unit).strip() if key.unit else text.strip()
    number = parse_number(plain)
    if number is None:
        whole = chinese_number(plain)
        number = None if whole is None else Decimal(whole)
    if number is None:
        return False
    return abs(number - Decimal(repr(key.value))) <= Decimal(repr(key.tolerance))


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
        fraction: The mean over the items that count, in [0, 1]; those in the pilot do not.
        cut_score: Least fraction that passes; equality passes.
        topics: Sums by topic, in the form's order.
        pending: Positions (1-based) of short answers that nobody has marked and of rooms that are
            not scored; each counts nothing until then, so a pass stands whatever comes.
    """

    credits: tuple[float, ...]
    fraction: float
    cut_score: float
    topics: tuple[TopicScore, ...]
    pending: tuple[int, ...] = ()

    @property
    def passed(self) -> bool:
        # Partial credits are thirds and quarters: compare where rounding cannot decide.
        return self.fraction >= self.cut_score - 1e-9

    @property
    def is_final(self) -> bool:
        """Whether no mark that is still to come can change anything."""
        return not self.pending


def score_form(
    items: list[Item],
    values: Mapping[int, Value],
    *,
    cut_score: float,
    marked: Mapping[int, float] | None = None,
) -> ExamScore:
    """Score a form; items in the pilot get their credit and count for nothing.

    Args:
        items: The pinned versions, in form order.
        values: Stored responses by position (1-based); missing positions are blank.
        cut_score: Least fraction that passes, in [0, 1].
        marked: Credits that people gave to short answers and the engine to rooms, by position.
    """
    marks = marked or {}
    credits = tuple(
        score_response(item, values.get(position), marked=marks.get(position))
        for position, item in enumerate(items, 1)
    )
    topics: dict[str, list[float]] = {}
    counted = [
        (item, credit)
        for item, credit in zip(items, credits, strict=True)
        if item.pool is not Pool.PILOT
    ]
    for item, credit in counted:
        topics.setdefault(item.topic.value, []).append(credit)
    return ExamScore(
        credits=credits,
        fraction=math.fsum(credit for _, credit in counted) / len(counted) if counted else 0.0,
        cut_score=cut_score,
        topics=tuple(
            TopicScore(topic, math.fsum(held), len(held)) for topic, held in topics.items()
        ),
        pending=tuple(
            position
            for position, item in enumerate(items, 1)
            if item.kind.is_settled_later
            and position not in marks
            and (item.kind is ItemKind.ROOM or not is_blank(values.get(position)))
        ),
    )
