"""Where in the matrix of tiers and fields a provider may stand, and what is missing to the next.

Pure: everything is asked of a scheme and a scorecard. Requirements are never traded against each
other; a cell is reached when each of them is met.

Source: mandatory minimums (1 中级 / 2 中级 + 1 高级 / 3 高级) and the frozen rating: domain 3.2;
tiers x fields and 战略 by invitation: seed articles 000 and 001.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import product

from app.providers.five_force import Reading, Scorecard, certified_points
from app.providers.matrix import TIERS, Cell
from app.providers.schemes import Scheme
from certificates.levels import Level

MOST_EXAMS = 24
"""Longest way to a tier that is looked for; further than that is no plan."""


class Kind(StrEnum):
    """What a requirement is about."""

    TOTAL = "total"
    OPERATORS = "operators"
    FORCE = "force"
    FIGURE = "figure"
    INVITATION = "invitation"
    RED_LINE = "red_line"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a cell takes.

    Attributes:
        subject: The level, force, figure or red line; empty where the kind says all.
        needed: What it takes; 1 for an invitation, 0 findings for a red line.
        held: What there is; None for a figure that is missing.
    """

    kind: Kind
    subject: str
    needed: Decimal
    held: Decimal | None
    is_met: bool


@dataclass(frozen=True, slots=True)
class CellAssessment:
    """One cell and how a provider stands to it."""

    cell: Cell
    requirements: tuple[Requirement, ...]

    @property
    def is_met(self) -> bool:
        return all(one.is_met for one in self.requirements)

    @property
    def missing(self) -> tuple[Requirement, ...]:
        return tuple(one for one in self.requirements if not one.is_met)


@dataclass(frozen=True, slots=True)
class ExamPlan:
    """The fewest certificates that reach what a cell asks of operators and of the total.

    Attributes:
        promotions: Exams passed by the level that they lead to; a person without a certificate
            who becomes 中级 passes two.
        total: What the total is then.
    """

    promotions: Mapping[Level, int]
    total: Decimal

    @property
    def exam_count(self) -> int:
        return sum(self.promotions.values())


def held_or_higher(scorecard: Scorecard, level: Level) -> int:
    """Return how many operators hold a level or a higher one."""
    return sum(
        line.operator_count
        for line in scorecard.certified.levels
        if line.level.number >= level.number
    )


def assess(
    scheme: Scheme,
    scorecard: Scorecard,
    field: str,
    *,
    is_invited: bool = False,
    findings: Collection[str] = (),
) -> tuple[CellAssessment, ...]:
    """Hold a scorecard against every cell of a field.

    Args:
        scheme: The version that the scorecard was computed by.
        scorecard: The month's.
        field: What the provider serves.
        is_invited: Whether it is asked to a cell that is by invitation only.
        findings: Red lines that freeze its rating in the month.

    Returns:
        The field's cells, the highest tier first; in a tier the scheme's order.
    """
    cells = [cell for cell in scheme.matrix if field in cell.fields]
    cells.sort(key=lambda cell: -TIERS.index(cell.tier))
    return tuple(
        CellAssessment(cell, tuple(_requirements(scheme, scorecard, cell, is_invited, findings)))
        for cell in cells
    )


def reached(assessments: Collection[CellAssessment]) -> CellAssessment | None:
    """Return the highest cell that is met; None if the provider is not admitted to any."""
    return next((one for one in assessments if one.is_met), None)


def next_above(assessments: Collection[CellAssessment], tier: str | None) -> CellAssessment | None:
    """Return the lowest cell above a tier (None: below all); None at the top."""
    floor = -1 if tier is None else TIERS.index(tier)
    higher = [one for one in assessments if TIERS.index(one.cell.tier) > floor]
    return higher[-1] if higher else None


def fewest_exams(
    scheme: Scheme, scorecard: Scorecard, cell: Cell, *, most: int = MOST_EXAMS
) -> ExamPlan | None:
    """Find the fewest exams after which certificates stand no more between a provider and a cell.

    An exam takes one person up one level; anybody without a certificate may begin, so that new
    people count as well. Ties are settled by the higher total, then by more low-level exams: they
    are the easier ones.

    Args:
        scheme: The version that the scorecard was computed by.
        scorecard: Today's.
        cell: Where the provider wants to stand.
        most: Longest plan that is tried.

    Returns:
        The plan, empty if nothing is missing; None if no plan of that length makes up what the
        cell asks of operators and of the total. Force scores, figures, invitations and red lines
        are no matter of exams.
    """
    if scorecard.modules_points + scheme.certified.cap < cell.at_least:
        return None
    figures = {
        line.figure_id: Reading(line.value) for line in scorecard.figures if line.value is not None
    }
    held = [line.operator_count for line in scorecard.certified.levels]
    for exams in range(most + 1):
        best: ExamPlan | None = None
        for junior, intermediate in product(range(exams, -1, -1), repeat=2):
            senior = exams - junior - intermediate
            if senior < 0 or intermediate > held[0] + junior or senior > held[1] + intermediate:
                continue
            counts = {
                Level.JUNIOR: held[0] + junior - intermediate,
                Level.INTERMEDIATE: held[1] + intermediate - senior,
                Level.SENIOR: held[2] + senior,
            }
            if not _has_operators(cell, counts):
                continue
            component = certified_points(scheme.certified, counts, figures)
            total = scorecard.modules_points + component.points
            if total >= cell.at_least and (best is None or total > best.total):
                passed = {
                    Level.JUNIOR: junior,
                    Level.INTERMEDIATE: intermediate,
                    Level.SENIOR: senior,
                }
                best = ExamPlan({key: count for key, count in passed.items() if count}, total)
        if best is not None:
            return best
    return None


def _has_operators(cell: Cell, counts: Mapping[Level, int]) -> bool:
    return all(
        sum(count for level, count in counts.items() if level.number >= wanted.level.number)
        >= wanted.at_least
        for wanted in cell.operators
    )


def _requirements(
    scheme: Scheme,
    scorecard: Scorecard,
    cell: Cell,
    is_invited: bool,
    findings: Collection[str],
) -> Iterator[Requirement]:
    yield Requirement(
        Kind.TOTAL, "", cell.at_least, scorecard.total, scorecard.total >= cell.at_least
    )
    for operators in cell.operators:
        held = held_or_higher(scorecard, operators.level)
        yield Requirement(
            Kind.OPERATORS,
            operators.level.value,
            Decimal(operators.at_least),
            Decimal(held),
            held >= operators.at_least,
        )
    scores = {force.force_id: force.score for force in scorecard.forces}
    for force in cell.forces:
        score = scores[force.force]
        yield Requirement(Kind.FORCE, force.force, force.at_least, score, score >= force.at_least)
    for figure in cell.figures:
        value = scorecard.figure(figure.figure)
        is_met = value is not None and value >= figure.at_least
        yield Requirement(Kind.FIGURE, figure.figure, figure.at_least, value, is_met)
    if cell.by_invitation:
        yield Requirement(Kind.INVITATION, "", Decimal(1), Decimal(int(is_invited)), is_invited)
    for line in scheme.red_lines:
        crossed = line.id in findings
        yield Requirement(Kind.RED_LINE, line.id, Decimal(0), Decimal(int(crossed)), not crossed)
