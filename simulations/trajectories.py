"""How a room's GMV grows minute by minute under each policy, and what each incident takes from it.

Both answer an author's questions about a scenario in the making: where the curves part, and
whether an incident is worth its place. Everything is played on keys that no search has seen.
"""

from collections.abc import Sequence
from statistics import fmean, quantiles
from typing import Any

from simulations.batch import seeds, twin_outcome
from simulations.calibration import CALIBRATION_BASE
from simulations.engines.registry import engine_for
from simulations.policies import Policy, Reference, competent, house, novice, planned, play
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.states import RoomKeys, prepared_for

BAND_KEYS = 60
INCIDENT_KEYS = 40
POINTS = 24
"""Moments of a curve, the end included; the start is 0 by itself."""


def gmv_curve(
    scenario: Scenario, policy: Policy, keys: RoomKeys, ticks: Sequence[int]
) -> list[float]:
    """Return a lived room's GMV in fen at rising ticks, under a policy.

    The policy's own log is replayed, so the curve ends at exactly what the room sold.
    """
    played = play(scenario, policy, keys)
    room_of = planned(scenario, policy.plan)
    engine = engine_for(scenario.engine)
    setting = prepared_for(room_of, engine)
    room = engine.begin(setting, keys.macro)
    curve = []
    for tick in ticks:
        engine.advance(room, setting, (keys.macro, keys.micro), played.rows, played.count, tick)
        curve.append(engine.summary(room)[0])
    return curve


def gmv_bands(scenario: Scenario, yardstick: Reference, count: int = BAND_KEYS) -> dict[str, Any]:
    """Return the middle four fifths of the GMV over time, for a chart.

    Args:
        scenario: The scenario.
        yardstick: A reference; a stale one will do.
        count: Keys, at least 10.

    Returns:
        `minutes`, and by policy `{p10, p50, p90}`: fen at each of these minutes.
    """
    step = max(1, scenario.duration_min // POINTS)
    minutes = [*range(step, scenario.duration_min, step), scenario.duration_min]
    ticks = [minute * TICKS_PER_MINUTE for minute in minutes]
    ladder = {
        "house": house(),
        "novice": novice(scenario),
        "competent": competent(scenario),
        "reference": yardstick.policy,
    }
    keys = seeds(count, CALIBRATION_BASE)
    bands = {}
    for name, policy in ladder.items():
        curves = [gmv_curve(scenario, policy, pair, ticks) for pair in keys]
        tenths = [
            quantiles(column, n=10, method="inclusive") for column in zip(*curves, strict=True)
        ]
        bands[name] = {
            "p10": [round(cuts[0]) for cuts in tenths],
            "p50": [round(cuts[4]) for cuts in tenths],
            "p90": [round(cuts[8]) for cuts in tenths],
        }
    return {"minutes": minutes, "policies": bands}


def incident_effects(scenario: Scenario, count: int = INCIDENT_KEYS) -> list[dict[str, Any]]:
    """Return what each incident takes from the house and from a competent operator.

    An incident is taken out of the room and both play the same worlds again, on the twin; what
    is left of the difference is the incident's.

    Returns:
        A row an incident: `id`, `title`, `house_ratio` and `competent_ratio`, the relative change
        of net GMV because the incident is there; negative: it costs.
    """
    keys = seeds(count, CALIBRATION_BASE + 2)
    # The competent operator of the whole room plays both, so that only the incident differs.
    operators = {"house": house(), "competent": competent(scenario)}

    def nets(room: Scenario) -> dict[str, float]:
        return {
            name: fmean(twin_outcome(room, policy, pair).net_fen for pair in keys)
            for name, policy in operators.items()
        }

    whole = nets(scenario)
    rows = []
    for one in scenario.incidents:
        spared = tuple(
            other.model_copy(update={"chance_fraction": 0.0}) if other.id == one.id else other
            for other in scenario.incidents
        )
        fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
        without = nets(Scenario.model_construct(**{**fields, "incidents": spared}))
        rows.append(
            {
                "id": one.id,
                "title": one.title,
                "house_ratio": round(whole["house"] / max(without["house"], 1.0) - 1.0, 4),
                "competent_ratio": round(
                    whole["competent"] / max(without["competent"], 1.0) - 1.0, 4
                ),
            }
        )
    return rows
