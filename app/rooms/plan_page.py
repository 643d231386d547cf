"""What the plan page is given: the account's last sessions, what may be planned, and the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.core.i18n import is_english
from app.rooms import labels, plan_words, queries
from app.rooms.models import RoomSession
from app.rooms.plan_forms import MOST_DIAGNOSIS
from app.rooms.planning import FIELD_OF_RULE
from app.studio.queries import finding_or_none, scenario_of
from simulations.mechanisms import TrustLever
from simulations.merchants import FreightRule
from simulations.past_sessions import (
    CURVE_STEP_MIN,
    PastSessions,
    past_sessions,
    read_past_sessions,
)
from simulations.plan_advice import advice_on, aim_level
from simulations.planning import Plan
from simulations.plans import in_force, parse_plan
from simulations.scenarios import Scenario

Json = dict[str, Any]

_: Callable[..., str] = gettext


@dataclass(frozen=True)
class Planned:
    """What the page shows of whatever is planned: a room, or an author's playtest.

    Attributes:
        plan: The plan as it stands: the last draft, or the one that was fixed.
        left_ms: Wall milliseconds left for it; none where nobody waits.
    """

    public_id: str
    is_exam: bool
    is_planning: bool
    plan: Mapping[str, Any] | None
    diagnosis: str
    writer_epoch: int
    event_count: int
    left_ms: int | None

    @classmethod
    def of(cls, room: RoomSession, now: datetime) -> Planned:
        """Return what the page shows of a room."""
        return cls(
            public_id=room.public_id,
            is_exam=room.is_exam,
            is_planning=room.is_planning,
            plan=room.plan_draft if room.is_planning else room.plan,
            diagnosis=room.diagnosis or "",
            writer_epoch=room.writer_epoch,
            event_count=room.event_count,
            left_ms=left_ms(room, now),
        )


def past_of(db_session: Session, scenario: Scenario) -> PastSessions:
    """Return the last sessions of a scenario's account: as stored at set-up, or worked out now."""
    body = finding_or_none(db_session, scenario.with_plan(None).content_hash(), "past_sessions")
    return past_sessions(scenario) if body is None else read_past_sessions(body)


def page_context(db_session: Session, room: RoomSession, *, now: datetime) -> Json:
    """Return what the page's template shows of a room that is being planned."""
    scenario = scenario_of(db_session, room.scenario_ref)
    earlier = None if room.is_exam else queries.earlier_plan_or_none(db_session, room)
    return context_of(
        Planned.of(room, now),
        scenario,
        past_of(db_session, scenario),
        None if earlier is None else earlier.plan,
    )


def context_of(
    room: Planned, scenario: Scenario, past: PastSessions, earlier: Mapping[str, Any] | None = None
) -> Json:
    """Return what the page's template shows of something that is being planned.

    Args:
        room: What is planned.
        scenario: Its scenario, which has a planning phase.
        past: The account's last sessions.
        earlier: The plan of an earlier session, as data, to take over.
    """
    planning = scenario.planning
    assert planning is not None
    draft = parse_plan(room.plan or {})
    return {
        "scenario": scenario,
        "planning": planning,
        "past": past,
        "charts": _charts(past),
        "sources": [
            (str(plan_words.SOURCE[name]), share) for name, share in past.source_fractions.items()
        ],
        "rows": _product_rows(scenario, past, draft, with_notes=not room.is_exam),
        "grades": [(one, str(plan_words.GRADE[one.id])) for one in planning.grades],
        "aims": [
            {
                "id": one.id,
                "name": plan_words.aim_name(one.id),
                "about": str(plan_words.AIM_ABOUT[one.id]),
                "target": plan_words.aim_figure(one.id, one.target),
                "level": plan_words.aim_figure(one.id, aim_level(past, one.id)),
                "points": one.points,
            }
            for one in scenario.scoring.aims
        ],
        "promises": _promises(scenario),
        "chosen": in_force(scenario, draft),
        "cash_fen": _cash_fen(scenario),
        "data": _script_data(room, scenario, past, draft, earlier),
        "most_diagnosis": MOST_DIAGNOSIS,
        "advice": advice_words(scenario, past, draft, exam=room.is_exam),
        "rules": {
            code: plan_words.rule_words(code) for code in (*FIELD_OF_RULE, *plan_words.MESSAGES)
        },
    }


def state_body(db_session: Session, room: RoomSession, *, now: datetime) -> Json:
    """Return where the planning stands, for a page that saved or asks."""
    scenario = scenario_of(db_session, room.scenario_ref)
    if scenario.planning is None:
        return {"is_planning": False}
    has_advice = room.is_planning and not room.is_exam
    past = past_of(db_session, scenario) if has_advice else None
    return state_of(Planned.of(room, now), scenario, past)


def state_of(room: Planned, scenario: Scenario, past: PastSessions | None) -> Json:
    """Return where the planning of something stands; without past sessions there is no advice."""
    planning = scenario.planning
    assert planning is not None
    plan = parse_plan(room.plan or {})
    chosen = in_force(scenario, plan)
    advice = [] if past is None else advice_words(scenario, past, plan, exam=room.is_exam)
    return {
        "is_planning": room.is_planning,
        "left_ms": room.left_ms,
        "writer_epoch": room.writer_epoch,
        "sequence": room.event_count,
        "plan": plan_body(scenario, plan),
        "diagnosis": room.diagnosis,
        "totals": {
            "traffic_fen": chosen.traffic_budget_fen,
            "benefit_fen": chosen.benefit_budget_fen,
            "preparing_fen": chosen.cost_fen,
            "stock_fen": chosen.stock_fen,
            "purse_fen": planning.purse_fen,
            "cash_fen": _cash_fen(scenario),
        },
        "advice": advice,
    }


def left_ms(room: RoomSession, now: datetime) -> int | None:
    """Return the wall milliseconds left for the plan; none where nobody waits for it."""
    if not room.is_exam or room.plan_due_at is None:
        return None
    return max(0, round((room.plan_due_at - now).total_seconds() * 1000))


def plan_body(scenario: Scenario, plan: Plan) -> Json:
    """Return a plan as the page's fields have it: what it left to the house is filled in."""
    chosen = in_force(scenario, plan)
    has_grades = scenario.planning is not None and scenario.planning.grades
    return {
        "grade": chosen.grade.id if has_grades else None,
        "preheat_videos": chosen.preheat_videos,
        "tray": list(chosen.tray),
        "traffic_budget_fen": chosen.traffic_budget_fen,
        "benefit_budget_fen": chosen.benefit_budget_fen,
        "trust": list(chosen.trust),
        "stock": [{"product": one.product, "units": one.units} for one in chosen.stock],
        "aim": chosen.aim,
        "hourly_gmv_fen": list(chosen.hourly_gmv_fen) or None,
    }


def advice_words(scenario: Scenario, past: PastSessions, plan: Plan, *, exam: bool) -> list[str]:
    """Return remarks on a plan in words; in an exam there are none."""
    if exam:
        return []
    return [plan_words.advice_words(scenario, one) for one in advice_on(scenario, past, plan)]


def _promises(scenario: Scenario) -> list[Json]:
    """Return what may be promised from minute 0: what it does to sales, cost and returns."""
    cover = scenario.benefits.freight_cover
    offered: list[tuple[str, FreightRule | TrustLever]] = [("freight_cover", cover)]
    offered.extend((one.id, one) for one in scenario.trust)
    return [
        {
            "id": code,
            "name": str(plan_words.TRUST[code]),
            "conversion_fraction": one.conversion_ratio - 1.0,
            "cost_fen": one.cost_fen,
            "refund_fraction": one.refund_fraction,
        }
        for code, one in offered
    ]


def _product_rows(
    scenario: Scenario, past: PastSessions, draft: Plan, *, with_notes: bool
) -> list[Json]:
    """Return the products, those on the tray first and in its order."""
    chosen = in_force(scenario, draft)
    ordered = {one.product: one.units for one in chosen.stock}
    ratio = scenario.planning.stock_ratio if scenario.planning is not None else 0.0
    sold = {one.code: one for one in past.products}
    off_tray = [one.code for one in scenario.products if one.code not in chosen.tray]
    rows = []
    for code in (*chosen.tray, *off_tray):
        product = scenario.products[scenario.product_index(code)]
        rows.append(
            {
                "product": product,
                "role": str(labels.ROLE[product.role]),
                "margin_fraction": 1.0 - product.cost_fen / product.list_price_fen,
                "past": sold.get(code),
                "is_on_tray": code in chosen.tray,
                "most_units": int(ratio * product.stock),
                "units": ordered.get(code, 0),
                "note": product.note if with_notes else "",
            }
        )
    return rows


def _cash_fen(scenario: Scenario) -> int | None:
    """Return the money at hand, where a scenario counts it."""
    if scenario.cash is None:
        return None
    opening = scenario.opening
    if opening is not None and opening.cash_fen is not None:
        return opening.cash_fen
    return scenario.cash.start_fen


def _charts(past: PastSessions) -> Json:
    minutes = [str(at * CURVE_STEP_MIN) for at in range(len(past.online))]
    names = [str(at - len(past.sessions)) for at in range(len(past.sessions))]
    return {
        "sessions": {
            "kind": "bar",
            "unit": _thousands_unit(),
            "x": names,
            "series": [
                {
                    "name": _("成交额"),
                    "role": "baseline",
                    "values": _thousands([one.gmv_fen for one in past.sessions]),
                },
                {
                    "name": _("净成交"),
                    "role": "reference",
                    "values": _thousands([one.net_gmv_fen for one in past.sessions]),
                },
            ],
        },
        "rhythm": {
            "kind": "line",
            "x": minutes,
            "series": [
                {"name": _("在线人数"), "role": "viewers", "values": list(past.online)},
                {
                    "name": _("每分钟成交"),
                    "role": "baseline",
                    "axis": "right",
                    "unit": _("元"),
                    "values": [round(fen / CURVE_STEP_MIN / 100) for fen in past.gmv_fen],
                },
            ],
        },
    }


def _thousands_unit() -> str:
    return "¥k" if is_english() else _("万元")


def _thousands(values_fen: Sequence[int]) -> list[float]:
    """Return sums in the unit of the chart: 万元, or thousands of yuan in English."""
    unit_fen = 100_000 if is_english() else 1_000_000
    return [round(fen / unit_fen, 1) for fen in values_fen]


def _script_data(
    room: Planned,
    scenario: Scenario,
    past: PastSessions,
    draft: Plan,
    earlier: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    planning = scenario.planning
    assert planning is not None
    video_fen = planning.preheat.cost_fen if planning.preheat is not None else 0
    return {
        "room": {"public_id": room.public_id, "is_exam": room.is_exam},
        "left_ms": room.left_ms,
        "plan": plan_body(scenario, draft),
        "diagnosis": room.diagnosis,
        "earlier": None if earlier is None else plan_body(scenario, parse_plan(earlier)),
        "limits": {
            "purse_fen": planning.purse_fen,
            "cash_fen": _cash_fen(scenario),
            "tray_least": planning.tray_least,
            "tray_most": planning.tray_most,
            "most_diagnosis": MOST_DIAGNOSIS,
        },
        "video_fen": video_fen,
        "grade_fen": {one.id: one.cost_fen for one in planning.grades},
        "cost_fen": {one.code: one.cost_fen for one in scenario.products},
        "target_fen": scenario.target_gmv_fen,
        "hourly_fractions": list(past.hourly_fractions),
        "locale": "en" if is_english() else "zh",
    }
