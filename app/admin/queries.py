"""Reads of the back office: how the platform fares, the audit log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.accounts import queries as account_queries
from app.accounts.models import Person, WebSession
from app.bank import queries as bank_queries
from app.core.audit.models import AuditChain, AuditEntry
from app.core.db import db
from app.core.jobs.models import JobClaim
from app.exams import queries as exam_queries
from app.exams.models import Attempt
from app.rooms.models import RoomSession
from question_bank.mocks import MOCK_PREFIX

AUDIT_PAGE = 50
"""Entries on a page of the audit log."""


@dataclass(frozen=True)
class Storage:
    """Room on the disk of the instance folder, and the database's size; bytes."""

    database_bytes: int
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class JobRun:
    """A job's newest slot that was claimed, and the newest that was finished."""

    job: str
    slot: datetime
    holder: str
    done_at: datetime | None
    last_done_at: datetime | None


@dataclass(frozen=True)
class AuditLine:
    """One entry as it is shown; `names` holds what others see of the people in it."""

    id: int
    at: datetime
    subject: str
    subject_name: str
    sequence: int
    action: str
    actor: str
    actor_name: str
    details: dict[str, object]
    hash: str


def schema_version(db_session: Session) -> str | None:
    """Return the revision that the database's tables are at."""
    version: str | None = db_session.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def database_version(db_session: Session) -> str:
    """Return the database's own version number."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    statement = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    return str(db_session.scalar(text(statement)))


def storage(db_session: Session, instance_dir: Path) -> Storage:
    """Return how much the database takes and how much the disk has left."""
    if db.engine.dialect.name == "sqlite":
        path = Path(db.engine.url.database or "")
        parts = (path, path.with_name(path.name + "-wal"))
        size = sum(part.stat().st_size for part in parts if part.exists())
    else:
        size = db_session.scalar(text("SELECT pg_database_size(current_database())")) or 0
    disk = shutil.disk_usage(instance_dir)
    return Storage(size, disk.free, disk.total)


def prepared_forms(db_session: Session) -> list[tuple[str, str, int]]:
    """Return (ref, title, forms that wait) of each blueprint whose forms are drawn ahead.

    Those of mock exams are drawn for the one who asks, so that none waits and none is missing.
    """
    return [
        (
            blueprint.ref,
            blueprint.title,
            exam_queries.unused_form_count(db_session, blueprint.ref),
        )
        for blueprint in bank_queries.blueprints(db_session)
        if not blueprint.id.startswith(MOCK_PREFIX)
    ]


def open_counts(db_session: Session, *, now: datetime) -> dict[str, int]:
    """Return how many attempts and rooms are open, overdue or wait for their score."""
    counts = {
        "attempts": select(Attempt.id).where(Attempt.closed_at.is_(None)),
        "overdue": select(Attempt.id).where(Attempt.closed_at.is_(None), Attempt.due_at < now),
        "rooms": select(RoomSession.id).where(RoomSession.closed_at.is_(None)),
        "unscored": select(RoomSession.id).where(
            RoomSession.closed_at.is_not(None), RoomSession.scored_at.is_(None)
        ),
        "people": select(Person.id).where(Person.disabled_at.is_(None)),
        "sessions": select(WebSession.id_hash),
    }
    return {
        name: db_session.scalar(select(func.count()).select_from(query.subquery())) or 0
        for name, query in counts.items()
    }


def job_runs(db_session: Session) -> list[JobRun]:
    """Return each job's newest slots, by name."""
    newest = (
        select(JobClaim.job, func.max(JobClaim.slot).label("slot"))
        .group_by(JobClaim.job)
        .subquery()
    )
    done = select(JobClaim.job, func.max(JobClaim.done_at).label("at")).group_by(JobClaim.job)
    last_done = {row.job: row.at for row in db_session.execute(done)}
    rows = db_session.scalars(
        select(JobClaim)
        .join(newest, (JobClaim.job == newest.c.job) & (JobClaim.slot == newest.c.slot))
        .order_by(JobClaim.job)
    )
    return [
        JobRun(row.job, row.slot, row.holder, row.done_at, last_done.get(row.job)) for row in rows
    ]


def audit_lines(
    db_session: Session,
    *,
    subject: str = "",
    action: str = "",
    before_id: int | None = None,
    limit: int = AUDIT_PAGE,
) -> list[AuditLine]:
    """Return entries of the audit log, newest first.

    Args:
        db_session: A session to read with.
        subject: How the subject begins, for example `person:` or a whole `attempt:x3k9…`.
        action: How the action begins, for example `role.`.
        before_id: Only entries older than this one; paging by id stays right while entries come.
        limit: How many at most.
    """
    query = select(AuditEntry, AuditChain.subject).join(
        AuditChain, AuditChain.id == AuditEntry.chain_id
    )
    if subject:
        query = query.where(AuditChain.subject.startswith(subject, autoescape=True))
    if action:
        query = query.where(AuditEntry.action.startswith(action, autoescape=True))
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    rows = db_session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)).all()
    names = _names_in(db_session, [entry.actor for entry, _ in rows] + [name for _, name in rows])
    return [
        AuditLine(
            id=entry.id,
            at=entry.at,
            subject=name,
            subject_name=names.get(name, ""),
            sequence=entry.sequence,
            action=entry.action,
            actor=entry.actor,
            actor_name=names.get(entry.actor, ""),
            details=json.loads(entry.details),
            hash=entry.hash,
        )
        for entry, name in rows
    ]


def person_lines(db_session: Session, public_id: str, actions: Sequence[str]) -> list[AuditLine]:
    """Return the entries of some acts on one person, newest first."""
    lines = audit_lines(db_session, subject=f"person:{public_id}", limit=500)
    return [line for line in lines if line.action in actions]


def _names_in(db_session: Session, refs: list[str]) -> dict[str, str]:
    public_ids = [ref.removeprefix("person:") for ref in refs if ref.startswith("person:")]
    found = account_queries.display_names(db_session, public_ids)
    return {f"person:{public_id}": name for public_id, name in found.items()}
