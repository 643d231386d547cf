"""What holds in the room with every mechanism, whatever anybody plans and does."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations.actions import parse_action
from simulations.errors import ActionRefusedError, PlanRefusedError
from simulations.rooms import LoggedAction, RoomKeys, admissible, keys_of_seed, observe, replay
from simulations.states import setting_for
from tests.simulations.strategies import ACTIONS, OPENINGS, PLANS

QUIET = list(HealthCheck)


def played(room, entries):
    return [
        LoggedAction(tick, parse_action(data))
        for tick, data in sorted(entries, key=lambda entry: entry[0])
    ]


class TestInvariants:
    @settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
    @given(
        entries=st.lists(st.tuples(st.integers(0, 239), ACTIONS), max_size=40),
        plan=PLANS,
        opening=OPENINGS,
        has_crew=st.booleans(),
        macro=st.integers(0, 2**64 - 1),
        is_twin=st.booleans(),
    )
    def test_hold(self, full, calm, entries, plan, opening, has_crew, macro, is_twin):
        room = (full if has_crew else calm).with_opening(opening)
        try:
            room = room.with_plan(plan)
        except PlanRefusedError:
            room = room.with_plan(None)
        keys = RoomKeys(macro, 0 if is_twin else 12345)

        state = replay(room, keys, played(room, entries), 240)
        s, c = state.numbers, setting_for(room)

        assert min(s.stock) >= 0.0
        assert min(s.viewers) >= 0.0
        assert 0.0 <= s.refunds <= s.gmv
        assert 0.0 <= s.spend <= s.traffic_budget + 1e-6
        assert s.gifts <= c.benefit_budget + 1e-6
        assert s.cash >= -1e-6
        assert 0.0 <= s.new_orders <= s.orders + 1e-6
        assert s.backlog >= 0.0
        assert all(0.1 <= e <= 1.0 for e in (s.energy, *s.host_energy[:3]))
        assert all(0.0 <= v <= 1.0 for v in s.voice[:3])
        assert s.strain >= 0.0
        assert s.orders_open == sum(status == 1 for status in s.order_status)
        assert s.clips <= 2.0
        assert s.intent > 0.0
        for p in range(4):
            assert s.presold[p] <= c.presale_units[p] + 1e-6
            arrived = s.restocked[p] - s.restock_units[p]
            sold = s.sold[p] - s.presold[p]
            assert abs(sold + s.stock[p] - c.stock[p] - arrived) < 1e-6
            if c.on_tray[p] == 0.0:
                assert s.sold[p] == 0.0
        observe(room, state, exam=True)

    @settings(max_examples=25, deadline=None, suppress_health_check=QUIET)
    @given(
        entries=st.lists(st.tuples(st.integers(0, 239), ACTIONS), max_size=14),
        has_crew=st.booleans(),
    )
    def test_a_refused_action_changes_nothing(self, full, calm, entries, has_crew):
        room, keys = full if has_crew else calm, keys_of_seed(1)
        accepted: list[LoggedAction] = []
        for entry in played(room, entries):
            state = replay(room, keys, accepted, entry.tick)
            try:
                admissible(room, state, entry.action)
            except ActionRefusedError:
                refused = replay(room, keys, [*accepted, entry], entry.tick)
                before, after = state.numbers, refused.numbers
                after.applied -= 1
                after.settled_until = before.settled_until
                assert vars(before) == vars(after)
            else:
                accepted.append(entry)

    def test_an_order_for_what_is_so_already_changes_no_customer(self, full, log):
        """The strain of giving it does, but a crew without strain is the house's own."""
        acts = log((5, "traffic", {"bid_fen": 60, "rate_fen_per_min": 1000}))
        keys = keys_of_seed(5)

        idle, same = (replay(full, keys, one, 240).numbers for one in ([], acts))

        assert idle.arrived == same.arrived
        assert idle.wave_public == same.wave_public
        assert idle.incident_start == same.incident_start
