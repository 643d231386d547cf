"""Columns of exports: which heading means what, and what is refused, with its row."""

import pytest

from simulations.recordings import RecordingError
from simulations.session_exports import FIELDS, Table, recording_of, suggested

OURS = (
    "时间",
    "在线人数",
    "粉丝进房",
    "推荐进房",
    "付费进房",
    "成交金额",
    "讲解商品",
    "价格",
    "投流花费",
    "事件",
)
MAPPING = dict(zip([one.name for one in FIELDS], OURS, strict=True))


def rows_of(count=40, **changes):
    """Return plausible rows, numbered from 2; `changes` maps a row to cells by heading."""
    rows = []
    for at in range(count):
        cells = [f"20:{at:02}" if at < 60 else f"21:{at - 60:02}", "120", "5", "40", "3", "158"]
        cells += ["高腰牛仔裤" if at < 20 else "针织开衫", "79" if at < 20 else "69", "4.5", ""]
        for heading, value in changes.get(f"row{at + 2}", {}).items():
            cells[OURS.index(heading)] = value
        rows.append((at + 2, tuple(cells)))
    return tuple(rows)


def read(**changes):
    return recording_of(Table(OURS, rows_of(**changes)), MAPPING)


def faults(**changes):
    with pytest.raises(RecordingError) as caught:
        read(**changes)
    return [(one.code, one.row, one.field) for one in caught.value.faults]


class TestReading:
    def test_minutes_money_and_products(self):
        recording = read()

        assert len(recording.minutes) == 40
        assert recording.minutes[0].gmv_fen == 15800
        assert recording.products == ["高腰牛仔裤", "针织开衫"]

    def test_numbers_as_people_write_them(self):
        recording = read(
            row3={"成交金额": "¥1,234.5", "付费进房": "-"}, row4={"成交金额": "1.2万元"}
        )

        assert recording.minutes[1].gmv_fen == 123_450
        assert recording.minutes[1].paid == 0
        assert recording.minutes[2].gmv_fen == 1_200_000

    def test_what_has_not_changed_may_be_left_out(self):
        recording = read(row5={"讲解商品": "", "价格": ""})

        assert recording.minutes[3].product == "高腰牛仔裤"
        assert recording.minutes[3].price_fen == 7900

    def test_midnight_is_no_gap(self):
        rows = rows_of(40)
        late = tuple(
            (row, (f"{(23 * 60 + 40 + at) // 60 % 24:02}:{(40 + at) % 60:02}", *cells[1:]))
            for at, (row, cells) in enumerate(rows)
        )

        assert len(recording_of(Table(OURS, late), MAPPING).minutes) == 40


class TestSuggestion:
    def test_common_exports_are_understood(self):
        headings = (
            "统计时间",
            "实时在线人数",
            "关注页（人）",
            "推荐",
            "广告进入",
            "支付金额(元)",
            "商品名称",
            "到手价",
            "消耗",
        )

        found = suggested(headings)
        assert found["online"] == "实时在线人数"
        assert found["gmv"] == "支付金额(元)"
        assert found["spend"] == "消耗"
        assert {one.name for one in FIELDS if one.required} <= found.keys()

    def test_one_heading_is_not_given_twice(self):
        found = suggested(("时间", "成交金额", "GMV"))

        assert len(set(found.values())) == len(found)


class TestRefusals:
    def test_a_missing_minute_names_its_row(self):
        assert faults(row10={"时间": "20:30"})[0] == ("minute_missing", 10, "minute")

    def test_a_minute_twice_names_its_row(self):
        assert ("minute_twice", 10, "minute") in faults(row10={"时间": "20:07"})

    @pytest.mark.parametrize("text", ["abc", "-5", "1e5", "=1+1"])
    def test_a_cell_that_is_no_number(self, text):
        assert faults(row7={"在线人数": text}) == [("no_number", 7, "online")]

    def test_a_time_that_is_none(self):
        assert faults(row2={"时间": "傍晚"})[0] == ("no_time", 2, "minute")

    def test_sales_without_a_price(self):
        assert faults(**{f"row{at}": {"价格": ""} for at in range(2, 22)})[0][0] == "no_price"

    def test_viewers_from_nowhere_are_a_column_mixed_up(self):
        assert faults(row9={"在线人数": "9000"}) == [("online_from_nowhere", 9, "online")]

    def test_too_short(self):
        assert faults(count=12) == [("too_few_minutes", 0, "")]

    def test_every_fault_at_once(self):
        assert len(faults(row4={"在线人数": "x"}, row6={"成交金额": "y"})) == 2

    def test_a_column_that_is_not_there(self):
        with pytest.raises(RecordingError) as caught:
            recording_of(Table(OURS, rows_of()), {**MAPPING, "gmv": "金额"})
        assert [(one.code, one.field) for one in caught.value.faults] == [("column_missing", "gmv")]

    def test_one_column_for_two_fields(self):
        with pytest.raises(RecordingError) as caught:
            recording_of(Table(OURS, rows_of()), {**MAPPING, "price": "成交金额"})
        assert caught.value.faults[0].code == "column_twice"
