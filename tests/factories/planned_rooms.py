"""The little room with a planning phase: two grades, teasers, stock beforehand, aims and cash."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.rooms.models import RoomSession
from app.rooms.services import start_practice, start_room
from app.rooms.terms import RoomTerms
from app.studio.services import publish_scenarios, store_finding
from simulations.loading import parse_scenario
from simulations.scenarios import Scenario
from tests.factories.rooms import LITTLE, REFERENCE_THETA

PLANNING: dict[str, Any] = {
    "purse_fen": 400_000,
    "grades": [
        {
            "id": "B",
            "fans_ratio": 1,
            "public_ratio": 1,
            "buying_ratio": 1,
            "energy_start": 1,
            "cost_fen": 0,
        },
        {
            "id": "A",
            "fans_ratio": 1.3,
            "public_ratio": 1.15,
            "buying_ratio": 1.05,
            "energy_start": 0.8,
            "cost_fen": 50_000,
        },
    ],
    "preheat": {"most": 3, "entries_ratio": 0.12, "cost_fen": 10_000},
    "tray_least": 2,
    "tray_most": 3,
    "stock_ratio": 0.5,
    "house": {"grade": "B", "preheat_videos": 1},
}

AIMS = [{"id": "followers", "target": 60, "points": 6}]

PLAN: dict[str, Any] = {
    "grade": "A",
    "preheat_videos": 2,
    "tray": ["jeans", "socks"],
    "traffic_budget_fen": 60_000,
    "benefit_budget_fen": 50_000,
    "trust": ["freight_cover"],
    "stock": [{"product": "socks", "units": 40}],
    "aim": "followers",
    "hourly_gmv_fen": [700_000],
}
"""A plan that the room allows: 120,000 fen for grade, teasers and stock's sum besides."""

PLANNED_EXAM = RoomTerms(
    exam_code="planned@1:room",
    programme_ref="planned@1",
    title="要规划的小考房间",
    scenario_ref="planned@1",
    speed=4,
    cut_score=25,
    is_demo=True,
)


def planned_scenario() -> Scenario:
    """Return the little room as one that is planned before minute 0."""
    content = copy.deepcopy(LITTLE)
    content["scoring"]["aims"] = AIMS
    return parse_scenario(
        {
            **content,
            "id": "planned",
            "title": "要规划的小房间",
            "planning": PLANNING,
            "cash": {"start_fen": 350_000, "settled_fraction": 0.2},
        }
    )


def publish_planned_room(db_session: Session, *, now: datetime) -> Scenario:
    """Publish the room and its reference, who has a plan of its own."""
    scenario = planned_scenario()
    publish_scenarios(db_session, [scenario], is_public=True, actor="cli:test", now=now)
    body = {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
        "plan": {"preheat_videos": 3},
    }
    store_finding(
        db_session, scenario.content_hash(), "reference", body, engine_version="1", now=now
    )
    return scenario


def start_planned_exam(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a room that counts and is planned first."""
    publish_planned_room(db_session, now=now)
    return start_room(db_session, person_id, PLANNED_EXAM, now=now)


def start_planned_practice(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a practice room that is planned first."""
    scenario = publish_planned_room(db_session, now=now)
    return start_practice(db_session, person_id, scenario, is_demo=True, now=now)
