"""Work on a programme's next version: open, save, propose, return, approve, discard.

Who edited a draft, or proposed it, does not approve it. A published version never changes, and
who is enrolled keeps the version of the enrolment.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.certification.publishing import publish_programmes
from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.programmes.models import DraftEvent, ProgrammeDraft
from app.programmes.shelf import shelf_of
from certificates.diffs import compare
from certificates.lint import Problem, lint_programme
from certificates.programmes import CertificationProgramme

logger = logging.getLogger(__name__)

ID_PATTERN, ID_CHARS = r"[a-z0-9]+(-[a-z0-9]+)*", 40
"""A programme's id: kebab case, short enough for an address."""

WRITING = frozenset({"opened", "edited", "cut", "proposed"})
"""Kinds of events whose actors do not approve: they wrote what is to be approved."""


class DraftStateError(ConflictError):
    """Raised when a draft's state does not allow the act."""

    code = "draft_state"


class ProgrammeExistsError(ConflictError):
    """Raised when a new programme would get an id that is taken."""

    code = "programme_exists"


class DraftChangedError(ConflictError):
    """Raised when somebody saved the draft since it was read."""

    code = "programme_draft_changed"


class DraftProblemsError(ConflictError):
    """Raised when a draft with errors is proposed or approved.

    Attributes:
        problems: Every problem.
    """

    code = "draft_problems"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.code}" for one in problems))
        self.problems = tuple(problems)


def open_draft(
    db_session: Session, programme_id: str, *, actor: str, now: datetime, comment: str = ""
) -> ProgrammeDraft:
    """Open the draft of a programme's next version, or return the one that is open.

    Args:
        db_session: The session of the caller's transaction.
        programme_id: A published programme.
        actor: Who opens it.
        now: The moment (aware).
        comment: What for.

    Raises:
        NotFoundError: If there is no such programme.
    """
    base = certification.newest_programme(db_session, programme_id)
    held = open_draft_or_none(db_session, programme_id)
    if held is not None:
        return held
    body = base.model_dump(mode="json")
    body["version"] = base.version + 1
    draft = ProgrammeDraft(
        programme_id=programme_id,
        version=base.version + 1,
        body=body,
        revision=1,
        state="draft",
        opened_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(draft)
    except IntegrityError:
        held = open_draft_or_none(db_session, programme_id)
        if held is None:
            raise
        return held
    _add_event(db_session, draft, "opened", actor=actor, now=now, comment=comment)
    return draft


def open_first_draft(
    db_session: Session,
    programme_id: str,
    *,
    like: str,
    title: str,
    title_en: str,
    actor: str,
    now: datetime,
) -> ProgrammeDraft:
    """Open the draft of a new programme's first version, written after another programme.

    Args:
        db_session: The session of the caller's transaction.
        programme_id: The new one's, kebab case; given for good.
        like: The published programme whose demands it begins with, and whose level it has.
        title: Chinese title.
        title_en: English title.
        actor: Who opens it.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the id is none.
        NotFoundError: If there is no programme to begin with.
        ProgrammeExistsError: If the id is taken, by a programme or by a draft.
    """
    if len(programme_id) > ID_CHARS or not re.fullmatch(ID_PATTERN, programme_id):
        raise InvalidInputError(f"{programme_id!r}", [{"field": "programme_id", "code": "id"}])
    body = certification.newest_programme(db_session, like).model_dump(mode="json")
    taken = select(ProgrammeDraft.id).where(
        ProgrammeDraft.programme_id == programme_id, ProgrammeDraft.state != "discarded"
    )
    if _is_published(db_session, programme_id) or db_session.scalar(taken.limit(1)) is not None:
        raise ProgrammeExistsError(programme_id)
    body |= {"id": programme_id, "version": 1, "title": title, "title_en": title_en}
    draft = ProgrammeDraft(
        programme_id=programme_id,
        version=1,
        body=body,
        revision=1,
        state="draft",
        opened_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(draft)
    except IntegrityError as error:
        raise ProgrammeExistsError(programme_id) from error
    _add_event(db_session, draft, "opened", actor=actor, now=now, comment=f"like {like}")
    return draft


def _is_published(db_session: Session, programme_id: str) -> bool:
    return any(one.id == programme_id for one in certification.programmes(db_session))


def base_or_none(db_session: Session, draft: ProgrammeDraft) -> CertificationProgramme | None:
    """Return the newest published version of a draft's programme; None before the first."""
    if not _is_published(db_session, draft.programme_id):
        return None
    return certification.newest_programme(db_session, draft.programme_id)


def save_draft(
    db_session: Session,
    draft: ProgrammeDraft,
    body: dict[str, Any],
    *,
    revision: int,
    actor: str,
    now: datetime,
    kind: str = "edited",
    comment: str = "",
) -> None:
    """Save a draft; what is not changed is not recorded.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        body: The whole document.
        revision: The revision that the writer read.
        actor: Who saves.
        now: The moment (aware).
        kind: `edited`, or `cut` for a cut that came in.
        comment: Why.

    Raises:
        DraftStateError: If it is not open for writing.
        DraftChangedError: If somebody saved it since.
    """
    if draft.state != "draft":
        raise DraftStateError(f"{draft!r}")
    if draft.revision != revision:
        raise DraftChangedError(f"{draft!r} is at {draft.revision}, not at {revision}")
    changes = [
        {"field": one.field, "before": one.before, "after": one.after}
        for one in compare(draft.body, body)
        if one.state != "same"
    ]
    if not changes:
        return
    draft.body, draft.revision = body, draft.revision + 1
    _add_event(db_session, draft, kind, actor=actor, now=now, comment=comment, changes=changes)


def propose(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime, comment: str
) -> None:
    """Hand a draft to a second person.

    Raises:
        DraftStateError: If it is not open for writing.
        DraftProblemsError: If it has errors.
    """
    if draft.state != "draft":
        raise DraftStateError(f"{draft!r}")
    checked(db_session, draft)
    draft.state, draft.proposer = "proposed", actor
    _add_event(db_session, draft, "proposed", actor=actor, now=now, comment=comment)


def approve(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime
) -> CertificationProgramme:
    """Publish what was proposed: who enrols from now on is bound to it.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        actor: A second person.
        now: The moment (aware).

    Raises:
        DraftStateError: If it is not proposed.
        SecondPersonRequiredError: If the actor wrote or proposed it.
        DraftProblemsError: If it has errors now: content, or another version, came between.
    """
    if draft.state != "proposed":
        raise DraftStateError(f"{draft!r}")
    if actor in writers_of(db_session, draft):
        raise SecondPersonRequiredError(f"{draft!r}: {actor} wrote it")
    programme = checked(db_session, draft)
    draft.approver, draft.state = actor, "published"
    publish_programmes(db_session, [programme], actor=actor, now=now)
    _add_event(db_session, draft, "published", actor=actor, now=now, comment="")
    return programme


def give_back(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime, comment: str
) -> None:
    """Return a proposed draft to its writers, with the reason.

    Raises:
        DraftStateError: If it is not proposed.
    """
    if draft.state != "proposed":
        raise DraftStateError(f"{draft!r}")
    draft.state, draft.proposer = "draft", None
    _add_event(db_session, draft, "returned", actor=actor, now=now, comment=comment)


def discard(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime, comment: str
) -> None:
    """Give a draft up; its history stays.

    Raises:
        DraftStateError: If it is not open.
    """
    if not draft.is_open:
        raise DraftStateError(f"{draft!r}")
    draft.state = "discarded"
    _add_event(db_session, draft, "discarded", actor=actor, now=now, comment=comment)


def problems_of(
    db_session: Session, draft: ProgrammeDraft
) -> tuple[list[Problem], CertificationProgramme | None]:
    """Return every problem of a draft, and the programme if it is one."""
    base = base_or_none(db_session, draft)
    return lint_programme(draft.body, base=base, shelf=shelf_of(db_session))


def checked(db_session: Session, draft: ProgrammeDraft) -> CertificationProgramme:
    """Return the draft's programme.

    Raises:
        DraftProblemsError: If it has errors.
    """
    problems, programme = problems_of(db_session, draft)
    errors = [one for one in problems if one.is_error]
    if errors or programme is None:
        raise DraftProblemsError(errors)
    return programme


def open_draft_or_none(db_session: Session, programme_id: str) -> ProgrammeDraft | None:
    """Return the draft of a programme that is worked on, if there is one."""
    return db_session.scalar(
        select(ProgrammeDraft).where(
            ProgrammeDraft.programme_id == programme_id,
            ProgrammeDraft.state.in_(("draft", "proposed")),
        )
    )


def draft_of(db_session: Session, public_id: str, *, lock: bool = False) -> ProgrammeDraft:
    """Return a draft.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(ProgrammeDraft).where(ProgrammeDraft.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"draft {public_id}")
    return found


def drafts(db_session: Session) -> Sequence[ProgrammeDraft]:
    """Return every open draft, oldest first."""
    return db_session.scalars(
        select(ProgrammeDraft)
        .where(ProgrammeDraft.state.in_(("draft", "proposed")))
        .order_by(ProgrammeDraft.id)
    ).all()


def events_of(db_session: Session, draft: ProgrammeDraft) -> Sequence[DraftEvent]:
    """Return what was done to a draft, newest first."""
    return db_session.scalars(
        select(DraftEvent).where(DraftEvent.draft_id == draft.id).order_by(DraftEvent.id.desc())
    ).all()


def writers_of(db_session: Session, draft: ProgrammeDraft) -> frozenset[str]:
    """Return who wrote a draft: they do not approve it."""
    return frozenset(
        db_session.scalars(
            select(DraftEvent.actor).where(
                DraftEvent.draft_id == draft.id, DraftEvent.kind.in_(WRITING)
            )
        )
    )


def _add_event(
    db_session: Session,
    draft: ProgrammeDraft,
    kind: str,
    *,
    actor: str,
    now: datetime,
    comment: str,
    changes: Sequence[dict[str, Any]] = (),
) -> None:
    db_session.flush()
    db_session.add(
        DraftEvent(
            draft_id=draft.id,
            kind=kind,
            actor=actor,
            at=now,
            comment=comment,
            changes=list(changes),
        )
    )
    record_act(
        db_session,
        subject=f"programme_draft:{draft.public_id}",
        action=f"programme_draft.{kind}",
        actor=actor,
        now=now,
        details={
            "programme": f"{draft.programme_id}@{draft.version}",
            "revision": draft.revision,
            "fields": [one["field"] for one in changes],
        },
    )
    logger.info("%r %s", draft, kind)
