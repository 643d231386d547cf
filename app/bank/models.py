"""Tables of the item bank; a published version never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class ItemVersion(Base):
    """One version of one item; `body` is the strict schema of `question_bank.items.Item`."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str]
    version: Mapped[int]
    topic: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    level: Mapped[str]
    pool: Mapped[str] = mapped_column(index=True)
    is_public: Mapped[bool]  # shipped with the product: never drawn in production
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str]
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class CaseVersion(Base):
    """One version of a case group's shared material."""

    __tablename__ = "case_version"
    __table_args__ = (UniqueConstraint("case_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]


class BlueprintVersion(Base):
    """One version of a blueprint."""

    __tablename__ = "blueprint_version"
    __table_args__ = (UniqueConstraint("blueprint_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]


@append_only
class PilotChoice(Base):
    """How many items in the pilot each form of a blueprint carries; the newest row counts.

    It is no part of the blueprint's version: what is tried out is never scored.
    """

    __tablename__ = "blueprint_pilot_choice"
    __table_args__ = (CheckConstraint("pilot_count BETWEEN 0 AND 10", name="count_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_id: Mapped[str] = mapped_column(index=True)
    pilot_count: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


@append_only
class ItemCalibration(Base):
    """Parameters of items on one scale of ability, read from a file; a level's newest row counts.

    They decide how forms are matched and never how anybody is scored.
    """

    __tablename__ = "item_calibration"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    level: Mapped[str] = mapped_column(index=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    note: Mapped[str]  # where the figures come from
    parameters: Mapped[dict[str, dict[str, float]]] = mapped_column(JSON)  # {item id: {a, b, c, n}}
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
