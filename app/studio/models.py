"""Tables of scenarios; a published version never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


class ScenarioVersion(Base):
    """One version of one scenario; `body` is the strict schema of `simulations.scenarios`."""

    __tablename__ = "scenario_version"
    __table_args__ = (UniqueConstraint("scenario_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    level: Mapped[str]
    is_public: Mapped[bool]  # trains and demonstrates; never counts in production
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(index=True)
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    @property
    def ref(self) -> str:
        return f"{self.scenario_id}@{self.version}"

    def __repr__(self) -> str:
        return f"ScenarioVersion({self.ref})"


@append_only
class ScenarioFinding(Base):
    """Something computed for a scenario: its reference policy, its calibration.

    Stored under the scenario's content hash, so that a finding never outlives the numbers that
    it was made from; a new search adds a row, and the newest counts.
    """

    __tablename__ = "scenario_finding"
    __table_args__ = (Index("ix_scenario_finding_content_hash_kind", "content_hash", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    kind: Mapped[str]  # reference | calibration
    engine_version: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    computed_at: Mapped[datetime]
