"""The result of a list as a file: the rows in their order, each with its verdict.

Cells hold text and nothing that a spreadsheet would run (reliability T23).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from app.checks import labels
from app.checks.models import CheckListRow
from app.checks.verdicts import Verdict
from app.providers.exporting import csv_bytes

HEADINGS = ("行号", "证书编号", "姓名", "核验结果", "等级", "有效期至", "核验时间")


def result_rows(rows: Iterable[CheckListRow], checked_at: str) -> list[Sequence[str | int]]:
    """Return the heading and a row for each row of the list.

    Args:
        rows: Judged rows.
        checked_at: When, as it is to be shown.
    """
    out: list[Sequence[str | int]] = [HEADINGS]
    for row in rows:
        assert row.verdict is not None, "the list is finished"
        out.append(
            (
                row.row,
                row.number or row.typed_number,
                row.typed_name,
                str(labels.VERDICT[Verdict(row.verdict)]),
                "" if row.level is None else str(labels.LEVEL[row.level]),
                "" if row.valid_until is None else row.valid_until.isoformat(),
                checked_at,
            )
        )
    return out


def result_csv(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Write rows as CSV that Excel opens."""
    return csv_bytes(rows)


def result_xlsx(rows: Iterable[Sequence[str | int]]) -> bytes:
    """Write rows as a workbook; every text is a string cell, whatever it begins with."""
    # The library takes a fifth of a second to import; few lists are asked for as workbooks.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("核验结果")
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
