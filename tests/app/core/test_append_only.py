"""Facts cannot be changed or deleted, not even by a statement of one's own."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.append_only import APPEND_ONLY
from app.core.audit.services import record_act
from app.core.db import transaction
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"],
)
def test_the_database_refuses(app, statement):
    with transaction() as db_session:
        record_act(db_session, subject="test:1", action="a.b", actor="cli:test", now=NOON)

    with pytest.raises(DBAPIError, match="append-only"), transaction() as db_session:
        db_session.execute(text(statement))


def test_the_tables_of_facts_are_guarded(app):
    assert {"audit_entry", "attempt_event", "attempt_score"} <= set(APPEND_ONLY)
