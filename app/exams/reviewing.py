"""What the result page is given: every item with the candidate's response, key and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.bank import presenting
from app.bank import queries as bank_queries
from app.exams import queries
from app.exams.models import Attempt
from question_bank.items import Item, ItemKind
from question_bank.scoring import is_blank, parse_number

LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class ReviewedChoice:
    """One choice in the order the candidate saw it; `mistake` names what choosing it shows."""

    letter: str
    html: str
    is_key: bool
    is_chosen: bool
    mistake: str


@dataclass(frozen=True)
class Review:
    """One item of the form after scoring.

    Attributes:
        position: 1-based place in the form.
        item: The version that was pinned.
        outcome: `right`, `partial`, `wrong` or `blank`.
        credit: In [0, 1].
        stem, rationale: Sanitised HTML.
        choices: Empty for numeric items.
        given: What was typed into a numeric item.
        key: The numeric key in words, with unit and tolerance.
        mistake: The named mistake behind a number; empty if nobody foresaw it.
    """

    position: int
    item: Item
    outcome: str
    credit: float
    stem: str
    rationale: str
    choices: tuple[ReviewedChoice, ...]
    given: str
    key: str
    mistake: str


@dataclass(frozen=True)
class ReviewGroup:
    """Consecutive items that share their material; most groups hold one item and none."""

    exhibit: dict[str, Any] | None
    reviews: tuple[Review, ...]


def review_groups(db_session: Session, attempt: Attempt, credits: list[float]) -> list[ReviewGroup]:
    """Return the attempt's items in form order, those of a case together under its material.

    Args:
        db_session: A session to read with.
        attempt: A closed attempt.
        credits: Credit of each item in form order, from its score.
    """
    items = bank_queries.items_of(db_session, attempt.item_refs)
    values = queries.values_of(db_session, attempt.id)
    held: list[tuple[str, dict[str, Any] | None, list[Review]]] = []
    for position, (item, credit) in enumerate(zip(items, credits, strict=True), 1):
        order = attempt.form[position - 1][1]
        review = _review(item, position, credit, order, values.get(position))
        if item.case_id and held and held[-1][0] == item.case_id:
            held[-1][2].append(review)
        else:
            held.append((item.case_id or item.ref, _exhibit(db_session, item), [review]))
    return [ReviewGroup(exhibit, tuple(reviews)) for _, exhibit, reviews in held]


def outcome_counts(groups: list[ReviewGroup]) -> dict[str, int]:
    """Return how many items came out right, partial, wrong and blank."""
    counts = {"right": 0, "partial": 0, "wrong": 0, "blank": 0}
    for group in groups:
        for review in group.reviews:
            counts[review.outcome] += 1
    return counts


def _exhibit(db_session: Session, item: Item) -> dict[str, Any] | None:
    if item.case_id:
        case = bank_queries.case_of(db_session, item.case_id)
        return presenting.shown_exhibit(case.title, case.exhibit)
    return presenting.shown_exhibit("", item.exhibit) if item.exhibit else None


def _review(
    item: Item,
    position: int,
    credit: float,
    order: list[str],
    value: Mapping[str, Any] | None,
) -> Review:
    blank = is_blank(value)
    held: Mapping[str, Any] = value or {}
    given = str(held.get("number") or "").strip()
    return Review(
        position=position,
        item=item,
        outcome=_outcome(credit, blank),
        credit=credit,
        stem=presenting.rich_text(item.stem),
        rationale=presenting.rich_text(item.rationale),
        choices=_choices(item, order, frozenset(held.get("selected") or ())),
        given=given,
        key=presenting.key_text(item) if item.numeric else "",
        mistake=_number_mistake(item, given) if credit < 1 else "",
    )


def _outcome(credit: float, blank: bool) -> str:
    if blank:
        return "blank"
    if credit >= 1:
        return "right"
    return "partial" if credit > 0 else "wrong"


def _choices(item: Item, order: list[str], chosen: frozenset[str]) -> tuple[ReviewedChoice, ...]:
    if item.kind is ItemKind.NUMERIC:
        return ()
    true_false = item.kind is ItemKind.TRUE_FALSE
    ids = ["true", "false"] if true_false else (order or list(item.choices))
    return tuple(
        ReviewedChoice(
            letter="" if true_false else LETTERS[place],
            html=presenting.inline_text(presenting.choice_text(item, one)),
            is_key=one in item.key_ids,
            is_chosen=one in chosen,
            mistake=item.distractors.get(one, ""),
        )
        for place, one in enumerate(ids)
    )


def _number_mistake(item: Item, given: str) -> str:
    """Return the named mistake that leads to the number, to the precision the author wrote."""
    number = parse_number(given)
    if number is None:
        return ""
    for wrong, mistake in item.mistakes.items():
        foreseen = parse_number(wrong)
        if foreseen is None:
            continue
        half_a_step = Decimal(1).scaleb(int(foreseen.as_tuple().exponent)) / 2
        if abs(number - foreseen) <= half_a_step:
            return mistake
    return ""
