"""People of the workshop: an author, two readers, a coordinator; and drafts at their desks."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from app.core.db import db, transaction
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.workshop import SINGLE, add_people


@dataclass
class Desk:
    """One person's browser at the workshop."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: str):
        return self.client.get(f"/bank/workshop{path}", query_string=query)

    def post(self, path: str, data=None, *, json: bool = False, status: int = 303):
        headers = {"Accept": "application/json"} if json else {}
        page = self.client.post(
            f"/bank/workshop{path}",
            data={"csrf_token": self.token, **(data or {})},
            headers=headers,
        )
        assert page.status_code == status, page.text[:600]
        db.session.remove()
        return page

    def begin(self, sheet=None) -> str:
        """Begin a draft and type a sheet in; return its id."""
        sheet = sheet or SINGLE
        start = {name: sheet[name] for name in ("kind", "topic", "level", "pool")}
        public_id = self.post("/new", start).location.rpartition("/")[2]
        self.save(public_id, sheet)
        return public_id

    def save(self, public_id: str, sheet, revision: int = 1, status: int = 200):
        data = {"revision": revision, "do": "save", **sheet}
        return self.post(f"/drafts/{public_id}", data, json=True, status=status)

    def submit(self, sheet=None) -> str:
        public_id = self.begin(sheet)
        self.post(f"/drafts/{public_id}/submit")
        return public_id

    def read(self, public_id: str, answer=None, verdict: str = "accept") -> None:
        self.post(f"/drafts/{public_id}/open")
        self.post(f"/drafts/{public_id}/solve", answer or {"selected": "b"})
        self.post(f"/drafts/{public_id}/decide", {"verdict": verdict, "remark": "先补上人数"})


@pytest.fixture
def desks(app, password_hash):
    """A desk for each of the four, by name."""
    with transaction() as db_session:
        add_people(db_session, password_hash, now=NOON)
    db.session.remove()
    opened: dict[cast.CastMember, Desk] = {}

    def desk(member: cast.CastMember) -> Desk:
        if member not in opened:
            client = sign_in(app, member)
            opened[member] = Desk(client, csrf_token(client))
        return opened[member]

    return desk


def text_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
