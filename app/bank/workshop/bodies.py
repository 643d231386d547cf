"""From a sheet to an item's fields and back, kind by kind; wrong numbers stay what was typed.

Compiling never fails: what cannot be read is handed on as text, and the schema says where it is
wrong. Opening the sheet of a published version and compiling it gives the same version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.bank.workshop.sheets import LETTERS, Row, Sheet, rearranged

Body = dict[str, Any]
"""Fields of an item without `id` and `version`, not yet checked."""

COMMON = ("kind", "topic", "level", "cognitive", "pool", "skeleton", "stem", "rationale", "source")
FLAGS = ("situation", "computes", "law")

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def is_number(cell: str) -> bool:
    """Say whether a cell of a table is meant as a number."""
    return _NUMBER.fullmatch(cell) is not None


def compiled(sheet: Sheet) -> Body:
    """Return the item's fields as far as they are typed."""
    sheet = _closed(sheet)
    body: Body = {name: sheet[name] for name in COMMON if sheet[name]}
    body.update({name: sheet[name] == "1" for name in FLAGS})
    for name in ("handbook", "expected_at_cut", "case_id"):
        if sheet[name]:
            body[name] = sheet[name]
    if enemies := re.split(r"[\s,，、]+", sheet["enemies"].strip()):
        body["enemies"] = [one for one in enemies if one]
    body["checks"] = _lines(sheet["checks"])
    if exhibit := exhibit_of(sheet):
        body["exhibit"] = exhibit
    if sheet.is_parametric:
        body["parametric"] = _parametric(sheet)
    else:
        body.update(PARTS[sheet.kind](sheet) if sheet.kind in PARTS else {})
    return {name: value for name, value in body.items() if value not in ([], {}, "")}


def _closed(sheet: Sheet) -> Sheet:
    """Drop the rows that say nothing; references to the others follow."""
    for name in list(sheet.rows):
        for place in reversed(range(len(sheet.rows[name]))):
            if not any(sheet.rows[name][place].values()):
                sheet = rearranged(sheet, f"drop:{name}:{place}")
    return sheet


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _known(row: Mapping[str, str], *names: str) -> Body:
    return {name: row[name] for name in names if row.get(name)}


def _choices(sheet: Sheet) -> dict[str, str]:
    return {LETTERS[place]: row.get("text", "") for place, row in enumerate(sheet.of("choices"))}


def _selection(sheet: Sheet) -> Body:
    rows = dict(zip(LETTERS, sheet.of("choices"), strict=False))
    return {
        "choices": _choices(sheet),
        "key": [one for one, row in rows.items() if row.get("is_key")],
        "distractors": {
            one: row["mistake"]
            for one, row in rows.items()
            if row.get("mistake") and not row.get("is_key")
        },
    }


def _true_false(sheet: Sheet) -> Body:
    if sheet["truth"] not in ("true", "false"):
        return {}
    wrong = "false" if sheet["truth"] == "true" else "true"
    named = {wrong: sheet["mistake"]} if sheet["mistake"] else {}
    return {"key": sheet["truth"] == "true", "distractors": named}


def _numeric(sheet: Sheet) -> Body:
    numeric = {
        "value": sheet["value"],
        "tolerance": sheet["tolerance"] or "0",
        "unit": sheet["unit"],
        "decimals": sheet["decimals"] or "0",
    }
    return {
        **({"numeric": numeric} if sheet["value"] else {}),
        "mistakes": {row.get("result", ""): row.get("name", "") for row in sheet.of("mistakes")},
    }


def _ordering(sheet: Sheet) -> Body:
    places = {
        one: row.get("place", "") for one, row in zip(LETTERS, sheet.of("choices"), strict=False)
    }
    right = sorted((int(text), one) for one, text in places.items() if text.isdecimal())
    is_whole = [place for place, _ in right] == list(range(1, len(places) + 1))
    return {
        "choices": _choices(sheet),
        "key": [one for _, one in right] if is_whole else [],
        "mistakes": _named(sheet, "first", "second"),
    }


def _named(sheet: Sheet, one: str, other: str) -> dict[str, str]:
    return {
        row.get(one, "") + row.get(other, ""): row.get("name", "") for row in sheet.of("mistakes")
    }


def _matching(sheet: Sheet) -> Body:
    prompts = list(enumerate(sheet.of("prompts"), 1))
    return {
        "choices": _choices(sheet),
        "prompts": {str(number): row.get("text", "") for number, row in prompts},
        "matches": {str(number): row["match"] for number, row in prompts if row.get("match")},
        "mistakes": _named(sheet, "prompt", "choice"),
    }


def _fill_in(sheet: Sheet) -> Body:
    return {
        "blanks": {str(place): _blank(row) for place, row in enumerate(sheet.of("blanks"), 1)},
        "mistakes": {
            f"{row.get('blank', '')}={row.get('text', '')}": row.get("name", "")
            for row in sheet.of("mistakes")
        },
    }


def _blank(row: Row) -> Body:
    out: Body = _known(row, "width")
    if row.get("number"):
        out["number"] = {
            "value": row["number"],
            "tolerance": row.get("tolerance") or "0",
            "unit": row.get("unit", ""),
            "decimals": row.get("decimals") or "0",
        }
    if accept := [one.strip() for one in re.split(r"[\n;；]", row.get("accept", ""))]:
        out["accept"] = [one for one in accept if one]
    return out


def _hot_spot(sheet: Sheet) -> Body:
    out = _selection(sheet)
    if sheet["picture_is"] == "chart":
        chart = _chart(sheet, "picture_")
        spans = {}
        for letter, row in zip(LETTERS, sheet.of("choices"), strict=False):
            first, last = row.get("first", ""), row.get("last", "") or row.get("first", "")
            if first.isdecimal() and last.isdecimal():
                spans[letter] = [int(first) - 1, int(last) - 1]
        out["picture"] = {"chart": chart, "spans": spans}
    else:
        tiles = [
            {**_known(row, "title", "value", "note", "region"), "wide": row.get("wide") == "1"}
            for row in sheet.of("tiles")
        ]
        out["picture"] = {"title": sheet["picture_title"], "tiles": tiles}
    return out


def _short_answer(sheet: Sheet) -> Body:
    criteria = [
        {
            "id": row.get("id") or f"c{place}",
            "text": row.get("text", ""),
            "levels": [_level(line) for line in _lines(row.get("levels", ""))],
        }
        for place, row in enumerate(sheet.of("criteria"), 1)
    ]
    if not criteria and not sheet["model_answer"]:
        return {}
    return {
        "rubric": {
            "criteria": criteria,
            "model_answer": sheet["model_answer"],
            **_known(sheet.fields, "least_chars", "most_chars"),
        }
    }


def _level(line: str) -> Body:
    points, sign, text = line.partition("=")
    if not sign:
        points, _, text = line.partition("＝")
    return {"points": points.strip(), "text": text.strip()}


def _room(sheet: Sheet) -> Body:
    task = _known(sheet.fields, "scenario_ref", "speed", "minutes", "full_score")
    return {"room": task} if task else {}


PARTS = {
    "single_choice": _selection,
    "multiple_choice": _selection,
    "true_false": _true_false,
    "numeric": _numeric,
    "ordering": _ordering,
    "matching": _matching,
    "fill_in": _fill_in,
    "hot_spot": _hot_spot,
    "short_answer": _short_answer,
    "room": _room,
}
"""What each kind has of its own."""


def _parametric(sheet: Sheet) -> Body:
    variables = {}
    for row in sheet.of("variables"):
        one_of = [one for one in re.split(r"[\s,，、/]+", row.get("one_of", "")) if one]
        drawn = {"one_of": one_of} if one_of else _known(row, "least", "most", "step")
        variables[row.get("name", "")] = drawn
    return {
        "variables": variables,
        "derived": {row.get("name", ""): row.get("formula", "") for row in sheet.of("derived")},
        "constraints": [row["text"] for row in sheet.of("constraints")],
        "key": sheet["formula"],
        "mistakes": [
            {"result": row.get("result", ""), "name": row.get("name", "")}
            for row in sheet.of("mistakes")
        ],
        "unit": sheet["unit"],
        "decimals": sheet["decimals"] or "0",
        **_known(sheet.fields, "rounding", "tolerance", "apart_fraction"),
        "sensible": [sheet["sensible_least"], sheet["sensible_most"]],
    }


def exhibit_of(sheet: Sheet) -> Body:
    """Return the material as far as it is typed; empty if there is none."""
    out: Body = {}
    if sheet["exhibit_text"]:
        out["text"] = sheet["exhibit_text"]
    lines = _cells(sheet["exhibit_table"])
    if lines:
        out["table"] = {
            "caption": sheet["exhibit_caption"],
            "columns": [_text(cell) for cell in lines[0]],
            "rows": [[_cell(cell) for cell in line] for line in lines[1:]],
        }
    if sheet["chart_table"]:
        out["chart"] = _chart(sheet, "chart_")
    return out


def _chart(sheet: Sheet, prefix: str) -> Body:
    """Read a chart from a table: labels in the first column, one series in each other one."""
    lines = _cells(sheet[f"{prefix}table"])
    head, rest = (lines[0], lines[1:]) if lines else ([], [])
    series = [
        {
            "name": _text(name),
            "values": [_value(line[place]) if place < len(line) else None for line in rest],
        }
        for place, name in enumerate(head[1:], 1)
    ]
    return {
        "kind": sheet[f"{prefix}kind"] or "line",
        "title": sheet[f"{prefix}title"],
        "unit": sheet[f"{prefix}unit"],
        "x": [_text(line[0]) for line in rest],
        "series": series,
    }


def _cells(text: str) -> list[list[str]]:
    """Read a pasted table: cells by tab, or by comma where there is no tab."""
    mark = "\t" if "\t" in text else r"[,，]"
    return [
        [cell.strip() for cell in re.split(mark, line)] for line in text.split("\n") if line.strip()
    ]


def _text(cell: str) -> str:
    return cell.removeprefix("'")


def _cell(cell: str) -> str | int | float:
    if is_number(cell):
        return float(cell) if "." in cell else int(cell)
    return _text(cell)


def _value(cell: str) -> Any:
    return None if cell in ("", "-", "—") else cell
