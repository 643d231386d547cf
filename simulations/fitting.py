"""Fit a room to a recording: what can be learned from one session, and how surely.

The engine itself is the model. Its twin without waves, incidents or a lucky day replays what the
recording shows the host presenting and at what price; arrivals are corrected until they are the
recording's; then leaving and appeal are moved until online and GMV agree, minute by minute (Fisher
scoring: least squares over the variance that counts of the model's size have).

What one session tells: how fast people leave, how much each presented product appeals, and the
elasticity if prices were changed. What it cannot tell: how good the day was (an appeal's interval
is widened by the base room's day-to-day spread), channels apart from each other unless their mix
moved, and anything about products that were hardly presented. An estimate that the data do not
carry stays the base room's and says so.

The intervals are the Hessian's, scaled by the residuals' own spread (over-dispersion).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from math import exp, hypot, log, sqrt
from statistics import fmean, pstdev
from typing import Any

from simulations.engines.registry import engine_for
from simulations.engines.v1.layout import CLASSES, COLUMNS, Setting, State, unpack
from simulations.recordings import Minute, Recording
from simulations.replicas import knots, replica, replica_body
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.series import MARK_NAMES, SOLD_AT, mark_of
from simulations.solving import inverse_of
from simulations.states import LoggedAction, rows_of, setting_for
from simulations.verbs import Action, Pin, SetPrice, Traffic

Z_90 = 1.645
"""Half-width of a 90 % interval in standard errors."""

PRIOR_SD = {"leave": 1.2, "leave_fans": 0.4, "appeal": 1.2, "elasticity": 0.4}
"""How far, in log, a number may be from the base room's before the data must insist."""

PRODUCT_PRIOR_SD = 0.6
"""How far, in log, a product's appeal may be from the room's level of appeal, likewise."""

LENT_APPEAL_SD = 0.15
"""What is lent with a product's role (its channels' mix, its hold on people) shifts its appeal by
so much, in log: measured on synthetic sessions (`tests/bench/fitting.py`), not derived."""

IDENTIFIED_SD = 0.35
"""Greatest standard error, in log, of a number that is said to be learned from the data..."""

IDENTIFIED_SHARE = 0.5
"""... which must also be at most this share of what was known before."""

CORRECTIONS = 3
"""Rounds in which arrivals are brought to the recording's; the heat settles in two."""

STEPS = 6
DIFFERENCE = 0.02
"""Step of the numerical derivatives, in log."""

LEAST_PRICE_RATIO = 1.05
"""Prices of one product that differ less say nothing about elasticity."""

NEVER_RICH = 10**12
KNOT_MIN = 8
MACRO = 0x5EED


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted number.

    Attributes:
        name: `leave`, `leave_fans`, `appeal` (the level of all), `elasticity`, or `appeal:` and a
            product's code.
        value: Factor on the base room's number.
        low, high: Its 90 % interval.
        is_identified: Whether the session says more about it than was assumed before.
    """

    name: str
    value: float
    low: float
    high: float
    is_identified: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "is_identified": self.is_identified,
        }


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted room.

    Attributes:
        estimates: What was learned, with intervals.
        online, gmv_fen: The fitted room's figures at each minute, beside the recording's.
        online_error, gmv_error: Mean absolute error over mean level, of online each minute and of
            GMV in ten-minute sums.
        dispersion: Variance of the residuals over that of plain counts; 1 is as quiet as chance.
        public_wave_sd: Slow swings of the public feed that the curve leaves, sd of the log.
        body: The room as a scenario's mapping.
    """

    estimates: tuple[Estimate, ...]
    online: tuple[int, ...]
    gmv_fen: tuple[int, ...]
    online_error: float
    gmv_error: float
    dispersion: float
    public_wave_sd: float
    body: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data, without the scenario."""
        return {
            "estimates": [one.to_dict() for one in self.estimates],
            "online": list(self.online),
            "gmv_fen": list(self.gmv_fen),
            "online_error": round(self.online_error, 4),
            "gmv_error": round(self.gmv_error, 4),
            "dispersion": round(self.dispersion, 3),
            "public_wave_sd": round(self.public_wave_sd, 3),
        }


def fit(
    recording: Recording,
    base: Scenario,
    scenario_id: str = "replica",
    title: str = "真实场次的孪生",
    skipped: frozenset[int] = frozenset(),
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Fit a room to a recording; deterministic.

    Args:
        recording: The session.
        base: The room that lends mechanisms and the numbers that no export shows.
        scenario_id: The id of the room to make.
        title: Its title.
        skipped: Minutes (from 0) that are left out, because something happened in them.
        progress: Told (rounds done, rounds).
    """
    model = _Model(recording, base, skipped)
    values = [0.0] * len(model.names)
    model.correct(values)
    model.weigh(values)
    spread = model.inverse_information(values)
    for step in range(STEPS):
        moved, spread = model.improved(values)
        change = max(abs(a - b) for a, b in zip(moved, values, strict=True))
        values = moved
        if step < 2:
            model.correct(values)
        model.weigh(values)
        if progress is not None:
            progress(step + 1, STEPS)
        if change < 1e-3:
            break
    model.correct(values)
    dispersion = model.dispersion(values)
    estimates = model.estimates(values, spread, dispersion)
    online, gmv = model.predicted(values)
    seen = recording.minutes
    tens = range(0, len(seen), 10)
    return Fit(
        estimates=tuple(estimates),
        online=tuple(round(one) for one in online),
        gmv_fen=tuple(round(one) for one in gmv),
        online_error=_error([one.online for one in seen], online),
        gmv_error=_error(
            [sum(one.gmv_fen for one in seen[at : at + 10]) for at in tens],
            [sum(gmv[at : at + 10]) for at in tens],
        ),
        dispersion=dispersion,
        public_wave_sd=model.wave_sd(),
        body=model.body(values, scenario_id, title),
    )


class _Model:
    """The engine as a function from logs of factors to online and GMV at each minute."""

    def __init__(self, recording: Recording, base: Scenario, skipped: frozenset[int]) -> None:
        self.recording, self.base = recording, base
        self.room = replica(recording, base)
        self.engine = engine_for(self.room.engine)
        self.setting = _quiet(setting_for(self.room), self.room)
        self.count = len(recording.minutes)
        self.codes = [one.code for one in self.room.products]
        self.code_of = dict(zip(recording.products, self.codes, strict=True))
        self.names = ["leave", "leave_fans", "appeal", *(f"appeal:{code}" for code in self.codes)]
        if self._prices_moved():
            self.names.append("elasticity")
        stays = [log(one.stay_ratio) for one in self.room.products]
        # A host's hidden talent is one draw too.
        self.day_sd = hypot(base.audience.day_buying_sd, base.host.skill_sd)
        self.lent_sd = pstdev(stays) / sqrt(len(stays))
        self.priors = [PRIOR_SD.get(name, PRODUCT_PRIOR_SD) for name in self.names]
        seen = recording.minutes
        self.fans_curve = [max(one.fans, 0.0) / self.room.audience.fans_per_min for one in seen]
        self.public_curve = [
            max(one.public, 0.0) / self.room.audience.public_per_min for one in seen
        ]
        self.rates = [float(one.spend_fen) for one in seen]
        stay = sum(one.online for one in seen) / max(1, recording.entries)
        # Online remembers for a stay; its minutes are that much fewer independent sights.
        self.online_weight = 1.0 / sqrt(1.0 + 2.0 * stay)
        self.minutes = [at for at in range(self.count) if at not in skipped]
        self.online_scale = [1.0] * self.count
        self.gmv_scale = [1.0] * self.count

    def _prices_moved(self) -> bool:
        shown: dict[str, list[int]] = {}
        for one in self.recording.minutes:
            shown.setdefault(one.product, []).append(max(1, one.price_fen))
        return any(max(one) >= LEAST_PRICE_RATIO * min(one) for one in shown.values())

    def _scaled(self, online: Sequence[float], gmv: Sequence[float]) -> list[float]:
        """Return both series over the standard errors that plain counts of the model's size have.

        The model's size, not the recording's: dividing by what was counted would favour the
        minutes in which, by chance, little was.
        """
        out = []
        for at in self.minutes:
            out.append(online[at] * self.online_scale[at])
            out.append(gmv[at] * self.gmv_scale[at])
        return out

    def weigh(self, values: Sequence[float]) -> None:
        """Take the standard errors from the room as these parameters make it."""
        marks = self._marks(values)
        online = [mark[MARK_NAMES.index("online")] for mark in marks[1:]]
        self.online_scale = [self.online_weight / sqrt(max(1.0, one)) for one in online]
        listed = [float(one.list_price_fen) for one in self.room.products]
        self.gmv_scale = []
        for at, (a, b) in enumerate(pairwise(marks)):
            # What is sold beside the pitch counts with its own price, which may be many times more.
            variance = sum(
                (b[SOLD_AT + p] - a[SOLD_AT + p]) * price * price for p, price in enumerate(listed)
            )
            # A minute in which a twentieth of an order is expected still weighs no more than that.
            least = 0.05 * max(1, self.recording.minutes[at].price_fen) ** 2
            self.gmv_scale.append(1.0 / sqrt(max(variance, least)))

    def _factored(self, values: Sequence[float]) -> Setting:
        setting = deepcopy(self.setting)
        by_name = dict(zip(self.names, values, strict=True))
        leave = exp(by_name["leave"])
        for k in range(CLASSES):
            contrast = exp(by_name["leave_fans"]) if k == 0 else 1.0
            setting.leave[k] = setting.leave[k] * leave * contrast
            setting.elasticity[k] = setting.elasticity[k] * exp(by_name.get("elasticity", 0.0))
        for p, code in enumerate(self.codes):
            factor = exp(by_name["appeal"] + by_name[f"appeal:{code}"])
            for k in range(CLASSES):
                setting.appeal[p * CLASSES + k] = setting.appeal[p * CLASSES + k] * factor
        for minute in range(self.count):
            setting.fans_curve[minute] = self.fans_curve[minute]
            setting.public_curve[minute] = self.public_curve[minute]
        return setting

    def _log(self) -> list[LoggedAction]:
        log: list[LoggedAction] = []
        shown, price, rate = "", dict[str, int](), -1
        listed = {one.code: one.list_price_fen for one in self.room.products}
        for at, one in enumerate(self.recording.minutes):
            tick = at * TICKS_PER_MINUTE
            code = self.code_of[one.product]
            acts: list[Action] = []
            if code != shown:
                acts.append(Pin(product=code))
                shown = code
            if one.price_fen and price.get(code, listed[code]) != one.price_fen:
                acts.append(SetPrice(product=code, price_fen=one.price_fen))
                price[code] = one.price_fen
            spend = round(self.rates[at])
            if spend != rate:
                market = self.room.market
                acts.append(Traffic(bid_fen=market.bid_fen, rate_fen_per_min=spend))
                rate = spend
            log.extend(LoggedAction(tick, act) for act in acts)
        return log

    def _marks(self, values: Sequence[float]) -> list[list[float]]:
        """Return the twin's cumulative figures at each minute's end."""
        setting = self.engine.prepare(self._factored(values))
        log = self._log()
        rows = self.engine.rows(rows_of(self.room, log))
        room = self.engine.begin(setting, MACRO)
        marks = [[0.0] * COLUMNS]
        for minute in range(1, self.count + 1):
            self.engine.advance(
                room, setting, (MACRO, 0), rows, len(log), minute * TICKS_PER_MINUTE
            )
            if minute % _MARKS_KEPT == 0 or minute == self.count:
                state = unpack(State, self.engine.dump(room))
                marks.extend(mark_of(state, at) for at in range(len(marks), minute + 1))
        return marks

    def correct(self, values: Sequence[float]) -> None:
        """Bring the twin's arrivals to the recording's: heat and new fans would add their own."""
        for _ in range(CORRECTIONS):
            marks = self._marks(values)
            for at, (a, b) in enumerate(pairwise(marks)):
                one = self.recording.minutes[at]
                for name, curve in (("fans", self.fans_curve), ("public", self.public_curve)):
                    came = b[MARK_NAMES.index(name)] - a[MARK_NAMES.index(name)]
                    if came > 0.0:
                        curve[at] = min(500.0, curve[at] * getattr(one, name) / came)
                paid = b[MARK_NAMES.index("paid")] - a[MARK_NAMES.index("paid")]
                if paid > 0.0 and one.spend_fen:
                    most = float(self.room.market.rate_most_fen_per_min)
                    self.rates[at] = min(most, self.rates[at] * one.paid / paid)

    def predicted(self, values: Sequence[float]) -> tuple[list[float], list[float]]:
        """Return online at each minute's end, and GMV within it, in fen."""
        marks = self._marks(values)
        online, gmv = MARK_NAMES.index("online"), MARK_NAMES.index("gmv")
        return (
            [mark[online] for mark in marks[1:]],
            [b[gmv] - a[gmv] for a, b in pairwise(marks)],
        )

    def residuals(self, values: Sequence[float]) -> list[float]:
        """Return what the recording has above the room, in standard errors of a plain count."""
        seen = self.recording.minutes
        observed = self._scaled([one.online for one in seen], [one.gmv_fen for one in seen])
        predicted = self._scaled(*self.predicted(values))
        return [a - b for a, b in zip(observed, predicted, strict=True)]

    def _slopes(self, values: Sequence[float]) -> list[list[float]]:
        columns = []
        for j in range(len(values)):
            up, down = list(values), list(values)
            up[j] += DIFFERENCE
            down[j] -= DIFFERENCE
            pair = zip(self.residuals(down), self.residuals(up), strict=True)
            columns.append([(a - b) / (2.0 * DIFFERENCE) for a, b in pair])
        return columns

    def _information(self, columns: Sequence[Sequence[float]]) -> list[list[float]]:
        return [
            [
                sum(a * b for a, b in zip(one, two, strict=True))
                + (1.0 / self.priors[i] ** 2 if i == j else 0.0)
                for j, two in enumerate(columns)
            ]
            for i, one in enumerate(columns)
        ]

    def inverse_information(self, values: Sequence[float]) -> list[list[float]]:
        """Return the covariance of the parameters for residuals of unit variance."""
        return inverse_of(self._information(self._slopes(values)))

    def improved(self, values: Sequence[float]) -> tuple[list[float], list[list[float]]]:
        """Return the parameters after one Gauss-Newton step, and the covariance there."""
        columns = self._slopes(values)
        residuals = self.residuals(values)
        spread = inverse_of(self._information(columns))
        pull = [
            sum(a * r for a, r in zip(column, residuals, strict=True)) - value / sd**2
            for column, value, sd in zip(columns, values, self.priors, strict=True)
        ]
        step = [sum(a * b for a, b in zip(row, pull, strict=True)) for row in spread]
        moved = [
            max(-3.0, min(3.0, value + max(-0.7, min(0.7, change))))
            for value, change in zip(values, step, strict=True)
        ]
        return moved, spread

    def dispersion(self, values: Sequence[float]) -> float:
        """Return the residuals' variance, 1 at least."""
        residuals = self.residuals(values)
        free = max(1, len(residuals) - len(values))
        return max(1.0, sum(r * r for r in residuals) / free)

    def estimates(
        self, values: Sequence[float], spread: Sequence[Sequence[float]], dispersion: float
    ) -> list[Estimate]:
        """Return each parameter as a factor with its 90 % interval."""
        level = self.names.index("appeal")
        out = []
        for j, (name, value) in enumerate(zip(self.names, values, strict=True)):
            variance, prior = spread[j][j], self.priors[j] ** 2
            if name.startswith("appeal:"):
                value += values[level]
                variance += spread[level][level] + 2.0 * spread[level][j]
                prior += self.priors[level] ** 2
            own = sqrt(variance * dispersion)
            # How good this day was is one draw that no session can tell from appeal.
            # Which pitch holds people is lent, not measured, and leaving answers for it.
            day = self.day_sd if name.startswith("appeal") else self.lent_sd
            lent = LENT_APPEAL_SD if name.startswith("appeal:") else 0.0
            half = Z_90 * sqrt(own * own + day * day + lent * lent)
            is_identified = own <= min(IDENTIFIED_SD, IDENTIFIED_SHARE * sqrt(prior))
            out.append(
                Estimate(name, exp(value), exp(value - half), exp(value + half), is_identified)
            )
        return out

    def wave_sd(self) -> float:
        """Return the sd of the log of slow public swings: ten-minute sums less chance and curve."""
        seen = [one.public for one in self.recording.minutes]
        sums = [sum(seen[at : at + 10]) for at in range(0, len(seen) - 9, 10)]
        jumps = [
            (log(b) - log(a)) ** 2 - 1.0 / a - 1.0 / b for a, b in pairwise(sums) if a > 0 and b > 0
        ]
        return sqrt(max(0.0, fmean(jumps) / 2.0)) if jumps else 0.0

    def body(self, values: Sequence[float], scenario_id: str, title: str) -> dict[str, Any]:
        """Return the fitted room as a scenario's mapping."""
        body = replica_body(self.recording, self.base, scenario_id, title)
        by_name = dict(zip(self.names, values, strict=True))
        audience = body["audience"]
        for channel in ("fans", "public", "paid"):
            contrast = exp(by_name["leave_fans"]) if channel == "fans" else 1.0
            rate = self.base.audience.leave_per_min.model_dump()[channel]
            audience["leave_per_min"][channel] = _short(rate * exp(by_name["leave"]) * contrast)
            told = self.base.audience.elasticity.model_dump()[channel]
            audience["elasticity"][channel] = _short(told * exp(by_name.get("elasticity", 0.0)))
        audience["public_wave_sd"] = round(min(1.0, self.wave_sd()), 2)
        for name, curve in (("fans_curve", self.fans_curve), ("public_curve", self.public_curve)):
            audience[name] = [
                {"minute": at, "factor": _short(min(20.0, factor))}
                for at, factor in knots(curve, max(KNOT_MIN, self.count // 20))
            ]
        for one in body["products"]:
            factor = exp(by_name["appeal"] + by_name[f"appeal:{one['code']}"])
            one["appeal"] = {
                channel: _short(min(100.0, weight * factor))
                for channel, weight in one["appeal"].items()
            }
        return body


def _quiet(setting: Setting, room: Scenario) -> Setting:
    """Return a room in which nothing is luck, nothing runs out and money does not end."""
    quiet = deepcopy(setting)
    quiet.wave_fans_sd = quiet.wave_public_sd = 0.0
    quiet.day_public_sd = quiet.day_buying_sd = 0.0
    quiet.incidents = 0
    quiet.risk_rate = 0.0
    quiet.traffic_budget = float(NEVER_RICH)
    quiet.traffic_rate_most = float(NEVER_RICH)
    quiet.price_least = 0.01
    for p in range(len(room.products)):
        quiet.stock[p] = float(NEVER_RICH)
    return quiet


_MARKS_KEPT = 10
"""Minutes after which marks are read: the state keeps more, but not all."""


def _error(seen: Sequence[float], fitted: Sequence[float]) -> float:
    """Return the mean absolute error over the mean level."""
    level = fmean(seen)
    gaps = fmean(abs(a - b) for a, b in zip(seen, fitted, strict=True))
    return gaps / level if level > 0 else 0.0


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def event_minutes(minutes: Sequence[Minute]) -> list[int]:
    """Return the minutes (from 0) at which the export notes something."""
    return [at for at, one in enumerate(minutes) if one.event]
