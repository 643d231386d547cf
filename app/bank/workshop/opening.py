"""A sheet from an item's fields: the way back from `bodies`, for new versions and for imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.bank.workshop.bodies import COMMON, FLAGS, is_number
from app.bank.workshop.sheets import LETTERS, Row, Sheet
from question_bank.interchange.entries import number_text

CORNER = "横轴"
"""First cell of a chart's table; what stands there is left out."""


def sheet_of_body(body: Mapping[str, Any]) -> Sheet:
    """Open a body, complete or not, as a sheet."""
    fields = {name: str(body[name]) for name in (*COMMON, "handbook", "case_id") if body.get(name)}
    fields.update({name: "1" for name in FLAGS if body.get(name) in (True, "true", "True")})
    fields["enemies"] = " ".join(body.get("enemies") or ())
    fields["checks"] = "\n".join(body.get("checks") or ())
    fields["expected_at_cut"] = _number(body.get("expected_at_cut"))
    sheet = Sheet(fields, {})
    open_exhibit(sheet, body.get("exhibit") or {})
    if body.get("parametric"):
        _open_parametric(sheet, body["parametric"])
    elif sheet.kind in OPENED:
        OPENED[sheet.kind](sheet, body)
    sheet.fields = {name: text for name, text in sheet.fields.items() if text}
    return sheet


def _number(value: Any) -> str:
    if value is None:
        return ""
    return number_text(value) if isinstance(value, float) else str(value)


def _rows(entries: Iterable[Mapping[str, Any]]) -> list[Row]:
    return [
        {name: "1" if value is True else str(value) for name, value in row.items() if value}
        for row in entries
    ]


def _open_selection(sheet: Sheet, body: Mapping[str, Any]) -> None:
    keys = body.get("key") if isinstance(body.get("key"), list) else []
    named = body.get("distractors") or {}
    sheet.rows["choices"] = _rows(
        {"text": text, "is_key": one in (keys or []), "mistake": named.get(one)}
        for one, text in (body.get("choices") or {}).items()
    )


def _open_true_false(sheet: Sheet, body: Mapping[str, Any]) -> None:
    if isinstance(body.get("key"), bool):
        sheet.fields["truth"] = "true" if body["key"] else "false"
    sheet.fields["mistake"] = next(iter((body.get("distractors") or {}).values()), "")


def _open_numeric(sheet: Sheet, body: Mapping[str, Any]) -> None:
    numeric = body.get("numeric") or {}
    for name in ("value", "tolerance", "decimals"):
        sheet.fields[name] = _number(numeric.get(name))
    sheet.fields["unit"] = numeric.get("unit", "")
    sheet.rows["mistakes"] = _rows(
        {"result": result, "name": name} for result, name in (body.get("mistakes") or {}).items()
    )


def _open_ordering(sheet: Sheet, body: Mapping[str, Any]) -> None:
    order = list(body.get("key") or ())
    sheet.rows["choices"] = _rows(
        {"text": text, "place": order.index(one) + 1 if one in order else ""}
        for one, text in (body.get("choices") or {}).items()
    )
    _open_mistakes(sheet, body, "first", "second")


def _open_mistakes(sheet: Sheet, body: Mapping[str, Any], one: str, other: str) -> None:
    sheet.rows["mistakes"] = _rows(
        {one: pair[:1], other: pair[1:], "name": name}
        for pair, name in (body.get("mistakes") or {}).items()
    )


def _open_matching(sheet: Sheet, body: Mapping[str, Any]) -> None:
    matches = body.get("matches") or {}
    sheet.rows["prompts"] = _rows(
        {"text": text, "match": matches.get(number)}
        for number, text in (body.get("prompts") or {}).items()
    )
    sheet.rows["choices"] = _rows({"text": text} for text in (body.get("choices") or {}).values())
    _open_mistakes(sheet, body, "prompt", "choice")


def _open_fill_in(sheet: Sheet, body: Mapping[str, Any]) -> None:
    rows = []
    for blank in (body.get("blanks") or {}).values():
        number = blank.get("number") or {}
        rows.append(
            {
                "accept": "；".join(blank.get("accept") or ()),
                "number": _number(number.get("value")),
                "tolerance": _number(number.get("tolerance")),
                "unit": number.get("unit"),
                "decimals": _number(number.get("decimals")),
                "width": blank.get("width"),
            }
        )
    sheet.rows["blanks"] = _rows(rows)
    sheet.rows["mistakes"] = _rows(
        {"blank": key.partition("=")[0], "text": key.partition("=")[2], "name": name}
        for key, name in (body.get("mistakes") or {}).items()
    )


def _open_hot_spot(sheet: Sheet, body: Mapping[str, Any]) -> None:
    _open_selection(sheet, body)
    picture = body.get("picture") or {}
    if picture.get("chart"):
        sheet.fields["picture_is"] = "chart"
        _open_chart(sheet, picture["chart"], "picture_")
        for letter, row in zip(LETTERS, sheet.rows["choices"], strict=False):
            if letter in (picture.get("spans") or {}):
                first, last = picture["spans"][letter]
                row["first"], row["last"] = str(first + 1), str(last + 1)
        return
    sheet.fields["picture_is"] = "console"
    sheet.fields["picture_title"] = picture.get("title", "")
    sheet.rows["tiles"] = _rows(picture.get("tiles") or ())


def _open_short_answer(sheet: Sheet, body: Mapping[str, Any]) -> None:
    rubric = body.get("rubric") or {}
    for name in ("model_answer", "least_chars", "most_chars"):
        sheet.fields[name] = _number(rubric.get(name))
    sheet.rows["criteria"] = _rows(
        {
            "id": one.get("id"),
            "text": one.get("text"),
            "levels": "\n".join(f"{level['points']}={level['text']}" for level in one["levels"]),
        }
        for one in rubric.get("criteria") or ()
    )


def _open_room(sheet: Sheet, body: Mapping[str, Any]) -> None:
    for name, value in (body.get("room") or {}).items():
        sheet.fields[name] = _number(value)


OPENED = {
    "single_choice": _open_selection,
    "multiple_choice": _open_selection,
    "true_false": _open_true_false,
    "numeric": _open_numeric,
    "ordering": _open_ordering,
    "matching": _open_matching,
    "fill_in": _open_fill_in,
    "hot_spot": _open_hot_spot,
    "short_answer": _open_short_answer,
    "room": _open_room,
}


def _open_parametric(sheet: Sheet, given: Mapping[str, Any]) -> None:
    sheet.fields["parametric"] = "1"
    sheet.fields["formula"] = str(given.get("key") or "")
    for name in ("unit", "decimals", "rounding", "tolerance", "apart_fraction"):
        sheet.fields[name] = _number(given.get(name))
    sensible = list(given.get("sensible") or ("", ""))
    sheet.fields["sensible_least"], sheet.fields["sensible_most"] = map(_number, sensible)
    sheet.rows["variables"] = [
        {
            "name": name,
            **{
                part: _number(drawn[part])
                for part in ("least", "most", "step")
                if drawn.get(part) is not None
            },
            "one_of": " / ".join(_number(one) for one in drawn.get("one_of") or ()),
        }
        for name, drawn in (given.get("variables") or {}).items()
    ]
    sheet.rows["derived"] = _rows(
        {"name": name, "formula": formula} for name, formula in (given.get("derived") or {}).items()
    )
    sheet.rows["constraints"] = _rows({"text": text} for text in given.get("constraints") or ())
    sheet.rows["mistakes"] = _rows(given.get("mistakes") or ())


def open_exhibit(sheet: Sheet, exhibit: Mapping[str, Any]) -> None:
    """Put material into a sheet's fields."""
    sheet.fields["exhibit_text"] = exhibit.get("text") or ""
    if table := exhibit.get("table"):
        sheet.fields["exhibit_caption"] = table.get("caption", "")
        lines = [table["columns"], *table["rows"]]
        sheet.fields["exhibit_table"] = "\n".join("\t".join(map(_shown, line)) for line in lines)
    if chart := exhibit.get("chart"):
        _open_chart(sheet, chart, "chart_")


def _open_chart(sheet: Sheet, chart: Mapping[str, Any], prefix: str) -> None:
    for name in ("kind", "title", "unit"):
        sheet.fields[prefix + name] = chart.get(name, "")
    lines = [[CORNER, *(one["name"] for one in chart["series"])]]
    for place, label in enumerate(chart["x"]):
        values = [one["values"][place] for one in chart["series"]]
        lines.append([label, *("—" if value is None else _number(value) for value in values)])
    sheet.fields[prefix + "table"] = "\n".join("\t".join(line) for line in lines)


def _shown(cell: Any) -> str:
    """Write a cell; a text that looks like a number gets the mark that spreadsheets use."""
    if isinstance(cell, str):
        return f"'{cell}" if is_number(cell) or cell.startswith("'") else cell
    return _number(cell)
