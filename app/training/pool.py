"""What may be practised: the practice half of the bank, and never an item of a live form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank.blueprint_queries import item_parameters
from app.bank.models import ItemVersion
from app.core.errors import NotFoundError
from app.training.skill_map import shipped_skill_map
from question_bank.difficulty import LEVEL_THETA, Curve, calibrated_curve, curve_of
from question_bank.items import Item, ItemKind, Pool, split_ref

SETTLED_LATER = tuple(one.value for one in ItemKind if one.is_settled_later)
"""Kinds whose credit comes from people or from a room: nobody is there to give it in practice."""


@dataclass(frozen=True)
class PracticePool:
    """Every item that may be practised now, with its skill and its curve, by item id."""

    items: Mapping[str, Item]
    skills: Mapping[str, str]
    curves: Mapping[str, Curve]


def practice_pool(db_session: Session) -> PracticePool:
    """Return what may be practised now."""
    rows = db_session.execute(
        select(ItemVersion.item_id, ItemVersion.version)
        .where(
            ItemVersion.pool == Pool.PRACTICE.value,
            ItemVersion.retired_at.is_(None),
            ItemVersion.kind.not_in(SETTLED_LATER),
        )
        .order_by(ItemVersion.item_id, ItemVersion.version)
    )
    refs = tuple(f"{item_id}@{version}" for item_id, version in rows)
    items = {one.id: one for one in bank_queries.items_of(db_session, refs)}
    calibrated = calibrated_curves(db_session)
    skill_of = shipped_skill_map().skill_of_item
    return PracticePool(
        items,
        {name: skill_of(item) for name, item in items.items()},
        {name: curve_of(item, calibrated) for name, item in items.items()},
    )


def calibrated_curves(db_session: Session) -> dict[str, Curve]:
    """Return the curves of all items that were calibrated, by item id."""
    curves: dict[str, Curve] = {}
    for level in LEVEL_THETA:
        curves |= {
            name: calibrated_curve(level, one.a, one.b, one.c)
            for name, one in item_parameters(db_session, level).items()
        }
    return curves


def practised_item(db_session: Session, ref: str) -> Item:
    """Return the version that an answer names, if it may be practised at all.

    A version that was retired since it was shown still takes its answer.

    Raises:
        NotFoundError: If there is no such version, or it is reserved for live forms, or nobody
            could score it at once: to a learner all of these do not exist.
        ParameterError: If the ref pins figures that are not the item's.
    """
    try:
        item_id, version = split_ref(ref)
    except ValueError as error:
        raise NotFoundError(f"item {ref!r}") from error
    found = db_session.scalar(
        select(ItemVersion.id).where(
            ItemVersion.item_id == item_id,
            ItemVersion.version == version,
            ItemVersion.pool == Pool.PRACTICE.value,
            ItemVersion.kind.not_in(SETTLED_LATER),
        )
    )
    if found is None:
        raise NotFoundError(f"item {ref!r} is not practised")
    item = bank_queries.items_of(db_session, [ref])[0]
    if item.parametric is not None:
        raise NotFoundError(f"item {ref!r} names no figures")
    return item
