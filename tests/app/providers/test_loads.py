"""Pages ask the database as often for many as for few."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.accounts import queries as accounts
from app.core import clock
from app.core.db import db, transaction
from app.providers import queries, staffing
from app.providers.months import last_complete_month
from tests import cast
from tests.conftest import sign_in
from tests.factories.providers import MIDDLING, employ, little_provider, report


@contextmanager
def counted_queries():
    """Count the statements of the reading engine."""
    seen: list[str] = []

    def count(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(db.engines["read"], "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(db.engines["read"], "before_cursor_execute", count)


def queries_of(client, path):
    with counted_queries() as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.parametrize("path", ["/provider", "/provider/staff"])
def test_more_providers_and_people_cost_no_more_queries(app, db_session, provider, path):
    now = clock.now()
    month = last_complete_month(now)
    report(db_session, ("YF-1", month, MIDDLING), now=now)
    db_session.commit()
    db.session.remove()
    as_dave = sign_in(app, cast.DAVE)
    few = queries_of(as_dave, path)

    with transaction() as own:
        for n in range(5):
            little_provider(own, f"P-{n}", now=now)
        report(own, *((f"P-{n}", month, MIDDLING) for n in range(5)), now=now)
        mine = queries.provider_by_code(own, "YF-1")
        for member in (cast.ALICE, cast.BOB):
            person = accounts.person_of_account_or_none(own, member.account)
            employ(own, mine, person, now=now)
        for n in range(4):
            staffing.invite_staff(own, mine, f"n{n}@example.cn", "", actor="person:d", now=now)

    assert queries_of(as_dave, path) == few
