"""No cell of an export is ever run by a spreadsheet (reliability T23)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from app.providers.exporting import csv_bytes


def read(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf"), "Excel would take it for GBK"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x"]
)
def test_a_text_that_would_be_a_formula_is_a_text(text):
    assert read(csv_bytes([[text]])) == [["'" + text]]


def test_numbers_stay_numbers():
    assert read(csv_bytes([[Decimal("-3.50"), 7, None, "甲,乙"]])) == [["-3.50", "7", "", "甲,乙"]]
