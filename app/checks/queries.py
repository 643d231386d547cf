"""Reads of lists; each also decides whether the provider may know."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.checks.models import CheckList, CheckListRow
from app.checks.verdicts import Verdict
from app.core.errors import NotFoundError


def lists_of(db_session: Session, provider_id: int, at_most: int) -> Sequence[CheckList]:
    """Return a provider's lists, newest first."""
    return db_session.scalars(
        select(CheckList)
        .where(CheckList.provider_id == provider_id)
        .order_by(CheckList.id.desc())
        .limit(at_most)
    ).all()


def list_of(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> CheckList:
    """Return a provider's list.

    Raises:
        NotFoundError: If there is none, or it is another provider's.
    """
    query = select(CheckList).where(
        CheckList.public_id == public_id, CheckList.provider_id == provider_id
    )
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"check list {public_id} of provider {provider_id}")
    return found


def rows_of(
    db_session: Session,
    list_id: int,
    *,
    verdict: Verdict | None = None,
    offset: int = 0,
    at_most: int | None = None,
) -> Sequence[CheckListRow]:
    """Return rows of a list in the file's order.

    Args:
        db_session: A session to read with.
        list_id: The list.
        verdict: Only rows with this one.
        offset: How many of them are passed over.
        at_most: How many are returned; None returns all.
    """
    query = select(CheckListRow).where(CheckListRow.list_id == list_id)
    if verdict is not None:
        query = query.where(CheckListRow.verdict == verdict.value)
    query = query.order_by(CheckListRow.row).offset(offset)
    return db_session.scalars(query if at_most is None else query.limit(at_most)).all()


def counts_of(db_session: Session, list_id: int) -> dict[Verdict, int]:
    """Return how many rows of a list have each verdict, in the verdicts' order."""
    rows = db_session.execute(
        select(CheckListRow.verdict, func.count())
        .where(CheckListRow.list_id == list_id, CheckListRow.verdict.is_not(None))
        .group_by(CheckListRow.verdict)
    )
    found = {Verdict(verdict): count for verdict, count in rows if verdict is not None}
    return {verdict: found[verdict] for verdict in Verdict if verdict in found}
