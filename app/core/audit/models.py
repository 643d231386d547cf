"""Tables of the audit log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


class AuditChain(Base):
    """One subject's chain: its length and last hash, so that a missing tail shows."""

    __tablename__ = "audit_chain"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(unique=True)
    length: Mapped[int]
    head_hash: Mapped[str]


@append_only
class AuditEntry(Base):
    """One act; never updated, never deleted (triggers refuse both)."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("audit_chain.id"))
    sequence: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]  # "person:<public id>", "system:<job>", "cli:<command>"
    action: Mapped[str] = mapped_column(index=True)
    details: Mapped[str] = mapped_column(Text)  # canonical JSON
    previous_hash: Mapped[str]
    hash: Mapped[str]


@append_only
class AuditSeal(Base):
    """A signed head over all chains as of one entry."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    last_entry_id: Mapped[int]
    root: Mapped[str]
    signature: Mapped[str]
