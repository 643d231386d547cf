"""Reads of the workshop: drafts with their facts, comments, interests, tags, views on record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank.models import ItemVersion
from app.bank.workshop.lifecycle import WORKED_ON, Fact, Stage, Standing, standing_of
from app.bank.workshop.models import (
    DraftComment,
    DraftFact,
    Interest,
    ItemDraft,
    ItemTag,
    SavedView,
)
from app.core.audit.models import AuditChain, AuditEntry
from app.core.errors import NotFoundError
from question_bank.likeness import Alike, LikenessIndex


def draft_of(db_session: Session, public_id: str, *, lock: bool = False) -> ItemDraft:
    """Return a draft.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(ItemDraft).where(ItemDraft.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"draft {public_id}")
    return found


def facts_of(db_session: Session, draft: ItemDraft) -> list[Fact]:
    """Return what happened to a draft, in order."""
    rows = db_session.scalars(
        select(DraftFact).where(DraftFact.draft_id == draft.id).order_by(DraftFact.sequence)
    )
    return [Fact(row.kind, row.person_id, row.at, row.payload) for row in rows]


def standing(db_session: Session, draft: ItemDraft) -> Standing:
    """Return where a draft stands by its facts."""
    return standing_of(facts_of(db_session, draft))


def open_draft_or_none(db_session: Session, item_id: str) -> ItemDraft | None:
    """Return the draft of an item that is being worked on, if there is one."""
    return db_session.scalar(
        select(ItemDraft).where(ItemDraft.item_id == item_id, ItemDraft.stage.in_(WORKED_ON))
    )


def published_draft_or_none(db_session: Session, item_id: str, version: int) -> ItemDraft | None:
    """Return the draft that a version came from; None for shipped ones."""
    return db_session.scalar(
        select(ItemDraft)
        .where(ItemDraft.item_id == item_id, ItemDraft.version == version)
        .order_by(ItemDraft.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class DraftSearch:
    """What a list of drafts is narrowed to; empty text means any."""

    text: str = ""
    stage: str = ""
    kind: str = ""
    topic: str = ""
    tag: str = ""
    mine: bool = False


def drafts_found(
    db_session: Session, wanted: DraftSearch, *, person_id: int, page: int, size: int
) -> tuple[Sequence[ItemDraft], int]:
    """Return one page of drafts, newest first, and how many there are.

    Args:
        db_session: A session to read with.
        wanted: What to look for.
        person_id: Who looks: drafts that are not submitted are their author's alone.
        page: 1-based.
        size: Drafts on a page.
    """
    own = ItemDraft.author_id == person_id
    hidden = (Stage.DRAFT, Stage.DISCARDED)
    query = select(ItemDraft).where(or_(own, ItemDraft.stage.not_in(hidden)))
    if wanted.mine:
        query = query.where(own)
    if wanted.text:
        query = query.where(
            or_(
                ItemDraft.item_id.contains(wanted.text.lower(), autoescape=True),
                ItemDraft.stem.icontains(wanted.text, autoescape=True),
            )
        )
    for column, code in (
        (ItemDraft.stage, wanted.stage),
        (ItemDraft.kind, wanted.kind),
        (ItemDraft.topic, wanted.topic),
    ):
        if code:
            query = query.where(column == code)
    if not wanted.stage:
        query = query.where(ItemDraft.stage != Stage.DISCARDED)
    if wanted.tag:
        query = query.where(
            ItemDraft.item_id.in_(select(ItemTag.item_id).where(ItemTag.tag == wanted.tag))
        )
    total = db_session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db_session.scalars(
        query.order_by(ItemDraft.updated_at.desc(), ItemDraft.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return rows, total


def stage_counts(db_session: Session, person_id: int) -> dict[str, int]:
    """Return how many drafts stand where; of unsubmitted ones only the person's own."""
    rows = db_session.execute(
        select(ItemDraft.stage, func.count().label("drafts"))
        .where(or_(ItemDraft.stage != Stage.DRAFT, ItemDraft.author_id == person_id))
        .group_by(ItemDraft.stage)
    )
    return {row.stage: row.drafts for row in rows}


def waiting_drafts(db_session: Session, stages: Iterable[str]) -> Sequence[ItemDraft]:
    """Return the drafts of some stages, the one that waits longest first."""
    return db_session.scalars(
        select(ItemDraft)
        .where(ItemDraft.stage.in_(list(stages)))
        .order_by(ItemDraft.updated_at, ItemDraft.id)
    ).all()


def names_of(db_session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """Return display names by primary key."""
    rows = db_session.execute(
        select(Person.id, Person.display_name).where(Person.id.in_(set(person_ids)))
    )
    return {row.id: row.display_name for row in rows}


@dataclass(frozen=True)
class Thread:
    """A comment, and who settled it when."""

    comment: DraftComment
    settled: DraftComment | None


def threads_of(db_session: Session, draft: ItemDraft) -> list[Thread]:
    """Return a draft's comments in order."""
    rows = db_session.scalars(
        select(DraftComment).where(DraftComment.draft_id == draft.id).order_by(DraftComment.id)
    ).all()
    settled = {row.answers_id: row for row in rows if row.answers_id is not None}
    return [Thread(row, settled.get(row.id)) for row in rows if row.answers_id is None]


def interests_of(db_session: Session, person_id: int) -> Sequence[Interest]:
    """Return a person's declared interests that have not ended."""
    return db_session.scalars(
        select(Interest)
        .where(Interest.person_id == person_id, Interest.ended_at.is_(None))
        .order_by(Interest.id)
    ).all()


def conflict_or_none(db_session: Session, person_id: int, draft: ItemDraft) -> Interest | None:
    """Return the declared interest that keeps somebody from reading a draft, if there is one.

    An interest in a topic bars its items, one in a person bars what that person writes, and
    readers do not read authors who declared the same provider.
    """
    author = db_session.get_one(Person, draft.author_id)
    of_author = {
        one.value for one in interests_of(db_session, draft.author_id) if one.kind == "provider"
    }
    for one in interests_of(db_session, person_id):
        if (
            (one.kind == "topic" and one.value == draft.topic)
            or (one.kind == "person" and one.value == author.public_id)
            or (one.kind == "provider" and one.value in of_author)
        ):
            return one
    return None


def tags_of(db_session: Session, item_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return each item's tags in order."""
    out: dict[str, list[str]] = {}
    rows = db_session.execute(
        select(ItemTag.item_id, ItemTag.tag)
        .where(ItemTag.item_id.in_(list(item_ids)))
        .order_by(ItemTag.tag)
    )
    for item_id, tag in rows:
        out.setdefault(item_id, []).append(tag)
    return out


def all_tags(db_session: Session) -> Sequence[str]:
    """Return every tag in use."""
    return db_session.scalars(select(ItemTag.tag).distinct().order_by(ItemTag.tag)).all()


def saved_views(db_session: Session, person_id: int) -> Sequence[SavedView]:
    """Return a person's saved searches."""
    return db_session.scalars(
        select(SavedView).where(SavedView.person_id == person_id).order_by(SavedView.name)
    ).all()


_INDEX: dict[tuple[object, ...], LikenessIndex] = {}
"""The likeness index of this process by the state of the bank; only the newest is kept."""


def similar_items(db_session: Session, item_id: str, stem: str) -> list[tuple[Alike, str]]:
    """Return live items whose stem is like this one, with their stems; not the item itself.

    The index is made once for each state of the bank and process.
    """
    newest = db_session.execute(
        select(ItemVersion.id, ItemVersion.content_hash).order_by(ItemVersion.id.desc()).limit(1)
    ).first()
    retired = db_session.scalar(select(func.count(ItemVersion.retired_at)))
    state = (*(newest or ()), retired)
    if state not in _INDEX:
        rows = db_session.execute(
            select(
                ItemVersion.item_id, ItemVersion.version, ItemVersion.body["stem"].as_string()
            ).where(ItemVersion.retired_at.is_(None))
        )
        _INDEX.clear()
        _INDEX[state] = LikenessIndex((f"{one}@{version}", text) for one, version, text in rows)
    found = [one for one in _INDEX[state].nearest(stem) if one.ref.partition("@")[0] != item_id]
    stems = {
        f"{row.item_id}@{row.version}": row.body["stem"]
        for row in db_session.scalars(
            select(ItemVersion).where(
                ItemVersion.item_id.in_([one.ref.partition("@")[0] for one in found]),
                ItemVersion.retired_at.is_(None),
            )
        )
    }
    return [(one, stems.get(one.ref, "")) for one in found]


def skeleton_twin_or_none(db_session: Session, item_id: str, skeleton: str) -> str | None:
    """Return another live item with the same decision skeleton."""
    return db_session.scalar(
        select(ItemVersion.item_id)
        .where(
            ItemVersion.retired_at.is_(None),
            ItemVersion.item_id != item_id,
            ItemVersion.body["skeleton"].as_string() == skeleton,
        )
        .limit(1)
    )


@dataclass(frozen=True)
class Sight:
    """Somebody saw something that holds a key, and when; `item` is the id behind a draft."""

    subject: str
    action: str
    actor: str
    at: datetime
    item: str


SIGHTS = ("item.viewed", "item.exported", "draft.viewed", "draft.opened")


def sights(
    db_session: Session, *, subject: str = "", actor: str = "", page: int, size: int
) -> tuple[list[Sight], int]:
    """Return who saw which item or draft, newest first, and how many times in all.

    Args:
        db_session: A session to read with.
        subject: Part of an item's ref or of a draft's id; empty for all.
        actor: Of one person, `person:<public id>`; empty for all.
        page: 1-based.
        size: Rows on a page.
    """
    query = (
        select(
            AuditChain.subject,
            AuditEntry.action,
            AuditEntry.actor,
            AuditEntry.at,
            AuditEntry.details,
        )
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .where(AuditEntry.action.in_(SIGHTS))
    )
    if subject:
        query = query.where(AuditChain.subject.contains(subject, autoescape=True))
    if actor:
        query = query.where(AuditEntry.actor == actor)
    total = db_session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db_session.execute(
        query.order_by(AuditEntry.id.desc()).limit(size).offset((page - 1) * size)
    )
    return [
        Sight(row.subject, row.action, row.actor, row.at, json.loads(row.details).get("item", ""))
        for row in rows
    ], total


def live_refs(db_session: Session, *, topic: str, level: str) -> list[str]:
    """Return the versions in use, of a topic and a level where they are given."""
    query = select(ItemVersion.item_id, ItemVersion.version).where(ItemVersion.retired_at.is_(None))
    if topic:
        query = query.where(ItemVersion.topic == topic)
    if level:
        query = query.where(ItemVersion.level == level)
    rows = db_session.execute(query.order_by(ItemVersion.item_id))
    return [f"{item_id}@{version}" for item_id, version in rows]


def authors(db_session: Session) -> list[tuple[str, str]]:
    """Return whoever has written a draft: public id and name."""
    rows = db_session.execute(
        select(Person.public_id, Person.display_name)
        .where(Person.id.in_(select(ItemDraft.author_id)))
        .order_by(Person.display_name)
    )
    return [(public_id, name) for public_id, name in rows]
