"""Calibrations in the background: queue, take, tell how far, cancel, finish.

A run belongs to whoever holds it and says so every few seconds; one whose holder fell silent is
taken by the next process and begun again, so that a restart loses time and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from app.core.db import affected_rows
from app.core.errors import ConflictError
from app.studio.drafts.bodies import parsed
from app.studio.drafts.models import ScenarioDraft, ScenarioRun

logger = logging.getLogger(__name__)

SILENCE = timedelta(seconds=45)
"""After this without a beat a run's holder counts as gone."""

ACTIVE = ("queued", "running")


class RunLostError(ConflictError):
    """Raised in the computing process when the run was cancelled, or belongs to another now."""

    code = "run_lost"


def queue_run(
    db_session: Session, draft: ScenarioDraft, kind: str, *, now: datetime
) -> ScenarioRun:
    """Ask for a calibration of a draft as it stands; an unfinished one of its kind is cancelled.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        kind: `fine` or `release`.
        now: The moment (aware).

    Raises:
        ScenarioError: If the draft contradicts itself.
    """
    scenario = parsed(draft.body, draft.scenario_id, draft.version)
    newest = db_session.scalar(
        select(ScenarioRun)
        .where(ScenarioRun.draft_id == draft.id, ScenarioRun.kind == kind)
        .order_by(ScenarioRun.id.desc())
        .limit(1)
    )
    is_same = newest is not None and newest.content_hash == scenario.content_hash()
    if newest is not None and is_same and newest.status in (*ACTIVE, "done"):
        return newest
    _cancel(db_session, draft, kind, now=now)
    run = ScenarioRun(
        draft_id=draft.id,
        revision=draft.revision,
        kind=kind,
        content_hash=scenario.content_hash(),
        body=draft.body,
        status="queued",
        queued_at=now,
    )
    db_session.add(run)
    db_session.flush()
    return run


def cancel_runs(db_session: Session, draft: ScenarioDraft, *, now: datetime) -> int:
    """Stop what is calibrated for a draft; returns how many runs."""
    return _cancel(db_session, draft, "fine", now=now) + _cancel(
        db_session, draft, "release", now=now
    )


def _cancel(db_session: Session, draft: ScenarioDraft, kind: str, *, now: datetime) -> int:
    active = (
        update(ScenarioRun)
        .where(
            ScenarioRun.draft_id == draft.id,
            ScenarioRun.kind == kind,
            ScenarioRun.status.in_(ACTIVE),
        )
        .values(status="cancelled", ended_at=now)
    )
    return affected_rows(db_session, active)


def take_run(db_session: Session, holder: str, *, now: datetime) -> ScenarioRun | None:
    """Take the run that waits longest, or one whose holder is gone; release before fine."""
    waiting = or_(
        ScenarioRun.status == "queued",
        and_(ScenarioRun.status == "running", ScenarioRun.beat_at < now - SILENCE),
    )
    run = db_session.scalar(
        select(ScenarioRun)
        .where(waiting)
        .order_by(case((ScenarioRun.kind == "release", 0), else_=1), ScenarioRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if run is None:
        return None
    if run.status == "running":
        logger.warning("%r: %s fell silent; begun again", run, run.holder)
    run.status, run.holder = "running", holder
    run.started_at = run.beat_at = now
    run.done_units, run.all_units = 0, 1
    db_session.flush()
    return run


def beat(
    db_session: Session, run_id: int, holder: str, done: int, of: int, *, now: datetime
) -> None:
    """Say that a run is alive, and how far.

    Raises:
        RunLostError: If it was cancelled, or taken by another process.
    """
    _change(db_session, run_id, holder, beat_at=now, done_units=done, all_units=max(of, 1))


def finish_run(
    db_session: Session, run_id: int, holder: str, result: Mapping[str, Any], *, now: datetime
) -> None:
    """Keep a run's result.

    Raises:
        RunLostError: If it was cancelled, or taken by another process: the result is dropped.
    """
    _change(db_session, run_id, holder, status="done", ended_at=now, result=dict(result))


def fail_run(db_session: Session, run_id: int, holder: str, problem: str, *, now: datetime) -> None:
    """Say that a run cannot be done.

    Raises:
        RunLostError: As `finish_run`.
    """
    _change(db_session, run_id, holder, status="failed", ended_at=now, problem=problem[:400])


def _change(db_session: Session, run_id: int, holder: str, **values: Any) -> None:
    own = (
        update(ScenarioRun)
        .where(
            ScenarioRun.id == run_id,
            ScenarioRun.holder == holder,
            ScenarioRun.status == "running",
        )
        .values(**values)
    )
    if affected_rows(db_session, own) != 1:
        raise RunLostError(f"run {run_id} is not {holder}'s any more")
