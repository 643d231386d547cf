"""换你来操盘: one minute of a room cut out as a decision, and what each answer was worth.

A moment names a scenario, who operated until then (and goes on operating after), a seed and a
minute. Every answer is a few actions put into that session; the twin plays the session on, and the
difference to doing nothing is the answer's worth. How far the same difference would spread over
lived rooms is measured over other viewers' luck and stated as an interval.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from simulations.actions import (
    Action,
    Break,
    Coupon,
    LuckyBag,
    Pin,
    RedPacket,
    Respond,
    Restock,
    SetPace,
    SetPrice,
    SwitchHost,
    Traffic,
    parse_action,
)
from simulations.errors import ActionError, ActionRefusedError
from simulations.fields import Content
from simulations.observing import observe
from simulations.outcomes import Outcome
from simulations.policies import Policy, competent, house, log_of, novice
from simulations.rooms import admissible
from simulations.scenarios import TICKS_PER_MINUTE, Scenario
from simulations.skills import SkillId
from simulations.states import LoggedAction, RoomKeys, keys_of_seed, replay, rows_of
from simulations.verbs import GOALS, Pace
from simulations.whatif import PathReplays

ANSWER_S = 90
"""Seconds of wall time for an answer."""

LEAST_CHOICES, MOST_CHOICES = 3, 5
NOISE_SEEDS = 64
INTERVAL_SDS = 1.28
"""Half the width of the told interval in standard deviations: eight times in ten, inside."""

LEAST_LEFT_MIN = 10
"""A decision later than this before the end has no time to show its worth."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,39}$")]


class DecisionStep(Content):
    """One action of an answer, some minutes after the moment."""

    after_min: int = Field(0, ge=0, le=30)
    action: dict[str, Any]


class DecisionChoice(Content):
    """One answer; without steps it is: leave things as they are."""

    text: Annotated[str, StringConstraints(min_length=2, max_length=60)]
    why: Annotated[str, StringConstraints(min_length=6, max_length=160)]
    breaks_rule: bool = Field(False, description="a violation, whatever it brings")
    steps: tuple[DecisionStep, ...] = Field((), strict=False, max_length=4)


class DecisionMoment(Content):
    """A moment with its question and its answers.

    Attributes:
        id: Permanent, kebab case.
        scenario: `id@version` of the room.
        operator: Who operates before and after: the room goes on as that operator does.
        seed: Of the customers.
        minute: Of the session.
        title: In a list.
        question: What is asked; what one must know that the cockpit does not show.
        lesson: What to look at next time.
        skill: What it trains.
        choices: In the order in which they are shown.
    """

    lang: Literal["zh-Hans"]
    id: Code
    scenario: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+@\d+$")]
    operator: Literal["house", "novice", "competent"]
    seed: int = Field(ge=0, le=100_000)
    minute: int = Field(ge=3, le=470)
    title: Annotated[str, StringConstraints(min_length=4, max_length=30)]
    question: Annotated[str, StringConstraints(min_length=10, max_length=160)]
    lesson: Annotated[str, StringConstraints(min_length=10, max_length=200)]
    skill: Annotated[SkillId, Field(strict=False)]
    choices: tuple[DecisionChoice, ...] = Field(
        strict=False, min_length=LEAST_CHOICES, max_length=MOST_CHOICES
    )

    @model_validator(mode="after")
    def choices_differ(self) -> Self:
        texts = [one.text for one in self.choices]
        if len(set(texts)) != len(texts):
            raise ValueError("two choices have the same words")
        done = [json.dumps([step.model_dump() for step in one.steps]) for one in self.choices]
        if len(set(done)) != len(done):
            raise ValueError("two choices do the same")
        return self

    @property
    def tick(self) -> int:
        """Return the tick at which the answer takes effect."""
        return self.minute * TICKS_PER_MINUTE

    def content_hash(self, scenario: Scenario) -> str:
        """Return a hash of all that the worths follow from: the moment and its room."""
        data = self.model_dump(mode="json", include={"scenario", "operator", "seed", "minute"})
        data["steps"] = [[step.model_dump() for step in one.steps] for one in self.choices]
        data["room"] = scenario.content_hash()
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChoiceWorth:
    """What an answer brought over doing nothing, from the moment to the session's end.

    Attributes:
        net_fen: Net GMV more, on the twin.
        margin_fen: Margin more, on the twin; may be below 0 where net GMV grew.
        low_fen: Of ten lived rooms eight lie between this and `high_fen`.
        high_fen: See `low_fen`.
    """

    net_fen: int
    margin_fen: int
    low_fen: int
    high_fen: int

    def to_dict(self) -> dict[str, int]:
        """Return JSON-able data."""
        return {
            "net_fen": self.net_fen,
            "margin_fen": self.margin_fen,
            "low_fen": self.low_fen,
            "high_fen": self.high_fen,
        }


class DecisionError(Exception):
    """Raised when a moment does not fit its room; `code` names the rule that it breaks.

    Codes: `too_late`, `unknown_action`, or the room's own code for a refused action.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def operator_of(name: str, scenario: Scenario) -> Policy:
    """Return the operator of a moment."""
    if name == "house":
        return house()
    return novice(scenario) if name == "novice" else competent(scenario)


def session_of(scenario: Scenario, moment: DecisionMoment) -> list[LoggedAction]:
    """Return what the operator does in the whole session."""
    keys = keys_of_seed(moment.seed).twin
    return log_of(scenario, operator_of(moment.operator, scenario), keys)


def board_at(scenario: Scenario, moment: DecisionMoment) -> dict[str, Any]:
    """Return what the cockpit shows at the moment; see `simulations.observing.observe`."""
    log = _before(session_of(scenario, moment), moment.tick)
    state = replay(scenario, keys_of_seed(moment.seed).twin, log, moment.tick)
    return observe(scenario, state, exam=True)


def check_moment(scenario: Scenario, moment: DecisionMoment) -> None:
    """Check that the moment lies in the session and that the room takes every first action.

    Raises:
        DecisionError: Naming the choice and the rule.
    """
    if moment.minute > scenario.duration_min - LEAST_LEFT_MIN:
        raise DecisionError("too_late", f"minute {moment.minute} of {scenario.duration_min}")
    log = _before(session_of(scenario, moment), moment.tick)
    state = replay(scenario, keys_of_seed(moment.seed).twin, log, moment.tick)
    for number, choice in enumerate(moment.choices, 1):
        for step in choice.steps:
            try:
                action = parse_action(step.action)
                rows_of(scenario, [LoggedAction(moment.tick, action)])
                if step.after_min == 0:
                    admissible(scenario, state, action)
            except ActionError as error:
                raise DecisionError("unknown_action", f"choice {number}: {error}") from error
            except ActionRefusedError as error:
                raise DecisionError(error.code, f"choice {number}: {error}") from error


def worths_of(
    scenario: Scenario, moment: DecisionMoment, *, noise_seeds: int = NOISE_SEEDS
) -> list[ChoiceWorth]:
    """Return what each answer was worth, in the order of the choices.

    Args:
        scenario: The room.
        moment: The moment; `check_moment` has passed.
        noise_seeds: Over so many lived sessions the interval is measured; below 2 it has no
            width.
    """
    keys = keys_of_seed(moment.seed)
    log = session_of(scenario, moment)
    twin = PathReplays(scenario, keys.twin, log)
    lived = [
        PathReplays(scenario, RoomKeys(keys.macro, keys_of_seed(seed).micro), log)
        for seed in range(noise_seeds if noise_seeds > 1 else 0)
    ]
    same = len(_before(log, moment.tick))
    found = []
    for choice in moment.choices:
        rows = rows_of(scenario, with_steps(log, moment.tick, choice.steps))

        def outcome(path: PathReplays, rows: list[tuple[float, ...]] = rows) -> Outcome:
            return path.with_rows(rows, same, moment.tick)

        changed = outcome(twin) if choice.steps else twin.outcome
        net = changed.net_fen - twin.outcome.net_fen
        spread = 0.0
        if lived and choice.steps:
            spread = stdev(outcome(path).net_fen - path.outcome.net_fen for path in lived)
        found.append(
            ChoiceWorth(
                net_fen=round(net),
                margin_fen=round(changed.margin_fen - twin.outcome.margin_fen),
                low_fen=round(net - INTERVAL_SDS * spread),
                high_fen=round(net + INTERVAL_SDS * spread),
            )
        )
    return found


def with_steps(
    log: Sequence[LoggedAction], tick: int, steps: Sequence[DecisionStep]
) -> list[LoggedAction]:
    """Return a session's log with an answer's actions, each after what happens at its tick."""
    added = [
        LoggedAction(tick + step.after_min * TICKS_PER_MINUTE, parse_action(step.action))
        for step in steps
    ]
    return sorted([*log, *added], key=lambda entry: entry.tick)


def possible_actions(scenario: Scenario, moment: DecisionMoment) -> list[Action]:
    """Return the usual actions that the room would take at the moment, for an author to choose."""
    log = _before(session_of(scenario, moment), moment.tick)
    state = replay(scenario, keys_of_seed(moment.seed).twin, log, moment.tick)
    found = []
    for action in _usual(scenario, observe(scenario, state, exam=True)):
        try:
            admissible(scenario, state, action)
        except ActionRefusedError:
            continue
        found.append(action)
    return found


def _usual(scenario: Scenario, board: Mapping[str, Any]) -> Iterator[Action]:
    coupon, bag = scenario.benefits.coupon, scenario.benefits.lucky_bag
    packet = scenario.benefits.red_packet
    for line in board["tray"]:
        if not line["is_pinned"]:
            yield Pin(product=line["code"])
    for line, product in zip(board["tray"], scenario.products, strict=True):
        if line["is_pinned"]:
            yield SetPrice(product=product.code, price_fen=round(line["price_fen"] * 0.9))
        if product.restock is not None and line["restock"]["units_left"] > 0:
            yield Restock(product=product.code, units=line["restock"]["units_left"])
    bid, rate = board["traffic"]["bid_fen"], board["traffic"]["rate_fen_per_min"]
    if bid and rate:
        goal = board["traffic"].get("goal")
        goal = None if goal is None else next(one for one in GOALS if one.value == goal)
        yield Traffic(bid_fen=round(bid * 1.3), rate_fen_per_min=2 * rate, goal=goal)
        yield Traffic(bid_fen=0, rate_fen_per_min=0)
    yield LuckyBag(
        prize_fen=min(max(bag.half_fen, bag.least_fen), bag.most_fen), minutes=min(5, bag.most_min)
    )
    yield Coupon(
        depth_fraction=min(max(0.1, coupon.depth_least_fraction), coupon.depth_most_fraction),
        minutes=min(5, coupon.most_min),
    )
    yield RedPacket(amount_fen=packet.least_fen)
    for pace in (Pace.PUSH, Pace.SLOW):
        yield SetPace(pace=pace)
    for incident in scenario.incidents:
        for choice in incident.choices:
            yield Respond(incident=incident.id, choice=choice.id)
    for host in scenario.hosts:
        yield SwitchHost(host=host.id)
    yield Break(minutes=5)


def _before(log: Sequence[LoggedAction], tick: int) -> list[LoggedAction]:
    """Return what was done up to the moment, at its own tick too."""
    return [entry for entry in log if entry.tick <= tick]
