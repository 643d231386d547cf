"""Ask for a link, hand one over, and set a new password by it.

Nobody learns from an answer whether an account exists. A link is good once, ends by itself, and
ends with every other link of the person as soon as one was used. The second factor stays: a link
alone never opens an account that has one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import force_locale, gettext
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person, SignInFailure
from app.accounts.queries import normalize_account, person_of_account_or_none
from app.accounts.recovery.models import PasswordReset
from app.accounts.services import change_password, refuse_own_account
from app.core import outbox
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.db import affected_rows
from app.core.errors import ConflictError, NotFoundError, RateLimitedError
from app.core.hashing import secret_hash
from app.core.ids import new_secret
from app.core.outbox import Letter
from app.core.rate_limits import count_hit

MAILED_MIN = 30
"""Minutes that a mailed link is good for; OWASP asks for under an hour."""

HANDED_H = 24
"""Hours that a link is good for which somebody hands over."""

ACCOUNT_LIMIT, ACCOUNT_WINDOW_S = 3, 3600
"""Mails that one account gets in an hour; further wishes are not answered, and not betrayed."""

ADDRESS_LIMIT, ADDRESS_WINDOW_S = 60, 3600
"""Wishes of one address in an hour: an office after its summer holidays fits."""

KEPT = timedelta(days=30)
"""Links are forgotten after this; the audit log keeps that they were."""


class ResetEndedError(NotFoundError):
    """Raised when a link was used, has ended, or never was."""

    code = "reset_ended"


class AccountClosedError(ConflictError):
    """Raised when a link is wanted for an account that is disabled."""

    code = "reset_account_closed"


def guard_wish(db_session: Session, *, address: str, now: datetime) -> None:
    """Count a wish for a link and refuse it while the address must wait.

    Raises:
        RateLimitedError: With the seconds to wait.
    """
    wait = count_hit(
        db_session,
        f"reset-from:{address}",
        limit=ADDRESS_LIMIT,
        window_s=ADDRESS_WINDOW_S,
        now=now,
    )
    if wait is not None:
        raise RateLimitedError("reset", wait)


def ask_for_reset(db_session: Session, account: str, *, now: datetime) -> None:
    """Queue a mail with a link, if the account exists, is open and has a mail address.

    Args:
        db_session: The session of the caller's transaction.
        account: As typed.
        now: The moment (aware).
    """
    key = f"reset-of:{normalize_account(account)}"
    wait = count_hit(db_session, key, limit=ACCOUNT_LIMIT, window_s=ACCOUNT_WINDOW_S, now=now)
    person = person_of_account_or_none(db_session, account)
    if wait is not None or person is None or person.email is None or person.disabled_at is not None:
        return
    actor = f"person:{person.public_id}"
    db_session.add(PasswordReset(person_id=person.id, issued_by=actor, queued_at=now, due_at=now))
    db_session.flush()
    _audit(db_session, person, "password.reset_asked", actor, now)


def hand_out_reset(
    db_session: Session, person: Person, *, actor: str, reason: str, now: datetime
) -> str:
    """Make a link for somebody whose identity was checked; return its secret (never stored).

    Args:
        db_session: The session of the caller's transaction.
        person: Whose password it sets.
        actor: Who hands it over, never the person.
        reason: Why, for the audit log.
        now: The moment (aware).

    Raises:
        OwnAccountError: If the actor is that person.
        AccountClosedError: If the account is disabled.
    """
    refuse_own_account(person, actor)
    if person.disabled_at is not None:
        raise AccountClosedError(f"{person!r} is disabled")
    _end_links(db_session, person.id, now)
    secret = new_secret()
    db_session.add(
        PasswordReset(
            person_id=person.id,
            issued_by=actor,
            queued_at=now,
            due_at=now,
            sent_at=now,
            secret_hash=secret_hash(secret),
            valid_until=now + timedelta(hours=HANDED_H),
        )
    )
    db_session.flush()
    _audit(db_session, person, "password.reset_issued", actor, now, reason=reason)
    return secret


def person_of_reset(
    db_session: Session, secret: str, *, locked: bool = False, now: datetime
) -> Person:
    """Return whose password a link sets.

    Args:
        db_session: A session; that of a transaction if the row is to be locked.
        secret: The link's.
        locked: Whether nobody else may use the link until the transaction ends.
        now: The moment (aware).

    Raises:
        ResetEndedError: If it was used, has ended, or never was.
    """
    found = select(PasswordReset).where(PasswordReset.secret_hash == secret_hash(secret))
    reset = db_session.scalar(found.with_for_update() if locked else found)
    if reset is None or reset.used_at is not None or (reset.valid_until or now) <= now:
        raise ResetEndedError("reset link")
    person = db_session.get_one(Person, reset.person_id)
    if person.disabled_at is not None:
        raise ResetEndedError(f"reset link of {person!r}, who is disabled")
    return person


def reset_password(db_session: Session, secret: str, password_hash: str, *, now: datetime) -> None:
    """Set the password that a link is for; every sign-in and every other link ends.

    Whoever guessed before no longer makes the person wait.

    Raises:
        ResetEndedError: If the link was used, has ended, or never was.
    """
    person = person_of_reset(db_session, secret, locked=True, now=now)
    _end_links(db_session, person.id, now)
    change_password(db_session, person, password_hash, actor="", now=now)
    keys = [secret_hash(name) for name in (person.email, person.phone) if name]
    db_session.execute(delete(SignInFailure).where(SignInFailure.account_hash.in_(keys)))
    db_session.flush()


def _end_links(db_session: Session, person_id: int, now: datetime) -> None:
    """End what opens the account, and what waits to be written."""
    own = PasswordReset.person_id == person_id
    db_session.execute(
        update(PasswordReset).where(own, PasswordReset.used_at.is_(None)).values(used_at=now)
    )


def send_waiting(settings: Settings, *, now: datetime) -> int:
    """Mail the links that wait; return how many the server took. See `app.core.outbox`."""

    def write(db_session: Session, reset: PasswordReset) -> Letter | None:
        person = db_session.get_one(Person, reset.person_id)
        late = reset.queued_at + timedelta(minutes=MAILED_MIN) <= now
        if late or reset.used_at or person.disabled_at is not None or person.email is None:
            return None
        secret = new_secret()
        reset.secret_hash = secret_hash(secret)
        reset.valid_until = now + timedelta(minutes=MAILED_MIN)
        subject, text = _words(person, f"{settings.public_base_url}/password/reset/{secret}")
        return Letter(person.email, subject, text)

    return outbox.send_waiting(settings, PasswordReset, write, now=now)


def _words(person: Person, url: str) -> tuple[str, str]:
    """Return subject and text in the person's language."""
    with force_locale(person.locale):
        lines = [
            gettext("%(name)s，你好：", name=person.display_name),
            "",
            gettext("有人请求重设你在操盘手认证的密码。打开下面的链接，设置新密码："),
            url,
            "",
            gettext("链接 %(n)s 分钟内有效，只能用一次。", n=MAILED_MIN),
            gettext("如果不是你本人操作，不必理会，密码不会变。"),
            "",
            gettext("这封邮件由系统发出，请不要回复。"),
        ]
        subject = gettext("重设操盘手认证的密码")
    return str(subject), "\n".join(str(line) for line in lines) + "\n"


def forget_old_resets(db_session: Session, *, now: datetime) -> int:
    """Delete links that ended long ago; returns how many."""
    old = delete(PasswordReset).where(PasswordReset.queued_at < now - KEPT)
    return affected_rows(db_session, old)


def _audit(
    db_session: Session, person: Person, action: str, actor: str, now: datetime, **details: str
) -> None:
    record_act(
        db_session,
        subject=f"person:{person.public_id}",
        action=action,
        actor=actor,
        now=now,
        details=dict(details),
    )
