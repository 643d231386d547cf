"""What the bank says against a draft: twins, likeness, unknown names."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank.models import CaseVersion, ItemVersion
from app.bank.workshop import drafting, queries
from app.bank.workshop.bodies import compiled
from app.bank.workshop.checking import Checked, Remark, checked
from app.bank.workshop.labels import BANK_REMARK
from app.bank.workshop.lifecycle import WORKED_ON
from app.bank.workshop.models import CaseDraft, ItemDraft
from app.bank.workshop.sheets import Sheet
from question_bank.items import Item, ItemKind
from question_bank.likeness import NEAR_DUPLICATE


def checked_draft(db_session: Session, draft: ItemDraft, sheet: Sheet | None = None) -> Checked:
    """Check a draft by itself and against the bank.

    Args:
        db_session: A session to read with.
        draft: The draft.
        sheet: What to check instead of what is stored.
    """
    version = drafting.next_version(db_session, draft.item_id)
    body = compiled(Sheet.of_json(draft.sheet) if sheet is None else sheet)
    found = checked(body, draft.item_id, version)
    if found.item is None:
        return found
    remarks = {*found.remarks, *bank_remarks(db_session, found.item)}
    return Checked(found.item, tuple(sorted(remarks)))


def bank_remarks(db_session: Session, item: Item) -> list[Remark]:
    """Return what the rest of the bank says against an item: twins, likeness, unknown names."""
    out = []
    if twin := queries.skeleton_twin_or_none(db_session, item.id, item.skeleton):
        out.append(_error("properties", _words("skeleton", ref=twin)))
    for alike, _stem in queries.similar_items(db_session, item.id, item.stem):
        if alike.share >= NEAR_DUPLICATE:
            share = f"{alike.share:.0%}"
            out.append(_error("stem", _words("duplicate", ref=alike.ref, share=share)))
    known = set(
        db_session.scalars(select(ItemVersion.item_id).where(ItemVersion.item_id.in_(item.enemies)))
    )
    if unknown := sorted(set(item.enemies) - known):
        out.append(_error("enemies", _words("enemies", ref="、".join(unknown))))
    if item.case_id is not None:
        if not _is_written_in_case(db_session, item) and not _holds_case(db_session, item):
            out.append(_error("properties", _words("case", ref=item.case_id)))
        if item.exhibit is not None:
            out.append(_error("exhibit", _words("own_exhibit")))
    if item.kind is ItemKind.ROOM and not _knows_scenario(db_session, item):
        out.append(_error("answer", _words("scenario", ref=item.room and item.room.scenario_ref)))
    return out


def _error(part: str, text: str) -> Remark:
    return Remark("error", part, "", text)


def _words(code: str, **values: object) -> str:
    return str(BANK_REMARK[code]) % values


def _holds_case(db_session: Session, item: Item) -> bool:
    """Say whether the case group is there and counts this item among its own."""
    body = db_session.scalar(
        select(CaseVersion.body)
        .where(CaseVersion.case_id == item.case_id)
        .order_by(CaseVersion.version.desc())
        .limit(1)
    )
    return body is not None and item.id in body["item_ids"]


def _is_written_in_case(db_session: Session, item: Item) -> bool:
    """Say whether the item is being written in its case group."""
    found = db_session.scalar(
        select(ItemDraft.id)
        .join(CaseDraft, CaseDraft.id == ItemDraft.case_draft_id)
        .where(
            ItemDraft.item_id == item.id,
            ItemDraft.stage.in_(WORKED_ON),
            CaseDraft.case_id == item.case_id,
        )
    )
    return found is not None


def _knows_scenario(db_session: Session, item: Item) -> bool:
    """Say whether the scenario is published; the studio is no layer below the bank."""
    wanted = item.room.scenario_ref if item.room else ""
    return bool(current_app.extensions["scenario_is_published"](db_session, wanted))
