"""Reads of case groups in the workshop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.bank.models import CaseVersion, ItemVersion
from app.bank.workshop.lifecycle import Stage
from app.bank.workshop.models import CaseDraft, CaseFact, ItemDraft
from app.core.errors import NotFoundError
from question_bank.items import Pool

IN_ORDER = (ItemDraft.case_place.is_(None), ItemDraft.case_place, ItemDraft.id)
"""Items of a group as candidates get them: placed ones first, then as they were begun."""


def case_draft_of(db_session: Session, public_id: str, *, lock: bool = False) -> CaseDraft:
    """Return a group.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(CaseDraft).where(CaseDraft.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"case draft {public_id}")
    return found


def case_of_draft_or_none(db_session: Session, draft: ItemDraft) -> CaseDraft | None:
    """Return the group that an item is written in, if it is."""
    if draft.case_draft_id is None:
        return None
    return db_session.get_one(CaseDraft, draft.case_draft_id)


def members(db_session: Session, draft: CaseDraft) -> Sequence[ItemDraft]:
    """Return the items of a group in their order, without those that were dropped."""
    return db_session.scalars(
        select(ItemDraft)
        .where(ItemDraft.case_draft_id == draft.id, ItemDraft.stage != Stage.DISCARDED.value)
        .order_by(*IN_ORDER)
    ).all()


def member_of(db_session: Session, draft: CaseDraft, public_id: str) -> ItemDraft:
    """Return one item of a group, locked.

    Raises:
        NotFoundError: If the group has no such item.
    """
    found = db_session.scalar(
        select(ItemDraft)
        .where(ItemDraft.public_id == public_id, ItemDraft.case_draft_id == draft.id)
        .with_for_update()
    )
    if found is None or found.stage == Stage.DISCARDED:
        raise NotFoundError(f"{draft!r}: item draft {public_id}")
    return found


def case_facts(db_session: Session, draft: CaseDraft) -> Sequence[CaseFact]:
    """Return what happened to a group, in order."""
    return db_session.scalars(
        select(CaseFact).where(CaseFact.draft_id == draft.id).order_by(CaseFact.sequence)
    ).all()


def submitted_body(db_session: Session, draft: CaseDraft) -> dict[str, Any]:
    """Return the material as it was handed in last: title and exhibit.

    Raises:
        NotFoundError: If it never was.
    """
    facts = [one for one in case_facts(db_session, draft) if one.kind == "submitted"]
    if not facts:
        raise NotFoundError(f"{draft!r} was never submitted")
    body: dict[str, Any] = facts[-1].payload["body"]
    return body


def case_drafts(db_session: Session, person_id: int) -> Sequence[CaseDraft]:
    """Return the groups in work that somebody may know of, newest first; drafts only their own."""
    own = CaseDraft.author_id == person_id
    return db_session.scalars(
        select(CaseDraft)
        .where(
            CaseDraft.stage.in_((Stage.DRAFT.value, Stage.REVIEW.value)),
            or_(own, CaseDraft.stage == Stage.REVIEW.value),
        )
        .order_by(CaseDraft.updated_at.desc(), CaseDraft.id.desc())
    ).all()


def with_items(
    db_session: Session, drafts: Sequence[CaseDraft]
) -> list[tuple[CaseDraft, list[ItemDraft]]]:
    """Return groups with their items, in the given order."""
    held: dict[int | None, list[ItemDraft]] = {one.id: [] for one in drafts}
    rows = db_session.scalars(
        select(ItemDraft)
        .where(ItemDraft.case_draft_id.in_(list(held)), ItemDraft.stage != Stage.DISCARDED.value)
        .order_by(*IN_ORDER)
    )
    for row in rows:
        held[row.case_draft_id].append(row)
    return [(one, held[one.id]) for one in drafts]


def newest_case_or_none(db_session: Session, case_id: str) -> CaseVersion | None:
    """Return the newest published version of a group."""
    return db_session.scalar(
        select(CaseVersion)
        .where(CaseVersion.case_id == case_id)
        .order_by(CaseVersion.version.desc())
        .limit(1)
    )


def live_items(db_session: Session, item_ids: Sequence[str]) -> list[ItemVersion]:
    """Return the versions in use of some items, in the given order; not what is in the pilot."""
    rows = db_session.scalars(
        select(ItemVersion).where(
            ItemVersion.item_id.in_(list(item_ids)),
            ItemVersion.retired_at.is_(None),
            ItemVersion.pool != Pool.PILOT.value,
        )
    ).all()
    return sorted(rows, key=lambda row: list(item_ids).index(row.item_id))
