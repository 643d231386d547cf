"""The desk that a document's next version is written at: one person writes, another publishes.

Open, save, propose, return, discard, publish; who wrote or proposed a draft does not publish it.
What a document holds, when it is fit and what publishing does is for the caller to say.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.programmes.draft_tables import OPEN_STATES, DocumentDraft, DocumentDraftEvent

logger = logging.getLogger(__name__)

ID_PATTERN, ID_CHARS = r"[a-z0-9]+(-[a-z0-9]+)*", 40
"""A document's id: kebab case, short enough for an address."""

WRITING = frozenset({"opened", "edited", "cut", "proposed"})
"""Kinds of events whose actors do not publish: they wrote what is to be published."""

Draft = TypeVar("Draft", bound=DocumentDraft)
Event = TypeVar("Event", bound=DocumentDraftEvent)
Document = TypeVar("Document")

Body = dict[str, Any]
Changes = list[dict[str, Any]]


@dataclass(frozen=True)
class Desk(Generic[Draft, Event]):
    """Drafts of one kind of document, with what is done to them.

    An act takes the session of the caller's transaction, a locked draft, who does it, the moment
    (aware) and a comment: why. In a state that does not allow it, it raises `state_error`.

    Attributes:
        drafts: Their table.
        events: The table of what was done.
        changes_of: Tells two bodies apart; each change names its `part`.
        part: The key of a change under which it says what changed.
        state_error: Raised when a draft's state does not allow the act.
        changed_error: Raised when somebody saved the draft since it was read.
        exists_error: Raised when a new document would get an id that is taken.
    """

    drafts: type[Draft]
    events: type[Event]
    changes_of: Callable[[Body, Body], Changes]
    part: str
    state_error: type[ConflictError]
    changed_error: type[ConflictError]
    exists_error: type[ConflictError]

    def open_next(
        self,
        db_session: Session,
        document_id: str,
        body: Body,
        *,
        actor: str,
        now: datetime,
        comment: str = "",
    ) -> Draft:
        """Open the draft of a document's next version, or return the one that is open.

        `body` is that of the newest published version.
        """
        held = self.open_draft_or_none(db_session, document_id)
        if held is not None:
            return held
        try:
            return self._added(
                db_session,
                document_id,
                body | {"version": body["version"] + 1},
                actor=actor,
                now=now,
                comment=comment,
            )
        except IntegrityError:
            held = self.open_draft_or_none(db_session, document_id)
            if held is None:
                raise
            return held

    def open_first(
        self,
        db_session: Session,
        document_id: str,
        body: Body,
        *,
        is_published: bool,
        actor: str,
        now: datetime,
        comment: str,
    ) -> Draft:
        """Open the draft of a new document's first version, which begins with `body`.

        The id is given for good; `is_published` says whether a document has it.

        Raises:
            InvalidInputError: If the id is none.
            ConflictError: `exists_error`, if the id is taken, by a document or by a draft.
        """
        if len(document_id) > ID_CHARS or not re.fullmatch(ID_PATTERN, document_id):
            field = f"{self.drafts.subject}_id"
            raise InvalidInputError(f"{document_id!r}", [{"field": field, "code": "id"}])
        if is_published or self.open_draft_or_none(db_session, document_id) is not None:
            raise self.exists_error(document_id)
        body = body | {"id": document_id, "version": 1}
        try:
            return self._added(db_session, document_id, body, actor=actor, now=now, comment=comment)
        except IntegrityError as error:
            raise self.exists_error(document_id) from error

    def _added(
        self,
        db_session: Session,
        document_id: str,
        body: Body,
        *,
        actor: str,
        now: datetime,
        comment: str,
    ) -> Draft:
        draft = self.drafts(
            version=body["version"], body=body, revision=1, state="draft", opened_at=now
        )
        setattr(draft, f"{self.drafts.subject}_id", document_id)
        with db_session.begin_nested():
            db_session.add(draft)
        self._note(db_session, draft, "opened", actor=actor, now=now, comment=comment)
        return draft

    def save(
        self,
        db_session: Session,
        draft: Draft,
        body: Body,
        *,
        revision: int,
        actor: str,
        now: datetime,
        kind: str = "edited",
        comment: str = "",
    ) -> None:
        """Save the whole document; what is not changed is not recorded.

        `revision` is the one that the writer read, `kind` what else a writer does than editing.

        Raises:
            ConflictError: `changed_error`, if somebody saved it since.
        """
        self._require(draft, "draft")
        if draft.revision != revision:
            raise self.changed_error(f"{draft!r} is at {draft.revision}, not at {revision}")
        if draft.body == body:
            return
        changes = self.changes_of(draft.body, body)
        draft.body, draft.revision = body, draft.revision + 1
        if changes:  # an empty row, or another order of the same rows, is no change to tell
            self._note(
                db_session, draft, kind, actor=actor, now=now, comment=comment, changes=changes
            )
        db_session.flush()

    def propose(
        self,
        db_session: Session,
        draft: Draft,
        check: Callable[[], object],
        *,
        actor: str,
        now: datetime,
        comment: str,
    ) -> None:
        """Hand a draft to a second person; `check` raises if it is not fit."""
        self._require(draft, "draft")
        check()
        draft.state, draft.proposer = "proposed", actor
        self._note(db_session, draft, "proposed", actor=actor, now=now, comment=comment)

    def approve(
        self,
        db_session: Session,
        draft: Draft,
        publish: Callable[[], Document],
        *,
        actor: str,
        now: datetime,
    ) -> Document:
        """Publish what was proposed; `publish` does it, or raises if it is not fit any more.

        Raises:
            SecondPersonRequiredError: If the actor wrote or proposed it.
        """
        self._require(draft, "proposed")
        if actor in self.writers_of(db_session, draft):
            raise SecondPersonRequiredError(f"{draft!r}: {actor} wrote it")
        document = publish()
        draft.approver, draft.state = actor, "published"
        self._note(db_session, draft, "published", actor=actor, now=now)
        return document

    def give_back(
        self, db_session: Session, draft: Draft, *, actor: str, now: datetime, comment: str
    ) -> None:
        """Return a proposed draft to its writers, with the reason."""
        self._require(draft, "proposed")
        draft.state, draft.proposer = "draft", None
        self._note(db_session, draft, "returned", actor=actor, now=now, comment=comment)

    def discard(
        self, db_session: Session, draft: Draft, *, actor: str, now: datetime, comment: str
    ) -> None:
        """Give a draft up; its history stays."""
        self._require(draft, *OPEN_STATES)
        draft.state = "discarded"
        self._note(db_session, draft, "discarded", actor=actor, now=now, comment=comment)

    def draft_of(self, db_session: Session, public_id: str, *, lock: bool = False) -> Draft:
        """Return a draft.

        Raises:
            NotFoundError: If there is none of that id.
        """
        query = select(self.drafts).where(self.drafts.public_id == public_id)
        found = db_session.scalar(query.with_for_update() if lock else query)
        if found is None:
            raise NotFoundError(f"draft {public_id}")
        return found

    def open_draft_or_none(self, db_session: Session, document_id: str) -> Draft | None:
        """Return the draft of a document that is worked on, if there is one."""
        column: ColumnElement[str] = getattr(self.drafts, f"{self.drafts.subject}_id")
        return db_session.scalar(
            select(self.drafts).where(column == document_id, self.drafts.state.in_(OPEN_STATES))
        )

    def open_drafts(self, db_session: Session) -> Sequence[Draft]:
        """Return every open draft, oldest first."""
        return db_session.scalars(
            select(self.drafts).where(self.drafts.state.in_(OPEN_STATES)).order_by(self.drafts.id)
        ).all()

    def waiting_count(self, db_session: Session, actor: str) -> int:
        """Return how many proposed drafts somebody may publish: all that they did not write."""
        wrote = select(self.events.draft_id).where(
            self.events.actor == actor, self.events.kind.in_(WRITING)
        )
        return (
            db_session.scalar(
                select(func.count())
                .select_from(self.drafts)
                .where(self.drafts.state == "proposed", self.drafts.id.not_in(wrote))
            )
            or 0
        )

    def events_of(self, db_session: Session, draft: Draft) -> Sequence[Event]:
        """Return what was done to a draft, newest first."""
        return db_session.scalars(
            select(self.events)
            .where(self.events.draft_id == draft.id)
            .order_by(self.events.id.desc())
        ).all()

    def writers_of(self, db_session: Session, draft: Draft) -> frozenset[str]:
        """Return who wrote or proposed a draft: none of them publishes it."""
        return frozenset(
            db_session.scalars(
                select(self.events.actor).where(
                    self.events.draft_id == draft.id, self.events.kind.in_(WRITING)
                )
            )
        )

    def _require(self, draft: Draft, *states: str) -> None:
        if draft.state not in states:
            raise self.state_error(f"{draft!r}")

    def _note(
        self,
        db_session: Session,
        draft: Draft,
        kind: str,
        *,
        actor: str,
        now: datetime,
        comment: str = "",
        changes: Sequence[dict[str, Any]] = (),
    ) -> None:
        db_session.flush()
        db_session.add(
            self.events(
                draft_id=draft.id,
                kind=kind,
                actor=actor,
                at=now,
                comment=comment,
                changes=list(changes),
            )
        )
        subject = self.drafts.subject
        record_act(
            db_session,
            subject=f"{subject}_draft:{draft.public_id}",
            action=f"{subject}_draft.{kind}",
            actor=actor,
            now=now,
            details={
                subject: f"{draft.document_id}@{draft.version}",
                "revision": draft.revision,
                f"{self.part}s": list(dict.fromkeys(one[self.part] for one in changes)),
            },
        )
        logger.info("%r %s", draft, kind)
