"""Queue a mail in the transaction of its cause: it goes out if, and only if, the cause stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, RoleGrant
from app.accounts.roles import Role
from app.providers.telling.models import ProviderMail


class Kind(StrEnum):
    """What a mail is about; `words.py` writes each."""

    CHECK = "check"
    CHECK_LAST = "check_last"
    SHIFT = "shift"
    OBJECTION_WAITING = "objection_waiting"
    OBJECTION_DUE = "objection_due"
    OBJECTION_ANSWERED = "objection_answered"
    APPLICATION_WAITING = "application_waiting"
    APPLICATION_DECIDED = "application_decided"


def queue_mail(
    db_session: Session, person_ids: Iterable[int], kind: Kind, ref: str, *, now: datetime
) -> int:
    """Queue a mail to some people, each once; who has no address gets none.

    Args:
        db_session: The session of the cause's transaction.
        person_ids: To whom.
        kind: What it is about.
        ref: Which one, by its public id.
        now: The moment (aware).

    Returns:
        How many are new.
    """
    wanted = set(person_ids)
    if not wanted:
        return 0
    told = select(ProviderMail.person_id).where(
        ProviderMail.kind == kind.value, ProviderMail.ref == ref
    )
    due = db_session.scalars(
        select(Person.id)
        .where(Person.id.in_(wanted), Person.email.is_not(None), Person.id.not_in(told))
        .order_by(Person.id)
    ).all()
    queued = 0
    for person_id in due:
        mail = ProviderMail(
            person_id=person_id, kind=kind.value, ref=ref, queued_at=now, due_at=now
        )
        try:
            with db_session.begin_nested():
                db_session.add(mail)
        except IntegrityError:  # another process was first
            continue
        queued += 1
    return queued


def people_of_role(db_session: Session, *roles: Role) -> list[int]:
    """Return the keys of everybody who has one of some roles."""
    return list(
        db_session.scalars(
            select(RoleGrant.person_id)
            .where(RoleGrant.role.in_([role.value for role in roles]), RoleGrant.ended_at.is_(None))
            .distinct()
        )
    )
