"""A calibration in half a second, for an author who has just moved a number.

There are two looks, the quick one first (`looks_at`). In the quick look novice, competent,
reference and house play the fluid twin, as the reference is judged: four runs a key, and without
the viewers' luck, which is the smaller part of a spread whose greater part is the world's. In the
close look they live the room and their logs are judged on the twin, as a candidate's is: eight runs
a key. Both are on a tick six times as long, the quick look at a long room on one of a minute.

A longer tick shifts the mean scores of rooms that hang on reacting within seconds. A full
calibration of the same room, once there is one, says by how much (`corrections`), and what is left
is the error on the *change* that the author made: a test bounds it. Nothing is released on a
preview.

A preview grows: keys are played in a fixed order, and whoever asks may look after any number of
them. What it says then is the preview of the first so many keys, however often it was looked at.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import fmean
from typing import Any

from simulations.batch import seeds
from simulations.calibration import CALIBRATION_BASE
from simulations.distributions import best_cut, histogram, pass_rates, percentiles, separation
from simulations.engines.engine import Engine
from simulations.engines.registry import engine_for, warm_up
from simulations.engines.v1.layout import Setting, fields_of, pack
from simulations.engines.v1.setting import COUNTS
from simulations.executors import in_order, opened
from simulations.outcomes import Outcome
from simulations.policies import (
    MOST_ROWS,
    WHIM,
    Policy,
    Reference,
    competent,
    house,
    novice,
    planned,
)
from simulations.publishing import CUTS
from simulations.scenarios import Scenario
from simulations.scoring import SCORE_CEILING, SCORE_FLOOR, score_of
from simulations.states import RoomKeys, setting_for

COARSENESS = 6
"""Ticks of the room in one tick of the preview: 30 s, as often as operators look."""

QUICK_COARSENESS = 12
"""The same for the quick look at a long room: a minute, the longest that its marks allow."""

LONG_MIN = 150
"""Minutes from which on a quick look at `COARSENESS` would take more than a quarter of a second."""

PREVIEW_KEYS = 300

STEP_KEYS = 5
"""Keys of one task: 3 to 60 ms of compiled work, by the look and the room's length."""


@dataclass(frozen=True, slots=True)
class Look:
    """How closely a preview looks at a room.

    Attributes:
        coarseness: Ticks of the room in one tick of the preview.
        is_lived: Whether operators live the room with its viewers' luck before their logs are
            judged on the twin; otherwise they play the twin.
    """

    coarseness: int
    is_lived: bool

    @property
    def name(self) -> str:
        """Return a name under which what is known of this look can be stored."""
        return f"{'lived' if self.is_lived else 'twin'}-{self.coarseness}"


CLOSE = Look(COARSENESS, is_lived=True)

LEAST_KEYS = 10
"""Fewer keys than these say nothing about a distribution."""

POINT_DECIMALS = 4
"""To which points are kept, so that they survive a journey as text."""


_DURATIONS = [
    (name, length)
    for name, kind, length in fields_of(Setting)
    if kind == "i8" and (name not in COUNTS or name == "ticks_per_minute")
]


def coarse_setting(setting: Setting, coarseness: int = COARSENESS) -> Setting:
    """Return a setting with ticks `coarseness` times as long; durations round half up, least 1."""
    coarse = copy(setting)  # lists that are not replaced are shared: nobody changes a setting
    coarse.dt = setting.dt * coarseness
    for name, length in _DURATIONS:
        value = getattr(setting, name)
        scaled = [_fewer(one, coarseness) for one in value] if length else _fewer(value, coarseness)
        setattr(coarse, name, scaled)
    return coarse


def _fewer(ticks: int, coarseness: int) -> int:
    return max(1, (2 * ticks + coarseness) // (2 * coarseness)) if ticks > 0 else ticks


def looks_at(scenario: Scenario) -> tuple[Look, Look]:
    """Return the looks at a room, the quick one first."""
    quick = COARSENESS if scenario.duration_min < LONG_MIN else QUICK_COARSENESS
    return Look(quick, is_lived=False), CLOSE


@lru_cache(maxsize=32)
def _coarse(scenario: Scenario, coarseness: int) -> Setting:
    return coarse_setting(setting_for(scenario), coarseness)


@lru_cache(maxsize=32)
def _prepared(scenario: Scenario, engine: Engine, coarseness: int) -> Any:
    return engine.prepare(_coarse(scenario, coarseness))


def coarse_points(
    scenario: Scenario,
    policies: Sequence[Policy],
    keys: Sequence[RoomKeys],
    yardstick: Reference,
    look: Look = CLOSE,
) -> list[list[float]]:
    """Return each policy's points on each key; the unit of distributed work."""
    engine = engine_for(scenario.engine)
    rows = engine.blank_rows(MOST_ROWS)

    def played(theta: Any, setting: Any, pair: RoomKeys) -> tuple[Outcome, int]:
        room, whims = engine.blank_room(), pair.macro ^ WHIM
        keys_of_play = (pair.macro, pair.micro, whims)
        count = engine.play(
            room, setting, engine.blank_memory(), theta, keys_of_play, rows, scenario.duration_ticks
        )
        return Outcome.of(engine.summary(room)), count

    def form_of(policy: Policy) -> tuple[Any, Any]:
        room = planned(scenario, policy.plan)
        return engine.vector(policy.theta), _prepared(room, engine, look.coarseness)

    idle, best_form = form_of(house()), form_of(yardstick.policy)
    forms = [form_of(policy) for policy in policies]
    points: list[list[float]] = [[] for _ in policies]
    for pair in keys:
        base, best = played(*idle, pair.twin)[0], played(*best_form, pair.twin)[0]
        for policy, form, column in zip(policies, forms, points, strict=True):
            strikes: int | None = None
            if look.is_lived:
                lived, count = played(*form, pair)
                setting, strikes = form[1], lived.strikes
                twin = engine.begin(setting, pair.macro)
                engine.advance(twin, setting, (pair.macro, 0), rows, count, scenario.duration_ticks)
                outcome = Outcome.of(engine.summary(twin))
            elif policy == yardstick.policy:
                outcome = best
            else:
                outcome = played(*form, pair.twin)[0]
            score = score_of(
                outcome,
                base,
                best,
                scenario.scoring,
                yardstick.span_floor_log,
                strikes,
                None if policy.plan is None else policy.plan.aim,
            )
            column.append(score.points)
    return points


class Preview:
    """A preview of one room by one yardstick, and how far it has come.

    Attributes:
        points: By policy, of the keys so far, in their order.
        count: Keys of the whole preview.
    """

    def __init__(
        self,
        scenario: Scenario,
        yardstick: Reference,
        count: int = PREVIEW_KEYS,
        look: Look = CLOSE,
    ) -> None:
        """Begin at no key.

        Args:
            scenario: The scenario as it is being edited.
            yardstick: A reference; a stale one will do.
            count: Keys of the whole preview.
            look: How closely, see `looks_at`.
        """
        self._scenario, self._yardstick = scenario, yardstick
        self._ladder = {
            "novice": novice(scenario),
            "competent": competent(scenario),
            "reference": yardstick.policy,
        }
        self.count, self.look = count, look
        self.points: dict[str, list[float]] = {name: [] for name in self._ladder}

    @property
    def keys(self) -> int:
        """Return how many keys were played."""
        return len(self.points["novice"])

    @cached_property
    def fingerprint(self) -> str:
        """Return a hash of all that points depend on: words and pictures of the room do not count.

        So a changed text goes on from the points that are known, and a slider that comes back too.
        """
        rules = self._scenario.scoring.model_dump_json()
        digest = hashlib.sha256(
            f"{self._scenario.engine} {self.look.name} {self._yardstick.span_floor_log} {rules}"
            f" {self._scenario.duration_ticks}".encode()
        )
        operators = (house(), *self._ladder.values())
        for policy in operators:
            digest.update(f" {policy.theta} {policy.plan!r} ".encode())
        # Of the room's own ticks: longer ones are made of them.
        for room in dict.fromkeys(planned(self._scenario, one.plan) for one in operators):
            digest.update(pack(setting_for(room)))
        return digest.hexdigest()

    @property
    def is_complete(self) -> bool:
        """Say whether every key was played."""
        return self.keys >= self.count

    def take(self, points: Mapping[str, Sequence[float]]) -> None:
        """Go on from points that an earlier preview of the same room found, if they are more.

        Raises:
            ValueError: If they are not as many for each policy, or too many.
        """
        lengths = {len(values) for values in points.values()}
        if points.keys() != self.points.keys() or len(lengths) != 1 or max(lengths) > self.count:
            raise ValueError("points of each policy, as many for one as for the other")
        if max(lengths) > self.keys:
            self.points = {name: list(points[name]) for name in self.points}

    def grow(
        self,
        executor: Executor | None,
        workers: int,
        is_enough: Callable[[], bool],
        step: int = STEP_KEYS,
    ) -> None:
        """Play on until all keys were played, or it is enough and there is something to say.

        Each call plays at least as many keys as `workers` tasks have.

        Args:
            executor: Where to run; None runs here.
            workers: Tasks that run there at the same time.
            is_enough: Asked before each further task is handed in.
            step: Keys of one task.
        """
        ladder = list(self._ladder.values())
        least = max(min(LEAST_KEYS, self.count), self.keys + step * workers)

        def tasks() -> Iterator[tuple[Any, ...]]:
            for at in range(self.keys, self.count, step):
                if at >= least and is_enough():
                    return
                pairs = seeds(min(step, self.count - at), CALIBRATION_BASE, at)
                yield self._scenario, ladder, pairs, self._yardstick, self.look

        # One more than run at the same time: nobody waits for the slowest of a round.
        for part in in_order(executor, coarse_points, tasks(), workers + 1):
            for column, values in zip(self.points.values(), part, strict=True):
                column.extend(round(value, POINT_DECIMALS) for value in values)

    def to_dict(self, correction: Mapping[str, float] | None = None) -> dict[str, Any]:
        """Return score distributions, separation and pass rates so far, as JSON-able data.

        Args:
            correction: Points to add by policy, from `corrections` of this look.
        """
        points = {
            name: [_clipped(one + (correction or {}).get(name, 0.0)) for one in values]
            for name, values in self.points.items()
        }
        return {
            "scenario_ref": self._scenario.ref,
            "scenario_hash": self._scenario.content_hash(),
            "reference_is_stale": self._yardstick.is_stale,
            "fingerprint": self.fingerprint,
            "is_corrected": bool(correction),
            "keys": self.keys,
            "of_keys": self.count,
            "policies": {
                name: {"score": percentiles(values), "histogram": histogram(values)}
                for name, values in points.items()
            },
            "separation": {
                "novice-competent": separation(points["novice"], points["competent"]),
                "competent-reference": separation(points["competent"], points["reference"]),
            },
            "cut": CUTS[self._scenario.level],
            "best_cut": best_cut(points["novice"], points["competent"])["cut"],
            "pass_rates": pass_rates(points, 1),
        }


def _clipped(points: float) -> float:
    return min(max(points, SCORE_FLOOR), SCORE_CEILING)


def corrections(
    scenario: Scenario,
    yardstick: Reference,
    report: Mapping[str, Any],
    executor: Executor | None = None,
) -> dict[str, dict[str, float]]:
    """Return what to add to previews of a room so that their means are its calibration's.

    A longer tick shifts a room's scores about as much after a small change as before it.

    Args:
        scenario: The room that was calibrated.
        yardstick: The reference that measured it.
        report: Of `simulations.calibration.calibrate`.
        executor: Where to run; None runs here.

    Returns:
        Points by the look's name and policy.
    """
    out = {}
    for look in looks_at(scenario):
        whole = Preview(scenario, yardstick, report["keys"], look)
        whole.grow(executor, -(-whole.count // STEP_KEYS), lambda: False)
        out[look.name] = {
            name: round(report["policies"][name]["score"]["mean"] - fmean(values), 2)
            for name, values in whole.points.items()
        }
    return out


def preview(
    scenario: Scenario,
    yardstick: Reference,
    count: int = PREVIEW_KEYS,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Return the whole preview: see `Preview.to_dict`.

    Args:
        scenario: The scenario as it is being edited.
        yardstick: A reference; a stale one will do.
        count: Keys.
        executor: Where to run; a worker for each processor if left out.
    """
    warm_up()
    whole = Preview(scenario, yardstick, count)
    with opened() if executor is None else nullcontext(executor) as pool:
        whole.grow(pool, -(-count // STEP_KEYS), lambda: False)
    return whole.to_dict()
