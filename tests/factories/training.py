"""A practice half of the tests' own: the right answer is always `a`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.bank.services import publish_bank
from question_bank.banks import ItemBank
from question_bank.items import Item
from tests.factories.bank import single_item, truth_item

TOPICS = ("traffic", "live_ops", "anchor", "supply", "service", "compliance", "data_review")


def practice_items() -> list[Item]:
    """Return six choices and two true-or-false items of each topic, and one live item."""
    items = [
        single_item(f"p-{topic.replace('_', '-')}-{n}", pool="practice", topic=topic)
        for topic in TOPICS
        for n in range(6)
    ]
    items += [
        truth_item(f"q-{topic.replace('_', '-')}-{n}", pool="practice", topic=topic)
        for topic in TOPICS
        for n in range(2)
    ]
    return [*items, single_item("live-one")]


def publish_practice(db_session: Session, *, now: datetime) -> None:
    """Publish the practice half."""
    publish_bank(
        db_session, ItemBank(practice_items()), [], is_public=False, actor="cli:test", now=now
    )
