import json

import pytest

from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE, SCHEMA, Depth, calibrate
from simulations.crowd import exploits, population
from simulations.economics import break_even_roi_ratio, contribution_fen
from simulations.executors import Place, opened
from simulations.reporting import calibration_lines
from simulations.search import TRAINING_BASE, Effort


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


DEPTH = Depth(
    keys=24,
    persons=4,
    worlds=5,
    repeat_keys=2,
    hunt=Effort(rounds=1, population=2, elite=1, seeds_per_round=1),
    hunt_keys=3,
    sensitivity_keys=1,
)


@pytest.fixture(scope="module")
def report(tiny, yardstick, compiled):
    told = []
    found = calibrate(tiny, DEPTH, yardstick, progress=lambda *pair: told.append(pair))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    return found


class TestCalibrate:
    def test_is_plain_json(self, report):
        assert json.loads(json.dumps(report, allow_nan=False)) == report

    def test_names_what_it_rests_on(self, report, tiny):
        assert report["schema"] == SCHEMA
        assert report["scenario_ref"] == "tiny@1"
        assert report["scenario_hash"] == tiny.content_hash()
        assert report["keys"] == 24

    def test_has_the_parts_that_the_charts_draw(self, report):
        assert set(report) == {
            "schema", "scenario_ref", "scenario_hash", "engine_version", "engine_golden",
            "reference_hash", "reference_is_stale",
            "keys", "policies", "cut", "default_cut", "cut_line", "separation", "exploits",
            "reliability", "reliability_of_raw_gmv", "ranking", "seeds_for_5_percent", "repeats",
            "hunt", "sensitivity", "limits", "house_normals", "checks", "problems",
        }  # fmt: skip
        assert sum(report["policies"]["novice"]["histogram"]["counts"]) == 24
        assert len(report["cut_line"]["pass_fraction"]["novice"]) == len(report["cut_line"]["cuts"])

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

    def test_hunts_with_each_gate_off_and_all_on(self, report):
        assert set(report["hunt"]["adversaries"]) == {
            "all-gates-on", "margin-off", "roi-off", "refund-off", "strikes-off", "all-gates-off",
        }  # fmt: skip

    def test_lists_a_problem_for_each_failed_check(self, report):
        failed = [check for check in report["checks"] if not check["passed"]]

        assert len(report["problems"]) == len(failed)
        assert all(check["remedy"] for check in failed)

    def test_leaves_out_what_the_depth_leaves_out(self, tiny, yardstick):
        shallow = Depth(keys=20, persons=3, worlds=3, repeat_keys=1, hunt=None, sensitivity_keys=0)

        report = calibrate(tiny, shallow, yardstick)

        assert report["hunt"]["adversaries"] == {}
        assert report["sensitivity"] == []
        assert "nothing_beats_reference" not in {check["code"] for check in report["checks"]}

    def test_is_the_same_whoever_works(self, tiny, yardstick):
        shallow = Depth(keys=20, persons=3, worlds=3, repeat_keys=1, hunt=None, sensitivity_keys=0)
        with opened(Place("threads", 1)) as one, opened(Place("threads", 3)) as three:
            assert calibrate(tiny, shallow, yardstick, one) == calibrate(
                tiny, shallow, yardstick, three
            )

    def test_is_readable(self, report):
        text = "\n".join(calibration_lines(report))

        assert "发布检查" in text
        assert "competent 得分分布" in text
        assert "搜索 margin-off" in text


def test_calibration_and_training_seeds_are_apart():
    training = {pair for offset in range(1000) for pair in seeds(4, TRAINING_BASE + offset)}

    assert not training & set(seeds(500, CALIBRATION_BASE))
