"""Reads of recordings; who may see one is decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, defer

from app.core.errors import NotFoundError
from app.providers.models import ProviderManager
from app.recordings.models import SessionRecording, Stage


def own_recordings(db_session: Session, person_id: int) -> Sequence[SessionRecording]:
    """Return what a person may see, newest first, without the minutes."""
    return db_session.scalars(
        select(SessionRecording)
        .where(_may_see(person_id))
        .order_by(SessionRecording.id.desc())
        .options(
            defer(SessionRecording.table),
            defer(SessionRecording.minutes),
            defer(SessionRecording.body),
            defer(SessionRecording.fit),
        )
    ).all()


def own_recording(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> SessionRecording:
    """Return one recording.

    Raises:
        NotFoundError: If there is none, or the person is neither the uploader nor a manager of the
            provider that it belongs to. Roles do not matter: a committee has no right to it.
    """
    wanted = select(SessionRecording).where(
        SessionRecording.public_id == public_id, _may_see(person_id)
    )
    found = db_session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFoundError(f"recording {public_id} for person {person_id}")
    return found


def waiting_recording(db_session: Session) -> SessionRecording | None:
    """Return the oldest recording that waits for its fit."""
    return db_session.scalar(
        select(SessionRecording)
        .where(SessionRecording.stage == Stage.WAITING.value)
        .order_by(SessionRecording.id)
        .limit(1)
    )


def uploaded_since(db_session: Session, person_id: int, since: datetime) -> int:
    """Return how many recordings a person uploaded since a moment."""
    return (
        db_session.scalar(
            select(func.count())
            .select_from(SessionRecording)
            .where(
                SessionRecording.uploaded_by_id == person_id, SessionRecording.uploaded_at >= since
            )
        )
        or 0
    )


def _may_see(person_id: int) -> ColumnElement[bool]:
    managed = select(ProviderManager.provider_id).where(ProviderManager.person_id == person_id)
    return or_(
        SessionRecording.uploaded_by_id == person_id, SessionRecording.provider_id.in_(managed)
    )
