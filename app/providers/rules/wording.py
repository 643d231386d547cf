"""Requirements of the matrix in words: what it takes, what there is."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext

from app.core.i18n import is_english
from app.providers import labels
from app.providers.matrix import Cell, RedLine
from app.providers.schemes import Figure, Force, Scheme, Unit
from app.providers.tiers import CellAssessment, ExamPlan, Kind, Requirement
from app.providers.wording import plain, points
from certificates.levels import Level

YI, WAN = Decimal(100_000_000), Decimal(10_000)


def cell_name(cell: Cell) -> str:
    return cell.name_en if is_english() else cell.name


def cell_note(cell: Cell) -> str:
    return (cell.note_en if is_english() else cell.note) or ""


def red_line_name(line: RedLine) -> str:
    return line.name_en if is_english() else line.name


def red_line_words(scheme: Scheme, line_id: str) -> str:
    """Return the name of a red line; its id if the version knows it no more."""
    found = next((line for line in scheme.red_lines if line.id == line_id), None)
    return line_id if found is None else red_line_name(found)


def figure_name(figure: Figure) -> str:
    return figure.name_en if is_english() else figure.name


def figure_text(figure: Figure, value: Decimal | None) -> str:
    """Write a figure as the trade does: ¥1.35 亿, 5,000 万, 42."""
    if value is None:
        return "—"
    if figure.unit is not Unit.YUAN:
        return plain(value)
    if is_english():
        return f"¥{plain(round(value / 1_000_000, 2))}M"
    if value >= YI:
        return str(gettext("¥%(n)s 亿", n=plain(round(value / YI, 2))))
    if value >= WAN:
        return str(gettext("¥%(n)s 万", n=plain(round(value / WAN, 1))))
    return f"¥{plain(value)}"


def requirement_text(scheme: Scheme, one: Requirement) -> str:
    """Say what a requirement takes and what there is."""
    if one.kind is Kind.TOTAL:
        return str(
            gettext(
                "总分 %(needed)s，现有 %(held)s",
                needed=points(one.needed),
                held=points(one.held or Decimal(0)),
            )
        )
    if one.kind is Kind.OPERATORS:
        return str(
            gettext(
                "%(level)s及以上持证操盘手 %(needed)s 名，现有 %(held)s 名",
                level=labels.LEVEL[Level(one.subject)],
                needed=one.needed,
                held=one.held,
            )
        )
    if one.kind is Kind.FORCE:
        force = next(force for force in scheme.forces if force.id == one.subject)
        return str(
            gettext(
                "%(force)s %(needed)s 分，现有 %(held)s 分",
                force=_force_name(force),
                needed=points(one.needed),
                held=points(one.held or Decimal(0)),
            )
        )
    if one.kind is Kind.FIGURE:
        figure = next(figure for figure in scheme.figures if figure.id == one.subject)
        return str(
            gettext(
                "%(figure)s %(needed)s，现有 %(held)s",
                figure=figure_name(figure),
                needed=figure_text(figure, one.needed),
                held=figure_text(figure, one.held),
            )
        )
    if one.kind is Kind.INVITATION:
        return str(gettext("平台邀请") if one.is_met else gettext("平台邀请，尚未发出"))
    words = red_line_words(scheme, one.subject)
    return str(gettext("没有触碰红线：%(line)s", line=words))


def missing_text(scheme: Scheme, assessment: CellAssessment) -> list[str]:
    """Return what is missing to a cell."""
    return [requirement_text(scheme, one) for one in assessment.missing]


def plan_text(plan: ExamPlan) -> str:
    """Say the fewest exams, and the total after them."""
    steps = gettext("、").join(
        gettext("%(level)s %(count)s 场", level=labels.LEVEL[level], count=count)
        for level, count in plan.promotions.items()
    )
    return str(
        gettext(
            "最少再通过 %(count)s 场考试（%(steps)s），总分 %(total)s",
            count=plan.exam_count,
            steps=steps,
            total=points(plan.total),
        )
    )


def _force_name(force: Force) -> str:
    return force.name_en if is_english() else force.name
