from dataclasses import replace

import pytest

from simulations.carrying import ended, first_carry, opening_of, rested
from simulations.errors import ReferenceMissingError, ScenarioError
from simulations.linked import (
    Sitting,
    period_reference,
    period_reference_path,
    period_result,
    play_period,
    replay_period,
    scenario_of_day,
    search_period,
    session_keys,
    total_of,
)
from simulations.loading import shipped_scenarios
from simulations.periods import load_period, parse_period, shipped_periods
from simulations.policies import Reference, competent, house, policy_of
from simulations.rooms import keys_of_seed, replay
from simulations.search import Effort
from simulations.shell import write_json


@pytest.fixture
def period(period_mapping):
    return parse_period(period_mapping)


def burning(scenario):
    """Return an operator who lives on coupons: good today."""
    return policy_of(
        "burning", {"coupon_gap_min": 0.5, "coupon_depth": 0.3, "coupon_min": 5, "choose": 1}
    )


class TestParsePeriod:
    def test_names_every_fault_at_once(self, period_mapping):
        period_mapping["rules"]["trust_days"] = 0
        period_mapping["sessions"][0]["kind"] = "weekly"
        period_mapping["oops"] = 1

        with pytest.raises(ScenarioError) as caught:
            parse_period(period_mapping, "days.yaml")

        text = "\n".join(caught.value.problems)
        assert "days.yaml: days: rules.trust_days" in text
        assert "sessions.0.kind" in text
        assert "oops" in text

    def test_days_must_rise(self, period_mapping):
        period_mapping["sessions"][2]["day"] = 1

        with pytest.raises(ScenarioError, match="day 1 does not follow day 1"):
            parse_period(period_mapping)

    def test_a_file_may_be_unusable(self, tmp_path):
        (tmp_path / "x.yaml").write_text("- 1\n", "utf-8")

        with pytest.raises(ScenarioError, match="not a mapping"):
            load_period(tmp_path / "x.yaml")
        with pytest.raises(ScenarioError, match=r"none\.yaml"):
            load_period(tmp_path / "none.yaml")

    def test_all_shipped_ones_load(self):
        assert all(period.id == name for name, period in shipped_periods().items())


class TestSessionKeys:
    def test_differ_between_sessions_and_share_the_world_with_the_twin(self, keys):
        first, second = session_keys(keys, 0), session_keys(keys, 1)

        assert first.macro != second.macro
        assert session_keys(keys.twin, 0) == first.twin


class TestScenarioOfDay:
    def test_has_the_days_traffic(self, tiny, period):
        big = scenario_of_day(tiny, period.sessions[1])

        assert big.audience.fans_per_min == 2.0 * tiny.audience.fans_per_min
        assert big.market.budget_fen == 2 * tiny.market.budget_fen
        assert scenario_of_day(tiny, period.sessions[0]).content_hash() == tiny.content_hash()


class TestCarrying:
    @pytest.fixture
    def over(self, tiny, keys):
        return replay(tiny, keys, [], tiny.duration_ticks)

    def test_stock_is_what_was_left(self, tiny, period, over):
        carry = ended(tiny, period.rules, first_carry(tiny, period.rules), over)

        sold = sum(over.numbers.sold)
        assert sold > 0
        assert sum(carry.stock) == sum(one.stock for one in tiny.products) - sold

    def test_fans_stay_and_grow(self, tiny, period, over):
        carry = ended(tiny, period.rules, first_carry(tiny, period.rules), over)

        won = over.numbers.follows
        assert carry.followers == pytest.approx(tiny.audience.followers + 0.9 * won)

    def test_money_and_returned_goods_come_later(self, tiny, period, over):
        rules = period.rules
        carry = ended(tiny, rules, first_carry(tiny, rules), over)
        assert carry.cash_fen <= rules.start_cash_fen

        day_1 = rested(tiny, rules, carry, period.sessions[1])
        day_3 = rested(tiny, rules, carry, period.sessions[2])

        assert day_1.due == carry.due
        assert day_3.due == ()

    def test_opens_the_next_session_as_the_engine_reads_it(self, tiny, period, over, keys):
        rules = period.rules
        carry = ended(tiny, rules, first_carry(tiny, rules), over)

        room = tiny.with_opening(opening_of(tiny, carry))
        begun = replay(room, keys, [], 0).numbers

        assert [round(units) for units in begun.stock[: len(tiny.products)]] == list(carry.stock)
        assert begun.fans == round(carry.followers)
        assert begun.mood == pytest.approx(carry.mood)

    def test_a_struck_room_loses_trust(self, tiny, period, keys, log):
        quiet = replay(tiny, keys, [], tiny.duration_ticks)
        loud = replay(tiny, keys, log((0, "pace", {"pace": "push"})), tiny.duration_ticks)
        assert loud.numbers.strikes > quiet.numbers.strikes
        start = first_carry(tiny, period.rules)

        trust = [ended(tiny, period.rules, start, state).trust for state in (quiet, loud)]

        assert trust[1] < trust[0] <= 1.0

    def test_rest_heals(self, tiny, period, over):
        rules = period.rules
        worn = replace(
            ended(tiny, rules, first_carry(tiny, rules), over), trust=0.5, tired=0.6, strain=2.0
        )

        after = rested(tiny, rules, worn, period.sessions[2])

        assert 0.5 < after.trust < 1.0
        assert after.tired < 0.6
        assert after.strain < 2.0
        assert after.fans_ratio > worn.fans_ratio

    def test_supply_stops_where_cash_ends(self, tiny, period):
        rules = period.rules
        empty = replace(first_carry(tiny, rules), stock=(0,) * len(tiny.products), cash_fen=10_000)

        filled = rested(tiny, rules, empty, period.sessions[2])

        bought = sum(
            product.cost_fen * units
            for product, units in zip(tiny.products, filled.stock, strict=True)
        )
        assert 0 < bought <= 10_000
        assert filled.cash_fen == 10_000 - bought


class TestPlayPeriod:
    def test_is_replayed_from_its_logs(self, tiny, period, keys):
        run = play_period(period, tiny, keys, competent(tiny))
        sittings = [session.sitting for session in run.sessions]

        assert replay_period(period, tiny, keys, sittings) == run

    def test_nobody_at_the_cockpit_is_the_house(self, tiny, period, keys):
        idle = replay_period(period, tiny, keys, [])

        assert play_period(period, tiny, keys, house()) == idle
        assert idle.total.net_fen == pytest.approx(
            sum(one.outcome.net_fen for one in idle.sessions)
        )

    def test_burning_the_audience_costs_on_the_days_after(self, tiny, period, keys):
        burnt = play_period(period, tiny, keys.twin, burning(tiny)).sessions[0].sitting
        kept = replay_period(period, tiny, keys.twin, [])
        after = replay_period(period, tiny, keys.twin, [burnt])

        # The very same house sits the later sessions; only the first one differed.
        assert after.sessions[1].before.fans_ratio < kept.sessions[1].before.fans_ratio
        later = [sum(one.outcome.visitors for one in run.sessions[1:]) for run in (after, kept)]
        assert later[0] < later[1]

    def test_without_memory_burning_costs_nothing_later(self, tiny, period_mapping, keys):
        period_mapping["rules"] |= {
            "trust_per_refund": 0,
            "trust_per_strike": 0,
            "trust_per_lost_share": 0,
            "trust_per_discount": 0,
            "tired_per_order": 0,
        }
        forgetful = parse_period(period_mapping)

        run = play_period(forgetful, tiny, keys.twin, burning(tiny))

        assert {session.before.fans_ratio for session in run.sessions} == {1.0}


class TestPeriodResult:
    @pytest.fixture
    def best(self, tiny):
        return Reference(competent(tiny), 0.1, False)

    def test_idle_is_exactly_zero(self, tiny, period, keys, best):
        result = period_result(period, tiny, keys, [], best)

        assert result.score.points == 0.0
        assert result.to_dict()["uplift_ratio"] == 0.0

    def test_counts_the_whole_period(self, tiny, period, keys, best):
        run = play_period(period, tiny, keys, competent(tiny))
        sittings = [Sitting(one.sitting.log) for one in run.sessions]

        data = period_result(period, tiny, keys, sittings, best).to_dict()

        assert data["score"] != 0.0
        assert data["twin"]["net_fen"] == pytest.approx(
            sum(one["net_fen"] for one in data["sessions"]), abs=3
        )
        assert [one["day"] for one in data["sessions"]] == [0, 1, 3]

    def test_a_closed_session_closes_the_sum(self, tiny, period, keys):
        outcomes = [one.outcome for one in replay_period(period, tiny, keys, []).sessions]

        assert not total_of(outcomes).is_closed
        assert total_of([replace(outcomes[0], is_closed=True), *outcomes[1:]]).is_closed


class TestPeriodReference:
    def test_is_searched_stored_and_read(self, tiny, period, tmp_path, compiled):
        effort = Effort(rounds=1, population=2, elite=1, seeds_per_round=1)
        data = search_period(period, tiny, effort=effort)
        write_json(period_reference_path(period, tmp_path), data)

        found = period_reference(period, tiny, tmp_path)

        assert not found.is_stale
        assert found.span_floor_log == pytest.approx(0.5 * data["mean_span_log"], abs=1e-6)
        assert search_period(period, tiny, effort=effort) == data

    def test_is_stale_when_the_period_has_changed(self, tiny, period, tmp_path):
        record = {
            "theta": {}, "span_floor_log": 0.1, "scenario_hash": "", "period_hash": "other",
        }  # fmt: skip
        write_json(period_reference_path(period, tmp_path), record)

        assert period_reference(period, tiny, tmp_path).is_stale

    def test_may_be_missing(self, tiny, period, tmp_path):
        with pytest.raises(ReferenceMissingError, match=r"days\.reference\.json"):
            period_reference(period, tiny, tmp_path)


@pytest.mark.parametrize("name", sorted(shipped_periods()))
class TestShipped:
    def test_the_reference_is_of_this_very_period(self, name):
        period = shipped_periods()[name]

        assert not period_reference(period, shipped_scenarios()[period.scenario]).is_stale

    def test_has_a_big_day_among_daily_ones(self, name):
        kinds = [session.kind for session in shipped_periods()[name].sessions]

        assert kinds[0] == kinds[-1] == "daily"
        assert "big" in kinds

    def test_rewards_sound_work_over_burning(self, name, compiled):
        period = shipped_periods()[name]
        scenario = shipped_scenarios()[period.scenario]
        twin = keys_of_seed(77).twin
        best = period_reference(period, scenario).policy

        nets = [
            play_period(period, scenario, twin, policy).total.net_fen
            for policy in (burning(scenario), competent(scenario), best)
        ]

        assert nets == sorted(nets)
