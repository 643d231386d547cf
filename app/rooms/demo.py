"""Finished practice rooms of the demonstration's candidate: something to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.rooms import queries, scoring, services
from app.rooms.chains import append_to
from app.rooms.clocks import TICK_MS
from app.rooms.models import RoomSession
from app.studio.queries import public_scenarios
from simulations.policies import Policy, competent, log_of, novice
from simulations.scenarios import Scenario

CANDIDATE = "candidate@demo.example"

SESSIONS: tuple[tuple[int, Callable[[Scenario], Policy]], ...] = ((5, novice), (2, competent))
"""How many evenings ago each was played, and how well: by the operators of the calibration."""

EVENING_HOUR = 20

WEIGH_BUDGET_S = 20.0
"""Plain Python replays a session a few hundred times for the two debriefs."""


def add_practice_rooms() -> None:
    """Play practice rooms of the first public scenario, once."""
    now = clock.now()
    evening = now.astimezone(clock.BEIJING).replace(hour=EVENING_HOUR, minute=0, second=0)
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, CANDIDATE)
        scenarios = public_scenarios(db_session)
        if person is None or not scenarios or queries.rooms_of(db_session, person.id):
            return
        ids = [
            _play(
                db_session,
                person.id,
                scenarios[0],
                policy(scenarios[0]),
                now=evening - timedelta(days=days),
            )
            for days, policy in SESSIONS
        ]
    for room_id in ids:
        with scoring.reading_session() as reading:
            judged = scoring.judge(reading, reading.get_one(RoomSession, room_id))
        with transaction() as db_session:
            services.finish_judged(db_session, judged, now=now)
    for score_id, effects in scoring.weigh_waiting(budget_s=WEIGH_BUDGET_S):
        with transaction() as db_session:
            services.store_debrief(db_session, score_id, effects, now=now)


def _play(
    db_session: Session, person_id: int, scenario: Scenario, policy: Policy, *, now: datetime
) -> int:
    """Let a policy play a practice room to its end; every action at the moment of its tick."""
    room = services.start_practice(db_session, person_id, scenario, is_demo=True, now=now)
    services.open_page(db_session, room, now=now)
    for entry in log_of(scenario, policy, room.keys):
        at = room.starts_at + timedelta(milliseconds=entry.tick * TICK_MS / room.clock_speed)
        payload = {"action": entry.action.to_dict(), "tick": entry.tick}
        append_to(db_session, room, "acted", payload, now=at)
        room.last_tick = entry.tick
    ends_at = room.clock.ends_at()
    assert ends_at is not None
    services.close_if_over(db_session, room, now=ends_at + timedelta(seconds=1))
    return room.id
