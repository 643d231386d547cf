"""What tables of drafts have in common; what happened to a draft is only added."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id

OPEN_STATES = ("draft", "proposed")

OPEN = text("state IN ('draft', 'proposed')")


class DocumentDraft(Base):
    """The next version of a document while it is worked on; at most one of each is open.

    The body may be unfit for a while: the check stands before the proposal, not before the pen.
    A table adds the document's id as `<subject>_id`.

    Attributes:
        subject: What is drafted, as the table and the audit's subjects call it.
    """

    __abstract__ = True
    subject: ClassVar[str]

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    version: Mapped[int]  # that it is to become
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the document, unchecked
    revision: Mapped[int]  # of the body, counted from 1; who saves names the one they read
    state: Mapped[str]
    opened_at: Mapped[datetime]
    proposer: Mapped[str | None]  # "person:<public id>"
    approver: Mapped[str | None]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint | Index, ...]:
        return (
            CheckConstraint(
                "state IN ('draft', 'proposed', 'published', 'discarded')", name="state"
            ),
            CheckConstraint("approver IS NULL OR approver <> proposer", name="two_persons"),
            CheckConstraint("(state = 'published') = (approver IS NOT NULL)", name="approved"),
            Index(
                f"uq_{cls.subject}_draft_open",
                f"{cls.subject}_id",
                unique=True,
                sqlite_where=OPEN,
                postgresql_where=OPEN,
            ),
        )

    @property
    def document_id(self) -> str:
        found: str = getattr(self, f"{self.subject}_id")
        return found

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({self.public_id}, {self.document_id}@{self.version}, {self.state})"


class DocumentDraftEvent(Base):
    """Something that was done to a draft. A table is guarded by `append_only`.

    Attributes:
        subject: As the draft's.
        kinds: What may be done.
    """

    __abstract__ = True
    subject: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    comment: Mapped[str]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {what, before, after}

    @declared_attr
    @classmethod
    def draft_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey(f"{cls.subject}_draft.id"), index=True)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        told = ", ".join(f"'{kind}'" for kind in cls.kinds)
        return (CheckConstraint(f"kind IN ({told})", name="kind"),)
