"""The little room with every mechanism that is operated from the cockpit, at 中级."""

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

PRESALE = {
    "units": 100,
    "real_days": 5,
    "conversion_ratio": 0.8,
    "refund_fraction": 0.08,
    "late_refund_fraction": 0.15,
    "vague_risk": 0.6,
}

OFFERS: dict[str, Any] = {
    "id": "full",
    "level": "intermediate",
    "duration_min": 60,
    "phases": [{"title": "开场", "until_min": 20}, {"title": "收尾", "until_min": 60}],
    "other_hosts": [
        {
            "id": "amei",
            "name": "阿美",
            "energy_slow_per_min": 0.02,
            "energy_normal_per_min": -0.003,
            "energy_push_per_min": -0.02,
        }
    ],
    "stage": {
        "switch_min": 0.5,
        "switch_ratio": 0.3,
        "break_most_min": 5,
        "break_ratio": 0.4,
        "break_leave_ratio": 1.2,
    },
    "holds": {
        "most_min": 5,
        "stay_ratio": 0.74,
        "build_min": 3,
        "burst_ratio": 1.8,
        "burst_min": 2,
        "bored_min": 4,
        "bored_ratio": 1.3,
        "vague_risk": 0.7,
        "pause_min": 2,
    },
    "trust": [
        {
            "id": "instant_refund",
            "conversion_ratio": 1.05,
            "cost_fen": 30,
            "refund_fraction": 0.02,
            "ticket_ratio": 0.5,
        }
    ],
    "clips": {
        "lag_min": 2,
        "lasts_min": 6,
        "visitors_per_min": 40,
        "half_appeal": 0.1,
        "pitch_min": 1,
        "cost_fen": 500,
        "most": 2,
    },
    "cash": {"start_fen": 2_000_000, "settled_fraction": 0.1},
    "service": {
        "tickets_per_min": 1.5,
        "tickets_per_order": 1,
        "tickets_per_comment": 0.1,
        "half": 10,
        "loss_fraction": 0.3,
        "refund_fraction": 0.05,
        "staff": {"most": 2, "tickets_per_min": 3, "cost_fen": 3000, "lead_min": 1},
    },
    "crew": {
        "host_lag_s": 15,
        "cohost_lag_s": 10,
        "buyer_lag_s": 30,
        "order_strain": 0.1,
        "contradiction_strain": 0.4,
        "recover_min": 5,
        "decline_strain": 1.2,
        "heart_fraction": 0.2,
    },
}

MARKET = {
    "top_up_most_fen": 50_000,
    "boost": {
        "visitor_fen": 45,
        "least_fen": 3000,
        "most_fen": 20_000,
        "lasts_min": 4,
        "intent_ratio": 0.5,
        "follow_ratio": 1.2,
        "pause_min": 5,
    },
    "goals": {
        goal: {"cost_ratio": cost, "volume_ratio": 1.0, "intent_ratio": 1.0, "follow_ratio": 1.0}
        for goal, cost in (("visits", 1.0), ("followers", 1.1), ("orders", 1.6), ("roi", 1.9))
    }
    | {
        "learning_min": 4,
        "learning_volume_ratio": 0.6,
        "learning_cost_ratio": 1.15,
        "bid_step_fraction": 0.1,
        "house": "visits",
    },
}

FULL_TERMS = RoomTerms(
    exam_code="full@1:room",
    programme_ref="full@1",
    title="全件考试房间",
    scenario_ref="full@1",
    speed=4,
    cut_score=40,
    is_demo=True,
)


def full_scenario(**changes: Any) -> Scenario:
    """Return the room with all mechanisms but the plan, with top-level fields changed."""
    little = copy.deepcopy(LITTLE)
    little["market"] |= MARKET
    little["products"][2]["presale"] = PRESALE
    return parse_scenario({**little, **OFFERS, **changes})


def publish_full_room(db_session: Session, *, now: datetime) -> Scenario:
    """Publish the room and a reference for it."""
    scenario = full_scenario()
    publish_scenarios(db_session, [scenario], is_public=True, actor="cli:test", now=now)
    body = {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }
    store_finding(
        db_session, scenario.content_hash(), "reference", body, engine_version="1", now=now
    )
    return scenario


def start_full_practice(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a practice room."""
    scenario = publish_full_room(db_session, now=now)
    return start_practice(db_session, person_id, scenario, is_demo=True, now=now)


def start_full_exam(db_session: Session, person_id: int, *, now: datetime) -> RoomSession:
    """Start a room that counts."""
    publish_full_room(db_session, now=now)
    return start_room(db_session, person_id, FULL_TERMS, now=now)
