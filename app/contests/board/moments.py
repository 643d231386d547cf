"""Decisive moments 关键时刻 of a round, found in the curves: pure.

A moment that was told once is never taken back: a change of the lead counts only after the new
leader held it for `HOLD_MINUTES`, a strongest stretch only when its block of minutes is over. So
longer curves only add moments, and a board that shows a moment shows nothing newer than its curves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HOLD_MINUTES = 3
"""Minutes that a new leader must hold the lead."""

BLOCK_MINUTES = 15
"""Length of a stretch."""

LEAST_STRETCH_RATIO = 0.1
"""A stretch is told if it brings this much more than the house sold in the same minutes."""

LEAD, STRETCH = "lead", "stretch"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that decided.

    Attributes:
        kind: `LEAD` or `STRETCH`.
        minute: The room minute at whose end it stood.
        seat: Who did it.
        other: From whom the lead was taken; 0 for the first leader, and for a stretch.
        gain_fen: Ahead of the other; over the house in the block for a stretch.
    """

    kind: str
    minute: int
    seat: int
    other: int
    gain_fen: int


def decisive_moments(
    curves: Mapping[int, Sequence[int]], house: Sequence[int]
) -> tuple[Moment, ...]:
    """Return the decisive moments, the earliest first.

    Args:
        curves: By seat, the cumulative GMV in fen at the end of minute 0, 1, …; equally long.
        house: The same of the baseline, at least as long.
    """
    if not curves:
        return ()
    length = min(len(one) for one in curves.values())
    found = [*_leads(curves, length), *_stretches(curves, house, min(length, len(house)))]
    return tuple(sorted(found, key=lambda one: (one.minute, one.kind, one.seat)))


def best_decisions(
    effects: Mapping[int, Sequence[Mapping[str, Any]]], *, most: int = 5
) -> tuple[tuple[int, Mapping[str, Any]], ...]:
    """Return the actions that brought most, at most two of one contestant: (seat, action).

    Args:
        effects: By seat, the worth of each own action as the debrief has it (`net_worth_fen`).
        most: How many.
    """
    every = [(seat, one) for seat, found in effects.items() for one in found]
    every.sort(key=lambda pair: (-int(pair[1]["net_worth_fen"]), pair[0], int(pair[1]["tick"])))
    chosen: list[tuple[int, Mapping[str, Any]]] = []
    for seat, one in every:
        if one["net_worth_fen"] <= 0 or len(chosen) == most:
            break
        if sum(seat == other for other, _ in chosen) < 2:
            chosen.append((seat, one))
    return tuple(chosen)


def _leads(curves: Mapping[int, Sequence[int]], length: int) -> list[Moment]:
    """Find where the lead changed for good; who shares the first place does not lead."""
    firsts = [_first(curves, minute) for minute in range(length)]
    found: list[Moment] = []
    leader = 0
    for minute in range(1, length - HOLD_MINUTES + 1):
        first = firsts[minute]
        held = firsts[minute : minute + HOLD_MINUTES]
        if first in (0, leader) or any(one != first for one in held):
            continue
        second = sorted((one[minute] for one in curves.values()), reverse=True)[1:2]
        gain = curves[first][minute] - (curves[leader][minute] if leader else sum(second))
        found.append(Moment(LEAD, minute, first, leader, gain))
        leader = first
    return found


def _first(curves: Mapping[int, Sequence[int]], minute: int) -> int:
    best = max(one[minute] for one in curves.values())
    leaders = [seat for seat, one in curves.items() if one[minute] == best]
    return leaders[0] if len(leaders) == 1 and best > 0 else 0


def _stretches(
    curves: Mapping[int, Sequence[int]], house: Sequence[int], length: int
) -> list[Moment]:
    found: list[Moment] = []
    for end in range(BLOCK_MINUTES, length, BLOCK_MINUTES):
        start = end - BLOCK_MINUTES
        expected = house[end] - house[start]
        gains = {seat: one[end] - one[start] - expected for seat, one in curves.items()}
        seat = min(gains, key=lambda one: (-gains[one], one))
        if gains[seat] > 0 and gains[seat] >= LEAST_STRETCH_RATIO * expected:
            found.append(Moment(STRETCH, end, seat, 0, gains[seat]))
    return found
