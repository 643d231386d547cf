"""The uplift by hand, on simulated rooms whose truth is known, and where it must not count."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from app.providers.sessions.uplift import (
    Failure,
    SessionFact,
    estimate_uplift,
    weight_of,
)

FIRST_DAY = datetime(2026, 7, 31, 16, tzinfo=UTC)
END = datetime(2026, 10, 31, 16, tzinfo=UTC)
START = datetime(2026, 9, 1, 11, tzinfo=UTC)


def fact(merchant, day, hourly_yuan, *, operated=False, helped=None, category="food", minutes=120):
    return SessionFact(
        merchant=merchant,
        category=category,
        started_at=START + timedelta(days=day),
        minutes=minutes,
        net_gmv_fen=round(hourly_yuan * 100 * minutes / 60),
        is_operated=operated,
        is_helped=operated if helped is None else helped,
    )


def estimate(facts, seed=1):
    return estimate_uplift(facts, first_day=FIRST_DAY, end=END, seed=seed)


def world(
    *, effect=0.3, served=12, idle=30, noise=0.25, drift=0.0, season=0.4, seed=7, dip=0.0, after=8
):
    """Simulated merchants: own level, a season that all share, noise, and the service's effect.

    `drift` lets the served ones grow by so much a week before anybody helps; `dip` takes so much
    off their last four weeks before.
    """
    chance = random.Random(seed)
    facts = []
    for number in range(served + idle):
        is_served = number < served
        level = math.log(2000) + chance.gauss(0, 0.3)
        for day in (*range(-54, 0, 4), *range(0, 4 * after, 4)):
            mean = level + season * day / 56
            if is_served:
                mean += drift * (day + 54) / 7
                mean -= dip if -28 <= day < 0 else 0.0
                mean += effect if day >= 0 else 0.0
            hourly = math.exp(mean + chance.gauss(0, noise))
            facts.append(fact(f"m{number}", day, hourly, operated=is_served and day >= 0))
    return facts


class TestByHand:
    def test_subtracts_what_the_season_brought_everybody(self):
        # Served: 1000 an hour before, 3000 after. Compared: 1000 before, 2000 after.
        # ln 3 − ln 2 = ln 1.5: half more than without the service.
        facts = []
        for n in range(5):
            facts += [fact(f"s{n}", day, 1000) for day in (-50, -40, -20, -10)]
            facts += [fact(f"s{n}", day, 3000, operated=True) for day in (1, 5, 9, 13)]
        for n in range(8):
            facts += [fact(f"c{n}", day, 1000) for day in (-50, -40, -20, -10)]
            facts += [fact(f"c{n}", day, 2000) for day in (1, 13)]

        found = estimate(facts)

        assert found.uplift_ratio == pytest.approx(0.5)
        assert (found.merchants, found.sessions, found.comparisons) == (5, 20, 8)
        assert found.placebo.effect == found.trend.effect == 0.0
        assert found.failures == ()
        assert found.weight == 1.0
        assert found.counted_ratio == pytest.approx(0.5)

    def test_counts_hours_not_sessions(self):
        facts = world(noise=0.0)
        longer = [
            SessionFact(
                one.merchant,
                one.category,
                one.started_at,
                one.minutes * 3,
                one.net_gmv_fen * 3,
                one.is_operated,
                one.is_helped,
            )
            if one.is_operated
            else one
            for one in facts
        ]

        assert estimate(longer).uplift_ratio == pytest.approx(
            estimate(facts).uplift_ratio, rel=1e-6
        )


class TestTruth:
    def test_the_interval_holds_the_truth_nineteen_times_of_twenty(self):
        held = total = 0
        for seed in range(40):
            found = estimate(world(effect=0.2, served=8, idle=14, seed=seed))
            held += abs(found.effect.effect - 0.2) <= found.effect.half_width
            total += 1

        assert held / total >= 0.875

    def test_before_and_after_alone_would_be_wrong(self):
        found = estimate(world(effect=0.0, season=0.8, noise=0.1))

        assert abs(found.effect.effect) < 0.08
        assert found.effect.has_zero

    def test_the_same_sessions_in_another_order_give_the_same_digits(self):
        facts = world()
        again = list(facts)
        random.Random(3).shuffle(again)

        assert estimate(facts) == estimate(again)

    def test_lots_of_unserved_merchants_rarely_gain_as_much(self):
        assert estimate(world(effect=0.5)).chance <= 0.01
        assert estimate(world(effect=0.0, season=0.0)).chance > 0.02


class TestWhatDoesNotCount:
    def test_a_trend_that_was_there_before(self):
        found = estimate(world(drift=0.06, noise=0.1))

        assert Failure.TREND in found.failures
        assert found.counted_ratio is None
        assert found.weight == 0.0

    def test_a_dip_before_the_start(self):
        assert Failure.PLACEBO in estimate(world(dip=0.4, noise=0.1)).failures

    def test_too_few_merchants_sessions_or_comparisons(self):
        few = estimate(world(served=4, idle=7, after=3, noise=0.05)).failures

        assert set(few) >= {
            Failure.FEW_MERCHANTS,
            Failure.FEW_SESSIONS,
            Failure.FEW_COMPARISONS,
        }

    def test_a_wide_interval(self):
        found = estimate(world(served=5, idle=9, noise=1.4, seed=2))

        assert Failure.WIDE in found.failures

    def test_nothing_to_estimate_from_is_no_zero(self):
        found = estimate([one for one in world() if not one.is_operated])

        assert found.effect is None
        assert found.uplift_ratio is None
        assert found.counted_ratio is None

    def test_merchants_of_other_goods_are_no_comparison(self):
        facts = [
            one
            if one.is_operated or int(one.merchant[1:]) < 12
            else fact(one.merchant, (one.started_at - START).days, 2000, category="beauty")
            for one in world()
        ]

        found = estimate(facts)

        assert found.effect is None
        assert found.left_out == 12

    def test_a_merchant_that_another_provider_helped_before(self):
        facts = world(noise=0.1)
        helped = [
            *facts,
            *[fact(f"m{n}", -30, 2000, operated=False, helped=True) for n in range(3)],
        ]

        found = estimate(helped)

        assert found.merchants == 9
        assert found.left_out == 3

    @pytest.mark.parametrize(
        ("half_width", "weight"), [(0.05, 1.0), (0.10, 1.0), (0.20, 0.5), (0.30, 0.0), (0.9, 0.0)]
    )
    def test_the_weight_falls_with_the_width(self, half_width, weight):
        assert weight_of(half_width) == pytest.approx(weight)

    def test_what_counts_less_lies_between_nothing_and_the_estimate(self):
        found = estimate(world(served=10, idle=16, noise=0.4, seed=1, effect=0.4))

        assert found.failures == ()
        assert 0 < found.weight < 1
        assert 0 < found.counted_ratio < found.uplift_ratio
