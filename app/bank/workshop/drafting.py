"""Write drafts: begin, save, submit, take back, discard. Only the author changes a draft."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.bank.models import ItemVersion
from app.bank.workshop import queries
from app.bank.workshop.checking import Checked, Remark
from app.bank.workshop.lifecycle import CaseWholeError, Fact, Stage, Standing, standing_of
from app.bank.workshop.models import CaseDraft, DraftFact, ItemDraft
from app.bank.workshop.opening import sheet_of_body
from app.bank.workshop.sheets import Sheet, new_sheet, with_first_rows
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.core.ids import new_public_id
from question_bank.items import Item

logger = logging.getLogger(__name__)

STEM_KEPT = 120
"""Characters of a stem that lists show."""


class DraftChangedError(ConflictError):
    """Raised when the draft was saved from elsewhere since the page was opened."""

    code = "draft_changed"


class DraftOpenError(ConflictError):
    """Raised when an item is being worked on already."""

    code = "draft_open"


class DraftFaultyError(InvalidInputError):
    """Raised when a draft with errors would be submitted.

    Attributes:
        remarks: What is to be mended.
    """

    code = "draft_faulty"

    def __init__(self, remarks: tuple[Remark, ...]) -> None:
        errors: list[dict[str, object]] = [{"field": one.part, "code": "faulty"} for one in remarks]
        super().__init__(f"{len(remarks)} faults", errors)
        self.remarks = remarks


def begin_draft(
    db_session: Session,
    *,
    author_id: int,
    kind: str,
    topic: str,
    level: str,
    pool: str,
    case: CaseDraft | None = None,
    actor: str,
    now: datetime,
) -> ItemDraft:
    """Begin a new item; its id is given for good.

    Args:
        db_session: The session of the caller's transaction.
        author_id: Who writes.
        kind: Code of the item schema, as are the next three.
        topic: What it is about.
        level: For whom.
        pool: `exam` or `practice`.
        case: The case group that it is written in.
        actor: The same person, for the audit log.
        now: The moment (aware).
    """
    item_id = f"{level}-{topic.replace('_', '-')}-{new_public_id()[:6]}"
    sheet = new_sheet(kind, topic=topic, level=level, pool=pool)
    if case is not None:
        sheet.fields["case_id"] = case.case_id
    draft = add_draft(
        db_session, item_id, None, sheet, author_id=author_id, actor=actor, now=now, origin="new"
    )
    draft.case_draft_id = None if case is None else case.id
    return draft


def begin_version(
    db_session: Session, row: ItemVersion, *, author_id: int, actor: str, now: datetime
) -> ItemDraft:
    """Begin a new version of a published item.

    Raises:
        DraftOpenError: If somebody works on the item already.
    """
    body = {name: value for name, value in row.body.items() if name not in ("id", "version")}
    sheet = with_first_rows(sheet_of_body(body))
    return add_draft(
        db_session,
        row.item_id,
        row.version,
        sheet,
        author_id=author_id,
        actor=actor,
        now=now,
        origin="version",
    )


def add_draft(
    db_session: Session,
    item_id: str,
    base_version: int | None,
    sheet: Sheet,
    *,
    author_id: int,
    actor: str,
    now: datetime,
    origin: str,
) -> ItemDraft:
    """Add a draft of an item.

    Args:
        db_session: The session of the caller's transaction.
        item_id: Whose draft.
        base_version: The version it follows; None for a new item.
        sheet: What is typed so far.
        author_id: Who answers for it.
        actor: The same person, for the audit log.
        now: The moment (aware).
        origin: `new`, `version`, or `import:<batch>`.

    Raises:
        DraftOpenError: If somebody works on the item already.
    """
    draft = ItemDraft(
        item_id=item_id,
        author_id=author_id,
        base_version=base_version,
        sheet=sheet.to_json(),
        stage=Stage.DRAFT.value,
        created_at=now,
        updated_at=now,
        **_shown(sheet),
    )
    try:
        with db_session.begin_nested():
            db_session.add(draft)
    except IntegrityError as error:
        raise DraftOpenError(item_id) from error
    payload = {"item_id": item_id, "base_version": base_version, "origin": origin}
    add_fact(db_session, draft, "created", author_id, payload, actor=actor, now=now)
    return draft


def _shown(sheet: Sheet) -> dict[str, str]:
    shown = {name: sheet[name] for name in ("kind", "topic", "level")}
    return {**shown, "stem": sheet["stem"][:STEM_KEPT]}


def add_fact(
    db_session: Session,
    draft: ItemDraft,
    kind: str,
    person_id: int,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: str,
    now: datetime,
) -> Standing:
    """Append to a locked draft's facts, bring its projections in line, and put it on record."""
    facts = queries.facts_of(db_session, draft)
    facts.append(Fact(kind, person_id, now, dict(payload or {})))
    db_session.add(
        DraftFact(
            draft_id=draft.id,
            sequence=len(facts),
            kind=kind,
            person_id=person_id,
            at=now,
            payload=dict(payload or {}),
        )
    )
    standing = standing_of(facts)
    draft.stage, draft.round, draft.updated_at = standing.stage.value, standing.round, now
    db_session.flush()
    record_act(
        db_session,
        subject=f"draft:{draft.public_id}",
        action=f"draft.{kind}",
        actor=actor,
        now=now,
        details={"item": draft.item_id, "round": draft.round},
    )
    logger.info("%r %s", draft, kind)
    return standing


def save_draft(
    db_session: Session,
    draft: ItemDraft,
    sheet: Sheet,
    *,
    person_id: int,
    revision: int,
    now: datetime,
) -> bool:
    """Store what is typed; say whether anything changed.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        sheet: All of it.
        person_id: Who saves; only the author may.
        revision: Of the page that saves.
        now: The moment (aware).

    Raises:
        ForbiddenError: If it is somebody else's.
        StageError: If it is not a draft any more.
        DraftChangedError: If another page saved since, and something else.
    """
    queries.standing(db_session, draft).check_author(person_id, Stage.DRAFT)
    if draft.sheet == sheet.to_json():
        return False
    if revision != draft.revision:
        raise DraftChangedError(f"{draft!r}: revision {revision}, stored {draft.revision}")
    draft.sheet = sheet.to_json()
    draft.revision += 1
    draft.updated_at = now
    for name, value in _shown(sheet).items():
        setattr(draft, name, value)
    db_session.flush()
    return True


def submit_draft(
    db_session: Session,
    draft: ItemDraft,
    found: Checked,
    *,
    person_id: int,
    revision: int,
    with_case: bool = False,
    actor: str,
    now: datetime,
) -> None:
    """Hand a draft in: from here on its text stands, two others read it.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        found: What `remarks.checked_draft` says of this revision.
        person_id: The author.
        revision: That was checked.
        with_case: Whether its case group is handed in; one that stands in a group goes with it,
            and by itself only after a reader sent it back.
        actor: The author, for the audit log.
        now: The moment (aware).

    Raises:
        ForbiddenError, StageError: As `save_draft`.
        DraftChangedError: If another revision is stored by now.
        DraftFaultyError: If something has to be mended first.
        CaseWholeError: If it has to wait for its group.
    """
    queries.standing(db_session, draft).check_author(person_id, Stage.DRAFT)
    if not with_case and _is_in_open_case(db_session, draft):
        raise CaseWholeError(f"{draft!r} is handed in with its group")
    if revision != draft.revision:
        raise DraftChangedError(f"{draft!r}: checked {revision}, stored {draft.revision}")
    if found.item is None or not found.is_ready:
        raise DraftFaultyError(tuple(one for one in found.remarks if one.severity == "error"))
    body = found.item.model_dump(mode="json", exclude={"id", "version"})
    payload = {"body": body, "hash": found.item.content_hash()}
    add_fact(db_session, draft, "submitted", person_id, payload, actor=actor, now=now)


def end_draft(
    db_session: Session, draft: ItemDraft, act: str, *, person_id: int, actor: str, now: datetime
) -> None:
    """Take a submitted draft back, or discard one; what happened to it stays on record.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        act: `withdrawn` or `discarded`.
        person_id: The author.
        actor: The author, for the audit log.
        now: The moment (aware).

    Raises:
        ForbiddenError: If it is somebody else's.
        StageError: If it stands elsewhere.
        CaseWholeError: If one of a case group would be discarded: the group drops it.
    """
    if act == "discarded" and draft.case_draft_id is not None:
        raise CaseWholeError(f"{draft!r} is dropped by its group")
    wanted = Stage.REVIEW if act == "withdrawn" else Stage.DRAFT
    queries.standing(db_session, draft).check_author(person_id, wanted)
    add_fact(db_session, draft, act, person_id, actor=actor, now=now)


def _is_in_open_case(db_session: Session, draft: ItemDraft) -> bool:
    """Say whether the material around it is being written still."""
    if draft.case_draft_id is None:
        return False
    return db_session.get_one(CaseDraft, draft.case_draft_id).stage == Stage.DRAFT


def next_version(db_session: Session, item_id: str) -> int:
    """Return the number that the next publication of an item gets."""
    newest = db_session.scalar(
        select(func.max(ItemVersion.version)).where(ItemVersion.item_id == item_id)
    )
    return (newest or 0) + 1


def submitted_item(db_session: Session, draft: ItemDraft) -> Item:
    """Return the item as it was submitted last, with the version it would be published as.

    Raises:
        InvalidInputError: If it was never submitted.
    """
    facts = [one for one in queries.facts_of(db_session, draft) if one.kind == "submitted"]
    if not facts:
        raise InvalidInputError(f"{draft!r} was never submitted")
    version = draft.version or next_version(db_session, draft.item_id)
    body = facts[-1].payload["body"]
    return Item.model_validate({**body, "id": draft.item_id, "version": version})
