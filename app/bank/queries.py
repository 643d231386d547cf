"""Reads of the item bank; what never changes is kept per process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app.bank.models import BlueprintVersion, CaseVersion, ItemVersion, PilotChoice
from app.core.db import read_rows
from app.core.errors import NotFoundError
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.instances import instance_of, split_pinned
from question_bank.items import CaseGroup, Item, Pool, split_ref

_ITEMS: dict[str, Item] = {}
_BY_HASH: dict[str, Item] = {}
_CASES: dict[tuple[str, int], CaseGroup] = {}
_CASE_OF_ITEM: dict[str, CaseGroup] = {}
KEPT = 5000
"""Parsed versions that a process keeps; they are immutable, so they never go stale."""

KEPT_BLUEPRINTS = 100
"""Parsed blueprints that a process keeps."""

FIND_BLUEPRINT = """
SELECT CAST(body AS TEXT) FROM blueprint_version
WHERE blueprint_id = :blueprint_id AND version = :version"""

_AT_ONCE = 500
"""Rows asked for by number in one statement."""


def items_of(db_session: Session, refs: Iterable[str]) -> list[Item]:
    """Return pinned versions in the given order, with the values filled in that a ref pins.

    Raises:
        NotFoundError: If a ref names no version.
        ParameterError: If a ref pins values that are not the item's.
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
        for ref in lacking:
            version_ref, pinned = split_pinned(ref)
            if pinned and version_ref in _ITEMS:
                _ITEMS[ref] = instance_of(_ITEMS[version_ref], pinned)
    try:
        return [_ITEMS[ref] for ref in wanted]
    except KeyError as error:
        raise NotFoundError(f"item {error.args[0]}") from None


def item_of(open_session: Callable[[], Session], ref: str) -> Item:
    """Return one pinned version; the session is opened only if this process never read it."""
    return _ITEMS.get(ref) or items_of(open_session(), [ref])[0]


def case_of(db_session: Session, item: Item) -> CaseGroup:
    """Return the material that a published item version stands with, for good.

    That is the newest version of its case group that was there when the item version was
    published: whoever sat it is shown the same material later, whatever was revised since.

    Raises:
        NotFoundError: If there is no such case group.
    """
    ref = f"{item.id}@{item.version}"
    if ref not in _CASE_OF_ITEM:
        published_at = (
            select(ItemVersion.published_at)
            .where(ItemVersion.item_id == item.id, ItemVersion.version == item.version)
            .scalar_subquery()
        )
        first = (
            select(func.min(CaseVersion.version))
            .where(CaseVersion.case_id == item.case_id)
            .scalar_subquery()
        )
        row = db_session.scalar(
            select(CaseVersion)
            .where(
                CaseVersion.case_id == item.case_id,
                or_(CaseVersion.published_at <= published_at, CaseVersion.version == first),
            )
            .order_by(CaseVersion.version.desc())
            .limit(1)
        )
        if row is None:
            raise NotFoundError(f"case {item.case_id}")
        if len(_CASE_OF_ITEM) >= KEPT:
            _CASE_OF_ITEM.clear()
        _CASE_OF_ITEM[ref] = _parsed_case(row)
    return _CASE_OF_ITEM[ref]


def newest_cases(db_session: Session, case_ids: Iterable[str]) -> list[CaseGroup]:
    """Return the newest version of each case group: what is drawn from now on."""
    newest = (
        select(CaseVersion.case_id, func.max(CaseVersion.version).label("version"))
        .where(CaseVersion.case_id.in_(list(case_ids)))
        .group_by(CaseVersion.case_id)
        .order_by(CaseVersion.case_id)
    )
    wanted = [(case_id, version) for case_id, version in db_session.execute(newest)]
    lacking = {case_id for case_id, version in wanted if (case_id, version) not in _CASES}
    if lacking:
        for row in db_session.scalars(select(CaseVersion).where(CaseVersion.case_id.in_(lacking))):
            _parsed_case(row)
    return [_CASES[one] for one in wanted]


def _parsed_case(row: CaseVersion) -> CaseGroup:
    key = row.case_id, row.version
    if key not in _CASES:
        _CASES[key] = CaseGroup.model_validate(row.body)
    return _CASES[key]


def live_bank(db_session: Session, *, include_public: bool) -> ItemBank:
    """Return every item that may be drawn now.

    Args:
        db_session: A session to read with.
        include_public: Whether shipped items count: never in production (style 14).
    """
    query = select(ItemVersion.id, ItemVersion.content_hash).where(
        ItemVersion.retired_at.is_(None), ItemVersion.pool != Pool.PILOT.value
    )
    if not include_public:
        query = query.where(ItemVersion.is_public.is_(False))
    items = _parsed(db_session, db_session.execute(query).all())
    case_ids = {item.case_id for item in items if item.case_id}
    return ItemBank(items, newest_cases(db_session, case_ids))


def _parsed(db_session: Session, rows: Sequence[Row[int, str]]) -> list[Item]:
    """Return the items of rows, given with their content's hash; read are those not known yet."""
    lacking = [row_id for row_id, content_hash in rows if content_hash not in _BY_HASH]
    if len(_BY_HASH) + len(lacking) > KEPT:
        _BY_HASH.clear()
        lacking = [row_id for row_id, _ in rows]
    for at in range(0, len(lacking), _AT_ONCE):
        part = lacking[at : at + _AT_ONCE]
        for row in db_session.scalars(select(ItemVersion).where(ItemVersion.id.in_(part))):
            _BY_HASH[row.content_hash] = Item.model_validate(row.body)
    return [_BY_HASH[content_hash] for _, content_hash in rows]


def pilot_items(db_session: Session, level: str) -> list[Item]:
    """Return the items of a level that are being tried out."""
    rows = db_session.scalars(
        select(ItemVersion)
        .where(
            ItemVersion.retired_at.is_(None),
            ItemVersion.pool == Pool.PILOT.value,
            ItemVersion.level == level,
        )
        .order_by(ItemVersion.item_id)
    )
    return [Item.model_validate(row.body) for row in rows]


def pilot_refs(db_session: Session) -> set[str]:
    """Return every version that is, or was, in the pilot."""
    rows = db_session.execute(
        select(ItemVersion.item_id, ItemVersion.version).where(ItemVersion.pool == Pool.PILOT.value)
    )
    return {f"{item_id}@{version}" for item_id, version in rows}


def blueprint_of(db_session: Session, ref: str) -> ExamBlueprint:
    """Return one version of a blueprint.

    Raises:
        NotFoundError: If there is none.
    """
    blueprint_id, version = split_ref(ref)
    asked = {"blueprint_id": blueprint_id, "version": version}
    rows = read_rows(db_session, FIND_BLUEPRINT, asked)
    if not rows:
        raise NotFoundError(f"blueprint {ref}")
    return _parsed_blueprint(rows[0][0])


@lru_cache(maxsize=KEPT_BLUEPRINTS)
def _parsed_blueprint(body: str) -> ExamBlueprint:
    """Return the blueprint of a stored body: every start of an exam asks for one of a few."""
    return ExamBlueprint.model_validate(json.loads(body))


def with_pilot_count(db_session: Session, blueprint: ExamBlueprint) -> ExamBlueprint:
    """Return a blueprint with as many items in the pilot as the committee chose for its forms."""
    chosen = db_session.scalar(
        select(PilotChoice.pilot_count)
        .where(PilotChoice.blueprint_id == blueprint.id)
        .order_by(PilotChoice.id.desc())
        .limit(1)
    )
    return blueprint if chosen is None else blueprint.model_copy(update={"pilot_count": chosen})


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


@dataclass(frozen=True)
class ItemSearch:
    """What a list of items is narrowed to; empty text means any.

    Attributes:
        text: Part of the id or of the stem.
        topic, kind, pool: Codes.
        state: `live`, `retired`, or empty for both.
        newest_first: Order by publication instead of by id.
    """

    text: str = ""
    topic: str = ""
    kind: str = ""
    pool: str = ""
    state: str = "live"
    newest_first: bool = False


def items_found(
    db_session: Session, wanted: ItemSearch, *, page: int, size: int
) -> tuple[Sequence[ItemVersion], int]:
    """Return one page of item versions, and how many there are in all.

    Args:
        db_session: A session to read with.
        wanted: What to look for.
        page: 1-based.
        size: Versions on a page.
    """
    query = select(ItemVersion)
    if wanted.text:
        query = query.where(
            or_(
                ItemVersion.item_id.contains(wanted.text.lower(), autoescape=True),
                ItemVersion.body["stem"].as_string().icontains(wanted.text, autoescape=True),
            )
        )
    columns = (ItemVersion.topic, ItemVersion.kind, ItemVersion.pool)
    for column, code in zip(columns, (wanted.topic, wanted.kind, wanted.pool), strict=True):
        if code:
            query = query.where(column == code)
    if wanted.state == "live":
        query = query.where(ItemVersion.retired_at.is_(None))
    elif wanted.state == "retired":
        query = query.where(ItemVersion.retired_at.is_not(None))
    total = db_session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = [ItemVersion.item_id, ItemVersion.version.desc()]
    if wanted.newest_first:
        order.insert(0, ItemVersion.published_at.desc())
    rows = db_session.scalars(query.order_by(*order).limit(size).offset((page - 1) * size)).all()
    return rows, total


def item_version(db_session: Session, ref: str) -> ItemVersion:
    """Return the row of one version.

    Raises:
        NotFoundError: If the ref is malformed, or names no version.
    """
    try:
        item_id, version = split_ref(ref)
    except ValueError as error:
        raise NotFoundError(f"item {ref!r}") from error
    row = db_session.scalar(
        select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.version == version)
    )
    if row is None:
        raise NotFoundError(f"item {ref}")
    return row


def versions_of(db_session: Session, item_id: str) -> Sequence[ItemVersion]:
    """Return every version of an item, newest first."""
    return db_session.scalars(
        select(ItemVersion)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.version.desc())
    ).all()


@dataclass(frozen=True)
class BlueprintSupply:
    """A blueprint with, for each quota in its order, how many live items fit it."""

    blueprint: ExamBlueprint
    fitting_counts: tuple[int, ...]

    @property
    def is_short(self) -> bool:
        """Whether some quota alone cannot be met; being met singly does not prove a form."""
        pairs = zip(self.blueprint.quotas, self.fitting_counts, strict=True)
        return any(count < quota.least for quota, count in pairs)


def blueprint_supplies(db_session: Session, *, include_public: bool) -> list[BlueprintSupply]:
    """Return what the bank holds for each quota of each blueprint.

    Args:
        db_session: A session to read with.
        include_public: Whether shipped items count, as in `live_bank`.
    """
    bank = live_bank(db_session, include_public=include_public)
    out = []
    for blueprint in blueprints(db_session):
        pool = [
            item for item in bank if item.pool is blueprint.pool and item.level == blueprint.level
        ]
        counts = tuple(sum(quota.fits(item) for item in pool) for quota in blueprint.quotas)
        out.append(BlueprintSupply(blueprint, counts))
    return out


def newest_refs(db_session: Session, item_ids: Iterable[str]) -> list[str]:
    """Return the ref of the newest version of each item, in the given order."""
    wanted = list(item_ids)
    rows = db_session.execute(
        select(ItemVersion.item_id, func.max(ItemVersion.version).label("version"))
        .where(ItemVersion.item_id.in_(wanted))
        .group_by(ItemVersion.item_id)
    )
    newest = {row.item_id: row.version for row in rows}
    return [f"{item_id}@{newest[item_id]}" for item_id in wanted if item_id in newest]
