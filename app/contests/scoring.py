"""What a contest's results are: pure functions of stored facts and the pinned rules.

    room part   the twin's score of each room, 0 the house, 100 the reference
    forecast    points of the room's forecasts, 0 to 100
    jury        weighted rubric points of the jurors' mean, scaled to 0 to 100
    total       the weighted mean, over the stages played, of the weighted parts

The interval of a total is what other viewers of the same day would have done to it: the spread of
the same log's scores over the shadows' micro keys, which all contestants share. Two contestants
are told apart when 95 % of the shadows agree who is ahead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from statistics import fmean, stdev
from typing import Any

from app.contests.rules import ContestRules, JuryRules, ScoreRules
from simulations.asking import forecast_prompts
from simulations.cards import known_at
from simulations.forecasting import Forecast, judge_forecast
from simulations.outcomes import Outcome, outcome_of
from simulations.policies import Reference, play
from simulations.rooms import LoggedAction, RoomKeys
from simulations.scenarios import Scenario
from simulations.scoring import room_result, score_of

LIKELY = 1.96
"""Standard errors of a 95 % interval."""

TOLD_APART = 0.95
"""Share of shadows that must agree before two contestants count as told apart."""

DECIMALS = 1
"""Totals are compared as they are printed."""


@dataclass(frozen=True, slots=True)
class GivenForecast:
    """A forecast as it stands in a room's log."""

    prompt: int
    tick: int
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class RoomScore:
    """What one room came to.

    Attributes:
        room_points: Certified (twin) score, to one decimal.
        forecast_points: Mean points of the forecasts that the room asked for, one that was not
            given counting 0; None where none was asked for.
        strikes: Strikes charged.
        uplift_ratio: Net GMV over the house's, minus 1, on the twin.
        shadows: Scores of the same log before other viewers, one for each shadow key.
    """

    room_points: float
    forecast_points: float | None
    strikes: int
    uplift_ratio: float
    shadows: tuple[float, ...]

    @property
    def luck_sd(self) -> float:
        """Return how much viewers' luck moves the lived score, in points."""
        return stdev(self.shadows) if len(self.shadows) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class PlacePart:
    """One counted round of a contestant, as the total sees it."""

    stage: int
    title: str
    room_points: float
    forecast_points: float | None
    jury_points: float | None
    strikes: int
    shadows: tuple[float, ...]
    reason: str = "played"

    @property
    def luck_sd(self) -> float:
        return stdev(self.shadows) if len(self.shadows) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class EntryResult:
    """A contestant's result with everything that made it.

    Attributes:
        entry: Public id of the entry.
        total_points: To one decimal.
        certified_points: The machine's part alone, room and forecast, which the standard of the
            programme is held against: a jury does not move it.
        low_points, high_points: 95 % interval of the total over viewers' luck.
        room_points, forecast_points, jury_points: Means over the stages; None where not judged.
        strikes: Of all rounds.
        parts: The rounds.
        rank: 1 for the best; equal after every tie rule means equal rank.
        tie_rule: Which rule put this one behind or before an equal total; empty if none did.
        apart_from_next: Whether the shadows tell this one from the next in rank.
    """

    entry: str
    total_points: float
    certified_points: float
    low_points: float
    high_points: float
    room_points: float
    forecast_points: float | None
    jury_points: float | None
    strikes: int
    parts: tuple[PlacePart, ...]
    rank: int = 0
    tie_rule: str = ""
    apart_from_next: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return asdict(self)


def shadow_keys(keys: RoomKeys, count: int) -> list[RoomKeys]:
    """Return keys of the same day with other viewers: SHA-256 of the micro key and a number."""
    out = []
    for number in range(count):
        seed = keys.to_bytes() + number.to_bytes(4, "big")
        micro = int.from_bytes(hashlib.sha256(b"caopan shadow" + seed).digest()[:8], "big")
        out.append(RoomKeys(keys.macro, micro or 1))
    return out


def score_room(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    forecasts: Sequence[GivenForecast],
    reference: Reference,
    rules: ScoreRules,
    yardsticks: dict[RoomKeys, tuple[Outcome, Outcome]] | None = None,
) -> RoomScore:
    """Judge one room of a contest.

    Args:
        scenario: The scenario version, with the contestant's plan and the jury's cards.
        keys: The round's keys.
        log: All accepted actions, in order.
        forecasts: Those that were given.
        reference: What marks 100 points.
        rules: The contest's.
        yardsticks: House and reference by shadow keys, kept between the rooms of one run.
    """
    result = room_result(scenario, keys, log, reference)
    held = {} if yardsticks is None else yardsticks
    bare = scenario.with_plan(None)
    shadows = []
    for shadow in shadow_keys(keys, rules.shadow_count):
        if shadow not in held:
            marked = Outcome.of(play(bare, reference.policy, shadow).summary)
            held[shadow] = outcome_of(bare, shadow, ()), marked
        house, best = held[shadow]
        score = score_of(
            outcome_of(scenario, shadow, log),
            house,
            best,
            scenario.scoring,
            reference.span_floor_log,
            aim=None if scenario.plan is None else scenario.plan.aim,
        )
        shadows.append(round(score.points, DECIMALS))
    return RoomScore(
        room_points=result.points,
        forecast_points=forecast_points(scenario, keys, log, forecasts, rules.futures),
        strikes=result.score.strikes_charged,
        uplift_ratio=round(result.uplift_ratio, 4),
        shadows=tuple(shadows),
    )


def forecast_points(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    forecasts: Sequence[GivenForecast],
    futures: int,
) -> float | None:
    """Return the mean points of a room's forecasts; None where it asks for none."""
    prompts = forecast_prompts(scenario)
    if not prompts:
        return None
    given = {one.prompt: one for one in forecasts}
    points = [0.0] * len(prompts)
    for number in range(len(prompts)):
        if number in given:
            one = given[number]
            then = known_at(scenario, one.tick)
            judged = judge_forecast(then, keys, log, one.tick, one.forecast, futures)
            points[number] = judged.points
    return round(fmean(points), DECIMALS)


def jury_points(marks: Sequence[Mapping[str, int]], rules: JuryRules, stage: int) -> float | None:
    """Return what jurors' marks in a stage come to, 0 to 100; None without any.

    The mean over jurors of the weighted share of points. With fewer jurors than the rules want
    the place is not judged yet.
    """
    if len(marks) < rules.least_jurors:
        return None
    return round(100.0 * fmean(mark_share(one, rules, stage) for one in marks), DECIMALS)


def mark_share(marks: Mapping[str, int], rules: JuryRules, stage: int) -> float:
    """Return one juror's weighted share of a stage's points, in [0, 1].

    Raises:
        KeyError: If a criterion of the stage lacks.
    """
    criteria = rules.criteria_of(stage)
    points = sum(one.weight * marks[one.code] / rules.most_points for one in criteria)
    return points / sum(one.weight for one in criteria)


def entry_result(entry: str, parts: Sequence[PlacePart], rules: ContestRules) -> EntryResult:
    """Return a contestant's result from the rounds they played; the rank comes with the others.

    Args:
        entry: Public id of the entry.
        parts: At least one counted round.
        rules: The contest's.
    """
    score, weights = rules.score, rules.score.stage_weights
    whole = sum(weights.get(part.stage, 1.0) for part in parts)
    share = [weights.get(part.stage, 1.0) / whole for part in parts]
    totals = [_total_of(part, score) for part in parts]
    certified = [_certified_of(part, score) for part in parts]
    variance = sum(
        (one * _room_share(part, score) * part.luck_sd) ** 2
        for one, part in zip(share, parts, strict=True)
    )
    total = sum(one * value for one, value in zip(share, totals, strict=True))
    half = LIKELY * variance**0.5
    return EntryResult(
        entry=entry,
        total_points=round(total, DECIMALS),
        certified_points=round(
            sum(one * value for one, value in zip(share, certified, strict=True)), DECIMALS
        ),
        low_points=round(total - half, DECIMALS),
        high_points=round(total + half, DECIMALS),
        room_points=round(
            sum(one * part.room_points for one, part in zip(share, parts, strict=True)), DECIMALS
        ),
        forecast_points=_mean([part.forecast_points for part in parts], share),
        jury_points=_mean([part.jury_points for part in parts], share),
        strikes=sum(part.strikes for part in parts),
        parts=tuple(parts),
    )


def ranked(results: Sequence[EntryResult], rules: ContestRules) -> list[EntryResult]:
    """Return results in order with ranks; who is in a later stage stands before who is not.

    Equal totals, as printed, are parted by the tie rules in their order; what they leave equal
    shares a rank, and the next rank is skipped.
    """

    def stage(one: EntryResult) -> int:
        return max((part.stage for part in one.parts), default=0)

    def key(one: EntryResult) -> tuple[float, ...]:
        return (-stage(one), -one.total_points, *(_tie(one, rule) for rule in rules.ties))

    ordered = sorted(results, key=lambda one: (*key(one), one.entry))
    out: list[EntryResult] = []
    place = 0
    for _, group in groupby(ordered, key=key):
        members = list(group)
        out += [replace(one, rank=place + 1) for one in members]
        place += len(members)
    return [
        replace(
            one,
            tie_rule=_tie_rule(one, out, position, rules),
            apart_from_next=is_apart(one, out[position + 1], rules)
            if position + 1 < len(out)
            else None,
        )
        for position, one in enumerate(out)
    ]


def is_apart(first: EntryResult, second: EntryResult, rules: ContestRules) -> bool | None:
    """Say whether the shadows tell two contestants apart; None where they played unlike rounds.

    Both met the same shadows, so their difference holds no luck that both shared.
    """
    if [part.stage for part in first.parts] != [part.stage for part in second.parts]:
        return None
    pairs = list(zip(first.parts, second.parts, strict=True))
    count = min((len(part.shadows) for pair in pairs for part in pair), default=0)
    if count == 0 or any(a.title != b.title for a, b in pairs):
        return None
    ahead = 0
    for number in range(count):
        gap = 0.0
        for a, b in pairs:
            weight = rules.score.stage_weights.get(a.stage, 1.0)
            gap += weight * (_shadow_total(a, number, rules) - _shadow_total(b, number, rules))
        ahead += gap > 0.0
    return max(ahead, count - ahead) / count >= TOLD_APART


def advancing(results: Sequence[EntryResult], count: int) -> list[str]:
    """Return the entries that go on: the best `count`, and all who tie with the last of them."""
    ordered = sorted(results, key=lambda one: one.rank)
    if len(ordered) <= count:
        return [one.entry for one in ordered]
    last = ordered[count - 1].rank
    return [one.entry for one in ordered if one.rank <= last]


def seeded(points: Mapping[str, float], group_count: int) -> list[list[str]]:
    """Return entries dealt into heats by a snake: 1, 2, 3, 3, 2, 1, then 1 again.

    Args:
        points: What the seeding goes by, by entry; equal points are put in order of the entry's
            id, which is random.
        group_count: Heats.
    """
    order = sorted(points, key=lambda entry: (-points[entry], entry))
    groups: list[list[str]] = [[] for _ in range(group_count)]
    for position, entry in enumerate(order):
        turn, place = divmod(position, group_count)
        groups[place if turn % 2 == 0 else group_count - 1 - place].append(entry)
    return groups


def _room_share(part: PlacePart, rules: ScoreRules) -> float:
    return rules.room_weight / _weight(part, rules)


def _weight(part: PlacePart, rules: ScoreRules) -> float:
    weight = rules.room_weight
    weight += 0.0 if part.forecast_points is None else rules.forecast_weight
    return weight + (0.0 if part.jury_points is None else rules.jury_weight)


def _total_of(part: PlacePart, rules: ScoreRules, room_points: float | None = None) -> float:
    total = rules.room_weight * (part.room_points if room_points is None else room_points)
    total += rules.forecast_weight * (part.forecast_points or 0.0)
    total += rules.jury_weight * (part.jury_points or 0.0)
    return total / _weight(part, rules)


def _certified_of(part: PlacePart, rules: ScoreRules) -> float:
    return _total_of(replace(part, jury_points=None), rules)


def _shadow_total(part: PlacePart, number: int, rules: ContestRules) -> float:
    return _total_of(part, rules.score, part.shadows[number])


def _mean(values: Sequence[float | None], share: Sequence[float]) -> float | None:
    held = [(value, one) for value, one in zip(values, share, strict=True) if value is not None]
    whole = sum(one for _, one in held)
    return round(sum(value * one for value, one in held) / whole, DECIMALS) if held else None


def _tie(one: EntryResult, rule: str) -> float:
    if rule == "certified":
        return -one.certified_points
    if rule == "strikes":
        return float(one.strikes)
    value = one.forecast_points if rule == "forecast" else one.jury_points
    return -(value if value is not None else -1.0)


def _tie_rule(
    one: EntryResult, ordered: Sequence[EntryResult], position: int, rules: ContestRules
) -> str:
    """Return the rule that parted a result from a neighbour of the same total."""
    for other in (
        *ordered[max(0, position - 1) : position],
        *ordered[position + 1 : position + 2],
    ):
        if other.total_points != one.total_points or other.rank == one.rank:
            continue
        for rule in rules.ties:
            if _tie(one, rule) != _tie(other, rule):
                return rule
    return ""
