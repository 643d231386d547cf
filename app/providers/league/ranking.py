"""A season's table from monthly totals: places, ties, promotion and relegation. Pure.

Places are competition places: equal runners share one, and the next is left out. A tie on the
line always goes the provider's way: who shares a place that moves up moves up, and who shares a
place above the line stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.providers.exact import to_e4, to_hundredths
from app.providers.league.rules import LeagueRules


class Movement(StrEnum):
    """What a season's place means for the next one."""

    UP = "up"
    DOWN = "down"
    STAY = "stay"
    UNRANKED = "unranked"


@dataclass(frozen=True, slots=True)
class Runner:
    """What one provider brings to a season.

    Attributes:
        totals_e2: Monthly totals in hundredths; None for a month without figures.
        tie_e2: Sum of the tie force's monthly scores.
        certified_e2: Sum of the monthly certified components.
        scale_e4: Mean of its monthly scale; None if it was never reported.
    """

    provider_id: int
    totals_e2: tuple[int | None, ...]
    tie_e2: int
    certified_e2: int
    scale_e4: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a division's table.

    Attributes:
        place: None if unranked: a month without figures is no month played.
        points_e2: Mean of the monthly totals, hundredths, half up.
        shared: Whether others have the same place.
        next_division: Where it plays the next season.
    """

    provider_id: int
    division: str
    place: int | None
    points_e2: int | None
    shared: bool
    movement: Movement
    next_division: str


def division_of_scale(rules: LeagueRules, scale_e4: int | None) -> str:
    """Return the division of a newcomer; the lowest if nobody knows its scale."""
    for division in rules.divisions:
        if scale_e4 is not None and scale_e4 >= to_e4(division.at_least):
            return division.id
    return rules.divisions[-1].id


def season_table(
    rules: LeagueRules, runners: Sequence[Runner], divisions: Mapping[int, str]
) -> dict[str, tuple[Line, ...]]:
    """Rank every division.

    Equal sums of totals are told apart by the tie force's sum, then by the certified component's;
    who is equal in all three shares the place.

    Args:
        rules: The season's.
        runners: Who plays; each month of each counts alike.
        divisions: By provider, from the season before; others are placed by scale.

    Returns:
        By division, highest first: lines by place, unranked ones last by provider.
    """
    groups: dict[str, list[Runner]] = {division.id: [] for division in rules.divisions}
    for runner in runners:
        known = divisions.get(runner.provider_id, "")
        place = known if known in groups else division_of_scale(rules, runner.scale_e4)
        groups[place].append(runner)
    order = list(groups)
    return {
        division: tuple(_lines(rules, order, division, members))
        for division, members in groups.items()
    }


def moving_count(rules: LeagueRules, ranked_count: int) -> int:
    """Return how many places move each way; 0 where numbers are too small."""
    if ranked_count < rules.least_size:
        return 0
    return max(1, ranked_count * to_hundredths(rules.moving_fraction) // 100)


def _lines(
    rules: LeagueRules, order: Sequence[str], division: str, members: Sequence[Runner]
) -> list[Line]:
    ranked = sorted(
        (one for one in members if None not in one.totals_e2),
        key=lambda one: (*(-figure for figure in _strength(one)), one.provider_id),
    )
    moving = moving_count(rules, len(ranked))
    at = order.index(division)
    lines: list[Line] = []
    strengths = [_strength(one) for one in ranked]
    for one, strength in zip(ranked, strengths, strict=True):
        place = strengths.index(strength) + 1
        movement = Movement.STAY
        if place <= moving and at > 0:
            movement = Movement.UP
        elif place > len(ranked) - moving and at + 1 < len(order):
            movement = Movement.DOWN
        step = {Movement.UP: -1, Movement.DOWN: 1}.get(movement, 0)
        months = len(one.totals_e2)
        lines.append(
            Line(
                provider_id=one.provider_id,
                division=division,
                place=place,
                points_e2=(2 * strength[0] + months) // (2 * months),
                shared=strengths.count(strength) > 1,
                movement=movement,
                next_division=order[at + step],
            )
        )
    absent = sorted(one.provider_id for one in members if None in one.totals_e2)
    lines += [Line(one, division, None, None, False, Movement.UNRANKED, division) for one in absent]
    return lines


def _strength(one: Runner) -> tuple[int, int, int]:
    return sum(total or 0 for total in one.totals_e2), one.tie_e2, one.certified_e2
