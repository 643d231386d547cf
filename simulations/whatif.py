"""What if one action had been left out, done earlier or later, or added? Answered on the twin.

The twin answers without viewer luck, so that a difference is the action's. How much the same
difference would have varied in lived rooms is measured over other micro keys and stated beside it.
What a change makes impossible later is refused, as it would have been; what it makes possible is
done. A replay goes on from the last state that the change cannot have touched, which halves the
work and changes no bit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import Any

from simulations.actions import Action, Coupon, LuckyBag, Pin, Respond, Restock
from simulations.engines.registry import engine_for
from simulations.engines.v1.layout import NEVER
from simulations.outcomes import Outcome
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.states import (
    LoggedAction,
    RoomKeys,
    keys_of_seed,
    prepared_for,
    replay,
    rows_of,
)

MOVES_MIN = (-5, -2, 2, 5)
"""Minutes by which each action is tried earlier or later."""

GRID_MIN = 10
"""Minutes between the moments at which an action is tried in addition."""

ANSWER_AFTER_TICKS = TICKS_PER_MINUTE
"""An incident that nobody answered is tried answered a minute after it began."""


@dataclass(frozen=True, slots=True)
class Removal:
    """An action of the log left out."""

    index: int


@dataclass(frozen=True, slots=True)
class Move:
    """An action of the log done at another tick."""

    index: int
    tick: int


@dataclass(frozen=True, slots=True)
class Addition:
    """An action that is not in the log, after those of its tick."""

    tick: int
    action: Action


Change = Removal | Move | Addition


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would have done: the changed session minus the session as it was.

    `lived_noise_fen` is the standard deviation of the same difference over lived rooms with the
    same world and other viewers; None where it was not measured.
    """

    change: Change
    tick: int
    action: dict[str, Any]
    net_effect_fen: int
    margin_effect_fen: int
    lived_noise_fen: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data; `kind` is removal, move or addition."""
        moved_to = self.change.tick if isinstance(self.change, Move) else None
        return {
            "kind": type(self.change).__name__.lower(),
            "index": None if isinstance(self.change, Addition) else self.change.index,
            "tick": self.tick,
            "moved_to_tick": moved_to,
            "action": self.action,
            "net_effect_fen": self.net_effect_fen,
            "margin_effect_fen": self.margin_effect_fen,
            "lived_noise_fen": self.lived_noise_fen,
        }


def changed_log(log: Sequence[LoggedAction], change: Change) -> list[LoggedAction]:
    """Return the log with one change; IndexError if it names an action that is not there."""
    if isinstance(change, Addition):
        return _inserted(list(log), LoggedAction(change.tick, change.action))
    if not 0 <= change.index < len(log):
        raise IndexError(f"the log has no action {change.index}")
    rest = [*log[: change.index], *log[change.index + 1 :]]
    if isinstance(change, Removal):
        return rest
    return _inserted(rest, LoggedAction(change.tick, log[change.index].action))


def _inserted(log: list[LoggedAction], entry: LoggedAction) -> list[LoggedAction]:
    at = sum(one.tick <= entry.tick for one in log)
    return [*log[:at], entry, *log[at:]]


class PathReplays:
    """One path of a session (its twin, or a lived room): the session itself and changes to it."""

    def __init__(self, scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]) -> None:
        self._engine = engine_for(scenario.engine)
        self._setting = prepared_for(scenario, self._engine)
        self._keys = (keys.macro, keys.micro)
        self._until = scenario.duration_ticks
        self._ticks = [entry.tick for entry in log]
        engine = self._engine
        rows = engine.rows(rows_of(scenario, log))
        room = engine.begin(self._setting, keys.macro)
        self._start = engine.dump(room)
        self._before: list[bytes] = []
        for index, entry in enumerate(log):
            engine.advance(room, self._setting, self._keys, rows, index, entry.tick)
            self._before.append(engine.dump(room))
        engine.advance(room, self._setting, self._keys, rows, len(log), self._until)
        self.outcome = Outcome.of(engine.summary(room))

    def with_rows(self, rows: Sequence[Sequence[float]], same: int, tick: int) -> Outcome:
        """Return the outcome under other rows.

        Args:
            rows: The changed log's rows.
            same: How many rows at the beginning are the session's own.
            tick: The first tick at which anything differs.
        """
        at = min(same, len(self._ticks) - 1)
        while at >= 0 and self._ticks[at] > tick:
            at -= 1
        room = self._engine.load(self._before[at] if at >= 0 else self._start)
        log = self._engine.rows(rows)
        self._engine.advance(room, self._setting, self._keys, log, len(rows), self._until)
        return Outcome.of(self._engine.summary(room))


def effects_of(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    changes: Sequence[Change],
    *,
    noise_seeds: int = 0,
) -> list[Effect]:
    """Return what each change would have done, in the order given.

    Args:
        scenario: The scenario, as planned.
        keys: The room's keys.
        log: The session's log.
        changes: The changes, each tried alone.
        noise_seeds: Over so many lived paths the noise is measured; 64 are usual, 0 none.

    Raises:
        IndexError: If a change names an action that the log has not.
        ActionRefusedError: If an added action names a product or choice the scenario has not.
    """
    twin = PathReplays(scenario, keys.twin, log)
    lived = [
        PathReplays(scenario, RoomKeys(keys.macro, keys_of_seed(seed).micro), log)
        for seed in range(noise_seeds)
    ]
    own_rows = rows_of(scenario, log)
    found = []
    for change in changes:
        entry = _entry_of(log, change)
        rows, same, tick = _changed_rows(scenario, own_rows, change)
        other = twin.with_rows(rows, same, tick)
        noise = None
        if len(lived) > 1:
            differences = [
                path.with_rows(rows, same, tick).net_fen - path.outcome.net_fen for path in lived
            ]
            noise = round(stdev(differences))
        found.append(
            Effect(
                change=change,
                tick=entry.tick,
                action=entry.action.to_dict(),
                net_effect_fen=round(other.net_fen - twin.outcome.net_fen),
                margin_effect_fen=round(other.margin_fen - twin.outcome.margin_fen),
                lived_noise_fen=noise,
            )
        )
    return found


def _entry_of(log: Sequence[LoggedAction], change: Change) -> LoggedAction:
    if isinstance(change, Addition):
        return LoggedAction(change.tick, change.action)
    if not 0 <= change.index < len(log):
        raise IndexError(f"the log has no action {change.index}")
    return log[change.index]


def _changed_rows(
    scenario: Scenario, rows: Sequence[tuple[float, ...]], change: Change
) -> tuple[list[tuple[float, ...]], int, int]:
    """Return the changed log's rows, how many at the beginning are the same, and from which tick.

    As `changed_log` does it, without encoding the whole log anew for each change.
    """
    if isinstance(change, Addition):
        (added,) = rows_of(scenario, [LoggedAction(change.tick, change.action)])
        rest, first = list(rows), len(rows)
    else:
        rest, first = [*rows[: change.index], *rows[change.index + 1 :]], change.index
        if isinstance(change, Removal):
            return rest, first, int(rows[first][0])
        added = (float(change.tick), *rows[change.index][1:])
    at = sum(row[0] <= added[0] for row in rest)
    changed = [*rest[:at], added, *rest[at:]]
    tick = int(added[0])
    if not isinstance(change, Addition):
        tick = min(tick, int(rows[change.index][0]))
    return changed, min(first, at), tick


def all_changes(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]
) -> Iterator[Change]:
    """Yield every one-change counterfactual worth trying: removals, moves, additions."""
    for index in range(len(log)):
        yield Removal(index)
    for index, entry in enumerate(log):
        for minutes in MOVES_MIN:
            tick = entry.tick + minutes * TICKS_PER_MINUTE
            if 0 <= tick < scenario.duration_ticks:
                yield Move(index, tick)
    yield from unanswered(scenario, keys, log)
    yield from _grid(scenario)


def unanswered(
    scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]
) -> Iterator[Addition]:
    """Yield each answer to each incident that came and that nobody answered."""
    state = replay(scenario, keys.twin, log, scenario.duration_ticks).numbers
    for number, incident in enumerate(scenario.incidents):
        start = state.incident_start[number]
        if start >= NEVER or state.incident_answer[number] >= 0:
            continue
        tick = start + ANSWER_AFTER_TICKS
        if tick < scenario.duration_ticks:
            for choice in incident.choices:
                yield Addition(tick, Respond(incident=incident.id, choice=choice.id))


def _grid(scenario: Scenario) -> Iterator[Addition]:
    """Yield the usual levers at every tenth minute."""
    coupon, bag = scenario.benefits.coupon, scenario.benefits.lucky_bag
    depth = min(max(0.1, coupon.depth_least_fraction), coupon.depth_most_fraction)
    prize = min(max(bag.half_fen, bag.least_fen), bag.most_fen)
    levers: list[Action] = [
        LuckyBag(prize_fen=prize, minutes=min(5, bag.most_min)),
        Coupon(depth_fraction=depth, minutes=min(5, coupon.most_min)),
        *(Pin(product=product.code) for product in scenario.products),
        *(
            Restock(product=product.code, units=max(1, product.restock.max_units // 2))
            for product in scenario.products
            if product.restock is not None
        ),
    ]
    for minute in range(GRID_MIN, scenario.duration_min, GRID_MIN):
        for action in levers:
            yield Addition(minute * TICKS_PER_MINUTE, action)


def ranked_effects(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    *,
    noise_for: int = 0,
    noise_seeds: int = 64,
) -> list[Effect]:
    """Return the effects of all one-change counterfactuals, the greatest first.

    Additions that the room refuses change nothing and are left out.

    Args:
        scenario: The scenario, as planned.
        keys: The room's keys.
        log: The session's log.
        noise_for: For so many of the greatest the lived noise is measured.
        noise_seeds: Over so many lived paths.
    """
    changes = list(all_changes(scenario, keys, log))
    effects = [
        effect
        for effect in effects_of(scenario, keys, log, changes)
        if not isinstance(effect.change, Addition)
        or effect.net_effect_fen
        or effect.margin_effect_fen
    ]
    effects.sort(key=lambda effect: -abs(effect.net_effect_fen))
    if noise_for == 0:
        return effects
    head = [effect.change for effect in effects[:noise_for]]
    return [
        *effects_of(scenario, keys, log, head, noise_seeds=noise_seeds),
        *effects[noise_for:],
    ]
