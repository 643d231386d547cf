"""Columns of minute-by-minute exports: which heading means what, and rows into a recording.

Tools name the same figure differently (实时在线, 在线人数, 当前在线), so a mapping from fields to
headings is suggested and the uploader corrects it. Pure: rows of text in, a recording out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulations.recordings import MOST_FAULTS, Minute, Recording, RecordingError, RowFault, checked

MOST_VALUE = 10**9
NAME_MOST = 40
EVENT_MOST = 80
DAY_MIN = 24 * 60

_TEN_THOUSAND = {"万": 10_000.0, "w": 10_000.0, "W": 10_000.0, "千": 1_000.0}
_NUMBER = re.compile(r"^[¥￥]?\s*(\d[\d,]*(?:\.\d+)?)\s*([万千wW]?)\s*(?:元|人|人次|件)?$")
_CLOCK = re.compile(r"(?:^|[ T])(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$")
_NOTHING = frozenset({"", "-", "--", "—", "/"})


@dataclass(frozen=True, slots=True)
class Field:
    """One figure of a minute.

    Attributes:
        name: Its name in the code.
        required: Whether a file without it is refused.
        headings: How exports call it, without spaces, units and case; the first is ours.
    """

    name: str
    required: bool
    headings: tuple[str, ...]


FIELDS = (
    Field(
        "minute", True, ("时间", "分钟", "时刻", "统计时间", "直播时间", "时间点", "minute", "time")
    ),
    Field(
        "online",
        True,
        ("在线人数", "实时在线", "实时在线人数", "当前在线", "在线", "同时在线", "online"),
    ),
    Field(
        "fans",
        True,
        ("粉丝进房", "关注进房", "关注页", "关注页进入", "粉丝进入", "私域进房", "关注", "fans"),
    ),
    Field(
        "public",
        True,
        ("推荐进房", "公域进房", "推荐", "自然推荐", "推荐进入", "自然流量", "发现页", "public"),
    ),
    Field(
        "paid",
        False,
        ("付费进房", "投流进房", "付费流量", "广告进入", "付费", "磁力金牛", "paid"),
    ),
    Field(
        "gmv",
        True,
        ("成交金额", "gmv", "成交额", "支付金额", "销售额", "分钟成交", "成交"),
    ),
    Field(
        "product",
        True,
        ("讲解商品", "商品", "商品名称", "当前商品", "讲解中商品", "主推商品", "product"),
    ),
    Field("price", True, ("价格", "售价", "到手价", "商品价格", "讲解价", "price")),
    Field("spend", False, ("投流花费", "消耗", "花费", "广告消耗", "投放金额", "spend", "cost")),
    Field("event", False, ("事件", "备注", "动作", "运营动作", "event", "note")),
)
"""What a minute can hold, in the order in which the page lists it."""

BY_NAME: Mapping[str, Field] = {one.name: one for one in FIELDS}


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as text: its headings, and each further row with its number in the file."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def plain_heading(text: str) -> str:
    """Return a heading without what tools add to it: spaces, units in brackets, case."""
    return re.sub(r"[\s_]|[（(\[【].*", "", text).lower()


def suggested(headings: Sequence[str]) -> dict[str, str]:
    """Return which heading probably means which field; a field that none means is left out.

    A heading that is exactly one of a field's names wins over one that only contains it, and no
    heading is given to two fields.
    """
    plain = [plain_heading(one) for one in headings]
    found: dict[str, str] = {}
    taken: set[int] = set()
    for exact in (True, False):
        for field in FIELDS:
            if field.name in found:
                continue
            for name in field.headings:
                place = next(
                    (
                        i
                        for i, one in enumerate(plain)
                        if i not in taken
                        and (one == name if exact else len(name) > 2 and name in one)
                    ),
                    None,
                )
                if place is not None:
                    found[field.name] = headings[place]
                    taken.add(place)
                    break
    return found


def recording_of(table: Table, mapping: Mapping[str, str]) -> Recording:
    """Return the recording of a table.

    Args:
        table: The sheet.
        mapping: Field → heading; fields that are not required may be left out.

    Raises:
        RecordingError: With every fault, each with row and field: a column that is missing, a cell
            that is no number, a minute that is missing or comes twice, and what `checked` refuses.
    """
    places = _places(table, mapping)
    faults: list[RowFault] = []
    minutes: list[Minute] = []
    rows: list[int] = []
    clock: int | None = None
    product, price = "", 0
    for row, cells in table.rows:
        if all(cell in _NOTHING for cell in cells):
            continue

        def cell(name: str, cells: Sequence[str] = cells) -> str:
            place = places.get(name)
            return cells[place].strip() if place is not None and place < len(cells) else ""

        now = _minute(cell("minute"))
        if now is None:
            faults.append(RowFault("no_time", row, "minute", cell("minute")[:20]))
        elif clock is not None:
            step = (now - clock) % DAY_MIN if now < clock else now - clock
            if step != 1:
                code = "minute_twice" if step == 0 else "minute_missing"
                faults.append(RowFault(code, row, "minute", cell("minute")[:20]))
        clock = now if now is not None else (None if clock is None else clock + 1)
        numbers: dict[str, float] = {}
        for name in ("online", "fans", "public", "paid", "gmv", "price", "spend"):
            value = _number(cell(name))
            if value is None:
                faults.append(RowFault("no_number", row, name, cell(name)[:20]))
            numbers[name] = value or 0.0
        if len(faults) >= MOST_FAULTS:
            break
        # An export leaves out what has not changed.
        product = cell("product")[:NAME_MOST] or product
        price = round(numbers["price"] * 100) or price
        minutes.append(
            Minute(
                online=round(numbers["online"]),
                fans=round(numbers["fans"]),
                public=round(numbers["public"]),
                paid=round(numbers["paid"]),
                gmv_fen=round(numbers["gmv"] * 100),
                product=product,
                price_fen=price,
                spend_fen=round(numbers["spend"] * 100),
                event=cell("event")[:EVENT_MOST],
            )
        )
        rows.append(row)
    if faults:
        raise RecordingError(faults[:MOST_FAULTS])
    if minutes and not minutes[0].product:
        raise RecordingError([RowFault("no_product", rows[0], "product")])
    return checked(minutes, rows)


def _places(table: Table, mapping: Mapping[str, str]) -> dict[str, int]:
    faults = []
    places: dict[str, int] = {}
    for field in FIELDS:
        heading = mapping.get(field.name, "")
        if heading in table.headings and heading:
            places[field.name] = table.headings.index(heading)
        elif field.required:
            faults.append(RowFault("column_missing", 0, field.name, heading[:20]))
    doubled = len(set(places.values())) < len(places)
    if doubled:
        faults.append(RowFault("column_twice"))
    if faults:
        raise RecordingError(faults)
    return places


def _minute(text: str) -> int | None:
    """Return the minute of a cell: a clock time, or a number of minutes; None if it is neither."""
    found = _CLOCK.search(text)
    if found:
        hour, minute = int(found[1]), int(found[2])
        return hour * 60 + minute if hour < 24 and minute < 60 else None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _number(text: str) -> float | None:
    """Return what a cell says as a number, 0 for an empty one; None if it is no number."""
    if text in _NOTHING:
        return 0.0
    found = _NUMBER.match(text)
    if found is None:
        return None
    value = float(found[1].replace(",", "")) * _TEN_THOUSAND.get(found[2], 1.0)
    return value if value <= MOST_VALUE else None
