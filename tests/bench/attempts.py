"""A whole attempt without the server, step by step: what rows 4, 5 and 8 are made of.

`python -m tests.bench.attempts [--profile STEP]`: processor time of each request in one process on
SQLite, and how many statements the ORM's engines ran for it. What the server adds is in
`tests.bench.exam_day --row attempts`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.core.db import db
from tests import cast
from tests.bench.calls import Caller
from tests.bench.desks import CHOICES, expect
from tests.bench.hall import PAPER_ITEMS, Seat, halls
from tests.faults.ground import application

ATTEMPTS = 15

WARM_UPS = 3
"""Attempts that are sat first, uncounted: templates are compiled and pure values kept once."""

STEPS = {
    "sign-in page": 1,
    "sign-in": 1,
    "exams page": 1,
    "start": 1,
    "exam page": 1,
    "take over": 1,
    "save": PAPER_ITEMS,
    "submit": 1,
    "result": 1,
}
"""Each step of an attempt, and how often it is taken."""


class Meter:
    """Processor time and statements of each step; one step may be profiled."""

    def __init__(self, profiled: str = "") -> None:
        self.profile = cProfile.Profile()
        self.took_s: dict[str, list[float]] = {step: [] for step in STEPS}
        self.statement_counts = dict.fromkeys(STEPS, 0)
        self.is_on = False
        self._profiled = profiled
        self._step = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure the block as one taking of a step."""
        self._step = name
        if self.is_on and name == self._profiled:
            self.profile.enable()
        start = time.process_time()
        yield
        if self.is_on:
            self.took_s[name].append(time.process_time() - start)
        self.profile.disable()

    def count_statements(self) -> None:
        """Count what the application's engines are asked from now on."""

        def count(*_: Any) -> None:
            self.statement_counts[self._step] += self.is_on

        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", count)


def sit(app: Flask, seat: Seat, number: int, meter: Meter) -> None:
    """Sit one attempt from the sign-in to the result, as `tests.bench.desks` does."""
    caller = Caller(app, address=f"127.0.{1 + number // 250}.{1 + number % 250}")
    with meter.step("sign-in page"):
        caller.page("/sign-in")
    form = {"csrf_token": caller.csrf, "account": seat.account, "password": cast.PASSWORD}
    with meter.step("sign-in"):
        reply = caller.ask("POST", "/sign-in", form=form)
    assert reply.status == 303, (reply.status, reply.text[:300])
    with meter.step("exams page"):
        caller.page("/exams")
    with meter.step("start"):
        reply = caller.ask("POST", "/programmes/bench/theory", form={"csrf_token": caller.csrf})
    path = reply.headers["location"]
    with meter.step("exam page"):
        caller.page(path)
    with meter.step("take over"):
        reply = caller.ask("POST", f"{path}/state", value={"take_over": True})
    epoch = expect(reply, 200)["writer_epoch"]
    for position in range(1, PAPER_ITEMS + 1):
        value = {
            "key": f"bench-{secrets.token_hex(6)}",
            "position": position,
            "value": {"selected": [CHOICES[position % 4]]},
            "flagged": False,
            "sequence": position,
            "writer_epoch": epoch,
        }
        with meter.step("save"):
            reply = caller.ask("POST", f"{path}/save", value=value)
        expect(reply, 200)
    with meter.step("submit"):
        reply = caller.ask("POST", f"{path}/submit", value={"key": f"end-{secrets.token_hex(6)}"})
    result = expect(reply, 200)["redirect"]
    with meter.step("result"):
        caller.page(result)


def measured(profiled: str = "") -> Meter:
    """Return what the steps of some attempts took on SQLite."""
    meter = Meter(profiled)
    with halls(("sqlite",)) as [hall]:
        seats = hall.seats(WARM_UPS + ATTEMPTS)
        with application(hall.settings) as app:
            meter.count_statements()
            for number, seat in enumerate(seats):
                meter.is_on = number >= WARM_UPS
                sit(app, seat, number, meter)
    return meter


def print_attempt(profiled: str = "") -> None:
    """Print the table, and the profile of a step if one was asked for."""
    meter = measured(profiled)
    total = {"whole": 0.0, "without the sign-in": 0.0, "submit + result": 0.0}
    print(f"{'step':24} {'ms each':>8} {'times':>6} {'ms':>8} {'statements':>11}")
    for step, times in STEPS.items():
        each = statistics.median(meter.took_s[step]) * 1e3
        count = meter.statement_counts[step] / len(meter.took_s[step])
        print(f"{step:24} {each:8.2f} {times:6} {each * times:8.2f} {count:11.1f}")
        total["whole"] += each * times
        total["without the sign-in"] += 0 if step.startswith("sign-in") else each * times
        total["submit + result"] += each if step in {"submit", "result"} else 0
    for name, ms in total.items():
        print(f"{name:24} {'':8} {'':6} {ms:8.2f}")
    if profiled:
        pstats.Stats(meter.profile).sort_stats("tottime").print_stats(45)
        pstats.Stats(meter.profile).sort_stats("cumulative").print_stats(70)


def main() -> int:
    """`python -m tests.bench.attempts`: what a whole attempt is made of."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--profile", choices=tuple(STEPS), default="", help="one step's profile")
    print_attempt(parser.parse_args().profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
