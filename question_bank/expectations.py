"""What a just competent candidate is expected to get on an item: the scale forms are matched on."""

from __future__ import annotations

from collections.abc import Iterable

from question_bank.items import Cognitive, Item, ItemKind

KNOWS_FRACTION = {
    Cognitive.REMEMBER: 0.70,
    Cognitive.UNDERSTAND: 0.62,
    Cognitive.APPLY: 0.55,
    Cognitive.ANALYSE: 0.48,
    Cognitive.EVALUATE: 0.45,
}
"""Share of just competent candidates who know the answer, by what the item asks of them.

An assumption to begin with, stated so that it can be replaced: a committee's rating
(`expected_at_cut`) or a calibrated value always goes before it.
"""

CHANCE_FRACTION = {ItemKind.SINGLE_CHOICE: 0.25, ItemKind.TRUE_FALSE: 0.5}
"""What guessing is worth; where several parts must be right it is near nothing."""


def expected_credit(item: Item) -> float:
    """Return the credit that a just competent candidate is expected to get, in [0, 1]."""
    if item.expected_at_cut is not None:
        return item.expected_at_cut
    knows = KNOWS_FRACTION[item.cognitive]
    chance = CHANCE_FRACTION.get(item.kind, 0.0)
    if item.kind is ItemKind.HOT_SPOT and len(item.key_ids) == 1:
        chance = 1 / len(item.choices)
    return knows + (1 - knows) * chance


def expected_marks(items: Iterable[Item]) -> float:
    """Return the expected score at the cut, in marks (one mark an item)."""
    return sum(expected_credit(item) for item in items)
