"""An operator with the database in hand changes the audit log; `flask audit verify` says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.db import db, transaction
from tests.conftest import NOON
from tests.faults.stored import reading_engine

pytestmark = [pytest.mark.faults, pytest.mark.both_databases]

SUBJECT = "credential:cps2-26"
CHAIN = f"chain_id = (SELECT id FROM audit_chain WHERE subject = '{SUBJECT}')"
DELETE = f"DELETE FROM audit_entry WHERE {CHAIN} AND sequence "


@pytest.fixture
def chains(app: Flask) -> None:
    """Two subjects of four acts each, beside the cast's own."""
    with transaction() as db_session:
        for subject in ("attempt:x3k9", SUBJECT):
            for number in range(4):
                record_act(
                    db_session,
                    subject=subject,
                    action="credential.seen",
                    actor="system:test",
                    now=NOON,
                    details={"number": number},
                )
    db.session.remove()


@pytest.fixture
def tamper(app: Flask, chains: None) -> Iterator[Callable[..., None]]:
    """Change the log behind the guards' back, on a connection of one's own."""
    settings: Settings = app.config["SETTINGS"]
    engine = reading_engine(settings)

    def change(*statements: str) -> None:
        with engine.begin() as connection:
            if not settings.is_sqlite:
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                for name in connection.execute(text(names)).scalars().all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            for statement in statements:
                connection.execute(text(statement))

    yield change
    engine.dispose()


def verify(app: Flask) -> tuple[int, str]:
    """Run the command; return its exit status and everything that it printed."""
    db.session.remove()
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    return result.exit_code, result.output


def test_an_untouched_log_passes(app, chains):
    status, output = verify(app)

    assert status == 0
    assert "0 chains wrong" in output


def update(change: str, sequence: int) -> str:
    return f"UPDATE audit_entry SET {change} WHERE {CHAIN} AND sequence = {sequence}"


@pytest.mark.parametrize(
    ("statements", "first_bad", "fault"),
    [
        ([update("details = '{}'", 2)], 2, "altered"),
        ([update("actor = 'person\\:bob'", 4)], 4, "altered"),
        ([DELETE + "= 1"], 1, "missing"),
        ([DELETE + "= 2"], 2, "missing"),
        ([DELETE + "= 4"], 4, "cut"),
        ([DELETE + "> 0"], 1, "cut"),
        (
            [update("sequence = 9", 2), update("sequence = 2", 3), update("sequence = 3", 9)],
            2,
            "reordered",
        ),
        (
            [DELETE + "= 2", update("sequence = 2", 3), update("sequence = 3", 4)],
            2,
            "reordered",
        ),
    ],
    ids=[
        "altered in the middle",
        "altered at the end",
        "first removed",
        "removed from the middle",
        "last removed",
        "all removed",
        "two swapped",
        "removed and closed up",
    ],
)
def test_the_first_bad_entry_is_named(app, tamper, statements, first_bad, fault):
    tamper(*statements)

    status, output = verify(app)

    assert status == 1
    assert f"{SUBJECT} entry {first_bad}: {fault}" in output
    assert "1 chains wrong" in output


def test_a_chain_without_its_head_is_found(app, tamper):
    tamper(f"DELETE FROM audit_chain WHERE subject = '{SUBJECT}'")

    status, output = verify(app)

    assert status == 1
    assert "entry 1: missing" in output
