"""Goals that a plan declares, and the ROI gate that follows what was sold."""

import pytest

from simulations.merchants import Scoring
from simulations.outcomes import Outcome
from simulations.planning import Aim, Plan
from simulations.rooms import keys_of_seed
from simulations.scoring import room_result, score_of


def outcome(**numbers):
    return Outcome(
        **{
            "gmv_fen": 100_000,
            "refunds_fen": 0,
            "margin_fen": 60_000,
            "spend_fen": 0,
            "paid_gmv_fen": 0,
            "gifts_fen": 0,
            "freight_fen": 0,
            "orders": 100,
            "visitors": 1000,
            "strikes": 0,
            "is_closed": False,
            **numbers,
        }
    )


REFERENCE = outcome(gmv_fen=200_000)


def rules_with(**fields):
    return Scoring(
        **{
            "margin_limit_fraction": 0.15,
            "margin_house_share": 0.75,
            "refund_limit_fraction": 0.5,
            "roi_limit_ratio": 2.0,
            "roi_free_fen": 1000,
            "strike_points": 8,
            "exponent": 2,
            **fields,
        }
    )


class TestAim:
    def room(self, full, aim):
        return full.with_plan(Plan(aim=aim))

    def score(self, value, house_value, aim="followers", **numbers):
        house = outcome(new_fans=house_value)
        rules = rules_with(aims=(Aim(id="followers", target=200, points=6),))
        return score_of(outcome(new_fans=value, **numbers), house, REFERENCE, rules, 0.1, aim=aim)

    @pytest.mark.parametrize(
        ("value", "points"), [(100, 0.0), (150, 3.0), (200, 6.0), (900, 6.0), (0, -3.0)]
    )
    def test_is_worth_its_points_at_the_target_in_proportion(self, value, points):
        found = self.score(value, 100)

        assert found.aim is not None
        assert found.aim.points == pytest.approx(points)
        assert found.points == pytest.approx(points)

    def test_counts_only_if_it_was_declared(self):
        assert self.score(200, 100, aim=None).aim is None
        assert self.score(200, 100, aim="repeat").aim is None

    def test_a_target_that_the_house_reaches_is_no_goal(self):
        assert self.score(400, 300).aim.points == 0.0

    def test_idle_under_a_declared_goal_scores_zero(self, full, yardstick):
        result = room_result(self.room(full, "followers"), keys_of_seed(2), [], yardstick)

        assert result.points == 0.0
        assert result.plan["aim"] == "followers"

    def test_stands_in_the_explanation(self, full, yardstick, log):
        acts = log((10, "lucky_bag", {"prize_fen": 4000, "minutes": 5}))
        result = room_result(self.room(full, "followers"), keys_of_seed(2), acts, yardstick)

        step = next(one for one in result.explanation if one["code"] == "aim")

        assert step["aim"] == "followers"
        assert step["change"] == result.score.aim.points > 0.0
        assert result.explanation[-1]["points"] == pytest.approx(result.score.points)


class TestBreakEven:
    def gate(self, **numbers):
        rules = rules_with(roi_break_even_share=0.5, roi_free_fen=0)
        found = score_of(
            outcome(spend_fen=10_000, paid_gmv_fen=20_000, **numbers),
            outcome(),
            REFERENCE,
            rules,
            0.1,
        )
        return next(gate for gate in found.gates if gate.code == "gate_roi")

    def test_the_limit_follows_what_was_really_sold(self):
        rich = self.gate(kept_margin_fen=50_000)
        poor = self.gate(kept_margin_fen=10_000)

        assert rich.limit == pytest.approx(0.5 * 100_000 / 50_000)
        assert poor.limit == pytest.approx(0.5 * 100_000 / 10_000)
        assert rich.factor == 1.0 > poor.factor

    def test_goods_without_margin_fall_back_on_the_fixed_limit(self):
        assert self.gate(kept_margin_fen=-1).limit == rules_with().roi_limit_ratio
