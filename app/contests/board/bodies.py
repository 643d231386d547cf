"""What a board says, as JSON: the public's words and the jury's, made of different numbers. Pure.

A body depends on nothing but what its reader may know, and holds no moment of its making: while
the public stands still (a freeze, a pause) its bytes stand still, and with them the tag, the size
and every header that follows from them. Figures that run by themselves, such as the countdown, the
page works out from the clock's anchor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from app.contests.board.moments import decisive_moments
from app.contests.board.standings import Lived, Standing, standings, unveiled
from simulations.scenarios import TICK_S

Json = dict[str, Any]

MOMENTS_SHOWN = 12
"""The newest decisive moments that a board tells."""

COMMENTS_SHOWN = 6
"""The newest lines of the leader's room."""

TAG_CHARS = 20
"""Length of an entity tag: 80 bits of the body's SHA-256."""


class Phase(StrEnum):
    """Where a round stands, as everybody may know it."""

    WAITING = "waiting"
    LIVE = "live"
    FROZEN = "frozen"
    OVER = "over"  # frozen still, nobody unveiled
    UNVEILING = "unveiling"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Racer:
    """A contestant as the board names one.

    Attributes:
        seat: The number on the board, from 1.
        name: The name that the contestant agreed to be shown by.
        provider: Whom the contestant works for; empty if nobody, or not to be shown.
    """

    seat: int
    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class View:
    """The numbers of one kind of reader.

    Attributes:
        tick: All numbers are those at this tick.
        lived: By seat.
        house: The baseline at the same tick.
        incidents: What befell the rooms so far: `{tick, title, is_card, is_over}`.
        comments: The newest lines of the leader's room: `{tick, name, text, tone}`.
    """

    tick: int
    lived: Mapping[int, Lived]
    house: Lived
    incidents: Sequence[Mapping[str, Any]] = ()
    comments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Race:
    """What of a round stands fast, or is known to everybody.

    Attributes:
        public_id: The round.
        run: Which start of the round it is: a round that was stopped starts anew.
        phase: Where it stands.
        duration_ticks: Length of the session.
        freeze_tick: When the public's board stands still; none: never.
        delay_s: The transmission's delay in seconds of the wall.
        clock: Of the countdown: `{starts_at, at, room_ms, speed, is_paused}`.
        racers: Everybody, by seat.
        unveiled_count: How many were unveiled, from the last.
    """

    public_id: str
    run: int
    phase: Phase
    duration_ticks: int
    freeze_tick: int | None
    delay_s: int
    clock: Mapping[str, Any]
    racers: Sequence[Racer] = field(default=())
    unveiled_count: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it is sent.

    Attributes:
        data: JSON.
        etag: Of the data alone.
    """

    data: bytes
    etag: str


def public_bodies(race: Race, view: View, final: View | None = None) -> tuple[Body, Body]:
    """Return what the public is told: the board, and the curves, which change once a minute.

    Args:
        race: The round.
        view: The public's numbers.
        final: The numbers at the end, while the round is unveiled; of them only what was unveiled
            is used.
    """
    table = [(one, False) for one in standings(view.lived, view.house)]
    shown = dict(view.lived)
    if final is not None and race.unveiled_count:
        last = standings(final.lived, final.house)
        table = list(unveiled([one for one, _ in table], last, race.unveiled_count))
        shown |= {one.seat: final.lived[one.seat] for one, is_final in table if is_final}
    house = final.house if final is not None and race.unveiled_count else view.house
    return (
        body_of(_board(race, view, table)),
        body_of(_curves(race, shown, house, view.tick)),
    )


def jury_body(race: Race, view: View) -> Body:
    """Return what jury and organisers are told: everything as it is now, in one body."""
    table = [(one, False) for one in standings(view.lived, view.house)]
    return body_of(
        _board(race, view, table) | {"curves": _curves(race, view.lived, view.house, view.tick)}
    )


def body_of(value: Json) -> Body:
    """Return a value's canonical bytes and their tag."""
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return Body(data, hashlib.sha256(data).hexdigest()[:TAG_CHARS])


def _board(race: Race, view: View, table: Sequence[tuple[Standing, bool]]) -> Json:
    racers = {one.seat: one for one in race.racers}
    moments = decisive_moments(
        {seat: one.by_minute_fen for seat, one in view.lived.items()}, view.house.by_minute_fen
    )
    return {
        "round": race.public_id,
        "run": race.run,
        "phase": race.phase.value,
        "clock": dict(race.clock),
        "duration_s": race.duration_ticks * TICK_S,
        "freeze_s": None if race.freeze_tick is None else race.freeze_tick * TICK_S,
        "delay_s": race.delay_s,
        "at_s": view.tick * TICK_S,
        "house_fen": view.house.gmv_fen,
        "rows": [
            {
                "seat": one.seat,
                "name": racers[one.seat].name,
                "provider": racers[one.seat].provider,
                "rank": one.rank,
                "moved": one.moved,
                "gmv_fen": one.gmv_fen,
                "uplift_ratio": one.uplift_ratio,
                "is_final": is_final,
            }
            for one, is_final in table
        ],
        "incidents": [
            {
                "at_s": one["tick"] * TICK_S,
                "title": one["title"],
                "is_card": one["is_card"],
                "is_over": one["is_over"],
            }
            for one in view.incidents
        ],
        "moments": [
            {
                "kind": one.kind,
                "at_s": one.minute * 60,
                "seat": one.seat,
                "other": one.other,
                "gain_fen": one.gain_fen,
            }
            for one in moments[-MOMENTS_SHOWN:]
        ],
        "comments": [
            {
                "at_s": one["tick"] * TICK_S,
                "name": one["name"],
                "text": one["text"],
                "tone": one["tone"],
            }
            for one in list(view.comments)[-COMMENTS_SHOWN:]
        ],
    }


def _curves(race: Race, lived: Mapping[int, Lived], house: Lived, tick: int) -> Json:
    return {
        "round": race.public_id,
        "run": race.run,
        "duration_min": race.duration_ticks * TICK_S // 60,
        "shown_min": tick * TICK_S // 60,
        "house_fen": list(house.by_minute_fen),
        "curves": {str(seat): list(one.by_minute_fen) for seat, one in sorted(lived.items())},
    }
