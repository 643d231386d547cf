"""The account's last sessions, and remarks on a plan."""

import json

import pytest

from simulations.errors import PlanError
from simulations.past_sessions import SESSIONS, past_sessions, read_past_sessions
from simulations.plan_advice import advice_on, aim_level
from simulations.planning import Plan
from simulations.plans import parse_plan, plan_data
from tests.factories.planned_rooms import PLAN, planned_scenario


@pytest.fixture(scope="module")
def scenario():
    return planned_scenario()


@pytest.fixture(scope="module")
def past(scenario):
    return past_sessions(scenario)


class TestPastSessions:
    def test_are_the_same_for_everybody_and_every_plan(self, scenario, past):
        past_sessions.cache_clear()

        assert past_sessions(scenario) == past
        assert past_sessions(scenario.with_plan(parse_plan(PLAN))) == past

    def test_differ_from_day_to_day(self, past):
        assert len({one.gmv_fen for one in past.sessions}) == SESSIONS

    def test_add_up(self, scenario, past):
        assert sum(past.source_fractions.values()) == pytest.approx(1, abs=0.001)
        assert sum(past.hourly_fractions) == pytest.approx(1, abs=0.001)
        assert sum(one.gmv_share_fraction for one in past.products) == pytest.approx(1, abs=0.001)
        assert sum(past.gmv_fen) == pytest.approx(past.mean("gmv_fen"), rel=0.001)
        assert len(past.online) == scenario.duration_min // 5

    def test_know_no_incident(self, scenario, past):
        # What happens today must not be read off the sessions before, however bad it is.
        effects = scenario.incidents[0].effects.model_copy(update={"buying_ratio": 0.01})
        ruin = scenario.incidents[0].model_copy(
            update={"effects": effects, "from_min": 1, "until_min": 2, "lasts_min": 28}
        )
        fields = {name: getattr(scenario, name) for name in type(scenario).model_fields}
        ruined = type(scenario).model_construct(**{**fields, "incidents": (ruin,)})

        found = past_sessions(ruined).mean("gmv_fen")

        assert found == pytest.approx(past.mean("gmv_fen"), rel=0.25)

    def test_come_back_from_json(self, past):
        assert read_past_sessions(json.loads(json.dumps(past.to_dict()))) == past


class TestAdvice:
    def codes(self, scenario, past, **plan):
        return [one.code for one in advice_on(scenario, past, Plan(**plan))]

    def test_a_goal_is_declared_or_asked_for(self, scenario, past):
        assert "no_aim" in self.codes(scenario, past)
        declared = advice_on(scenario, past, Plan(aim="followers"))
        ahead = next(one for one in declared if one.code == "aim_ahead")
        assert ahead.values["level"] == aim_level(past, "followers") < 60

    def test_targets_reach_the_sessions(self, scenario, past):
        assert "targets_below" in self.codes(scenario, past, hourly_gmv_fen=(599_999,))
        assert "targets_below" not in self.codes(scenario, past, hourly_gmv_fen=(600_000,))

    def test_somebody_must_stay_at_the_start(self, scenario, past):
        assert "no_opening_product" in self.codes(scenario, past, tray=("jeans", "coat"))
        assert "no_opening_product" not in self.codes(scenario, past, tray=("jeans", "socks"))

    def test_what_carries_the_account_is_missed(self, scenario, past):
        dropped = advice_on(scenario, past, Plan(tray=("socks", "jeans")))
        assert [one.values["product"] for one in dropped if one.code == "seller_dropped"] == [
            "coat"
        ]

    def test_cash_is_left_for_what_goes_wrong(self, scenario, past):
        assert "cash_tight" not in self.codes(scenario, past)
        assert "cash_tight" in self.codes(scenario, past, traffic_budget_fen=200_000)

    def test_teasers_are_used(self, scenario, past):
        assert "few_videos" in self.codes(scenario, past, preheat_videos=2)
        assert "few_videos" not in self.codes(scenario, past, preheat_videos=3)


class TestParsePlan:
    def test_leaves_out_what_the_house_decides(self):
        assert plan_data(parse_plan(PLAN)) == PLAN
        assert plan_data(parse_plan({})) == {}

    def test_names_every_fault(self):
        with pytest.raises(PlanError) as refused:
            parse_plan({"grade": "Z", "luck": 1, "stock": [{"product": "socks"}]})

        assert [field for field, _ in refused.value.faults] == ["grade", "stock.0.units", "luck"]

    def test_is_no_number(self):
        with pytest.raises(PlanError):
            parse_plan({"traffic_budget_fen": float("nan")})
