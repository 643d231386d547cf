"""A draft as its author types it: texts in fields and rows, however unfinished.

An item body (the fields of `question_bank.items.Item` without id and version) is compiled from a
sheet and a sheet is opened from a body; going there and back changes nothing. Rows are what can be
added, removed and moved; choices are named by their place, so that moving one renames every
reference to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, str]

LETTERS = "abcdefgh"
TEXT_CHARS = 6000
"""Longest text of one field that is kept; the schema asks for less."""

ROW_FIELDS: dict[str, tuple[str, ...]] = {
    "choices": ("text", "is_key", "mistake", "place", "first", "last"),
    "prompts": ("text", "match"),
    "blanks": ("accept", "number", "tolerance", "unit", "decimals", "width"),
    "mistakes": ("result", "name", "first", "second", "prompt", "choice", "blank", "text"),
    "criteria": ("id", "text", "levels"),
    "tiles": ("title", "value", "note", "region", "wide"),
    "variables": ("name", "least", "most", "step", "one_of"),
    "derived": ("name", "formula"),
    "constraints": ("text",),
}
"""Kinds of rows and what each holds."""

MOST_ROWS = {"choices": 8, "prompts": 6, "blanks": 4, "mistakes": 12, "criteria": 6, "tiles": 12}
"""Most rows; 10 of the others."""

FIELDS = (
    "kind", "topic", "level", "cognitive", "pool", "skeleton", "situation", "computes", "law",
    "stem", "rationale", "handbook", "source", "enemies", "checks", "expected_at_cut", "case_id",
    "truth", "mistake", "value", "tolerance", "unit", "decimals",
    "title", "exhibit_text", "exhibit_caption", "exhibit_table", "chart_kind", "chart_title",
    "chart_unit", "chart_table",
    "picture_is", "picture_title", "picture_kind", "picture_unit", "picture_table", "model_answer",
    "least_chars", "most_chars",
    "scenario_ref", "speed", "minutes", "full_score",
    "parametric", "formula", "rounding", "sensible_least", "sensible_most", "apart_fraction",
)  # fmt: skip
"""Single texts of a sheet; which of them count depends on the kind."""

FIRST_ROWS = {
    "single_choice": {"choices": 4},
    "multiple_choice": {"choices": 5},
    "true_false": {},
    "numeric": {"mistakes": 1},
    "ordering": {"choices": 4, "mistakes": 1},
    "matching": {"prompts": 3, "choices": 4, "mistakes": 1},
    "fill_in": {"blanks": 1, "mistakes": 1},
    "hot_spot": {"choices": 3, "tiles": 3},
    "short_answer": {"criteria": 2},
    "room": {},
}
"""Empty rows that a new draft begins with."""

PARAMETRIC_ROWS = {"variables": 2, "derived": 1, "constraints": 1, "mistakes": 3}

REFERENCES = {
    "choices": (
        ("prompts", "match"),
        ("mistakes", "choice"),
        ("mistakes", "first"),
        ("mistakes", "second"),
        ("tiles", "region"),
    ),
    "prompts": (("mistakes", "prompt"),),
    "blanks": (("mistakes", "blank"),),
}
"""Where rows are named by their place: by letter for choices, by number for the others."""

_ROW_NAME = re.compile(r"([a-z]+)-(\d{1,2})-([a-z_]+)")
_ROW_PRESENCE = re.compile(r"([a-z]+)-(\d{1,2})")


@dataclass
class Sheet:
    """What is typed; a missing field is an empty one."""

    fields: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def kind(self) -> str:
        return self["kind"]

    @property
    def is_parametric(self) -> bool:
        return bool(self["parametric"]) and self.kind in ("single_choice", "numeric")

    def of(self, name: str) -> list[Row]:
        """Return the rows of a name that say something."""
        return [row for row in self.rows.get(name, []) if any(row.values())]

    def to_json(self) -> dict[str, Any]:
        """Return the sheet as it is stored."""
        return {"fields": self.fields, "rows": self.rows}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Sheet:
        return cls(dict(stored["fields"]), {k: list(v) for k, v in stored["rows"].items()})


def new_sheet(kind: str, *, topic: str, level: str, pool: str) -> Sheet:
    """Return an empty sheet of a kind, with its first rows."""
    sheet = Sheet({"kind": kind, "topic": topic, "level": level, "pool": pool})
    return with_first_rows(sheet)


def with_first_rows(sheet: Sheet) -> Sheet:
    """Return a sheet that has the rows its kind begins with, where it has none."""
    wanted = PARAMETRIC_ROWS if sheet.is_parametric else FIRST_ROWS.get(sheet.kind, {})
    rows = {name: [dict(row) for row in held] for name, held in sheet.rows.items()}
    for name, count in wanted.items():
        if not rows.get(name):
            rows[name] = [{} for _ in range(count)]
    return Sheet(dict(sheet.fields), rows)


def sheet_of_form(entries: Iterable[tuple[str, str]]) -> Sheet:
    """Read a sheet from the names and values of a form; unknown names are left out.

    Rows are named `choices-0-text`; gaps in their numbers close.
    """
    fields: dict[str, str] = {}
    numbered: dict[str, dict[int, Row]] = {}
    for name, value in entries:
        text = value.replace("\r\n", "\n").replace("\0", "")[:TEXT_CHARS]
        if name in FIELDS:
            fields[name] = text.strip("\n") if name.endswith("_table") else text.strip()
        elif found := _ROW_NAME.fullmatch(name):
            kind, number, part = found[1], int(found[2]), found[3]
            if part in ROW_FIELDS.get(kind, ()) and number < most_rows(kind):
                numbered.setdefault(kind, {}).setdefault(number, {})[part] = text.strip()
        elif found := _ROW_PRESENCE.fullmatch(name):  # the row is there, even if it is empty
            kind, number = found[1], int(found[2])
            if kind in ROW_FIELDS and number < most_rows(kind):
                numbered.setdefault(kind, {}).setdefault(number, {})
    rows = {
        kind: [{k: v for k, v in held[number].items() if v} for number in sorted(held)]
        for kind, held in numbered.items()
    }
    return Sheet({name: text for name, text in fields.items() if text}, rows)


def most_rows(name: str) -> int:
    """Return how many rows of a name a sheet may have."""
    return MOST_ROWS.get(name, 10)


def rearranged(sheet: Sheet, act: str) -> Sheet:
    """Return a sheet after `add:choices`, `drop:choices:1`, `up:choices:1` or `down:choices:1`.

    References follow: a match to the choice that moved from b to a is a match to a. What named a
    dropped row is emptied. An act that makes no sense changes nothing.
    """
    verb, _, rest = act.partition(":")
    name, _, number = rest.partition(":")
    if name not in ROW_FIELDS:
        return sheet
    rows = {key: [dict(row) for row in held] for key, held in sheet.rows.items()}
    held = rows.setdefault(name, [])
    if verb == "add":
        if len(held) < most_rows(name):
            held.append({})
        return Sheet(dict(sheet.fields), rows)
    if not number.isdecimal() or int(number) >= len(held):
        return sheet
    place = int(number)
    order = list(range(len(held)))
    if verb == "drop":
        order.remove(place)
    elif verb == "up" and place > 0:
        order[place - 1], order[place] = order[place], order[place - 1]
    elif verb == "down" and place + 1 < len(order):
        order[place], order[place + 1] = order[place + 1], order[place]
    rows[name] = [held[old] for old in order]
    _rename(rows, name, {_name(name, old): _name(name, new) for new, old in enumerate(order)})
    return Sheet(dict(sheet.fields), rows)


def _name(rows: str, place: int) -> str:
    return LETTERS[place] if rows == "choices" else str(place + 1)


def _rename(rows: dict[str, list[Row]], name: str, names: Mapping[str, str]) -> None:
    for other, part in REFERENCES.get(name, ()):
        for row in rows.get(other, []):
            if part in row:
                row[part] = names.get(row[part], "")
