"""Signed heads over the whole audit log: who can rewrite the database cannot rewrite these.

A chain alone can be recomputed by whoever may write to the table. A seal is a Merkle root over
the newest entry of every chain, signed by a key that is a file and not a row, and copied to a
file that is exported off the machine (docs/operations.md). Hashing as in RFC 9162, section 2.1:
leaves are prefixed 0x00, inner nodes 0x01.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit.models import AuditChain, AuditEntry, AuditSeal
from app.core.hashing import canonical_json

DOMAIN = b"caopan audit head v1\n"
"""What a signature of this key is for, so that it can serve for nothing else."""


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of RFC 9162, section 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = merkle_root(leaves[:split]), merkle_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def signing_key(instance_dir: Path) -> Ed25519PrivateKey:
    """Return this instance's key for heads, made on first use and readable by its owner only."""
    path = instance_dir / "audit_head_key.pem"
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        try:
            path.hardlink_to(draft)  # of two processes that start at once, one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def seal_audit(db_session: Session, instance_dir: Path, *, now: datetime) -> AuditSeal | None:
    """Sign the log as it stands; returns None if nothing was added since the last seal."""
    if db_session.get_bind().dialect.name == "postgresql":
        # Wait for writers: a lower id must not commit after the seal that should cover it.
        db_session.execute(text("LOCK TABLE audit_entry IN SHARE MODE"))
    last_id = db_session.scalar(select(func.max(AuditEntry.id))) or 0
    newest = db_session.scalar(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1))
    if newest is not None and newest.last_entry_id == last_id:
        return None
    root = root_at(db_session, last_id).hex()
    signature = signing_key(instance_dir).sign(_signed(last_id, root, now))
    seal = AuditSeal(
        at=now,
        last_entry_id=last_id,
        root=root,
        signature=base64.b64encode(signature).decode(),
    )
    db_session.add(seal)
    db_session.flush()
    return seal


def export_seal(seal: AuditSeal, instance_dir: Path) -> None:
    """Append a committed seal to the file that operators copy off the machine."""
    line = canonical_json(
        {
            "at": seal.at.isoformat(),
            "last_entry_id": seal.last_entry_id,
            "root": seal.root,
            "signature": seal.signature,
        }
    )
    with (instance_dir / "audit_heads.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def root_at(db_session: Session, last_entry_id: int) -> bytes:
    """Return the Merkle root over every chain's newest entry up to an entry id."""
    newest = (
        select(func.max(AuditEntry.id).label("id"))
        .where(AuditEntry.id <= last_entry_id)
        .group_by(AuditEntry.chain_id)
        .subquery()
    )
    rows = db_session.execute(
        select(AuditChain.subject, AuditEntry.sequence, AuditEntry.hash)
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .join(newest, newest.c.id == AuditEntry.id)
        .order_by(AuditEntry.id)
    )
    return merkle_root([canonical_json(list(row)).encode() for row in rows])


def faulty_seals(db_session: Session, public_key: Ed25519PublicKey) -> list[int]:
    """Return the ids of seals whose signature is wrong or whose state the log no longer has."""
    faulty = []
    for seal in db_session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        try:
            public_key.verify(
                base64.b64decode(seal.signature), _signed(seal.last_entry_id, seal.root, seal.at)
            )
        except InvalidSignature:
            faulty.append(seal.id)
            continue
        if root_at(db_session, seal.last_entry_id).hex() != seal.root:
            faulty.append(seal.id)
    return faulty


def _signed(last_entry_id: int, root: str, at: datetime) -> bytes:
    return DOMAIN + canonical_json([last_entry_id, root, at.isoformat()]).encode()
