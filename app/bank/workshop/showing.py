"""What the workshop's pages are given of an item: as candidates see it, or with its key."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from pydantic import ValidationError

from app.bank import presenting
from app.bank.candidate import shown_item
from app.bank.pictures import picture_svg
from app.bank.workshop.bodies import Body
from app.bank.workshop.rule_words import FIELD
from question_bank.errors import BankError
from question_bank.exhibits import Exhibit
from question_bank.items import Item


def previewed(item: Item) -> dict[str, Any] | None:
    """Return an item for the exam page's own view; None if no figures can be drawn for it."""
    try:
        shown = presenting.example_of(item)
    except BankError:
        return None
    exhibit = None if shown.exhibit is None else presenting.shown_exhibit("", shown.exhibit)
    return {"item": {**shown_item(shown, []), "position": 1}, "exhibit": exhibit}


UNSEEN = {
    "rationale": "—" * 40,
    "source": "——",
    "skeleton": "————",
    "cognitive": "apply",
    "topic": "traffic",
    "level": "junior",
    "pool": "practice",
}
"""Stand-ins for what candidates do not see, so that an unfinished item can be looked at."""


def previewed_body(body: Body, item_id: str) -> dict[str, Any] | None:
    """Return an unfinished item for the exam page's own view; None while it has no shape."""
    kept = {name: value for name, value in body.items() if name not in ("mistakes", "checks")}
    try:
        item = Item.model_validate({**kept, **UNSEEN, "id": item_id, "version": 1})
    except ValidationError:
        return None
    return previewed(item)


def material(body: Body) -> dict[str, Any] | None:
    """Return a case group's title and exhibit for a page; None while they have no shape."""
    try:
        exhibit = Exhibit.model_validate(body.get("exhibit"))
    except ValidationError:
        return None
    return presenting.shown_exhibit(body.get("title", ""), exhibit)


def previewed_material(body: Body) -> dict[str, Any] | None:
    """Return a case group's material for the exam page's own view; None while it has no shape."""
    shown = material(body)
    return None if shown is None else {"item": None, "exhibit": shown}


def keyed(item: Item) -> dict[str, Any]:
    """Return an item with its key, for `bank/_item.html`.

    Args:
        item: With its figures filled in.
    """
    return {
        "item": item,
        "stem": presenting.stem_with(item, {}) if item.blanks else presenting.rich_text(item.stem),
        "rationale": presenting.rich_text(item.rationale),
        "choices": presenting.keyed_choices(item),
        "parts": presenting.keyed_parts(item),
        "mistakes": [
            (presenting.named_mistake(item, wrong), mistake)
            for wrong, mistake in item.mistakes.items()
        ],
        "picture": picture_svg(item, dict.fromkeys(item.key_ids, "key")),
        "key": presenting.key_text(item),
        "exhibit": presenting.shown_exhibit("", item.exhibit) if item.exhibit else None,
    }


def blind(item: Item) -> dict[str, Any]:
    """Return an item as a reader solves it: nothing of the key."""
    shown = shown_item(item, [])
    exhibit = None if item.exhibit is None else presenting.shown_exhibit("", item.exhibit)
    return {**shown, "exhibit": exhibit}


def part_words(path: str) -> str:
    """Return the name of a part of an item: `choices.b` is 选项 B."""
    if path == "key":
        return str(gettext("正确答案"))
    out = []
    for part in path.split("."):
        if part in FIELD:
            out.append(str(FIELD[part]))
        elif len(part) == 1:
            out.append(part.upper())
        else:
            out.append(part)
    return " ".join(out)


def answer_words(item: Item, value: dict[str, Any]) -> str:
    """Return a reader's answer in words."""
    content = next(iter(value.values()), "")
    if isinstance(content, dict):
        return "；".join(f"{part}：{text}" for part, text in content.items())
    if isinstance(content, list):
        named = [presenting.choice_text(item, one) for one in content]
        return " → ".join(named) if "order" in value else "；".join(named)
    return str(content)
