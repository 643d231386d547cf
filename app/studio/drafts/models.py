"""Tables of scenario drafts. What happened to a draft is only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

_OPEN = text("stage IN ('draft', 'review', 'accepted')")
_ACTIVE = text("status IN ('queued', 'running')")


class ScenarioDraft(Base):
    """A scenario being written; `stage`, `round` and `published_ref` are projections of its facts.

    `body` changes with every save until the draft is handed in, and may contradict itself
    meanwhile; `revision` counts the saves, so that two authors never overwrite each other unseen.
    """

    __tablename__ = "scenario_draft"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_counts"),
        Index(
            "uq_scenario_draft_open",
            "scenario_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    scenario_id: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]  # that it would be published as
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation: Mapped[str | None]  # whose data it is made of: only its author sees it
    origin: Mapped[str]  # `new:<ref>`, `version:<ref>`, or as the caller names it
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    first_body: Mapped[dict[str, Any]] = mapped_column(JSON)  # what it is compared with
    yardstick: Mapped[dict[str, Any]] = mapped_column(JSON)  # the latest reference known
    revision: Mapped[int] = mapped_column(default=1)
    stage: Mapped[str] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=0)
    title: Mapped[str]
    level: Mapped[str]
    published_ref: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"ScenarioDraft({self.public_id}, {self.scenario_id}@{self.version}, {self.stage})"


@append_only
class ScenarioDraftFact(Base):
    """One thing that happened to a draft; kinds as in `standing.AFTER` and `labels.FACT`."""

    __tablename__ = "scenario_draft_fact"
    __table_args__ = (UniqueConstraint("draft_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("scenario_draft.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)


class ScenarioDraftStep(Base):
    """One save: what each changed path held before; the newest one that stands can be undone."""

    __tablename__ = "scenario_draft_step"
    __table_args__ = (UniqueConstraint("draft_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("scenario_draft.id"), index=True)
    revision: Mapped[int]  # that it led to
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {path, old, new}
    undone_at: Mapped[datetime | None]


class ScenarioRun(Base):
    """A calibration in the background: waits, runs, tells how far it is, and keeps its result.

    A run whose process died is taken up again by the next one: `beat_at` says who is alive.
    """

    __tablename__ = "scenario_run"
    __table_args__ = (
        CheckConstraint("kind IN ('fine', 'release')", name="kind_known"),
        CheckConstraint(
            "status IN ('queued', 'running', 'done', 'cancelled', 'failed')", name="status_known"
        ),
        Index(
            "uq_scenario_run_active",
            "draft_id",
            "kind",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("scenario_draft.id"), index=True)
    revision: Mapped[int]
    kind: Mapped[str]  # fine: while writing | release: with the search for the reference
    content_hash: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(index=True)
    done_units: Mapped[int] = mapped_column(default=0)
    all_units: Mapped[int] = mapped_column(default=1)
    holder: Mapped[str | None]
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None]

    def __repr__(self) -> str:
        return f"ScenarioRun({self.public_id}, {self.kind}, {self.status})"
