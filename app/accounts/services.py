"""Register, sign in and out, change what an account holds."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import LegalIdentity, Person, RoleGrant, SignInFailure, WebSession
from app.accounts.queries import normalize_account
from app.accounts.roles import ADMINISTRATORS, Role
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError, DomainError, InvalidInputError, RateLimitedError
from app.core.hashing import secret_hash
from app.core.ids import new_secret
from app.core.rate_limits import count_hit

logger = logging.getLogger(__name__)

FREE_FAILURES = 5
"""Wrong passwords in a row before guessing has to wait."""

LONGEST_WAIT = timedelta(minutes=15)

ADDRESS_LIMIT, ADDRESS_WINDOW_S = 300, 300
"""Sign-ins an address may try in 5 minutes: a classroom behind one address fits."""

REGISTER_LIMIT, REGISTER_WINDOW_S = 60, 3600

TOTP_STEP_S = 30
TOTP_DRIFT_STEPS = 1

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
        grant_role(db_session, person, role, actor=actor or f"person:{person.public_id}", now=now)
    _audit(db_session, person, "person.registered", actor, now)
    logger.info("%r registered", person)
    return person


def grant_role(
    db_session: Session, person: Person, role: Role, *, actor: str, now: datetime
) -> None:
    """Give a role.

    Raises:
        ConflictError: If the three administrators' duties would meet in one person.
    """
    held = set(
        db_session.scalars(
            select(RoleGrant.role).where(
                RoleGrant.person_id == person.id, RoleGrant.ended_at.is_(None)
            )
        )
    )
    if role in held:
        return
    if role in ADMINISTRATORS and held & ADMINISTRATORS:
        raise ConflictError(f"{person!r} holds {held & ADMINISTRATORS}: duties are kept apart")
    db_session.add(
        RoleGrant(person_id=person.id, role=role.value, granted_at=now, granted_by=actor)
    )
    db_session.flush()
    _audit(db_session, person, "role.granted", actor, now, role=role.value)


def guard_sign_in(db_session: Session, *, account: str, address: str, now: datetime) -> None:
    """Count a try and refuse it while the account or the address must wait.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    wait = count_hit(
        db_session, f"sign-in:{address}", limit=ADDRESS_LIMIT, window_s=ADDRESS_WINDOW_S, now=now
    )
    if wait is not None:
        raise RateLimitedError("address", wait)
    failure = db_session.get(SignInFailure, secret_hash(normalize_account(account)))
    if failure is not None and failure.wait_until > now:
        raise RateLimitedError("account", int((failure.wait_until - now).total_seconds()) + 1)


def note_failure(db_session: Session, *, account: str, now: datetime) -> None:
    """Remember a wrong password; from the sixth in a row the wait doubles up to 15 minutes."""
    key = secret_hash(normalize_account(account))
    failure = db_session.get(SignInFailure, key)
    if failure is None:
        failure = SignInFailure(account_hash=key, count=0, last_at=now, wait_until=now)
        db_session.add(failure)
    elif now - failure.last_at > LONGEST_WAIT:
        failure.count = 0
    failure.count += 1
    failure.last_at = now
    if failure.count >= FREE_FAILURES:
        wait = timedelta(seconds=min(30 * 2 ** (failure.count - FREE_FAILURES), 900))
        failure.wait_until = now + wait
    db_session.flush()
    logger.info("sign-in failed, %d in a row", failure.count)


def open_web_session(
    db_session: Session,
    person: Person,
    *,
    address: str,
    user_agent: str,
    now: datetime,
    second_factor: bool = False,
) -> str:
    """Sign in: add a session row and return the cookie's secret (never stored).

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
        )
    )
    account = person.email or person.phone or ""
    db_session.execute(
        delete(SignInFailure).where(SignInFailure.account_hash == secret_hash(account))
    )
    db_session.flush()
    _audit(db_session, person, "session.opened", "", now)
    return secret


def close_web_session(db_session: Session, session_hash: str) -> None:
    """Sign out: the cookie is worth nothing from here on."""
    db_session.execute(delete(WebSession).where(WebSession.id_hash == session_hash))


def change_password(
    db_session: Session, person: Person, password_hash: str, *, actor: str, now: datetime
) -> None:
    """Set a new password and end every sign-in."""
    person.password_hash = password_hash
    db_session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    db_session.flush()
    _audit(db_session, person, "password.changed", actor, now)


def disable_person(db_session: Session, person: Person, *, actor: str, now: datetime) -> None:
    """Close an account's doors at once; nothing of it is deleted."""
    person.disabled_at = now
    db_session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    db_session.flush()
    _audit(db_session, person, "person.disabled", actor, now)


def update_profile(
    db_session: Session, person: Person, *, display_name: str, locale: str, now: datetime
) -> None:
    """Change what others see and the person's language."""
    person.display_name = display_name
    person.locale = locale
    db_session.flush()
    _audit(db_session, person, "profile.changed", "", now)


def enrol_second_factor(
    db_session: Session, person: Person, *, secret: str, code: str, keys: FieldKeys, now: datetime
) -> None:
    """Switch one-time codes on, once the person has shown that the app works.

    Raises:
        InvalidInputError: If the code does not fit the secret.
    """
    step = totp_step(secret, code, now=now)
    if step is None:
        raise InvalidInputError("wrong code", [{"field": "code", "code": "totp_wrong"}])
    person.totp_sealed = keys.encrypt(secret, place=f"person.totp:{person.public_id}")
    person.totp_last_step = step
    db_session.flush()
    _audit(db_session, person, "second_factor.enrolled", "", now)


def check_second_factor(
    db_session: Session, person: Person, *, code: str, keys: FieldKeys, now: datetime
) -> None:
    """Accept a one-time code once.

    Raises:
        SignInFailedError: If it is wrong or was used before.
    """
    if person.totp_sealed is None:
        return
    secret = keys.decrypt(person.totp_sealed, place=f"person.totp:{person.public_id}")
    step = totp_step(secret, code, now=now)
    if step is None or (person.totp_last_step or 0) >= step:
        raise SignInFailedError("second factor")
    person.totp_last_step = step
    db_session.flush()


def totp_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the 30-second step whose code this is (one step of drift either way), or None."""
    totp = pyotp.TOTP(secret, interval=TOTP_STEP_S)
    present = int(now.timestamp()) // TOTP_STEP_S
    digits = code.replace(" ", "")
    for step in range(present - TOTP_DRIFT_STEPS, present + TOTP_DRIFT_STEPS + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


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
    return db_session.execute(delete(WebSession).where(WebSession.seen_at < before)).rowcount


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
