"""Reads of session results: the newest row of a session holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.providers.models import Provider
from app.providers.sessions.models import SessionImport, SessionResult, UpliftEstimate


def is_newest() -> ColumnElement[bool]:
    """Return the condition that a row is what holds of its session."""
    newest = select(func.max(SessionResult.id)).group_by(SessionResult.session_ref)
    return SessionResult.id.in_(newest)


def results_between(db_session: Session, begin: datetime, end: datetime) -> list[SessionResult]:
    """Return the sessions that began in a span, in the order of time."""
    return list(
        db_session.scalars(
            select(SessionResult)
            .where(is_newest(), SessionResult.started_at >= begin, SessionResult.started_at < end)
            .order_by(SessionResult.started_at, SessionResult.session_ref)
        )
    )


def recent_imports(db_session: Session, count: int) -> Sequence[SessionImport]:
    """Return the newest imports of session results."""
    return db_session.scalars(
        select(SessionImport).order_by(SessionImport.id.desc()).limit(count)
    ).all()


def last_import_id(db_session: Session) -> int:
    """Return the newest import's key; 0 without any."""
    return db_session.scalar(select(func.max(SessionImport.id))) or 0


def estimate_or_none(db_session: Session, provider_id: int, month: date) -> UpliftEstimate | None:
    """Return what was last estimated of a provider's month."""
    return db_session.scalar(
        select(UpliftEstimate)
        .where(UpliftEstimate.provider_id == provider_id, UpliftEstimate.month == month)
        .order_by(UpliftEstimate.id.desc())
        .limit(1)
    )


def estimates_of(db_session: Session, provider_id: int, count: int) -> list[UpliftEstimate]:
    """Return the newest estimate of each of a provider's months, the newest month first."""
    newest = (
        select(func.max(UpliftEstimate.id))
        .where(UpliftEstimate.provider_id == provider_id)
        .group_by(UpliftEstimate.month)
    )
    return list(
        db_session.scalars(
            select(UpliftEstimate)
            .where(UpliftEstimate.id.in_(newest))
            .order_by(UpliftEstimate.month.desc())
            .limit(count)
        )
    )


def estimates_for(db_session: Session, month: date) -> list[tuple[UpliftEstimate, str, str]]:
    """Return the newest estimate of every provider for a month, with code and name."""
    newest = (
        select(func.max(UpliftEstimate.id))
        .where(UpliftEstimate.month == month)
        .group_by(UpliftEstimate.provider_id)
    )
    rows = db_session.execute(
        select(UpliftEstimate, Provider.code, Provider.name)
        .join(Provider, Provider.id == UpliftEstimate.provider_id)
        .where(UpliftEstimate.id.in_(newest))
        .order_by(Provider.code)
    )
    return [(one, code, name) for one, code, name in rows]
