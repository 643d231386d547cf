"""Reads of the item bank; what never changes is kept per process."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank.models import BlueprintVersion, CaseVersion, ItemVersion
from app.core.errors import NotFoundError
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import CaseGroup, Item, split_ref

_ITEMS: dict[str, Item] = {}
_CASES: dict[str, CaseGroup] = {}
KEPT = 5000
"""Parsed versions that a process keeps; they are immutable, so they never go stale."""


def items_of(db_session: Session, refs: Iterable[str]) -> list[Item]:
    """Return pinned versions in the given order.

    Raises:
        NotFoundError: If a ref names no version.
    """
    wanted = list(refs)
    lacking = [ref for ref in wanted if ref not in _ITEMS]
    if lacking:
        if len(_ITEMS) > KEPT:
            _ITEMS.clear()
            lacking = wanted
        ids = {split_ref(ref)[0] for ref in lacking}
        rows = db_session.scalars(select(ItemVersion).where(ItemVersion.item_id.in_(ids)))
        for row in rows:
            _ITEMS[f"{row.item_id}@{row.version}"] = Item.model_validate(row.body)
    try:
        return [_ITEMS[ref] for ref in wanted]
    except KeyError as error:
        raise NotFoundError(f"item {error.args[0]}") from None


def case_of(db_session: Session, case_id: str) -> CaseGroup:
    """Return the newest version of a case group's material.

    Raises:
        NotFoundError: If there is none.
    """
    if case_id not in _CASES:
        row = db_session.scalar(
            select(CaseVersion)
            .where(CaseVersion.case_id == case_id)
            .order_by(CaseVersion.version.desc())
            .limit(1)
        )
        if row is None:
            raise NotFoundError(f"case {case_id}")
        _CASES[case_id] = CaseGroup.model_validate(row.body)
    return _CASES[case_id]


def live_bank(db_session: Session, *, include_public: bool) -> ItemBank:
    """Return every item that may be drawn now.

    Args:
        db_session: A session to read with.
        include_public: Whether shipped items count: never in production (style 14).
    """
    query = select(ItemVersion).where(ItemVersion.retired_at.is_(None))
    if not include_public:
        query = query.where(ItemVersion.is_public.is_(False))
    items = [Item.model_validate(row.body) for row in db_session.scalars(query)]
    case_ids = {item.case_id for item in items if item.case_id}
    return ItemBank(items, [case_of(db_session, case_id) for case_id in sorted(case_ids)])


def blueprint_of(db_session: Session, ref: str) -> ExamBlueprint:
    """Return one version of a blueprint.

    Raises:
        NotFoundError: If there is none.
    """
    blueprint_id, version = split_ref(ref)
    row = db_session.scalar(
        select(BlueprintVersion).where(
            BlueprintVersion.blueprint_id == blueprint_id, BlueprintVersion.version == version
        )
    )
    if row is None:
        raise NotFoundError(f"blueprint {ref}")
    return ExamBlueprint.model_validate(row.body)


def blueprints(db_session: Session) -> list[ExamBlueprint]:
    """Return every blueprint version."""
    rows = db_session.scalars(select(BlueprintVersion).order_by(BlueprintVersion.id))
    return [ExamBlueprint.model_validate(row.body) for row in rows]


def counts_by_topic_and_kind(db_session: Session) -> list[tuple[str, str, str, int]]:
    """Return (topic, kind, pool, live items)."""
    rows = db_session.execute(
        select(ItemVersion.topic, ItemVersion.kind, ItemVersion.pool, func.count())
        .where(ItemVersion.retired_at.is_(None))
        .group_by(ItemVersion.topic, ItemVersion.kind, ItemVersion.pool)
        .order_by(ItemVersion.topic, ItemVersion.kind, ItemVersion.pool)
    )
    return [(topic, kind, pool, count) for topic, kind, pool, count in rows]
