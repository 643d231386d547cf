"""A preview's computing in a process of its own, so that a server's process stays free to answer.

Threads of a server that compute need the interpreter's lock between two runs of compiled code; on a
busy machine one that holds it waits for a processor, and everything else in that process waits with
it. Here the server only waits for an answer, and the process that computes stands back (`nice`).

`PreviewProcess` is the asking side; it starts `python -m simulations.preview_process FD`, which
takes tasks from that descriptor one after the other. It ends when nobody asked for a while, or when
the asking process is gone, however it went.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from simulations.engines.registry import warm_up
from simulations.errors import EngineError, RoomError
from simulations.policies import Reference
from simulations.preview import Look, Preview
from simulations.scenarios import Scenario

ANSWER_WAIT_S = 60.0
"""A process that says nothing for so long is ended: a step takes a fraction of a second."""

IDLE_S = 300.0
"""A process that is asked nothing for so long ends: it keeps some 90 MB."""

NICENESS = 5
"""A third of the share of those who do not stand back."""

Points = dict[str, list[float]]


class PreviewProcess:
    """The process that computes, as the asking side sees it; for one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def grown(
        self,
        scenario: Scenario,
        yardstick: Reference,
        count: int,
        look: Look,
        points: Mapping[str, Sequence[float]],
        budget_s: float,
    ) -> Points:
        """Return the points of a preview after some more keys.

        Args:
            scenario: The scenario as it is being edited.
            yardstick: A reference; a stale one will do.
            count: Keys of the whole preview.
            look: How closely.
            points: Of the keys so far, by policy.
            budget_s: For how long it begins further tasks, seconds.

        Raises:
            RoomError: What the computation raised.
            EngineError: If the process ended twice without an answer.
        """
        task = (scenario, yardstick, count, look, points, budget_s)
        answer = self._asked(task) or self._asked(task)
        if answer is None:
            raise EngineError("the process that computes previews ended without an answer")
        if isinstance(answer, RoomError):
            raise answer
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None

    def _asked(self, task: tuple[Any, ...]) -> Points | RoomError | None:
        """Return the answer to a task; None if the process was idle for long, or was ended."""
        try:
            line = self._opened()
            line.send(task)
            if line.poll(ANSWER_WAIT_S):
                answer: Points | RoomError = line.recv()
                return answer
        except (EOFError, OSError):
            pass
        except BaseException:
            self.close()  # an answer that is on its way belongs to nobody
            raise
        self.close()
        return None

    def _opened(self) -> Connection:
        if self._line is None:
            self._line, theirs = Pipe()
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - this very program
                    [sys.executable, "-m", "simulations.preview_process", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
        return self._line


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment


def answered(threads: ThreadPoolExecutor, workers: int, task: tuple[Any, ...]) -> Points:
    """Compute one step."""
    scenario, yardstick, count, look, points, budget_s = task
    growing = Preview(scenario, yardstick, count, look)
    growing.take(points)
    growing.grow(threads, workers, partial(_is_past, time.monotonic() + budget_s))
    return growing.points


def serve(line: Connection) -> None:
    """Compute what comes down the line until it ends, or nothing comes for long."""
    warm_up()
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, "preview") as threads:
        while line.poll(IDLE_S):
            try:
                task = line.recv()
            except EOFError:
                return
            answer: Points | RoomError
            try:
                answer = answered(threads, workers, task)
            except RoomError as error:
                answer = error
            try:
                line.send(answer)
            except BrokenPipeError:
                return


if __name__ == "__main__":
    os.nice(NICENESS)
    with Connection(int(sys.argv[1])) as own:
        serve(own)
