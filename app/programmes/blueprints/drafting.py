"""Work on a blueprint's next version: the acts of its desk, with what is a blueprint's own.

A published version never changes: exams are drawn by the version that a programme names, until a
programme names another one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import blueprint_queries
from app.bank import services as bank
from app.bank.models import BlueprintVersion
from app.core.errors import ConflictError
from app.programmes.blueprints.checking import Checked
from app.programmes.blueprints.models import BlueprintDraft, BlueprintDraftEvent
from app.programmes.desk import Body, Changes, Desk
from question_bank.blueprint_changes import blueprint_changes
from question_bank.blueprints import ExamBlueprint


class BlueprintDraftStateError(ConflictError):
    """Raised when a draft's state does not allow the act."""

    code = "blueprint_draft_state"


class BlueprintExistsError(ConflictError):
    """Raised when a new blueprint would get an id that is taken."""

    code = "blueprint_exists"


class BlueprintDraftChangedError(ConflictError):
    """Raised when somebody saved the draft since it was read."""

    code = "blueprint_draft_changed"


class BlueprintUnfitError(ConflictError):
    """Raised when a draft with faults, or that no form can be drawn by, goes on its way."""

    code = "blueprint_unfit"


def _changes(before: Body, after: Body) -> Changes:
    return [
        {"part": one.part, "before": one.before, "after": one.after}
        for one in blueprint_changes(before, after)
    ]


DESK = Desk(
    drafts=BlueprintDraft,
    events=BlueprintDraftEvent,
    changes_of=_changes,
    part="part",
    state_error=BlueprintDraftStateError,
    changed_error=BlueprintDraftChangedError,
    exists_error=BlueprintExistsError,
)

save_draft, give_back, discard = DESK.save, DESK.give_back, DESK.discard
draft_of, drafts, open_draft_or_none = DESK.draft_of, DESK.open_drafts, DESK.open_draft_or_none
events_of, writers_of, waiting_count = DESK.events_of, DESK.writers_of, DESK.waiting_count


def open_draft(
    db_session: Session, blueprint_id: str, *, actor: str, now: datetime
) -> BlueprintDraft:
    """Open the draft of a blueprint's next version, or return the one that is open.

    Raises:
        NotFoundError: If there is no such blueprint.
    """
    body = blueprint_queries.newest_blueprint(db_session, blueprint_id).model_dump(mode="json")
    return DESK.open_next(db_session, blueprint_id, body, actor=actor, now=now)


def open_first_draft(
    db_session: Session,
    blueprint_id: str,
    *,
    like: str,
    title: str,
    actor: str,
    now: datetime,
) -> BlueprintDraft:
    """Open the draft of a new blueprint's first version, written after another blueprint.

    Args:
        db_session: The session of the caller's transaction.
        blueprint_id: The new one's, kebab case; given for good.
        like: The published blueprint that it begins with, and whose level and pool it has.
        title: Chinese title.
        actor: Who opens it.
        now: The moment (aware).

    Raises:
        InvalidInputError: If the id is none.
        NotFoundError: If there is no blueprint to begin with.
        BlueprintExistsError: If the id is taken, by a blueprint or by a draft.
    """
    body = blueprint_queries.newest_blueprint(db_session, like).model_dump(mode="json")
    return DESK.open_first(
        db_session,
        blueprint_id,
        body | {"title": title},
        is_published=bool(blueprint_queries.blueprint_versions(db_session, blueprint_id)),
        actor=actor,
        now=now,
        comment=like,
    )


def propose(
    db_session: Session,
    draft: BlueprintDraft,
    found: Checked,
    *,
    actor: str,
    now: datetime,
    comment: str,
) -> None:
    """Hand a draft to a second person.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        found: What `checking.checked_body` said; drawing takes long, so it is done before.
        actor: Who proposes.
        now: The moment (aware).
        comment: Why.

    Raises:
        BlueprintDraftStateError: If it is not open for writing.
        BlueprintDraftChangedError: If it was saved since it was checked.
        BlueprintUnfitError: If it has faults, or no form can be drawn by it.
    """
    DESK.propose(
        db_session,
        draft,
        lambda: _fit_blueprint(draft, found),
        actor=actor,
        now=now,
        comment=comment,
    )


def approve(
    db_session: Session, draft: BlueprintDraft, found: Checked, *, actor: str, now: datetime
) -> ExamBlueprint:
    """Publish what was proposed; which programme draws by it is for the programme to say.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        found: What `checking.checked_body` said just now.
        actor: A second person.
        now: The moment (aware).

    Raises:
        BlueprintDraftStateError: If it is not proposed, or another version came between.
        SecondPersonRequiredError: If the actor wrote or proposed it.
        BlueprintDraftChangedError: If it was saved since it was checked.
        BlueprintUnfitError: If no form can be drawn by it any more.
    """

    def publish() -> ExamBlueprint:
        newest = db_session.scalar(
            select(func.max(BlueprintVersion.version)).where(
                BlueprintVersion.blueprint_id == draft.blueprint_id
            )
        )
        if (newest or 0) >= draft.version:
            raise BlueprintDraftStateError(f"{draft!r}: version {newest} is published")
        blueprint = _fit_blueprint(draft, found)
        bank.publish_blueprint(db_session, blueprint, actor=actor, now=now)
        return blueprint

    return DESK.approve(db_session, draft, publish, actor=actor, now=now)


def _fit_blueprint(draft: BlueprintDraft, found: Checked) -> ExamBlueprint:
    if found.revision != draft.revision:
        raise BlueprintDraftChangedError(f"{draft!r}: checked {found.revision}")
    if found.blueprint is None or not found.is_fit:
        raise BlueprintUnfitError(f"{draft!r}: {len(found.faults)} faults")
    return found.blueprint
