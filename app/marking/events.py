"""Facts that this feature publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RoomTextMarked:
    """A text that somebody wrote about a room is marked; `credit` is in [0, 1]."""

    room_session_id: int
    part: str
    credit: float
    at: datetime
