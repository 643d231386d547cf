"""Case groups in the workshop: shared material and its items, written and published as one.

Readers solve each item of a group by itself, blind, with the material before them. The text of the
material stands from submission on; opening it again takes every item back, because what they were
accepted with is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.bank.models import CaseVersion
from app.bank.workshop import case_queries, drafting
from app.bank.workshop.case_checking import MOST_ITEMS, CheckedCase
from app.bank.workshop.checking import Remark
from app.bank.workshop.lifecycle import Stage, StageError
from app.bank.workshop.models import CaseDraft, CaseFact, ItemDraft
from app.bank.workshop.opening import open_exhibit
from app.bank.workshop.sheets import Sheet
from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.core.ids import new_public_id

logger = logging.getLogger(__name__)


class CaseFaultyError(InvalidInputError):
    """Raised when a group with errors would be submitted.

    Attributes:
        remarks: What of the group as a whole is to be mended.
    """

    code = "case_faulty"

    def __init__(self, remarks: Sequence[Remark]) -> None:
        errors: list[dict[str, object]] = [{"field": one.part, "code": "faulty"} for one in remarks]
        super().__init__(f"{len(remarks)} faults of the group, or some of its items", errors)
        self.remarks = tuple(remarks)


class CaseFullError(ConflictError):
    """Raised when a group would get a seventh item."""

    code = "case_full"


def begin_case(
    db_session: Session,
    *,
    author_id: int,
    topic: str,
    level: str,
    pool: str,
    actor: str,
    now: datetime,
) -> CaseDraft:
    """Begin a case group; its id, level and pool are given for good.

    Args:
        db_session: The session of the caller's transaction.
        author_id: Who writes.
        topic: What it is mostly about; each item has a topic of its own.
        level: For whom.
        pool: `exam` or `practice`.
        actor: The same person, for the audit log.
        now: The moment (aware).
    """
    case_id = f"case-{level}-{new_public_id()[:6]}"
    return _add(
        db_session,
        CaseDraft(case_id=case_id, topic=topic, level=level, pool=pool),
        Sheet(),
        author_id=author_id,
        actor=actor,
        now=now,
    )


def begin_case_version(
    db_session: Session, row: CaseVersion, *, author_id: int, actor: str, now: datetime
) -> CaseDraft:
    """Begin a new version of a published group: its material and a draft of each live item.

    Args:
        db_session: The session of the caller's transaction.
        row: The newest version of the group.
        author_id: Who writes.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        StageError: If none of its items is in use any more.
        DraftOpenError: If somebody works on the group, or on one of its items.
    """
    items = case_queries.live_items(db_session, row.body["item_ids"])
    if not items:
        raise StageError(f"{row.case_id}: no item is in use")
    sheet = Sheet({"title": row.body["title"]})
    open_exhibit(sheet, row.body["exhibit"])
    first = items[0]
    draft = _add(
        db_session,
        CaseDraft(
            case_id=row.case_id,
            base_version=row.version,
            topic=first.topic,
            level=first.level,
            pool=row.body["pool"],
        ),
        sheet,
        author_id=author_id,
        actor=actor,
        now=now,
    )
    for item in items:
        member = drafting.begin_version(db_session, item, author_id=author_id, actor=actor, now=now)
        member.case_draft_id = draft.id
    db_session.flush()
    return draft


def _add(
    db_session: Session,
    draft: CaseDraft,
    sheet: Sheet,
    *,
    author_id: int,
    actor: str,
    now: datetime,
) -> CaseDraft:
    draft.author_id, draft.stage = author_id, Stage.DRAFT.value
    draft.sheet, draft.title = sheet.to_json(), sheet["title"]
    draft.created_at = draft.updated_at = now
    try:
        with db_session.begin_nested():
            db_session.add(draft)
    except IntegrityError as error:
        raise drafting.DraftOpenError(draft.case_id) from error
    payload = {"case_id": draft.case_id, "base_version": draft.base_version}
    add_case_fact(db_session, draft, "created", author_id, payload, actor=actor, now=now)
    return draft


def save_case(
    db_session: Session,
    draft: CaseDraft,
    sheet: Sheet,
    *,
    person_id: int,
    revision: int,
    now: datetime,
) -> bool:
    """Store the material as typed; say whether anything changed.

    Raises:
        ForbiddenError: If it is somebody else's.
        StageError: If it is not a draft any more.
        DraftChangedError: If another page saved since, and something else.
    """
    check_author(draft, person_id, Stage.DRAFT)
    if draft.sheet == sheet.to_json():
        return False
    if revision != draft.revision:
        raise drafting.DraftChangedError(f"{draft!r}: revision {revision}, stored {draft.revision}")
    draft.sheet, draft.title = sheet.to_json(), sheet["title"]
    draft.revision += 1
    draft.updated_at = now
    db_session.flush()
    return True


def add_item(
    db_session: Session,
    draft: CaseDraft,
    *,
    kind: str,
    topic: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> ItemDraft:
    """Begin an item of the group.

    Raises:
        ForbiddenError, StageError: As `save_case`.
        CaseFullError: If it has six.
    """
    check_author(draft, person_id, Stage.DRAFT)
    if len(case_queries.members(db_session, draft)) >= MOST_ITEMS:
        raise CaseFullError(f"{draft!r}")
    member = drafting.begin_draft(
        db_session,
        author_id=person_id,
        kind=kind,
        topic=topic,
        level=draft.level,
        pool=draft.pool,
        case=draft,
        actor=actor,
        now=now,
    )
    _touch(db_session, draft, now)
    return member


def drop_item(
    db_session: Session,
    draft: CaseDraft,
    member: ItemDraft,
    *,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Take an item out of the group; of a published group it is retired at the publication.

    Raises:
        ForbiddenError, StageError: As `save_case`.
    """
    check_author(draft, person_id, Stage.DRAFT)
    drafting.add_fact(db_session, member, "discarded", person_id, actor=actor, now=now)
    _touch(db_session, draft, now)


def move_item(
    db_session: Session,
    draft: CaseDraft,
    member: ItemDraft,
    *,
    step: int,
    person_id: int,
    now: datetime,
) -> None:
    """Let an item of the group change places with its neighbour; at an end it stays.

    Args:
        db_session: The session of the caller's transaction.
        draft: The group, locked.
        member: One of its items.
        step: -1 towards the first item, 1 towards the last.
        person_id: The author.
        now: The moment (aware).

    Raises:
        ForbiddenError, StageError: As `save_case`.
    """
    check_author(draft, person_id, Stage.DRAFT)
    held = list(case_queries.members(db_session, draft))
    place = held.index(member)
    other = place + step
    if 0 <= other < len(held):
        held[place], held[other] = held[other], held[place]
    for number, one in enumerate(held, 1):
        one.case_place = number
    _touch(db_session, draft, now)


def submit_case(
    db_session: Session,
    draft: CaseDraft,
    found: CheckedCase,
    *,
    person_id: int,
    revision: int,
    actor: str,
    now: datetime,
) -> None:
    """Hand the group in: material and items stand, each item is read by two others.

    Args:
        db_session: The session of the caller's transaction.
        draft: The group, locked.
        found: What `case_checking.checked_case` says of these revisions.
        person_id: The author.
        revision: Of the material that was checked.
        actor: The author, for the audit log.
        now: The moment (aware).

    Raises:
        ForbiddenError, StageError: As `save_case`.
        DraftChangedError: If the material, or an item, was saved since it was checked.
        CaseFaultyError: If something has to be mended first.
    """
    check_author(draft, person_id, Stage.DRAFT)
    if revision != draft.revision:
        raise drafting.DraftChangedError(f"{draft!r}: checked {revision}")
    if found.body is None or not found.is_ready:
        raise CaseFaultyError([one for one in found.remarks if one.severity == "error"])
    members = case_queries.members(db_session, draft)
    if [one.id for one in members] != [one.draft_id for one in found.members]:
        raise drafting.DraftChangedError(f"{draft!r}: other items than were checked")
    for member, checked in zip(members, found.members, strict=True):
        drafting.submit_draft(
            db_session,
            member,
            checked.found,
            person_id=person_id,
            revision=checked.revision,
            with_case=True,
            actor=actor,
            now=now,
        )
    payload = {"body": found.body, "items": [one.item_id for one in members]}
    add_case_fact(db_session, draft, "submitted", person_id, payload, actor=actor, now=now)


def reopen_case(
    db_session: Session, draft: CaseDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Open the material again: every item comes back, acceptances are void.

    Raises:
        ForbiddenError, StageError: If it is not the author's, or not handed in.
    """
    check_author(draft, person_id, Stage.REVIEW)
    for member in case_queries.members(db_session, draft):
        if member.stage != Stage.DRAFT:
            drafting.add_fact(db_session, member, "withdrawn", person_id, actor=actor, now=now)
    add_case_fact(db_session, draft, "reopened", person_id, actor=actor, now=now)


def discard_case(
    db_session: Session, draft: CaseDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Give a group up with its items; what happened to them stays on record.

    Raises:
        ForbiddenError, StageError: As `save_case`.
    """
    check_author(draft, person_id, Stage.DRAFT)
    for member in case_queries.members(db_session, draft):
        drafting.add_fact(db_session, member, "discarded", person_id, actor=actor, now=now)
    add_case_fact(db_session, draft, "discarded", person_id, actor=actor, now=now)


def check_author(draft: CaseDraft, person_id: int, stage: Stage) -> None:
    """Refuse whoever is not the author, and any other stage.

    Raises:
        ForbiddenError: If it is not their group.
        StageError: If it stands elsewhere.
    """
    if person_id != draft.author_id:
        raise ForbiddenError(f"{draft!r}: person {person_id} did not write it")
    check_stage(draft, stage)


def check_stage(draft: CaseDraft, stage: Stage) -> None:
    """Refuse any other stage.

    Raises:
        StageError: If it stands elsewhere.
    """
    if draft.stage != stage:
        raise StageError(f"{draft!r}: wanted {stage}")


def _touch(db_session: Session, draft: CaseDraft, now: datetime) -> None:
    draft.updated_at = now
    db_session.flush()


STAGE_AFTER = {
    "created": Stage.DRAFT,
    "submitted": Stage.REVIEW,
    "reopened": Stage.DRAFT,
    "published": Stage.LIVE,
    "discarded": Stage.DISCARDED,
}
"""Where a group stands after its newest fact."""


def add_case_fact(
    db_session: Session,
    draft: CaseDraft,
    kind: str,
    person_id: int,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Append to a locked group's facts, bring its stage in line, and put it on record."""
    draft.stage, draft.updated_at = STAGE_AFTER[kind].value, now
    db_session.flush()
    count = db_session.scalar(
        select(func.count()).select_from(CaseFact).where(CaseFact.draft_id == draft.id)
    )
    db_session.add(
        CaseFact(
            draft_id=draft.id,
            sequence=(count or 0) + 1,
            kind=kind,
            person_id=person_id,
            at=now,
            payload=dict(payload or {}),
        )
    )
    db_session.flush()
    record_act(
        db_session,
        subject=f"case_draft:{draft.public_id}",
        action=f"case_draft.{kind}",
        actor=actor,
        now=now,
        details={"case": draft.case_id},
    )
    logger.info("%r %s", draft, kind)
