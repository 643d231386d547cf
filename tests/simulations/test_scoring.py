from dataclasses import replace

import pytest

from simulations import policies
from simulations.errors import ReferenceMissingError
from simulations.labels import MESSAGES
from simulations.merchants import Scoring
from simulations.outcomes import Outcome
from simulations.rooms import keys_of_seed, replay
from simulations.scoring import one_change_counterfactuals, room_result, score_of

RULES = Scoring(
    margin_limit_fraction=0.36,
    margin_house_share=1.0,
    refund_limit_fraction=0.20,
    roi_limit_ratio=2.0,
    roi_free_fen=50_000,
    strike_points=8,
    exponent=2,
)


def outcome(net_yuan, margin=0.5, refund=0.10, spend_yuan=1000.0, roi=3.0, strikes=0, closed=False):
    """Return an outcome with round rates."""
    net = net_yuan * 100.0
    gmv = net / (1.0 - refund)
    return Outcome(
        gmv_fen=gmv,
        refunds_fen=gmv - net,
        margin_fen=margin * net,
        spend_fen=spend_yuan * 100.0,
        paid_gmv_fen=roi * spend_yuan * 100.0,
        gifts_fen=0.0,
        freight_fen=0.0,
        orders=100.0,
        visitors=1000.0,
        strikes=strikes,
        is_closed=closed,
    )


HOUSE, REFERENCE = outcome(57_300), outcome(111_000)


def points(candidate, house=HOUSE, **changes):
    rules = RULES.model_copy(update=changes)
    return score_of(candidate, house, REFERENCE, rules, 0.1).points


class TestScoreOf:
    def test_the_worked_example_of_the_specification(self):
        # Net 84,000 against 57,300 and 111,000; margin 33 %, ROI 2.6, refunds 16 %, one strike.
        candidate = outcome(84_000, margin=0.33, refund=0.16, roi=2.6, strikes=1)

        score = score_of(candidate, HOUSE, REFERENCE, RULES, 0.1)

        assert score.raw == pytest.approx(57.8, abs=0.06)
        assert score.gate_factor == pytest.approx(0.840, abs=0.001)
        assert score.points == pytest.approx(40.6, abs=0.06)

    def test_the_house_is_zero_and_the_reference_a_hundred(self):
        assert points(HOUSE) == 0.0
        assert points(REFERENCE) == 100.0

    def test_gates_shrink_gains_and_do_not_soften_losses(self):
        poor = {"margin": 0.18, "refund": 0.40, "roi": 1.0}

        assert points(outcome(84_000, **poor)) == pytest.approx(
            points(outcome(84_000)) * 0.25 * 0.25 * 0.25
        )
        assert points(outcome(40_000, **poor)) == points(outcome(40_000))

    def test_a_loss_of_money_leaves_nothing(self):
        assert points(outcome(84_000, margin=-0.1)) == 0.0

    def test_small_spend_is_not_judged(self):
        assert points(outcome(84_000, spend_yuan=500.0, roi=0.1)) == points(outcome(84_000))
        assert points(outcome(84_000, spend_yuan=501.0, roi=0.1)) < 1.0
        assert points(outcome(84_000, spend_yuan=0.0)) == points(outcome(84_000))

    def test_a_bad_day_lowers_the_margin_asked_for_but_not_to_nothing(self):
        bad_day = outcome(57_300, margin=0.20)
        awful_day = outcome(57_300, margin=-0.5)

        assert points(outcome(84_000, margin=0.20), bad_day) == points(outcome(84_000))
        assert points(outcome(84_000, margin=0.05), awful_day) < 20.0

    def test_strikes_cost_beyond_the_houses(self):
        struck_house = outcome(57_300, strikes=1)

        assert points(outcome(84_000, strikes=1)) == points(outcome(84_000)) - 8.0
        assert points(outcome(84_000, strikes=1), struck_house) == points(outcome(84_000))
        assert points(outcome(84_000, strikes=2), struck_house) == points(outcome(84_000)) - 8.0

    def test_a_strike_that_nobody_saw_is_not_charged(self):
        score = score_of(outcome(84_000, strikes=1), HOUSE, REFERENCE, RULES, 0.1, lived_strikes=0)

        assert score.strikes_charged == 0

    def test_a_closed_room_has_no_positive_score(self):
        assert points(outcome(84_000, closed=True)) == 0.0
        assert points(outcome(40_000, closed=True)) < 0.0

    def test_is_clipped(self):
        assert points(outcome(500_000)) == 130.0
        assert points(outcome(0)) == -100.0

    def test_a_weak_reference_does_not_blow_differences_up(self):
        score = score_of(outcome(84_000), HOUSE, outcome(57_400), RULES, span_floor_log=0.3)

        assert score.span_log == 0.3

    def test_exponent_one_is_gentler(self):
        candidate = outcome(84_000, margin=0.18)

        assert points(candidate, exponent=1) == pytest.approx(points(outcome(84_000)) * 0.5)


@pytest.fixture(scope="module")
def played(tiny):
    """Return keys, and what a sound operator does in their room."""
    keys = keys_of_seed(3)
    return keys, policies.log_of(tiny, policies.competent(tiny), keys)


class TestRoomResult:
    def test_is_pure_in_its_arguments(self, tiny, played, yardstick):
        keys, acts = played

        one = room_result(tiny, keys, acts, yardstick)

        assert one == room_result(tiny, keys, list(acts), yardstick)
        assert one.to_dict() == room_result(tiny, keys, acts, yardstick).to_dict()

    def test_is_judged_on_the_twin(self, tiny, played, yardstick):
        keys, acts = played
        result = room_result(tiny, keys, acts, yardstick)

        assert result.lived["candidate"] != result.twin["candidate"]
        assert result.score == score_of(
            result.twin["candidate"],
            result.twin["house"],
            result.twin["reference"],
            tiny.scoring,
            yardstick.span_floor_log,
            result.lived["candidate"].strikes,
        )

    def test_the_lived_run_shows_whole_fen(self, tiny, played, yardstick):
        keys, acts = played
        lived = room_result(tiny, keys, acts, yardstick).lived["candidate"]

        assert lived.gmv_fen == int(lived.gmv_fen)
        assert lived.orders == int(lived.orders)

    def test_every_point_is_explained(self, tiny, played, yardstick):
        keys, acts = played
        result = room_result(tiny, keys, acts, yardstick)
        steps = result.explanation

        assert [step["code"] for step in steps][:5] == [
            "growth",
            "gate_margin",
            "gate_roi",
            "gate_refund",
            "strikes",
        ]
        assert {step["code"] for step in steps} <= set(MESSAGES)
        assert steps[0]["points"] == result.score.raw
        assert steps[-1] == {"code": "final", "points": result.score.points}
        changes = sum(step.get("change", 0.0) for step in steps)
        assert steps[0]["points"] + changes == pytest.approx(result.score.points)

    def test_explains_a_closed_room_and_the_clip(self, tiny, yardstick, played):
        keys, acts = played
        result = room_result(tiny, keys, acts, yardstick)
        closed = replace(
            result,
            twin={**result.twin, "candidate": replace(result.twin["candidate"], is_closed=True)},
            score=replace(result.score, raw=50.0, strikes_charged=0, points=0.0),
        )
        clipped = replace(result, score=replace(result.score, raw=-300.0, points=-100.0))

        assert "closed" in [step["code"] for step in closed.explanation]
        assert clipped.explanation[-2]["code"] == "clip"

    def test_the_reference_playing_itself_scores_about_a_hundred(self, tiny, yardstick):
        scores = []
        for seed in range(5):
            keys = keys_of_seed(seed)
            acts = policies.log_of(tiny, yardstick.policy, keys.twin)
            scores.append(room_result(tiny, keys.twin, acts, yardstick).score)

        assert [score.raw for score in scores] == pytest.approx([100.0] * 5)

    def test_needs_a_reference(self, tiny, keys):
        with pytest.raises(ReferenceMissingError, match=r"tiny\.reference\.json"):
            room_result(tiny, keys, [])


class TestCounterfactuals:
    def test_give_each_actions_worth_on_the_twin(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        acts = log(
            (10, "set_price", {"product": "socks", "price_fen": 500}),
            (30, "pin", {"product": "coat"}),
            (start, "respond", {"incident": "size-comments", "choice": "try-on"}),
        )

        found = one_change_counterfactuals(tiny, keys, acts)

        assert [abs(one.net_worth_fen) for one in found] == sorted(
            (abs(one.net_worth_fen) for one in found), reverse=True
        )
        by_verb = {one.action["verb"]: one for one in found}
        assert by_verb["respond"].net_worth_fen > 0
        assert by_verb["pin"].net_worth_fen < 0
        assert by_verb["pin"].lived_noise_fen is None

    def test_state_the_noise_of_lived_paths(self, tiny, keys, log):
        acts = log((0, "freight_cover", {"on": True}))

        one = one_change_counterfactuals(tiny, keys, acts, noise_seeds=6)[0]

        assert one.lived_noise_fen > 0

    def test_are_bounded_in_number(self, tiny, keys, log):
        acts = log(
            *((tick, "pace", {"pace": pace}) for tick, pace in enumerate(["slow", "push"] * 10))
        )

        found = one_change_counterfactuals(tiny, keys, acts, most=5)

        assert sorted(one.index for one in found) == [0, 4, 8, 12, 16]

    def test_of_nothing_are_nothing(self, tiny, keys):
        assert one_change_counterfactuals(tiny, keys, []) == []
