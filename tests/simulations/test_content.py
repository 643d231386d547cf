"""The rooms that are shipped: they load, they are calibrated, and they measure skill."""

import json

import pytest

from simulations import policies
from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE, best_cut, judge
from simulations.crowd import exploits
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.policies import Policy, reference
from simulations.rooms import keys_of_seed, observe, replay

SCENARIOS = shipped_scenarios()
CUT = 25.0
KEYS = seeds(16, CALIBRATION_BASE + 5)


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request):
    return SCENARIOS[request.param]


@pytest.fixture(scope="module")
def report(scenario):
    path = CONTENT_DIR / f"{scenario.id}.calibration.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def points(scenario, compiled):
    """Return mean scores on keys that neither search nor the stored calibration has seen."""
    yardstick = reference(scenario)
    chosen = [
        policies.house(),
        policies.random_presses(),
        policies.novice(scenario),
        policies.competent(scenario),
        Policy("reference", yardstick.policy.theta),
        *exploits(scenario).values(),
    ]
    judged = judge(scenario, chosen, KEYS, yardstick)
    return {one.policy.name: one.points for one in judged}


def mean(values):
    return sum(values) / len(values)


class TestStored:
    def test_the_reference_is_of_this_very_scenario(self, scenario):
        assert not reference(scenario).is_stale

    def test_the_calibration_is_of_this_very_scenario(self, scenario, report):
        assert report["scenario_hash"] == scenario.content_hash()
        assert report["problems"] == []

    def test_the_default_cut_lies_between_novice_and_competent(self, report):
        scores = {name: row["score"] for name, row in report["policies"].items()}

        assert scores["novice"]["mean"] < CUT < scores["competent"]["p5"]
        assert report["default_cut"]["false_pass_fraction"] <= 0.05
        assert report["default_cut"]["false_fail_fraction"] <= 0.05

    def test_the_gates_are_those_that_the_house_implies(self, scenario, report):
        limits, rules = report["limits"], scenario.scoring

        assert rules.margin_limit_fraction == pytest.approx(
            limits["margin_limit_fraction"], abs=0.006
        )
        assert rules.refund_limit_fraction == pytest.approx(
            limits["refund_limit_fraction"], abs=0.006
        )
        assert rules.roi_limit_ratio == pytest.approx(limits["roi_limit_ratio"], rel=0.02)

    def test_the_normal_ranges_are_the_houses(self, scenario, report):
        for name, (low, high) in report["house_normals"].items():
            normal = getattr(scenario.normals, name, None)
            if normal is not None:
                assert normal.low == pytest.approx(low, rel=0.1)
                assert normal.high == pytest.approx(high, rel=0.1)


class TestSkill:
    def test_the_house_scores_exactly_zero(self, points):
        assert set(points["house"]) == {0.0}

    def test_random_presses_do_not_beat_the_house(self, points):
        assert mean(points["random"]) < 0.0

    def test_novice_fails_and_competent_passes(self, points):
        assert mean(points["novice"]) < CUT < mean(points["competent"])
        cut = best_cut(points["novice"], points["competent"])
        assert cut["lowest_equal_cut"] <= 36 <= cut["highest_equal_cut"] + 8

    def test_the_reference_scores_about_a_hundred(self, points):
        assert 88.0 < mean(points["reference"]) < 106.0

    def test_no_degenerate_strategy_reaches_the_cut(self, points, scenario):
        reached = {name: mean(points[name]) for name in exploits(scenario)}

        assert {name: score for name, score in reached.items() if score >= CUT} == {}


class TestPlay:
    def test_runs_to_its_end_and_shows_itself(self, scenario):
        keys = keys_of_seed(9)
        acts = policies.log_of(scenario, policies.random_presses(), keys)

        for tick in range(0, scenario.duration_ticks + 1, 120):
            json.dumps(observe(scenario, replay(scenario, keys, acts, tick), exam=True))

    def test_leaves_people_time_to_answer(self, scenario):
        assert scenario.compliance.answer_min * 60 / scenario.speed.exam >= 45

    def test_says_why_each_product_is_there(self, scenario):
        assert all(len(product.note) >= 15 for product in scenario.products)

    def test_breaking_a_rule_never_pays(self, scenario):
        for incident in scenario.incidents:
            best = min(incident.choices, key=lambda choice: choice.remaining_fraction)
            assert best.risk == 0.0


def test_f1_makes_what_its_story_says(compiled):
    """House about 12,600 yuan on the seeds' own level; a sound operator half as much again, net."""
    report = json.loads((CONTENT_DIR / "f1.calibration.json").read_text(encoding="utf-8"))

    assert report["policies"]["house"]["gmv_fen"] == pytest.approx(1_260_000, rel=0.05)
    assert report["policies"]["competent"]["net_ratio"] == pytest.approx(1.48, abs=0.08)


def test_the_demonstration_lasts_ten_minutes_on_the_wall():
    demo = SCENARIOS["f1-demo"]

    assert demo.duration_min / demo.speed.exam == 10.0
