"""Each mechanism does what the trade says it does, on the twin, where luck has no say."""

import pytest

from simulations.actions import parse_action
from simulations.engines.v1.codes import SUMMARY
from simulations.errors import ActionRefusedError
from simulations.loading import parse_scenario
from simulations.rooms import admissible, keys_of_seed, replay
from simulations.states import summary_of
from tests.simulations.conftest import full_mapping

TWIN = keys_of_seed(5).twin
END = 240


def total(scenario, acts, name):
    state = replay(scenario, TWIN, acts, END)
    return summary_of(state)[SUMMARY.index(name)]


def refused(scenario, acts, tick, verb, **fields):
    state = replay(scenario, TWIN, acts, tick)
    with pytest.raises(ActionRefusedError) as caught:
        admissible(scenario, state, parse_action({"verb": verb, **fields}))
    return caught.value.code


STATED = {"product": "jeans", "minutes": 3, "price_fen": 7500, "quantity": 5}


class TestHold:
    def test_nothing_of_it_is_sold_meanwhile(self, calm, log):
        acts = log((20, "hold", STATED))

        before = replay(calm, TWIN, acts, 20).numbers
        held = replay(calm, TWIN, acts, 56).numbers

        assert (held.held, held.pinned) == (1, 1)
        assert held.sold[1] == before.sold[1]

    def test_people_wait_for_a_stated_release(self, calm, log):
        held = replay(calm, TWIN, log((20, "hold", STATED)), 50).numbers
        pinned = replay(calm, TWIN, log((20, "pin", {"product": "jeans"})), 50).numbers
        vague = replay(calm, TWIN, log((20, "hold", {"product": "jeans", "minutes": 3})), 50)

        assert sum(held.viewers) > 1.03 * sum(pinned.viewers)
        assert sum(vague.numbers.viewers) < sum(pinned.viewers)

    def test_the_release_sells_a_burst_within_the_stated_quantity(self, calm, log):
        state = replay(calm, TWIN, log((20, "hold", STATED)), 57).numbers

        assert state.released == 1
        assert state.released_price == 7500.0
        assert 1.3 < state.released_power <= 1.8
        over = replay(calm, TWIN, log((20, "hold", STATED)), 90).numbers
        assert over.released == -1
        assert over.price[1] == 7900.0
        assert over.lowest[1] == 7900.0

    def test_what_was_promised_is_all_there_is(self, calm, log):
        few = log((20, "hold", {**STATED, "quantity": 1, "price_fen": 3950}))

        before = replay(calm, TWIN, few, 56).numbers
        after = replay(calm, TWIN, few, 60).numbers

        assert after.released == -1
        assert after.sold[1] - before.sold[1] < 3.0

    def test_pays_against_pitching_the_same_and_only_if_it_is_stated(self, calm, log):
        socks = {"product": "socks"}
        times = (10, 90, 170)
        pinned = log(*((t, "pin", socks) for t in times))
        stated = {**socks, "minutes": 3, "price_fen": 990, "quantity": 20}
        held = log(*((t, "hold", stated) for t in times))
        vague = log(*((t, "hold", {**socks, "minutes": 3}) for t in times))

        nets = [total(calm, acts, "gmv") for acts in (pinned, held, vague)]

        assert nets[2] < nets[0] < nets[1] < 1.5 * nets[0]

    def test_who_waited_buys_at_the_release(self, calm, log):
        acts = log((20, "hold", STATED))

        before, after = (replay(calm, TWIN, acts, t).numbers for t in (56, 60))

        assert before.held_waiting > 0.2
        assert after.sold[1] - before.sold[1] > 0.5 * before.held_waiting

    def test_a_vague_hold_warns_and_builds_up_nothing(self, calm, log):
        acts = log((20, "hold", {"product": "jeans", "minutes": 3}))

        idle, vague = replay(calm, TWIN, [], 21).numbers, replay(calm, TWIN, acts, 21).numbers

        assert vague.risk > idle.risk + 0.6
        assert replay(calm, TWIN, acts, 60).numbers.released == -1

    def test_turning_away_breaks_the_promise(self, calm, log):
        kept = log((20, "hold", STATED))
        broken = [*kept, *log((30, "pin", {"product": "dress"}))]

        one, other = replay(calm, TWIN, kept, 31).numbers, replay(calm, TWIN, broken, 31).numbers

        assert other.held == -1
        assert other.risk > one.risk + 0.6

    def test_an_early_release_is_weaker_and_a_risk(self, calm, log):
        late = replay(calm, TWIN, log((20, "hold", STATED)), 57).numbers
        early = replay(calm, TWIN, log((20, "hold", STATED), (32, "release", {})), 33).numbers

        assert 1.0 < early.released_power < late.released_power
        assert early.risk > replay(calm, TWIN, log((20, "hold", STATED)), 33).numbers.risk

    def test_repeating_wears_it_off(self, calm, log):
        socks = {"product": "socks", "minutes": 3, "price_fen": 900, "quantity": 3}
        acts = log((0, "hold", socks), (100, "hold", socks))

        first, second = (replay(calm, TWIN, acts, t).numbers.released_power for t in (37, 137))

        assert 1.0 < second < first

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"product": "socken"}, "unknown_product"),
            ({"minutes": 6}, "hold_out_of_range"),
            ({"price_fen": 100}, "price_out_of_range"),
            ({"price_fen": 7901}, "price_out_of_range"),
            ({"quantity": 500}, "hold_over_stock"),
        ],
    )
    def test_refuses_what_cannot_be_kept(self, calm, change, code):
        assert refused(calm, [], 10, "hold", **{**STATED, **change}) == code

    def test_refuses_a_second_one(self, calm, log):
        acts = log((20, "hold", STATED))

        assert refused(calm, acts, 30, "hold", product="dress", minutes=2) == "hold_running"
        assert refused(calm, acts, 90, "hold", product="dress", minutes=2) == "hold_cooling"
        assert refused(calm, [], 30, "release") == "nothing_held"

    def test_is_not_offered_everywhere(self, tiny):
        assert refused(tiny, [], 10, "hold", **STATED) == "hold_not_offered"


class TestTrust:
    def test_sells_more_costs_money_and_comes_back(self, calm, log):
        acts = log((0, "trust", {"lever": "freight_insurance", "on": True}))

        assert total(calm, acts, "gmv") > 1.03 * total(calm, [], "gmv")
        assert total(calm, acts, "freight") > total(calm, [], "freight")
        assert total(calm, acts, "refunds") / total(calm, acts, "gmv") > total(
            calm, [], "refunds"
        ) / total(calm, [], "gmv")

    def test_instant_refunds_spare_the_service(self, calm, log):
        acts = log((0, "trust", {"lever": "instant_refund", "on": True}))

        assert (
            replay(calm, TWIN, acts, END).numbers.backlog
            < replay(calm, TWIN, [], END).numbers.backlog
        )

    def test_is_handed_back(self, calm, log):
        acts = log(
            (0, "trust", {"lever": "instant_refund", "on": True}),
            (50, "hand_back", {"lever": "freight"}),
        )

        assert sum(replay(calm, TWIN, acts, 60).numbers.trust) == 0.0

    def test_refuses_what_is_not_offered_or_so_already(self, calm, tiny, log):
        acts = log((0, "trust", {"lever": "instant_refund", "on": True}))

        assert refused(calm, acts, 5, "trust", lever="instant_refund", on=True) == "trust_unchanged"
        assert refused(calm, [], 5, "trust", lever="tenfold", on=True) == "trust_not_offered"
        assert refused(tiny, [], 5, "trust", lever="tenfold", on=True) == "trust_not_offered"


class TestClip:
    acts = ((0, "pin", {"product": "jeans"}), (20, "clip", {"product": "jeans"}))

    def test_brings_public_visitors_after_its_lag(self, calm, log):
        idle, acts = log(self.acts[0]), log(*self.acts)

        def public(one, tick):
            return replay(calm, TWIN, one, tick).numbers.arrived[1]

        assert public(acts, 44) == pytest.approx(public(idle, 44))
        assert public(acts, 100) > public(idle, 100) + 20.0

    def test_a_product_that_appeals_brings_more(self, calm, log):
        flows = []
        for product in ("socks", "coat"):
            acts = log((0, "pin", {"product": product}), (20, "clip", {"product": product}))
            flows.append(replay(calm, TWIN, acts, 46).numbers.clip_flow)

        assert flows[0] > 2.0 * flows[1]

    def test_the_flow_fades(self, calm, log):
        flows = [replay(calm, TWIN, log(*self.acts), t).numbers.clip_flow for t in (46, 118)]

        assert flows[1] < 0.1 * flows[0]

    def test_refusals(self, calm, tiny, log):
        acts = log(*self.acts)

        assert refused(tiny, [], 5, "clip", product="jeans") == "clip_not_offered"
        assert refused(calm, [], 5, "clip", product="dress") == "clip_no_material"
        assert refused(calm, acts, 25, "clip", product="jeans") == "clip_pending"
        assert refused(calm, acts, 25, "clip", product="hat") == "unknown_product"
        twice = [*acts, *log((50, "clip", {"product": "jeans"}))]
        assert refused(calm, twice, 80, "clip", product="jeans") == "clip_over_limit"


class TestStage:
    def test_a_new_host_takes_over_with_a_loss(self, calm, log):
        acts = log((60, "switch_host", {"host": "amei"}))

        now = replay(calm, TWIN, acts, 62).numbers

        assert (now.host, now.handover_end) == (1, 66)
        assert now.energy > replay(calm, TWIN, [], 62).numbers.energy

    def test_who_is_off_stage_recovers(self, calm, log):
        acts = log((0, "pace", {"pace": "push"}), (60, "switch_host", {"host": "amei"}))

        energies = [replay(calm, TWIN, acts, t).numbers.host_energy[0] for t in (61, 90)]

        assert energies[1] > energies[0] + 0.05

    def test_skill_is_hidden_and_drawn_by_the_macro_key(self, calm):
        skills = [replay(calm, keys_of_seed(n), [], 0).numbers.skill for n in range(3)]

        assert len({one[1] for one in skills}) == 3
        assert {one[0] for one in skills} == {1.0}

    def test_a_break_restores_and_costs(self, calm, log):
        acts = log((60, "break", {"minutes": 4}))

        rested, idle = (replay(calm, TWIN, one, 109).numbers for one in (acts, []))

        assert rested.energy > idle.energy
        assert rested.gmv < idle.gmv
        assert refused(calm, acts, 70, "break", minutes=2) == "stage_busy"

    def test_the_house_rotates_where_it_says_so(self):
        data = full_mapping(id="rotating", crew=None)
        data["house"]["host_rotate_min"] = 5
        room = parse_scenario(data)

        assert [replay(room, TWIN, [], t).numbers.host for t in (1, 61, 121, 181)] == [0, 1, 2, 0]

    def test_an_answer_can_change_the_host(self, calm, log):
        start = replay(calm, TWIN, [], 0).numbers.incident_start[1]
        acts = log((start, "respond", {"incident": "broken-link", "choice": "spare"}))

        assert replay(calm, TWIN, acts, start).numbers.host == 2

    def test_refusals(self, calm, tiny, log):
        assert refused(tiny, [], 5, "switch_host", host="amei") == "unknown_host"
        assert refused(tiny, [], 5, "switch_host", host="lead") == "stage_not_offered"
        assert refused(tiny, [], 5, "break", minutes=2) == "stage_not_offered"
        assert refused(calm, [], 5, "switch_host", host="lead") == "host_on_stage"
        assert refused(calm, [], 5, "break", minutes=6) == "break_out_of_range"
        acts = log((4, "switch_host", {"host": "amei"}))
        assert refused(calm, acts, 5, "switch_host", host="laozhou") == "stage_busy"


class TestHiddenHit:
    def test_one_of_the_test_items_appeals_more_on_every_seed(self, calm):
        hits = [replay(calm, keys_of_seed(n), [], 0).numbers for n in range(12)]

        assert {one.hit for one in hits} == {1, 2}
        assert all(one.lure[one.hit] == 1.8 for one in hits)
        assert all(sum(one.lure[:4]) == pytest.approx(4.8) for one in hits)


class TestPresale:
    def sold_out(self, log, **fields):
        acts = [
            (0, "pin", {"product": "dress"}),
            (0, "set_price", {"product": "dress", "price_fen": 6450}),
        ]
        return log(*acts, (5, "presale", {"product": "dress", **fields}))

    def empty(self):
        data = full_mapping(id="empty", crew=None)
        data["products"][2]["stock"] = 2
        return parse_scenario(data)

    def test_goes_on_selling_beyond_the_stock(self, log):
        room = self.empty()

        without = replay(room, TWIN, self.sold_out(log)[:2], 120).numbers
        stated = replay(room, TWIN, self.sold_out(log, ship_days=5), 120).numbers

        assert without.sold[2] == pytest.approx(2.0, abs=0.6)
        assert stated.presold[2] > 2.0
        assert stated.sold[2] == pytest.approx(2.0 + stated.presold[2], abs=0.6)

    def test_an_impossible_day_comes_back_and_an_unstated_one_warns(self, log):
        room = self.empty()
        kept, late, vague = (
            replay(room, TWIN, self.sold_out(log, **days), 6).numbers
            for days in ({"ship_days": 5}, {"ship_days": 1}, {})
        )

        assert late.presale_back[2] == pytest.approx(kept.presale_back[2] + 0.15)
        assert late.presale_ratio[2] > kept.presale_ratio[2]
        assert vague.risk > kept.risk + 0.5

    def test_refusals(self, calm, log):
        assert refused(calm, [], 5, "presale", product="jeans") == "presale_not_offered"
        acts = log((5, "presale", {"product": "dress", "ship_days": 5}))
        assert refused(calm, acts, 6, "presale", product="dress") == "presale_open"


class TestCash:
    def test_what_is_spent_is_gone(self, calm, log):
        acts = log((5, "restock", {"product": "jeans", "units": 10}))

        assert replay(calm, TWIN, acts, 5).numbers.cash == pytest.approx(
            replay(calm, TWIN, [], 5).numbers.cash - 38_000
        )

    def poor(self):
        cash = {"start_fen": 2500, "settled_fraction": 0}
        return parse_scenario(full_mapping(id="poor", crew=None, planning=None, cash=cash))

    @pytest.mark.parametrize(
        ("verb", "fields"),
        [
            ("restock", {"product": "jeans", "units": 1}),
            ("lucky_bag", {"prize_fen": 3000, "minutes": 2}),
            ("top_up", {"amount_fen": 5000}),
            ("boost", {"amount_fen": 3000}),
            ("staff", {"count": 1}),
        ],
    )
    def test_more_than_is_there_is_refused(self, verb, fields):
        assert refused(self.poor(), [], 0, verb, **fields) == "cash_short"

    def test_traffic_stops_when_it_is_gone(self):
        state = replay(self.poor(), TWIN, [], END).numbers

        assert state.spend == pytest.approx(2500.0)
        assert state.cash >= -1e-6

    def test_a_top_up_raises_the_budget(self, calm, log):
        acts = log((5, "top_up", {"amount_fen": 5000}))

        assert replay(calm, TWIN, acts, 5).numbers.traffic_budget == 25_000.0
        assert refused(calm, acts, 6, "top_up", amount_fen=50_000) == "top_up_over_limit"


class TestService:
    def test_open_questions_cost_conversion_and_staff_clears_them(self, calm, log):
        acts = log((10, "staff", {"count": 2}))

        idle, helped = (replay(calm, TWIN, one, END).numbers for one in ([], acts))

        assert idle.backlog > 10.0
        assert helped.backlog < 0.5 * idle.backlog
        assert helped.gmv > idle.gmv
        assert helped.service_fen == 6000.0

    def test_refusals(self, calm, tiny, log):
        acts = log((10, "staff", {"count": 1}))

        assert refused(tiny, [], 5, "staff", count=1) == "staff_not_offered"
        assert refused(calm, [], 5, "staff", count=3) == "staff_over_limit"
        assert refused(calm, acts, 12, "staff", count=1) == "staff_pending"


class TestTraffic:
    def bought(self, log, **fields):
        return log((0, "traffic", {"bid_fen": 66, "rate_fen_per_min": 1000, **fields}))

    def test_a_goal_brings_other_people(self, calm, log):
        visits, orders, fans = (
            replay(calm, TWIN, self.bought(log, goal=goal), END).numbers
            for goal in ("visits", "orders", "followers")
        )

        assert orders.arrived[2] < visits.arrived[2]
        assert orders.intent > 1.3 > visits.intent
        assert fans.fondness > 1.5
        assert orders.channel_gmv[2] / orders.arrived[2] > visits.channel_gmv[2] / visits.arrived[2]

    def test_another_goal_or_a_jump_learns_anew_and_small_steps_do_not(self, calm, log):
        start = self.bought(log)
        small = [*start, *log((60, "traffic", {"bid_fen": 72, "rate_fen_per_min": 1000}))]
        jump = [*start, *log((60, "traffic", {"bid_fen": 90, "rate_fen_per_min": 1000}))]
        other = [
            *start,
            *log((60, "traffic", {"bid_fen": 66, "rate_fen_per_min": 1000, "goal": "roi"})),
        ]

        ends = [replay(calm, TWIN, one, 60).numbers.learn_end for one in (small, jump, other)]

        assert ends == [0, 96, 96]

    def test_a_boost_brings_soft_visitors_for_its_time(self, calm, log):
        acts = log((0, "boost", {"amount_fen": 9000}))

        boosted, idle = (replay(calm, TWIN, one, 40).numbers for one in (acts, []))

        assert boosted.arrived[2] == pytest.approx(idle.arrived[2] + 200.0, rel=0.05)
        assert boosted.intent < 0.9
        assert boosted.spend > 9000.0

    def test_refusals(self, calm, tiny, log):
        acts = log((0, "boost", {"amount_fen": 9000}))

        assert refused(tiny, [], 5, "boost", amount_fen=2000) == "boost_not_offered"
        assert refused(tiny, [], 5, "top_up", amount_fen=2000) == "top_up_over_limit"
        assert refused(calm, acts, 5, "boost", amount_fen=2000) == "boost_cooling"
        assert refused(calm, [], 5, "boost", amount_fen=500) == "boost_out_of_range"
        goal = {"bid_fen": 60, "rate_fen_per_min": 100, "goal": "roi"}
        assert refused(tiny, [], 5, "traffic", **goal) == "goal_not_offered"


class TestCustomers:
    def test_new_orders_follow_the_channels(self, calm):
        state = replay(calm, TWIN, [], END).numbers

        assert 0.1 * state.orders < state.new_orders < 0.95 * state.orders
