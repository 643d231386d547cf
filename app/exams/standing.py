"""How an attempt stands, read in one statement on the driver: every page asks every few seconds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.db import from_driver, raw_row
from app.core.errors import NotFoundError

FIND_STANDING = """
SELECT id, due_at, closed_at, writer_epoch, notices, paused_at, is_on_break, break_left_s,
  sections, section_at, section_due_at, safe_browser
FROM attempt WHERE public_id = :public_id AND person_id = :person_id"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes of an attempt while it runs; the fields are `Attempt`'s."""

    id: int
    due_at: datetime
    is_open: bool
    writer_epoch: int
    notices: list[dict[str, str]]
    paused_at: datetime | None
    is_on_break: bool
    break_left_s: int
    sections: list[list[Any]] | None
    section_at: int
    section_due_at: datetime | None
    safe_browser: dict[str, list[str]] | None


def standing_of(public_id: str, person_id: int) -> Standing:
    """Return how the person's own attempt stands.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    row = raw_row(FIND_STANDING, {"public_id": public_id, "person_id": person_id})
    if row is None:
        raise NotFoundError(f"attempt {public_id} of person {person_id}")
    return Standing(
        id=row[0],
        due_at=from_driver(row[1]),
        is_open=row[2] is None,
        writer_epoch=row[3],
        notices=_json(row[4]) or [],
        paused_at=None if row[5] is None else from_driver(row[5]),
        is_on_break=bool(row[6]),
        break_left_s=row[7],
        sections=_json(row[8]),
        section_at=row[9],
        section_due_at=None if row[10] is None else from_driver(row[10]),
        safe_browser=_json(row[11]),
    )


def _json(value: Any) -> Any:
    """Return a JSON column's value: SQLite's driver gives text, PostgreSQL's gives the value."""
    return json.loads(value) if isinstance(value, str) else value
