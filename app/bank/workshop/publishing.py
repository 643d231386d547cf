"""From an accepted draft to an item in use: pilot, publication, retirement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank import services as bank
from app.bank.models import ItemVersion
from app.bank.workshop import queries
from app.bank.workshop.drafting import add_fact, next_version, submitted_item
from app.bank.workshop.lifecycle import CaseWholeError, Stage
from app.bank.workshop.models import ItemDraft
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError
from question_bank.items import Item, Pool

REASON_CHARS = (4, 400)


def can_be_piloted(item: Item) -> bool:
    """Say whether an item is tried out in live forms first, unscored.

    Items for practice need no trial; what people mark or a room scores would cost candidates too
    much; an item of a case comes with its case.
    """
    return item.pool is Pool.EXAM and not item.kind.is_settled_later and item.case_id is None


def pilot(
    db_session: Session, draft: ItemDraft, *, person_id: int, actor: str, now: datetime
) -> Item:
    """Publish an accepted draft into the pilot pool: drawn beside the counted items, never scored.

    Raises:
        StageError: If it was not just accepted.
    """
    queries.standing(db_session, draft).check_stage(Stage.ACCEPTED)
    submitted = submitted_item(db_session, draft)
    version = next_version(db_session, draft.item_id)
    item = submitted.model_copy(update={"pool": Pool.PILOT, "version": version})
    _publish(db_session, draft, item, "piloted", person_id=person_id, actor=actor, now=now)
    return item


def publish(
    db_session: Session,
    draft: ItemDraft,
    *,
    person_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> Item:
    """Put an item into use, as a new version in the pool it was written for.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked: in the pilot, or accepted if it needs none.
        person_id: Who coordinates; never the author.
        reason: What the pilot said, or why there was none; 4 to 400 characters.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnDraftError: If the author would do it.
        StageError: If it stands elsewhere.
        CaseWholeError: If it is put into use with its case group.
        InvalidInputError: If there is no reason.
    """
    standing = queries.standing(db_session, draft)
    standing.check_other(person_id)
    if draft.case_draft_id is not None:
        raise CaseWholeError(f"{draft!r} is published with its group")
    submitted = submitted_item(db_session, draft)
    standing.check_stage(Stage.PILOT if can_be_piloted(submitted) else Stage.ACCEPTED)
    check_reason(reason)
    item = submitted.model_copy(update={"version": next_version(db_session, draft.item_id)})
    _publish(
        db_session, draft, item, "published", reason, person_id=person_id, actor=actor, now=now
    )
    return item


def publish_with_case(
    db_session: Session,
    draft: ItemDraft,
    *,
    person_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Put an accepted item into use with its case group, whose rules were looked at.

    Raises:
        StageError: If it was not accepted.
    """
    queries.standing(db_session, draft).check_stage(Stage.ACCEPTED)
    item = submitted_item(db_session, draft)
    item = item.model_copy(update={"version": next_version(db_session, draft.item_id)})
    _publish(
        db_session, draft, item, "published", reason, person_id=person_id, actor=actor, now=now
    )


def recall(
    db_session: Session,
    draft: ItemDraft,
    *,
    person_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Take an item out of the pilot and give it back to its author to be revised.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked: in the pilot.
        person_id: Who coordinates; never the author.
        reason: What the pilot showed, for the author; 4 to 400 characters.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        OwnDraftError: If the author would do it.
        StageError: If it is not in the pilot.
        InvalidInputError: If there is no reason.
    """
    standing = queries.standing(db_session, draft)
    standing.check_other(person_id)
    standing.check_stage(Stage.PILOT)
    check_reason(reason)
    row = bank_queries.item_version(db_session, f"{draft.item_id}@{draft.version}")
    _retire_row(db_session, row, reason, actor=actor, now=now)
    payload = {"remark": reason, "version": row.version}
    draft.version = None
    add_fact(db_session, draft, "recalled", person_id, payload, actor=actor, now=now)


def retire_version(
    db_session: Session, row: ItemVersion, *, person_id: int, reason: str, actor: str, now: datetime
) -> None:
    """Take a version out of use; forms that hold it keep it.

    Args:
        db_session: The session of the caller's transaction.
        row: The version.
        person_id: Who does it.
        reason: Why; 4 to 400 characters.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        InvalidInputError: If there is no reason.
        StageError: If its draft is worked on otherwise.
    """
    check_reason(reason)
    if row.retired_at is not None:
        return
    _retire_row(db_session, row, reason, actor=actor, now=now)
    draft = queries.published_draft_or_none(db_session, row.item_id, row.version)
    if draft is not None and draft.stage in (Stage.LIVE, Stage.PILOT):
        payload = {"reason": reason, "version": row.version}
        add_fact(db_session, draft, "retired", person_id, payload, actor=actor, now=now)
    db_session.flush()


def _retire_row(
    db_session: Session, row: ItemVersion, reason: str, *, actor: str, now: datetime
) -> None:
    row.retired_at = now
    record_act(
        db_session,
        subject=f"item:{row.item_id}@{row.version}",
        action="item.retired",
        actor=actor,
        now=now,
        details={"reason": reason},
    )


def check_reason(reason: str) -> None:
    """Refuse an act without its reason, 4 to 400 characters.

    Raises:
        InvalidInputError: If there is none, or a story.
    """
    if not REASON_CHARS[0] <= len(reason) <= REASON_CHARS[1]:
        raise InvalidInputError("reason", [{"field": "reason", "code": "length"}])


def _publish(
    db_session: Session,
    draft: ItemDraft,
    item: Item,
    kind: str,
    reason: str = "",
    *,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    bank.publish_version(db_session, item, actor=actor, now=now)
    draft.version = item.version
    payload = {"version": item.version, "hash": item.content_hash(), "reason": reason}
    add_fact(db_session, draft, kind, person_id, payload, actor=actor, now=now)
    if kind == "published":
        _retire_older(db_session, draft, person_id=person_id, actor=actor, now=now)


def _retire_older(
    db_session: Session, draft: ItemDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """End the life of the item's drafts that were in use until now."""
    older = db_session.scalars(
        select(ItemDraft).where(
            ItemDraft.item_id == draft.item_id,
            ItemDraft.id != draft.id,
            ItemDraft.stage == Stage.LIVE.value,
        )
    )
    for one in older:
        payload = {"reason": f"replaced by {draft.version}", "version": one.version}
        add_fact(db_session, one, "retired", person_id, payload, actor=actor, now=now)
