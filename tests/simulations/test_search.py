from dataclasses import replace

import pytest

from simulations.batch import seeds, twin_outcome
from simulations.calibration import CALIBRATION_BASE
from simulations.executors import Place, opened
from simulations.policies import competent, house, parse_reference
from simulations.polishing import POLISH_BASE, polished
from simulations.search import (
    FIXED,
    TRAINING_BASE,
    Effort,
    GatedGrowth,
    gated_growth,
    reference_data,
    search,
    search_space,
    worth_of,
)

EFFORT = Effort(rounds=3, population=6, elite=2, seeds_per_round=2)


@pytest.fixture(scope="module")
def found(tiny, compiled):
    told = []
    policy = search(
        tiny,
        gated_growth(tiny.scoring),
        effort=EFFORT,
        progress=lambda *numbers: told.append(numbers),
    )
    return policy, told


class TestSearch:
    def test_gives_the_same_policy_every_time(self, tiny, found):
        assert search(tiny, gated_growth(tiny.scoring), effort=EFFORT) == found[0]

    def test_another_seed_gives_another(self, tiny, found):
        assert search(tiny, gated_growth(tiny.scoring), effort=EFFORT, seed=2) != found[0]

    def test_gives_the_same_policy_on_any_executor(self, tiny, found):
        with opened(Place("threads", 2)) as pool:
            again = search(tiny, gated_growth(tiny.scoring), effort=EFFORT, executor=pool)

        assert again == found[0]

    def test_tells_its_progress(self, found):
        assert [round_ for round_, _, _ in found[1]] == [1, 2, 3]

    def test_keeps_within_its_bounds(self, tiny, found):
        from simulations.engines.v1.operators import THETA

        values = dict(zip(THETA, found[0].theta, strict=True))

        assert all(low <= values[name] <= high for name, (low, high) in search_space(tiny).items())
        assert all(values[name] == value for name, value in FIXED.items())


class TestGatedGrowth:
    def test_is_zero_for_the_house_and_better_for_the_better(self, tiny, compiled):
        objective = gated_growth(tiny.scoring)
        pair = seeds(1)[0]
        base = twin_outcome(tiny, house(), pair)
        better = twin_outcome(tiny, competent(tiny), pair)

        assert objective(base, base) == 0.0
        assert objective(better, base) != 0.0

    def test_a_gate_left_out_takes_no_points(self, tiny, compiled):
        pair = seeds(1)[0]
        base = twin_outcome(tiny, house(), pair)
        dear = replace(
            base, gmv_fen=2.0 * base.gmv_fen, margin_fen=0.01 * base.gmv_fen, strikes=base.strikes
        )

        gated = GatedGrowth(tiny.scoring)(dear, base)
        without = GatedGrowth(tiny.scoring, frozenset({"gate_margin"}))(dear, base)

        assert without > gated

    def test_strikes_left_out_take_no_points(self, tiny, compiled):
        pair = seeds(1)[0]
        base = twin_outcome(tiny, house(), pair)
        struck = replace(base, strikes=base.strikes + 2)

        gated = GatedGrowth(tiny.scoring)(struck, base)
        without = GatedGrowth(tiny.scoring, frozenset({"strikes"}))(struck, base)

        assert without - gated == pytest.approx(2 * tiny.scoring.strike_points)


class TestReferenceData:
    def test_is_read_back_with_its_provenance(self, tiny, found):
        data = reference_data(tiny, found[0], EFFORT, 1)

        read = parse_reference(tiny, data)

        assert read.policy.theta == found[0].theta
        assert not read.is_stale
        assert data["provenance"]["rounds"] == 3
        assert data["span_floor_log"] == pytest.approx(0.5 * data["mean_span_log"], abs=1e-6)


def test_training_and_calibration_seeds_are_apart():
    training = {pair for offset in range(200) for pair in seeds(20, TRAINING_BASE + offset)}

    assert not training & set(seeds(500, CALIBRATION_BASE))


class TestPolished:
    def test_never_loses_and_keeps_the_plan(self, tiny, found, compiled):
        objective = gated_growth(tiny.scoring)
        effort = Effort(rounds=2, population=6, elite=2, seeds_per_round=2)

        better = polished(tiny, found[0], objective, effort)

        keys = seeds(2, POLISH_BASE + 1)
        houses = [twin_outcome(tiny, house(), pair) for pair in keys]
        worths = worth_of(tiny, objective, [better, found[0]], keys, houses)
        assert worths[0] >= worths[1] - 1e-6
        assert better.plan == found[0].plan
        assert polished(tiny, found[0], objective, effort) == better
