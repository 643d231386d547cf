"""The house runs inside the room: idle is exactly it, and a lever is taken and handed back."""

import pytest

from simulations import policies
from simulations.batch import run_once
from simulations.rooms import keys_of_seed, observe, replay
from simulations.scoring import room_result
from simulations.states import summary_of


class TestIdle:
    @pytest.mark.parametrize("seed", range(4))
    def test_scores_exactly_zero(self, tiny, yardstick, seed):
        result = room_result(tiny, keys_of_seed(seed), [], yardstick)

        assert result.points == 0.0
        assert result.uplift_ratio == 0.0
        assert result.twin["candidate"] == result.twin["house"]
        assert result.lived["candidate"] == result.lived["house"]
        assert result.score.strikes_charged == 0

    def test_is_the_house_policy(self, tiny, keys):
        run = run_once(tiny, policies.house(), keys)
        idle = replay(tiny, keys, [], tiny.duration_ticks)

        assert run.actions == 0
        assert run.lived.gmv_fen == idle.numbers.gmv

    def test_keeps_to_the_rundown(self, tiny, keys):
        pinned = [replay(tiny, keys, [], 48 * i + 1).numbers.pinned for i in range(4)]

        assert pinned == [0, 1, 2, 3]

    def test_its_strikes_are_charged_to_nobody(self, tiny, yardstick):
        results = [room_result(tiny, keys_of_seed(seed), [], yardstick) for seed in range(6)]

        assert any(result.twin["house"].strikes > 0 for result in results)
        assert all(result.points == 0.0 for result in results)


class TestTakeOver:
    def test_a_pin_stays_until_it_is_handed_back(self, tiny, keys, log):
        acts = log((10, "pin", {"product": "jeans"}))

        assert {replay(tiny, keys, acts, t).numbers.pinned for t in range(11, 240, 20)} == {1}

    def test_taking_the_pinned_product_does_not_restart_the_pitch(self, tiny, keys, log):
        acts = log((20, "pin", {"product": "socks"}))

        assert replay(tiny, keys, acts, 30).numbers.pinned_tick == 0

    def test_handing_back_gives_the_product_its_full_time(self, tiny, keys, log):
        acts = log((10, "pin", {"product": "jeans"}), (100, "hand_back", {"lever": "pin"}))

        assert replay(tiny, keys, acts, 148).numbers.pinned == 1
        assert replay(tiny, keys, acts, 149).numbers.pinned == 2

    def test_after_nothing_was_pinned_the_house_goes_on_at_once(self, tiny, keys, log):
        acts = log((10, "unpin", {}), (20, "hand_back", {"lever": "pin"}))

        assert replay(tiny, keys, acts, 20).numbers.pinned == -1
        assert replay(tiny, keys, acts, 21).numbers.pinned == 0

    def test_the_house_leaves_out_what_is_not_there(self, tiny, keys, log):
        acts = log((10, "delist", {"product": "jeans"}))

        assert replay(tiny, keys, acts, 49).numbers.pinned == 2

    def test_delisting_what_the_house_presents_moves_it_on(self, tiny, keys, log):
        acts = log((10, "delist", {"product": "socks"}))

        assert replay(tiny, keys, acts, 11).numbers.pinned == 1

    def test_the_house_keeps_still_when_nothing_can_be_sold(self, tiny, keys, log):
        acts = log(
            *((10 + i, "delist", {"product": one.code}) for i, one in enumerate(tiny.products))
        )

        assert replay(tiny, keys, acts, 240).numbers.pinned == -1

    @pytest.mark.parametrize(
        ("lever", "entry", "field", "taken", "given_back"),
        [
            (
                "price",
                ("set_price", {"product": "jeans", "price_fen": 6900}),
                lambda s: s.price[1],
                6900.0,
                7900.0,
            ),
            (
                "traffic",
                ("traffic", {"bid_fen": 0, "rate_fen_per_min": 0}),
                lambda s: (s.bid, s.rate),
                (0.0, 0.0),
                (60.0, 1000.0),
            ),
            ("pace", ("pace", {"pace": "slow"}), lambda s: s.pace, 0, 1),
            ("shelf", ("delist", {"product": "coat"}), lambda s: s.listed[3], 0.0, 1.0),
            ("freight", ("freight_cover", {"on": True}), lambda s: s.freight, 1.0, 0.0),
        ],
    )
    def test_each_lever_returns_to_the_houses_habit(
        self, tiny, keys, log, lever, entry, field, taken, given_back
    ):
        acts = log((5, *entry), (60, "hand_back", {"lever": lever}))
        held, back = replay(tiny, keys, acts, 59), replay(tiny, keys, acts, 61)

        assert field(held.numbers) == taken
        assert field(back.numbers) == given_back
        assert observe(tiny, held, exam=True)["levers"][lever] == "candidate"
        assert observe(tiny, back, exam=True)["levers"][lever] == "house"

    def test_taking_one_lever_leaves_the_others(self, tiny, keys, log):
        acts = log((5, "coupon", {"depth_fraction": 0.1, "minutes": 2}))

        levers = observe(tiny, replay(tiny, keys, acts, 50), exam=True)["levers"]

        assert [lever for lever, holder in levers.items() if holder == "candidate"] == ["benefits"]


class TestEffects:
    """Each lever does what the trade says it does, on the twin, where luck has no say."""

    def net(self, scenario, keys, acts):
        return summary_of(replay(scenario, keys.twin, acts, scenario.duration_ticks))

    def test_freight_cover_sells_more_and_costs_money(self, tiny, keys, log):
        gmv, refunds, *_ = self.net(tiny, keys, [])
        acts = log((0, "freight_cover", {"on": True}))
        covered = self.net(tiny, keys, acts)

        assert gmv * 1.05 < covered[0] < gmv * 1.3
        assert covered[1] / covered[0] > refunds / gmv
        assert covered[6] > 0.0

    def test_a_restock_arrives_after_its_lead(self, tiny, keys, log):
        acts = log((12, "restock", {"product": "jeans", "units": 20}))

        # 5 minutes are 60 ticks; the units are there once tick 72 is over.
        before = replay(tiny, keys, acts, 72).numbers
        after = replay(tiny, keys, acts, 73).numbers

        assert before.restock_units[1] == 20.0
        assert after.restock_units[1] == 0.0
        assert after.stock[1] >= before.stock[1] + 15.0

    def test_a_broken_link_sells_nothing_until_it_is_replaced(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[1]
        acts = log((100, "pin", {"product": "dress"}))
        relisted = [*acts, *log((start + 2, "list", {"product": "dress"}))]

        broken = replay(tiny, keys.twin, acts, start + 40).numbers
        before = replay(tiny, keys.twin, acts, start).numbers
        fixed = replay(tiny, keys.twin, relisted, start + 40).numbers

        assert broken.broken == 2
        assert broken.sold[2] == before.sold[2]
        assert fixed.broken == -1
        assert fixed.sold[2] > before.sold[2]

    def test_a_good_answer_ends_the_incident(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        good = log((start, "respond", {"incident": "size-comments", "choice": "try-on"}))

        assert self.net(tiny, keys, good)[0] > self.net(tiny, keys, [])[0]

    def test_deleting_comments_brings_a_warning(self, tiny, keys, log):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        acts = log((start, "respond", {"incident": "size-comments", "choice": "delete"}))

        assert self.net(tiny, keys, acts)[15] > self.net(tiny, keys, [])[15]

    def test_a_warning_in_time_corrected_is_no_strike(self, tiny, log):
        keys = keys_of_seed(2)
        tick = next(t for t in range(240) if replay(tiny, keys, [], t).numbers.warning_tick <= 240)
        answer = {"incident": "compliance", "choice": "correct"}

        idle = replay(tiny, keys, [], tick + 40).numbers
        corrected = replay(tiny, keys, log((tick + 30, "respond", answer)), tick + 40).numbers
        softened = replay(
            tiny, keys, log((tick + 30, "respond", {**answer, "choice": "soften"})), tick + 40
        ).numbers

        assert (idle.strikes, corrected.strikes, softened.strikes) == (1.0, 0.0, 1.0)
        assert idle.throttle_end > 0

    def test_an_answer_before_its_warning_holds_for_the_answering_time(self, tiny, log):
        keys = keys_of_seed(2)
        tick = next(t for t in range(240) if replay(tiny, keys, [], t).numbers.warning_tick <= 240)
        answer = {"incident": "compliance", "choice": "correct"}

        early = replay(tiny, keys, log((tick - 20, "respond", answer)), tick + 40).numbers
        too_early = replay(tiny, keys, log((tick - 40, "respond", answer)), tick + 40).numbers

        assert (early.strikes, early.warnings) == (0.0, 1.0)
        assert too_early.strikes == 1.0

    def test_repeating_a_gift_wears_it_off(self, tiny, keys, log):
        bag = {"prize_fen": 2000, "minutes": 2}
        acts = log((0, "lucky_bag", bag), (60, "lucky_bag", bag))

        first = replay(tiny, keys, acts, 1).numbers.bag_power
        second = replay(tiny, keys, acts, 61).numbers.bag_power

        assert 0.5 * first < second < first
