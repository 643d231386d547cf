"""Finish parts, mark assignments, close a cohort and state its hours."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import claims
from app.core.errors import (
    InvalidInputError,
    NotFoundError,
)
from app.training.courses import queries
from app.training.courses.errors import (
    CohortClosedError,
)
from app.training.courses.models import (
    Cohort,
    CohortMember,
    Course,
    HoursClaim,
    PartDone,
)
from app.training.courses.parts import AssignmentPart, parts_of
from app.training.courses.recording import audit, check_open
from certificates.validity import issue_day

logger = logging.getLogger(__name__)

MINUTES_PER_HOUR = 45
"""A 学时 of training is 45 minutes."""


def finish_part(
    db_session: Session,
    cohort: Cohort,
    course: Course,
    member: CohortMember,
    part_id: str,
    text: str,
    *,
    now: datetime,
) -> None:
    """Note a part as finished; an assignment's text may be changed until it is marked.

    Raises:
        NotFoundError: If the course has no such part.
        CohortClosedError: If the cohort is closed, or the assignment is marked.
        InvalidInputError: If an assignment has no text of 20 to 5,000 characters.
    """
    check_open(cohort)
    part = next((one for one in parts_of(course.parts) if one.id == part_id), None)
    if part is None:
        raise NotFoundError(f"part {part_id}")
    words = text.strip() if isinstance(part, AssignmentPart) else ""
    if isinstance(part, AssignmentPart) and not 20 <= len(words) <= 5000:
        raise InvalidInputError("assignment", [{"field": "text", "code": "length"}])
    held = queries.done_parts(db_session, member.id).get(part_id)
    if held is None:
        held = PartDone(member_id=member.id, part=part_id, text=words, done_at=now, remark="")
        db_session.add(held)
    elif held.marked_at is not None:
        raise CohortClosedError(f"part {part_id} is marked")
    held.text, held.done_at = words, now
    db_session.flush()


def mark(
    db_session: Session, cohort: Cohort, done_id: str, *, marks: int, remark: str, now: datetime
) -> None:
    """Mark an assignment by its rubric, 0 to 100.

    Raises:
        NotFoundError: If it is not of this cohort.
        CohortClosedError: If the cohort is closed.
    """
    check_open(cohort)
    found = next(
        (one for one, _ in queries.handed_in(db_session, cohort.id) if one.public_id == done_id),
        None,
    )
    if found is None:
        raise NotFoundError(f"assignment {done_id}")
    found.marks, found.remark, found.marked_at = marks, remark, now
    db_session.flush()


def close_cohort(
    db_session: Session, cohort: Cohort, course: Course, *, actor: str, now: datetime
) -> int:
    """Close a cohort and state every member's hours; return for how many.

    The hours stand in the certification's evidence and count once a second person has confirmed
    them, as every statement of practice does.

    Args:
        db_session: The session of the caller's transaction.
        cohort: Locked.
        course: Its course.
        actor: `person:<public id>` of the lecturer.
        now: The moment (aware).

    Raises:
        CohortClosedError: If it is closed.
    """
    check_open(cohort)
    cohort.closed_at = now
    begun = [one for one in queries.meetings_of(db_session, cohort.id) if one.starts_at <= now]
    stated = 0
    for line in queries.member_lines(db_session, cohort.id):
        # A class's code counts from ten minutes before it: who is early has no hours yet.
        attended = [one for one in begun if one.id in line.present_at]
        hours = sum(one.minutes for one in attended) // MINUTES_PER_HOUR
        if hours < 1:
            continue
        person = db_session.get_one(Person, line.member.person_id)
        ends_on = issue_day(max(one.starts_at for one in attended))
        claim = claims.enter(
            db_session,
            person,
            claims.NewClaim(
                kind="training",
                amount=float(min(hours, claims.MOST_AMOUNT["training"])),
                happened_on=ends_on,
                title=f"{course.title} {cohort.title}"[:80],
                source=f"cohort:{cohort.public_id}",
            ),
            enterer=actor,
            provider_code=cohort.provider_code,
            now=now,
        )
        db_session.add(
            HoursClaim(
                member_id=line.member.id,
                evidence_claim_id=claim.id,
                hours=claim.amount,
                ends_on=ends_on,
            )
        )
        stated += 1
    db_session.flush()
    audit(db_session, f"cohort:{cohort.public_id}", "closed", actor, now)
    logger.info("cohort %s closed: hours of %d", cohort.public_id, stated)
    return stated
