"""What was left undone: the single actions that would have been worth most, each at its moment.

The moments come from three sources: the choices of incidents that nobody answered, what the
reference did on the same customers and the candidate did not, and the usual levers at every tenth
minute. Each is put into the log alone and the session replayed on the twin; what the room refuses
changes nothing and is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulations.actions import Action, Respond
from simulations.outcomes import Outcome, outcome_of
from simulations.policies import Reference, log_of, play
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.scoring import score_of
from simulations.states import LoggedAction, RoomKeys, rows_of
from simulations.whatif import Addition, PathReplays, all_changes, effects_of, unanswered

TOLD = 4
"""So many are told; they do not add up, and a long list is read by nobody."""

MOST_REFERENCE = 80
"""Moments of the reference that are tried, evenly spread over its log."""

SAME_WITHIN_TICKS = 2 * TICKS_PER_MINUTE
"""An action that the candidate took this near is not a missed one."""

LEAST_SHARE = 0.01
"""Below this share of the session's net GMV nothing is worth telling."""


class MomentKind(StrEnum):
    """Why a moment was looked at."""

    INCIDENT = "incident"
    REFERENCE = "reference"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class MissedAction:
    """An action that was not taken, and what it alone would have brought.

    Attributes:
        tick: At whose start it would have been taken.
        action: As data, of `simulations.actions`.
        kind: Where the moment comes from.
        net_gain_fen: Net GMV more, on the twin.
        margin_gain_fen: Margin more; may be below 0, the score says whether that pays.
        points_gain: Points of the score more, gates and strikes included.
        lived_noise_fen: Standard deviation of the same difference over lived rooms; None where it
            was not measured.
    """

    tick: int
    action: dict[str, Any]
    kind: MomentKind
    net_gain_fen: int
    margin_gain_fen: int
    points_gain: float
    lived_noise_fen: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return {
            "tick": self.tick,
            "action": self.action,
            "kind": self.kind.value,
            "net_gain_fen": self.net_gain_fen,
            "margin_gain_fen": self.margin_gain_fen,
            "points_gain": round(self.points_gain, 1),
            "lived_noise_fen": self.lived_noise_fen,
        }


def missed_actions(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    yardstick: Reference,
    *,
    most: int = TOLD,
    with_grid: bool = True,
    noise_seeds: int = 0,
) -> list[MissedAction]:
    """Return the unmade actions that would have been worth most, the greatest first.

    Only what raises net GMV and the score is told: an action that a gate punishes was rightly left
    undone. Of one incident the best answer is told, of one thing (an action and what it is on) the
    best moment.

    Args:
        scenario: The scenario, as the candidate planned it.
        keys: The room's keys.
        log: The session's log.
        yardstick: The scenario's reference, which plays the same customers.
        most: At most so many are returned.
        with_grid: Whether the usual levers are tried at every tenth minute, too; it is most of the
            work, and the plain engine has no time for it.
        noise_seeds: Over so many lived paths their noise is measured; 64 are usual, 0 none.
    """
    tries = list(_tries(scenario, keys, log, yardstick, with_grid))
    path, rows = PathReplays(scenario, keys.twin, log), rows_of(scenario, log)
    points = _points(scenario, keys, yardstick)
    own_points, least = points(path.outcome), LEAST_SHARE * max(path.outcome.net_fen, 0.0)
    found = []
    for kind, addition in tries:
        (added,) = rows_of(scenario, [LoggedAction(addition.tick, addition.action)])
        at = sum(entry.tick <= addition.tick for entry in log)
        other = path.with_rows([*rows[:at], added, *rows[at:]], at, addition.tick)
        gain = other.net_fen - path.outcome.net_fen
        more = points(other) - own_points
        if gain > least and more > 0.0:
            margin = other.margin_fen - path.outcome.margin_fen
            found.append((addition, kind, round(gain), round(margin), more))
    told = _told(sorted(found, key=lambda one: (-one[2], one[0].tick)), most)
    noises: Sequence[int | None] = [None] * len(told)
    if noise_seeds and told:
        changes = [one[0] for one in told]
        effects = effects_of(scenario, keys, log, changes, noise_seeds=noise_seeds)
        noises = [effect.lived_noise_fen for effect in effects]
    return [
        MissedAction(addition.tick, addition.action.to_dict(), kind, gain, margin, more, noise)
        for (addition, kind, gain, margin, more), noise in zip(told, noises, strict=True)
    ]


def _points(scenario: Scenario, keys: RoomKeys, yardstick: Reference) -> Callable[[Outcome], float]:
    """Return the rule that turns an outcome on these customers into points."""
    bare, aim = scenario.with_plan(None), None if scenario.plan is None else scenario.plan.aim
    house = outcome_of(bare, keys.twin, [])
    best = Outcome.of(play(bare, yardstick.policy, keys.twin).summary)

    def points(outcome: Outcome) -> float:
        rules, floor = scenario.scoring, yardstick.span_floor_log
        return score_of(outcome, house, best, rules, floor, aim=aim).points

    return points


def _tries(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    yardstick: Reference,
    with_grid: bool,
) -> Iterator[tuple[MomentKind, Addition]]:
    """Yield what is tried; nothing that the candidate did at about that time."""
    taken: dict[tuple[str, str], list[int]] = {}
    for entry in log:
        taken.setdefault(_subject(entry.action), []).append(entry.tick)

    def is_taken(one: Addition) -> bool:
        ticks = taken.get(_subject(one.action), ())
        return any(abs(tick - one.tick) <= SAME_WITHIN_TICKS for tick in ticks)

    bare = scenario.with_plan(None)
    moments = [
        Addition(entry.tick, entry.action)
        for entry in log_of(bare, yardstick.policy, keys.twin)
        # Answers are tried below, each choice of each incident that nobody answered.
        if not isinstance(entry.action, Respond)
    ]
    every = max(1, -(-len(moments) // MOST_REFERENCE))
    for one in moments[::every]:
        if not is_taken(one):
            yield MomentKind.REFERENCE, one
    changes = (all_changes if with_grid else unanswered)(scenario, keys, log)
    for change in changes:
        if isinstance(change, Addition) and not is_taken(change):
            is_answer = isinstance(change.action, Respond)
            yield MomentKind.INCIDENT if is_answer else MomentKind.GRID, change


Found = tuple[Addition, MomentKind, int, int, float]
"""An addition that pays: with its kind, net gain, margin gain (fen) and points."""


def _told(found: Sequence[Found], most: int) -> list[Found]:
    """Return the first so many, each about another thing at its best moment."""
    told: dict[tuple[str, str], Found] = {}
    for one in found:
        told.setdefault(_subject(one[0].action), one)
    return list(told.values())[:most]


def _subject(action: Action) -> tuple[str, str]:
    """Return what an action does and on what."""
    data = action.to_dict()
    on = (data.get(name) for name in ("product", "incident", "host", "lever"))
    return data["verb"], next((str(one) for one in on if one is not None), "")
