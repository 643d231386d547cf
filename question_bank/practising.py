"""Which items a person practises next: due ones, mistakes, weak skills, one skill, or a mix.

All choices follow from their arguments; the seed only orders what is equally good.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from question_bank.assembly import Draw
from question_bank.items import Item, ItemKind

RIGHT_RUN_ENDS = 2
"""Right answers in a row after which a mistake leaves the list of mistakes (错题本)."""

_NUMBER = re.compile(r"[¥−+-]?\s*\d")


class Mode(StrEnum):
    """What is practised."""

    TODAY = "today"
    MISTAKES = "mistakes"
    WEAK = "weak"
    MIXED = "mixed"
    SKILL = "skill"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be practised.

    Attributes:
        item_id: Its id.
        skill: The skill that it asks for.
        difficulty: On the scale of ability.
    """

    item_id: str
    skill: str
    difficulty: float


@dataclass(frozen=True, slots=True)
class Held:
    """What a person's card of an item says; see `spacing.CardState`."""

    due_at: datetime
    last_at: datetime
    recall_fraction: float
    wrong_count: int
    right_run: int

    @property
    def is_mistake(self) -> bool:
        """Whether it stands in the list of mistakes."""
        return self.wrong_count > 0 and self.right_run < RIGHT_RUN_ENDS


def chosen(
    mode: Mode,
    candidates: Sequence[Candidate],
    held: Mapping[str, Held],
    *,
    count: int,
    now: datetime,
    seed: str,
    theta: float = 0.0,
    gaps: Mapping[str, float] | None = None,
    skill: str = "",
) -> list[str]:
    """Return the ids of the items to practise, the first one first.

    Args:
        mode: What is practised. `today` is the queue: what is due, the most forgotten first.
        candidates: Every item that may be practised.
        held: Cards by item id.
        count: At most so many.
        now: The moment (aware).
        seed: Orders what is equally good; the same seed gives the same list.
        theta: The person's ability: new items close to it come first.
        gaps: How far each skill lies below the goal, in [0, 1]; of `weak`.
        skill: Of `skill`.
    """
    known = {one.item_id: one for one in candidates}
    if mode is Mode.TODAY:
        due = [one for one in known if one in held and held[one].due_at <= now]
        return sorted(due, key=lambda one: (held[one].recall_fraction, one))[:count]
    if mode is Mode.MISTAKES:
        wrong = [one for one in known if one in held and held[one].is_mistake]
        return sorted(wrong, key=lambda one: (held[one].last_at, one))[:count]

    def rank(one: Candidate) -> tuple[int, float, str]:
        card = held.get(one.item_id)
        if card is None:
            return 0, abs(one.difficulty - theta) // 0.5, _shuffled(seed, one.item_id)
        # Seen before: the more forgotten the better; what was answered just now comes last.
        return 1, card.recall_fraction, one.item_id

    by_skill: dict[str, list[Candidate]] = {}
    for one in candidates:
        if mode is not Mode.SKILL or one.skill == skill:
            by_skill.setdefault(one.skill, []).append(one)
    for items in by_skill.values():
        items.sort(key=rank)
    shares = dict.fromkeys(by_skill, 1.0)
    if mode is Mode.WEAK and gaps and any(gaps.get(one, 0) > 0 for one in by_skill):
        shares = {one: max(0.0, gaps.get(one, 0.0)) for one in by_skill}
    elif mode is Mode.MIXED:
        shares = {one: float(len(items)) for one, items in by_skill.items()}
    return _interleaved(by_skill, shares, count)


def _interleaved(
    by_skill: Mapping[str, Sequence[Candidate]], shares: Mapping[str, float], count: int
) -> list[str]:
    """Return items of the skills in turn, each as often as its share (largest remainder)."""
    taken = dict.fromkeys(by_skill, 0)
    out: list[str] = []
    while len(out) < count:
        open_skills = [
            one for one, items in by_skill.items() if shares[one] > 0 and taken[one] < len(items)
        ]
        if not open_skills:
            break
        total = sum(shares[one] for one in open_skills)
        skill = max(
            open_skills,
            key=lambda one: shares[one] / total * (len(out) + 1) - taken[one],
        )
        out.append(by_skill[skill][taken[skill]].item_id)
        taken[skill] += 1
    return out


def shown_order(item: Item, seed: bytes) -> list[str]:
    """Return the choice ids of an item in the order they are shown in.

    Who practises is to remember the answer, not its place. Numbers stay in the order of size,
    regions and steps in the author's.
    """
    ids = list(item.choices)
    shuffles = {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.MATCHING}
    if item.kind not in shuffles or all(_NUMBER.match(text) for text in item.choices.values()):
        return ids
    return Draw(seed).shuffled(ids)


def _shuffled(seed: str, item_id: str) -> str:
    return hashlib.sha256(f"{seed}:{item_id}".encode()).hexdigest()
