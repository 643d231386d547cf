"""How well each skill was used in a session: 0 to 100, from the log and the room's keys alone.

A skill that acts through levers is worth what its actions brought:

    value = ln(N / N without the skill's actions)

where N is net GMV on the twin, with everything else in the log left as it was. Points are the
candidate's value over the greatest value that reference or competent operator got from the same
skill on the same customers, cut to 0..100. A skill from which neither of them got two per cent is
not measured: this session had no use for it.

Compliance has no value of its own: 100 points less 50 for each strike beyond the house's and 10
for each warning beyond the house's. Forecasting is the mean of the judged forecasts' points.

The level's points are those of the calibration's competent operator on the same customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simulations.engines.v1.arithmetic import log_
from simulations.outcomes import LEAST_NET_FEN, Outcome
from simulations.policies import Policy, Reference, competent, log_of, planned
from simulations.scenarios import Scenario
from simulations.skills import SKILLS, SkillId, skill_of_action
from simulations.states import LoggedAction, RoomKeys, replay, rows_of
from simulations.whatif import PathReplays

LEAST_VALUE_LOG = 0.02
"""Below this greatest value a session says nothing about a skill."""

STRIKE_POINTS = 50.0
WARNING_POINTS = 10.0


@dataclass(frozen=True, slots=True)
class SkillScore:
    """One skill in one session.

    Attributes:
        skill: Which.
        points: 0 to 100; None where the session did not measure it.
        level_points: The competent operator's on the same customers; None where unknown.
        value_log: What the candidate's actions were worth, as log growth of net GMV; 0 where the
            skill has no levers.
        best_log: The greatest such value of reference and competent operator.
    """

    skill: SkillId
    points: float | None
    level_points: float | None
    value_log: float = 0.0
    best_log: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data."""
        return {**asdict(self), "skill": self.skill.value}


@dataclass(frozen=True, slots=True)
class _Play:
    """What somebody did on the twin: values by skill, and how often the platform spoke up."""

    values: Mapping[SkillId, float]
    warnings: float
    strikes: float


def skill_scores(
    scenario: Scenario,
    keys: RoomKeys,
    log: Sequence[LoggedAction],
    yardstick: Reference,
    forecast_points: Sequence[float] = (),
) -> list[SkillScore]:
    """Return every skill's score, in the order of `SKILLS`; pure in its arguments.

    Args:
        scenario: The scenario, as the candidate planned it.
        keys: The room's keys.
        log: The session's log.
        yardstick: The scenario's reference.
        forecast_points: Points of the judged forecasts, if any were asked for; one that was not
            given counts as 0 and stands here as such.
    """
    bare, twin = scenario.with_plan(None), keys.twin
    own = _play(scenario, twin, log)
    level = _played(bare, competent(bare), twin)
    best = _played(bare, yardstick.policy, twin)
    house = _play(bare, twin, ())
    scores = []
    for skill in SKILLS:
        if skill is SkillId.COMPLIANCE:
            points, usual = (_compliance(one, house) for one in (own, level))
            scores.append(SkillScore(skill, points, usual))
        elif skill is SkillId.FORECAST:
            mean = sum(forecast_points) / len(forecast_points) if forecast_points else None
            scores.append(SkillScore(skill, mean, None))
        else:
            value, usual_value = own.values[skill], level.values[skill]
            most = max(best.values[skill], usual_value)
            is_measured = most >= LEAST_VALUE_LOG
            scores.append(
                SkillScore(
                    skill,
                    _share(value, most) if is_measured else None,
                    _share(usual_value, most) if is_measured else None,
                    value,
                    most,
                )
            )
    return scores


def _played(scenario: Scenario, policy: Policy, twin: RoomKeys) -> _Play:
    return _play(planned(scenario, policy.plan), twin, log_of(scenario, policy, twin))


def _play(scenario: Scenario, twin: RoomKeys, log: Sequence[LoggedAction]) -> _Play:
    path, rows = PathReplays(scenario, twin, log), rows_of(scenario, log)
    skills = [skill_of_action(entry.action.to_dict()) for entry in log]
    values = dict.fromkeys(SKILLS, 0.0)
    for skill in {one for one in skills if one is not None}:
        first = skills.index(skill)
        rest = [row for row, one in zip(rows, skills, strict=True) if one is not skill]
        values[skill] = _growth(path.outcome, path.with_rows(rest, first, log[first].tick))
    end = replay(scenario, twin, log, scenario.duration_ticks).numbers
    return _Play(values, end.warnings, end.strikes)


def _growth(outcome: Outcome, without: Outcome) -> float:
    return log_(max(outcome.net_fen, LEAST_NET_FEN) / max(without.net_fen, LEAST_NET_FEN))


def _share(value: float, most: float) -> float:
    return 100.0 * min(1.0, max(0.0, value / most))


def _compliance(one: _Play, house: _Play) -> float:
    strikes = max(0.0, one.strikes - house.strikes)
    warnings = max(0.0, one.warnings - house.warnings)
    return max(0.0, 100.0 - STRIKE_POINTS * strikes - WARNING_POINTS * warnings)
