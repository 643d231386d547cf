"""A scored room as a film 回放: what its page is given, and the frames in chunks.

Frames come from the log, computed when they are asked for; a few chunks stay in memory, since the
readers of a link look at the same minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.core.hashing import canonical_json
from app.rooms import labels, queries
from app.rooms.models import RoomSession
from simulations.frames import CHUNK_FRAMES, FRAME_TICKS, chunk_count, chunk_of
from simulations.rooms import LoggedAction, RoomKeys
from simulations.scenarios import TICK_S, Scenario

Json = dict[str, Any]

KEPT_CHUNKS = 64
"""Chunks that a process keeps: some 40 kB each."""

ACTION_FACTS = ("tick", "clock", "lane", "words", "worth_fen", "is_clear")
"""What the replay shows of an action, of `debriefing.all_actions`."""

SPEEDS = (1, 2, 4, 8, 16, 32)
"""Room seconds in a second of the wall, as the page offers them."""


def film_of(db_session: Session, room: RoomSession, debrief: Mapping[str, Any]) -> Json:
    """Return what the replay's page is given; the frames it asks for by itself.

    Args:
        db_session: A session to read with.
        room: A room whose result is out.
        debrief: Of `debriefing.debrief_of`.
    """
    scenario = queries.room_scenario(db_session, room)
    return {
        "tick_s": TICK_S,
        "frame_ticks": FRAME_TICKS,
        "chunk_frames": CHUNK_FRAMES,
        "chunks": chunk_count(scenario),
        "duration_s": scenario.duration_ticks * TICK_S,
        "speeds": SPEEDS,
        "products": [one.name for one in scenario.products],
        "hosts": {one.id: one.name for one in scenario.hosts},
        "timeline": debrief["timeline"],
        "actions": [{name: one[name] for name in ACTION_FACTS} for one in debrief["actions"]],
        "labels": {
            name: {code: str(word) for code, word in table.items()}
            for name, table in (
                ("pace", labels.PACE),
                ("energy", labels.ENERGY),
                ("mood", labels.MOOD),
            )
        },
    }


def frames_of(db_session: Session, room: RoomSession, number: int) -> str:
    """Return a chunk of a room's frames as JSON text `{chunk, frames}`.

    Args:
        db_session: A session to read with.
        room: A room whose result is out.
        number: Which chunk, from 0.

    Raises:
        NotFoundError: If the session has no such chunk.
    """
    scenario = queries.room_scenario(db_session, room)
    if number >= chunk_count(scenario):
        raise NotFoundError(f"chunk {number} of {room!r}")
    log = queries.log_of(db_session, room)
    return _chunk(scenario, room.keys, log, number, room.is_exam)


@lru_cache(maxsize=KEPT_CHUNKS)
def _chunk(
    scenario: Scenario, keys: RoomKeys, log: tuple[LoggedAction, ...], number: int, exam: bool
) -> str:
    frames = chunk_of(scenario, keys, log, number, exam=exam)
    return canonical_json({"chunk": number, "frames": frames})
