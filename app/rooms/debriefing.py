"""What the result page is given: the verdict, where each point comes from, what actions were worth.

Everything is read from the stored score, so that a result reads the same for ever; only words are
made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.i18n import is_english, percent, yuan
from app.rooms import labels, queries
from app.rooms.models import RoomSession
from app.rooms.presenting import action_words, session_clock
from app.studio.queries import scenario_of
from simulations import labels as room_labels
from simulations.scenarios import TICK_S, Scenario

Json = dict[str, Any]

_: Callable[..., str] = gettext

SHOWN_EFFECTS = 8
"""Actions whose worth the page shows at once; the rest stands in the full log."""

CLEAR_EFFECT = 1.96
"""Standard deviations of viewer luck beyond which an effect is clear (95 %)."""

WAN_FROM_FEN = 10_000_000
"""From 100,000 yuan on, curves are drawn in 万元, in English in thousands of yuan."""


def debrief_of(db_session: Session, room: RoomSession) -> Json | None:
    """Return what the result page shows of a scored room, or nothing if it has no score."""
    score = queries.score_or_none(db_session, room.id)
    if score is None:
        return None
    scenario = scenario_of(db_session, room.scenario_ref)
    worth = queries.debrief_or_none(db_session, score.id)
    effects = None if worth is None else worth.effects
    return {
        "score": score,
        "result": score.result,
        "steps": [explained(step, score.result) for step in score.result["explanation"]],
        "effects": None if effects is None else shown_effects(scenario, effects),
        "actions": all_actions(scenario, score.curves, effects or []),
        "incidents": answered_incidents(scenario, score.curves, room.clock_speed),
        "timeline": timeline(scenario, score.curves, effects or []),
        "rows": curve_rows(score.curves),
        "scenario": scenario,
        "origin": origin_of(db_session, room, score.result),
    }


def origin_of(db_session: Session, room: RoomSession, result: Mapping[str, Any]) -> Json | None:
    """Return the session that this one went on from, and what acting otherwise was worth."""
    if room.origin_id is None or room.origin_tick is None:
        return None
    origin = db_session.get_one(RoomSession, room.origin_id)
    score = queries.score_or_none(db_session, origin.id)
    if score is None:
        return None
    own, theirs = (one["twin"]["candidate"]["net_fen"] for one in (result, score.result))
    return {
        "public_id": origin.public_id,
        "clock": session_clock(room.origin_tick * TICK_S),
        "net_fen": theirs,
        "gain_fen": own - theirs,
        "score": score.score,
    }


def explained(step: Mapping[str, Any], result: Mapping[str, Any]) -> Json:
    """Return one step of the score in words and numbers."""
    code = step["code"]
    title = room_labels.message(code, "en" if is_english() else "zh")
    return {
        "code": code,
        "title": title,
        "words": _STEP_WORDS[code](step, result),
        "change": step.get("change"),
        "points": step["points"],
    }


def _growth_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "同一批顾客，去掉运气：你 %(own)s，主播自播 %(house)s，参照 %(reference)s"
        "（净成交 = 成交额 − 退货）。增长的对数 %(growth)s ÷ 参照的 %(span)s × 100",
        own=yuan(step["net_fen"]),
        house=yuan(step["house_net_fen"]),
        reference=yuan(step["reference_net_fen"]),
        growth=f"{step['growth_log']:.3f}".replace("-", "−"),
        span=f"{step['span_log']:.3f}",
    )


def _margin_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "毛利占净成交 %(value)s，门槛不低于 %(limit)s：得分 × %(factor)s",
        value=percent(step["value"]),
        limit=percent(step["limit"]),
        factor=f"{step['factor']:.2f}",
    )


def _roi_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    if step["value"] is None:
        return _("本场没有投流，不评这一项：得分 × 1.00")
    return _(
        "投流带来的成交是花费的 %(value)s 倍，门槛不低于 %(limit)s 倍：得分 × %(factor)s",
        value=f"{step['value']:.2f}",
        limit=f"{step['limit']:.1f}",
        factor=f"{step['factor']:.2f}",
    )


def _refund_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "退货占成交额 %(value)s，门槛不高于 %(limit)s：得分 × %(factor)s",
        value=percent(step["value"]),
        limit=percent(step["limit"]),
        factor=f"{step['factor']:.2f}",
    )


def _aim_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    def shown(value: float) -> str:
        return percent(value) if step["aim"] == "new_customers" else f"{value:,.0f}"

    return _(
        "%(aim)s：你 %(value)s，主播自播 %(house)s，目标 %(target)s",
        aim=room_labels.message(step["aim"], "en" if is_english() else "zh"),
        value=shown(step["value"]),
        house=shown(step["house_value"]),
        target=shown(step["target"]),
    )


def _strike_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "被记违规 %(own)s 次，主播自播也会有 %(house)s 次；"
        "多出的 %(charged)s 次，每次扣 %(points)s 分",
        own=step["strikes"],
        house=step["house_strikes"],
        charged=step["charged"],
        points=f"{result['strike_points']:g}",
    )


_STEP_WORDS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "growth": _growth_words,
    "aim": _aim_words,
    "gate_margin": _margin_words,
    "gate_roi": _roi_words,
    "gate_refund": _refund_words,
    "strikes": _strike_words,
    "closed": lambda step, result: _("违规次数到上限，直播间被关闭：最高 0 分"),
    "clip": lambda step, result: _("得分在 −100 到 130 之间"),
    "final": lambda step, result: _("按一位小数计"),
}


def shown_effects(scenario: Scenario, effects: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Return the actions that were worth most, either way, with bars on a common scale."""
    told = [one for one in effects if one["action"]["verb"] != "hand_back"][:SHOWN_EFFECTS]
    reach = max((abs(one["net_worth_fen"]) + _noise(one) for one in told), default=0) or 1
    shown = []
    for one in told:
        worth, noise = one["net_worth_fen"], _noise(one)
        is_clear = abs(worth) > noise
        shown.append(
            {
                "index": one["index"],
                "tick": one["tick"],
                "clock": session_clock(one["tick"] * TICK_S),
                "words": action_words(scenario, one["action"]),
                "worth_fen": worth,
                "margin_fen": one["margin_worth_fen"],
                "tone": ("good" if worth > 0 else "bad") if is_clear and worth else "",
                "mid": worth / reach,
                "low": (worth - noise) / reach,
                "high": (worth + noise) / reach,
                "has_interval": noise > 0,
            }
        )
    return shown


def _noise(effect: Mapping[str, Any]) -> float:
    return CLEAR_EFFECT * (effect["lived_noise_fen"] or 0)


def all_actions(
    scenario: Scenario, curves: Mapping[str, Any], effects: Sequence[Mapping[str, Any]]
) -> list[Json]:
    """Return every action of the session with what it was worth, where that was worked out."""
    worth = {one["index"]: one["net_worth_fen"] for one in effects}
    return [
        {
            "index": one["index"],
            "clock": session_clock(one["tick"] * TICK_S),
            "tick": one["tick"],
            "lane": labels.LANE_OF_VERB[one["action"]["verb"]],
            "words": action_words(scenario, one["action"]),
            "worth_fen": worth.get(one["index"]),
        }
        for one in curves["actions"]
    ]


def answered_incidents(scenario: Scenario, curves: Mapping[str, Any], speed: float) -> list[Json]:
    """Return the incidents that came, and how and how fast each was answered."""
    answers = {
        one["action"]["incident"]: one["tick"]
        for one in curves["actions"]
        if one["action"]["verb"] == "respond"
    }
    shown = []
    for one in curves["incidents"]:
        incident = next(held for held in scenario.incidents if held.id == one["id"])
        choice = next((held for held in incident.choices if held.id == one["answer"]), None)
        tick = answers.get(one["id"])
        start = one["start_tick"] if one["start_tick"] is not None else one["sign_tick"]
        wait_s = None if tick is None or choice is None else (tick - start) * TICK_S
        shown.append(
            {
                "title": incident.title,
                "clock": session_clock(start * TICK_S),
                "cause": incident.cause,
                "choice": choice.text if choice else None,
                "consequence": choice.consequence if choice else None,
                "remaining_fraction": choice.remaining_fraction if choice else 1.0,
                "wait_s": wait_s,
                "wall_s": None if wait_s is None else wait_s / speed,
            }
        )
    return shown


def timeline(
    scenario: Scenario, curves: Mapping[str, Any], effects: Sequence[Mapping[str, Any]]
) -> Json:
    """Return curves, action strip and numbered decisions, in the form of `rooms/timeline.js`."""
    twin = curves["twin"]
    top = max(max(values) for values in twin.values())
    unit_fen, unit = (
        (100_000 if is_english() else 1_000_000, _("万元"))
        if top >= WAN_FROM_FEN
        else (100, _("元"))
    )
    names = {
        "candidate": _("你"),
        "reference": _("参照"),
        "baseline": _("主播自播"),
    }
    sources = {"candidate": "candidate", "reference": "reference", "baseline": "house"}
    lanes = [
        {
            "code": code,
            "name": str(name),
            "marks": [
                {
                    "at_s": one["tick"] * TICK_S,
                    "label": action_words(scenario, one["action"]),
                }
                for one in curves["actions"]
                if labels.LANE_OF_VERB[one["action"]["verb"]] == code
            ],
        }
        for code, name in labels.LANES.items()
    ]
    lanes.append(
        {
            "code": "reference",
            "name": _("参照讲解"),
            "marks": [{"at_s": tick * TICK_S, "label": ""} for tick in curves["reference_pins"]],
        }
    )
    return {
        "duration_s": scenario.duration_ticks * TICK_S,
        "unit": unit,
        "unit_digits": 0 if unit_fen == 100 else 1,
        "times_s": [minute * 60 for minute in range(curves["minutes"] + 1)],
        "series": [
            {
                "role": role,
                "name": name,
                "values": [round(fen / unit_fen, 3) for fen in twin[sources[role]]],
            }
            for role, name in names.items()
        ],
        "lanes": lanes,
        "incidents": [
            {"at_s": (one["start_tick"] or one["sign_tick"]) * TICK_S, "label": one["title"]}
            for one in curves["incidents"]
        ],
        "decisions": [
            {
                "at_s": one["tick"] * TICK_S,
                "mark": str(mark),
                "label": action_words(scenario, one["action"]),
            }
            for mark, one in enumerate(
                [one for one in effects if one["action"]["verb"] != "hand_back"][:SHOWN_EFFECTS], 1
            )
        ],
    }


def curve_rows(curves: Mapping[str, Any]) -> list[Json]:
    """Return the curves' figures every ten minutes, as the table behind the chart."""
    twin, lived = curves["twin"], curves["lived"]
    last = curves["minutes"]
    return [
        {
            "clock": session_clock(minute * 60),
            "candidate": twin["candidate"][minute],
            "house": twin["house"][minute],
            "reference": twin["reference"][minute],
            "lived": lived["net_gmv_fen"][minute],
            "online": lived["online"][minute],
        }
        for minute in sorted({*range(0, last + 1, 10), last})
    ]
