"""One candidate's exam page inside the test's process, which any thread may speak for."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import db, transaction
from app.exams.models import Attempt, AttemptEvent
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.exams import start_little_attempt


class Desk:
    """Alice at her running attempt on the little bank."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        client = sign_in(app, cast.ALICE)
        self._headers = {"X-CSRFToken": csrf_token(client)}
        self._cookies = [client.get_cookie(name) for name in ("caopan", "caopan-form")]
        with app.app_context():
            with transaction() as db_session:
                alice = person_of_account_or_none(db_session, cast.ALICE.account)
                assert alice is not None
                attempt = start_little_attempt(db_session, alice.id, now=clock.now())
                self.path = f"/exams/attempts/{attempt.public_id}"
                self._refs = attempt.item_refs
            db.session.remove()
        self._epoch = self.post("state", {"take_over": True}).json["writer_epoch"]

    def _client(self) -> Any:
        client = self.app.test_client()
        for cookie in self._cookies:
            assert cookie is not None
            client.set_cookie(cookie.key, cookie.value)
        return client

    def post(self, what: str, body: dict[str, Any]) -> Any:
        return self._client().post(f"{self.path}/{what}", json=body, headers=self._headers)

    def look(self) -> Any:
        """Ask for the attempt's state: a request that only reads."""
        return self._client().get(f"{self.path}/state")

    def save(self, number: int) -> Any:
        """Save the change of that number; a repeat is the same request."""
        position = 1 + number % len(self._refs)
        numeric = self._refs[position - 1].startswith("numeric")
        value: dict[str, Any] = {"number": "2.5"} if numeric else {"selected": []}
        body = {
            "key": f"save-key-{number}",
            "position": position,
            "value": value,
            "flagged": True,
            "sequence": number,
            "writer_epoch": self._epoch,
        }
        return self.post("save", body)

    def submit(self) -> Any:
        return self.post("submit", {"key": "submit-key-1"})

    def saved_count(self) -> int:
        """How many changes the database holds."""
        with self.app.app_context():
            query = select(AttemptEvent.id).where(AttemptEvent.kind == "saved")
            rows = db.session().scalars(query).all()
            db.session.remove()
        return len(rows)

    def attempt(self) -> Attempt:
        """The row as it is committed now, detached."""
        with self.app.app_context():
            attempt = db.session().scalars(select(Attempt)).one()
            db.session().expunge(attempt)
            db.session.remove()
        return attempt
