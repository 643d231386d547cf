"""How marks of several people become one credit, and when a marker has drifted. Pure.

Every rule here is worked out from whole points alone, so that anybody with the marks of a response
comes to the same credit: the marking service, the attempt pack's re-scoring, an appeal.

Source:
    R. L. Johnson, J. Penny & B. Gordon, The relation between score resolution methods and
    interrater reliability, Applied Measurement in Education 13(2), 2000: rater mean within the
    tolerance, tertium quid beyond it. Both are also how large Chinese examinations resolve double
    marks (双评误差阈值、三评取近、仲裁).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from question_bank.answers import CriterionId, Rubric
from question_bank.schema import Strict

MARKS_FIRST = 2
"""Independent marks that every response gets."""

MOST_MARKS = 4
"""Two markers, a third beyond the tolerance, an arbiter when all three are far apart."""

CONTROLS_WATCHED = 5
"""A marker is judged by this many of the latest control answers."""

WARN_AT, STOP_AT = 2, 3
"""Of the controls watched, misses at which a marker is warned, and stopped.

A marker who misses one control in twenty is stopped by a window of five once in 860 windows; one
who misses every second one, in half of them.
"""

CONTROL_SHARE = 0.1
"""Share of what a marker is dealt that are control answers, after the first one."""

CONTROL_FIRST = 3
"""The first control comes at the latest as this dealing: drift is to be seen early."""

CONTROL_GAP = 15
"""And no longer run than this goes without one."""


class Rule(StrEnum):
    """Which rule gave a response its points."""

    MEAN = "mean"  # two marks within the tolerance: their mean
    NEAREST = "nearest"  # third mark and the nearer of the two: their mean
    THIRD = "third"  # third mark in the very middle of the two: it counts itself
    ARBITER = "arbiter"  # the fourth mark decides


@dataclass(frozen=True)
class Resolution:
    """What the marks of one response come to.

    Attributes:
        points: Points of the response, halves possible; None while marks are lacking.
        rule: Which rule gave them; None likewise.
        wanted: Further marks that are needed.
    """

    points: float | None
    rule: Rule | None
    wanted: int

    @property
    def is_settled(self) -> bool:
        return self.points is not None


class Given(Strict):
    """One person's points for a response, as the attempt's record keeps them.

    Attributes:
        sheet: The marking sheet they stand on; who marked it is known to staff only.
        points: By criterion.
    """

    sheet: str
    points: dict[CriterionId, int]


class SettledMark(Strict):
    """What an attempt's record says about a response that people marked.

    Attributes:
        position: Place in the form, 1-based.
        rubric_ref: Item version whose rubric was marked by.
        rule: How the marks were resolved.
        points, most: The response's points of so many.
        credit: points / most.
        marks: In the order in which they were given.
    """

    position: int = Field(ge=1)
    rubric_ref: str
    rule: Rule
    points: float
    most: int = Field(ge=1)
    credit: float = Field(ge=0, le=1)
    marks: list[Given] = Field(min_length=MARKS_FIRST, max_length=MOST_MARKS)


def tolerance_points(most: int) -> int:
    """Return by how many points two marks may differ and still count as agreeing.

    A tenth of the points, rounded up, so never less than one point.

    Args:
        most: Most points of the response, >= 1.
    """
    return -(-most // 10)


def resolve(points: Sequence[int], *, most: int) -> Resolution:
    """Return what marks come to; equality with the tolerance is within it.

    Args:
        points: Whole points of each marker, in the order given; at most four.
        most: Most points of the response.

    Raises:
        ValueError: If there are more marks than the rule knows, or one is out of range.
    """
    if len(points) > MOST_MARKS or any(not 0 <= one <= most for one in points):
        raise ValueError(f"marks {list(points)} of {most}")
    if len(points) < MARKS_FIRST:
        return Resolution(None, None, MARKS_FIRST - len(points))
    tolerance = tolerance_points(most)
    first, second = points[:2]
    if abs(first - second) <= tolerance:
        return Resolution((first + second) / 2, Rule.MEAN, 0)
    if len(points) == 2:
        return Resolution(None, None, 1)
    third = points[2]
    distances = abs(third - first), abs(third - second)
    if min(distances) <= tolerance:
        if distances[0] == distances[1]:
            return Resolution(float(third), Rule.THIRD, 0)
        nearest = first if distances[0] < distances[1] else second
        return Resolution((nearest + third) / 2, Rule.NEAREST, 0)
    if len(points) == 3:
        return Resolution(None, None, 1)
    return Resolution(float(points[3]), Rule.ARBITER, 0)


def settled_mark(
    position: int, rubric_ref: str, rubric: Rubric, marks: Sequence[Given]
) -> SettledMark:
    """Return the record of a response whose marks are settled.

    Raises:
        ValueError: If marks are lacking, or one does not fit the rubric.
    """
    for one in marks:
        rubric.credit(one.points)
    found = resolve([sum(one.points.values()) for one in marks], most=rubric.points)
    if found.points is None or found.rule is None:
        raise ValueError(f"position {position}: {found.wanted} marks are lacking")
    return SettledMark(
        position=position,
        rubric_ref=rubric_ref,
        rule=found.rule,
        points=found.points,
        most=rubric.points,
        credit=found.points / rubric.points,
        marks=list(marks),
    )


def check_points(rubric: Rubric, given: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """Return the points that can be kept, and the criteria whose points cannot.

    Args:
        rubric: What is marked by.
        given: Points by criterion id as they came in; whatever is no level is refused.
    """
    held: dict[str, int] = {}
    wrong = [one for one in given if one not in {criterion.id for criterion in rubric.criteria}]
    for criterion in rubric.criteria:
        points = given.get(criterion.id)
        if type(points) is int and points in {level.points for level in criterion.levels}:
            held[criterion.id] = points
        elif points is not None:
            wrong.append(criterion.id)
    return held, wrong


Standing = Literal["sound", "warned", "stopped"]


def is_miss(given: int, agreed: int, *, most: int) -> bool:
    """Say whether a mark of a control answer is further from the agreed one than the tolerance."""
    return abs(given - agreed) > tolerance_points(most)


def standing_of(misses: Sequence[bool]) -> Standing:
    """Return how a marker stands after control answers.

    Args:
        misses: Whether each was missed, oldest first; only the latest count.
    """
    missed = sum(misses[-CONTROLS_WATCHED:])
    if missed >= STOP_AT:
        return "stopped"
    return "warned" if missed >= WARN_AT else "sound"


def control_is_due(since_last: int, *, has_had_one: bool, draw: float) -> bool:
    """Say whether the next response dealt to a marker is a control answer.

    Args:
        since_last: Responses dealt since the last control, or since the beginning.
        has_had_one: Whether the marker has had a control at all.
        draw: A random number in [0, 1) that the marker cannot foresee.
    """
    if not has_had_one:
        return since_last >= CONTROL_FIRST - 1 or draw < 1 / CONTROL_FIRST
    return since_last >= CONTROL_GAP - 1 or (since_last > 0 and draw < CONTROL_SHARE)
