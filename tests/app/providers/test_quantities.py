"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.providers.quantities import QuantityError, parse_quantity, plain_text
from app.providers.schemes import Unit


class TestParseQuantity:
    @pytest.mark.parametrize(
        ("text", "unit", "value"),
        [
            ("31.4%", Unit.PERCENT, "31.4"),
            ("31.4 ％", Unit.PERCENT, "31.4"),
            ("-3%", Unit.PERCENT, "-3"),
            ("−3%", Unit.PERCENT, "-3"),
            ("+23.7%", Unit.PERCENT, "23.7"),
            ("4‰", Unit.PERCENT, "0.4"),
            ("1.7‰", Unit.PERMILLE, "1.7"),
            ("0.17%", Unit.PERMILLE, "1.7"),
            ("3.6", Unit.RATIO, "3.6"),
            ("6万", Unit.YUAN, "60000"),
            ("6.25 万元", Unit.YUAN, "62500"),
            ("1.07亿", Unit.YUAN, "107000000"),
            ("1,234", Unit.YUAN, "1234"),
            ("1，234，567.89", Unit.YUAN, "1234567.89"),
            ("¥1,020.50", Unit.YUAN, "1020.50"),
            ("￥９８０", Unit.YUAN, "980"),
            ("14 家", Unit.COUNT, "14"),
            ("\u200b14\u00a0", Unit.COUNT, "14"),
            ("1234567890123456789.5", Unit.YUAN, "1234567890123456789.5"),
        ],
    )
    def test_reads(self, text, unit, value):
        assert parse_quantity(plain_text(text), unit) == Decimal(value)

    @pytest.mark.parametrize(
        "text",
        ["", "无", "1,23", "12,34", "1,2345", "1.2.3", ".5", "5.", "1e5", "5²", "①", "٣", "=1+1",
         "1 2", "--1", "6万万", "nan", "inf", "0x10", "1" * 25],
    )  # fmt: skip
    def test_refuses_what_is_no_number(self, text):
        with pytest.raises(QuantityError) as caught:
            parse_quantity(plain_text(text), Unit.YUAN)
        assert caught.value.code == "not_a_number"

    @pytest.mark.parametrize("unit", [Unit.PERCENT, Unit.PERMILLE])
    @pytest.mark.parametrize("text", ["0.3", "31.4", "0", "3万"])
    def test_does_not_guess_the_unit_of_a_rate(self, text, unit):
        with pytest.raises(QuantityError, match="unit_needed"):
            parse_quantity(text, unit)

    @pytest.mark.parametrize(
        ("text", "unit"),
        [("3%", Unit.RATIO), ("3%", Unit.YUAN), ("3元", Unit.COUNT), ("3家", Unit.YUAN),
         ("¥3", Unit.RATIO), ("3万%", Unit.PERCENT), ("¥3%", Unit.PERCENT)],
    )  # fmt: skip
    def test_refuses_another_unit(self, text, unit):
        with pytest.raises(QuantityError, match="wrong_unit"):
            parse_quantity(text, unit)
