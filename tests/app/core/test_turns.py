"""Who has a running clock goes before the others, and the others go all the same."""

from __future__ import annotations

import threading
import time

import pytest

from app.core.turns import MOST_IN_A_ROW, TURN, Turns, goes_first, turn_given_back


class Line:
    """People who wait for the one turn, in the order in which they came."""

    def __init__(self) -> None:
        self.turns = Turns(1)
        self.turns.take()
        self.served: list[str] = []
        self._threads: list[threading.Thread] = []

    def join(self, name: str, *, first: bool = False) -> None:
        """Let somebody stand in the line before the next one comes."""

        def wait() -> None:
            self.turns.take(first=first)
            self.served.append(name)
            self.turns.give()

        before = self.length
        self._threads.append(threading.Thread(target=wait))
        self._threads[-1].start()
        while self.length == before:
            time.sleep(0.001)

    @property
    def length(self) -> int:
        return len(self.turns._first) + len(self.turns._others)

    def serve(self) -> list[str]:
        """Give the turn back; return who had it, in order."""
        self.turns.give()
        for thread in self._threads:
            thread.join(10)
        return self.served


class TestTurns:
    def test_go_to_a_running_clock_first_and_else_by_order(self):
        line = Line()
        line.join("sign-in 1")
        line.join("sign-in 2")
        line.join("save 1", first=True)
        line.join("sign-in 3")
        line.join("save 2", first=True)

        assert line.serve() == ["save 1", "save 2", "sign-in 1", "sign-in 2", "sign-in 3"]

    def test_go_to_the_others_now_and_then_however_many_are_first(self):
        line = Line()
        line.join("page")
        for number in range(MOST_IN_A_ROW + 5):
            line.join(f"save {number}", first=True)

        assert line.serve().index("page") == MOST_IN_A_ROW

    def test_are_free_again_when_nobody_waits(self):
        turns = Turns(2)
        for _ in range(5):
            turns.take()
            turns.take()
            turns.give()
            turns.give()

        assert turns._free == 2


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/exams/attempts/abc/save", True),
        ("/rooms/abc/act", True),
        ("/exams", False),
        ("/sign-in", False),
        ("/live/rounds/abc/board.json", False),
    ],
)
def test_what_runs_by_a_clock_is_known_by_its_address(path, first):
    assert goes_first({"PATH_INFO": path}) is first


def test_a_turn_given_back_is_somebody_elses_meanwhile():
    turns = Turns(1)
    turns.take()

    with turn_given_back({TURN: turns, "PATH_INFO": "/studio"}):
        turns.take()
        turns.give()

    assert turns._free == 0
