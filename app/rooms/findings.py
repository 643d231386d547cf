"""What replays found out about a session, in words and figures for its debrief.

Effects of what was done and of what was not, answers to incidents, skills, forecasts, and what to
practise next. Everything is read from stored scores and findings; only words are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext

from app.core.i18n import percent, yuan
from app.rooms import labels
from app.rooms.presenting import action_words, session_clock
from app.rooms.skill_words import SHOWN_SKILLS
from simulations.scenarios import TICK_S, Scenario
from simulations.skills import SkillId, skill_of_action

Json = dict[str, Any]

_: Callable[..., str] = gettext

SHOWN_EFFECTS = 8
"""Actions whose worth the page shows at once; the rest stands in the full log."""

CLEAR_EFFECT = 1.96
"""Standard deviations of viewer luck beyond which an effect is clear (95 %)."""

MARKS = "ABCDEFGH"
"""Marks of what was not done; what was done has numbers."""

WEAK_POINTS = 60.0
"""Below these points a skill is worth practising, whatever the level does."""

LEVEL_WITHIN = 5.0
"""So many points below the level are still at the level."""

UNWEIGHTED_LOG = 0.02
"""What a skill without levers (compliance, forecast) counts for when the next steps are chosen."""

GOOD_FORECAST, FAIR_FORECAST = 80.0, 50.0
"""Points of a forecast from which it is called well calibrated, or usable."""

NEXT_STEPS = 3


def shown_effects(
    scenario: Scenario, effects: Sequence[Mapping[str, Any]], missed: Sequence[Mapping[str, Any]]
) -> tuple[list[Json], list[Json]]:
    """Return what was done and was worth most, and what was not, with bars on one common scale.

    Args:
        scenario: The room's scenario.
        effects: Of `RoomDebrief.effects`, greatest first.
        missed: `missed` of `RoomDebrief.findings`, greatest first.
    """
    told = [one for one in effects if one["action"]["verb"] != "hand_back"][:SHOWN_EFFECTS]
    figures = [
        *((one["net_worth_fen"], one["lived_noise_fen"]) for one in told),
        *((one["net_gain_fen"], one["lived_noise_fen"]) for one in missed),
    ]
    reach = max((abs(worth) + _noise(noise) for worth, noise in figures), default=0) or 1
    done = [
        {
            "index": one["index"],
            "margin_fen": one["margin_worth_fen"],
            **_effect(scenario, one, one["net_worth_fen"], reach),
        }
        for one in told
    ]
    undone = [
        {
            "mark": mark,
            "why": str(labels.MOMENT[one["kind"]]),
            "margin_fen": one["margin_gain_fen"],
            "points": one["points_gain"],
            **_effect(scenario, one, one["net_gain_fen"], reach),
        }
        for mark, one in zip(MARKS, missed, strict=False)
    ]
    return done, undone


def worth_of(effect: Mapping[str, Any] | None) -> Json:
    """Return what an action was worth, if that was worked out, and whether luck is less."""
    if effect is None:
        return {"worth_fen": None, "is_clear": True}
    worth = effect["net_worth_fen"]
    return {"worth_fen": worth, "is_clear": abs(worth) > _noise(effect["lived_noise_fen"])}


def _effect(scenario: Scenario, one: Mapping[str, Any], worth: int, reach: float) -> Json:
    noise = _noise(one["lived_noise_fen"])
    is_clear = abs(worth) > noise
    return {
        "tick": one["tick"],
        "clock": session_clock(one["tick"] * TICK_S),
        "words": action_words(scenario, one["action"]),
        "skill": skill_of_action(one["action"]),
        "worth_fen": worth,
        "tone": ("good" if worth > 0 else "bad") if is_clear and worth else "",
        "mid": worth / reach,
        "low": (worth - noise) / reach,
        "high": (worth + noise) / reach,
        "has_interval": noise > 0,
        # Whole yuan: an interval is no exact thing.
        "low_fen": round((worth - noise) / 100) * 100,
        "high_fen": round((worth + noise) / 100) * 100,
    }


def _noise(lived_noise_fen: int | None) -> float:
    return CLEAR_EFFECT * (lived_noise_fen or 0)


def answered_incidents(
    scenario: Scenario,
    curves: Mapping[str, Any],
    speed: float,
    reference_answers: Mapping[str, int],
) -> list[Json]:
    """Return the incidents that came, and how and how fast each was answered.

    Args:
        scenario: The room's scenario.
        curves: Of the stored score.
        speed: Room seconds in a second of the wall.
        reference_answers: Ticks at which the reference answered, by incident.
    """
    answers: dict[str, int] = {}
    for one in curves["actions"]:
        if one["action"]["verb"] == "respond":
            answers.setdefault(one["action"]["incident"], one["tick"])
    shown = []
    for one in curves["incidents"]:
        incident = next(held for held in scenario.incidents if held.id == one["id"])
        choice = next((held for held in incident.choices if held.id == one["answer"]), None)
        start = one["start_tick"] if one["start_tick"] is not None else one["sign_tick"]
        wait_s = _wait_s(start, answers.get(one["id"]) if choice else None)
        best = max(incident.choices, key=lambda held: -held.remaining_fraction)
        shown.append(
            {
                "title": incident.title,
                "clock": session_clock(start * TICK_S),
                "cause": incident.cause,
                "choice": choice.text if choice else None,
                "consequence": choice.consequence if choice else None,
                "remaining_fraction": choice.remaining_fraction if choice else 1.0,
                "best_choice": best.text if choice is not best else None,
                "wait_s": wait_s,
                "wall_s": None if wait_s is None else wait_s / speed,
                "reference_wait_s": _wait_s(start, reference_answers.get(one["id"])),
            }
        )
    return shown


def _wait_s(start: int, answered: int | None) -> int | None:
    return None if answered is None else (answered - start) * TICK_S


def shown_skills(
    scores: Sequence[Mapping[str, Any]], means: Mapping[str, float] | None
) -> list[Json]:
    """Return every skill with its points against the level's, in their order.

    Args:
        scores: `skills` of `RoomDebrief.findings`.
        means: Points of other people in this scenario by skill, if there are enough of them; else
            the competent operator of the calibration stands for the level.
    """
    against = _("熟练操盘手") if means is None else _("同级")
    shown = []
    for one in scores:
        skill = SHOWN_SKILLS[SkillId(one["skill"])]
        level = one["level_points"] if means is None else means.get(one["skill"])
        points = one["points"]
        is_weak = points is not None and points < max(WEAK_POINTS, (level or 0.0) - LEVEL_WITHIN)
        shown.append(
            {
                "id": skill.id.value,
                "title": str(skill.title),
                "about": str(skill.about),
                "points": points,
                "level": level,
                "against": against,
                "is_weak": is_weak,
                "growth": one["value_log"],
                "best_growth": one["best_log"],
            }
        )
    return shown


def shown_forecasts(forecasts: Sequence[Mapping[str, Any]]) -> Json | None:
    """Return the forecasts that the room asked for on a common scale, or nothing if it asked none.

    The truth of a forecast is the fork in which the host goes on alone, not the session itself.
    """
    if not forecasts:
        return None
    given = [one for one in forecasts if "points" in one]
    ends = [fen for one in given for fen in (*one["forecast_fen"], *one["best_fen"])]
    least, most = min(ends, default=0), max(ends, default=1)
    span = (most - least) or 1

    def share(fen: int) -> float:
        return (fen - least) / span

    rows = []
    for one in forecasts:
        row: Json = {"clock": session_clock(one["tick"] * TICK_S), "is_given": "points" in one}
        if row["is_given"]:
            low, mid, high = one["forecast_fen"]
            truth = one["best_fen"][1]
            row |= {
                "low_fen": low,
                "mid_fen": mid,
                "high_fen": high,
                "truth_fen": truth,
                "bar": [share(fen) for fen in (low, mid, high, truth)],
                "is_hit": low <= truth <= high,
                "miss_fraction": mid / truth - 1 if truth else None,
                "loss_fen": sum(one["losses_fen"]),
                "best_loss_fen": sum(one["best_losses_fen"]),
                "points": one["points"],
            }
        rows.append(row)
    points = sum(one.get("points", 0.0) for one in forecasts) / len(forecasts)
    return {
        "rows": rows,
        "points": points,
        "hits": sum(row.get("is_hit", False) for row in rows),
        "given": len(given),
        "tone": "good" if points >= GOOD_FORECAST else "warn" if points >= FAIR_FORECAST else "bad",
        "words": _calibration(points),
    }


def _calibration(points: float) -> str:
    if points >= GOOD_FORECAST:
        return _("校准良好")
    return _("大致可用") if points >= FAIR_FORECAST else _("偏差较大")


def next_steps(
    skills: Sequence[Mapping[str, Any]],
    effects: Sequence[Mapping[str, Any]],
    missed: Sequence[Mapping[str, Any]],
) -> list[Json]:
    """Return what to practise next: the weak skills that left most on the table, with their cost.

    What a skill left is the share that was not reached of the greatest value it had here.

    Args:
        skills: Of `shown_skills`.
        effects: The done ones of `shown_effects`.
        missed: The undone ones.
    """
    weak = [one for one in skills if one["is_weak"]]
    weak.sort(key=lambda one: (one["points"] - 100.0) * (one["best_growth"] or UNWEIGHTED_LOG))
    steps = []
    for one in weak[:NEXT_STEPS]:
        costs = [
            (held["worth_fen"], held)
            for held in missed
            if held["skill"] == one["id"] and held["worth_fen"] > 0
        ] + [
            (-held["worth_fen"], held)
            for held in effects
            if held["skill"] == one["id"] and held["worth_fen"] < 0
        ]
        dearest = max(costs, key=lambda cost: cost[0], default=None)
        steps.append(
            {
                "skill": one["id"],
                "title": one["title"],
                "about": one["about"],
                "words": _behind(one),
                "moment": None
                if dearest is None
                else {
                    "tick": dearest[1]["tick"],
                    "clock": dearest[1]["clock"],
                    "cost": yuan(dearest[0]),
                },
            }
        )
    return steps


def _behind(skill: Mapping[str, Any]) -> str:
    if skill["level"] is None:
        return _("本场 %(own)s 分", own=round(skill["points"]))
    return _(
        "本场 %(own)s 分，%(against)s %(level)s 分",
        own=round(skill["points"]),
        against=skill["against"],
        level=round(skill["level"]),
    )


def plan_facts(
    plan: Mapping[str, Any] | None, result: Mapping[str, Any], curves: Mapping[str, Any]
) -> list[Json]:
    """Return what was planned beside what came of it; nothing where nothing was planned.

    Args:
        plan: The plan in force, if the person made one.
        result: Of the stored score; budgets are compared on the twin.
        curves: Of the stored score; hourly targets are compared with the room as it was lived.
    """
    own = result["twin"]["candidate"]
    held = plan or {}
    facts = [
        _fact(name, held[field], own[came])
        for name, field, came in (
            (_("投流预算"), "traffic_budget_fen", "spend_fen"),
            (_("权益预算"), "benefit_budget_fen", "gifts_fen"),
        )
        if held.get(field)
    ]
    lived = curves["lived"]["gmv_fen"]
    for hour, target in enumerate(held.get("hourly_gmv_fen") or ()):
        begin, end = (min(60 * at, len(lived) - 1) for at in (hour, hour + 1))
        if target and end > begin:
            name = _("第 %(n)s 小时成交额", n=hour + 1)
            facts.append(_fact(name, target, lived[end] - lived[begin]))
    return facts


def _fact(name: str, planned_fen: int, came_fen: int) -> Json:
    return {
        "name": name,
        "planned": yuan(planned_fen),
        "came": yuan(came_fen),
        "share": percent(came_fen / planned_fen, 0) if planned_fen else "—",
    }
