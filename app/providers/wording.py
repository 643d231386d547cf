"""How points, indicators, places and changes are written, digit for digit as they were computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from flask_babel import gettext

from app.core.clock import BEIJING
from app.core.i18n import is_english
from app.providers.five_force import ModuleScore, Reported
from app.providers.schemes import (
    CertifiedComponent,
    Direction,
    Figure,
    Force,
    Module,
    Scheme,
    Unit,
)
from app.providers.standings import Place

PERCENT_FROM = 100
"""Among fewer providers a place is said as it is: 前 11% of nine is one of nine."""

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Change:
    """A difference to the month before: words, and whether it is good for the provider."""

    text: str
    tone: str


def name_of(thing: Module | Force | CertifiedComponent) -> str:
    """Return the name in the reader's language."""
    return thing.name_en if is_english() else thing.name


def title_of(scheme: Scheme) -> str:
    return scheme.title_en if is_english() else scheme.title


def indicator_of(module: Module) -> str:
    return module.indicator_en if is_english() else module.indicator


def column_name(column: Module | Figure) -> str:
    """Return what a reported column is called: a module's indicator, or the figure itself."""
    if isinstance(column, Module):
        return indicator_of(column)
    return column.name_en if is_english() else column.name


def formula_of(module: Module) -> str:
    return module.formula_en if is_english() else module.formula


def month_text(month: date) -> str:
    """Write a month: 2026 年 10 月, October 2026."""
    if is_english():
        return f"{month:%B %Y}"
    return str(gettext("%(year)s 年 %(month)s 月", year=month.year, month=month.month))


def short_month(month: date) -> str:
    """Write a month as the tick of an axis: 10月, Oct."""
    if is_english():
        return f"{month:%b}"
    return str(gettext("%(month)s月", month=month.month))


def day_text(moment: datetime) -> str:
    """Write a moment's day in Beijing, without the year: 12 月 1 日, 1 December."""
    day = moment.astimezone(BEIJING)
    if is_english():
        return f"{day.day} {day:%B}"
    return str(gettext("%(month)s 月 %(day)s 日", month=day.month, day=day.day))


def tenure_text(joined_on: date, today: date) -> str:
    """Write how long a provider has been admitted, in whole months."""
    months = (today.year - joined_on.year) * 12 + today.month - joined_on.month
    months -= today.day < joined_on.day
    years, rest = divmod(max(months, 0), 12)
    if years and rest:
        return str(gettext("入驻 %(years)s 年 %(months)s 个月", years=years, months=rest))
    if years:
        return str(gettext("入驻 %(years)s 年", years=years))
    return str(gettext("入驻 %(months)s 个月", months=rest) if rest else gettext("本月入驻"))


def points(value: Decimal) -> str:
    """Write points with their two decimals."""
    return f"{value:.2f}".replace("-", "−")


def signed(value: Decimal) -> str:
    """Write a difference of points with its sign; nothing gained is 0.00."""
    return points(value) if value <= 0 else f"+{points(value)}"


def plain(value: Decimal) -> str:
    """Write a number without needless zeros, thousands apart."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def value_text(module: Module, value: Decimal | None) -> str:
    """Write an indicator in its unit; one that is missing is —, never 0."""
    if value is None:
        return "—"
    text = plain(value)
    if module.unit is Unit.YUAN:
        return f"−¥{text[1:]}" if text.startswith("−") else f"¥{text}"
    return text + {Unit.PERCENT: "%", Unit.PERMILLE: "‰"}.get(module.unit, "")


def point_change(now: Decimal, before: Decimal | None) -> Change:
    """Say how points changed."""
    if before is None:
        return Change("—", "muted")
    return _change(now - before, points(abs(now - before)))


def place_change(now: Place | None, before: Place | None) -> Change:
    """Say how a place changed; towards the first is up."""
    if now is None or before is None:
        return Change("—", "muted")
    return _change(before.rank - now.rank, str(abs(before.rank - now.rank)))


def _change(difference: Decimal | int, size: str) -> Change:
    if difference > 0:
        return Change(f"▲ {size}", "good")
    if difference < 0:
        return Change(f"▼ {size}", "bad")
    return Change(size, "muted")


def place_text(place: Place | None) -> str:
    """Write a place in a column: 前 22% of many, 2 / 9 of few."""
    if place is None:
        return "—"
    if place.count < PERCENT_FROM:
        return f"{place.rank} / {place.count}"
    return top_text(place)


def top_text(place: Place) -> str:
    """Write which share of the providers reaches the place: 前 3.4%."""
    tenths = -(-1000 * place.rank // place.count)
    return str(gettext("前 %(percent)s%%", percent=plain(Decimal(tenths) / 10)))


def reported_text(reported: Reported) -> str:
    """Say where a value comes from; the ordinary case needs no word on the page."""
    words: dict[Reported, str] = {
        Reported.CURRENT: gettext("本月"),
        Reported.CARRIED: gettext("暂用上月"),
        Reported.MISSING: gettext("缺数据"),
    }
    return words[reported]


def score_words(module: Module, line: ModuleScore) -> str:
    """Write how a module's value became its score, to be followed with a calculator."""
    if line.value is None:
        return str(gettext("没有数据，计 0.00"))
    worse, better = _bracketed(module.floor), _bracketed(module.full)
    value = _bracketed(line.value)
    if module.direction is Direction.UP:
        upper, lower = f"{value} − {worse}", f"{better} − {worse}"
    else:
        upper, lower = f"{worse} − {value}", f"{worse} − {better}"
    raw = 100 * Fraction(line.value - module.floor) / Fraction(module.full - module.floor)
    if raw < 0:
        return str(gettext("未到起评值 %(floor)s，计 0.00", floor=value_text(module, module.floor)))
    if raw > 100:
        return str(gettext("超过满分值 %(full)s，计 100.00", full=value_text(module, module.full)))
    sign = "=" if raw == Fraction(line.score) else "≈"
    return f"({upper}) ÷ ({lower}) × 100 {sign} {points(line.score)}"


def contribution_words(line: ModuleScore) -> str:
    """Write how a module's score became its part of the total."""
    exact = Fraction(line.score) * Fraction(line.weight) / 100
    sign = "=" if exact == Fraction(line.contribution) else "≈"
    return f"{points(line.score)} × {plain(line.weight)} ÷ 100 {sign} {points(line.contribution)}"


def _bracketed(value: Decimal) -> str:
    return f"({plain(value)})" if value < 0 else plain(value)
