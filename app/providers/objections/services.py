"""File an objection, take it back, answer it; an accepted one corrects the figure.

A correction is a newer report of the same figure, with the objection as its source. The month is
settled anew in the same transaction: a further revision beside the ones that were there.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.roles import Role
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.providers import importing, queries
from app.providers.exact import to_e4
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider, ProviderManager
from app.providers.months import settled_at
from app.providers.objections.models import ObjectionFile, ScoreObjection
from app.providers.rules import snapshots
from app.providers.rules.models import SettledScore
from app.providers.schemes import Figure, Module, Scheme
from app.providers.telling.queueing import Kind, people_of_role, queue_mail

logger = logging.getLogger(__name__)

FILE_WITHIN = timedelta(days=15)
"""After a month's settlement, or the newest revision of it."""

ANSWER_WITHIN = timedelta(days=10)
"""After the objection was filed."""

WARN_BEFORE = timedelta(days=3)
"""Before an answer is due: whoever may answer is told again."""

MOST_FILES = 5
MOST_FILE_BYTES = 4 * 1024 * 1024

FILE_NAME = "objection:"
"""Beginning of the provenance of a corrected figure; the objection's public id follows."""

ANSWERERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)


class NotSettledError(ConflictError):
    """Raised when a month is not settled, or the provider has no score of it."""

    code = "objection_not_settled"


class ObjectionLateError(ConflictError):
    """Raised when the days for objecting are over."""

    code = "objection_late"


class ObjectionOpenError(ConflictError):
    """Raised when an objection to the same figure waits for its answer."""

    code = "objection_open"


class ObjectionClosedError(ConflictError):
    """Raised when an objection was answered or taken back before."""

    code = "objection_closed"


class SameValueError(ConflictError):
    """Raised when a correction would say what is on record already."""

    code = "objection_same_value"


class EstimatedFigureError(ConflictError):
    """Raised for a figure that was estimated from sessions: those are what is to be corrected."""

    code = "objection_estimated"


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a file was: its name, its size in bytes, its SHA-256."""

    name: str
    size_bytes: int
    sha256: str


def fact_of(name: str, data: bytes) -> FileFact:
    """Return what a file is; its content is not kept."""
    return FileFact(name, len(data), hashlib.sha256(data).hexdigest())


def settled_scheme(db_session: Session, settled: SettledScore) -> Scheme:
    """Return the version that a settlement was computed by.

    Raises:
        NotFoundError: If it is not there any more.
    """
    for scheme in queries.schemes(db_session):
        if scheme.ref == settled.scheme_ref:
            return scheme
    raise NotFoundError(f"scheme {settled.scheme_ref}")


def column_of(scheme: Scheme, column_id: str) -> Module | Figure:
    """Return a module or figure by its id.

    Raises:
        NotFoundError: If the scheme has none.
    """
    found = next((one for one in scheme.columns if one.id == column_id), None)
    if found is None:
        raise NotFoundError(f"{scheme.ref} has no column {column_id!r}")
    return found


def revisions_of(db_session: Session, provider_id: int, month: date) -> list[SettledScore]:
    """Return every settlement of a provider's month, oldest first."""
    return list(
        db_session.scalars(
            select(SettledScore)
            .where(SettledScore.provider_id == provider_id, SettledScore.month == month)
            .order_by(SettledScore.revision)
        )
    )


def objectable_until(settled: SettledScore) -> datetime:
    """Return the last moment at which a settlement may be objected to."""
    return max(settled.settled_at, settled.computed_at) + FILE_WITHIN


def file_objection(
    db_session: Session,
    provider: Provider,
    month: date,
    column_id: str,
    *,
    claimed: Decimal,
    reason: str,
    files: Sequence[FileFact],
    actor: str,
    now: datetime,
) -> ScoreObjection:
    """Object to a figure of a settled month.

    Args:
        db_session: The session of the caller's transaction.
        provider: Whose month.
        month: Its first day.
        column_id: Id of the module or figure.
        claimed: What it is, in the column's unit, as the provider says.
        reason: Why.
        files: What backs it.
        actor: The manager.
        now: The moment (aware).

    Raises:
        NotSettledError: If the month is not settled.
        ObjectionLateError: If the days for objecting are over.
        EstimatedFigureError: If the figure was estimated from sessions.
        SameValueError: If what is claimed is what was settled.
        ObjectionOpenError: If another objection to the figure waits.
    """
    rows = revisions_of(db_session, provider.id, month)
    if not rows or now < settled_at(month):
        raise NotSettledError(f"{month:%Y-%m} of {provider!r}")
    settled = rows[-1]
    if now > objectable_until(settled):
        raise ObjectionLateError(f"{month:%Y-%m} of {provider!r}: {objectable_until(settled)}")
    if not 0 <= len(files) <= MOST_FILES:
        raise InvalidInputError(f"{len(files)} files", [{"field": "files", "code": "too_many"}])
    scheme = settled_scheme(db_session, settled)
    column = column_of(scheme, column_id)
    if _is_estimated(db_session, provider.id, month, column.id):
        raise EstimatedFigureError(f"{column.id} of {month:%Y-%m}")
    readings, _ = snapshots.unpacked_inputs(scheme, settled.inputs)
    held = readings.get(column.id)
    held_e4 = None if held is None or held.is_carried else to_e4(held.value)
    if held_e4 == to_e4(claimed):
        raise SameValueError(f"{column.id} of {month:%Y-%m} is {claimed}")
    objection = ScoreObjection(
        provider_id=provider.id,
        month=month,
        column_id=column.id,
        settled_id=settled.id,
        value_e4=None if held is None else to_e4(held.value),
        claimed_e4=to_e4(claimed),
        reason=reason,
        state="open",
        filed_by=actor,
        filed_at=now,
        due_at=now + ANSWER_WITHIN,
    )
    try:
        with db_session.begin_nested():
            db_session.add(objection)
    except IntegrityError as error:
        raise ObjectionOpenError(f"{column.id} of {month:%Y-%m}") from error
    for fact in {one.sha256: one for one in files}.values():
        db_session.add(
            ObjectionFile(
                objection_id=objection.id,
                name=fact.name,
                size_bytes=fact.size_bytes,
                sha256=fact.sha256,
            )
        )
    db_session.flush()
    _audit(
        db_session,
        objection,
        "filed",
        actor=actor,
        now=now,
        provider=provider.public_id,
        files=[fact.sha256 for fact in files],
    )
    queue_mail(
        db_session,
        people_of_role(db_session, *ANSWERERS),
        Kind.OBJECTION_WAITING,
        objection.public_id,
        now=now,
    )
    return objection


def withdraw_objection(
    db_session: Session, objection: ScoreObjection, *, actor: str, now: datetime
) -> None:
    """Take an objection back.

    Raises:
        ObjectionClosedError: If it was answered or taken back before.
    """
    _require_open(objection)
    objection.state, objection.closed_by, objection.closed_at = "withdrawn", actor, now
    db_session.flush()
    _audit(db_session, objection, "withdrawn", actor=actor, now=now)


def decline_objection(
    db_session: Session, objection: ScoreObjection, *, answer: str, actor: str, now: datetime
) -> None:
    """Let a figure stand, with the reason.

    Raises:
        ObjectionClosedError: If it was answered or taken back before.
        SecondPersonRequiredError: If the actor filed it or reported the figure.
    """
    _require_open(objection)
    _require_other(db_session, objection, actor)
    _close(db_session, objection, "declined", answer=answer, actor=actor, now=now)


def accept_objection(
    db_session: Session,
    objection: ScoreObjection,
    value: Decimal,
    *,
    answer: str,
    include_demo: bool,
    actor: str,
    now: datetime,
) -> SettledScore:
    """Correct the figure and settle the month anew.

    Args:
        db_session: The session of the caller's transaction.
        objection: An open one, locked.
        value: What the figure is, in the column's unit; not always what was claimed.
        answer: Why.
        include_demo: Whether demonstration certificates count.
        actor: Who answers.
        now: The moment (aware).

    Returns:
        The new settlement.

    Raises:
        ObjectionClosedError: If it was answered or taken back before.
        SecondPersonRequiredError: If the actor filed it or reported the figure.
        SameValueError: If the value is on record already.
    """
    _require_open(objection)
    _require_other(db_session, objection, actor)
    value_e4 = to_e4(value)
    newest = _newest_report(db_session, objection)
    if newest is not None and newest[0] == value_e4:
        raise SameValueError(f"{objection!r}: {value} is on record")
    name = f"{FILE_NAME}{objection.public_id}"
    done = IndicatorImport(
        at=now,
        actor=actor,
        file_name=name,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        scheme_ref=db_session.get_one(SettledScore, objection.settled_id).scheme_ref,
        row_count=1,
        new_count=int(newest is None),
        corrected_count=int(newest is not None),
        unchanged_count=0,
    )
    db_session.add(done)
    db_session.flush()
    db_session.add(
        MonthlyIndicator(
            provider_id=objection.provider_id,
            month=objection.month,
            module_id=objection.column_id,
            value_e4=value_e4,
            import_id=done.id,
        )
    )
    db_session.flush()
    snapshots.settle_month(
        db_session,
        objection.month,
        now=now,
        include_demo=include_demo,
        provider_id=objection.provider_id,
    )
    settled = revisions_of(db_session, objection.provider_id, objection.month)[-1]
    objection.import_id, objection.resettled_id = done.id, settled.id
    _close(db_session, objection, "accepted", answer=answer, actor=actor, now=now)
    return settled


def warn_of_due(db_session: Session, *, now: datetime) -> int:
    """Queue a mail to whoever may answer objections whose answer is due soon; return how many."""
    due = db_session.scalars(
        select(ScoreObjection.public_id)
        .where(ScoreObjection.state == "open", ScoreObjection.due_at <= now + WARN_BEFORE)
        .order_by(ScoreObjection.id)
    ).all()
    if not due:
        return 0
    people = people_of_role(db_session, *ANSWERERS)
    return sum(
        queue_mail(db_session, people, Kind.OBJECTION_DUE, public_id, now=now) for public_id in due
    )


def _require_open(objection: ScoreObjection) -> None:
    if objection.state != "open":
        raise ObjectionClosedError(f"{objection!r} is {objection.state}")


def _require_other(db_session: Session, objection: ScoreObjection, actor: str) -> None:
    """Refuse who filed the objection, and who reported the figure that it is about."""
    newest = _newest_report(db_session, objection)
    if actor == objection.filed_by or (newest is not None and newest[1] == actor):
        raise SecondPersonRequiredError(f"{actor} may not answer {objection!r}")


def _newest_report(db_session: Session, objection: ScoreObjection) -> tuple[int, str] | None:
    """Return a figure's newest report, in ten-thousandths, and who reported it."""
    row = db_session.execute(
        select(MonthlyIndicator.value_e4, IndicatorImport.actor)
        .join(IndicatorImport, IndicatorImport.id == MonthlyIndicator.import_id)
        .where(
            MonthlyIndicator.provider_id == objection.provider_id,
            MonthlyIndicator.month == objection.month,
            MonthlyIndicator.module_id == objection.column_id,
        )
        .order_by(MonthlyIndicator.import_id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.value_e4, row.actor)


def _is_estimated(db_session: Session, provider_id: int, month: date, column_id: str) -> bool:
    if column_id != importing.ESTIMATED_MODULE_ID:
        return False
    return (
        db_session.scalar(
            select(MonthlyIndicator.id)
            .join(IndicatorImport, IndicatorImport.id == MonthlyIndicator.import_id)
            .where(
                MonthlyIndicator.provider_id == provider_id,
                MonthlyIndicator.month == month,
                MonthlyIndicator.module_id == column_id,
                IndicatorImport.file_name == importing.ESTIMATE_FILE_NAME,
            )
            .limit(1)
        )
        is not None
    )


def _close(
    db_session: Session,
    objection: ScoreObjection,
    state: str,
    *,
    answer: str,
    actor: str,
    now: datetime,
) -> None:
    objection.state, objection.answer = state, answer
    objection.closed_by, objection.closed_at = actor, now
    db_session.flush()
    _audit(db_session, objection, state, actor=actor, now=now, answer=answer)
    managers = db_session.scalars(
        select(ProviderManager.person_id).where(
            ProviderManager.provider_id == objection.provider_id
        )
    )
    queue_mail(db_session, managers, Kind.OBJECTION_ANSWERED, objection.public_id, now=now)


def _audit(
    db_session: Session,
    objection: ScoreObjection,
    act: str,
    *,
    actor: str,
    now: datetime,
    **details: object,
) -> None:
    record_act(
        db_session,
        subject=f"score_objection:{objection.public_id}",
        action=f"score_objection.{act}",
        actor=actor,
        now=now,
        details={
            "month": f"{objection.month:%Y-%m}",
            "column": objection.column_id,
            **details,
        },
    )
    logger.info("%r %s", objection, act)
