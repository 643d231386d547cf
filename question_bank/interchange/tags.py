"""Facts about an item as plain tags `name:value`, which most formats can carry."""

from __future__ import annotations

from collections.abc import Iterable

from question_bank.interchange.entries import Fields, number_text
from question_bank.items import Item, ItemKind

TEXTS = (
    "topic",
    "level",
    "cognitive",
    "pool",
    "skeleton",
    "handbook",
    "source",
    "case_id",
)
FLAGS = ("situation", "computes", "law")
LISTS = ("enemies", "checks")
BLANKS = "blank_tags"
"""Where tags about blanks wait until the blanks themselves are read."""


def tags_of(item: Item) -> list[str]:
    """Return what stands beside stem and key, in a fixed order; defaults are left out."""
    out = [f"kind:{item.kind.value}"]
    for name in TEXTS:
        if value := getattr(item, name):
            out.append(f"{name}:{value}")
    out += [f"{name}:{'true' if getattr(item, name) else 'false'}" for name in FLAGS]
    for name in LISTS:
        out += [f"{name}:{value}" for value in getattr(item, name)]
    if item.expected_at_cut is not None:
        out.append(f"expected_at_cut:{number_text(item.expected_at_cut)}")
    if item.kind in {ItemKind.ORDERING, ItemKind.MATCHING}:
        out += [f"mistake:{pair}={mistake}" for pair, mistake in item.mistakes.items()]
    for part, blank in item.blanks.items():
        number = blank.number
        rest = f",{number.decimals},{number.unit}" if number is not None else ""
        out.append(f"blank:{part}={blank.width}{rest}")
    if item.numeric is not None:
        out += [f"unit:{item.numeric.unit}"] if item.numeric.unit else []
        out.append(f"decimals:{item.numeric.decimals}")
    return out


def take_tags(tags: Iterable[str], fields: Fields) -> list[str]:
    """Put tags into the fields of an item.

    Returns:
        The tags that are none of ours.
    """
    unknown = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        if not colon:
            unknown.append(tag)
        elif name in TEXTS or name == "kind":
            fields[name] = value
        elif name in FLAGS and value in {"true", "false"}:
            fields[name] = value == "true"
        elif name in LISTS:
            fields.setdefault(name, []).append(value)
        elif name == "mistake":
            pair, _, mistake = value.partition("=")
            fields.setdefault("mistakes", {})[pair] = mistake
        elif name == "blank":
            fields.setdefault(BLANKS, {}).update(_blank(value))
        elif name == "expected_at_cut":
            fields[name] = _number(value)
        elif name == "unit":
            fields.setdefault("numeric", {})["unit"] = value
        elif name == "decimals":
            fields.setdefault("numeric", {})["decimals"] = _number(value)
        else:
            unknown.append(tag)
    return unknown


def _blank(text: str) -> Fields:
    part, _, rest = text.partition("=")
    width, *number = rest.split(",", 2)
    about: Fields = {"width": _number(width)}
    if len(number) == 2:
        about["number"] = {"decimals": _number(number[0]), "unit": number[1]}
    return {part: about}


def complete_blanks(fields: Fields) -> None:
    """Give blanks what their tags said about them; call when the blanks are read."""
    for part, about in fields.pop(BLANKS, {}).items():
        blank = fields.get("blanks", {}).get(part)
        if blank is not None:
            number = about.pop("number", None)
            blank.update(about)
            if number is not None and "number" in blank:
                blank["number"].update(number)


def _number(text: str) -> float | int | str:
    """Return a number, or the text itself, which the item's schema then refuses by its field."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def ref_fields(text: str) -> Fields:
    """Return id and version of `id@version`; version 1 where only an id stands."""
    item_id, _, version = text.strip().partition("@")
    return {"id": item_id, "version": int(version) if version.isdecimal() else 1}
