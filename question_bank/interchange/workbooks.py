"""Workbooks from strangers, unfolded in a process of their own that cannot take much.

A workbook is a zip of XML: a few kilobytes may want gigabytes or minutes. Whoever uploads one gets
a child process with bounds on memory, processor and wall time; it knows none of the product's
secrets, opens no file but the program, and says what it read as JSON. Every upload path comes here.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from question_bank.interchange.archives import ArchiveError, members

MEMORY_BYTES = 768 * 1024 * 1024
"""Address space of the child; the largest honest upload (50,000 rows) takes about a third."""

CPU_S, WALL_S = 20, 40
"""Processor and wall time of the child: the largest honest upload takes some seconds."""

MOST_CELLS = 3_000_000
MOST_CHARS = 32_767
"""A cell of a spreadsheet holds no more."""

UNREADABLE, TOO_MUCH = 3, 4
"""Exit statuses of the child."""

Value = None | bool | int | float | str | datetime | date | time

ROOT = Path(__file__).resolve().parents[2]


class WorkbookError(ValueError):
    """Raised when a workbook is none, or takes more than it may.

    Attributes:
        is_too_much: Whether it ran into the bounds on memory, time or cells.
    """

    def __init__(self, told: str, *, is_too_much: bool = False) -> None:
        super().__init__(told)
        self.is_too_much = is_too_much


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        value: As it is stored; the text of a formula.
        number_format: How it is shown; empty for the usual format.
        is_formula: Whether it would compute something.
    """

    value: Value = None
    number_format: str = ""
    is_formula: bool = False


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows from the first one on, blank ones among them."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


def sheets_of(
    data: bytes,
    *,
    only_first: bool = True,
    most_columns: int | None = None,
    most_rows: int | None = None,
    most_empty_rows: int = 5_000,
) -> list[Sheet]:
    """Return the sheets of a workbook, read by a bounded child process.

    Args:
        data: The file.
        only_first: Leave out all sheets but the first.
        most_columns: What stands to the right of them is left out.
        most_rows: What stands below is left out.
        most_empty_rows: A sheet ends after so many blank rows: some have a million formatted ones.

    Raises:
        WorkbookError: If it cannot be read within the bounds.
    """
    wanted = {
        "only_first": only_first,
        "most_columns": most_columns,
        "most_rows": most_rows,
        "most_empty_rows": most_empty_rows,
        "memory_bytes": MEMORY_BYTES,
        "cpu_s": CPU_S,
    }
    command = [sys.executable, "-m", "question_bank.interchange.workbooks", json.dumps(wanted)]
    # Threads of the linear algebra that openpyxl brings along would reserve the memory.
    environ = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, nothing of the file in its command
            command, input=data, capture_output=True, timeout=WALL_S, env=environ, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError("takes too long", is_too_much=True) from error
    if done.returncode == UNREADABLE:
        raise WorkbookError(done.stderr.decode(errors="replace").strip()[-300:])
    if done.returncode != 0:  # out of memory, or killed for its processor time
        raise WorkbookError(f"takes too much ({done.returncode})", is_too_much=True)
    return [
        Sheet(sheet["title"], tuple(_row(*row) for row in sheet["rows"]))
        for sheet in json.loads(done.stdout)
    ]


def _row(width: int, cells: list[Any]) -> tuple[Cell, ...]:
    return (*(_cell(one) for one in cells), *(EMPTY for _ in range(width - len(cells))))


TIMES: Mapping[str, Callable[[str], datetime | date | time]] = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "time": time.fromisoformat,
}


def _cell(packed: Any) -> Cell:
    if packed is None:
        return EMPTY
    if not isinstance(packed, dict):
        return Cell(packed)
    value: Value = packed["value"]
    if kind := packed.get("kind"):
        value = TIMES[kind](packed["value"])
    return Cell(value, packed.get("format", ""), packed.get("formula", False))


def _child(wanted: Mapping[str, Any]) -> int:
    """Read a workbook from standard input, within bounds set before anything is unfolded."""
    import resource

    for limit, most in (
        (resource.RLIMIT_AS, wanted["memory_bytes"]),
        (resource.RLIMIT_CPU, wanted["cpu_s"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    data = sys.stdin.buffer.read()
    try:
        members(data)  # refuses what unpacks to too much before a parser sees it
        found = list(_sheets(data, wanted))
        sys.stdout.write(json.dumps(found, ensure_ascii=False, allow_nan=False))
    except (MemoryError, OverflowError):
        return TOO_MUCH
    except ArchiveError as error:
        sys.stderr.write(str(error))
        return UNREADABLE
    except Exception as error:  # whatever a broken file makes the reader raise
        sys.stderr.write(f"{type(error).__name__}: {error}")
        return UNREADABLE
    return 0


def _sheets(data: bytes, wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    seen = 0
    for sheet in book.worksheets[: 1 if wanted["only_first"] else None]:
        sheet.reset_dimensions()  # what the file says about its size is not believed
        rows, empty = [], 0
        for cells in sheet.iter_rows(max_col=wanted["most_columns"], max_row=wanted["most_rows"]):
            packed = [_packed(cell) for cell in cells]
            while packed and packed[-1] is None:
                packed.pop()
            empty = 0 if packed else empty + 1
            if empty > wanted["most_empty_rows"]:
                break
            seen += len(packed)
            if seen > MOST_CELLS:
                raise MemoryError(f"more than {MOST_CELLS} cells")
            rows.append([len(cells), packed])
        yield {"title": sheet.title, "rows": rows}


def _packed(cell: Any) -> Any:
    """Return a cell as JSON: a plain value where that says it all."""
    value = cell.value
    if value is None:
        return None
    kind = ""
    if isinstance(value, datetime):
        kind, value = "moment", value.isoformat()
    elif isinstance(value, date):
        kind, value = "day", value.isoformat()
    elif isinstance(value, time):
        kind, value = "time", value.isoformat()
    elif isinstance(value, str):
        value = value[:MOST_CHARS]
    elif not isinstance(value, bool | int | float):
        value = str(value)[:MOST_CHARS]
    shown = cell.number_format or ""
    packed: dict[str, Any] = {"value": value}
    if kind:
        packed["kind"] = kind
    if shown not in ("", "General"):
        packed["format"] = shown
    if cell.data_type == "f":
        packed["formula"] = True
    return value if len(packed) == 1 else packed


if __name__ == "__main__":
    sys.exit(_child(json.loads(sys.argv[1])))
