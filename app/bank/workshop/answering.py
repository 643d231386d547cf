"""A reader's blind answer: a plain form for every kind, and what is sent read back."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from question_bank.instances import drawn_instance
from question_bank.items import Item, ItemKind


def shown_to(item: Item, draft_id: str, round_number: int, person_id: int) -> Item:
    """Return the item as one reader sees it: the same figures every time they come back."""
    return drawn_instance(item, f"reading {draft_id}/{round_number}/{person_id}".encode())


def value_of_form(item: Item, form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the response in the shape that `question_bank.responses` checks.

    Names of the fields: `selected`, `number`, `place-<id>`, `pair-<number>`, `blank-<number>`,
    `text`. Of a room nothing is answered here: the reader says that they have looked at it.
    """
    if item.kind is ItemKind.NUMERIC:
        return {"number": form.get("number", "").strip()}
    if item.kind is ItemKind.SHORT_ANSWER:
        return {"text": form.get("text", "").strip()}
    if item.kind is ItemKind.ROOM:
        return {"room": "opened" if form.get("room") else ""}
    if item.kind is ItemKind.ORDERING:
        places = {one: form.get(f"place-{one}", "") for one in item.choices}
        wanted = {str(place) for place in range(1, len(places) + 1)}
        is_whole = set(places.values()) == wanted
        return {"order": sorted(places, key=lambda one: int(places[one])) if is_whole else []}
    if item.kind is ItemKind.MATCHING:
        pairs = {number: form.get(f"pair-{number}", "") for number in item.prompts}
        return {"pairs": {number: one for number, one in pairs.items() if one}}
    if item.kind is ItemKind.FILL_IN:
        return {"blanks": {number: form.get(f"blank-{number}", "") for number in item.blanks}}
    return {"selected": form.getlist("selected")}
