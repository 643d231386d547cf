"""What differs between two bodies of a scenario, as a reader wants to see it.

Entries of a list are compared by their id or code: one that was added or taken out is one row, and
those that stayed tell only what changed inside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext

from app.studio.drafts import fields
from app.studio.drafts.bodies import Body
from app.studio.drafts.field_words import OPTION
from app.studio.drafts.labels import place_words
from app.studio.drafts.shapes import shape_at

SHOWN_CHANGES = 200

NOTHING = "—"

Row = tuple[str, str, str]
"""Place, what stood there, what stands there now; all in words."""


def shown_differences(old: Body, new: Body) -> tuple[list[Row], int]:
    """Return the rows of what differs, and how many more there are than can be shown."""
    rows = list(_rows(old, new))
    return rows[:SHOWN_CHANGES], max(0, len(rows) - SHOWN_CHANGES)


def _rows(old: Any, new: Any, path: str = "") -> Iterator[Row]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*new, *(name for name in old if name not in new)]:
            yield from _rows(old.get(name), new.get(name), f"{path}.{name}".strip("."))
    elif _is_entries(old) and _is_entries(new):
        yield from _entries(path, old, new)
    elif old != new:
        yield place_words(path), _shown(path, old), _shown(path, new)


def _is_entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _entries(path: str, old: list[Body], new: list[Body]) -> Iterator[Row]:
    """Yield the rows of two lists, those of entries that were taken out last."""
    known = {_key(one, place): one for place, one in enumerate(old)}
    kept = {_key(one, place) for place, one in enumerate(new)}
    for place, one in enumerate(new):
        was = known.get(_key(one, place))
        if was is None:
            yield _named(path, place, one), NOTHING, _shown(f"{path}.{place}", one)
        else:
            yield from _rows(was, one, f"{path}.{place}")
    for place, one in enumerate(old):
        if _key(one, place) not in kept:
            yield _named(path, place, one), _shown(f"{path}.{place}", one), NOTHING


def _key(entry: Body, place: int) -> Any:
    """Return what an entry is known by: its id, its code, or its position."""
    return entry.get("id") or entry.get("code") or place


def _named(path: str, place: int, entry: Body) -> str:
    name = entry.get("name") or entry.get("title") or entry.get("text")
    words = place_words(f"{path}.{place}")
    return f"{words} · {name}" if name else words


def _shown(path: str, value: Any) -> str:
    if value is None or value == []:
        return NOTHING
    if isinstance(value, bool):
        return str(gettext("是") if value else gettext("否"))
    if isinstance(value, int | float):
        return fields.shown_number(value, fields.FEN if fields.is_money(path) else 1)
    if isinstance(value, list | dict):
        return "\n".join(_lines(path, value, path))
    return _option_words(path, str(value))


def _option_words(path: str, text: str) -> str:
    """Return a text; the words of a code where one of a few is picked."""
    try:
        is_pick = shape_at(path).kind == "pick"
    except KeyError:
        is_pick = False
    return str(OPTION.get(text, text)) if is_pick else text


def _lines(path: str, value: Any, top: str) -> Iterator[str]:
    """Yield a line for each value of an entry or part, as `标价：12.9`; what is empty has none."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _lines(f"{path}.{name}".strip("."), one, top)
    elif _is_entries(value):
        for place, one in enumerate(value):
            yield from _lines(f"{path}.{place}", one, top)
    elif isinstance(value, list):
        yield from (_labelled(path, str(one), top) for one in value)
    elif value not in (None, ""):
        yield _labelled(path, _shown(path, value), top)


def _labelled(path: str, words: str, top: str) -> str:
    if path == top:
        return words
    place = place_words(path).removeprefix(place_words(top)).removeprefix(" › ")
    return str(gettext("%(place)s：%(value)s", place=place, value=words))
