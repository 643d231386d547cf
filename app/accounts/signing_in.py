"""Signing in: guessing is slowed by account and by address, known devices are not locked out.

Five wrong passwords in a row make an account wait, longer each time. That alone would let
anybody keep a candidate out before an exam; so a browser that signed in before carries a device
cookie, and its tries are counted apart from everybody else's.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import SignInFailure
from app.accounts.queries import normalize_account, person_of_account_or_none
from app.accounts.second_factors import check_second_factor
from app.accounts.services import SignInFailedError, open_web_session
from app.core.crypto import FieldKeys
from app.core.errors import RateLimitedError
from app.core.hashing import secret_hash
from app.core.rate_limits import count_hit

logger = logging.getLogger(__name__)

FREE_FAILURES = 5
"""Wrong passwords in a row before guessing has to wait."""

FIRST_WAIT_S, LONGEST_WAIT_S = 30, 900
"""The wait doubles with each further failure."""

FORGET_AFTER = timedelta(hours=2)
"""Failures in a row are forgotten after this; longer than the longest wait, or it never lasts."""

ADDRESS_LIMIT, ADDRESS_WINDOW_S = 300, 300
"""Sign-ins an address may try in 5 minutes: a classroom behind one address fits."""

REGISTER_LIMIT, REGISTER_WINDOW_S = 300, 3600
"""Accounts an address may open in an hour: a new provider's office of 200 fits."""

TAKEN_LIMIT = 20
"""Of these, how many may hear that the account exists: that answer helps who collects accounts."""

OWN_PASSWORD_LIMIT, OWN_PASSWORD_WINDOW_S = 10, 900
"""How often a signed-in page may ask for the own password: a stolen session must not guess it."""


@dataclass(frozen=True)
class SignInTry:
    """One try to sign in.

    Attributes:
        account: As typed.
        address: Where it comes from.
        user_agent: The browser, as it names itself.
        device: Nonce of this account's device cookie; empty for a device not seen before.
    """

    account: str
    address: str
    user_agent: str
    device: str = ""

    @property
    def failure_key(self) -> str:
        """Where failures are counted: by account for strangers, by device for known ones."""
        name = normalize_account(self.account)
        return secret_hash(f"{name}|{self.device}" if self.device else name)


@dataclass(frozen=True)
class SignedIn:
    """The cookie's secret (never stored) and the person's language."""

    secret: str
    locale: str


def device_token(account: str, keys: FieldKeys) -> str:
    """Return a fresh device cookie for an account that just signed in."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_device_mac(account, nonce, keys)}"


def device_of(token: str, account: str, keys: FieldKeys) -> str:
    """Return the nonce of a device cookie that belongs to this account, else an empty text."""
    nonce, _, mac = token.partition(".")
    if not nonce or not token.isascii() or len(token) > 100:
        return ""
    return nonce if hmac.compare_digest(mac, _device_mac(account, nonce, keys)) else ""


def _device_mac(account: str, nonce: str, keys: FieldKeys) -> str:
    sealed = keys.keyed_hash(f"device:{normalize_account(account)}:{nonce}")
    return sealed.rpartition(":")[2][:32]


def guard_sign_in(db_session: Session, tried: SignInTry, *, now: datetime) -> None:
    """Count a try and refuse it while the account or the address must wait.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    _guard(db_session, f"sign-in:{tried.address}", ADDRESS_LIMIT, ADDRESS_WINDOW_S, now)
    failure = db_session.get(SignInFailure, tried.failure_key)
    if failure is not None and failure.wait_until > now:
        raise RateLimitedError("account", int((failure.wait_until - now).total_seconds()) + 1)


def note_failure(db_session: Session, tried: SignInTry, *, now: datetime) -> None:
    """Remember a wrong password; from the fifth in a row on each doubles the wait."""
    failure = _failure_row(db_session, tried.failure_key, now)
    if now - failure.last_at > FORGET_AFTER:
        failure.count = 0
    failure.count += 1
    failure.last_at = now
    if failure.count >= FREE_FAILURES:
        doubled = FIRST_WAIT_S * 2 ** min(failure.count - FREE_FAILURES, 10)
        failure.wait_until = now + timedelta(seconds=min(doubled, LONGEST_WAIT_S))
    db_session.flush()
    logger.info("sign-in failed, %d in a row", failure.count)


def guard_registration(db_session: Session, *, address: str, now: datetime) -> None:
    """Count a registration and refuse it while the address must wait.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    _guard(db_session, f"register:{address}", REGISTER_LIMIT, REGISTER_WINDOW_S, now)


def note_taken_account(db_session: Session, *, address: str, now: datetime) -> None:
    """Count an answer that an account exists, and refuse to give more of them.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    _guard(db_session, f"register-taken:{address}", TAKEN_LIMIT, REGISTER_WINDOW_S, now)


def guard_own_password(db_session: Session, person_id: int, *, now: datetime) -> None:
    """Count a check of a signed-in person's own password, and refuse too many.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    key = f"own-password:{person_id}"
    _guard(db_session, key, OWN_PASSWORD_LIMIT, OWN_PASSWORD_WINDOW_S, now)


def _guard(db_session: Session, key: str, limit: int, window_s: int, now: datetime) -> None:
    wait = count_hit(db_session, key, limit=limit, window_s=window_s, now=now)
    if wait is not None:
        raise RateLimitedError(key.partition(":")[0], wait)


def _failure_row(db_session: Session, key: str, now: datetime) -> SignInFailure:
    found = db_session.get(SignInFailure, key, with_for_update=True)
    if found is not None:
        return found
    fresh = SignInFailure(account_hash=key, count=0, last_at=now, wait_until=now)
    try:
        with db_session.begin_nested():
            db_session.add(fresh)
    except IntegrityError:  # two first failures at once
        return db_session.get_one(SignInFailure, key, with_for_update=True)
    return fresh


def sign_in(
    db_session: Session,
    tried: SignInTry,
    *,
    checked_hash: str | None,
    code: str,
    keys: FieldKeys,
    now: datetime,
) -> SignedIn:
    """Open a session for somebody whose password was checked outside the transaction.

    Args:
        db_session: The session of the caller's transaction.
        tried: The try.
        checked_hash: The stored hash that the password fits; `None` if it fits none.
        code: One-time code; may be empty.
        keys: To open the second factor's secret.
        now: The moment (aware).

    Raises:
        CodeMissingError: If a one-time code is needed too.
        SignInFailedError: If anything is wrong; it says not what.
    """
    person = person_of_account_or_none(db_session, tried.account)
    if person is None or checked_hash is None or person.password_hash != checked_hash:
        raise SignInFailedError("password")
    check_second_factor(db_session, person, code=code, keys=keys, now=now)
    secret = open_web_session(
        db_session,
        person,
        address=tried.address,
        user_agent=tried.user_agent,
        now=now,
        second_factor=person.totp_sealed is not None,
    )
    db_session.execute(delete(SignInFailure).where(SignInFailure.account_hash == tried.failure_key))
    return SignedIn(secret, person.locale)


def forget_old_failures(db_session: Session, *, now: datetime) -> int:
    """Delete counts that have no effect any more; returns how many."""
    old = delete(SignInFailure).where(SignInFailure.last_at < now - FORGET_AFTER)
    return cast("CursorResult[Any]", db_session.execute(old)).rowcount
