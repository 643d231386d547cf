"""Responses in their stored form: what the page sends is checked against its item."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from question_bank.errors import InvalidResponseError, UnknownChoiceError
from question_bank.items import Item, ItemKind

FULLWIDTH = str.maketrans("０１２３４５６７８９．－，％", "0123456789.-,%")

NUMBER_CHARS = 32
"""Longest text in a number field."""

BLANK_CHARS = 40
"""Longest text in a blank of a fill-in item."""

Value = Mapping[str, Any]
"""A stored response, by kind: `{"selected": [ids]}`, `{"number": "2.54"}`, `{"order": [ids]}`,
`{"pairs": {"1": "b"}}`, `{"blanks": {"1": "讲解"}}`, `{"text": "…"}`; of a room
`{"room": "opened"}`, which says no more than that it was entered."""


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
        return {"number": _text(item, value, "number", NUMBER_CHARS)}
    if item.kind is ItemKind.SHORT_ANSWER:
        most = item.rubric.most_chars if item.rubric else 0
        return {"text": _text(item, value, "text", most)}
    if item.kind is ItemKind.ROOM:
        if value not in ({"room": "opened"}, {"room": ""}):
            raise InvalidResponseError(f"{item.ref}: a room is answered in the room")
        return dict(value)
    if item.kind is ItemKind.ORDERING:
        return {"order": _order(item, value)}
    if item.kind is ItemKind.MATCHING:
        return {"pairs": _pairs(item, value)}
    if item.kind is ItemKind.FILL_IN:
        return {"blanks": _blanks(item, value)}
    return {"selected": _selected(item, value)}


def _only(item: Item, value: dict[str, Any], name: str) -> Any:
    if set(value) != {name}:
        raise InvalidResponseError(f"{item.ref}: {name} and nothing else")
    return value[name]


def _text(item: Item, value: dict[str, Any], name: str, most_chars: int) -> str:
    text = _only(item, value, name)
    if not isinstance(text, str) or len(text) > most_chars or "\0" in text:
        raise InvalidResponseError(f"{item.ref}: {name}, a text of at most {most_chars} characters")
    return text


def _ids(item: Item, ids: Any, name: str) -> list[str]:
    if not isinstance(ids, list) or len(ids) > 8 or not all(isinstance(one, str) for one in ids):
        raise InvalidResponseError(f"{item.ref}: {name}, a list of choice ids")
    if unknown := set(ids) - item.choice_ids:
        raise UnknownChoiceError(f"{item.ref} has no choice {sorted(unknown)}")
    return ids


def _selected(item: Item, value: dict[str, Any]) -> list[str]:
    selected = set(_ids(item, _only(item, value, "selected"), "selected"))
    several = item.kind is ItemKind.MULTIPLE_CHOICE or len(item.key_ids) > 1
    if not several and len(selected) > 1:
        raise InvalidResponseError(f"{item.ref}: one choice at most")
    return sorted(selected)


def _order(item: Item, value: dict[str, Any]) -> list[str]:
    order = _ids(item, _only(item, value, "order"), "order")
    if order and (len(order) != len(item.choices) or len(set(order)) != len(order)):
        raise InvalidResponseError(f"{item.ref}: order, every id once, or none")
    return order


def _parts(
    item: Item, value: dict[str, Any], name: str, known: Mapping[str, Any]
) -> dict[str, str]:
    parts = _only(item, value, name)
    if not isinstance(parts, dict) or not all(isinstance(one, str) for one in parts.values()):
        raise InvalidResponseError(f"{item.ref}: {name}, an object of texts")
    if unknown := set(parts) - set(known):
        raise InvalidResponseError(f"{item.ref}: {name} has no {sorted(unknown)}")
    return {part: parts[part] for part in known if parts.get(part)}


def _pairs(item: Item, value: dict[str, Any]) -> dict[str, str]:
    pairs = _parts(item, value, "pairs", item.prompts)
    _ids(item, list(pairs.values()), "pairs")
    return pairs


def _blanks(item: Item, value: dict[str, Any]) -> dict[str, str]:
    blanks = _parts(item, value, "blanks", item.blanks)
    if any(len(one) > BLANK_CHARS or "\0" in one for one in blanks.values()):
        raise InvalidResponseError(f"{item.ref}: blanks, at most {BLANK_CHARS} characters each")
    return {part: text for part, text in blanks.items() if text.strip()}


def is_blank(value: Value | None) -> bool:
    """Say whether nothing was answered."""
    if not value:
        return True
    content = next(iter(value.values()))
    return not (content.strip() if isinstance(content, str) else content)
