"""The placement test: what it asks, when it ends, and what it is worth on known people."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from question_bank.adaptive import (
    Answered,
    PoolItem,
    Rules,
    expected_error,
    next_step,
    posterior,
    standing_of,
    topic_standings,
)
from question_bank.difficulty import Curve, content_curve, stacked
from question_bank.placing import sit, study_placement
from question_bank.psychometrics.irt import NODES
from tests.factories.bank import single_item, truth_item

SHARES = {"traffic": 20, "live_ops": 30, "anchor": 10, "service": 5}
SEED = b"a placement test's seed"


def pool_of(count_by_topic=40):
    rng = np.random.default_rng(5)
    return [
        PoolItem(f"{topic}-{n}", topic, Curve(1.0, float(rng.normal(0, 1.2)), 0.1))
        for topic in SHARES
        for n in range(count_by_topic)
    ]


class TestStandingOf:
    def test_begins_in_the_middle_and_knows_nothing(self):
        assert standing_of([], []).theta == 0
        assert standing_of([], []).error == 1

    def test_agrees_with_an_integral_by_hand(self):
        curves, credits = [Curve(1.2, 0.5, 0.2), Curve(0.8, -0.3, 0.0)], [1.0, 0.0]
        grid = np.linspace(-5, 5, 20001)
        chance = stacked(curves).chances(grid)
        weights = np.exp(-(grid**2) / 2) * chance[:, 0] * (1 - chance[:, 1])
        weights /= weights.sum()
        mean = float(weights @ grid)

        standing = standing_of(curves, credits)

        assert standing.theta == pytest.approx(mean, abs=1e-3)
        assert standing.error == pytest.approx(
            float(np.sqrt(weights @ grid**2 - mean**2)), abs=2e-3
        )

    def test_the_weights_are_the_same_posterior(self):
        curves, credits = [Curve(1.0, 0.0, 0.25)] * 5, [1, 1, 0, 1, 0]

        assert float(posterior(curves, credits) @ NODES) == pytest.approx(
            standing_of(curves, credits).theta
        )


class TestNextStep:
    def test_asks_near_the_present_ability(self):
        pool = pool_of()
        easy = next(one for one in pool if one.curve.b < -1 and one.topic == "live_ops")
        right = [Answered(one.id, 1.0) for one in pool if one.curve.b > 0][:10]

        item_id = next_step(pool, {"traffic": 1}, right, SEED).item_id

        asked = {one.id: one for one in pool}[item_id]
        assert asked.curve.b > easy.curve.b + 1

    def test_the_same_answers_lead_to_the_same_item(self):
        pool = pool_of()

        assert next_step(pool, SHARES, [], SEED) == next_step(pool, SHARES, [], SEED)

    def test_two_tests_do_not_all_begin_alike(self):
        pool = pool_of()
        firsts = {next_step(pool, SHARES, [], bytes([n]) * 16).item_id for n in range(40)}

        assert len(firsts) == 6

    def test_never_asks_an_item_twice_nor_one_that_gives_it_away(self):
        pool = [
            PoolItem("one", "traffic", Curve(1, 0, 0), frozenset({"two"})),
            PoolItem("two", "traffic", Curve(1, 0, 0)),
        ]

        step = next_step(pool, {"traffic": 1}, [Answered("one", 1.0)], SEED)

        assert (step.item_id, step.ending) == (None, "exhausted")

    def test_leaves_out_what_was_seen_lately_while_there_is_something_else(self):
        pool = [PoolItem(name, "traffic", Curve(1, 0, 0)) for name in ("a", "b")]

        assert next_step(pool, {"traffic": 1}, [], SEED, avoid={"a"}).item_id == "b"
        assert next_step(pool, {"traffic": 1}, [], SEED, avoid={"a", "b"}).item_id in {"a", "b"}

    def test_ends_at_the_greatest_length(self):
        rules = Rules(target_error=0.01, most_items=18)
        pool = pool_of()
        answers = sit(
            pool, SHARES, {one.id: one.curve for one in pool}, 0.0, np.random.default_rng(1), rules
        )

        assert len(answers) == 18

    def test_every_topic_is_asked_by_its_share(self):
        pool = pool_of()
        rng = np.random.default_rng(2)
        answers = sit(pool, SHARES, {one.id: one.curve for one in pool}, 0.5, rng)
        topics = Counter(one.item_id.rsplit("-", 1)[0] for one in answers)

        assert min(topics[one] for one in SHARES) >= 2
        assert topics["live_ops"] > topics["anchor"]


class TestTopicStandings:
    def test_few_answers_stay_near_the_whole(self):
        pool = pool_of()
        answers = [Answered(f"traffic-{n}", 1.0) for n in range(12)]
        answers += [Answered("anchor-0", 0.0)]

        found = topic_standings(pool, answers)

        assert found["traffic"].theta > found["anchor"].theta > 0
        assert found["anchor"].error > found["traffic"].error


class TestStudyPlacement:
    """The figures of docs/training.md come from the same study over the shipped pool."""

    def test_beats_a_fixed_form_of_the_same_length(self):
        thetas = np.random.default_rng(3).normal(0.2, 1, 80).tolist()

        study = study_placement(pool_of(), SHARES, thetas, seed=1, item_sd=0.5)

        assert study.rmse < study.fixed_rmse
        assert abs(study.bias) < 0.12
        assert study.mean_items < 30
        assert study.covered_fraction > 0.85
        assert study.most_shown_fraction < 0.7


class TestContentCurve:
    def test_a_higher_level_is_harder_and_a_guess_has_its_floor(self):
        junior = content_curve(single_item("a-one"))
        senior = content_curve(single_item("a-two", level="senior"))

        assert senior.b - junior.b == pytest.approx(2.0)
        assert (junior.c, content_curve(truth_item("a-three")).c) == (0.25, 0.5)

    def test_the_committees_rating_goes_before_the_assumption(self):
        rated = content_curve(single_item("a-one", expected_at_cut=0.9))

        assert rated.b < content_curve(single_item("a-one")).b


def test_a_fixed_forms_error_is_that_of_its_information():
    # 16 items of slope 1 at the ability itself tell 16 / 4 = 4, and the prior 1 more.
    assert expected_error([Curve(1.0, 0.3, 0.0)] * 16, 0.3) == pytest.approx(1 / np.sqrt(5))
