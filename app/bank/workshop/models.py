"""Tables of the workshop. What happened to a draft is only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.bank.workshop.lifecycle import WORKED_ON
from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

_OPEN = text(f"stage IN ({', '.join(repr(str(one)) for one in WORKED_ON)})")


_OPEN_CASE = text("stage IN ('draft', 'review')")


class CaseDraft(Base):
    """A case group being written: shared material, and the items that name it.

    `stage` and `version` are projections of its facts. The items are drafts with a life of their
    own; the group is handed in, and put into use, as a whole.
    """

    __tablename__ = "case_draft"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_counts"),
        Index(
            "uq_case_draft_open",
            "case_id",
            unique=True,
            sqlite_where=_OPEN_CASE,
            postgresql_where=_OPEN_CASE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    case_id: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    base_version: Mapped[int | None]  # what it is a new version of; None for a new group
    version: Mapped[int | None]  # what it was published as
    sheet: Mapped[dict[str, Any]] = mapped_column(JSON)  # workshop.sheets.Sheet: title, exhibit
    revision: Mapped[int] = mapped_column(default=1)
    stage: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    topic: Mapped[str]
    level: Mapped[str]
    pool: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"CaseDraft({self.public_id}, {self.case_id}, {self.stage})"


@append_only
class CaseFact(Base):
    """One thing that happened to a case group; kinds as in `labels.CASE_FACT`."""

    __tablename__ = "case_draft_fact"
    __table_args__ = (UniqueConstraint("draft_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("case_draft.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)


class ItemDraft(Base):
    """An item being written. `stage`, `round` and `version` are projections of its facts.

    `sheet` changes with every save until the draft is submitted; `revision` counts the saves, so
    that two open pages never overwrite each other unseen.
    """

    __tablename__ = "item_draft"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_counts"),
        Index(
            "uq_item_draft_open",
            "item_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    item_id: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    base_version: Mapped[int | None]  # what it is a new version of; None for a new item
    version: Mapped[int | None]  # what it was published as last
    case_draft_id: Mapped[int | None] = mapped_column(ForeignKey("case_draft.id"), index=True)
    case_place: Mapped[int | None]  # in its group, from 1; None stands last, as it was begun
    sheet: Mapped[dict[str, Any]] = mapped_column(JSON)  # workshop.sheets.Sheet
    revision: Mapped[int] = mapped_column(default=1)
    stage: Mapped[str] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str]
    topic: Mapped[str]
    level: Mapped[str]
    stem: Mapped[str]  # for lists and searches
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"ItemDraft({self.public_id}, {self.item_id}, {self.stage})"


@append_only
class DraftFact(Base):
    """One thing that happened to a draft; kinds as in `labels.FACT`."""

    __tablename__ = "item_draft_fact"
    __table_args__ = (UniqueConstraint("draft_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("item_draft.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)


@append_only
class DraftComment(Base):
    """A remark on one part of a draft, or, with `answers_id`, that it is settled."""

    __tablename__ = "item_draft_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("item_draft.id"), index=True)
    round: Mapped[int]
    part: Mapped[str]  # stem, choices.b, rationale, … as `reading.parts_of` names them
    quote: Mapped[str]  # the part's words at that moment
    text: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("item_draft_comment.id"), index=True)


class Interest(Base):
    """Why somebody should not read certain items: declared by themselves, ended by themselves."""

    __tablename__ = "reader_interest"
    __table_args__ = (
        CheckConstraint("kind IN ('topic', 'person', 'provider')", name="kind_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]  # topic code, public id of a person, name of a provider
    note: Mapped[str]
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ItemTag(Base):
    """A word that the committee files items under; of the item, whatever its version."""

    __tablename__ = "item_tag"
    __table_args__ = (UniqueConstraint("item_id", "tag"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str]
    tag: Mapped[str] = mapped_column(index=True)


class SavedView(Base):
    """A search that somebody keeps under a name."""

    __tablename__ = "bank_saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    query: Mapped[str]  # query string of the list


class ExportRequest(Base):
    """Items that somebody wants in a file; a second person lets them, or not."""

    __tablename__ = "bank_export_request"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided_has_outcome"),
        CheckConstraint("decider_id <> requester_id", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    format: Mapped[str]
    item_refs: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str]
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # approved | declined
    downloaded_at: Mapped[datetime | None]


class RetirementRequest(Base):
    """Versions that somebody wants out of use at once; a second person lets it happen, or not."""

    __tablename__ = "bank_retirement_request"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided_has_outcome"),
        CheckConstraint("decider_id <> requester_id", name="two_persons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    item_refs: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str]
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # approved | declined


class ImportBatch(Base):
    """A file that was read without a fault and waits to be taken in, or was."""

    __tablename__ = "bank_import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str]
    format: Mapped[str]
    sha256: Mapped[str]
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {place, item_id, base, body}
    read_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
