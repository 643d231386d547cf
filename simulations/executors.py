"""Where batch work runs: threads, processes or a Dask cluster, each as a `concurrent.futures` pool.

Work is cut into tasks by the caller and collected in the order in which it was cut, whatever the
place and however many workers it has; so results have equal bits everywhere. Compiled code
releases the interpreter's lock and runs well on threads; plain Python needs processes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from os import cpu_count
from typing import Any, Literal, TypeVar, cast

from simulations.engines.registry import engine_is_compiled, warm_up
from simulations.errors import RoomError

T = TypeVar("T")

AHEAD = 32
"""Tasks handed in before the oldest is collected: the memory that waiting work may take."""

BUNDLE = 4
"""Tasks that go to a cluster as one: a scenario travels once for all of them, and the cluster's own
2.5 ms a task weigh a quarter as much. Results are those of the single tasks, in their order."""


class PlaceError(RoomError):
    """Raised when the place asked for does not exist here, or its text cannot be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to run: a kind, how many workers, and for a cluster elsewhere its address."""

    kind: Literal["threads", "processes", "dask"]
    workers: int
    address: str = ""


def default_place() -> Place:
    """Return threads for compiled code and processes for plain Python, one for each processor."""
    return Place("threads" if engine_is_compiled() else "processes", cpu_count() or 1)


def parse_place(text: str) -> Place:
    """Read a place: `threads`, `processes:4`, `dask:2` (a cluster here), `dask:tcp://host:8786`.

    Raises:
        PlaceError: If it is none of these.
    """
    kind, _, rest = text.partition(":")
    if kind not in {"threads", "processes", "dask"}:
        raise PlaceError(
            f"no executor {text!r}; write threads, processes or dask, and if wanted :WORKERS, "
            "or dask:tcp://HOST:PORT"
        )
    known = cast(Literal["threads", "processes", "dask"], kind)
    if kind == "dask" and "://" in rest:
        return Place(known, 0, rest)
    if not rest:
        return Place(known, cpu_count() or 1)
    if not rest.isdecimal() or int(rest) < 1:
        raise PlaceError(f"executor {text!r}: {rest!r} is no number of workers (1 or more)")
    return Place(known, int(rest))


@contextmanager
def opened(place: Place | None = None) -> Iterator[Executor]:
    """Open a place's executor, and close it, the cluster included if it was started here.

    Raises:
        PlaceError: If Dask is not installed, or the cluster does not answer.
    """
    place = place or default_place()
    if place.kind == "threads":
        with ThreadPoolExecutor(place.workers) as threads:
            yield threads
    elif place.kind == "processes":
        # Forking a process that runs threads is unsafe, and LLVM and pytest have some.
        context = get_context("spawn")
        with ProcessPoolExecutor(place.workers, context, initializer=warm_up) as processes:
            yield processes
    else:
        with _dask_client(place) as client:
            yield Bundling(client.get_executor())


class Bundling(Executor):
    """An executor far away: `in_order` hands it tasks in bundles."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Hand a single call in."""
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the executor inside."""
        self._inner.shutdown(wait, cancel_futures=cancel_futures)


def run_bundle(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> list[T]:
    """Run a function on some tasks; the unit of work of a cluster."""
    return [function(*task) for task in tasks]


def _dask_client(place: Place) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise PlaceError(
            "Dask is not installed; install the extra: pip install 'caopan[dask]'"
        ) from error
    connect: Any = Client  # Dask's own signature is untyped
    try:
        if place.address:
            return connect(place.address, timeout="10s", set_as_default=False)
        return connect(
            n_workers=place.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
            set_as_default=False,
        )
    except (OSError, ValueError) as error:
        raise PlaceError(f"dask {place.address or place.workers}: {error}") from error


def in_order(
    executor: Executor | None,
    function: Callable[..., T],
    tasks: Iterable[tuple[Any, ...]],
    ahead: int = AHEAD,
) -> Iterator[T]:
    """Run a function on every task and yield the results in the tasks' order.

    Args:
        executor: Where to run; None runs here, one after the other.
        function: A plain function at a module's top level.
        tasks: Its arguments; read only as far ahead as `ahead` allows, so they may be endless.
        ahead: The most tasks, or bundles of them, that are handed in and not yet collected.
    """
    if executor is None:
        for task in tasks:
            yield function(*task)
        return
    bundles: Iterator[list[tuple[Any, ...]]] = ([task] for task in tasks)
    if isinstance(executor, Bundling):
        bundles = _bundled(tasks)
    waiting: deque[Future[list[T]]] = deque()
    try:
        for bundle in bundles:
            waiting.append(executor.submit(run_bundle, function, bundle))
            if len(waiting) >= ahead:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _bundled(tasks: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    rest = iter(tasks)
    while bundle := list(islice(rest, BUNDLE)):
        yield bundle
