import json

import pytest

from simulations import calibration
from simulations.batch import seeds
from simulations.calibration import (
    best_cut,
    calibrate,
    percentiles,
    release_problems,
    reliability,
    seeds_to_tell,
    separation,
)
from simulations.crowd import exploits, population
from simulations.economics import break_even_roi_ratio, contribution_fen


class TestBestCut:
    def test_stands_in_the_middle_of_a_gap(self):
        found = best_cut([5, 10, 20], [50, 60, 70])

        assert (found["lowest_equal_cut"], found["highest_equal_cut"]) == (21, 50)
        assert found["cut"] == 36
        assert found["false_pass_fraction"] == found["false_fail_fraction"] == 0

    def test_weighs_both_errors(self):
        found = best_cut([10, 20, 40], [30, 50, 60])

        assert found["false_pass_fraction"] + found["false_fail_fraction"] == pytest.approx(
            1 / 3, abs=1e-3
        )


class TestSeparation:
    def test_of_equal_groups_is_nothing(self):
        assert separation([1, 2, 3], [1, 2, 3]) == {"cohen_d": 0.0, "auc_fraction": 0.5}

    def test_of_separate_groups_is_complete(self):
        assert separation([1, 2, 3], [11, 12, 13])["auc_fraction"] == 1.0

    def test_of_constants_is_not_a_number_of_any_use(self):
        assert separation([1, 1], [2, 2])["cohen_d"] == 0.0


class TestReliability:
    def test_is_one_without_luck(self):
        assert reliability([[1, 1, 1], [2, 2, 2], [3, 3, 3]])["own_keys"] == 1.0

    def test_keeps_the_worlds_apart_from_the_persons(self):
        found = reliability([[1, 11], [2, 12], [3, 13]])

        assert found["same_keys"] == 1.0
        assert found["own_keys"] < 0.1
        assert found["luck_share"] == pytest.approx(1.0 - found["own_keys"])


class TestSeedsToTell:
    def test_grows_with_the_noise(self):
        quiet, loud = ([-s, 0, s] for s in (0.01, 0.2))

        assert seeds_to_tell(quiet) < seeds_to_tell(loud)


class TestPercentiles:
    def test_are_those_of_the_values(self):
        found = percentiles(range(101))

        assert found == {"mean": 50, "sd": 29.3, "p5": 5, "p50": 50, "p95": 95}


class TestEconomics:
    def test_contribution_counts_returns_and_their_freight(self, tiny):
        # 159 yuan, cost 66, 30 % returned, 8 yuan lost on each: 62.7 yuan are left.
        product = tiny.products[1].model_copy(
            update={"list_price_fen": 15900, "cost_fen": 6600, "refund_fraction": 0.3}
        )

        assert contribution_fen(product, 800) == pytest.approx(6270)

    def test_break_even_follows_the_mix(self, tiny):
        only_socks = break_even_roi_ratio(tiny, [1, 0, 0, 0])

        assert only_socks == pytest.approx(990 / (390 * 0.9 - 80))
        assert break_even_roi_ratio(tiny) > 1.0

    def test_a_mix_that_loses_money_never_breaks_even(self, tiny):
        losing = tiny.model_copy(update={"reverse_freight_fen": 100_000})

        assert break_even_roi_ratio(losing) == float("inf")


class TestCrowd:
    def test_rises_in_skill(self, tiny, yardstick):
        people = population(tiny, yardstick.policy, 5)

        assert [one.name for one in people] == [
            f"skill-{share:.2f}" for share in (0, 0.25, 0.5, 0.75, 1)
        ]
        assert people == population(tiny, yardstick.policy, 5)

    def test_exploits_have_names(self, tiny):
        assert len(exploits(tiny)) >= 12
        assert all(name == policy.name for name, policy in exploits(tiny).items())


@pytest.fixture(scope="module")
def report(tiny, yardstick, compiled):
    told = []
    found = calibrate(
        tiny,
        count=24,
        persons=4,
        worlds=5,
        yardstick=yardstick,
        progress=lambda *pair: told.append(pair),
    )
    assert told[-1][0] == told[-1][1]
    return found


class TestCalibrate:
    def test_is_plain_json(self, report):
        assert json.loads(json.dumps(report, allow_nan=False)) == report

    def test_names_what_it_rests_on(self, report, tiny):
        assert report["scenario_ref"] == "tiny@1"
        assert report["scenario_hash"] == tiny.content_hash()
        assert report["keys"] == 24

    def test_puts_the_house_at_zero(self, report):
        assert report["policies"]["house"]["score"]["mean"] == 0.0
        assert report["policies"]["house"]["net_ratio"] == 1.0

    def test_derives_limits_from_the_house(self, report):
        limits = report["limits"]

        assert limits["margin_limit_fraction"] == pytest.approx(
            0.75 * limits["house_margin_fraction"], abs=1e-3
        )
        assert limits["refund_limit_fraction"] > limits["house_refund_fraction"]
        assert limits["roi_limit_ratio"] < limits["break_even_roi_ratio"]


class TestReleaseProblems:
    @pytest.fixture
    def good(self):
        def row(mean, sd=1.0):
            return {"score": {"mean": mean, "sd": sd}}

        return {
            "policies": {
                "house": row(0.0, 0.0),
                "random": row(-9.0),
                "novice": row(11.0),
                "competent": row(60.0),
                "reference": row(98.0),
            },
            "default_cut": {"cut": 25.0},
            "reliability": {"own_keys": 0.9},
            "exploits": {"dump-prices": {"score": -20.0}},
            "separation": {"novice-competent": {"cohen_d": 6.0}},
        }

    def test_a_good_room_has_none(self, good):
        assert release_problems(good) == []

    def test_each_fault_is_named(self, good):
        good["policies"]["novice"]["score"]["mean"] = 30.0
        good["policies"]["random"]["score"]["mean"] = 1.0
        good["policies"]["house"]["score"]["sd"] = 1.0
        good["policies"]["reference"]["score"]["mean"] = 80.0
        good["reliability"]["own_keys"] = 0.5
        good["exploits"]["dump-prices"]["score"] = 40.0
        good["separation"]["novice-competent"]["cohen_d"] = 1.0

        assert len(release_problems(good)) == 7


def test_calibration_seeds_are_fixed():
    assert seeds(1, calibration.CALIBRATION_BASE) == seeds(1, 11_000)
