"""The audit log: whatever is altered, removed or reordered is found, and where."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.audit.models import AuditChain, AuditEntry
from app.core.audit.seals import faulty_seals, merkle_root, seal_audit, signing_key
from app.core.audit.services import entry_hash, record_act, verify_audit
from app.core.db import db, transaction
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases


@pytest.fixture
def log(app):
    """Three acts on each of two subjects."""
    with transaction() as db_session:
        for n in range(3):
            for subject in ("attempt:one", "room:two"):
                record_act(
                    db_session,
                    subject=subject,
                    action=f"act.{n}",
                    actor="person:x",
                    now=NOON + timedelta(seconds=n),
                    details={"n": n},
                )
    return app


def tamper(*statements: str) -> None:
    """Change rows as somebody with the database's own password would: without the triggers."""
    with transaction() as db_session:
        postgresql = db_session.get_bind().dialect.name == "postgresql"
        for act in ("update", "delete"):
            name = f"audit_entry_no_{act}"
            db_session.execute(
                text(f"DROP TRIGGER {name}" + (" ON audit_entry" if postgresql else ""))
            )
        for statement in statements:
            db_session.execute(text(statement))


WHERE = "chain_id = (SELECT id FROM audit_chain WHERE subject = 'attempt:one')"


def faults():
    with transaction() as db_session:
        return [(f.subject, f.sequence, f.fault) for f in verify_audit(db_session)[1]]


def test_a_true_log_verifies(log):
    with transaction() as db_session:
        count, found = verify_audit(db_session)

    assert found == []
    assert count >= 6


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (f"UPDATE audit_entry SET action = 'act.9' WHERE sequence = 2 AND {WHERE}", (2, "altered")),
        (f"UPDATE audit_entry SET actor = 'x' WHERE sequence = 1 AND {WHERE}", (1, "altered")),
        (f"UPDATE audit_entry SET details = '{{}}' WHERE sequence = 3 AND {WHERE}", (3, "altered")),
        (f"DELETE FROM audit_entry WHERE sequence = 2 AND {WHERE}", (2, "missing")),
        (f"DELETE FROM audit_entry WHERE sequence = 1 AND {WHERE}", (1, "missing")),
        (f"DELETE FROM audit_entry WHERE sequence = 3 AND {WHERE}", (3, "cut")),
    ],
)
def test_the_first_bad_entry_is_named(log, statement, fault):
    tamper(statement)

    assert faults() == [("attempt:one", *fault)]


def test_swapped_entries_are_found(log):
    tamper(
        f"UPDATE audit_entry SET sequence = 99 WHERE sequence = 1 AND {WHERE}",
        f"UPDATE audit_entry SET sequence = 1 WHERE sequence = 2 AND {WHERE}",
        f"UPDATE audit_entry SET sequence = 2 WHERE sequence = 99 AND {WHERE}",
    )

    assert faults() == [("attempt:one", 1, "reordered")]


def test_an_entry_forged_with_its_hash_breaks_the_next_one(log):
    with transaction() as db_session:
        chain = select(AuditChain.id).where(AuditChain.subject == "attempt:one")
        first = db_session.scalars(
            select(AuditEntry).where(AuditEntry.chain_id.in_(chain), AuditEntry.sequence == 1)
        ).one()
        db_session.expunge(first)
    first.actor = "person:y"
    forged = entry_hash("attempt:one", first)

    tamper(
        f"UPDATE audit_entry SET actor = 'person:y', hash = '{forged}' "
        f"WHERE sequence = 1 AND {WHERE}",
        f"UPDATE audit_entry SET previous_hash = '{forged}' WHERE sequence = 2 AND {WHERE}",
    )

    assert faults() == [("attempt:one", 2, "altered")]


def test_a_removed_chain_leaves_entries_that_are_found(log):
    removal = "DELETE FROM audit_chain WHERE subject = 'attempt:one'"
    if db.engine.dialect.name == "postgresql":
        key = "fk_audit_entry_chain_id_audit_chain"
        tamper(f"ALTER TABLE audit_entry DROP CONSTRAINT {key}", removal)
    else:  # a connection of somebody who does not ask for foreign keys
        with closing(sqlite3.connect(db.engine.url.database)) as connection, connection:
            connection.execute(removal)

    assert {fault for _, _, fault in faults()} == {"missing"}


def test_the_command_exits_1(log):
    runner = log.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    db.session.remove()

    tamper(f"UPDATE audit_entry SET actor = 'x' WHERE sequence = 1 AND {WHERE}")

    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert "attempt:one entry 1: altered" in result.output


class TestSeals:
    def seal(self, app):
        with transaction() as db_session:
            return seal_audit(db_session, app.config["SETTINGS"].instance_dir, now=NOON)

    def faulty(self, app):
        key = signing_key(app.config["SETTINGS"].instance_dir).public_key()
        with transaction() as db_session:
            return len(faulty_seals(db_session, key))

    def test_a_sealed_log_may_grow(self, log):
        self.seal(log)
        with transaction() as db_session:
            record_act(db_session, subject="room:two", action="a.b", actor="x", now=NOON)

        assert self.faulty(log) == 0

    def test_nothing_new_is_not_sealed_again(self, log):
        self.seal(log)

        assert self.seal(log) is None

    def test_a_rewritten_history_is_found_though_its_chains_agree(self, log):
        """Whoever holds the database recomputes a chain; the seal still tells."""
        self.seal(log)
        tamper(f"DELETE FROM audit_entry WHERE sequence = 3 AND {WHERE}")
        with transaction() as db_session:
            db_session.execute(
                text(
                    "UPDATE audit_chain SET length = 2, head_hash = (SELECT hash FROM audit_entry "
                    f"WHERE sequence = 2 AND {WHERE}) WHERE subject = 'attempt:one'"
                )
            )

        assert faults() == []
        assert self.faulty(log) == 1


def test_the_merkle_root_is_that_of_rfc_9162(app):
    def leaf(data):
        return hashlib.sha256(b"\x00" + data).digest()

    def node(left, right):
        return hashlib.sha256(b"\x01" + left + right).digest()

    a, b, c = leaf(b"a"), leaf(b"b"), leaf(b"c")

    assert merkle_root([]) == hashlib.sha256(b"").digest()
    assert merkle_root([b"a"]) == a
    assert merkle_root([b"a", b"b", b"c"]) == node(node(a, b), c)
