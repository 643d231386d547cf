"""A hall where candidates sit the little exam, one after the other."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.exams.models import Attempt
from app.exams.queries import events_of, responses_of
from app.exams.services import start_attempt
from app.exams.signals import signals_of
from app.exams.terms import ExamTerms
from tests.browser.product import Product, Records
from tests.factories.exams import TERMS
from tests.faults.ground import account_of

LONG_S = 40 * 60
"""Time limit of an attempt that is not to run out, seconds."""


@dataclass(frozen=True)
class Sitter:
    """A candidate's account and the public id of the attempt."""

    account: str
    attempt: str

    @property
    def exam_path(self) -> str:
        return f"/exams/attempts/{self.attempt}"


class Hall:
    """An instance with the little bank, whose candidates sit down one after the other."""

    def __init__(self, product: Product, records: Records) -> None:
        self.product = product
        self.records = records
        self._seated = 0

    def next_account(self) -> str:
        """Return the account of a candidate who has not sat down yet."""
        account = account_of(self._seated)
        self._seated += 1
        return account

    def seat(self, account: str = "", limit_s: int = LONG_S, *, exam: ExamTerms = TERMS) -> Sitter:
        """Start the attempt of a candidate, of the next one if none is named."""
        account = account or self.next_account()
        with self.records.app.app_context(), transaction() as db_session:
            person = person_of_account_or_none(db_session, account)
            assert person is not None
            terms = replace(exam, limit_s=limit_s)
            attempt = start_attempt(db_session, person.id, terms, now=clock.now())
            return Sitter(account, attempt.public_id)

    def saved(self, sitter: Sitter) -> dict[int, tuple[Any, bool]]:
        """Return what the server has by position: the value and whether it is flagged."""
        with self.records.reading() as db_session:
            held = responses_of(db_session, self._attempt(db_session, sitter).id)
            return {place: (json.loads(row.value), row.flagged) for place, row in held.items()}

    def saved_sequences(self, sitter: Sitter) -> list[int]:
        """Return the client's number of each change that the server's log holds."""
        with self.records.reading() as db_session:
            events = events_of(db_session, self._attempt(db_session, sitter).id)
            return [
                json.loads(one.payload)["client_sequence"] for one in events if one.kind == "saved"
            ]

    def signals(self, sitter: Sitter) -> list[tuple[str, float | None]]:
        """Return the kind and the length of each thing that was noted beside the answers."""
        with self.records.reading() as db_session:
            noted = signals_of(db_session, self._attempt(db_session, sitter).id)
            return [(one.kind, one.seconds) for one in noted]

    def closing(self, sitter: Sitter) -> str | None:
        with self.records.reading() as db_session:
            return self._attempt(db_session, sitter).closing

    def _attempt(self, db_session: Session, sitter: Sitter) -> Attempt:
        found = db_session.scalar(select(Attempt).where(Attempt.public_id == sitter.attempt))
        assert found is not None
        return found
