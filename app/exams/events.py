"""Facts that this feature publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AttemptStarting:
    """An exam is about to begin outside any sitting; a handler may refuse it."""

    person_id: int
    exam_code: str
    at: datetime


@dataclass(frozen=True)
class AttemptClosing:
    """An open attempt is about to be closed and scored: what still runs for it has to end."""

    attempt_id: int
    at: datetime


@dataclass(frozen=True)
class AttemptAwaitsMarks:
    """An attempt was scored as far as keys go; these positions wait for people, or for a room."""

    attempt_id: int
    positions: tuple[int, ...]
    at: datetime


@dataclass(frozen=True)
class AttemptScored:
    """An attempt was closed and scored, or scored again."""

    attempt_id: int
    person_id: int
    programme_ref: str
    fraction: float
    passed: bool
    at: datetime
