"""Table of the public register; leaving it deletes the row, the audit log keeps that it was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id


class DirectoryEntry(Base):
    """What one person lets everybody know; shown only while a certificate of theirs is valid."""

    __tablename__ = "directory_entry"
    __table_args__ = (
        CheckConstraint("length(introduction) <= 200", name="introduction_short"),
        Index("ix_directory_entry_region", "region", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    region: Mapped[str]  # regions.REGIONS
    fields: Mapped[list[str]] = mapped_column(JSON)  # regions.Field
    is_available: Mapped[bool]
    shows_provider: Mapped[bool]
    is_indexable: Mapped[bool]  # search engines may keep the person's page
    introduction: Mapped[str]
    place: Mapped[int]  # drawn by chance: the order of the list says nothing
    consent_version: Mapped[int]
    consented_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"DirectoryEntry({self.public_id})"
