"""Calibrate drafts thoroughly, in the background; `previewing` answers the page at once."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.db import db, transaction
from app.studio.drafts import runs
from app.studio.drafts.bodies import parsed
from app.studio.drafts.models import ScenarioDraft, ScenarioRun
from simulations.batch import Progress
from simulations.calibration import Depth, calibrate
from simulations.errors import PlanRefusedError, RoomError
from simulations.executors import opened
from simulations.past_sessions import past_sessions
from simulations.planning_search import with_best_plan
from simulations.policies import Reference, competent, parse_reference
from simulations.polishing import POLISH_EFFORT, polished
from simulations.preview import corrections
from simulations.scenarios import Scenario
from simulations.search import Effort, gated_growth, reference_data, search
from simulations.trajectories import gmv_bands, incident_effects

logger = logging.getLogger(__name__)

BEAT_S = 0.7
"""A run says how far it is at most so often."""

HALF = 1_000
"""Units that the search takes of a release run; the calibration takes as many."""


@dataclass(frozen=True)
class Thoroughness:
    """How much each kind of run measures.

    Attributes:
        fine: While writing: no adversarial search, few keys for the sensitivities.
        release: Before review: everything.
        search: For the reference of a release.
    """

    fine: Depth
    release: Depth
    search: Effort


THOROUGHNESS = Thoroughness(
    fine=Depth(persons=16, worlds=24, repeat_keys=6, hunt=None, sensitivity_keys=2),
    release=Depth(),
    search=Effort(),
)


def yardstick_of(scenario: Scenario, data: Mapping[str, Any]) -> Reference:
    """Return a stored reference as it can be played in a scenario.

    What it planned may not be possible any more; then it plans as the house does.
    """
    reference = parse_reference(scenario, data)
    plan = reference.policy.plan
    if plan is None:
        return reference
    try:
        scenario.with_plan(plan)
    except (PlanRefusedError, KeyError):
        return replace(reference, policy=replace(reference.policy, plan=None), is_stale=True)
    return reference


def fine_result(
    scenario: Scenario, yardstick: Reference, depth: Depth, progress: Progress
) -> dict[str, Any]:
    """Return the thorough calibration, GMV over time, what incidents take, and previews' errors."""
    with opened() as pool:
        report = calibrate(scenario, depth, yardstick, pool, progress)
        off_by = corrections(scenario, yardstick, report, pool)
    return {
        "calibration": report,
        "corrections": off_by,
        "bands": gmv_bands(scenario, yardstick),
        "incidents": incident_effects(scenario),
    }


def release_result(scenario: Scenario, how: Thoroughness, progress: Progress) -> dict[str, Any]:
    """Return what a scenario is released on: its own reference, found anew, and what it measures.

    Args:
        scenario: The scenario as it was handed in.
        how: How much to search and to measure.
        progress: Told (units done, units in all).
    """
    objective = gated_growth(scenario.scoring)
    effort = how.search
    rounds = effort.rounds * 2  # of the search, then of the polish

    def tell(round_done: int) -> None:
        progress(HALF * round_done // rounds, 2 * HALF)

    with opened() as pool:
        begin = with_best_plan(scenario, competent(scenario), objective, pool)
        found = search(
            scenario,
            objective,
            effort=effort,
            start=begin,
            progress=lambda done, _of, _mean: tell(done),
            executor=pool,
        )
        better = with_best_plan(scenario, found, objective, pool)
        last = Effort(
            effort.rounds,
            effort.population,
            min(POLISH_EFFORT.elite, effort.elite),
            min(POLISH_EFFORT.seeds_per_round, effort.seeds_per_round),
        )
        policy = polished(
            scenario,
            better,
            objective,
            last,
            executor=pool,
            progress=lambda done, _of: tell(effort.rounds + done),
        )
    data = reference_data(scenario, policy, effort, 1)
    data["provenance"]["polish"] = asdict(last)
    result = fine_result(
        scenario,
        parse_reference(scenario, data),
        how.release,
        lambda done, of: progress(HALF + HALF * done // max(of, 1), 2 * HALF),
    )
    past = None if scenario.planning is None else past_sessions(scenario).to_dict()
    return {**result, "reference": data, "past_sessions": past}


def calibrate_waiting(*, now: datetime, how: Thoroughness | None = None) -> str | None:
    """Do the run that waits longest; each step is a short transaction of its own.

    Returns:
        What was done, for the log; None if nothing waits.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{time.monotonic_ns()}"
    with transaction() as db_session:
        run = runs.take_run(db_session, holder, now=now)
        if run is None:
            return None
        task = _Task.of(run, db_session.get_one(ScenarioDraft, run.draft_id), holder)
    try:
        result = task.computed(how or THOROUGHNESS)
        with transaction() as db_session:
            runs.finish_run(db_session, task.run_id, holder, result, now=clock.now())
    except runs.RunLostError as error:
        logger.info("%s", error)
        return f"{task.name} stopped"
    except RoomError as error:
        with transaction() as db_session:
            runs.fail_run(db_session, task.run_id, holder, str(error), now=clock.now())
        return f"{task.name} failed"
    return f"{task.name} done"


@dataclass
class _Task:
    """A run in this process: what it computes, and how it says how far it is."""

    run_id: int
    name: str
    kind: str
    scenario: Scenario
    yardstick: Reference
    holder: str
    told_at: float = 0.0

    @classmethod
    def of(cls, run: ScenarioRun, draft: ScenarioDraft, holder: str) -> _Task:
        scenario = parsed(run.body, draft.scenario_id, draft.version)
        yardstick = yardstick_of(scenario, draft.yardstick)
        return cls(run.id, repr(run), run.kind, scenario, yardstick, holder)

    def computed(self, how: Thoroughness) -> dict[str, Any]:
        self.tell(0, 1)
        if self.kind == "fine":
            return fine_result(self.scenario, self.yardstick, how.fine, self.tell)
        return release_result(self.scenario, how, self.tell)

    def tell(self, done: int, of: int) -> None:
        """Store how far it is, now and then.

        Raises:
            RunLostError: If it was cancelled: the computation ends here.
        """
        if time.monotonic() - self.told_at < BEAT_S:
            return
        self.told_at = time.monotonic()
        with transaction() as db_session:
            runs.beat(db_session, self.run_id, self.holder, done, of, now=clock.now())
        db.session.remove()
