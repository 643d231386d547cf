import json

import pytest

from simulations import policies
from simulations.engines.v1.codes import SUMMARY
from simulations.errors import ReferenceMissingError
from simulations.loading import parse_scenario
from simulations.outcomes import Outcome
from simulations.planning import Plan
from simulations.policies import log_of, play, policy_of, reference
from simulations.rooms import admissible, keys_of_seed, replay
from simulations.states import summary_of

SEEDS = [keys_of_seed(seed) for seed in range(3)]


def everybody(scenario):
    return [
        policies.house(),
        policies.random_presses(),
        policies.novice(scenario),
        policies.competent(scenario),
    ]


class TestLogOf:
    @pytest.mark.parametrize("number", range(4))
    def test_replays_to_what_was_played(self, tiny, number):
        policy = everybody(tiny)[number]
        for keys in SEEDS:
            for pair in (keys, keys.twin):
                acts = log_of(tiny, policy, pair)

                state = replay(tiny, pair, acts, tiny.duration_ticks)

                assert summary_of(state) == play(tiny, policy, pair).summary
                assert state.numbers.applied == len(acts)

    @pytest.mark.parametrize("number", range(4))
    def test_is_what_a_candidate_could_have_done(self, tiny, number):
        keys = SEEDS[0]
        acts = log_of(tiny, everybody(tiny)[number], keys)

        for index, entry in enumerate(acts):
            state = replay(tiny, keys, acts[:index], entry.tick)
            admissible(tiny, state, entry.action)


class TestPolicyOf:
    def test_refuses_a_name_that_theta_has_not(self):
        with pytest.raises(KeyError, match="luck"):
            policy_of("lucky", {"luck": 1})

    def test_touches_nothing_unless_told(self, tiny):
        still = policy_of("still", {"rotate_min": -1})

        assert play(tiny, still, SEEDS[0]).summary == play(tiny, policies.house(), SEEDS[0]).summary

    @pytest.mark.parametrize(
        ("values", "verb"),
        [
            ({"pace_mode": 1}, "pace"),
            ({"packet_gap_min": 4, "packet_fen": 1000}, "red_packet"),
            ({"coupon_gap_min": 4, "coupon_depth": 0.1, "coupon_min": 2}, "coupon"),
            ({"bag_gap_min": 4, "bag_fen": 1000}, "lucky_bag"),
            ({"price_share": 0.9}, "set_price"),
            ({"freight_from": 2}, "freight_cover"),
            (
                {"bid_fen": 60, "rate_fen": 500, "traffic_from": 0.3, "traffic_until": 0.6},
                "traffic",
            ),
            ({"cover_min": 60, "restock_share": 2}, "restock"),
            ({"react_s": 30}, "respond"),
        ],
    )
    def test_uses_the_lever_that_its_numbers_name(self, tiny, values, verb):
        acts = log_of(tiny, policy_of("one", {"rotate_min": -1, **values}), SEEDS[1])

        assert verb in {entry.action.verb for entry in acts}

    def test_judgement_decides_the_answer(self, tiny):
        def answers(judgement):
            values = {"rotate_min": -1, "react_s": 0, "judgement": judgement}
            acts = log_of(tiny, policy_of("one", values), SEEDS[1])
            return {
                entry.action.choice
                for entry in acts
                if entry.action.verb == "respond" and entry.action.incident == "size-comments"
            }

        assert answers(1) == {"try-on"}
        assert answers(0) == {"freight"}


class TestCompetent:
    def test_uses_what_the_room_offers(self, full):
        policy = policies.competent(full)
        room = policies.planned(full, policy.plan)
        verbs = set()
        for keys in SEEDS:
            verbs |= {entry.action.verb for entry in log_of(room, policy, keys)}

        assert verbs >= {"pin", "clip", "switch_host", "presale", "boost"}
        assert policy.plan.preheat_videos > 0

    def test_plans_within_the_purse(self, full):
        poor = full.model_dump(mode="json", exclude={"plan", "opening"})
        poor["planning"]["purse_fen"] = (
            full.market.budget_fen
            + full.benefits.budget_fen
            + poor["planning"]["preheat"]["cost_fen"]
        )

        plan = policies.competent_plan(parse_scenario(poor))

        assert plan.preheat_videos == 1

    def test_does_better_than_a_novice(self, full):
        def net(policy):
            return sum(Outcome.of(play(full, policy, keys.twin).summary).net_fen for keys in SEEDS)

        assert net(policies.competent(full)) > net(policies.novice(full))

    def test_plans_nothing_where_nothing_is_planned(self, tiny):
        assert policies.competent(tiny).plan is None


class TestReferencePlan:
    def test_is_stored_and_read(self, full):
        plan = Plan(grade="S", preheat_videos=2)
        data = {
            "scenario_hash": full.content_hash(),
            "theta": {"choose": 1.0},
            "span_floor_log": 0.2,
            "plan": plan.model_dump(mode="json"),
        }

        found = policies.parse_reference(full, data)

        assert found.plan == found.policy.plan == plan


class TestReference:
    def test_comes_from_beside_the_scenario(self, tiny, tmp_path):
        data = {
            "scenario_hash": tiny.content_hash(),
            "theta": {"choose": 1.0},
            "span_floor_log": 0.2,
        }
        (tmp_path / "tiny.reference.json").write_text(json.dumps(data), encoding="utf-8")

        found = reference(tiny, tmp_path)

        assert not found.is_stale
        assert found.span_floor_log == 0.2

    def test_is_stale_when_the_scenario_has_changed(self, tiny):
        data = {"scenario_hash": "0" * 64, "theta": {}, "span_floor_log": 0.2}

        assert policies.parse_reference(tiny, data).is_stale

    def test_may_be_missing(self, tiny, tmp_path):
        with pytest.raises(ReferenceMissingError, match=r"tiny\.reference\.json"):
            reference(tiny, tmp_path)


class TestOutcome:
    def test_of_a_room_without_a_sale(self):
        empty = Outcome.of([0.0] * len(SUMMARY))

        assert empty.refund_fraction == 0.0
        assert empty.roi_ratio is None
        assert empty.margin_fraction == 0.0
        assert empty.to_dict()["roi_ratio"] is None
