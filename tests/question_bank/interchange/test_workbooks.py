"""Workbooks are read by a child that cannot take more than its bounds."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from question_bank.interchange import workbooks
from question_bank.interchange.workbooks import Cell, WorkbookError, sheets_of


def workbook(*rows, more=()) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title in more:
        book.create_sheet(title).append([title])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def swollen(cells: int) -> bytes:
    """A workbook whose sheet is one row of cells that reads as little as it can."""
    source = zipfile.ZipFile(io.BytesIO(workbook(["x"])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                inner = b"<c><v>1</v></c>" * cells
                head = (
                    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                )
                data = head + b"<sheetData><row>" + inner + b"</row></sheetData></worksheet>"
            target.writestr(name, data)
    return out.getvalue()


def test_values_formats_and_formulas_come_through():
    moment = datetime.fromisoformat("2026-11-03T09:30")  # a workbook knows no zone
    data = workbook(["编号", 3, 0.314, True, None, moment, "=1+1", None], ["第二行"])

    (sheet,) = sheets_of(data)

    first, second = sheet.rows
    assert [one.value for one in first[:6]] == ["编号", 3, 0.314, True, None, moment]
    assert first[6] == Cell("=1+1", is_formula=True)
    assert [one.value for one in second] == ["第二行", *[None] * (len(second) - 1)]
    assert isinstance(first[5].value, date)


def test_columns_rows_and_sheets_are_cut_as_asked():
    data = workbook(*([n, n, n] for n in range(9)), more=["第二张"])

    (first,) = sheets_of(data, most_columns=2, most_rows=4)

    assert [[one.value for one in row] for row in first.rows] == [[n, n] for n in range(4)]
    assert [one.title for one in sheets_of(data, only_first=False)] == ["Sheet", "第二张"]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 broken", workbook(["x"])[:900], b"<xml/>"],
    ids=["empty", "broken", "cut", "other"],
)
def test_what_is_no_workbook_is_said(data):
    with pytest.raises(WorkbookError) as refused:
        sheets_of(data)

    assert not refused.value.is_too_much
    assert str(refused.value)


def test_a_child_out_of_memory_is_a_refusal_and_nothing_more(monkeypatch):
    monkeypatch.setattr(workbooks, "MEMORY_BYTES", 140 * 1024 * 1024)

    with pytest.raises(WorkbookError) as refused:
        sheets_of(swollen(500_000))

    assert refused.value.is_too_much


def test_a_child_that_computes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(workbooks, "CPU_S", 1)
    before = time.monotonic()

    with pytest.raises(WorkbookError) as refused:
        sheets_of(swollen(500_000))

    assert refused.value.is_too_much
    assert time.monotonic() - before < workbooks.WALL_S


def test_it_knows_no_secret_and_no_server_memory(monkeypatch):
    seen = {}

    def run(command, **kwargs):
        seen.update(kwargs["env"])
        raise workbooks.subprocess.TimeoutExpired(command, 1)

    monkeypatch.setenv("SECRET_KEY", "of the product")
    monkeypatch.setattr(workbooks.subprocess, "run", run)

    with pytest.raises(WorkbookError, match="too long"):
        sheets_of(workbook(["x"]))

    assert set(seen) == {"PYTHONPATH", "OPENBLAS_NUM_THREADS", "LC_ALL"}
