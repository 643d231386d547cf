"""Invite, answer, end: who works for which provider, by the operator's own word.

Nothing here looks an account up before its owner answers, so that no invitation tells which
accounts exist.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.core.audit.services import record_act
from app.core.errors import ConflictError, NotFoundError
from app.core.events import publish
from app.providers import queries
from app.providers.events import EmploymentChanged
from app.providers.models import Employment, Provider, StaffInvitation

logger = logging.getLogger(__name__)

MAX_WAITING = 200
"""Invitations of one provider that may wait at once: more than a team, too few to trawl with."""


class AlreadyInvitedError(ConflictError):
    """Raised when the provider's invitation to this account still waits."""

    code = "already_invited"


class AlreadyStaffError(ConflictError):
    """Raised when the account accepted an invitation of the provider and still works there."""

    code = "already_staff"


class TooManyInvitationsError(ConflictError):
    """Raised when `MAX_WAITING` invitations of the provider wait."""

    code = "too_many_invitations"


class InvitationAnsweredError(ConflictError):
    """Raised when an invitation was withdrawn, or answered otherwise."""

    code = "invitation_answered"


class EmployedElsewhereError(ConflictError):
    """Raised when somebody accepts who works for another provider: that has to end first."""

    code = "employed_elsewhere"


class EmploymentEndedError(ConflictError):
    """Raised when an employment that has ended would end again."""

    code = "employment_ended"


def invite_staff(
    db_session: Session,
    provider: Provider,
    account: str,
    note: str,
    *,
    actor: str,
    now: datetime,
) -> StaffInvitation:
    """Ask the owner of an account to confirm that they work for a provider.

    Only the provider's own rows are looked at: what is answered is the same whether the account
    exists or not.

    Args:
        db_session: The session of the caller's transaction.
        provider: Who asks.
        account: E-mail or phone, as people sign in.
        note: A line for the invited, at most 200 characters.
        actor: The manager, `person:<public id>`.
        now: The moment (aware).

    Raises:
        AlreadyInvitedError: If an invitation to this account waits.
        AlreadyStaffError: If the account accepted one, and the employment runs.
        TooManyInvitationsError: If too many wait.
    """
    # The provider's row is the lock: its invitations are counted and added one after the other.
    db_session.execute(select(Provider.id).where(Provider.id == provider.id).with_for_update())
    name = accounts.normalize_account(account)
    own = select(StaffInvitation.id).where(StaffInvitation.provider_id == provider.id)
    waiting = own.where(StaffInvitation.answered_at.is_(None))
    if db_session.scalar(waiting.where(StaffInvitation.account == name)):
        raise AlreadyInvitedError(f"{provider!r} waits for an answer from this account")
    working = own.join(Employment, Employment.invitation_id == StaffInvitation.id).where(
        StaffInvitation.account == name, Employment.ended_at.is_(None)
    )
    if db_session.scalar(working):
        raise AlreadyStaffError(f"{provider!r} employs the owner of this account")
    if (
        db_session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    ) >= MAX_WAITING:
        raise TooManyInvitationsError(f"{provider!r} has {MAX_WAITING} invitations waiting")
    invitation = StaffInvitation(
        provider_id=provider.id, account=name, note=note, invited_at=now, invited_by=actor
    )
    db_session.add(invitation)
    db_session.flush()
    _audit_invitation(db_session, invitation, "invited", provider, actor, now)
    logger.info("%r sent", invitation)
    return invitation


def withdraw_invitation(
    db_session: Session, provider: Provider, public_id: str, *, actor: str, now: datetime
) -> None:
    """Take back a waiting invitation.

    Raises:
        NotFoundError: If the provider sent none of this id.
        InvitationAnsweredError: If it was answered already.
    """
    invitation = queries.sent_invitation(db_session, public_id, provider.id, lock=True)
    if invitation.answered_at is not None:
        raise InvitationAnsweredError(f"{invitation!r} was {invitation.answer}")
    _answer(db_session, invitation, "withdrawn", provider, actor=actor, now=now)


def decline_invitation(
    db_session: Session, person_id: int, public_id: str, *, now: datetime
) -> None:
    """Refuse to confirm; saying so twice is saying it once.

    Raises:
        NotFoundError: If no such invitation names an account of this person.
        InvitationAnsweredError: If it was withdrawn or accepted.
    """
    person, invitation = _locked(db_session, person_id, public_id)
    if invitation.answer == "declined":
        return
    if invitation.answered_at is not None:
        raise InvitationAnsweredError(f"{invitation!r} was {invitation.answer}")
    provider = queries.provider(db_session, invitation.provider_id)
    actor = f"person:{person.public_id}"
    _answer(db_session, invitation, "declined", provider, actor=actor, now=now)


def accept_invitation(
    db_session: Session,
    person_id: int,
    public_id: str,
    *,
    now: datetime,
    leaves_other: bool = False,
) -> Employment:
    """Confirm to work for the provider from now on; saying so twice is saying it once.

    Args:
        db_session: The session of the caller's transaction.
        person_id: The operator.
        public_id: Of an invitation that names one of the operator's accounts.
        now: The moment (aware).
        leaves_other: A transfer: the employment that runs elsewhere ends as this one begins, so
            that there is no moment in which the operator counts for both, or for neither.

    Returns:
        The employment, which runs.

    Raises:
        NotFoundError: If no such invitation names an account of this person.
        InvitationAnsweredError: If it was withdrawn or declined, or what followed has ended.
        AlreadyStaffError: If the person works for this provider by another invitation.
        EmployedElsewhereError: If the person works for another provider, and does not leave it.
    """
    person, invitation = _locked(db_session, person_id, public_id)
    running = queries.running_employment_or_none(db_session, person.id)
    if running is not None and running.invitation_id == invitation.id:
        return running
    if invitation.answered_at is not None:
        raise InvitationAnsweredError(f"{invitation!r} was {invitation.answer}")
    if running is not None and running.provider_id == invitation.provider_id:
        raise AlreadyStaffError(f"{person!r} works for this provider")
    if running is not None and not leaves_other:
        raise EmployedElsewhereError(f"{person!r} works for provider {running.provider_id}")
    provider = queries.provider(db_session, invitation.provider_id)
    actor = f"person:{person.public_id}"
    if running is not None:
        running = queries.own_employment(db_session, running.public_id, person.id, lock=True)
        # A manager may have ended it meanwhile: then there is nothing left to leave.
        if running.is_running:
            end_employment(db_session, running, actor=actor, reason="", now=now)
    _answer(db_session, invitation, "accepted", provider, actor=actor, now=now)
    employment = Employment(
        provider_id=provider.id,
        person_id=person.id,
        invitation_id=invitation.id,
        # Clocks of two servers differ: an employment never begins before the last one ended.
        started_at=max(now, queries.last_end_or_none(db_session, person.id) or now),
    )
    db_session.add(employment)
    db_session.flush()
    _audit_employment(db_session, employment, "started", provider, actor, now)
    _tell(db_session, employment, "started", employment.started_at)
    logger.info("%r started", employment)
    return employment


def end_employment(
    db_session: Session, employment: Employment, *, actor: str, reason: str, now: datetime
) -> None:
    """End an employment at once; from this moment the operator no longer counts.

    Args:
        db_session: The session of the caller's transaction.
        employment: Locked; the caller has checked that the actor may end it.
        actor: The operator or a manager of the provider, `person:<public id>`.
        reason: Why; may be empty for the operator, who owes none.
        now: The moment (aware).

    Raises:
        EmploymentEndedError: If it has ended.
    """
    if not employment.is_running:
        raise EmploymentEndedError(f"{employment!r} ended at {employment.ended_at}")
    employment.ended_at = max(now, employment.started_at)
    employment.ended_by = actor
    employment.end_reason = reason or None
    db_session.flush()
    provider = queries.provider(db_session, employment.provider_id)
    _audit_employment(db_session, employment, "ended", provider, actor, now, reason=reason)
    _tell(db_session, employment, "ended", employment.ended_at)
    logger.info("%r ended", employment)


def _tell(db_session: Session, employment: Employment, kind: str, at: datetime) -> None:
    fact = EmploymentChanged(
        employment_id=employment.public_id,
        provider_id=employment.provider_id,
        person_id=employment.person_id,
        kind=kind,
        at=at,
    )
    publish(db_session, fact)


def _locked(db_session: Session, person_id: int, public_id: str) -> tuple[Person, StaffInvitation]:
    """Return the person and one of their invitations; the person's row serialises the answers."""
    person = db_session.scalars(
        select(Person).where(Person.id == person_id).with_for_update()
    ).one()
    invitation = db_session.scalar(
        select(StaffInvitation)
        .where(
            StaffInvitation.public_id == public_id,
            StaffInvitation.account.in_(queries.account_names(person)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise NotFoundError(f"invitation {public_id} to {person!r}")
    return person, invitation


def _answer(
    db_session: Session,
    invitation: StaffInvitation,
    answer: str,
    provider: Provider,
    *,
    actor: str,
    now: datetime,
) -> None:
    invitation.answer, invitation.answered_at = answer, now
    db_session.flush()
    _audit_invitation(db_session, invitation, answer, provider, actor, now)
    logger.info("%r %s", invitation, answer)


def _audit_invitation(
    db_session: Session,
    invitation: StaffInvitation,
    act: str,
    provider: Provider,
    actor: str,
    now: datetime,
) -> None:
    record_act(
        db_session,
        subject=f"invitation:{invitation.public_id}",
        action=f"invitation.{act}",
        actor=actor,
        now=now,
        details={"provider": provider.public_id},
    )


def _audit_employment(
    db_session: Session,
    employment: Employment,
    act: str,
    provider: Provider,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    person = accounts.person(db_session, employment.person_id)
    record_act(
        db_session,
        subject=f"employment:{employment.public_id}",
        action=f"employment.{act}",
        actor=actor,
        now=now,
        details={
            "provider": provider.public_id,
            "person": person.public_id,
            **({"reason": reason} if reason else {}),
        },
    )
