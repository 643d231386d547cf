"""Standings of a round from what the rooms lived: pure, the same for the public and the jury.

Everybody of a round meets the same scenario, keys and start, so one house, the same room left to
itself, is everybody's baseline. Rank follows growth over it; with a common baseline that is the
order by GMV. What the public may see is decided before this module is asked: it is given other
numbers, never the same ones with a flag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulations.scenarios import TICKS_PER_MINUTE

MOVE_MINUTES = 10
"""Room minutes that an arrow ▲▼ looks back."""


@dataclass(frozen=True, slots=True)
class Lived:
    """What a room, or the house, sold up to a tick.

    Attributes:
        tick: The tick.
        gmv_fen: Sold until then.
        by_minute_fen: Sold until the end of minute 0 (nothing), 1, 2, … up to the tick.
    """

    tick: int
    gmv_fen: int
    by_minute_fen: tuple[int, ...]

    def gmv_at_fen(self, tick: int) -> int:
        """Return what was sold until an earlier tick, to the whole minute before it."""
        if tick >= self.tick:
            return self.gmv_fen
        if tick <= 0:
            return 0
        minute = min(tick // TICKS_PER_MINUTE, len(self.by_minute_fen) - 1)
        return self.by_minute_fen[minute] if self.by_minute_fen else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One contestant's place.

    Attributes:
        seat: Who.
        rank: From 1; equal growth shares a rank.
        moved: Places won since `MOVE_MINUTES` ago; lost ones are negative.
        gmv_fen: Sold so far.
        uplift_ratio: Growth over the house; None while the house has sold nothing.
    """

    seat: int
    rank: int
    moved: int
    gmv_fen: int
    uplift_ratio: float | None


def shown_tick(
    tick: int,
    *,
    delay_ticks: int,
    over_ticks: int = 0,
    freeze_tick: int | None = None,
    is_unveiled: bool = False,
) -> int:
    """Return the last tick that the public may see.

    The public trails by the transmission's delay; when the room is over it catches up in that
    time. A freeze holds it from its tick on, also after the end, until everything is unveiled.

    Args:
        tick: The room's tick now, not above its duration.
        delay_ticks: The transmission's delay, >= 0.
        over_ticks: Ticks' worth of time since the room ended; 0 while it runs.
        freeze_tick: The freeze's, if the round has one.
        is_unveiled: Whether the freeze was lifted.
    """
    trailing = max(0, delay_ticks - over_ticks)
    seen = max(0, tick - trailing)
    if freeze_tick is None or is_unveiled:
        return seen
    return min(seen, freeze_tick)


def uplift_ratio_or_none(gmv_fen: int, house_fen: int) -> float | None:
    """Return the growth over the house, to 4 digits; None while it has sold nothing."""
    return round((gmv_fen - house_fen) / house_fen, 4) if house_fen > 0 else None


def standings(lived: Mapping[int, Lived], house: Lived) -> tuple[Standing, ...]:
    """Return everybody's place, the first first; equal ones by their seat.

    Args:
        lived: By seat, all at the same tick.
        house: The baseline at that tick.
    """
    order = _order({seat: one.gmv_fen for seat, one in lived.items()})
    ranks = _ranks(order, {seat: one.gmv_fen for seat, one in lived.items()})
    before = {
        seat: one.gmv_at_fen(one.tick - MOVE_MINUTES * TICKS_PER_MINUTE)
        for seat, one in lived.items()
    }
    has_past = any(before.values())
    earlier = _ranks(_order(before), before) if has_past else ranks
    return tuple(
        Standing(
            seat=seat,
            rank=ranks[seat],
            moved=earlier[seat] - ranks[seat],
            gmv_fen=lived[seat].gmv_fen,
            uplift_ratio=uplift_ratio_or_none(lived[seat].gmv_fen, house.gmv_fen),
        )
        for seat in order
    )


def unveiled(
    frozen: Sequence[Standing], final: Sequence[Standing], count: int
) -> tuple[tuple[Standing, bool], ...]:
    """Return the board while it is unveiled from the last to the first.

    The `count` last of the final order stand in their places with their final figures. The others
    keep their frozen figures and order above them, with the places that are left.

    Args:
        frozen: The standings at the freeze.
        final: The standings at the end.
        count: How many were unveiled.

    Returns:
        Each standing, and whether it is the final one; the first first.
    """
    below = tuple(final[len(final) - count :]) if count else ()
    named = {one.seat for one in below}
    above = [one for one in frozen if one.seat not in named]
    return tuple(
        (
            Standing(
                seat=one.seat,
                rank=place,
                moved=0,
                gmv_fen=one.gmv_fen,
                uplift_ratio=one.uplift_ratio,
            ),
            False,
        )
        for place, one in enumerate(above, start=1)
    ) + tuple((one, True) for one in below)


def _order(gmv_fen: Mapping[int, int]) -> list[int]:
    return sorted(gmv_fen, key=lambda seat: (-gmv_fen[seat], seat))


def _ranks(order: Sequence[int], gmv_fen: Mapping[int, int]) -> dict[int, int]:
    ranks: dict[int, int] = {}
    for place, seat in enumerate(order, start=1):
        above = order[place - 2] if place > 1 else None
        same = above is not None and gmv_fen[above] == gmv_fen[seat]
        ranks[seat] = ranks[above] if same and above is not None else place
    return ranks
