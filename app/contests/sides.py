"""Nobody stands on both sides of a contest: who plays it neither runs nor watches over it.

Two people of the same office could otherwise let each other through; a contestant who may open the
desk would read the sealed scenario there, and the jury's board without its delay.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.contests import queries
from app.contests.models import Contest, ContestJuror, ContestProposal
from app.core.errors import ConflictError, ForbiddenError


class ContestantError(ForbiddenError):
    """Raised when a contestant would open or use the desk or the jury's board of the contest."""

    code = "contest_own"


class OrganiserEntersError(ConflictError):
    """Raised when somebody would enter who planned, decided or judges the contest."""

    code = "contest_organised"


def check_no_contestant(db_session: Session, contest_id: int, person_id: int) -> None:
    """Refuse a contestant, also one who waits for a seat.

    Raises:
        ContestantError: If the person has an entry that stands.
    """
    entry = queries.entry_or_none(db_session, contest_id, person_id)
    if entry is not None and entry.withdrawn_at is None:
        raise ContestantError(f"person {person_id} in contest {contest_id}")


def check_no_organiser(
    db_session: Session, contest: Contest, person_id: int, *, actor: str
) -> None:
    """Refuse who had a hand in a contest, and so knows what is sealed.

    Args:
        db_session: A session to read with.
        contest: The contest that is to be entered.
        person_id: Who would enter.
        actor: The same person, as `person:<public id>`.

    Raises:
        OrganiserEntersError: If they planned it, proposed or decided an act, or judge it.
    """
    acted = select(ContestProposal.id).where(
        ContestProposal.contest_id == contest.id,
        or_(ContestProposal.proposer == actor, ContestProposal.decider == actor),
    )
    judges = select(ContestJuror.id).where(
        ContestJuror.contest_id == contest.id,
        ContestJuror.person_id == person_id,
        ContestJuror.released_at.is_(None),
    )
    found = (db_session.scalar(one.limit(1)) for one in (acted, judges))
    if contest.planned_by == actor or any(one is not None for one in found):
        raise OrganiserEntersError(f"{actor} in {contest!r}")


def contest_id_or_none(db_session: Session, public_id: str) -> int | None:
    """Return the id of a contest by its public id, if there is one."""
    return db_session.scalar(select(Contest.id).where(Contest.public_id == public_id))
