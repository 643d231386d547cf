"""Little drills: the little room with a drill part, and scored attempts at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.rooms import services
from app.rooms.drills import start_drill
from app.rooms.models import RoomScore, RoomSession
from app.studio.services import publish_scenarios, store_finding
from simulations.scenarios import Scenario
from tests.factories.rooms import REFERENCE_THETA, little_scenario


def little_drill(code: str = "drill-little", *, order: int = 1, **changes: Any) -> Scenario:
    """Return the little room as a drill; keywords change its drill part, `version` the scenario."""
    version = changes.pop("version", 1)
    drill = {
        "order": order,
        "skill": "stock",
        "summary": "货快卖完了",
        "watch": ["看剩余件数。", "看卖得多快。"],
        "review": ["参考打法提前补货。", "参考打法等货时换讲承接款。"],
        "stars": {"one": 20, "two": 50, "three": 80},
        "without": {"restock_share": 0},
        **changes,
    }
    return little_scenario(id=code, title=f"小练习 {order}", drill=drill, version=version)


def publish_drill(db_session: Session, drill: Scenario, *, now: datetime) -> Scenario:
    """Publish a drill and its reference."""
    publish_scenarios(db_session, [drill], is_public=True, actor="cli:test", now=now)
    body = {
        "scenario_ref": drill.ref,
        "scenario_hash": drill.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }
    store_finding(db_session, drill.content_hash(), "reference", body, engine_version="1", now=now)
    return drill


def scored_try(
    db_session: Session, person_id: int, drill: Scenario, points: float, *, now: datetime
) -> RoomSession:
    """Return an attempt at a published drill that ended with these points."""
    room = start_drill(db_session, person_id, drill, 8, is_demo=True, now=now)
    services.finish_early(db_session, room, key=f"finish-{room.ordinal:08}", now=now)
    later = now + timedelta(minutes=1)
    db_session.add(
        RoomScore(
            room_session_id=room.id,
            at=later,
            score=points,
            result={},
            curves={},
            scenario_hash=drill.content_hash(),
            engine_version="1",
            head_hash=room.head_hash,
            reason="early",
        )
    )
    room.score, room.scored_at = points, later
    db_session.flush()
    return room
