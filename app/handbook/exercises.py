"""The items that end a chapter, with key and reason behind a fold; only practice items."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.bank.presenting import choice_text, key_text, rich_text
from app.bank.queries import items_of, newest_refs
from app.handbook.chapters import Chapter
from question_bank.items import ItemKind, Pool

SHOWN_KINDS = {
    ItemKind.SINGLE_CHOICE,
    ItemKind.MULTIPLE_CHOICE,
    ItemKind.TRUE_FALSE,
    ItemKind.NUMERIC,
}
"""Kinds that read on paper as on a screen."""


@dataclass(frozen=True)
class Exercise:
    """An item as a chapter shows it; stem, key and reason are safe HTML or plain words."""

    ref: str
    stem: str
    several: bool
    choices: tuple[tuple[str, str], ...]
    key: str
    rationale: str


def exercises_of(db_session: Session, chapter: Chapter) -> list[Exercise]:
    """Return the items of a chapter that stand in the bank's practice pool.

    An item that has moved to an examination's pool is left out: its key is no longer told.
    """
    refs = newest_refs(db_session, chapter.front.items)
    return [
        Exercise(
            ref=item.ref,
            stem=rich_text(item.stem),
            several=item.kind is ItemKind.MULTIPLE_CHOICE,
            choices=tuple((one, choice_text(item, one)) for one in item.choices),
            key=key_text(item),
            rationale=rich_text(item.rationale),
        )
        for item in items_of(db_session, refs)
        if item.pool is Pool.PRACTICE and item.kind in SHOWN_KINDS
    ]
