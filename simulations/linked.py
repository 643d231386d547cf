"""A 营期 played and judged: sessions one after the other, each beginning where the last one ended.

The whole is a pure function of (period, scenario, keys, plans and logs). On the twin path every
session and everything carried over is without viewer luck; the certified score is taken there,
from the sums of all sessions, against the house and the reference of the same keys. A candidate
who does nothing in any session is the house and scores exactly 0.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

from simulations.batch import seeds
from simulations.carrying import Carry, ended, first_carry, opening_of, rested
from simulations.engines.registry import warm_up
from simulations.engines.v1.arithmetic import log_
from simulations.engines.v1.operators import THETA
from simulations.errors import ReferenceMissingError
from simulations.evolution import evolve
from simulations.executors import in_order
from simulations.loading import parse_scenario
from simulations.outcomes import LEAST_NET_FEN, Outcome
from simulations.periods import PERIOD_DIR, LinkedSession, Period
from simulations.planning import Plan
from simulations.policies import (
    Policy,
    Reference,
    competent,
    log_of,
    parse_reference,
    planned,
)
from simulations.scenarios import Scenario
from simulations.scoring import Score, score_of
from simulations.search import FIXED, TRAINING_BASE, Effort, GatedGrowth, search_space
from simulations.states import LoggedAction, RoomKeys, keys_of_seed, replay, summary_of

PERIOD_BASE = TRAINING_BASE + 900
"""Base of the seeds on which a period's reference is searched."""

PERIOD_EFFORT = Effort(rounds=12, population=24, elite=5, seeds_per_round=3)


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a candidate did in one session: the plan before it and the log of it."""

    log: tuple[LoggedAction, ...]
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class SessionRun:
    """One session of a period: how it began, what was done, what it came to."""

    title: str
    before: Carry
    sitting: Sitting
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PeriodRun:
    """A whole period on one path."""

    sessions: tuple[SessionRun, ...]
    after: Carry

    @property
    def total(self) -> Outcome:
        """Return the sums over all sessions."""
        return total_of([session.outcome for session in self.sessions])


def total_of(outcomes: Sequence[Outcome]) -> Outcome:
    """Return sums of money, orders, visitors and strikes; closed if any session was closed."""
    summed: dict[str, Any] = {
        name: sum(getattr(one, name) for one in outcomes) for name in Outcome.__dataclass_fields__
    }
    return Outcome(**{**summed, "is_closed": any(one.is_closed for one in outcomes)})


def session_keys(keys: RoomKeys, index: int) -> RoomKeys:
    """Return the keys of a period's session: SHA-256 of the period's keys and the index.

    The twin of a period has the twins of its sessions.
    """
    text = f"caopan period {keys.macro:016x} {keys.micro:016x} session {index}"
    found = RoomKeys.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    world = hashlib.sha256(f"caopan period {keys.macro:016x} session {index}".encode()).digest()
    macro = int.from_bytes(world[:8], "big")
    return RoomKeys(macro, found.micro if keys.micro else 0)


@lru_cache(maxsize=64)
def scenario_of_day(scenario: Scenario, session: LinkedSession) -> Scenario:
    """Return the scenario with the traffic and the budgets of a session's day.

    Raises:
        ScenarioError: If the day's levels leave the ranges that a scenario allows.
    """
    data = scenario.model_dump(mode="json", exclude={"plan", "opening", "cards"})
    audience, market = data["audience"], data["market"]
    audience["fans_per_min"] *= session.fans_ratio
    audience["public_per_min"] *= session.public_ratio
    market["budget_fen"] = round(market["budget_fen"] * session.traffic_ratio)
    rate = round(data["house"]["traffic_rate_fen_per_min"] * session.traffic_ratio)
    data["house"]["traffic_rate_fen_per_min"] = min(rate, market["rate_most_fen_per_min"])
    data["benefits"]["budget_fen"] = round(data["benefits"]["budget_fen"] * session.benefit_ratio)
    return parse_scenario(data, f"{scenario.ref}, {session.title}")


Acts = Callable[[int, Scenario, RoomKeys], Sitting]
"""What is done in a session, given its number, its scenario as it begins, and its keys."""


def run_period(period: Period, scenario: Scenario, keys: RoomKeys, acts: Acts) -> PeriodRun:
    """Run all sessions of a period, one after the other.

    Args:
        period: The period.
        scenario: The scenario that it names.
        keys: The period's keys.
        acts: Asked before each session for its plan and log.

    Raises:
        PlanRefusedError: If a plan breaks a rule of its session.
    """
    rules = period.rules
    carry = first_carry(scenario, rules)
    sessions = []
    for index, session in enumerate(period.sessions):
        carry = rested(scenario, rules, carry, session)
        opened = scenario_of_day(scenario, session).with_opening(opening_of(scenario, carry))
        pair = session_keys(keys, index)
        sitting = acts(index, opened, pair)
        room = opened.with_plan(sitting.plan)
        state = replay(room, pair, sitting.log, room.duration_ticks)
        outcome = Outcome.of(summary_of(state))
        sessions.append(SessionRun(session.title, carry, sitting, outcome))
        carry = ended(room, rules, carry, state)
    return PeriodRun(tuple(sessions), carry)


def carried_into(
    period: Period, scenario: Scenario, keys: RoomKeys, sittings: Sequence[Sitting]
) -> Carry:
    """Return how things stand when the session after those that were sat begins.

    Args:
        period: The period.
        scenario: The scenario that it names.
        keys: The period's keys; the lived ones for what the candidate meets.
        sittings: What was done in the sessions so far, fewer than the period has.

    Raises:
        PlanRefusedError: If a plan breaks a rule of its session.
    """
    rules = period.rules
    carry = first_carry(scenario, rules)
    for index, sitting in enumerate(sittings):
        session = period.sessions[index]
        carry = rested(scenario, rules, carry, session)
        opened = scenario_of_day(scenario, session).with_opening(opening_of(scenario, carry))
        room = opened.with_plan(sitting.plan)
        state = replay(room, session_keys(keys, index), sitting.log, room.duration_ticks)
        carry = ended(room, rules, carry, state)
    return rested(scenario, rules, carry, period.sessions[len(sittings)])


def replay_period(
    period: Period, scenario: Scenario, keys: RoomKeys, sittings: Sequence[Sitting]
) -> PeriodRun:
    """Replay what a candidate did; sessions not sat yet are left to the house."""

    def acts(index: int, _: Scenario, __: RoomKeys) -> Sitting:
        return sittings[index] if index < len(sittings) else Sitting(())

    return run_period(period, scenario, keys, acts)


def play_period(period: Period, scenario: Scenario, keys: RoomKeys, policy: Policy) -> PeriodRun:
    """Let a policy sit every session, as it finds it."""

    def acts(_: int, opened: Scenario, pair: RoomKeys) -> Sitting:
        room = planned(opened, policy.plan)
        bare = Policy(policy.name, policy.theta)
        return Sitting(tuple(log_of(room, bare, pair)), policy.plan)

    return run_period(period, scenario, keys, acts)


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """A judged period: the candidate's lived and twin runs, house and reference, the score."""

    lived: PeriodRun
    twin: PeriodRun
    house: PeriodRun
    reference: PeriodRun
    score: Score

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data, session by session."""
        return {
            "score": round(self.score.points, 1),
            "raw_score": self.score.raw,
            "uplift_ratio": self.twin.total.net_fen / max(self.house.total.net_fen, LEAST_NET_FEN)
            - 1.0,
            "lived": self.lived.total.to_dict(),
            "twin": self.twin.total.to_dict(),
            "house": self.house.total.to_dict(),
            "reference": self.reference.total.to_dict(),
            "sessions": [
                {
                    "title": mine.title,
                    "day": mine.before.day,
                    "net_fen": round(mine.outcome.net_fen),
                    "house_net_fen": round(base.outcome.net_fen),
                    "reference_net_fen": round(best.outcome.net_fen),
                    "followers": round(mine.before.followers),
                    "fans_ratio": round(mine.before.fans_ratio, 4),
                    "cash_fen": mine.before.cash_fen,
                    "stock": list(mine.before.stock),
                    "strikes": mine.outcome.strikes,
                }
                for mine, base, best in zip(
                    self.twin.sessions, self.house.sessions, self.reference.sessions, strict=True
                )
            ],
        }


def period_result(
    period: Period,
    scenario: Scenario,
    keys: RoomKeys,
    sittings: Sequence[Sitting],
    yardstick: Reference,
) -> PeriodResult:
    """Judge a finished period by the net GMV of all its sessions together."""
    twin = replay_period(period, scenario, keys.twin, sittings)
    lived = replay_period(period, scenario, keys, sittings)
    base = replay_period(period, scenario, keys.twin, [])
    best = play_period(period, scenario, keys.twin, yardstick.policy)
    score = score_of(
        twin.total,
        base.total,
        best.total,
        scenario.scoring,
        yardstick.span_floor_log,
        lived.total.strikes,
    )
    return PeriodResult(lived, twin, base, best, score)


def period_reference_path(period: Period, folder: Path = PERIOD_DIR) -> Path:
    """Return where a period's reference is stored."""
    return folder / f"{period.id}.reference.json"


def content_hash_of(period: Period, scenario: Scenario) -> str:
    """Return a hash of the period and its scenario; a reference is stored under it."""
    text = period.model_dump_json() + scenario.content_hash()
    return hashlib.sha256(text.encode()).hexdigest()


def period_reference(period: Period, scenario: Scenario, folder: Path = PERIOD_DIR) -> Reference:
    """Return the stored reference of a period; stale if period or scenario have changed.

    Raises:
        ReferenceMissingError: If none is stored.
    """
    path = period_reference_path(period, folder)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReferenceMissingError(f"{path}: {error}") from error
    found = parse_reference(scenario, data)
    return Reference(
        found.policy, found.span_floor_log, data["period_hash"] != content_hash_of(period, scenario)
    )


def period_worths(
    period: Period,
    scenario: Scenario,
    members: Sequence[Policy],
    keys: Sequence[RoomKeys],
    houses: Sequence[Outcome],
) -> list[float]:
    """Return each policy's mean points over periods, on a nominal span; the unit of work."""
    objective = GatedGrowth(scenario.scoring)
    return [
        fmean(
            objective(play_period(period, scenario, pair.twin, member).total, base)
            for pair, base in zip(keys, houses, strict=True)
        )
        for member in members
    ]


def search_period(
    period: Period,
    scenario: Scenario,
    start: Policy | None = None,
    effort: Effort = PERIOD_EFFORT,
    seed: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Search the operator with the best whole period, on training seeds only.

    Args:
        period: The period.
        scenario: Its scenario.
        start: Where to begin: best the scenario's own reference; the competent one if left out.
        effort: How much to search.
        seed: Which draws and training seeds to use.
        executor: Where to run; here if left out.
        progress: Told (rounds done, rounds).

    Returns:
        What is stored as the period's reference, with its provenance.
    """
    warm_up()
    keys = seeds(effort.seeds_per_round, PERIOD_BASE + seed)
    houses = [replay_period(period, scenario, pair.twin, []).total for pair in keys]

    def worths(members: Sequence[Policy]) -> list[float]:
        tasks = ((period, scenario, [member], keys, houses) for member in members)
        return [worth for part in in_order(executor, period_worths, tasks) for worth in part]

    begin = start or competent(scenario)
    found = evolve(
        Policy("reference", begin.theta, begin.plan),
        search_space(scenario),
        FIXED,
        effort,
        keys_of_seed(PERIOD_BASE + seed).macro,
        worths,
        progress,
    )
    judging = seeds(2 * effort.seeds_per_round, PERIOD_BASE + 50 + seed)
    spans = []
    for pair in judging:
        base = replay_period(period, scenario, pair.twin, []).total
        best = play_period(period, scenario, pair.twin, found).total
        spans.append(log_(max(best.net_fen, LEAST_NET_FEN) / max(base.net_fen, LEAST_NET_FEN)))
    mean = fmean(spans)
    return {
        "period_ref": period.ref,
        "period_hash": content_hash_of(period, scenario),
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "engine_version": scenario.engine,
        "theta": {name: value for name, value in zip(THETA, found.theta, strict=True) if value},
        "plan": None if found.plan is None else found.plan.model_dump(mode="json"),
        "mean_span_log": round(mean, 6),
        "span_floor_log": round(0.5 * mean, 6),
        "provenance": {
            "method": "parents and children on the period's twin",
            **asdict(effort),
            "training_base": PERIOD_BASE,
            "seed": seed,
        },
    }
