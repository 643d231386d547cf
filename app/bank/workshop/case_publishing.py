"""From a group whose items were all accepted to a group in use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import services as bank
from app.bank.models import CaseVersion, ItemVersion
from app.bank.workshop import case_queries, publishing
from app.bank.workshop.case_checking import group_body
from app.bank.workshop.grouping import add_case_fact, check_stage
from app.bank.workshop.lifecycle import OwnDraftError, Stage
from app.bank.workshop.models import CaseDraft
from app.core.errors import ConflictError
from question_bank.items import CaseGroup


class CaseUnreadError(ConflictError):
    """Raised when a group would be published before each of its items was accepted."""

    code = "case_unread"


def publish_case(
    db_session: Session,
    draft: CaseDraft,
    *,
    person_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> CaseGroup:
    """Put a group into use: a new version of its material and of each of its items.

    Items of the version before that are left out now are retired.

    Args:
        db_session: The session of the caller's transaction.
        draft: The group, locked.
        person_id: Who coordinates; never the author.
        reason: Why; 4 to 400 characters.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnDraftError: If the author would do it.
        StageError: If it stands elsewhere.
        CaseUnreadError: If an item was not accepted by both of its readers.
        InvalidInputError: If there is no reason.
    """
    if person_id == draft.author_id:
        raise OwnDraftError(f"{draft!r}: person {person_id} wrote it")
    check_stage(draft, Stage.REVIEW)
    publishing.check_reason(reason)
    members = case_queries.members(db_session, draft)
    if any(one.stage != Stage.ACCEPTED for one in members):
        raise CaseUnreadError(f"{draft!r}")
    version = _next_version(db_session, draft.case_id)
    group = CaseGroup(
        **group_body(case_queries.submitted_body(db_session, draft), draft),
        version=version,
        item_ids=tuple(one.item_id for one in members),
    )
    left_out = _left_out(db_session, group)
    bank.publish_case(db_session, group, actor=actor, now=now)
    for member in members:
        publishing.publish_with_case(
            db_session, member, person_id=person_id, reason=reason, actor=actor, now=now
        )
    for row in left_out:
        publishing.retire_version(
            db_session,
            row,
            person_id=person_id,
            reason=f"left out of {group.ref}",
            actor=actor,
            now=now,
        )
    draft.version = version
    payload = {"version": version, "reason": reason}
    add_case_fact(db_session, draft, "published", person_id, payload, actor=actor, now=now)
    return group


def _left_out(db_session: Session, group: CaseGroup) -> list[ItemVersion]:
    """Return the live items of the version in use that the new one does not have."""
    newest = case_queries.newest_case_or_none(db_session, group.id)
    before = set() if newest is None else set(newest.body["item_ids"])
    return case_queries.live_items(db_session, sorted(before - set(group.item_ids)))


def _next_version(db_session: Session, case_id: str) -> int:
    newest = db_session.scalar(
        select(func.max(CaseVersion.version)).where(CaseVersion.case_id == case_id)
    )
    return (newest or 0) + 1
