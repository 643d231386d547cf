"""Take a session in, read it, fit a room to it, and forget it when told to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.recordings import queries
from app.recordings.models import SessionRecording, Stage
from app.studio.queries import scenario_of
from simulations.errors import ScenarioError
from simulations.fitting import fit
from simulations.loading import parse_scenario
from simulations.recordings import Recording, recording_from
from simulations.session_exports import Table, recording_of, suggested

logger = logging.getLogger(__name__)

UPLOADS_A_DAY = 20


class RecordingQuotaError(ConflictError):
    """Raised when a person uploads more sessions in a day than anybody broadcasts."""

    code = "recording_quota"


def take_recording(
    db_session: Session,
    table: Table,
    *,
    title: str,
    base_ref: str,
    person_id: int,
    provider_id: int | None,
    actor: str,
    now: datetime,
) -> SessionRecording:
    """Keep an uploaded table, with a first guess at its columns.

    Args:
        db_session: The session of the caller's transaction.
        table: As the file says it.
        title: What the uploader calls the session.
        base_ref: The room that lends what no export shows.
        person_id: The uploader.
        provider_id: The organisation that it belongs to; None: to the uploader alone.
        actor: The uploader as the audit log says it.
        now: The moment (aware).

    Raises:
        RecordingQuotaError: If this would be more than `UPLOADS_A_DAY`.
        NotFoundError: If there is no such room.
    """
    scenario_of(db_session, base_ref)
    if queries.uploaded_since(db_session, person_id, now - timedelta(days=1)) >= UPLOADS_A_DAY:
        raise RecordingQuotaError(f"person {person_id}")
    made = SessionRecording(
        title=title,
        base_ref=base_ref,
        uploaded_by_id=person_id,
        provider_id=provider_id,
        uploaded_at=now,
        stage=Stage.COLUMNS.value,
        table={
            "headings": list(table.headings),
            "rows": [[row, *cells] for row, cells in table.rows],
        },
        mapping=suggested(table.headings),
        minutes=None,
        skipped=[],
        fit=None,
        body=None,
        fitted_at=None,
    )
    db_session.add(made)
    db_session.flush()
    _note(db_session, made, "recording.uploaded", actor, now)
    return made


def table_of(recording: SessionRecording) -> Table:
    """Return the table that was uploaded."""
    rows = tuple((int(row[0]), tuple(row[1:])) for row in recording.table["rows"])
    return Table(tuple(recording.table["headings"]), rows)


def read_minutes(
    db_session: Session,
    recording: SessionRecording,
    mapping: Mapping[str, str],
    *,
    skipped: Sequence[int],
    actor: str,
    now: datetime,
) -> Recording:
    """Read the table by these columns; a room is fitted to it in the background.

    Args:
        db_session: The session of the caller's transaction.
        recording: The recording, locked.
        mapping: Field to heading.
        skipped: Minutes (from 0) that the fit leaves out.
        actor: Who says so.
        now: The moment (aware).

    Raises:
        RecordingError: With every fault of the table; nothing is changed.
    """
    session = recording_of(table_of(recording), mapping)
    recording.mapping = dict(mapping)
    recording.minutes = session.to_data()
    recording.skipped = sorted({at for at in skipped if 0 <= at < len(session.minutes)})
    recording.stage = Stage.WAITING.value
    recording.fit = recording.body = recording.fitted_at = None
    db_session.flush()
    _note(db_session, recording, "recording.read", actor, now)
    return session


def delete_recording(
    db_session: Session, recording: SessionRecording, *, actor: str, now: datetime
) -> None:
    """Delete a session with everything fitted to it; the audit log keeps that it was there."""
    _note(db_session, recording, "recording.deleted", actor, now)
    db_session.delete(recording)
    db_session.flush()


def fit_waiting(now: datetime) -> int:
    """Fit rooms to the recordings that wait; each is read and written in a transaction of its own.

    Returns:
        How many were fitted or failed.
    """
    done = 0
    while (waiting := queries.waiting_recording(db.session())) is not None:
        recording_id, public_id = waiting.id, waiting.public_id
        minutes, skipped = list(waiting.minutes or []), list(waiting.skipped)
        base = scenario_of(db.session(), waiting.base_ref)
        title = waiting.title
        db.session().rollback()  # seconds of computing hold no connection
        session = recording_from(minutes)
        try:
            found = fit(
                session,
                base,
                scenario_id=f"replica-{public_id[:10].lower().replace('_', '').replace('-', '')}",
                title=title,
                skipped=frozenset(skipped),
            )
            parse_scenario(found.body, public_id)
        except (ScenarioError, ValueError, OverflowError):
            logger.exception("recording %s: no room fits", public_id)
            found = None
        with transaction() as db_session:
            row = db_session.get(SessionRecording, recording_id, with_for_update=True)
            # Deleted or read anew meanwhile: what was computed is nobody's.
            if row is None or row.minutes != minutes or row.skipped != skipped:
                continue
            row.stage = (Stage.FAILED if found is None else Stage.FITTED).value
            row.fit = None if found is None else found.to_dict()
            row.body = None if found is None else found.body
            row.fitted_at = now
        done += 1
    return done


def _note(
    db_session: Session, recording: SessionRecording, action: str, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"recording:{recording.public_id}",
        action=action,
        actor=actor,
        now=now,
        details={"provider_id": recording.provider_id},
    )
