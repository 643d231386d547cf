import builtins
from concurrent.futures import ThreadPoolExecutor

import pytest

from simulations import executors
from simulations.executors import (
    BUNDLE,
    Bundling,
    Place,
    PlaceError,
    default_place,
    in_order,
    opened,
    parse_place,
)


def double(number):
    return 2 * number


def fail(number):
    raise ValueError(number)


class TestParsePlace:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("threads:3", Place("threads", 3)),
            ("processes:1", Place("processes", 1)),
            ("dask:2", Place("dask", 2)),
            ("dask:tcp://10.0.0.1:8786", Place("dask", 0, "tcp://10.0.0.1:8786")),
        ],
    )
    def test_reads_kind_and_workers(self, text, place):
        assert parse_place(text) == place

    def test_takes_every_processor_unless_told(self):
        assert parse_place("threads").workers >= 1

    @pytest.mark.parametrize("text", ["ray", "", "threads:0", "threads:x", "processes:-1"])
    def test_names_what_it_cannot_read(self, text):
        with pytest.raises(PlaceError, match=repr(text)):
            parse_place(text)


class TestDefaultPlace:
    def test_is_threads_only_for_compiled_code(self, monkeypatch):
        monkeypatch.setattr(executors, "engine_is_compiled", lambda: False)
        assert default_place().kind == "processes"

        monkeypatch.setattr(executors, "engine_is_compiled", lambda: True)
        assert default_place().kind == "threads"


class TestOpened:
    def test_gives_a_pool_that_works(self):
        with opened(Place("threads", 2)) as pool:
            assert pool.submit(double, 4).result() == 8

    def test_says_how_to_get_dask(self, monkeypatch):
        real = builtins.__import__

        def without(name, *rest):
            if name == "distributed":
                raise ImportError(name)
            return real(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without)

        with pytest.raises(PlaceError, match=r"caopan\[dask\]"), opened(Place("dask", 1)):
            pass


class TestInOrder:
    def test_keeps_the_order_of_the_tasks(self):
        tasks = [(number,) for number in range(100)]
        with ThreadPoolExecutor(3) as pool:
            assert list(in_order(pool, double, tasks, ahead=7)) == [2 * n for n in range(100)]

    def test_runs_here_without_an_executor(self):
        assert list(in_order(None, double, [(1,), (2,)])) == [2, 4]

    def test_reads_no_further_ahead_than_it_may(self):
        read = []

        def tasks():
            for number in range(1000):
                read.append(number)
                yield (number,)

        with ThreadPoolExecutor(2) as pool:
            results = in_order(pool, double, tasks(), ahead=4)
            assert next(results) == 0
            assert len(read) == 4
            results.close()

    def test_passes_an_error_on(self):
        with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="0"):
            list(in_order(pool, fail, [(0,)]))


class TestBundling:
    """A cluster gets tasks in bundles; what comes out is the same, in the same order."""

    @pytest.mark.parametrize("count", [0, 1, BUNDLE, 10 * BUNDLE + 3])
    def test_keeps_results_and_order(self, count):
        with ThreadPoolExecutor(3) as pool:
            found = list(in_order(Bundling(pool), double, ((n,) for n in range(count)), ahead=2))

        assert found == [2 * number for number in range(count)]

    def test_hands_in_fewer_pieces(self, monkeypatch):
        handed = []
        with ThreadPoolExecutor(2) as pool:
            submit = pool.submit
            monkeypatch.setattr(pool, "submit", lambda *a: handed.append(a) or submit(*a))
            list(in_order(Bundling(pool), double, [(n,) for n in range(3 * BUNDLE)]))

        assert len(handed) == 3

    def test_takes_single_calls_and_ends(self):
        cluster = Bundling(ThreadPoolExecutor(1))

        assert cluster.submit(double, 4).result() == 8
        cluster.shutdown()
        with pytest.raises(RuntimeError):
            cluster.submit(double, 4)
