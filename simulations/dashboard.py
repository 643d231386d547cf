"""The cockpit's minute-lagged board: figures, comparisons, funnel, money."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from simulations.economics import usual_break_even_roi_ratio
from simulations.engines.v1.layout import State
from simulations.merchants import Range
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario
from simulations.series import MARK_NAMES, marks_at

Json = dict[str, Any]

WINDOW_MIN = 5
"""Figures are compared with those of the window before, as operators do."""

FUNNEL_MIN = 2 * WINDOW_MIN


_COLUMN = {name: column for column, name in enumerate(MARK_NAMES)}


class Window:
    """What happened between two minutes: differences of cumulative figures."""

    def __init__(self, later: Sequence[float], earlier: Sequence[float], minutes: int) -> None:
        self._later = later
        self._earlier = earlier
        self.minutes = minutes

    def __getitem__(self, name: str) -> float:
        column = _COLUMN[name]
        return self._later[column] - self._earlier[column]

    @property
    def visitors(self) -> float:
        """Return arrivals of all channels."""
        return self["fans"] + self["public"] + self["paid"]


def _ratio(above: float, below: float, digits: int) -> float | None:
    """Return a rounded quotient, whole if `digits` is 0; None if there is nothing to divide by."""
    return round(above / below, digits or None) if below > 0.0 else None


METRICS: dict[str, Callable[[Window], float | None]] = {
    "gpm_fen": lambda w: _ratio(1000.0 * w["gmv"], w.visitors, 0),
    "dwell_s": lambda w: _ratio(60.0 * w["view_min"], w.visitors, 1),
    "conversion_fraction": lambda w: _ratio(w["orders"], w.visitors, 4),
    "arrivals_per_min": lambda w: _ratio(w.visitors, w.minutes, 1),
    "gmv_per_min_fen": lambda w: _ratio(w["gmv"], w.minutes, 0),
    "click_fraction": lambda w: _ratio(w["clicks"], w["exposures"], 4),
    "deal_fraction": lambda w: _ratio(w["orders"], w["clicks"], 4),
    "follow_fraction": lambda w: _ratio(w["new_fans"], w["public"] + w["paid"], 4),
    "comment_per_min": lambda w: _ratio(w["comments"], w.minutes, 1),
}
"""Code to formula; None where there is nothing to divide by yet."""


Marks = tuple[float, ...]
"""Cumulative figures at the end of a minute, in the order of `MARK_NAMES`."""


def marks_behind(minute: int, marks: Sequence[float]) -> tuple[Marks, Marks, Marks]:
    """Return the figures at `minute`, one window and two windows before; zeros before the start.

    Args:
        minute: The last whole minute of the room that `marks` is of.
        marks: The state's.
    """

    def at(minute: int) -> Marks:
        return tuple(marks_at(marks, minute)[: len(MARK_NAMES)])

    before, earlier = minute - WINDOW_MIN, minute - 2 * WINDOW_MIN
    return (
        at(minute),
        at(before) if before > 0 else _START,
        at(earlier) if earlier > 0 else _START,
    )


_START: Marks = (0.0,) * len(MARK_NAMES)


def windows(
    minute: int, now: Marks, before: Marks, earlier: Marks
) -> tuple[Window, Window | None, Window | None, Window]:
    """Return the session, the last five minutes, the five before, and the funnel's ten.

    All end at `minute`; what would be empty is None.
    """
    last = Window(now, before, min(minute, WINDOW_MIN)) if minute > 0 else None
    previous = Window(before, earlier, WINDOW_MIN) if minute >= 2 * WINDOW_MIN else None
    return (
        Window(now, _START, minute),
        last,
        previous,
        Window(now, earlier, min(minute, FUNNEL_MIN)),
    )


def level_of(value: float | None, normal: Range | None) -> str | None:
    """Return where a figure stands against its normal range."""
    if value is None or normal is None:
        return None
    if value < normal.low:
        return "low"
    return "high" if value > normal.high else "normal"


def board(scenario: Scenario, s: State) -> Json:
    """Return the block that is refreshed at each whole minute."""
    minute = s.tick // TICKS_PER_MINUTE
    as_of = minute * TICKS_PER_MINUTE
    # Between two minutes only its age and a budget that was topped up change.
    figures: Json = _figures(scenario, minute, *marks_behind(minute, s.marks))
    return {
        "as_of_tick": as_of,
        "age_s": (s.tick - as_of) * TICK_S,
        **figures,
        "spend": {**figures["spend"], "traffic_budget_fen": round(s.traffic_budget)},
    }


@lru_cache(maxsize=1500)
def _figures(scenario: Scenario, minute: int, now: Marks, before: Marks, earlier: Marks) -> Json:
    """Return the figures that the marks give at a minute, kept for the minute's other looks."""
    total, last, previous, funnel = windows(minute, now, before, earlier)
    return {
        "metrics": {
            code: _metric(formula, total, last, previous, getattr(scenario.normals, code, None))
            for code, formula in METRICS.items()
        },
        "arrivals": {
            channel: {
                "count": round(total[channel]),
                "per_min": None if last is None else _ratio(last[channel], last.minutes, 1),
                "share_fraction": _ratio(total[channel], total.visitors, 4),
            }
            for channel in MARK_NAMES[:3]
        },
        "funnel": _funnel(scenario, funnel),
        "spend": {
            "traffic_fen": round(total["spend"]),
            "attributed_gmv_fen": round(total["paid_gmv"]),
            "roi_ratio": _ratio(total["paid_gmv"], total["spend"], 2),
            "break_even_roi_ratio": round(usual_break_even_roi_ratio(scenario), 2),
            "cost_per_visitor_fen": _ratio(total["spend"], total["paid"], 0),
        },
        "estimate": {
            "refund_fraction": _ratio(total["refunds"], total["gmv"], 4),
            "net_gmv_fen": round(total["gmv"] - total["refunds"]),
            "margin_fen": round(total["margin"]),
        },
    }


def _metric(
    formula: Callable[[Window], float | None],
    total: Window,
    last: Window | None,
    previous: Window | None,
    normal: Range | None,
) -> Json:
    whole = formula(total)
    recent = None if last is None else formula(last)
    earlier = None if previous is None else formula(previous)
    change = None
    if recent is not None and earlier:
        change = round(recent / earlier - 1.0, 4)
    return {
        "total": whole,
        "last_5": recent,
        "previous_5": earlier,
        "change_ratio": change,
        "normal": None if normal is None else [normal.low, normal.high],
        "level": level_of(whole if recent is None else recent, normal),
    }


def _funnel(scenario: Scenario, window: Window) -> Json:
    normals = scenario.normals
    counts = (
        ("entered", window.visitors, None),
        ("saw", window["exposures"], normals.saw_fraction),
        ("clicked", window["clicks"], normals.click_fraction),
        ("bought", window["orders"], normals.deal_fraction),
    )
    steps: list[Json] = []
    before: float | None = None
    for code, count, normal in counts:
        fraction = None if before is None else _ratio(count, before, 4)
        steps.append(
            {
                "code": code,
                "count": round(count),
                "fraction": fraction,
                "normal": None if normal is None else [normal.low, normal.high],
                "level": level_of(fraction, normal),
            }
        )
        before = count
    return {"minutes": window.minutes, "steps": steps}
