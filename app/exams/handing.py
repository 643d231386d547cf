"""Taking the pen and handing in: each one unit of work, by whichever door it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.db import transaction
from app.exams import queries, services, signals, taking


def take_pen(
    public_id: str, person_id: int, device: signals.Device, *, now: datetime
) -> dict[str, Any]:
    """Make a page the one that writes; return the attempt's state as JSON values.

    Args:
        public_id: The attempt.
        person_id: Who is signed in.
        device: From where the page was opened.
        now: The moment (aware).

    Raises:
        NotFoundError: If there is no such attempt of this person.
        AttemptClosedError: If it is over.
    """
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, person_id, lock=True)
        services.open_page(db_session, attempt, now=now)
        signals.note_opening(db_session, attempt, device, now=now)
        return {
            **taking.state_body(db_session, attempt, now=now),
            "sequence": queries.last_client_sequence(db_session, attempt.id),
        }


def hand_in(public_id: str, person_id: int, *, key: str, now: datetime) -> None:
    """Close an attempt and score what is saved.

    Args:
        public_id: The attempt.
        person_id: Who is signed in.
        key: Idempotency key of the submission.
        now: The moment (aware).

    Raises:
        NotFoundError: If there is no such attempt of this person.
        AttemptClosedError: If it was closed by other means than this submission.
    """
    with transaction() as db_session:
        attempt = queries.attempt_of(db_session, public_id, person_id, lock=True)
        services.submit_attempt(db_session, attempt, key=key, now=now)
