from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from simulations import policies
from simulations.batch import CHUNK, run_once, run_policies, seeds
from simulations.engines import registry

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


class TestSeeds:
    def test_differ_between_bases(self):
        assert not set(seeds(50, 1)) & set(seeds(50, 2))
