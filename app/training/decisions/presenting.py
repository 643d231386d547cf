"""What a decision's page shows: the cockpit of the minute in a few figures, and the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.decisions import ChoiceWorth, DecisionMoment, board_at
from simulations.scenarios import Scenario

Json = dict[str, Any]

SHOWN_PRODUCTS = 6

KEPT = 200
_BOARDS: dict[tuple[str, str, int, int], Json] = {}
"""Boards by room, operator, seed and minute; they never change."""


@dataclass(frozen=True)
class ShownChoice:
    """An answer after the answer was given.

    Attributes:
        text: Its words.
        why: What it does.
        breaks_rule: Whether it is a violation.
        worth: What it was worth.
        percent: Of the widest bar, 0 to 100.
        people: Share of those who answered in time, percent; None if nobody did.
        is_best: Whether no other is worth more.
        is_own: Whether the reader chose it.
    """

    text: str
    why: str
    breaks_rule: bool
    worth: ChoiceWorth
    percent: int
    people: int | None
    is_best: bool
    is_own: bool


def board_of(scenario: Scenario, moment: DecisionMoment) -> Json:
    """Return the minute's figures, simply: the product on stage, who sells, what happens.

    Kept by a process: the same minute is looked at by everybody.
    """
    key = (scenario.content_hash(), moment.operator, moment.seed, moment.minute)
    if key not in _BOARDS:
        if len(_BOARDS) >= KEPT:
            _BOARDS.clear()
        _BOARDS[key] = _simple(scenario, moment)
    return _BOARDS[key]


def _simple(scenario: Scenario, moment: DecisionMoment) -> Json:
    seen = board_at(scenario, moment)
    tray = seen["tray"]
    pinned = next((one for one in tray if one["is_pinned"]), None)
    others = sorted(
        (one for one in tray if not one["is_pinned"] and one["is_listed"]),
        key=lambda one: (-one["sales_5min"], -one["clicks_5min"], one["position"]),
    )
    return {
        "online": seen["now"]["online"],
        "online_change": seen["now"]["online_change"],
        "gmv_fen": seen["now"]["gmv_fen"],
        "target_fen": seen["now"]["target_gmv_fen"],
        "pinned": pinned,
        "pitch_min": seen["pitch"]["elapsed_s"] // 60,
        "pitch_orders": seen["pitch"]["orders"],
        "tray": [*([pinned] if pinned else []), *others][:SHOWN_PRODUCTS],
        "traffic": seen["traffic"],
        "energy": seen["host"]["energy"],
        "incidents": [one["title"] for one in seen["incidents"]],
        "comments": [one["text"] for one in seen["comments"][-3:]],
        "left_min": scenario.duration_min - moment.minute,
    }


def shown_choices(
    moment: DecisionMoment,
    worths: Sequence[ChoiceWorth],
    counts: Sequence[int],
    own: int | None,
) -> list[ShownChoice]:
    """Return every answer with its worth and its share, the best first."""
    most = max((abs(one.net_fen) for one in worths), default=0) or 1
    best = max(one.net_fen for one in worths)
    whole = sum(counts)
    shown = [
        ShownChoice(
            text=choice.text,
            why=choice.why,
            breaks_rule=choice.breaks_rule,
            worth=worth,
            percent=round(100 * abs(worth.net_fen) / most),
            people=round(100 * people / whole) if whole else None,
            is_best=worth.net_fen == best,
            is_own=at == own,
        )
        for at, (choice, worth, people) in enumerate(
            zip(moment.choices, worths, counts, strict=True)
        )
    ]
    return sorted(shown, key=lambda one: -one.worth.net_fen)
