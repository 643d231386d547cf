"""What the provider's pages are given: a standing in words, ready for the template and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from app.core.i18n import local_date
from app.providers import charting, labels, wording
from app.providers.five_force import ForceScore, ModuleScore, Reported, Scorecard
from app.providers.indicators import CellError
from app.providers.models import Provider
from app.providers.queries import StaffMember
from app.providers.schemes import Force, Module, Scheme
from app.providers.standings import Standing
from app.providers.what_if import (
    Gain,
    ModuleGain,
    gains,
    loss_of_one,
    steps_to,
    what_if,
)
from app.providers.wording import Change, points
from certificates.levels import Level

EXPIRING_DAYS = 60
"""From when on the page warns that a certificate ends."""

GAINS_SHOWN = 4
"""Steps of the card, if so many do not reach the next rating: the rest is said as a sum."""

ERRORS_SHOWN = 200
"""Errors of an imported file on the page; a file with more is mended by its first ones."""


@dataclass(frozen=True)
class ModuleLine:
    """One row of the table of modules, with what opens below it."""

    id: str
    name: str
    indicator: str
    value: str
    reported: str
    score: str
    meter: float
    weight: str
    contribution: str
    change: Change
    place: str
    formula: str
    floor: str
    full: str
    direction: str
    window_months: int
    score_words: str
    contribution_words: str
    provenance: str


@dataclass(frozen=True)
class ForceLines:
    """One force with its modules; `colour` is 1 to 5."""

    name: str
    colour: int
    score: str
    weight: str
    modules: list[ModuleLine]


@dataclass(frozen=True)
class LevelLine:
    """What the operators of one level add; `expiring` is None for a month long settled."""

    level: Level
    operator_count: int
    points_each: str
    points: str
    loss_of_one: str
    expiring: int | None


@dataclass(frozen=True)
class GainLine:
    """One way to gain points."""

    title: str
    text: str
    points: str


@dataclass(frozen=True)
class Loss:
    """What is lost if nobody renews: certificates that end within `EXPIRING_DAYS`."""

    count: int
    points: str


@dataclass(frozen=True)
class NextRating:
    """The way to the next rating; `code` is empty at the top."""

    code: str
    at_least: str
    lacking: str
    code_now: str
    at_least_now: str
    least: float
    most: float
    value: float


@dataclass(frozen=True)
class ScorecardPage:
    """Everything on the scorecard."""

    total: str
    rating: str
    total_change: Change
    place_change: Change
    next_rating: NextRating
    forces: list[ForceLines]
    levels: list[LevelLine]
    modules_points: str
    certified_points: str
    certified_steps: list[tuple[str, str]]
    cap: str
    is_capped: bool
    gains: list[GainLine]
    gains_total: str
    gains_reach: bool
    loss: Loss | None
    missing: list[str]
    carried: list[str]
    radar: dict[str, Any]
    radar_label: str
    shortest: str
    history: dict[str, Any] | None
    history_label: str
    trends: list[tuple[str, str, dict[str, Any], str]]


def scorecard_page(
    provider: Provider,
    standing: Standing,
    staff: Sequence[StaffMember],
    counts_later: dict[Level, int] | None,
) -> ScorecardPage:
    """Put a standing into words.

    Args:
        provider: Whose it is.
        standing: The month.
        staff: Who works there now.
        counts_later: Certified operators in `EXPIRING_DAYS` if nothing is renewed; None for a
            month that is settled: nothing that ends later changes it.
    """
    scheme, scorecard = standing.scheme, standing.scorecard
    steps, reach = _steps(scheme, scorecard)
    history, history_label = charting.history_of(standing)
    return ScorecardPage(
        total=points(scorecard.total),
        rating=scorecard.rating,
        total_change=wording.point_change(
            scorecard.total, standing.previous.total if standing.previous else None
        ),
        place_change=wording.place_change(standing.place, standing.previous_place),
        next_rating=_next_rating(scheme, scorecard),
        forces=[
            _force_lines(index, force, line, standing)
            for index, (force, line) in enumerate(zip(scheme.forces, scorecard.forces, strict=True))
        ],
        levels=_level_lines(scheme, scorecard, None if counts_later is None else staff),
        modules_points=points(scorecard.modules_points),
        certified_points=points(scorecard.certified.points),
        certified_steps=_certified_steps(scheme, scorecard),
        cap=points(scorecard.certified.cap),
        is_capped=scorecard.certified.uncapped_points
        > scorecard.certified.points
        == scorecard.certified.cap,
        gains=[_gain_line(scheme, step) for step in steps],
        gains_total=points(sum((step.points for step in steps), Decimal("0.00"))),
        gains_reach=reach,
        loss=_loss(scheme, scorecard, staff, counts_later),
        missing=_names(scheme, scorecard, Reported.MISSING),
        carried=_names(scheme, scorecard, Reported.CARRIED),
        radar=charting.radar_of(provider, standing),
        radar_label=charting.radar_label(standing),
        shortest=charting.shortest_force(standing) if standing.place else "",
        history=history,
        history_label=history_label,
        trends=charting.trends_of(standing),
    )


def group_text(provider: Provider) -> str:
    """Write the tier and field that make a provider's peers."""
    return f"{labels.TIER[provider.tier]} · {labels.FIELD[provider.field]}"


def expiring_of(staff: Iterable[StaffMember]) -> list[StaffMember]:
    """Return whose certificate ends within `EXPIRING_DAYS`, the nearest first."""
    ending = [one for one in staff if one.days_left is not None and one.days_left < EXPIRING_DAYS]
    return sorted(ending, key=lambda one: one.days_left or 0)


def cell_error_text(error: CellError) -> str:
    """Say what is wrong with a cell of an imported file and how to mend it."""
    words = str(labels.CELL_ERROR[error.code])
    return words % {"given": error.given, "detail": error.detail}


def _next_rating(scheme: Scheme, scorecard: Scorecard) -> NextRating:
    at_least = {rating.code: rating.at_least for rating in scheme.ratings}
    least = at_least[scorecard.rating]
    most = at_least.get(scorecard.next_rating or "", scorecard.total)
    return NextRating(
        code=scorecard.next_rating or "",
        at_least=wording.plain(most),
        lacking=points(scorecard.points_to_next or Decimal("0.00")),
        code_now=scorecard.rating,
        at_least_now=wording.plain(least),
        least=float(least),
        most=float(most),
        value=float(scorecard.total),
    )


def _force_lines(index: int, force: Force, line: ForceScore, standing: Standing) -> ForceLines:
    return ForceLines(
        name=wording.name_of(force),
        colour=index % 5 + 1,
        score=points(line.score),
        weight=wording.plain(line.weight),
        modules=[
            _module_line(module, module_line, standing)
            for module, module_line in zip(force.modules, line.modules, strict=True)
        ],
    )


def _module_line(module: Module, line: ModuleScore, standing: Standing) -> ModuleLine:
    before = standing.previous.module(module.id) if standing.previous else None
    reported = standing.readings.get(module.id)
    provenance = ""
    if reported is not None:
        provenance = gettext(
            "%(month)s的数据，%(day)s 导入，文件 %(file)s",
            month=wording.month_text(reported.provenance.month),
            day=local_date(reported.provenance.imported_at),
            file=reported.provenance.file_name,
        )
    is_ordinary = line.reported is Reported.CURRENT
    return ModuleLine(
        id=module.id,
        name=wording.name_of(module),
        indicator=wording.indicator_of(module),
        value=wording.value_text(module, line.value),
        reported="" if is_ordinary else wording.reported_text(line.reported),
        score=points(line.score),
        meter=float(line.score),
        weight=wording.plain(line.weight),
        contribution=points(line.contribution),
        change=wording.point_change(line.contribution, before.contribution if before else None),
        place=wording.place_text(standing.module_places.get(module.id)),
        formula=wording.formula_of(module),
        floor=wording.value_text(module, module.floor),
        full=wording.value_text(module, module.full),
        direction=str(labels.DIRECTION[module.direction]),
        window_months=module.window_months,
        score_words=wording.score_words(module, line),
        contribution_words=wording.contribution_words(line),
        provenance=provenance,
    )


def _certified_steps(scheme: Scheme, scorecard: Scorecard) -> list[tuple[str, str]]:
    """Say how the levels' sum becomes the component, where the scheme does more than add."""
    certified, component = scorecard.certified, scheme.certified
    steps = []
    if component.diminishing:
        bands = gettext("，").join(
            gettext(
                "超过 %(above)s 的部分按 %(percent)s%%",
                above=points(band.above),
                percent=wording.plain(band.fraction * 100),
            )
            for band in component.diminishing
        )
        steps.append(
            (
                gettext(
                    "合计 %(points)s，%(bands)s",
                    points=points(certified.uncapped_points),
                    bands=bands,
                ),
                points(certified.diminished_points),
            )
        )
    if certified.coverage is not None and component.coverage is not None:
        line = certified.coverage
        words = {
            "equivalents": line.equivalents,
            "merchants": "—" if line.merchants is None else wording.plain(line.merchants),
            "full": wording.plain(component.coverage.full_per_ten),
        }
        steps.append(
            (
                gettext(
                    "%(equivalents)s 当量服务 %(merchants)s 家商家，每 10 家满 %(full)s 当量全计",
                    **words,
                ),
                f"× {wording.plain(line.fraction * 100)}%",
            )
        )
    return steps


def _level_lines(
    scheme: Scheme, scorecard: Scorecard, staff: Sequence[StaffMember] | None
) -> list[LevelLine]:
    ending = [] if staff is None else [one.level for one in expiring_of(staff)]
    return [
        LevelLine(
            level=line.level,
            operator_count=line.operator_count,
            points_each=points(line.points_each),
            points=points(line.points),
            loss_of_one=points(loss_of_one(scheme, scorecard, line.level)),
            expiring=None if staff is None else ending.count(line.level),
        )
        for line in reversed(scorecard.certified.levels)
    ]


def _steps(scheme: Scheme, scorecard: Scorecard) -> tuple[list[Gain], bool]:
    """Return the cheapest steps that are shown, and whether they reach the next rating."""
    wanted = scorecard.points_to_next
    every = gains(scheme, scorecard)
    if wanted is None:
        return list(every[:GAINS_SHOWN]), False
    steps = list(steps_to(every, wanted))
    reached = sum((step.points for step in steps), Decimal("0.00")) >= wanted
    return (
        (steps, True) if reached and len(steps) <= 2 * GAINS_SHOWN else (steps[:GAINS_SHOWN], False)
    )


def _gain_line(scheme: Scheme, step: Gain) -> GainLine:
    if isinstance(step, ModuleGain):
        module = scheme.module(step.module_id)
        return GainLine(
            title=(
                f"{wording.indicator_of(module)} {wording.value_text(module, step.value)}"
                f" → {wording.value_text(module, step.value_needed)}"
            ),
            text=(f"{wording.name_of(module)} {points(step.score)} → {points(step.score_then)}"),
            points=wording.signed(step.points),
        )
    to_level = labels.LEVEL[step.to_level]
    if step.from_level is None:
        title = gettext(
            "再有 %(count)s 名操盘手取得%(level)s证书", count=step.operator_count, level=to_level
        )
    else:
        title = gettext(
            "%(count)s 名%(low)s升%(high)s",
            count=step.operator_count,
            low=labels.LEVEL[step.from_level],
            high=to_level,
        )
    return GainLine(title, wording.name_of(scheme.certified), wording.signed(step.points))


def _loss(
    scheme: Scheme,
    scorecard: Scorecard,
    staff: Sequence[StaffMember],
    counts_later: dict[Level, int] | None,
) -> Loss | None:
    ending = expiring_of(staff)
    if counts_later is None or not ending:
        return None
    later = what_if(scheme, scorecard, operators=counts_later)
    return Loss(len(ending), wording.signed(later.total - scorecard.total))


def _names(scheme: Scheme, scorecard: Scorecard, reported: Reported) -> list[str]:
    return [
        wording.name_of(scheme.module(line.module_id))
        for line in scorecard.modules
        if line.reported is reported
    ]
