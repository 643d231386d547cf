"""The forecast (预判): what would the session make if the anchor went on alone from now?

A candidate states P10, P50 and P90 of the final GMV of that *fork*, not of the own session, so
that nobody can steer towards a forecast; the own session goes on and any recovery counts there.
The loss is the expected pinball loss over many engine futures of the fork: proper (an honest
forecast is best), and free of the luck that one realised future would bring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.engines.registry import engine_for
from simulations.engines.v1.codes import SUMMARY
from simulations.errors import ForecastError
from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys, keys_of_seed, prepared_for, rows_of

QUANTILES = (0.1, 0.5, 0.9)
FUTURES = 300
"""Engine futures of a judged fork."""

FUTURE_BASE = 12_000_000
"""Seeds of futures: of their own, shared by all forks, so that forecasts are compared on them."""

POINTS_PER_EXCESS = 500.0
"""Points lost for each unit of excess loss over the futures' median: 0 points at 20 % of it."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Three quantiles of a fork's final GMV, in fen, rising."""

    p10_fen: int
    p50_fen: int
    p90_fen: int

    def __post_init__(self) -> None:
        if not 0 <= self.p10_fen <= self.p50_fen <= self.p90_fen:
            raise ForecastError("a forecast rises from P10 over P50 to P90 and is not negative")

    @property
    def quantiles(self) -> tuple[int, int, int]:
        """Return the three in order."""
        return self.p10_fen, self.p50_fen, self.p90_fen


@dataclass(frozen=True, slots=True)
class ForecastResult:
    """A judged forecast, with everything that made its points.

    Attributes:
        tick: The moment of the forecast.
        forecast: What was stated.
        best: The futures' own quantiles, the best that could be stated.
        losses_fen: Expected pinball loss of each stated quantile.
        best_losses_fen: The same of `best`: what nobody can avoid.
        excess_ratio: The losses beyond the unavoidable ones over the futures' median.
        points: 100 for an excess of 0, falling to 0.
    """

    tick: int
    forecast: Forecast
    best: Forecast
    losses_fen: tuple[float, float, float]
    best_losses_fen: tuple[float, float, float]
    excess_ratio: float
    points: float

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data; money rounded to fen."""
        return {
            "tick": self.tick,
            "forecast_fen": list(self.forecast.quantiles),
            "best_fen": list(self.best.quantiles),
            "losses_fen": [round(loss) for loss in self.losses_fen],
            "best_losses_fen": [round(loss) for loss in self.best_losses_fen],
            "excess_ratio": self.excess_ratio,
            "points": round(self.points, 1),
        }


def pinball_loss(stated: float, outcomes: Sequence[float], quantile: float) -> float:
    """Return the mean pinball loss of a stated quantile over outcomes."""
    total = 0.0
    for outcome in outcomes:
        miss = outcome - stated
        total += quantile * miss if miss >= 0.0 else (quantile - 1.0) * miss
    return total / len(outcomes)


def quantile_of(ordered: Sequence[float], quantile: float) -> float:
    """Return the smallest outcome that at least this share of them does not exceed.

    It minimises the expected pinball loss, so nothing better could have been stated.
    """
    count = len(ordered)
    place = int(quantile * count)
    return ordered[place if place < quantile * count else max(0, place - 1)]


def fork_outcomes(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    tick: int,
    futures: int = FUTURES,
) -> list[float]:
    """Return the final GMV, in fen, of many futures in which the house goes on alone.

    The room is what it was at the tick, actions of that tick included. What has shown itself stays
    in every future, what nobody could know then is drawn anew in each.

    Args:
        scenario: The scenario, with the room's plan.
        keys: The room's keys.
        log: The room's actions; those after the tick do not count.
        tick: The moment of the forecast, inside the session.
        futures: How many.

    Raises:
        ForecastError: If the tick is not inside the session.
    """
    if not 0 < tick < scenario.duration_ticks:
        raise ForecastError(f"tick {tick} is not inside {scenario.ref}")
    engine = engine_for(scenario.engine)
    setting = prepared_for(scenario, engine)
    past = [entry for entry in log if entry.tick <= tick]
    rows = engine.rows(rows_of(scenario, past))
    room = engine.begin(setting, keys.macro)
    engine.advance(room, setting, (keys.macro, keys.micro), rows, len(past), tick)
    data = engine.dump(room)
    gmv = SUMMARY.index("gmv")
    found = []
    for number in range(futures):
        future = keys_of_seed(FUTURE_BASE + number)
        branch = engine.load(data)
        engine.fork(branch, setting, future.macro)
        engine.advance(
            branch,
            setting,
            (future.macro, future.micro),
            rows,
            len(past),
            scenario.duration_ticks,
        )
        found.append(engine.summary(branch)[gmv])
    return found


def judge_forecast(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    tick: int,
    forecast: Forecast,
    futures: int = FUTURES,
) -> ForecastResult:
    """Judge a forecast on its fork; pure in its arguments.

    Raises:
        ForecastError: If the tick is not inside the session.
    """
    outcomes = sorted(fork_outcomes(scenario, keys, log, tick, futures))
    best = Forecast(*(round(quantile_of(outcomes, quantile)) for quantile in QUANTILES))
    losses, least = (
        tuple(
            pinball_loss(stated, outcomes, quantile)
            for stated, quantile in zip(one.quantiles, QUANTILES, strict=True)
        )
        for one in (forecast, best)
    )
    excess = max(0.0, sum(losses) - sum(least)) / max(1.0, float(best.p50_fen))
    return ForecastResult(
        tick=tick,
        forecast=forecast,
        best=best,
        losses_fen=(losses[0], losses[1], losses[2]),
        best_losses_fen=(least[0], least[1], least[2]),
        excess_ratio=excess,
        points=max(0.0, 100.0 - POINTS_PER_EXCESS * excess),
    )
