"""How much more served merchants sold because of the service: difference in differences.

Each served merchant is compared with itself before the service, and with merchants that nobody
served, of the same goods and a like size, over the same days. What both gained is the season's;
what only the served one gained is the service's. Figures are logarithms of net GMV per hour.

Estimation is of the merchant's mean, so that one large merchant is one merchant. The interval is
the delete-one-merchant jackknife's, of both groups: comparison merchants stand in several
comparisons and are not independent. Nothing is drawn but the placebo's lots, from the data's own
digest: the same sessions give the same answer, to the last digit.

Source:
    Callaway & Sant'Anna (2021) for each merchant's own start and never-treated controls; the
    counting rule is the product's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

RULE = "did-1"
"""Name of this rule; any change of a figure below gives a new one."""

BEFORE = timedelta(days=56)
"""Days before a merchant's first operated session that say where it came from."""

LONGEST = timedelta(days=180)
"""A service that began longer ago has no comparable before."""

LEAST_BEFORE, LEAST_AFTER = 4, 2
"""Sessions that a merchant needs on either side."""

CALIPER = math.log(3.0)
"""Comparison merchants sold, before, at most three times as much an hour, at least a third."""

LEAST_MATCHES = 3
"""Comparison merchants that a served one needs."""

LEAST_MERCHANTS, LEAST_SESSIONS, LEAST_COMPARISONS = 5, 20, 8
"""Served merchants, operated sessions and comparison merchants of an estimate that counts."""

FLOOR_FEN = 100
"""Net GMV an hour that is taken at least, 1 yuan: a logarithm needs something."""

CONFIDENCE = 0.95

FULL_HALF_WIDTH, NO_HALF_WIDTH = 0.10, 0.30
"""Half widths of the interval (log points): up to the first it counts in full, from the second on
not at all, between them proportionally."""

LOTS = 499
"""Draws of the placebo among comparison merchants."""

Floats = NDArray[np.float64]

_DAY = timedelta(days=1)


class Failure(StrEnum):
    """Why an estimate does not count; the words are in `labels.py`."""

    FEW_MERCHANTS = "few_merchants"
    FEW_SESSIONS = "few_sessions"
    FEW_COMPARISONS = "few_comparisons"
    TREND = "trend"
    PLACEBO = "placebo"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class SessionFact:
    """One live session.

    Attributes:
        merchant: Whose.
        category: What is sold.
        started_at: Its beginning (aware).
        minutes: Its length, > 0.
        net_gmv_fen: After refunds, in fen.
        is_operated: Whether the provider in question operated it.
        is_helped: Whether any provider did.
    """

    merchant: str
    category: str
    started_at: datetime
    minutes: int
    net_gmv_fen: int
    is_operated: bool
    is_helped: bool

    @property
    def log_hourly(self) -> float:
        """Logarithm of net GMV an hour, in fen."""
        return math.log(max(self.net_gmv_fen * 60 / self.minutes, FLOOR_FEN))


@dataclass(frozen=True, slots=True)
class Interval:
    """An effect in log points with its interval.

    Attributes:
        effect: The point.
        half_width: Half of the interval's width; infinite if it cannot be told.
    """

    effect: float
    half_width: float

    @property
    def has_zero(self) -> bool:
        return abs(self.effect) <= self.half_width


@dataclass(frozen=True, slots=True)
class Uplift:
    """An estimate with everything that says how far to trust it.

    Attributes:
        merchants: Served merchants in the estimate.
        sessions: Their operated sessions.
        comparisons: Different merchants that they are compared with.
        left_out: Served merchants without enough sessions before, after, or to compare with.
        effect: In log points; None if there is nothing to estimate from.
        placebo: The same, for a service that is pretended to have begun in the middle of the
            time before: there should be no effect.
        trend: Difference of the weekly slopes before the service, in log points a week.
        chance: Share of the lots in which comparison merchants in the served ones' places gain
            as much as the served ones or more.
        failures: Why it does not count; empty if it does.
        weight: How far it counts, 0 to 1.
    """

    merchants: int
    sessions: int
    comparisons: int
    left_out: int
    effect: Interval | None
    placebo: Interval | None
    trend: Interval | None
    chance: float | None
    failures: tuple[Failure, ...]
    weight: float

    @property
    def uplift_ratio(self) -> float | None:
        """The estimate as a ratio: 0.25 is a quarter more than without the service."""
        return None if self.effect is None else math.expm1(self.effect.effect)

    @property
    def low_ratio(self) -> float | None:
        return self._end(-1)

    @property
    def high_ratio(self) -> float | None:
        return self._end(1)

    @property
    def counted_ratio(self) -> float | None:
        """What counts: the effect drawn towards nothing by the weight; None if it does not."""
        if self.effect is None or self.failures:
            return None
        return math.expm1(self.weight * self.effect.effect)

    def _end(self, sign: int) -> float | None:
        if self.effect is None or not math.isfinite(self.effect.half_width):
            return None
        return math.expm1(self.effect.effect + sign * self.effect.half_width)

    def to_json(self) -> dict[str, Any]:
        """Return what the record keeps beside the figures."""
        return {
            "merchants": self.merchants,
            "sessions": self.sessions,
            "comparisons": self.comparisons,
            "left_out": self.left_out,
            "effect": _pair(self.effect),
            "placebo": _pair(self.placebo),
            "trend": _pair(self.trend),
            "chance": self.chance,
            "failures": [one.value for one in self.failures],
        }


def weight_of(half_width: float) -> float:
    """Return how far an estimate of this half width counts, 0 to 1."""
    span = NO_HALF_WIDTH - FULL_HALF_WIDTH
    return min(1.0, max(0.0, (NO_HALF_WIDTH - half_width) / span))


def estimate_uplift(
    facts: Iterable[SessionFact], *, first_day: datetime, end: datetime, seed: int
) -> Uplift:
    """Estimate what a provider's operated sessions within a window gained.

    Args:
        facts: Sessions of every merchant that may matter, operated, helped by others, or neither,
            in any order; from `LONGEST` + `BEFORE` before the end of the window on.
        first_day: Beginning of the window (aware).
        end: Its end (aware), exclusive.
        seed: Of the placebo's lots.

    Returns:
        The estimate; its `failures` say why it does not count.
    """
    of_merchant = _by_merchant(facts, end)
    first = (first_day - end) / _DAY
    idle: dict[str, dict[str, _Merchant]] = {}
    for name, one in of_merchant.items():
        if not one.is_helped.any():
            idle.setdefault(one.category, {})[name] = one
    served, left_out = [], 0
    for name in sorted(of_merchant):
        own = of_merchant[name]
        if not (own.is_operated & (own.days >= first)).any():
            continue
        case = _case(own, idle.get(own.category, {}), first)
        if case is None:
            left_out += 1
        else:
            served.append(case)
    names = sorted({name for case in served for name in case.matches})
    sessions = sum(case.sessions for case in served)
    effect = _jackknifed([_gains(case, "after") for case in served], names)
    placebo = _jackknifed([_gains(case, "placebo") for case in served], names)
    trend = _jackknifed([_gains(case, "slope") for case in served], names)
    failures = _failures(len(served), sessions, len(names), effect, placebo, trend)
    return Uplift(
        merchants=len(served),
        sessions=sessions,
        comparisons=len(names),
        left_out=left_out,
        effect=effect,
        placebo=placebo,
        trend=trend,
        chance=None if effect is None else _chance(served, effect.effect, seed),
        failures=failures,
        weight=0.0 if effect is None or failures else weight_of(effect.half_width),
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    """One merchant over one case's days: means and slope of log hourly net GMV.

    Attributes:
        before: Mean of the whole time before, for the caliper.
        after: Mean after minus mean before.
        placebo: Mean of the later half of the time before minus that of the earlier half.
        slope: A week's slope before.
    """

    before: float
    after: float
    placebo: float
    slope: float


@dataclass(frozen=True, eq=False, slots=True)
class _Merchant:
    """A merchant's sessions in the order of time.

    Attributes:
        days: When each began, in days before the end of the window (negative).
        values: Logarithm of net GMV an hour.
    """

    category: str
    days: Floats
    values: Floats
    is_operated: NDArray[np.bool_]
    is_helped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Case:
    own: _Figures
    matches: Mapping[str, _Figures]
    sessions: int


def _by_merchant(facts: Iterable[SessionFact], end: datetime) -> dict[str, _Merchant]:
    found: dict[str, list[SessionFact]] = {}
    for one in facts:
        if one.started_at < end:
            found.setdefault(one.merchant, []).append(one)
    merchants = {}
    for name, own in found.items():
        own.sort(key=lambda one: (one.started_at, one.minutes, one.net_gmv_fen))
        merchants[name] = _Merchant(
            category=own[0].category,
            days=np.array([(one.started_at - end) / _DAY for one in own]),
            values=np.array([one.log_hourly for one in own]),
            is_operated=np.array([one.is_operated for one in own]),
            is_helped=np.array([one.is_helped for one in own]),
        )
    return merchants


def _case(own: _Merchant, idle: Mapping[str, _Merchant], first: float) -> _Case | None:
    """Return a served merchant with those it is compared with; None if it cannot be."""
    began = int(own.is_helped.argmax())
    start = float(own.days[began])
    # Another provider's help before this one's is no before without help.
    if start < -LONGEST / _DAY or not own.is_operated[began]:
        return None
    operated = np.flatnonzero(own.is_operated & (own.days >= first))
    figures = _figures(own, own.values[operated], start)
    if figures is None:
        return None
    # A day more on either side: the served one's days from morning to night.
    since = float(own.days[operated[0]]) - 0.5
    until = float(own.days[operated[-1]]) + 0.5
    matches = {}
    for name, other in idle.items():
        low, high = np.searchsorted(other.days, (since, until))
        match = _figures(other, other.values[low:high], start)
        if match is not None and abs(match.before - figures.before) <= CALIPER:
            matches[name] = match
    if len(matches) < LEAST_MATCHES:
        return None
    return _Case(figures, matches, len(operated))


def _figures(one: _Merchant, after: Floats, start: float) -> _Figures | None:
    """Return a merchant's figures around a start, in days; None with too few sessions."""
    span = BEFORE / _DAY
    low, middle, high = np.searchsorted(one.days, (start - span, start - span / 2, start))
    if high - low < LEAST_BEFORE or len(after) < LEAST_AFTER or not low < middle < high:
        return None
    values = one.values[low:high]
    weeks = one.days[low:high] / 7
    weeks = weeks - weeks.mean()
    spread = float(weeks @ weeks)
    if spread == 0:
        return None
    mean = float(values.mean())
    return _Figures(
        before=mean,
        after=float(after.mean()) - mean,
        placebo=float(one.values[middle:high].mean()) - float(one.values[low:middle].mean()),
        slope=float(weeks @ values) / spread,
    )


_Gains = tuple[float, dict[str, float]]


def _gains(case: _Case, name: str) -> _Gains:
    return (
        float(getattr(case.own, name)),
        {key: float(getattr(match, name)) for key, match in case.matches.items()},
    )


def _jackknifed(cases: Sequence[_Gains], names: Sequence[str]) -> Interval | None:
    """Return the mean difference of some cases with its delete-one-merchant interval.

    Args:
        cases: Each served merchant's figure, and those of its comparison merchants by name.
        names: Every comparison merchant once.
    """
    if not cases:
        return None
    column = {name: index for index, name in enumerate(names)}
    others: Floats = np.zeros((len(cases), len(names)))
    has: NDArray[np.bool_] = np.zeros(others.shape, dtype=np.bool_)
    own: Floats = np.array([figure for figure, _ in cases])
    for row, (_, matches) in enumerate(cases):
        for name, figure in matches.items():
            others[row, column[name]] = figure
            has[row, column[name]] = True
    sums, counts = others.sum(axis=1), has.sum(axis=1)
    differences = own - sums / counts
    effect = float(differences.mean())
    if len(cases) < 2 or len(names) < 2:
        return Interval(effect, math.inf)
    without_case = (differences.sum() - differences) / (len(cases) - 1)
    # Each comparison merchant taken out of every case in which it stands; a case always has more.
    left = counts[:, None] - has
    means = (sums[:, None] - others) / left
    without_name = (own[:, None] - means).mean(axis=0)
    variance = sum(
        (len(group) - 1) / len(group) * float(((group - group.mean()) ** 2).sum())
        for group in (without_case, without_name)
    )
    # SciPy costs half a second and 60 MB: only the process that estimates pays for it.
    from scipy.special import stdtrit

    degrees = min(len(cases), len(names)) - 1
    quantile = float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
    return Interval(effect, quantile * math.sqrt(variance))


def _failures(
    merchants: int,
    sessions: int,
    comparisons: int,
    effect: Interval | None,
    placebo: Interval | None,
    trend: Interval | None,
) -> tuple[Failure, ...]:
    failures = []
    if merchants < LEAST_MERCHANTS:
        failures.append(Failure.FEW_MERCHANTS)
    if sessions < LEAST_SESSIONS:
        failures.append(Failure.FEW_SESSIONS)
    if comparisons < LEAST_COMPARISONS:
        failures.append(Failure.FEW_COMPARISONS)
    if trend is not None and not trend.has_zero:
        failures.append(Failure.TREND)
    if placebo is not None and not placebo.has_zero:
        failures.append(Failure.PLACEBO)
    if effect is not None and effect.half_width >= NO_HALF_WIDTH:
        failures.append(Failure.WIDE)
    return tuple(failures)


def _chance(cases: Sequence[_Case], effect: float, seed: int) -> float:
    """Return how often comparison merchants, drawn into the served ones' places, gain as much."""
    generator = np.random.Generator(np.random.PCG64(seed))
    total: Floats = np.zeros(LOTS)
    for case in cases:
        figures = np.array([case.matches[name].after for name in sorted(case.matches)])
        drawn = generator.integers(0, len(figures), size=LOTS)
        rest = (figures.sum() - figures[drawn]) / (len(figures) - 1)
        total += figures[drawn] - rest
    reached = int((total / len(cases) >= effect).sum())
    return (1 + reached) / (1 + LOTS)


def _pair(interval: Interval | None) -> list[float | None] | None:
    if interval is None:
        return None
    width = interval.half_width if math.isfinite(interval.half_width) else None
    return [interval.effect, width]
