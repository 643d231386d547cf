"""What the editor shows of a scenario: each place with its value, range, unit and slider."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.studio.drafts.bodies import MOST_ROWS, Body, value_at, written_number
from app.studio.drafts.field_words import OPTION
from app.studio.drafts.labels import SECTIONS, field_words, range_words, unit_of
from app.studio.drafts.shapes import Shape, shape_at

FEN = 100
"""Money is stored in fen and written in yuan."""

SPAN = 4.0
"""A slider goes from a quarter of the first value to four times it, where the range allows."""

LONG_CHARS = 60
"""Texts that may be longer stand in an area of several lines."""

NO_SLIDER = ("normals", "phases", "planning.house", "audience.fans_curve", "audience.public_curve")
"""Places where a number is a mark on an axis or a range: there is nothing to feel."""


@dataclass(frozen=True)
class Slider:
    """Ends and step of a slider, in the unit that is shown."""

    least: float
    most: float
    step: float


@dataclass(frozen=True)
class Field:
    """A place of the body as a page shows it.

    Attributes:
        path: Of the place.
        label: In words.
        kind: `line`, `area`, `number`, `flag`, `pick`, `words`, `part`, `rows` or `absent`.
        value: As it is shown, in the unit below.
        was: The first value, if it is another now.
        unit: In words.
        range: What is allowed, in words.
        slider: Where feeling helps.
        options: Codes and words of a `pick`.
        fields: Inside a part, or of one entry.
        entries: Of `rows`.
        can_add: Whether an entry, or the absent part, can be put in.
        can_drop: Whether the place can be taken out.
    """

    path: str
    label: str
    kind: str
    value: Any = ""
    was: str = ""
    unit: str = ""
    range: str = ""
    slider: Slider | None = None
    options: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    entries: tuple[Field, ...] = ()
    can_add: bool = False
    can_drop: bool = False


def is_money(path: str) -> bool:
    """Say whether a place holds fen, which people write in yuan."""
    steps = path.split(".")[-2:]
    return any(step.endswith(("_fen", "_fen_per_min")) for step in steps)


def stored(path: str, shown: Any) -> Any:
    """Return what is stored for what was typed; text that is no number passes as it is."""
    if not is_money(path) or shown in ("", None):
        return shown
    try:
        yuan = float(written_number(shown))
    except (TypeError, ValueError):
        return shown
    return round(yuan * FEN) if math.isfinite(yuan) else shown


def section_fields(body: Body, first: Body, section: str) -> list[Field]:
    """Return the fields of a tab of the editor.

    Args:
        body: The draft as it stands.
        first: As it began, for what was changed.
        section: Code of `labels.SECTIONS`.
    """
    for code, _words, names in SECTIONS:
        if code == section:
            return [_field(name, shape_at(name), body, first) for name in names]
    raise KeyError(section)


def _field(path: str, shape: Shape, body: Body, first: Body) -> Field:
    value = value_at(body, path)
    label = field_words(path)
    if shape.kind == "part":
        if value is None:
            return Field(path, label, "absent", can_add=True)
        inner = tuple(_field(f"{path}.{one.name}", one, body, first) for one in shape.parts)
        return Field(path, label, "part", fields=inner, can_drop=shape.is_optional)
    if shape.kind == "rows":
        return _rows(path, label, shape, body, first)
    if shape.kind in ("whole", "number"):
        return _number(path, label, shape, value, value_at(first, path))
    was = value_at(first, path)
    changed = "" if was == value or was is None else _text(was)
    if shape.kind == "pick":
        options = tuple((str(one), str(OPTION.get(str(one), one))) for one in shape.options)
        if shape.is_optional and shape.default is None:
            options = (("", "—"), *options)
        was_words = str(OPTION.get(changed, changed))
        return Field(path, label, "pick", value=_text(value), was=was_words, options=options)
    if shape.kind == "flag":
        return Field(path, label, "flag", value=bool(value))
    if shape.kind in ("words", "numbers"):
        return Field(path, label, "words", value=_text(value), range=range_words(vars(shape)))
    is_long = (shape.most or 0) > LONG_CHARS
    bounds = range_words(vars(shape)) if is_long else ""
    return Field(path, label, "area" if is_long else "line", value=_text(value), range=bounds)


def _rows(path: str, label: str, shape: Shape, body: Body, first: Body) -> Field:
    values = value_at(body, path) or []
    can_drop = len(values) > (shape.least or 0)
    entries = []
    for place, one in enumerate(values):
        name = str(one.get("name") or one.get("title") or one.get("text") or "")
        inner = tuple(
            _field(f"{path}.{place}.{part.name}", part, body, first) for part in shape.parts
        )
        words = f"{label} {place + 1}" + (f" · {name}" if name else "")
        entries.append(Field(f"{path}.{place}", words, "part", fields=inner, can_drop=can_drop))
    can_add = len(values) < (shape.most or MOST_ROWS)
    return Field(path, label, "rows", entries=tuple(entries), can_add=can_add)


def _number(path: str, label: str, shape: Shape, value: Any, was: Any) -> Field:
    scale = FEN if is_money(path) else 1
    bounds = {
        name: None if bound is None else bound / scale
        for name, bound in (("least", shape.least), ("most", shape.most), ("above", shape.above))
    }
    return Field(
        path,
        label,
        "number",
        value=shown_number(value, scale),
        was="" if was in (None, value) else shown_number(was, scale),
        unit=unit_of(path.rpartition(".")[2]),
        range=range_words(bounds),
        slider=None if path.startswith(NO_SLIDER) else _slider(shape, value, was, scale),
    )


def shown_number(value: Any, scale: int = 1) -> str:
    """Return a number without needless digits; nothing for None."""
    return "" if value is None else f"{value / scale:.10g}"


def _slider(shape: Shape, value: Any, was: Any, scale: int) -> Slider | None:
    base = was if isinstance(was, int | float) else value
    if not isinstance(base, int | float) or not isinstance(value, int | float):
        return None
    least = shape.least if shape.least is not None else shape.above or 0.0
    most = shape.most if shape.most is not None else max(base * SPAN, 1.0)
    if most - least > 2.0 and base > 0:
        least = max(least, min(base / SPAN, value))
        most = min(most, max(base * SPAN, value, least + 1))
    step = 10.0 ** math.floor(math.log10(max(most - least, 1e-9)) - 2.0)
    if shape.kind == "whole":
        step = max(1.0, step)
    if shape.above is not None:
        least = max(least, shape.above + step)
    return Slider(least / scale, most / scale, step / scale)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(shown_number(one) if isinstance(one, float) else str(one) for one in value)
    return "" if value is None else str(value)


def leaves(fields: list[Field]) -> Iterator[Field]:
    """Yield every place of a form that holds a value."""
    for one in fields:
        if one.kind in ("part", "rows"):
            yield from leaves([*one.fields, *one.entries])
        elif one.kind != "absent":
            yield one
