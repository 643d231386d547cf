"""Claim a job's slot, and finish it only while the claim still holds (fencing)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import affected_rows
from app.core.errors import ConflictError
from app.core.jobs.models import JobClaim

LEASE = timedelta(seconds=60)
"""After this a claim without a finish may be taken by another scheduler."""

KEEP = timedelta(days=2)
"""How long finished claims stay, for looking."""


def slot_of(now: datetime, period_s: int) -> datetime:
    """Return the slot that `now` lies in: the last whole multiple of the period."""
    epoch = int(now.timestamp())
    return datetime.fromtimestamp(epoch - epoch % period_s, tz=now.tzinfo)


def claim_slot(
    db_session: Session, job: str, slot: datetime, holder: str, *, now: datetime
) -> bool:
    """Take a slot if nobody did, or if its holder's lease ran out before it was done."""
    claim = db_session.scalar(
        select(JobClaim).where(JobClaim.job == job, JobClaim.slot == slot).with_for_update()
    )
    if claim is None:
        try:
            with db_session.begin_nested():
                db_session.add(
                    JobClaim(
                        job=job, slot=slot, holder=holder, lease_until=now + LEASE, done_at=None
                    )
                )
        except IntegrityError:  # another scheduler was first
            return False
        return True
    if claim.done_at is not None or claim.lease_until > now:
        return False
    claim.holder = holder
    claim.lease_until = now + LEASE
    db_session.flush()
    return True


def finish_slot(
    db_session: Session, job: str, slot: datetime, holder: str, *, now: datetime
) -> None:
    """Mark the slot done, in the transaction of the job's own work.

    Raises:
        ConflictError: If the lease was lost meanwhile: the work is rolled back with it.
    """
    own = (
        update(JobClaim)
        .where(
            JobClaim.job == job,
            JobClaim.slot == slot,
            JobClaim.holder == holder,
            JobClaim.done_at.is_(None),
        )
        .values(done_at=now)
    )
    if affected_rows(db_session, own) != 1:
        raise ConflictError(f"{job} {slot}: the lease of {holder} was lost")


def forget_old_claims(db_session: Session, *, now: datetime) -> int:
    """Delete claims that finished long ago; returns how many."""
    old = delete(JobClaim).where(JobClaim.done_at.is_not(None), JobClaim.slot < now - KEEP)
    return affected_rows(db_session, old)
