"""Tables of the committee: the laws that items rest on, and who compared them with the text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


@append_only
class LawEntry(Base):
    """法规引用: an entry of the list of laws; a changed entry is a new row, the newest counts."""

    __tablename__ = "law_entry"
    __table_args__ = (UniqueConstraint("law_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    law_id: Mapped[str]
    number: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # question_bank.laws.Law
    content_hash: Mapped[str]
    published_at: Mapped[datetime]


@append_only
class LawCheck(Base):
    """Somebody compared an entry with the official text and found it right."""

    __tablename__ = "law_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    law_id: Mapped[str] = mapped_column(index=True)
    entry_number: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
