"""Facts that this feature publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RoomScored:
    """A room that counts was finished and scored, or scored again."""

    room_session_id: int
    person_id: int
    programme_ref: str
    score: float
    at: datetime


@dataclass(frozen=True)
class RoomWeighed:
    """What a scored room was worth is worked out, its forecasts' points among it."""

    room_session_id: int
    person_id: int
    programme_ref: str
    at: datetime
