"""Reads of objections; those of a provider's own also decide who may know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFoundError
from app.providers.models import IndicatorImport, MonthlyIndicator, Provider
from app.providers.objections.models import ObjectionFile, ScoreObjection


def objections_of(
    db_session: Session, provider_id: int, month: date | None = None
) -> Sequence[ScoreObjection]:
    """Return a provider's objections, of one month or of all, newest first."""
    query = select(ScoreObjection).where(ScoreObjection.provider_id == provider_id)
    if month is not None:
        query = query.where(ScoreObjection.month == month)
    return db_session.scalars(query.order_by(ScoreObjection.id.desc())).all()


def own_objection(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> ScoreObjection:
    """Return a provider's objection.

    Raises:
        NotFoundError: If there is none, or it is another provider's.
    """
    found = objection(db_session, public_id, lock=lock)
    if found.provider_id != provider_id:
        raise NotFoundError(f"objection {public_id} of provider {provider_id}")
    return found


def objection(db_session: Session, public_id: str, *, lock: bool = False) -> ScoreObjection:
    """Return an objection.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ScoreObjection).where(ScoreObjection.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"objection {public_id}")
    return found


def every_objection(db_session: Session, at_most: int) -> list[tuple[ScoreObjection, Provider]]:
    """Return objections with their providers: those that wait first, by when they are due."""
    rows = db_session.execute(
        select(ScoreObjection, Provider)
        .join(Provider, Provider.id == ScoreObjection.provider_id)
        .order_by(
            ScoreObjection.state != "open",
            case((ScoreObjection.state == "open", ScoreObjection.due_at)),
            ScoreObjection.id.desc(),
        )
        .limit(at_most)
    )
    return [(one, provider) for one, provider in rows]


def waiting_count(db_session: Session, actor: str) -> int:
    """Return how many objections somebody may answer, by the rule of `services`.

    Left out are those that they filed, and those about a figure that they reported last.
    """
    reporter = (
        select(IndicatorImport.actor)
        .join(MonthlyIndicator, MonthlyIndicator.import_id == IndicatorImport.id)
        .where(
            MonthlyIndicator.provider_id == ScoreObjection.provider_id,
            MonthlyIndicator.month == ScoreObjection.month,
            MonthlyIndicator.module_id == ScoreObjection.column_id,
        )
        .order_by(MonthlyIndicator.import_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(func.count())
        .select_from(ScoreObjection)
        .where(
            ScoreObjection.state == "open",
            ScoreObjection.filed_by != actor,
            func.coalesce(reporter, "") != actor,
        )
    )
    return db_session.scalar(query) or 0


def files_of(db_session: Session, objection_id: int) -> Sequence[ObjectionFile]:
    """Return what backs an objection."""
    return db_session.scalars(
        select(ObjectionFile)
        .where(ObjectionFile.objection_id == objection_id)
        .order_by(ObjectionFile.id)
    ).all()
