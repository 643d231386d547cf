"""The score of a room: 0 is the house, 100 the reference, on the same customers.

    score = (100 · ln(N / N_house) / ln(N_ref / N_house) + aim) · g_margin · g_roi · g_refund
            - strike points · strikes beyond the house's

where N is GMV minus refunds and the aim is what a plan declared, at most 10 points. Everything is
taken from the fluid twin (`RoomKeys.twin`), so that viewer luck is in none of it. Gates only shrink
positive scores; a closed room scores at most 0; the result is clipped to [-100, 130]. A candidate
who does nothing *is* the house and scores exactly 0. The result is pure in (engine version,
scenario, plan, keys, log).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from simulations.counterfactuals import Counterfactual, one_change_counterfactuals
from simulations.engines.v1.arithmetic import log_
from simulations.merchants import Scoring
from simulations.outcomes import LEAST_NET_FEN, Outcome, outcome_of
from simulations.policies import Policy, Reference, play, reference
from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys

__all__ = [
    "Counterfactual",
    "Gate",
    "Outcome",
    "RoomResult",
    "Score",
    "one_change_counterfactuals",
    "room_result",
    "score_of",
]

SCORE_FLOOR = -100.0
SCORE_CEILING = 130.0
AIM_FLOOR = -0.5
"""A declared goal that is missed costs at most this share of its points."""

LEAST_MARGIN_SHARE = 0.3
"""The margin's limit never falls below this share of the scenario's, however bad the day."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A factor on positive scores: 1 within the limit, falling steeply beyond it."""

    code: str
    value: float | None
    limit: float
    factor: float


@dataclass(frozen=True, slots=True)
class AimScore:
    """What a declared goal brought: from the house's level to the target in proportion."""

    code: str
    value: float
    house_value: float
    target: float
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    """A score with everything that made it."""

    growth_log: float
    span_log: float
    raw: float
    gates: tuple[Gate, ...]
    strikes_charged: int
    strike_points: float
    points: float
    aim: AimScore | None = None

    @property
    def gate_factor(self) -> float:
        """Return the product of the gates."""
        factor = 1.0
        for gate in self.gates:
            factor = factor * gate.factor
        return factor


@dataclass(frozen=True, slots=True)
class RoomResult:
    """The result of a room: outcomes on the lived path and on the twin, and the score."""

    scenario_ref: str
    scenario_hash: str
    plan: dict[str, Any] | None
    engine_version: str
    reference_is_stale: bool
    lived: dict[str, Outcome]
    twin: dict[str, Outcome]
    score: Score

    @property
    def points(self) -> float:
        """Return the certified score, to one decimal."""
        return round(self.score.points, 1)

    @property
    def uplift_ratio(self) -> float:
        """Return the candidate's net GMV over the house's, minus 1, on the twin."""
        return self.twin["candidate"].net_fen / max(self.twin["house"].net_fen, LEAST_NET_FEN) - 1

    @property
    def explanation(self) -> list[dict[str, Any]]:
        """Return the score step by step; `points` is the running total after each step.

        Codes are keys of `simulations.labels.MESSAGES`.
        """
        return _explain(self)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return {
            "scenario_ref": self.scenario_ref,
            "scenario_hash": self.scenario_hash,
            "plan": self.plan,
            "engine_version": self.engine_version,
            "reference_is_stale": self.reference_is_stale,
            "score": self.points,
            "raw_score": self.score.raw,
            "uplift_ratio": self.uplift_ratio,
            "growth_log": self.score.growth_log,
            "span_log": self.score.span_log,
            "gates": [asdict(gate) for gate in self.score.gates],
            "strikes_charged": self.score.strikes_charged,
            "strike_points": self.score.strike_points,
            "lived": {who: outcome.to_dict() for who, outcome in self.lived.items()},
            "twin": {who: outcome.to_dict() for who, outcome in self.twin.items()},
            "explanation": self.explanation,
        }


def score_of(
    candidate: Outcome,
    house: Outcome,
    reference_outcome: Outcome,
    rules: Scoring,
    span_floor_log: float,
    lived_strikes: int | None = None,
    aim: str | None = None,
) -> Score:
    """Score an outcome against house and reference of the same keys.

    Args:
        candidate: The outcome to judge.
        house: The house's.
        reference_outcome: The reference's.
        rules: The scenario's gates.
        span_floor_log: The least log growth that 100 points stand for.
        lived_strikes: Strikes of the lived room. The smaller count is charged: a strike that
            exists only because stock is a flow in the twin was nobody's fault.
        aim: The goal that the candidate's plan declared.
    """
    house_net = max(house.net_fen, LEAST_NET_FEN)
    growth = log_(max(candidate.net_fen, LEAST_NET_FEN) / house_net)
    span = max(log_(max(reference_outcome.net_fen, LEAST_NET_FEN) / house_net), span_floor_log)
    raw = 100.0 * growth / span
    gates = _gates(candidate, house, rules)
    aimed = _aim(aim, candidate, house, rules)
    points = raw + aimed.points if aimed is not None else raw
    if points > 0.0:
        for gate in gates:
            points = points * gate.factor
    strikes = candidate.strikes
    if lived_strikes is not None:
        strikes = min(strikes, lived_strikes)
    charged = max(0, strikes - house.strikes)
    points = points - rules.strike_points * charged
    if candidate.is_closed:
        points = min(points, 0.0)
    return Score(
        growth_log=growth,
        span_log=span,
        raw=raw,
        gates=gates,
        strikes_charged=charged,
        strike_points=rules.strike_points,
        points=min(max(points, SCORE_FLOOR), SCORE_CEILING),
        aim=aimed,
    )


def _aim(code: str | None, candidate: Outcome, house: Outcome, rules: Scoring) -> AimScore | None:
    """Return what the declared goal is worth: all its points at the target, some lost if missed.

    A target that the house reaches already would be no goal: then nothing is added.
    """
    rule = next((one for one in rules.aims if one.id == code), None)
    if rule is None:
        return None
    value, base = _aim_value(rule.id, candidate), _aim_value(rule.id, house)
    span = rule.target - base
    share = min(1.0, max(AIM_FLOOR, (value - base) / span)) if span > 0.0 else 0.0
    return AimScore(rule.id, value, base, rule.target, rule.points * share)


def _aim_value(code: str, outcome: Outcome) -> float:
    if code == "new_customers":
        return outcome.new_share_fraction
    return outcome.new_fans if code == "followers" else outcome.repeat_orders


def _gates(candidate: Outcome, house: Outcome, rules: Scoring) -> tuple[Gate, ...]:
    """Return the three gates.

    The margin's limit gives way to the house's own margin on a bad day, but not to nothing. The
    ROI's limit follows the break-even of the goods that were really sold, where the rules say so.
    """
    limit = min(
        rules.margin_limit_fraction,
        max(
            rules.margin_house_share * house.margin_fraction,
            LEAST_MARGIN_SHARE * rules.margin_limit_fraction,
        ),
    )
    roi_limit = rules.roi_limit_ratio
    if rules.roi_break_even_share > 0.0 and candidate.break_even_roi_ratio is not None:
        roi_limit = rules.roi_break_even_share * candidate.break_even_roi_ratio
    margin, refund, roi = candidate.margin_fraction, candidate.refund_fraction, candidate.roi_ratio
    is_judged = roi is not None and candidate.spend_fen > rules.roi_free_fen
    shares = (
        ("gate_margin", margin, limit, margin / limit),
        (
            "gate_roi",
            roi,
            roi_limit,
            roi / roi_limit if roi is not None and is_judged else 1.0,
        ),
        (
            "gate_refund",
            refund,
            rules.refund_limit_fraction,
            rules.refund_limit_fraction / refund if refund > 0.0 else 1.0,
        ),
    )
    return tuple(
        Gate(code, value, at, _power(min(1.0, max(0.0, share)), rules.exponent))
        for code, value, at, share in shares
    )


def _power(share: float, exponent: int) -> float:
    """Return share ** exponent for 1 or 2, multiplied out: equal bits everywhere."""
    return share * share if exponent == 2 else share


def _explain(result: RoomResult) -> list[dict[str, Any]]:
    score, candidate = result.score, result.twin["candidate"]
    points = score.raw
    steps: list[dict[str, Any]] = [
        {
            "code": "growth",
            "net_fen": round(candidate.net_fen),
            "house_net_fen": round(result.twin["house"].net_fen),
            "reference_net_fen": round(result.twin["reference"].net_fen),
            "growth_log": score.growth_log,
            "span_log": score.span_log,
            "points": points,
        }
    ]
    if score.aim is not None:
        points = points + score.aim.points
        steps.append(
            {
                "code": "aim",
                "aim": score.aim.code,
                "value": score.aim.value,
                "house_value": score.aim.house_value,
                "target": score.aim.target,
                "change": score.aim.points,
                "points": points,
            }
        )
    for gate in score.gates:
        before = points
        if points > 0.0:
            points = points * gate.factor
        steps.append({**asdict(gate), "change": points - before, "points": points})
    lost = score.strike_points * score.strikes_charged
    points = points - lost
    steps.append(
        {
            "code": "strikes",
            "strikes": candidate.strikes,
            "house_strikes": result.twin["house"].strikes,
            "charged": score.strikes_charged,
            "change": -lost,
            "points": points,
        }
    )
    if candidate.is_closed and points > 0.0:
        steps.append({"code": "closed", "change": -points, "points": 0.0})
        points = 0.0
    if points != score.points:
        steps.append({"code": "clip", "change": score.points - points, "points": score.points})
    steps.append({"code": "final", "points": score.points})
    return steps


@lru_cache(maxsize=256)
def _baselines(scenario: Scenario, keys: RoomKeys, policy: Policy) -> tuple[Outcome, Outcome]:
    """Return house and reference outcomes of these keys; the same for every candidate on them."""
    return outcome_of(scenario, keys, []), Outcome.of(play(scenario, policy, keys).summary)


def room_result(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    yardstick: Reference | None = None,
) -> RoomResult:
    """Judge a finished room.

    Args:
        scenario: The scenario version that the room pinned, with the candidate's plan; house and
            reference meet it with their own.
        keys: The room's keys.
        log: All accepted actions, sorted by tick and sequence.
        yardstick: The reference policy; the one stored beside the scenario if left out.

    Raises:
        ReferenceMissingError: If there is no reference for the scenario.
        LogOrderError: If the log is not sorted.
    """
    bare = scenario.with_plan(None)
    yardstick = yardstick or reference(bare)
    outcomes = {}
    for path, path_keys in (("lived", keys), ("twin", keys.twin)):
        house_outcome, reference_outcome = _baselines(bare, path_keys, yardstick.policy)
        outcomes[path] = {
            "candidate": outcome_of(scenario, path_keys, log),
            "house": house_outcome,
            "reference": reference_outcome,
        }
    return RoomResult(
        scenario_ref=scenario.ref,
        scenario_hash=bare.content_hash(),
        plan=None if scenario.plan is None else scenario.plan.model_dump(mode="json"),
        engine_version=scenario.engine,
        reference_is_stale=yardstick.is_stale,
        lived=outcomes["lived"],
        twin=outcomes["twin"],
        score=score_of(
            outcomes["twin"]["candidate"],
            outcomes["twin"]["house"],
            outcomes["twin"]["reference"],
            scenario.scoring,
            yardstick.span_floor_log,
            outcomes["lived"]["candidate"].strikes,
            None if scenario.plan is None else scenario.plan.aim,
        ),
    )
