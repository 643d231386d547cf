"""What an account's data would show before a session is planned: its last sessions, run by itself.

The sessions are the house's, under its own plan, on keys of their own (never a room's), with no
incident: what happens in a session must not be read off the ones before. They follow from the
scenario alone, so that everybody who plans it diagnoses the same account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import fmean
from typing import Any

from simulations.engines.v1.layout import State
from simulations.outcomes import LEAST_NET_FEN, outcome_of
from simulations.plans import MINUTES_PER_HOUR, in_force
from simulations.scenarios import Scenario
from simulations.series import CLICKS_AT, MARK_NAMES, SOLD_AT, marks_until
from simulations.states import RoomKeys, keys_of_seed

SESSIONS = 8
CURVE_STEP_MIN = 5


@dataclass(frozen=True, slots=True)
class PastSession:
    """One session's totals; money in fen."""

    gmv_fen: int
    net_gmv_fen: int
    margin_fen: int
    orders: int
    new_share_fraction: float
    refund_fraction: float
    visitors: int
    new_fans: int
    peak_online: int
    mean_online: int
    spend_fen: int
    roi_ratio: float | None
    break_even_roi_ratio: float | None
    strikes: int


@dataclass(frozen=True, slots=True)
class PastProduct:
    """One product over the sessions: means of a session."""

    code: str
    sold: float
    gmv_fen: int
    gmv_share_fraction: float
    click_count: float
    deal_fraction: float | None
    sold_out_min: int | None
    """Mean minute at which nothing was left, of the sessions in which that happened."""


@dataclass(frozen=True, slots=True)
class PastSessions:
    """The account's last sessions, oldest first, and what they have in common.

    `online` and `gmv_fen` are means at every `CURVE_STEP_MIN` minutes; the GMV is of these minutes.
    `hourly_fractions` are the shares of GMV in each hour begun, `source_fractions` the shares of
    visitors by channel.
    """

    sessions: tuple[PastSession, ...]
    products: tuple[PastProduct, ...]
    online: tuple[int, ...]
    gmv_fen: tuple[int, ...]
    hourly_fractions: tuple[float, ...]
    source_fractions: dict[str, float]

    def mean(self, name: str) -> float:
        """Return the mean of a field of the sessions, those without a value left out."""
        values = [value for one in self.sessions if (value := getattr(one, name)) is not None]
        return fmean(values) if values else 0.0

    def product(self, code: str) -> PastProduct:
        """Return a product's row; KeyError if there is none."""
        for one in self.products:
            if one.code == code:
                return one
        raise KeyError(code)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return asdict(self)


@lru_cache(maxsize=32)
def past_sessions(scenario: Scenario) -> PastSessions:
    """Return the last sessions of a scenario's account; the same for every plan of it.

    Milliseconds with the compiled engine, a few seconds a session without.
    """
    bare = _without_incidents(scenario.with_plan(None))
    runs = [_run(bare, _keys(scenario, n)) for n in range(SESSIONS)]
    gmv_fen = _mean_curve([run.per_minute("gmv") for run in runs], sum)
    whole_fen = max(sum(gmv_fen), 1)
    per_hour = MINUTES_PER_HOUR // CURVE_STEP_MIN
    visitors = {name: sum(run.marks[-1][_at(name)] for run in runs) for name in MARK_NAMES[:3]}
    total = sum(visitors.values()) or 1.0
    return PastSessions(
        sessions=tuple(run.session() for run in runs),
        products=_products(bare, runs),
        online=tuple(_mean_curve([run.online for run in runs], fmean)),
        gmv_fen=tuple(gmv_fen),
        hourly_fractions=tuple(
            round(sum(gmv_fen[at : at + per_hour]) / whole_fen, 4)
            for at in range(0, len(gmv_fen), per_hour)
        ),
        source_fractions={name: round(count / total, 4) for name, count in visitors.items()},
    )


@dataclass(frozen=True, slots=True)
class _Run:
    scenario: Scenario
    keys: RoomKeys
    marks: list[list[float]]
    state: State

    @property
    def online(self) -> list[float]:
        return [mark[_at("online")] for mark in self.marks[1:]]

    def per_minute(self, name: str) -> list[float]:
        return [after[_at(name)] - before[_at(name)] for before, after in pairwise(self.marks)]

    def session(self) -> PastSession:
        outcome = outcome_of(self.scenario, self.keys, [])
        return PastSession(
            gmv_fen=round(outcome.gmv_fen),
            net_gmv_fen=round(outcome.net_fen),
            margin_fen=round(outcome.margin_fen),
            orders=round(outcome.orders),
            new_share_fraction=round(outcome.new_share_fraction, 4),
            refund_fraction=round(outcome.refund_fraction, 4),
            visitors=round(outcome.visitors),
            new_fans=round(outcome.new_fans),
            peak_online=round(max(self.online)),
            mean_online=round(fmean(self.online)),
            spend_fen=round(outcome.spend_fen),
            roi_ratio=_rounded(outcome.roi_ratio),
            break_even_roi_ratio=_rounded(outcome.break_even_roi_ratio),
            strikes=outcome.strikes,
        )


def _run(scenario: Scenario, keys: RoomKeys) -> _Run:
    marks, state = marks_until(scenario, keys, (), scenario.duration_ticks)
    return _Run(scenario, keys, marks, state)


def _products(scenario: Scenario, runs: Sequence[_Run]) -> tuple[PastProduct, ...]:
    tray = in_force(scenario).tray
    rows = []
    for p, product in enumerate(scenario.products):
        if product.code not in tray:
            continue
        sold = fmean(run.marks[-1][SOLD_AT + p] for run in runs)
        clicks = fmean(run.marks[-1][CLICKS_AT + p] for run in runs)
        rows.append((product, sold, clicks, sold * product.list_price_fen, _sold_out(runs, p)))
    whole_fen = max(sum(row[3] for row in rows), LEAST_NET_FEN)
    return tuple(
        PastProduct(
            code=product.code,
            sold=round(sold, 1),
            gmv_fen=round(gmv_fen),
            gmv_share_fraction=round(gmv_fen / whole_fen, 4),
            click_count=round(clicks, 1),
            deal_fraction=round(sold / clicks, 4) if clicks > 0.0 else None,
            sold_out_min=sold_out_min,
        )
        for product, sold, clicks, gmv_fen, sold_out_min in rows
    )


def _sold_out(runs: Sequence[_Run], p: int) -> int | None:
    """Return the mean minute at which a product's stock was gone; None if it never was."""
    minutes = []
    for run in runs:
        stock = run.scenario.products[p].stock
        for minute, mark in enumerate(run.marks):
            if mark[SOLD_AT + p] >= stock:
                minutes.append(minute)
                break
    return round(fmean(minutes)) if minutes else None


def _mean_curve(curves: Sequence[Sequence[float]], within: Any) -> list[int]:
    """Return the mean over curves by minute, put together by `within` every few minutes."""
    means = [fmean(values) for values in zip(*curves, strict=True)]
    return [
        round(within(means[at : at + CURVE_STEP_MIN]))
        for at in range(0, len(means), CURVE_STEP_MIN)
    ]


def _keys(scenario: Scenario, n: int) -> RoomKeys:
    text = f"past session {n} of {scenario.with_plan(None).content_hash()}"
    return keys_of_seed(int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big"))


def _without_incidents(scenario: Scenario) -> Scenario:
    fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    return Scenario.model_construct(**{**fields, "incidents": ()})


def _at(name: str) -> int:
    return MARK_NAMES.index(name)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def read_past_sessions(data: dict[str, Any]) -> PastSessions:
    """Return what `PastSessions.to_dict` gave, after a way through JSON."""
    return PastSessions(
        sessions=tuple(PastSession(**one) for one in data["sessions"]),
        products=tuple(PastProduct(**one) for one in data["products"]),
        online=tuple(data["online"]),
        gmv_fen=tuple(data["gmv_fen"]),
        hourly_fractions=tuple(data["hourly_fractions"]),
        source_fractions=dict(data["source_fractions"]),
    )
