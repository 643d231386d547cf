from concurrent.futures import ThreadPoolExecutor

import pytest

from simulations import policies
from simulations.crowd import exploits
from simulations.engines import golden
from simulations.engines.golden import (
    GOLDEN_HASH,
    GOLDEN_KEYS,
    GOLDEN_LOG,
    check_golden_hash,
    golden_hash,
    golden_setting,
)
from simulations.engines.v1.operators import THETA
from simulations.errors import GoldenMismatchError
from simulations.states import keys_of_seed


class TestGoldenHash:
    """The hash changes only together with the engine's version: old rooms must replay."""

    def test_plain_python(self, plain):
        assert golden_hash(plain) == GOLDEN_HASH

    def test_compiled(self, compiled):
        assert golden_hash(compiled) == GOLDEN_HASH

    def test_other_bits_are_refused(self, plain):
        with pytest.raises(GoldenMismatchError, match="plain"):
            check_golden_hash(plain, "0" * 64)

    def test_every_operator_has_all_numbers(self):
        assert {len(theta) for theta in golden.GOLDEN_OPERATORS} == {len(THETA)}


def states(engine, setting, rows, count, pairs, until):
    prepared, log = engine.prepare(setting), engine.rows(rows)
    found = []
    for keys in pairs:
        room = engine.begin(prepared, keys[0])
        engine.advance(room, prepared, keys, log, count, until)
        found.append(engine.dump(room))
    return found


class TestEqualBits:
    pairs = [(k * 0x9E3779B97F4A7C15 % 2**64, 1 + k) for k in range(6)] + [GOLDEN_KEYS[1]]

    def test_full_states_agree_between_plain_and_compiled(self, plain, compiled):
        arguments = (golden_setting(), GOLDEN_LOG, len(GOLDEN_LOG), self.pairs, 250)

        assert states(plain, *arguments) == states(compiled, *arguments)

    def test_full_states_agree_between_one_thread_and_several(self, compiled):
        arguments = (golden_setting(), GOLDEN_LOG, len(GOLDEN_LOG))

        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(lambda pair: states(compiled, *arguments, [pair], 300)[0], self.pairs * 8)
            )

        assert together == states(compiled, *arguments, self.pairs, 300) * 8

    def test_operators_agree_on_a_scenario(self, plain, compiled, tiny):
        chosen = [
            policies.novice(tiny),
            policies.competent(tiny),
            policies.random_presses(),
            *exploits(tiny).values(),
        ]
        found = []
        for engine in (plain, compiled):
            setting = policies.prepared_for(tiny, engine)
            dumps = []
            for policy in chosen:
                for keys in (keys_of_seed(1), keys_of_seed(2).twin):
                    room, rows = engine.blank_room(), engine.blank_rows(300)
                    engine.play(
                        room,
                        setting,
                        engine.blank_memory(),
                        engine.vector(policy.theta),
                        (keys.macro, keys.micro, 3),
                        rows,
                        tiny.duration_ticks,
                    )
                    dumps.append(engine.dump(room))
            found.append(dumps)

        assert found[0] == found[1]
