"""Apply, take back, decide: two who agree admit or decline; a third settles a disagreement."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.roles import Role
from app.core.audit.services import record_act
from app.core.clock import BEIJING
from app.core.errors import ConflictError, NotFoundError, SecondPersonRequiredError
from app.providers import queries as providers
from app.providers.admission.checking import Checked, check, scheme_now
from app.providers.admission.models import ApplicationVerdict, ProviderApplication
from app.providers.models import Provider, ProviderField, ProviderTier
from app.providers.services import admit_provider, appoint_manager
from app.providers.telling.queueing import Kind, people_of_role, queue_mail

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(days=30)
"""After a refusal, before the next application."""

NEEDED = 2
"""Verdicts that agree."""

DECIDERS = (Role.COMMITTEE_MEMBER, Role.REVIEWER)


class ApplicationOpenError(ConflictError):
    """Raised when the person has an application that waits, or manages a provider already."""

    code = "application_open"


class ApplicationEarlyError(ConflictError):
    """Raised when the days after a refusal are not over."""

    code = "application_early"


class ApplicationClosedError(ConflictError):
    """Raised when an application was decided or taken back before."""

    code = "application_closed"


class AlreadyVotedError(ConflictError):
    """Raised when the same person decides twice: another person is needed."""

    code = "application_voted"


class AdmissionNotEarnedError(ConflictError):
    """Raised when somebody would admit who does not meet the requirements."""

    code = "admission_not_earned"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is typed into an application."""

    name: str
    city: str
    field: ProviderField
    introduction: str
    declared: Mapping[str, Decimal]
    numbers: Sequence[str]


def apply(
    db_session: Session, person_id: int, draft: Draft, *, now: datetime
) -> ProviderApplication:
    """Ask for admission; what is missing then is said, not refused.

    Args:
        db_session: The session of the caller's transaction.
        person_id: Who applies, and will manage the provider.
        draft: The application.
        now: The moment (aware).

    Raises:
        ApplicationOpenError: If the person's application waits, or they manage a provider.
        ApplicationEarlyError: If the last one was declined within `AGAIN_AFTER`.
    """
    person = accounts.person(db_session, person_id)
    if providers.managed_provider_or_none(db_session, person_id) is not None:
        raise ApplicationOpenError(f"{person!r} manages a provider")
    last = last_of_or_none(db_session, person_id)
    if last is not None and again_at(last) > now:
        raise ApplicationEarlyError(f"{last!r} was declined at {last.closed_at}")
    made = ProviderApplication(
        person_id=person_id,
        name=draft.name,
        city=draft.city,
        field=draft.field.value,
        introduction=draft.introduction,
        declared={key: f"{value:f}" for key, value in sorted(draft.declared.items())},
        numbers=list(draft.numbers),
        state="open",
        applied_at=now,
        previous_id=None if last is None else last.id,
    )
    try:
        with db_session.begin_nested():
            db_session.add(made)
    except IntegrityError as error:
        raise ApplicationOpenError(f"{person!r} has an application that waits") from error
    _audit(db_session, made, "made", actor=f"person:{person.public_id}", now=now)
    deciders = [one for one in people_of_role(db_session, *DECIDERS) if one != person_id]
    queue_mail(db_session, deciders, Kind.APPLICATION_WAITING, made.public_id, now=now)
    return made


def withdraw(
    db_session: Session, application: ProviderApplication, *, actor: str, now: datetime
) -> None:
    """Take an own application back; the next one may follow at once.

    Raises:
        ApplicationClosedError: If it was decided or taken back before.
    """
    _require_open(application)
    application.state, application.closed_at = "withdrawn", now
    db_session.flush()
    _audit(db_session, application, "withdrawn", actor=actor, now=now)


def checked_of(
    db_session: Session, application: ProviderApplication, *, include_demo: bool, now: datetime
) -> Checked | None:
    """Hold an application against the scheme of today; None without a scheme."""
    scheme = scheme_now(db_session, now)
    if scheme is None:
        return None
    return check(
        db_session,
        scheme,
        application.field,
        {key: Decimal(text) for key, text in application.declared.items()},
        application.numbers,
        include_demo=include_demo,
        now=now,
    )


def decide(
    db_session: Session,
    application: ProviderApplication,
    *,
    admit: bool,
    reason: str,
    include_demo: bool,
    actor: str,
    now: datetime,
) -> Provider | None:
    """Decide as one person; two who agree close the application.

    Admission is into the highest tier whose every requirement is met at this moment, never into
    one by invitation; the applicant becomes the provider's manager.

    Args:
        db_session: The session of the caller's transaction.
        application: An open one, locked.
        admit: Whether this person would admit.
        reason: Why.
        include_demo: Whether demonstration certificates count.
        actor: Who decides.
        now: The moment (aware).

    Returns:
        The provider, if this verdict admitted it.

    Raises:
        ApplicationClosedError: If it was decided or taken back before.
        SecondPersonRequiredError: If the actor is the applicant.
        AlreadyVotedError: If the actor decided before.
        AdmissionNotEarnedError: If a requirement is not met.
    """
    _require_open(application)
    person = accounts.person(db_session, application.person_id)
    if actor == f"person:{person.public_id}":
        raise SecondPersonRequiredError(f"{actor} applied: {application!r}")
    tier = None
    if admit:
        found = checked_of(db_session, application, include_demo=include_demo, now=now)
        tier = None if found is None or found.reached is None else found.reached.cell.tier
        if tier is None:
            raise AdmissionNotEarnedError(f"{application!r} meets no tier")
    verdict = ApplicationVerdict(
        application_id=application.id,
        verdict="admit" if admit else "decline",
        reason=reason,
        decided_by=actor,
        at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(verdict)
    except IntegrityError as error:
        raise AlreadyVotedError(f"{actor} decided about {application!r}") from error
    _audit(db_session, application, verdict.verdict, actor=actor, now=now, reason=reason)
    agreeing = sum(
        one.verdict == verdict.verdict for one in verdicts_of(db_session, application.id)
    )
    if agreeing < NEEDED:
        return None
    provider = None
    if tier is not None:
        provider = admit_provider(
            db_session,
            code=f"SP-{application.id:05d}",
            name=application.name,
            city=application.city,
            field=ProviderField(application.field),
            tier=ProviderTier(tier),
            joined_on=now.astimezone(BEIJING).date(),
            actor=actor,
            now=now,
            is_demo=person.is_demo,
        )
        application.state, application.closed_at = "admitted", now
        application.provider_id = provider.id
        appoint_manager(db_session, provider, person, actor=actor, now=now)
    else:
        application.state, application.closed_at = "declined", now
    db_session.flush()
    _audit(db_session, application, application.state, actor=actor, now=now)
    queue_mail(
        db_session,
        [application.person_id],
        Kind.APPLICATION_DECIDED,
        application.public_id,
        now=now,
    )
    return provider


def last_of_or_none(db_session: Session, person_id: int) -> ProviderApplication | None:
    """Return a person's newest application."""
    return db_session.scalar(
        select(ProviderApplication)
        .where(ProviderApplication.person_id == person_id)
        .order_by(ProviderApplication.id.desc())
        .limit(1)
    )


def again_at(last: ProviderApplication) -> datetime:
    """Return from when on somebody may apply after their last application."""
    if last.state == "declined" and last.closed_at is not None:
        return last.closed_at + AGAIN_AFTER
    return last.applied_at


def applications(db_session: Session, at_most: int) -> Sequence[ProviderApplication]:
    """Return applications: those that wait first, oldest first; then the others, newest first."""
    waiting = db_session.scalars(
        select(ProviderApplication)
        .where(ProviderApplication.state == "open")
        .order_by(ProviderApplication.id)
        .limit(at_most)
    ).all()
    closed = db_session.scalars(
        select(ProviderApplication)
        .where(ProviderApplication.state != "open")
        .order_by(ProviderApplication.id.desc())
        .limit(at_most - len(waiting))
    ).all()
    return [*waiting, *closed]


def waiting_count(db_session: Session, actor: str, person_id: int) -> int:
    """Return how many applications somebody may decide: others', without their own verdict."""
    voted = select(ApplicationVerdict.application_id).where(ApplicationVerdict.decided_by == actor)
    query = (
        select(func.count())
        .select_from(ProviderApplication)
        .where(
            ProviderApplication.state == "open",
            ProviderApplication.person_id != person_id,
            ProviderApplication.id.not_in(voted),
        )
    )
    return db_session.scalar(query) or 0


def application(
    db_session: Session, public_id: str, *, person_id: int | None = None, lock: bool = False
) -> ProviderApplication:
    """Return an application, of one person if one is named.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(ProviderApplication).where(ProviderApplication.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None or person_id not in (None, found.person_id):
        raise NotFoundError(f"application {public_id}")
    return found


def verdicts_of(db_session: Session, application_id: int) -> Sequence[ApplicationVerdict]:
    """Return what was decided about an application, oldest first."""
    return db_session.scalars(
        select(ApplicationVerdict)
        .where(ApplicationVerdict.application_id == application_id)
        .order_by(ApplicationVerdict.id)
    ).all()


def _require_open(application: ProviderApplication) -> None:
    if application.state != "open":
        raise ApplicationClosedError(f"{application!r} is {application.state}")


def _audit(
    db_session: Session,
    application: ProviderApplication,
    act: str,
    *,
    actor: str,
    now: datetime,
    **details: str,
) -> None:
    record_act(
        db_session,
        subject=f"provider_application:{application.public_id}",
        action=f"provider_application.{act}",
        actor=actor,
        now=now,
        details=dict(details),
    )
    logger.info("%r %s", application, act)
