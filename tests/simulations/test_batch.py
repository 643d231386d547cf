import os
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from statistics import fmean

import pytest

from simulations import policies
from simulations.actions import FreightCover
from simulations.batch import CHUNK, run_once, run_policies, seeds, tally_policies
from simulations.engines import registry
from simulations.executors import Place, in_order, opened
from simulations.operating import Written

COUNT = CHUNK + 3


@pytest.fixture(scope="module")
def chosen(tiny):
    return [policies.house(), policies.competent(tiny)]


class TestRunPolicies:
    def test_is_each_run_by_itself(self, tiny, chosen, compiled):
        keys = seeds(COUNT)

        table = run_policies(tiny, chosen, keys)

        assert table == [[run_once(tiny, policy, pair) for pair in keys] for policy in chosen]

    def test_is_the_same_on_any_executor(self, tiny, chosen, compiled):
        keys = seeds(COUNT)
        expected = run_policies(tiny, chosen, keys)

        with ThreadPoolExecutor(3) as pool:
            assert run_policies(tiny, chosen, keys, pool) == expected

    def test_is_the_same_in_other_processes(self, tiny, chosen, compiled):
        keys = seeds(COUNT)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found = run_policies(tiny, chosen, keys, pool)

        assert found == run_policies(tiny, chosen, keys)

    def test_is_the_same_in_plain_python(self, tiny, chosen, compiled, monkeypatch):
        keys = seeds(2)
        expected = run_policies(tiny, chosen, keys)
        monkeypatch.setattr(registry, "_loaded", {})
        monkeypatch.setenv("CAOPAN_ENGINE", "python")

        assert run_policies(tiny, chosen, keys) == expected

    def test_tells_its_progress(self, tiny, chosen, compiled):
        told = []

        run_policies(tiny, chosen, seeds(COUNT), progress=lambda *pair: told.append(pair))

        assert told[-1] == (2 * COUNT, 2 * COUNT)
        assert [done for done, _ in told] == sorted(done for done, _ in told)


class TestTallyPolicies:
    def test_counts_what_the_runs_were(self, tiny, chosen, yardstick, compiled):
        tallies = tally_policies(tiny, chosen, COUNT, yardstick=yardstick)
        table = run_policies(tiny, chosen, seeds(COUNT))

        for tally, runs in zip(tallies, table, strict=True):
            assert tally.gmv_fen.count == COUNT
            assert tally.gmv_fen.mean == pytest.approx(fmean(run.lived.gmv_fen for run in runs))
            assert tally.score.count == COUNT
        assert tallies[0].score.mean == tallies[0].growth_log.mean == 0.0
        assert tallies[1].score.mean > 0.0

    def test_has_no_scores_without_a_reference(self, tiny, chosen, compiled):
        (tally, _) = tally_policies(tiny, chosen, 2)

        assert tally.to_dict()["score"] is None

    def test_is_the_same_with_any_number_of_workers(self, tiny, chosen, yardstick, compiled):
        found = []
        for workers in (1, 2, 5):
            with ThreadPoolExecutor(workers) as pool:
                found.append(tally_policies(tiny, chosen, 3 * CHUNK + 1, 4, yardstick, pool))

        assert found[0] == found[1] == found[2]

    def test_tells_its_progress(self, tiny, chosen, compiled):
        told = []

        tally_policies(tiny, chosen, COUNT, progress=lambda *pair: told.append(pair))

        assert told == [(2 * CHUNK, 2 * COUNT), (2 * COUNT, 2 * COUNT)]

    def test_keeps_nothing_of_a_run(self, tiny, compiled):
        policy = [policies.house()]
        tally_policies(tiny, policy, CHUNK)

        def peak(count):
            tracemalloc.start()
            tally_policies(tiny, policy, count)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

        assert peak(40 * CHUNK) < 2 * peak(10 * CHUNK)


class TestWrittenPolicies:
    def test_run_beside_the_others(self, tiny, compiled):
        pair = seeds(1)[0]

        run = run_once(tiny, Written("patient", Patient.at), pair)

        assert run.actions == 1
        assert run_policies(tiny, [Written("patient", Patient.at)], [pair]) == [[run]]


class Patient:
    """Opens the freight cover at the second look and does nothing else."""

    every_s = 60

    def __init__(self):
        self.looks = 0

    @classmethod
    def at(cls, scenario, brief):
        assert brief["scenario_ref"] == scenario.ref
        return cls()

    def decide(self, cockpit):
        self.looks += 1
        return [FreightCover(on=True)] if self.looks >= 2 else []


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("distributed")
    with opened(Place("dask", 2)) as executor:
        yield executor


class TestDask:
    """A real cluster on this machine: two worker processes."""

    pytestmark = pytest.mark.filterwarnings("ignore")

    def test_gives_the_bits_of_the_pool(self, tiny, chosen, yardstick, cluster, compiled):
        keys = seeds(COUNT)

        assert run_policies(tiny, chosen, keys, cluster) == run_policies(tiny, chosen, keys)
        assert tally_policies(tiny, chosen, COUNT, 2, yardstick, cluster) == tally_policies(
            tiny, chosen, COUNT, 2, yardstick
        )

    def test_works_in_two_processes(self, cluster):
        found = set(in_order(cluster, process_id, [(number,) for number in range(40)]))

        assert len(found) == 2
        assert os.getpid() not in found


def process_id(number):
    time.sleep(0.01)
    return os.getpid()


class TestSeeds:
    def test_can_be_taken_from_the_middle(self):
        assert seeds(3, 1, 5) == seeds(8, 1)[5:]

    def test_differ_between_bases(self):
        assert not set(seeds(50, 1)) & set(seeds(50, 2))
