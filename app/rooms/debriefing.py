"""What the result page is given: the verdict, where each point comes from, what actions were worth.

Everything is read from the stored score and what replays found, so that a result reads the same
for ever; only words are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.i18n import is_english
from app.rooms import findings, labels, queries
from app.rooms.explaining import explained
from app.rooms.ghosts import Ghost, ghost_of
from app.rooms.models import RoomSession
from app.rooms.presenting import action_words, session_clock
from simulations.scenarios import TICK_S, Scenario

Json = dict[str, Any]

_: Callable[..., str] = gettext

WAN_FROM_FEN = 10_000_000
"""From 100,000 yuan on, curves are drawn in 万元, in English in thousands of yuan."""


def debrief_of(db_session: Session, room: RoomSession, *, with_ghost: bool = False) -> Json | None:
    """Return what the result page shows of a room, or nothing while it has no result to show.

    A result that is held back until its release is none yet.

    Args:
        db_session: A session to read with.
        room: Whose result is shown.
        with_ghost: Whether the person's own best earlier run stands beside it; never for others.
    """
    score = None if room.is_held else queries.score_or_none(db_session, room.id)
    if score is None:
        return None
    scenario = queries.room_scenario(db_session, room)
    stored = queries.debrief_or_none(db_session, score.id)
    effects = None if stored is None else stored.effects
    found = (stored.findings if stored is not None else None) or {}
    done, undone = findings.shown_effects(scenario, effects or [], found.get("missed", ()))
    means = queries.skill_means(db_session, room.scenario_ref, without_person_id=room.person_id)
    skills = findings.shown_skills(found.get("skills", ()), means[0] if means else None)
    ghost = ghost_of(db_session, room) if with_ghost else None
    return {
        "score": score,
        "result": score.result,
        "steps": [explained(step, score.result) for step in score.result["explanation"]],
        "gates": gates_of(score.result),
        "is_weighed": stored is not None,
        "effects": done,
        "missed": undone,
        "skills": skills,
        "level_people": means[1] if means else 0,
        "forecasts": findings.shown_forecasts(found.get("forecasts", ())),
        "next": findings.next_steps(skills, done, undone),
        "plan": findings.plan_facts(room.plan, score.result, score.curves),
        "actions": all_actions(scenario, score.curves, effects or []),
        "incidents": findings.answered_incidents(
            scenario, score.curves, room.clock_speed, found.get("reference_answers", {})
        ),
        "timeline": timeline(scenario, score.curves, done, ghost),
        "ghost": ghost,
        "rows": curve_rows(score.curves),
        "scenario": scenario,
        "origin": origin_of(db_session, room, score.result),
    }


def gates_of(result: Mapping[str, Any]) -> list[Json]:
    """Return the gates beside the headline: whether each was kept, its figure and its limit."""
    return [
        {
            "name": str(labels.GATE[gate["code"]]),
            "value": gate["value"],
            "limit": gate["limit"],
            "is_ratio": gate["code"] == "gate_roi",
            "is_most": gate["code"] == "gate_refund",
            "factor": gate["factor"],
            "is_kept": gate["factor"] >= 1.0,
        }
        for gate in result["gates"]
    ]


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


def all_actions(
    scenario: Scenario, curves: Mapping[str, Any], effects: Sequence[Mapping[str, Any]]
) -> list[Json]:
    """Return every action of the session with what it was worth, where that was worked out."""
    found = {one["index"]: one for one in effects}
    return [
        {
            "index": one["index"],
            "clock": session_clock(one["tick"] * TICK_S),
            "tick": one["tick"],
            "lane": labels.LANE_OF_VERB[one["action"]["verb"]],
            "words": action_words(scenario, one["action"]),
            "is_handing_back": one["action"]["verb"] == "hand_back",
            **findings.worth_of(found.get(one["index"])),
        }
        for one in curves["actions"]
    ]


def timeline(
    scenario: Scenario,
    curves: Mapping[str, Any],
    done: Sequence[Mapping[str, Any]],
    ghost: Ghost | None = None,
) -> Json:
    """Return curves, action strip and numbered decisions, in the form of `rooms/timeline.js`."""
    twin: dict[str, Sequence[int]] = dict(curves["twin"])
    if ghost is not None:
        twin["ghost"] = ghost.net_fen
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
        **({} if ghost is None else {"ghost": _("最好一场")}),
    }
    sources = {
        "candidate": "candidate",
        "reference": "reference",
        "baseline": "house",
        "ghost": "ghost",
    }
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
            {"at_s": one["tick"] * TICK_S, "mark": str(mark), "label": one["words"]}
            for mark, one in enumerate(done, 1)
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
