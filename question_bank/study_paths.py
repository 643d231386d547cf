"""A study path (学习路径): what to do for each skill below the goal, and how long it takes.

The hours are counted, not guessed as a whole: sections to read, items to practise, drills to play,
each at a stated pace. How many items a gap needs is an assumption; the path is made anew after
every answer, so it corrects itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from question_bank.mastery import COMPETENT, Mastery

GOAL = 0.7
"""Mastery that the path leads to: a just competent operator's, and some room above."""

SECTION_MINUTES = 8
ITEM_MINUTES = 1.5
DRILL_MINUTES = 20
"""Paces: a section of the handbook, an item with its explanation, a drill with its debrief."""

ITEMS_BY_GAP = 120
"""Items that a gap of 1 would need; a gap of 0.2 thus needs 24."""

FEWEST_ITEMS = 6
"""Of a skill that nothing is known of yet, or that lies just below the goal."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """What to do for one skill.

    Attributes:
        skill: Its id.
        gap: How far its mastery lies below the goal, in [0, 1].
        sections: Handbook sections to read.
        items: Items to practise.
        drills: Ids of drills to play.
        minutes: All of it together.
        is_certain: Whether the gap is more than what is not known yet: the interval ends below the
            goal.
    """

    skill: str
    gap: float
    sections: tuple[str, ...]
    items: int
    drills: tuple[str, ...]
    minutes: int
    is_certain: bool


def study_path(
    masteries: Sequence[Mastery],
    sections: Mapping[str, Sequence[str]],
    drills: Mapping[str, Sequence[str]],
    item_counts: Mapping[str, int],
) -> tuple[PathStep, ...]:
    """Return what to do, the largest gap first.

    Args:
        masteries: Of every skill.
        sections: Handbook sections by skill; below competence all of them, else the first.
        drills: Drills by skill that still lack a star.
        item_counts: Items by skill that may be practised.
    """
    steps = []
    for one in masteries:
        gap = GOAL - one.value
        if gap <= 0:
            continue
        held = sections.get(one.skill, ())
        read = tuple(held if one.value < COMPETENT else held[:1])
        wanted = max(FEWEST_ITEMS, math.ceil(gap * ITEMS_BY_GAP))
        items = min(wanted, item_counts.get(one.skill, 0))
        play = tuple(drills.get(one.skill, ()))[: 2 if one.value < COMPETENT else 1]
        minutes = len(read) * SECTION_MINUTES + items * ITEM_MINUTES + len(play) * DRILL_MINUTES
        steps.append(
            PathStep(one.skill, gap, read, items, play, math.ceil(minutes), one.high < GOAL)
        )
    return tuple(sorted(steps, key=lambda step: (-step.gap, step.skill)))


def hours_of(steps: Sequence[PathStep]) -> float:
    """Return the path's length in hours, rounded to halves."""
    return round(sum(one.minutes for one in steps) / 30) / 2
