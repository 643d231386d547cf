"""A run: candidates sit an exam on a real server while it is killed; then the checker reads."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.faults.attempts import check_attempts
from tests.faults.browsers import Browser, OutsideClock, signed_in
from tests.faults.clients import Candidate, Crowd, PatientCandidate
from tests.faults.ground import (
    account_of,
    close_overdue,
    judge,
    rescore,
    start_attempts,
    start_rooms,
)
from tests.faults.history import Fault, Operation, Tally, tally
from tests.faults.operators import RoomOperator, operating
from tests.faults.rooms import check_rooms
from tests.faults.server import Server
from tests.faults.stored import stored_attempts, stored_rooms

Exam = Crowd[Candidate]
"""The candidates of a run."""

LONG_S = 3600
"""Time limit of those who hand in themselves."""

LONGEST_WORK_S = 60.0
"""A run that gets nowhere in this time ends; what it proves is then asserted by its test."""


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        candidates: How many sit the exam.
        short: How many of them have only `short_s` seconds, and go on after that.
        short_s: Their time limit, seconds.
        think_s: Bounds of the pause between two answers, seconds.
        seed: Of everything that the clients decide by chance.
        patient: How many of the others queue their answers as a page does; the last ones.
    """

    candidates: int
    short: int
    short_s: int
    think_s: tuple[float, float]
    seed: int
    patient: int = 0


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    operations: Sequence[Operation]
    faults: Sequence[Fault]
    tally: Tally

    @property
    def report(self) -> str:
        return "\n".join([str(self.tally), *map(str, self.faults[:40])])


def new_seed() -> int:
    """A seed for one run; tests print it, so that a failure can be looked at again."""
    return secrets.randbelow(10**6)


def sit_exam(
    server: Server,
    plan: Plan,
    meanwhile: Callable[[Exam], None],
    *,
    address: str = "",
    patient_address: str = "",
) -> Run:
    """Let candidates sit an exam.

    Args:
        server: A server that answers, on a ground that was laid.
        plan: Who sits it, and how.
        meanwhile: What happens while they work: waits, kills, restarts. The server must
            answer when it returns.
        address: Where the candidates reach the server, if not at its own address.
        patient_address: The same of the patient ones.
    """
    accounts = [account_of(number) for number in range(plan.candidates)]
    split = plan.candidates - plan.patient
    with (
        signed_in(address or server.address, accounts[:split]) as browsers,
        signed_in(patient_address or server.address, accounts[split:]) as patient,
    ):
        crowd = _seated(server, plan, [*browsers, *patient])
        with crowd.working():
            meanwhile(crowd)
        _end(server, crowd, plan)
    operations = crowd.operations
    faults = check_attempts(stored_attempts(server.settings), operations, rescore)
    return Run(operations, faults, tally(operations))


def operate_rooms(
    server: Server, numbers: Sequence[int], meanwhile: Callable[[Crowd[RoomOperator]], object]
) -> Run:
    """Let people operate rooms while something else goes on.

    Args:
        server: A server that answers.
        numbers: Which candidates.
        meanwhile: What goes on; the server must answer when it returns.
    """
    seats = start_rooms(server.settings, numbers)
    with operating(server, seats, OutsideClock(), seed=new_seed()) as operators:
        meanwhile(operators)
    operations = operators.operations
    faults = check_rooms(stored_rooms(server.settings), operations, judge)
    return Run(operations, faults, tally(operations))


def _seated(server: Server, plan: Plan, browsers: Sequence[Browser]) -> Exam:
    """Start an attempt for each candidate, who opens its page; the short ones begin last."""
    clock = OutsideClock()

    def enter(numbers: range, limit_s: int) -> list[Candidate]:
        seats = start_attempts(server.settings, numbers, limit_s)
        candidates = [
            (PatientCandidate if number >= plan.candidates - plan.patient else Candidate)(
                browsers[number], seat, clock, seed=plan.seed, think_s=plan.think_s
            )
            for number, seat in zip(numbers, seats, strict=True)
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Candidate.enter, candidates))
        return candidates

    long = enter(range(plan.short, plan.candidates), LONG_S)
    return Crowd([*enter(range(plan.short), plan.short_s), *long], clock)


def _end(server: Server, crowd: Exam, plan: Plan) -> None:
    """Everybody hands in but those whose time is over: a look, the sweeper, or they close them."""
    late = crowd.members[: plan.short]
    for candidate in late[::3]:
        candidate.browser.request("GET", candidate.path)
    with ThreadPoolExecutor(plan.candidates) as pool:
        list(pool.map(Candidate.submit, [*late[1::3], *crowd.members[plan.short :]]))
    close_overdue(server.settings)


def until(acknowledged: int, least_s: float = 0.0) -> Callable[[Crowd[Any]], None]:
    """Let people work until so many operations succeeded, and so many seconds passed.

    A busy machine is given time, for a run must have done something to prove anything.
    """

    def wait(crowd: Crowd[Any]) -> None:
        began = time.monotonic()
        while time.monotonic() - began < LONGEST_WORK_S:
            time.sleep(0.1)
            enough = crowd.acknowledged_count >= acknowledged
            if enough and time.monotonic() - began >= least_s:
                return

    return wait
