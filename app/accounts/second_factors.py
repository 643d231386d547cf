"""One-time codes (TOTP): enrol, check once, clear for somebody who lost the app."""

from __future__ import annotations

from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.services import SignInFailedError, refuse_own_account
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import ForbiddenError, InvalidInputError

STEP_S = 30
DRIFT_STEPS = 1
"""Steps that a telephone's clock may be off, either way."""


class CodeRefusedError(SignInFailedError):
    """Raised when the password was right, but the one-time code is wrong or was used before."""


class CodeMissingError(CodeRefusedError):
    """Raised when the password was right and a one-time code is needed too."""


class SecondFactorRequiredError(ForbiddenError):
    """Raised when a role needs a second factor and the person has none."""

    code = "second_factor_required"


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
    person.totp_sealed = keys.encrypt(secret, place=_place(person))
    person.totp_last_step = step
    db_session.flush()
    _audit(db_session, person, "second_factor.enrolled", f"person:{person.public_id}", now)


def check_second_factor(
    db_session: Session, person: Person, *, code: str, keys: FieldKeys, now: datetime
) -> None:
    """Accept a one-time code once; a person without a second factor needs none.

    Raises:
        CodeMissingError: If none was given.
        CodeRefusedError: If it is wrong or was used before.
    """
    if person.totp_sealed is None:
        return
    if not code.strip():
        raise CodeMissingError(f"{person!r}")
    # Locked, so that two sign-ins at once cannot both use the same code.
    db_session.refresh(person, with_for_update=True)
    secret = keys.decrypt(person.totp_sealed, place=_place(person))
    step = totp_step(secret, code, now=now)
    if step is None or (person.totp_last_step or 0) >= step:
        raise CodeRefusedError(f"second factor of {person!r}")
    person.totp_last_step = step
    db_session.flush()


def clear_second_factor(
    db_session: Session, person: Person, *, actor: str, reason: str, now: datetime
) -> None:
    """Switch one-time codes off for somebody who lost the app.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    refuse_own_account(person, actor)
    if person.totp_sealed is None:
        return
    person.totp_sealed = None
    person.totp_last_step = None
    db_session.flush()
    _audit(db_session, person, "second_factor.cleared", actor, now, reason=reason)


def totp_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the 30-second step whose code this is (one step of drift either way), or None."""
    totp = pyotp.TOTP(secret, interval=STEP_S)
    present = int(now.timestamp()) // STEP_S
    digits = code.replace(" ", "")
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def _place(person: Person) -> str:
    return f"person.totp:{person.public_id}"


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
