"""Tables of the public lists; leaving one deletes the row, the audit log keeps that it was."""

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


class ProviderListing(Base):
    """What one provider lets merchants know; without it no merchant is shown the provider."""

    __tablename__ = "provider_listing"
    __table_args__ = (CheckConstraint("length(introduction) <= 200", name="introduction_short"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), unique=True)
    home: Mapped[str]  # regions.REGIONS
    categories: Mapped[list[str]] = mapped_column(JSON)  # trade.Category
    regions: Mapped[list[str]] = mapped_column(JSON)  # regions.REGIONS, or matching.NATIONWIDE
    stages: Mapped[list[str]] = mapped_column(JSON)  # matching.Stage
    introduction: Mapped[str]
    consent_version: Mapped[int]
    consented_at: Mapped[datetime]
    consented_by: Mapped[str]
    changed_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"ProviderListing(provider={self.provider_id})"
