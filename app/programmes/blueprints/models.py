"""Tables of blueprint drafts."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.programmes.draft_tables import DocumentDraft, DocumentDraftEvent


class BlueprintDraft(DocumentDraft):
    """The next version of a blueprint while it is worked on: `body` is of an `ExamBlueprint`."""

    __tablename__ = "blueprint_draft"
    subject = "blueprint"

    blueprint_id: Mapped[str] = mapped_column(index=True)


@append_only
class BlueprintDraftEvent(DocumentDraftEvent):
    """Something that was done to a draft; a change is {part, before, after}."""

    __tablename__ = "blueprint_draft_event"
    subject = "blueprint"
    kinds = ("opened", "edited", "proposed", "returned", "published", "discarded")
