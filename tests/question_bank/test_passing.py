"""The chance to pass: exact where it can be worked out, and calibrated on people held out."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from question_bank.adaptive import posterior
from question_bank.blueprints import ExamBlueprint
from question_bank.difficulty import Curve
from question_bank.foretelling import study_forecasts
from question_bank.items import Topic
from question_bank.passing import (
    pass_forecast,
    reliability,
    score_chances,
    topic_counts,
    typical_form,
)
from question_bank.psychometrics.irt import NODES
from tests.factories.bank import single_item

FLAT = Curve(1.0, 0.0, 0.0, "calibrated")


def blueprint(**changes):
    return ExamBlueprint.model_validate(
        {
            "id": "exam",
            "version": 1,
            "title": "考试",
            "level": "junior",
            "pool": "exam",
            "item_count": 10,
            "quotas": [
                {"topic": "traffic", "least": 4, "most": 6},
                {"topic": "anchor", "least": 2, "most": 2},
                {"topic": "traffic", "kind": "numeric", "least": 1},
            ],
            **changes,
        }
    )


def test_equal_items_give_the_binomial():
    scores = score_chances([FLAT] * 5)
    middle = int(np.argmin(np.abs(NODES)))  # ability 0: every chance is one half

    assert scores[middle] == pytest.approx([comb(5, n) / 32 for n in range(6)])
    assert scores.sum(axis=1) == pytest.approx(np.ones(len(NODES)))


def test_a_score_equal_to_the_cut_passes():
    weights = np.zeros(len(NODES))
    weights[int(np.argmin(np.abs(NODES)))] = 1.0

    forecast = pass_forecast(weights, [FLAT] * 5, 0.6, answers=50)

    assert forecast.chance == pytest.approx((comb(5, 3) + comb(5, 4) + 1) / 32)


def test_who_is_better_has_the_better_chance_and_more_answers_narrow_it():
    items = [Curve(1.0, b, 0.25) for b in np.linspace(-2, 2, 40)]
    form = items[::2]

    def of(rights, count):
        credits = [1.0] * round(count * rights) + [0.0] * round(count * (1 - rights))
        return pass_forecast(posterior(items[:count], credits), form, 0.6, answers=count)

    assert of(0.9, 40).chance > of(0.5, 40).chance
    wide, narrow = of(0.6, 10), of(0.6, 40)
    assert wide.high - wide.low > narrow.high - narrow.low
    assert narrow.low <= narrow.chance <= narrow.high
    assert wide.is_thin


def test_an_uncertain_difficulty_makes_no_chance_surer():
    weights = posterior([FLAT] * 20, [1.0] * 15 + [0.0] * 5)
    sure = pass_forecast(weights, [FLAT] * 30, 0.6, answers=20)
    unsure = pass_forecast(weights, [Curve(1.0, 0.0, 0.0)] * 30, 0.6, answers=20)

    assert 0.5 < unsure.chance < sure.chance


def test_a_form_without_items_cannot_be_passed():
    with pytest.raises(ValueError, match="without items"):
        pass_forecast(posterior([], []), [], 0.6, answers=0)


def test_a_typical_form_has_the_blueprints_shares():
    assert topic_counts(blueprint()) == {Topic.TRAFFIC: 7, Topic.ANCHOR: 3}
    items = [single_item(f"t-{n}") for n in range(3)] + [single_item("a-one", topic="anchor")]

    assert len(typical_form(blueprint(), items, {})) == 10


def test_stated_chances_agree_with_what_happens_to_people_held_out():
    rng = np.random.default_rng(11)
    pool = [Curve(1.0, float(rng.normal(-0.6, 0.5)), 0.25) for _ in range(150)]

    found = study_forecasts(pool, pool[::3], 0.6, people=400, seed=2)

    assert found.brier < 0.6 * found.base_brier
    assert found.error < 0.06


def test_reliability_counts_every_person_once():
    found = reliability([0.1, 0.1, 0.9, 0.95], [False, True, True, True])

    assert [count for *_, count in found.bins] == [2, 2]
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.0025) / 4)
    with pytest.raises(ValueError, match="0 chances"):
        reliability([], [])
