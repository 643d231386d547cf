"""What rooms sold, followed tick by tick: a room's log in, its curve and state out.

A process that publishes boards keeps a track of each room for each of its two readers, the public
and the jury, so that a second's work is a tick, not a session. That is a cache and never the
truth: a process that starts anew replays the log once and stands where the other stood.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from app.contests.board.standings import Lived
from simulations.errors import LogOrderError, SnapshotError
from simulations.rooms import LoggedAction, RoomKeys, RoomState, replay
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.series import MARK_NAMES, mark_of, marks_until

GMV_COLUMN = MARK_NAMES.index("gmv")

TRACKS_KEPT = 1000
"""Tracks that a process keeps; one is some 30 kB."""


@dataclass(slots=True)
class Track:
    """One room up to a tick.

    Attributes:
        state: The room there.
        minutes_fen: GMV at the end of minute 0, 1, … up to it.
    """

    state: RoomState
    minutes_fen: list[int]


class Tracks:
    """The rooms that a process follows, by a name that says for whom."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Track] = OrderedDict()

    def lived(
        self,
        name: str,
        scenario: Scenario,
        keys: RoomKeys,
        log: Sequence[LoggedAction],
        tick: int,
    ) -> tuple[Lived, RoomState]:
        """Return what a room lived up to a tick.

        Args:
            name: Of the room and of who reads; the same name always means the same room.
            scenario: Its scenario, with its plan if it has one.
            keys: Its keys.
            log: Its accepted actions; those after the tick do not count.
            tick: The tick, within the session.
        """
        until = sum(entry.tick <= tick for entry in log)
        known = log[:until]
        track = self._kept.get(name)
        if track is None or not self._follow(track, scenario, keys, known, tick):
            track = _begun(scenario, keys, known, tick)
        self._kept[name] = track
        self._kept.move_to_end(name)
        while len(self._kept) > TRACKS_KEPT:
            self._kept.popitem(last=False)
        lived = Lived(tick, round(track.state.numbers.gmv), tuple(track.minutes_fen))
        return lived, track.state

    def forget(self, name: str) -> None:
        """Drop a room that is no longer shown."""
        self._kept.pop(name, None)

    def _follow(
        self,
        track: Track,
        scenario: Scenario,
        keys: RoomKeys,
        known: Sequence[LoggedAction],
        tick: int,
    ) -> bool:
        """Move a track on; False if it cannot get there from where it stands."""
        try:
            while track.state.tick < tick:
                # A state remembers only its latest minutes: note each before it goes.
                minute = len(track.minutes_fen)
                aim = min(tick, minute * TICKS_PER_MINUTE)
                track.state = replay(scenario, keys, known, aim, track.state)
                if aim == minute * TICKS_PER_MINUTE:
                    track.minutes_fen.append(_gmv_fen(track.state, minute))
            track.state = replay(scenario, keys, known, tick, track.state)
        except (LogOrderError, SnapshotError):
            return False
        return True


def _begun(scenario: Scenario, keys: RoomKeys, known: Sequence[LoggedAction], tick: int) -> Track:
    marks, _ = marks_until(scenario, keys, known, tick)
    return Track(
        state=replay(scenario, keys, known, tick),
        minutes_fen=[round(mark[GMV_COLUMN]) for mark in marks],
    )


def _gmv_fen(state: RoomState, minute: int) -> int:
    return round(mark_of(state.numbers, minute)[GMV_COLUMN])
