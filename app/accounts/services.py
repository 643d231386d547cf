"""Register, sign in and out, change what an account holds."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import LegalIdentity, Person, RoleGrant, WebSession
from app.accounts.queries import normalize_account
from app.accounts.roles import ADMINISTRATORS, Role
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from app.core.hashing import secret_hash
from app.core.ids import new_secret

logger = logging.getLogger(__name__)

CONSENT_TEXT = "identity-2026-1"
"""Version of the consent that stands on the enrolment page."""


class SignInFailedError(DomainError):
    """Raised when account, password or code are wrong; says not which."""

    code = "login_failed"


class AccountTakenError(InvalidInputError):
    """Raised when the e-mail or phone number has an account."""

    code = "account_taken"


class IdentityTakenError(ConflictError):
    """Raised when the identity number belongs to another account."""

    code = "identity_taken"


class OwnAccountError(ForbiddenError):
    """Raised when somebody would change the own roles, or close the own account."""

    code = "own_account"


class LimitedSessionError(ForbiddenError):
    """Raised when a sign-in that is limited to an exam would open something else."""

    code = "limited_session"


class DutiesApartError(ConflictError):
    """Raised when two of the three administrators' duties would meet in one person."""

    code = "duties_apart"


def register_person(
    db_session: Session,
    *,
    account: str,
    display_name: str,
    password_hash: str,
    now: datetime,
    roles: tuple[Role, ...] = (Role.CANDIDATE,),
    actor: str = "",
    is_demo: bool = False,
    locale: str = "zh_CN",
) -> Person:
    """Open an account.

    Args:
        db_session: The session of the caller's transaction.
        account: E-mail, or mainland phone number.
        display_name: What others see, 1 to 40 characters.
        password_hash: Of `hash_password`, made outside the transaction.
        now: The moment (aware).
        roles: What the person may do from the start.
        actor: Who opens it; empty if the person does.
        is_demo: A demonstration sign-in; production refuses to start with one.
        locale: `zh_CN` or `en`.

    Raises:
        AccountTakenError: If there is an account of that name.
    """
    name = normalize_account(account)
    by_email = "@" in name
    person = Person(
        email=name if by_email else None,
        phone=None if by_email else name,
        display_name=display_name,
        password_hash=password_hash,
        locale=locale,
        created_at=now,
        is_demo=is_demo,
    )
    try:
        with db_session.begin_nested():
            db_session.add(person)
    except IntegrityError as error:
        raise AccountTakenError("account taken", [{"field": "account", "code": "taken"}]) from error
    for role in roles:
        _add_grant(db_session, person, role, actor=actor, reason="", now=now)
    _audit(db_session, person, "person.registered", actor, now)
    logger.info("%r registered", person)
    return person


def grant_role(
    db_session: Session,
    person: Person,
    role: Role,
    *,
    actor: str,
    reason: str = "",
    now: datetime,
) -> None:
    """Give a role; the person signs in again before using it (a new session id).

    Args:
        db_session: The session of the caller's transaction.
        person: Who gets it; nothing happens if the role is held already.
        role: What the person may do from now on.
        actor: Who gives it, never the person.
        reason: Why, for the audit log.
        now: The moment (aware).

    Raises:
        OwnAccountError: If the actor is that person.
        DutiesApartError: If the three administrators' duties would meet in one person.
    """
    refuse_own_account(person, actor)
    if _add_grant(db_session, person, role, actor=actor, reason=reason, now=now):
        _close_sessions(db_session, person)


def _add_grant(
    db_session: Session, person: Person, role: Role, *, actor: str, reason: str, now: datetime
) -> bool:
    # Locked, so that two administrators at once cannot give two duties to one person.
    db_session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    held = set(
        db_session.scalars(
            select(RoleGrant.role).where(
                RoleGrant.person_id == person.id, RoleGrant.ended_at.is_(None)
            )
        )
    )
    if role in held:
        return False
    if role in ADMINISTRATORS and held & ADMINISTRATORS:
        raise DutiesApartError(f"{person!r} holds {sorted(held & ADMINISTRATORS)}, not {role} too")
    granted_by = actor or f"person:{person.public_id}"
    db_session.add(
        RoleGrant(person_id=person.id, role=role.value, granted_at=now, granted_by=granted_by)
    )
    db_session.flush()
    details = {"reason": reason} if reason else {}
    _audit(db_session, person, "role.granted", actor, now, role=role.value, **details)
    return True


def end_role(
    db_session: Session, person: Person, role: Role, *, actor: str, reason: str, now: datetime
) -> None:
    """End a role at once; that it was held stays on record.

    Raises:
        OwnAccountError: If the actor is that person.
        NotFoundError: If the person does not hold it.
    """
    refuse_own_account(person, actor)
    grant = db_session.scalar(
        select(RoleGrant)
        .where(
            RoleGrant.person_id == person.id,
            RoleGrant.role == role.value,
            RoleGrant.ended_at.is_(None),
        )
        .with_for_update()
    )
    if grant is None:
        raise NotFoundError(f"{person!r} does not hold {role}")
    grant.ended_at = now
    db_session.flush()
    _audit(db_session, person, "role.ended", actor, now, role=role.value, reason=reason)


def refuse_own_account(person: Person, actor: str) -> None:
    """Refuse an administrator's act on the own account.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    if actor == f"person:{person.public_id}":
        raise OwnAccountError(f"{person!r} would act on the own account")


def open_web_session(
    db_session: Session,
    person: Person,
    *,
    address: str,
    user_agent: str,
    now: datetime,
    second_factor: bool = False,
    limited_to: str | None = None,
) -> str:
    """Sign in: add a session row and return the cookie's secret (never stored).

    Args:
        db_session: The session of the caller's transaction.
        person: Who signs in.
        address: Where from.
        user_agent: The browser, as it names itself.
        now: The moment (aware).
        second_factor: Whether a one-time code was given.
        limited_to: Public id of the one thing that it may open; None for everything.

    Raises:
        SignInFailedError: If the account is disabled.
    """
    if person.disabled_at is not None:
        raise SignInFailedError(f"{person!r} is disabled")
    secret = new_secret()
    db_session.add(
        WebSession(
            id_hash=secret_hash(secret),
            person_id=person.id,
            created_at=now,
            seen_at=now,
            address=address[:64],
            user_agent=user_agent[:256],
            second_factor_at=now if second_factor else None,
            limited_to=limited_to,
        )
    )
    db_session.flush()
    details = {} if limited_to is None else {"limited_to": limited_to}
    _audit(db_session, person, "session.opened", "", now, **details)
    return secret


def widen_web_session(db_session: Session, session_hash: str, public_id: str) -> None:
    """Let a limited session open one more thing; one without a limit needs nothing."""
    row = db_session.get(WebSession, session_hash)
    if row is None or row.limited_to is None or public_id in row.limited_to.split():
        return
    row.limited_to = f"{row.limited_to} {public_id}"
    db_session.flush()


def close_limited_web_sessions(db_session: Session, person_id: int, public_id: str) -> int:
    """End the sign-ins that are limited to a thing, on whatever device; returns how many."""
    return _changed_rows(
        db_session,
        delete(WebSession).where(
            WebSession.person_id == person_id,
            WebSession.limited_to.startswith(public_id, autoescape=True),
        ),
    )


def close_web_session(db_session: Session, session_hash: str) -> None:
    """Sign out: the cookie is worth nothing from here on."""
    db_session.execute(delete(WebSession).where(WebSession.id_hash == session_hash))


def close_other_web_sessions(
    db_session: Session, person: Person, *, keep: str, now: datetime
) -> int:
    """End every sign-in of a person but the one whose hash is `keep`; returns how many."""
    others = delete(WebSession).where(WebSession.person_id == person.id, WebSession.id_hash != keep)
    ended = _changed_rows(db_session, others)
    _audit(db_session, person, "sessions.ended", "", now, count=str(ended))
    return ended


def change_password(
    db_session: Session, person: Person, password_hash: str, *, actor: str, now: datetime
) -> None:
    """Set a new password and end every sign-in."""
    person.password_hash = password_hash
    _close_sessions(db_session, person)
    _audit(db_session, person, "password.changed", actor, now)


def disable_person(
    db_session: Session, person: Person, *, actor: str, reason: str = "", now: datetime
) -> None:
    """Close an account's doors at once; nothing of it is deleted.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    refuse_own_account(person, actor)
    if person.disabled_at is not None:
        return
    person.disabled_at = now
    _close_sessions(db_session, person)
    _audit(db_session, person, "person.disabled", actor, now, reason=reason)


def enable_person(
    db_session: Session, person: Person, *, actor: str, reason: str, now: datetime
) -> None:
    """Open a disabled account's doors again.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    refuse_own_account(person, actor)
    if person.disabled_at is None:
        return
    person.disabled_at = None
    db_session.flush()
    _audit(db_session, person, "person.enabled", actor, now, reason=reason)


def _close_sessions(db_session: Session, person: Person) -> None:
    db_session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    db_session.flush()


def update_profile(
    db_session: Session, person: Person, *, display_name: str, locale: str, now: datetime
) -> None:
    """Change what others see and the person's language."""
    person.display_name = display_name
    person.locale = locale
    db_session.flush()
    _audit(db_session, person, "profile.changed", "", now)


def collect_identity(
    db_session: Session,
    person_id: int,
    public_id: str,
    *,
    legal_name: str,
    number: str,
    keys: FieldKeys,
    now: datetime,
) -> LegalIdentity:
    """Keep who the person is by law: number encrypted, and hashed for uniqueness.

    Raises:
        IdentityTakenError: If another account holds the number.
    """
    identity = LegalIdentity(
        person_id=person_id,
        legal_name=legal_name,
        number_sealed=keys.encrypt(number, place=f"legal_identity.number:{public_id}"),
        number_hash=keys.keyed_hash(f"identity:{number.upper()}"),
        consent_text=CONSENT_TEXT,
        collected_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(identity)
    except IntegrityError as error:
        raise IdentityTakenError(f"identity number of person {public_id}") from error
    record_act(
        db_session,
        subject=f"person:{public_id}",
        action="identity.collected",
        actor=f"person:{public_id}",
        now=now,
        details={"consent": CONSENT_TEXT},
    )
    return identity


def forget_ended_sessions(db_session: Session, *, before: datetime) -> int:
    """Delete session rows not seen since `before`; returns how many."""
    return _changed_rows(db_session, delete(WebSession).where(WebSession.seen_at < before))


def _changed_rows(db_session: Session, statement: Delete) -> int:
    result = cast("CursorResult[Any]", db_session.execute(statement))
    return result.rowcount


def _audit(
    db_session: Session, person: Person, action: str, actor: str, now: datetime, **details: str
) -> None:
    record_act(
        db_session,
        subject=f"person:{person.public_id}",
        action=action,
        actor=actor or f"person:{person.public_id}",
        now=now,
        details=dict(details),
    )
