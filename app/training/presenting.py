"""What the pages of practice are given: items without keys, and what an answer showed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from app.bank import queries as bank_queries
from app.bank.candidate import shown_item
from app.bank.presenting import shown_exhibit
from app.exams.reviewing import reviewed_item
from app.training import labels
from app.training.models import PracticeAnswer
from app.training.pool import practised_item
from app.training.skill_map import shipped_skill_map
from question_bank.instances import drawn_instance
from question_bank.items import GAP_MARK, Item
from question_bank.practising import shown_order


def shown_items(
    db_session: Session, items: Sequence[Item], *, seed: str, first: int = 1
) -> dict[str, Any]:
    """Return items as the page shows them: without keys, their figures drawn.

    Args:
        db_session: A session to read with.
        items: In order.
        seed: Draws figures and the order of choices.
        first: Position of the first.

    Returns:
        `{"items": […], "exhibits": […]}`; an item names its exhibit by place.
    """
    shown: list[dict[str, Any]] = []
    exhibits: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for position, published in enumerate(items, first):
        own_seed = f"{seed}:{published.id}".encode()
        item = drawn_instance(published, own_seed)
        entry = shown_item(item, shown_order(item, own_seed))
        skill = shipped_skill_map().by_id[shipped_skill_map().skill_of_item(item)]
        entry.update(position=position, exhibit=None, skill=skill.title, level=item.level)
        entry["points"] = 0
        if item.case_id:
            if item.case_id not in places:
                case = bank_queries.case_of(db_session, published)
                places[item.case_id] = len(exhibits)
                exhibits.append(shown_exhibit(case.title, case.exhibit))
            entry["exhibit"] = places[item.case_id]
        elif item.exhibit:
            entry["exhibit"] = len(exhibits)
            exhibits.append(shown_exhibit("", item.exhibit))
        shown.append(entry)
    return {"items": shown, "exhibits": exhibits}


def plain_stem(db_session: Session, answer: PracticeAnswer) -> str:
    """Return the question of an answer in plain words, with the figures that were shown."""
    item = practised_item(db_session, answer.item_ref)
    return GAP_MARK.sub(r"（\1）", item.stem).replace("**", "")


def explanation(db_session: Session, answer: PracticeAnswer, value: Any) -> dict[str, Any]:
    """Return what an answer showed: outcome, key and reason, as the page's JSON.

    Args:
        db_session: A session to read with.
        answer: As it was recorded.
        value: The response in its stored form.
    """
    item = practised_item(db_session, answer.item_ref)
    review = reviewed_item(item, value, answer.credit, [])
    html = render_template(
        "training/_explanation.html",
        review=review,
        item=item,
        outcome=labels.OUTCOME[review.outcome],
        skill=shipped_skill_map().by_id[answer.skill],
    )
    chosen = set(value.get("selected") or ())
    return {
        "answer": answer.public_id,
        "outcome": review.outcome,
        "credit": answer.credit,
        "recall": answer.recall,
        "keys": sorted(item.key_ids),
        "mistakes": sorted(chosen - item.key_ids),
        "html": html,
    }
