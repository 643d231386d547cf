"""What the result page is given: every item with the candidate's response, key and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.bank import presenting
from app.bank import queries as bank_queries
from app.bank.pictures import picture_svg
from app.exams import queries
from app.exams.models import Attempt
from question_bank.items import Item, ItemKind, Pool
from question_bank.marking import SettledMark
from question_bank.played import PlayedRoom
from question_bank.responses import is_blank, parse_number
from question_bank.scoring import blank_is_right
from question_bank.wording import same_words

LETTERS = "ABCDEFGH"


class ReviewedChoice(NamedTuple):
    """One choice in the order the candidate saw it; `mistake` names what choosing it shows."""

    letter: str
    html: str
    is_key: bool
    is_chosen: bool
    mistake: str


@dataclass(frozen=True)
class ReviewedPart:
    """One part of an answer that has several: a place in an order, a prompt, a blank.

    Attributes:
        label: Which part, as text.
        given: What the candidate put there; empty if nothing.
        key: What belongs there.
        is_right: Whether it earned its share.
    """

    label: str
    given: str
    key: str
    is_right: bool


@dataclass(frozen=True)
class Review:
    """One item of the form after scoring.

    Attributes:
        position: 1-based place in the form.
        item: The version that was pinned, its figures filled in.
        outcome: `right`, `partial`, `wrong`, `blank`, or `pending` until people have marked it.
        credit: In [0, 1].
        stem, rationale: Sanitised HTML.
        choices: Of items whose response is a selection.
        parts: Of items whose response has parts.
        picture: The picture of a hot-spot item with its key and what was chosen, as SVG.
        given: What was typed into a numeric item, or written as a short answer.
        key: The numeric key in words, with unit and tolerance.
        mistakes: The named mistakes behind a wrong number or wrong parts; empty if nobody
            foresaw them.
        mark: What people's marks of a short answer came to; None before that.
        played: What a room came to; None before it is scored.
    """

    position: int
    item: Item
    outcome: str
    credit: float
    stem: str
    rationale: str
    choices: tuple[ReviewedChoice, ...]
    parts: tuple[ReviewedPart, ...]
    picture: str
    given: str
    key: str
    mistakes: tuple[str, ...]
    mark: SettledMark | None
    played: PlayedRoom | None

    @property
    def chosen_mistakes(self) -> list[ReviewedChoice]:
        """What was chosen and shows a named mistake."""
        return [choice for choice in self.choices if choice.is_chosen and choice.mistake]

    @property
    def other_mistakes(self) -> list[ReviewedChoice]:
        """What was not chosen and would have shown one."""
        return [choice for choice in self.choices if choice.mistake and not choice.is_chosen]


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
    marks: dict[int, SettledMark] = {}
    if any(item.kind.is_marked_by_people for item in items):
        marks = queries.settled_marks(db_session, attempt.id)
    played: dict[int, PlayedRoom] = {}
    if any(item.kind is ItemKind.ROOM for item in items):
        played = queries.played_rooms(db_session, attempt.id)
    held: list[tuple[str, dict[str, Any] | None, list[Review]]] = []
    for position, (item, credit) in enumerate(zip(items, credits, strict=True), 1):
        if item.pool is Pool.PILOT:  # not scored, and not shown: it is still being tried out
            continue
        order = attempt.form[position - 1][1]
        review = _review(
            item,
            position,
            credit,
            order,
            values.get(position),
            marks.get(position),
            played.get(position),
        )
        if item.case_id and held and held[-1][0] == item.case_id:
            held[-1][2].append(review)
        else:
            held.append((item.case_id or item.ref, _exhibit(db_session, item), [review]))
    return [ReviewGroup(exhibit, tuple(reviews)) for _, exhibit, reviews in held]


def reviewed_item(
    item: Item, value: Mapping[str, Any] | None, credit: float, order: list[str]
) -> Review:
    """Return one answered item with its key and reason, outside any form; its position is 0.

    Args:
        item: The version that was shown, its figures filled in.
        value: The response in its stored form.
        credit: What it earned, in [0, 1].
        order: Choice ids in the order they were shown in; empty for the author's.
    """
    return _review(item, 0, credit, order, value, None, None)


def outcome_counts(groups: list[ReviewGroup]) -> dict[str, int]:
    """Return how many items came out right, partial, wrong, blank, and wait for marks."""
    counts = {"right": 0, "partial": 0, "wrong": 0, "blank": 0, "pending": 0}
    for group in groups:
        for review in group.reviews:
            counts[review.outcome] += 1
    return counts


def _exhibit(db_session: Session, item: Item) -> dict[str, Any] | None:
    if item.case_id:
        case = bank_queries.case_of(db_session, item)
        return presenting.shown_exhibit(case.title, case.exhibit)
    return presenting.shown_exhibit("", item.exhibit) if item.exhibit else None


def _review(
    item: Item,
    position: int,
    credit: float,
    order: list[str],
    value: Mapping[str, Any] | None,
    mark: SettledMark | None,
    played: PlayedRoom | None,
) -> Review:
    held: Mapping[str, Any] = value or {}
    selected = frozenset(held.get("selected") or ())
    given = str(held.get("number") or held.get("text") or "").strip()
    stem = presenting.rich_text(item.stem)
    if item.blanks:
        stem = presenting.stem_with(item, held.get("blanks") or {})
    return Review(
        position=position,
        item=item,
        outcome=_outcome(
            item, credit, is_blank(value), is_marked=mark is not None or played is not None
        ),
        credit=credit,
        stem=stem,
        rationale=presenting.rich_text(item.rationale),
        choices=_choices(item, order, selected),
        parts=_parts(item, held),
        picture=picture_svg(item, _region_marks(item, selected)),
        given=given,
        key=presenting.key_text(item) if item.numeric else "",
        mistakes=tuple(_mistakes(item, held)) if credit < 1 else (),
        mark=mark,
        played=played,
    )


def _outcome(item: Item, credit: float, blank: bool, *, is_marked: bool) -> str:
    if blank and item.kind is not ItemKind.ROOM:
        return "blank"
    if credit >= 1:
        return "right"
    if credit > 0:
        return "partial"
    return "pending" if item.kind.is_settled_later and not is_marked else "wrong"


def _choices(item: Item, order: list[str], chosen: frozenset[str]) -> tuple[ReviewedChoice, ...]:
    if not item.kind.is_selection:
        return ()
    true_false = item.kind is ItemKind.TRUE_FALSE
    ids = ["true", "false"] if true_false else (order or list(item.choices))
    keys = item.key_ids
    return tuple(
        ReviewedChoice(
            letter="" if true_false else LETTERS[place],
            html=presenting.inline_text(presenting.choice_text(item, one)),
            is_key=one in keys,
            is_chosen=one in chosen,
            mistake=item.distractors.get(one, ""),
        )
        for place, one in enumerate(ids)
    )


def _region_marks(item: Item, chosen: frozenset[str]) -> dict[str, str]:
    """Return the classes of a picture's regions."""
    return {
        region: " ".join(
            name
            for name, holds in (("key", region in item.key_ids), ("chosen", region in chosen))
            if holds
        )
        for region in item.choices
    }


def _parts(item: Item, held: Mapping[str, Any]) -> tuple[ReviewedPart, ...]:
    if item.kind is ItemKind.ORDERING:
        order = held.get("order") or [""] * len(item.choices)
        return tuple(
            ReviewedPart(str(place), item.choices.get(one, ""), item.choices[key], one == key)
            for place, (one, key) in enumerate(zip(order, item.right_order, strict=True), 1)
        )
    if item.kind is ItemKind.MATCHING:
        pairs = held.get("pairs") or {}
        return tuple(
            ReviewedPart(
                prompt,
                item.choices.get(pairs.get(number, ""), ""),
                item.choices[item.matches[number]],
                pairs.get(number) == item.matches[number],
            )
            for number, prompt in item.prompts.items()
        )
    typed = held.get("blanks") or {}
    return tuple(
        ReviewedPart(
            f"（{number}）",
            typed.get(number, ""),
            " / ".join(blank.accept) or blank.shown_key,
            blank_is_right(blank, typed.get(number, "")),
        )
        for number, blank in item.blanks.items()
    )


def _mistakes(item: Item, held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the named mistakes behind a response that is not a selection."""
    if item.kind is ItemKind.NUMERIC:
        given = str(held.get("number") or "").strip()
        if mistake := _number_mistake(item.mistakes, given):
            yield f"{given}：{mistake}"
    elif item.kind is ItemKind.ORDERING:
        place = {one: n for n, one in enumerate(held.get("order") or ())}
        for pair, mistake in item.mistakes.items():
            if place and place[pair[0]] < place[pair[1]]:
                yield mistake
    elif item.kind is ItemKind.MATCHING:
        for number, choice in (held.get("pairs") or {}).items():
            if mistake := item.mistakes.get(number + choice, ""):
                yield f"{item.prompts[number]}：{mistake}"
    elif item.kind is ItemKind.FILL_IN:
        for number, text in (held.get("blanks") or {}).items():
            foreseen = {key[2:]: one for key, one in item.mistakes.items() if key[0] == number}
            named = next((one for key, one in foreseen.items() if same_words(text, key)), "")
            if mistake := named or _number_mistake(foreseen, text):
                yield f"（{number}）{text}：{mistake}"


def _number_mistake(mistakes: Mapping[str, str], given: str) -> str:
    """Return the named mistake that leads to the number, to the precision the author wrote."""
    number = parse_number(given)
    if number is None:
        return ""
    for wrong, mistake in mistakes.items():
        foreseen = parse_number(wrong)
        if foreseen is None:
            continue
        half_a_step = Decimal(1).scaleb(int(foreseen.as_tuple().exponent)) / 2
        if abs(number - foreseen) <= half_a_step:
            return mistake
    return ""
