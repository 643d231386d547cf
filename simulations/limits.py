"""What a scenario's gates and normal ranges should be, from its house's own play."""

from collections.abc import Sequence
from statistics import fmean, quantiles

from simulations.batch import twin_outcome
from simulations.dashboard import FUNNEL_MIN, METRICS, Window
from simulations.economics import break_even_roi_ratio
from simulations.policies import house
from simulations.scenarios import Scenario
from simulations.series import SOLD_AT, marks_until
from simulations.states import RoomKeys

MARGIN_TOLERANCE = 0.75
"""Margin limit as a share of the house's margin: growth may cost a quarter of the rate."""

REFUND_TOLERANCE = 0.08
"""Refund limit above the house's rate: selling more of what fits worse is allowed so far."""

ROI_TOLERANCE = 0.70
"""ROI limit as a share of break-even: bought visitors also become fans and lift the room's heat,
which attribution does not see."""

MIX_KEYS = 20
"""Keys over which the house's product mix is taken."""


def derived_limits(scenario: Scenario, keys: Sequence[RoomKeys]) -> dict[str, float]:
    """Return the gates' limits that the house's own rates and the products' margins imply."""
    runs = [twin_outcome(scenario, house(), pair) for pair in keys]
    units = [0.0] * len(scenario.products)
    for pair in keys[:MIX_KEYS]:
        marks, _ = marks_until(scenario, pair.twin, [], scenario.duration_ticks)
        for p in range(len(units)):
            units[p] += marks[-1][SOLD_AT + p]
    margin = fmean(run.margin_fraction for run in runs)
    refund = fmean(run.refund_fraction for run in runs)
    roi = break_even_roi_ratio(scenario, units)
    return {
        "house_margin_fraction": round(margin, 4),
        "house_refund_fraction": round(refund, 4),
        "break_even_roi_ratio": round(roi, 3),
        "margin_limit_fraction": round(MARGIN_TOLERANCE * margin, 3),
        "refund_limit_fraction": round(refund + REFUND_TOLERANCE, 3),
        "roi_limit_ratio": round(ROI_TOLERANCE * roi, 2),
    }


def house_normals(scenario: Scenario, keys: Sequence[RoomKeys]) -> dict[str, list[float]]:
    """Return P10 and P90 of the house's ten-minute windows: the normal ranges of the cockpit."""
    found: dict[str, list[float]] = {}
    for pair in keys:
        marks, _ = marks_until(scenario, pair, [], scenario.duration_ticks)
        for minute in range(FUNNEL_MIN, len(marks), 5):
            window = Window(marks[minute], marks[minute - FUNNEL_MIN], FUNNEL_MIN)
            for name, formula in METRICS.items():
                value = formula(window)
                if value is not None:
                    found.setdefault(name, []).append(value)
            found.setdefault("saw_fraction", []).append(window["exposures"] / window.visitors)
    return {
        name: [round(cut, 4) for cut in (tens[0], tens[8])]
        for name, values in found.items()
        for tens in [quantiles(values, n=10, method="inclusive")]
    }
