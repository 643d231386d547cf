"""Plain Python and compiled code agree to the last bit, whatever anybody plans and does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations import policies
from simulations.actions import encode, parse_action
from simulations.engines.v1.theta import THETA
from simulations.errors import PlanRefusedError
from simulations.numbers import setting_of
from simulations.policies import policy_of
from simulations.rooms import keys_of_seed, replay
from simulations.states import summary_of
from tests.simulations.strategies import ACTIONS, OPENINGS, PLANS


def end_of(engine, setting, rows, keys, until):
    prepared = engine.prepare(setting)
    room = engine.begin(prepared, keys.macro)
    engine.advance(
        room, prepared, (keys.macro, keys.micro), engine.rows(rows), len(rows), until // 2
    )
    half = engine.dump(room)
    again = engine.load(half)
    engine.advance(again, prepared, (keys.macro, keys.micro), engine.rows(rows), len(rows), until)
    return half, engine.dump(again)


class TestEqualBits:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        acts=st.lists(st.tuples(st.integers(0, 239), ACTIONS), max_size=40),
        plan=PLANS,
        opening=OPENINGS,
        has_crew=st.booleans(),
        seed=st.integers(0, 10_000),
        is_twin=st.booleans(),
    )
    def test_over_random_plans_and_logs(
        self, plain, compiled, full, calm, acts, plan, opening, has_crew, seed, is_twin
    ):
        room = (full if has_crew else calm).with_opening(opening)
        try:
            room = room.with_plan(plan)
        except PlanRefusedError:
            room = room.with_plan(None)
        keys = keys_of_seed(seed).twin if is_twin else keys_of_seed(seed)
        rows = [
            (tick, *encode(parse_action(data), room))
            for tick, data in sorted(acts, key=lambda entry: entry[0])
        ]
        setting = setting_of(room)

        assert end_of(plain, setting, rows, keys, 240) == end_of(compiled, setting, rows, keys, 240)

    @pytest.mark.parametrize("name", ["busy", "random"])
    def test_over_operators_with_every_lever(self, plain, compiled, full, name):
        values = {
            "busy": {
                **dict.fromkeys(THETA[30:], 1.0),
                "choose": 1,
                "rotate_min": 3,
                "react_s": 30,
                "hold_gap_min": 5,
                "hold_min": 2,
                "hold_price": 0.9,
                "hold_share": 0.3,
                "clip_gap_min": 6,
                "boost_gap_min": 6,
                "boost_fen": 3000,
                "host_try_min": 3,
                "host_energy": 0.6,
                "goal": 3,
                "bid_fen": 60,
                "rate_fen": 1500,
                "traffic_until": 1,
                "top_up": 0.3,
            },
            "random": {"random": 20, "every_s": 5},
        }[name]
        theta = policy_of(name, values).theta
        found = []
        for engine in (plain, compiled):
            prepared = engine.prepare(setting_of(full))
            dumps = []
            for keys in (keys_of_seed(1), keys_of_seed(2).twin):
                room, rows = engine.blank_room(), engine.blank_rows(400)
                count = engine.play(
                    room,
                    prepared,
                    engine.blank_memory(),
                    engine.vector(theta),
                    (keys.macro, keys.micro, 3),
                    rows,
                    240,
                )
                dumps.append((count, engine.dump(room)))
                engine.fork(room, prepared, 9)
                dumps.append(engine.dump(room))
            found.append(dumps)

        assert found[0] == found[1]
        assert found[0][0][0] > 15

    def test_a_policys_log_replays_to_the_same_state(self, full):
        policy = policy_of("random", {"random": 20, "every_s": 5})
        keys = keys_of_seed(4)
        log = policies.log_of(full, policy, keys)

        verbs = {entry.action.verb for entry in log}

        assert len(verbs) > 12
        assert summary_of(replay(full, keys, log, 240)) == policies.play(full, policy, keys).summary
