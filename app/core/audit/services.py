"""Write the audit log, and check it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.models import AuditChain, AuditEntry
from app.core.db import driver_sql, to_driver
from app.core.hashing import GENESIS, canonical_json, digest

FIND_CHAIN = """
SELECT id, length, head_hash FROM audit_chain WHERE subject = :subject /*lock*/"""

BEGIN_CHAIN = """
INSERT INTO audit_chain (subject, length, head_hash) VALUES (:subject, 0, :head) RETURNING id"""

ADD_ENTRY = """
INSERT INTO audit_entry (chain_id, sequence, at, actor, action, details, previous_hash, hash)
VALUES (:chain_id, :sequence, :at, :actor, :action, :details, :previous_hash, :hash)"""

ADVANCE_CHAIN = """
UPDATE audit_chain SET length = :length, head_hash = :head WHERE id = :id"""


def record_act(
    db_session: Session,
    *,
    subject: str,
    action: str,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one act to its subject's chain, in the caller's transaction.

    Statements on the driver, over the same connection: every change of the product writes one,
    and by the ORM that would be the dearest part of many of them.

    Args:
        db_session: The session of the caller's transaction.
        subject: `kind:public_id`, for example `attempt:x3k9…`.
        action: `noun.verb`, for example `credential.issued`.
        actor: `person:<public id>`, `system:<job>` or `cli:<command>`.
        now: When (aware).
        details: JSON values; never answers, keys or secrets.
    """
    db_session.flush()
    cursor: Any = db_session.connection().connection.cursor()
    try:
        cursor.execute(driver_sql(FIND_CHAIN), {"subject": subject})
        chain = cursor.fetchone()
        if chain is None:
            cursor.execute(driver_sql(BEGIN_CHAIN), {"subject": subject, "head": GENESIS})
            chain = (cursor.fetchone()[0], 0, GENESIS)
        chain_id, length, head = chain
        entry = AuditEntry(
            chain_id=chain_id,
            sequence=length + 1,
            at=now,
            actor=actor,
            action=action,
            details=canonical_json(details or {}),
            previous_hash=head,
        )
        hashed = entry_hash(subject, entry)
        cursor.execute(
            driver_sql(ADD_ENTRY),
            {
                "chain_id": chain_id,
                "sequence": entry.sequence,
                "at": to_driver(now),
                "actor": actor,
                "action": action,
                "details": entry.details,
                "previous_hash": head,
                "hash": hashed,
            },
        )
        advanced = {"length": entry.sequence, "head": hashed, "id": chain_id}
        cursor.execute(driver_sql(ADVANCE_CHAIN), advanced)
    finally:
        cursor.close()


def entry_hash(subject: str, entry: AuditEntry) -> str:
    """Return the hash that binds an entry to its content, its place and its predecessor."""
    return digest(
        {
            "subject": subject,
            "sequence": entry.sequence,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "action": entry.action,
            "details": json.loads(entry.details),
            "previous": entry.previous_hash,
        }
    )


@dataclass(frozen=True)
class AuditFault:
    """The first thing found wrong in a chain."""

    subject: str
    sequence: int
    fault: str  # altered | missing | reordered | cut


def verify_audit(db_session: Session) -> tuple[int, list[AuditFault]]:
    """Recompute every chain.

    Returns:
        The number of entries read, and the first fault of each faulty chain, by subject.
    """
    checked = 0
    faults = []
    for chain in db_session.scalars(select(AuditChain).order_by(AuditChain.id)):
        entries = db_session.scalars(
            select(AuditEntry).where(AuditEntry.chain_id == chain.id).order_by(AuditEntry.sequence)
        ).all()
        count, fault = _verify_chain(chain, entries)
        checked += count
        if fault is not None:
            faults.append(fault)
    known = select(AuditChain.id)
    for orphan in db_session.scalars(select(AuditEntry).where(AuditEntry.chain_id.not_in(known))):
        faults.append(AuditFault(f"chain {orphan.chain_id}", orphan.sequence, "missing"))
    return checked, faults


def chain_of(db_session: Session, subject: str) -> tuple[list[AuditEntry], AuditFault | None]:
    """Return the entries of a subject's chain, recomputed, and the first fault in it, if any."""
    chain = db_session.scalar(select(AuditChain).where(AuditChain.subject == subject))
    if chain is None:
        return [], AuditFault(subject, 1, "missing")
    entries = list(
        db_session.scalars(
            select(AuditEntry).where(AuditEntry.chain_id == chain.id).order_by(AuditEntry.sequence)
        )
    )
    return entries, _verify_chain(chain, entries)[1]


def _verify_chain(
    chain: AuditChain, entries: Sequence[AuditEntry]
) -> tuple[int, AuditFault | None]:
    previous = GENESIS
    count = 0
    for entry in entries:
        count += 1
        if entry.sequence != count:
            return count, AuditFault(chain.subject, count, "missing")
        if entry.previous_hash != previous:
            return count, AuditFault(chain.subject, count, "reordered")
        if entry.hash != entry_hash(chain.subject, entry):
            return count, AuditFault(chain.subject, count, "altered")
        previous = entry.hash
    if count != chain.length or previous != chain.head_hash:
        return count, AuditFault(chain.subject, count + 1, "cut")
    return count, None
