"""Work on a programme's next version: the acts of its desk, with what is a programme's own.

A published version never changes, and who is enrolled keeps the version of the enrolment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.certification.publishing import publish_programmes
from app.core.errors import ConflictError
from app.programmes.desk import Body, Changes, Desk
from app.programmes.models import DraftEvent, ProgrammeDraft
from app.programmes.shelf import shelf_of
from certificates.diffs import compare
from certificates.lint import Problem, lint_programme
from certificates.programmes import CertificationProgramme


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


def _changes(before: Body, after: Body) -> Changes:
    return [
        {"field": one.field, "before": one.before, "after": one.after}
        for one in compare(before, after)
        if one.state != "same"
    ]


DESK = Desk(
    drafts=ProgrammeDraft,
    events=DraftEvent,
    changes_of=_changes,
    part="field",
    state_error=DraftStateError,
    changed_error=DraftChangedError,
    exists_error=ProgrammeExistsError,
)

save_draft, give_back, discard = DESK.save, DESK.give_back, DESK.discard
draft_of, drafts, open_draft_or_none = DESK.draft_of, DESK.open_drafts, DESK.open_draft_or_none
events_of, writers_of, waiting_count = DESK.events_of, DESK.writers_of, DESK.waiting_count


def open_draft(
    db_session: Session, programme_id: str, *, actor: str, now: datetime, comment: str = ""
) -> ProgrammeDraft:
    """Open the draft of a programme's next version, or return the one that is open.

    Raises:
        NotFoundError: If there is no such programme.
    """
    body = certification.newest_programme(db_session, programme_id).model_dump(mode="json")
    return DESK.open_next(db_session, programme_id, body, actor=actor, now=now, comment=comment)


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
    body = certification.newest_programme(db_session, like).model_dump(mode="json")
    return DESK.open_first(
        db_session,
        programme_id,
        body | {"title": title, "title_en": title_en},
        is_published=_is_published(db_session, programme_id),
        actor=actor,
        now=now,
        comment=f"like {like}",
    )


def _is_published(db_session: Session, programme_id: str) -> bool:
    return any(one.id == programme_id for one in certification.programmes(db_session))


def base_or_none(db_session: Session, draft: ProgrammeDraft) -> CertificationProgramme | None:
    """Return the newest published version of a draft's programme; None before the first."""
    if not _is_published(db_session, draft.programme_id):
        return None
    return certification.newest_programme(db_session, draft.programme_id)


def propose(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime, comment: str
) -> None:
    """Hand a draft to a second person.

    Raises:
        DraftStateError: If it is not open for writing.
        DraftProblemsError: If it has errors.
    """
    DESK.propose(
        db_session,
        draft,
        lambda: checked(db_session, draft),
        actor=actor,
        now=now,
        comment=comment,
    )


def approve(
    db_session: Session, draft: ProgrammeDraft, *, actor: str, now: datetime
) -> CertificationProgramme:
    """Publish what was proposed: who enrols from now on is bound to it.

    Raises:
        DraftStateError: If it is not proposed.
        SecondPersonRequiredError: If the actor wrote or proposed it.
        DraftProblemsError: If it has errors now: content, or another version, came between.
    """

    def publish() -> CertificationProgramme:
        programme = checked(db_session, draft)
        publish_programmes(db_session, [programme], actor=actor, now=now)
        return programme

    return DESK.approve(db_session, draft, publish, actor=actor, now=now)


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
