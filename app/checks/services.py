"""Take lists in, judge them piece by piece, forget them in time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.checks import queries, verdicts
from app.checks.models import CheckList, CheckListRow, CheckQuota, CheckTally
from app.checks.reading import TypedPair
from app.checks.verdicts import Judged, Verdict
from app.core.audit.services import record_act
from app.core.db import affected_rows, db, transaction
from app.core.errors import RateLimitedError
from certificates.validity import end_of_day, issue_day

logger = logging.getLogger(__name__)

PAIRS_A_DAY = 20_000
"""Of one provider, by list and by program together: four full lists."""

CHUNK = 200
"""Rows that one transaction judges: some 50 ms, so that nobody waits long behind it."""

CHUNKS_A_RUN = 20
"""Of one run of the job: 4,000 rows in some 2 seconds."""

KEPT_FOR = timedelta(days=30)


class CheckQuotaError(RateLimitedError):
    """Raised when a provider has checked as many pairs today as it may."""

    code = "check_quota"


def take_quota(db_session: Session, provider_id: int, pair_count: int, *, now: datetime) -> None:
    """Count pairs against the provider's day.

    Args:
        db_session: The session of the caller's transaction.
        provider_id: Who asks.
        pair_count: How many pairs are to be checked.
        now: The moment (aware).

    Raises:
        CheckQuotaError: If they are more than what is left of the day; none is counted then.
    """
    day = issue_day(now)
    query = (
        select(CheckQuota)
        .where(CheckQuota.provider_id == provider_id, CheckQuota.day == day)
        .with_for_update()
    )
    quota = db_session.scalar(query)
    if quota is None:
        try:
            with db_session.begin_nested():
                db_session.add(CheckQuota(provider_id=provider_id, day=day, pair_count=0))
        except IntegrityError:  # another request was first
            logger.debug("quota of provider %s: another request was first", provider_id)
        quota = db_session.scalars(query).one()
    if quota.pair_count + pair_count > PAIRS_A_DAY:
        wait_s = int((end_of_day(day) - now).total_seconds()) + 1
        raise CheckQuotaError(f"provider {provider_id}: {quota.pair_count} today", wait_s)
    quota.pair_count += pair_count
    db_session.flush()


def take_list(
    db_session: Session,
    provider_id: int,
    pairs: Sequence[TypedPair],
    *,
    file_name: str,
    actor: str,
    now: datetime,
) -> CheckList:
    """Keep an uploaded list to be judged by the job.

    Args:
        db_session: The session of the caller's transaction.
        provider_id: Whose list it is.
        pairs: What the file says.
        file_name: Its name, for the provider.
        actor: Who uploads it.
        now: The moment (aware).

    Raises:
        CheckQuotaError: If the provider has not that many pairs left today.
    """
    take_quota(db_session, provider_id, len(pairs), now=now)
    made = CheckList(
        provider_id=provider_id,
        file_name=file_name,
        row_count=len(pairs),
        uploaded_by=actor,
        uploaded_at=now,
    )
    db_session.add(made)
    db_session.flush()
    again = verdicts.repeated(pair.number for pair in pairs)
    values = [
        {
            "list_id": made.id,
            "row": pair.row,
            "typed_number": pair.number,
            "typed_name": pair.name,
            "is_repeated": is_repeated,
        }
        for pair, is_repeated in zip(pairs, again, strict=True)
    ]
    table = cast("Table", CheckListRow.__table__)
    db_session.connection().execute(table.insert(), values)
    record_act(
        db_session,
        subject=f"check_list:{made.public_id}",
        action="check_list.uploaded",
        actor=actor,
        now=now,
        details={"provider": provider_id, "rows": len(pairs)},
    )
    logger.info("%r uploaded", made)
    return made


def judge_waiting(*, now: datetime, chunks: int = CHUNKS_A_RUN) -> int:
    """Judge rows of lists that wait, oldest first; return how many.

    Each piece is a transaction of its own: a run that is stopped has lost nothing, and the next
    one goes on where it ended.

    Args:
        now: The moment (aware).
        chunks: Most pieces of this run.
    """
    judged = 0
    for _ in range(chunks):
        with transaction() as db_session:
            found = _judge_piece(db_session, now=now)
        if found is None:
            break
        judged += found
    db.session().rollback()
    return judged


def _judge_piece(db_session: Session, *, now: datetime) -> int | None:
    """Judge the next piece of the oldest unfinished list; None if nothing waits."""
    waiting = db_session.scalar(
        select(CheckList)
        .where(CheckList.finished_at.is_(None))
        .order_by(CheckList.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if waiting is None:
        return None
    rows = db_session.scalars(
        select(CheckListRow)
        .where(CheckListRow.list_id == waiting.id, CheckListRow.verdict.is_(None))
        .order_by(CheckListRow.row)
        .limit(CHUNK)
    ).all()
    single = [row for row in rows if not row.is_repeated]
    judged = verdicts.judge_pairs(
        db_session,
        waiting.provider_id,
        [(row.typed_number, row.typed_name) for row in single],
        now=now,
    )
    for row, found in zip(single, judged, strict=True):
        _write(row, found)
    for row in rows:
        if row.is_repeated:
            _write(row, Judged(Verdict.REPEATED, verdicts.canonical_or_none(row.typed_number)))
    waiting.done_count += len(rows)
    if waiting.done_count >= waiting.row_count:
        waiting.finished_at = now
        db_session.flush()
        _tally(db_session, waiting)
        logger.info("%r judged", waiting)
    db_session.flush()
    return len(rows)


def _tally(db_session: Session, finished: CheckList) -> None:
    """Keep how a list came out, without a name or number of it."""
    counts = queries.counts_of(db_session, finished.id)
    db_session.add(
        CheckTally(
            provider_id=finished.provider_id,
            day=issue_day(finished.uploaded_at),
            actor=finished.uploaded_by,
            counts={verdict.value: count for verdict, count in counts.items()},
        )
    )


def _write(row: CheckListRow, found: Judged) -> None:
    row.verdict, row.number, row.valid_until = found.verdict.value, found.number, found.valid_until
    row.level = None if found.level is None else found.level.value


def delete_list(db_session: Session, found: CheckList, *, actor: str, now: datetime) -> None:
    """Delete a list with its rows; that there was one stays in the audit log."""
    record_act(
        db_session,
        subject=f"check_list:{found.public_id}",
        action="check_list.deleted",
        actor=actor,
        now=now,
    )
    db_session.execute(delete(CheckListRow).where(CheckListRow.list_id == found.id))
    db_session.delete(found)
    db_session.flush()


def forget_old_lists(db_session: Session, *, now: datetime) -> int:
    """Delete lists that were uploaded long ago, with their rows; return how many."""
    old = select(CheckList.id).where(CheckList.uploaded_at < now - KEPT_FOR)
    db_session.execute(delete(CheckListRow).where(CheckListRow.list_id.in_(old)))
    db_session.execute(delete(CheckQuota).where(CheckQuota.day < issue_day(now - KEPT_FOR)))
    return affected_rows(
        db_session, delete(CheckList).where(CheckList.uploaded_at < now - KEPT_FOR)
    )
