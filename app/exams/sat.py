"""What a person has sat, in the few columns by which others judge it; read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.db import from_driver, read_rows

FIND_SAT = """
SELECT public_id, exam_code, programme_ref, blueprint_ref, started_at, closed_at, score_fraction,
  passed, cut_fraction, is_held, awaits_marks
FROM attempt WHERE person_id = :person_id ORDER BY started_at DESC"""


@dataclass(frozen=True, slots=True)
class SatAttempt:
    """An attempt, under way or over; the fields are `Attempt`'s."""

    public_id: str
    exam_code: str
    programme_ref: str
    blueprint_ref: str
    started_at: datetime
    closed_at: datetime | None
    score_fraction: float | None
    passed: bool | None
    cut_fraction: float
    is_held: bool
    awaits_marks: bool

    @property
    def has_result(self) -> bool:
        """Whether its score counts and may be seen."""
        return self.closed_at is not None and not self.is_held and not self.awaits_marks


def sat_attempts(db_session: Session, person_id: int) -> tuple[SatAttempt, ...]:
    """Return a person's attempts at every exam, newest first."""
    rows = read_rows(db_session, FIND_SAT, {"person_id": person_id})
    return tuple(_attempt(row) for row in rows)


def _attempt(row: tuple[Any, ...]) -> SatAttempt:
    public_id, code, programme, blueprint, started, closed, fraction, passed, cut, *hidden = row
    return SatAttempt(
        public_id=public_id,
        exam_code=code,
        programme_ref=programme,
        blueprint_ref=blueprint,
        started_at=from_driver(started),
        closed_at=None if closed is None else from_driver(closed),
        score_fraction=fraction,
        passed=None if passed is None else bool(passed),
        cut_fraction=cut,
        is_held=bool(hidden[0]),
        awaits_marks=bool(hidden[1]),
    )
