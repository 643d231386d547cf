from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.actions import parse_action
from simulations.errors import ActionRefusedError, LogOrderError, SnapshotError
from simulations.loading import parse_scenario
from simulations.rooms import (
    LoggedAction,
    RoomKeys,
    RoomState,
    admissible,
    keys_of_seed,
    new_keys,
    replay,
)
from simulations.states import setting_for, summary_of


class TestRoomKeys:
    def test_come_back_from_their_bytes(self):
        keys = RoomKeys(2**64 - 1, 7)

        assert RoomKeys.from_bytes(keys.to_bytes()) == keys

    @pytest.mark.parametrize("data", [b"", b"x" * 15, b"x" * 17])
    def test_are_sixteen_bytes(self, data):
        with pytest.raises(ValueError, match="16"):
            RoomKeys.from_bytes(data)

    @pytest.mark.parametrize("keys", [(-1, 0), (0, 2**64)])
    def test_are_unsigned_words(self, keys):
        with pytest.raises(ValueError, match="64-bit"):
            RoomKeys(*keys)

    def test_the_twin_has_the_same_world_and_no_luck(self):
        assert RoomKeys(3, 9).twin == RoomKeys(3, 0)

    def test_seeds_expand_as_documented(self):
        assert keys_of_seed(7) == keys_of_seed(7)
        assert keys_of_seed(7) != keys_of_seed(8)
        assert keys_of_seed(7).macro == 0x7DE8EA189A890CC4


class TestNewKeys:
    def test_takes_the_bytes_it_is_given(self):
        assert new_keys(lambda n: bytes(range(n))).macro == 0x0001020304050607

    def test_draws_again_rather_than_give_the_twin(self):
        numbers = count()

        keys = new_keys(lambda n: bytes(n - 1) + bytes([next(numbers)]))

        assert keys.micro == 1


class TestReplay:
    entries = (
        (0, "pin", {"product": "jeans"}),
        (3, "lucky_bag", {"prize_fen": 2000, "minutes": 3}),
        (3, "traffic", {"bid_fen": 70, "rate_fen_per_min": 1500}),
        (12, "restock", {"product": "jeans", "units": 8}),
        (60, "pace", {"pace": "push"}),
        (75, "respond", {"incident": "size-comments", "choice": "try-on"}),
        (100, "hand_back", {"lever": "pin"}),
        (160, "coupon", {"depth_fraction": 0.1, "minutes": 4}),
        (230, "freight_cover", {"on": True}),
    )

    @pytest.mark.parametrize("at", [0, 1, 3, 4, 60, 76, 239, 240])
    def test_a_snapshot_changes_nothing(self, tiny, keys, log, at):
        whole = log(*self.entries)
        snapshot = replay(tiny, keys, [one for one in whole if one.tick <= at], at)
        kept = RoomState.from_bytes(snapshot.to_bytes())

        assert replay(tiny, keys, whole, 240, kept) == replay(tiny, keys, whole, 240)

    def test_an_action_of_the_snapshots_own_tick_still_counts(self, tiny, keys, log):
        whole = log(*self.entries[:3])
        snapshot = replay(tiny, keys, whole[:2], 3)

        assert replay(tiny, keys, whole, 240, snapshot) == replay(tiny, keys, whole, 240)

    def test_the_end_is_the_end(self, tiny, keys):
        assert replay(tiny, keys, [], 10_000).tick == 240

    def test_equal_states_are_equal(self, tiny, keys):
        one, other = replay(tiny, keys, [], 20), replay(tiny, keys, [], 20)

        assert one == other
        assert hash(one) == hash(other)
        assert repr(one) == "RoomState(tick=20)"
        assert one != "a state"

    def test_refuses_a_log_out_of_order(self, tiny, keys, log):
        with pytest.raises(LogOrderError, match="not sorted"):
            replay(tiny, keys, log((9, "unpin", {}), (3, "unpin", {})), 20)

    def test_refuses_a_snapshot_of_the_future(self, tiny, keys, log):
        later = replay(tiny, keys, [], 30)

        with pytest.raises(LogOrderError, match="later"):
            replay(tiny, keys, [], 20, later)

    def test_refuses_a_snapshot_that_folded_more(self, tiny, keys, log):
        snapshot = replay(tiny, keys, log((2, "unpin", {})), 20)

        with pytest.raises(LogOrderError, match="later"):
            replay(tiny, keys, [], 30, snapshot)

    def test_refuses_a_snapshot_that_missed_an_action(self, tiny, keys, log):
        snapshot = replay(tiny, keys, [], 20)

        with pytest.raises(LogOrderError, match="missed"):
            replay(tiny, keys, log((5, "unpin", {})), 30, snapshot)

    def test_refuses_a_snapshot_of_another_scenario(self, tiny, keys, mapping):
        other = parse_scenario({**mapping, "version": 2})

        with pytest.raises(SnapshotError, match="tiny@1"):
            replay(tiny, keys, [], 30, replay(other, keys, [], 20))

    @pytest.mark.parametrize("data", [b"", b"CPR1", b"x" * 4000])
    def test_refuses_bytes_that_are_no_snapshot(self, data):
        with pytest.raises(SnapshotError):
            RoomState.from_bytes(data)

    def test_a_snapshot_does_not_hold_the_keys(self, tiny, keys):
        data = replay(tiny, keys, [], 50).to_bytes()

        for key in (keys.macro, keys.micro):
            assert key.to_bytes(8, "little") not in data
            assert key.to_bytes(8, "big") not in data


class TestPairing:
    def test_one_world_whatever_anybody_does(self, tiny, keys, log):
        acts = log(
            (0, "unpin", {}), (1, "pace", {"pace": "push"}), (9, "freight_cover", {"on": True})
        )

        idle = replay(tiny, keys, [], 240).numbers
        busy = replay(tiny, keys, acts, 240).numbers

        for name in ("wave_public", "wave_fans", "day_public", "day_buying", "incident_start"):
            assert getattr(idle, name) == getattr(busy, name)

    def test_viewers_differ_in_micro_and_the_world_does_not(self, tiny, keys):
        one = replay(tiny, keys, [], 240).numbers
        other = replay(tiny, RoomKeys(keys.macro, keys.micro ^ 1), [], 240).numbers

        assert one.wave_public == other.wave_public
        assert one.arrived != other.arrived

    def test_an_action_that_cannot_matter_changes_no_customer(self, tiny, keys, log):
        # The rate is what the house spends anyway, the bid too: only the hand on the lever differs.
        acts = log((5, "traffic", {"bid_fen": 60, "rate_fen_per_min": 1000}))

        idle = summary_of(replay(tiny, keys, [], 240))

        assert summary_of(replay(tiny, keys, acts, 240)) == idle


def one_action():
    products = st.sampled_from(["socks", "jeans", "dress", "coat"])
    return st.one_of(
        st.fixed_dictionaries(
            {"verb": st.sampled_from(["pin", "list", "delist"]), "product": products}
        ),
        st.just({"verb": "unpin"}),
        st.fixed_dictionaries(
            {
                "verb": st.just("set_price"),
                "product": products,
                "price_fen": st.integers(300, 40_000),
            }
        ),
        st.fixed_dictionaries(
            {
                "verb": st.just("coupon"),
                "depth_fraction": st.floats(0.01, 0.5),
                "minutes": st.integers(1, 15),
            }
        ),
        st.fixed_dictionaries(
            {
                "verb": st.just("lucky_bag"),
                "prize_fen": st.integers(100, 9_000),
                "minutes": st.integers(1, 15),
            }
        ),
        st.fixed_dictionaries(
            {"verb": st.just("red_packet"), "amount_fen": st.integers(100, 9_000)}
        ),
        st.fixed_dictionaries(
            {
                "verb": st.just("traffic"),
                "bid_fen": st.integers(0, 500),
                "rate_fen_per_min": st.integers(0, 20_000),
            }
        ),
        st.fixed_dictionaries(
            {"verb": st.just("restock"), "product": products, "units": st.integers(1, 40)}
        ),
        st.fixed_dictionaries(
            {"verb": st.just("pace"), "pace": st.sampled_from(["slow", "normal", "push"])}
        ),
        st.fixed_dictionaries(
            {
                "verb": st.just("respond"),
                "incident": st.just("size-comments"),
                "choice": st.sampled_from(["freight", "try-on", "delete"]),
            }
        ),
        st.fixed_dictionaries(
            {
                "verb": st.just("respond"),
                "incident": st.just("compliance"),
                "choice": st.sampled_from(["correct", "soften"]),
            }
        ),
        st.fixed_dictionaries({"verb": st.just("freight_cover"), "on": st.booleans()}),
        st.fixed_dictionaries(
            {
                "verb": st.just("hand_back"),
                "lever": st.sampled_from(["pin", "price", "traffic", "benefits", "pace", "shelf"]),
            }
        ),
    )


class TestInvariants:
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 239), one_action()), max_size=40),
        st.integers(0, 2**64 - 1),
        st.booleans(),
    )
    def test_hold_whatever_anybody_does(self, tiny, entries, macro, is_twin):
        keys = RoomKeys(macro, 0 if is_twin else 12345)
        acts = [
            LoggedAction(tick, parse_action(data))
            for tick, data in sorted(entries, key=lambda entry: entry[0])
        ]

        state = replay(tiny, keys, acts, 240)
        s = state.numbers

        assert s.gmv >= 0.0
        assert min(s.stock) >= 0.0
        assert min(s.viewers) >= 0.0
        assert all(
            bought <= there + 1e-9 for bought, there in zip(s.buyers, s.viewers, strict=True)
        )
        assert 0.0 <= s.refunds <= s.gmv
        assert 0.0 <= s.spend <= tiny.market.budget_fen
        assert s.gifts <= tiny.benefits.budget_fen
        assert 0.1 <= s.energy <= 1.0
        assert 0.0 <= s.mood <= 1.0
        assert s.heat > 0.0
        assert s.clicked + 1e-6 >= s.orders
        if not is_twin:
            assert s.orders == int(s.orders)
            assert s.gmv == int(s.gmv)
            units = [product.stock for product in tiny.products]
            for p, stock in enumerate(units):
                arrived = s.restocked[p] - s.restock_units[p]
                assert s.sold[p] + s.stock[p] == stock + arrived

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 239), one_action()), max_size=12))
    def test_a_refused_action_changes_nothing(self, tiny, entries):
        keys = keys_of_seed(1)
        accepted = []
        for tick, data in sorted(entries, key=lambda entry: entry[0]):
            state = replay(tiny, keys, accepted, tick)
            action = parse_action(data)
            try:
                admissible(tiny, state, action)
            except ActionRefusedError:
                refused = replay(tiny, keys, [*accepted, LoggedAction(tick, action)], tick)
                before, after = state.numbers, refused.numbers
                after.applied -= 1
                after.settled_until = before.settled_until
                assert vars(before) == vars(after)
            else:
                accepted.append(LoggedAction(tick, action))

    def test_settings_are_computed_once(self, tiny):
        assert setting_for(tiny) is setting_for(tiny)
