"""Play the sessions that chapters' figures show: for the check, never for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.handbook.figures import ByEngine, Drawn
from simulations.actions import HandBack, Lever, Pin
from simulations.loading import shipped_scenarios
from simulations.policies import Policy, competent, house, log_of, novice
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.series import CLICKS_AT, SOLD_AT, marks_until, minute_series
from simulations.states import LoggedAction, keys_of_seed

POLICIES: dict[str, Callable[[Scenario], Policy]] = {
    "house": lambda scenario: house(),
    "novice": novice,
    "competent": competent,
}

PITCH_FROM_MIN, PITCH_MIN = 20, 14
"""The minute from which one product is presented without a pause, and for how long."""

PARTS = 8
"""Into so many equal parts a whole session is cut."""


def engine_numbers(rule: ByEngine) -> Drawn:
    """Play the session and return what the figure shows of it.

    Args:
        rule: Scenario, policy, seed and measure.
    """
    scenario = shipped_scenarios()[rule.scenario]
    keys = keys_of_seed(rule.seed).twin
    log = log_of(scenario, POLICIES[rule.policy](scenario), keys)
    if rule.measure == "one_pitch":
        return _one_pitch(scenario, rule.seed, log)
    series = minute_series(scenario, keys, log, scenario.duration_ticks)
    if rule.measure == "product_share":
        marks, _ = marks_until(scenario, keys, log, scenario.duration_ticks)
        sold = marks[-1][SOLD_AT : SOLD_AT + len(scenario.products)]
        money = [
            units * product.list_price_fen
            for units, product in zip(sold, scenario.products, strict=True)
        ]
        return Drawn(
            tuple(product.name for product in scenario.products),
            (("成交占比", tuple(round(100 * one / sum(money), 1) for one in money)),),
        )
    minutes = scenario.duration_min
    ends = [minutes * part // PARTS for part in range(1, PARTS + 1)]
    labels = tuple(f"{end} 分" for end in ends)
    if rule.measure == "online":
        online = series["online"]
        return Drawn(labels, (("在线", tuple(float(online[end - 1]) for end in ends)),))
    gmv = series["gmv_fen"]
    whole = sum(gmv)
    return Drawn(
        labels,
        (
            ("实际累计", tuple(round(100 * sum(gmv[:end]) / whole, 1) for end in ends)),
            ("按时间摊", tuple(round(100 * end / minutes, 1) for end in ends)),
        ),
    )


def _one_pitch(scenario: Scenario, seed: int, log: Sequence[LoggedAction]) -> Drawn:
    """Return the clicks a minute on one product that is presented without a pause."""
    keys = keys_of_seed(seed).twin
    best = max(range(len(scenario.products)), key=lambda at: scenario.products[at].appeal.public)
    product = scenario.products[best]
    start = PITCH_FROM_MIN * TICKS_PER_MINUTE
    end = start + PITCH_MIN * TICKS_PER_MINUTE
    kept = [entry for entry in log if entry.tick < start]
    pitch = [*kept, LoggedAction(start, Pin(product=product.code))]
    marks, _ = marks_until(
        scenario, keys, [*pitch, LoggedAction(end, HandBack(lever=Lever.PIN))], end
    )
    clicks = [mark[CLICKS_AT + best] for mark in marks]
    minutes = range(PITCH_FROM_MIN, PITCH_FROM_MIN + PITCH_MIN)
    return Drawn(
        tuple(f"{one - PITCH_FROM_MIN + 1} 分" for one in minutes),
        (("每分钟点击", tuple(round(clicks[one + 1] - clicks[one], 1) for one in minutes)),),
    )
