"""Practice rooms and drills of the demonstration's candidate, most of them played: to look at."""

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
from app.rooms.planning import SentPlan, save_draft
from app.rooms.tutorial import note_ending
from app.rooms.weighing import weigh_waiting
from app.studio.queries import public_drills, public_scenarios
from simulations.planning import Plan
from simulations.policies import Policy, competent, competent_plan, log_of, novice
from simulations.scenarios import Scenario

CANDIDATE = "candidate@demo.example"

SESSIONS: tuple[tuple[int, Callable[[Scenario], Policy]], ...] = ((5, novice), (2, competent))
"""How many evenings ago each was played, and how well: by the operators of the calibration."""

DRILLS: tuple[tuple[int, str, Callable[[Scenario], Policy]], ...] = (
    (9, "drill-stock-out", novice),
    (8, "drill-stock-out", competent),
    (7, "drill-encore", competent),
    (6, "drill-traffic-cost", novice),
    (6, "drill-wrong-price", competent),
)
"""Drills that were played: how many evenings ago, which, and how well."""

PLANNED = "f7"
"""The scenario whose plan is half made."""

DIAGNOSIS = """往场：八十万粉，场均三十七万，新客单占六成多，退货两成多，投产低于保本。
卡点：按顺序轮讲，推荐流量来的那几分钟正好在讲抹布；大件退货把毛利吃掉。
这一场：炒锅和四件套提到前面接流量，床垫只在人多时讲；投流先不加，看到转化再放。"""
"""What the candidate wrote about that account."""

EVENING_HOUR = 20

WEIGH_BUDGET_S = 20.0
"""Plain Python replays a session a few hundred times for each debrief."""


def add_practice_rooms() -> None:
    """Play practice rooms of the first public scenario and some drills, once."""
    now = clock.now()
    evening = now.astimezone(clock.BEIJING).replace(hour=EVENING_HOUR, minute=0, second=0)
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, CANDIDATE)
        scenarios = public_scenarios(db_session)
        if person is None or not scenarios or queries.rooms_of(db_session, person.id):
            return
        drills = {one.id: one for one in public_drills(db_session)}
        played = [
            *((days, scenarios[0], policy) for days, policy in SESSIONS),
            *((days, drills[name], policy) for days, name, policy in DRILLS if name in drills),
        ]
        ids = [
            _play(
                db_session,
                person.id,
                scenario,
                policy(scenario),
                now=evening - timedelta(days=days),
            )
            for days, scenario, policy in played
        ]
        planned = [one for one in scenarios if one.id == PLANNED]
        for scenario in planned:
            _plan(db_session, person.id, scenario, now=now)
        note_ending(db_session, person.id, "finished", now=evening - timedelta(days=9))
    for room_id in ids:
        with scoring.reading_session() as reading:
            judged = scoring.judge(reading, reading.get_one(RoomSession, room_id))
        with transaction() as db_session:
            services.finish_judged(db_session, judged, now=now)
    for weighed in weigh_waiting(budget_s=WEIGH_BUDGET_S):
        with transaction() as db_session:
            services.store_debrief(db_session, weighed, now=now)


def _plan(db_session: Session, person_id: int, scenario: Scenario, *, now: datetime) -> None:
    """Begin the plan of a practice room: a draft and words, not yet fixed."""
    room = services.start_practice(db_session, person_id, scenario, is_demo=True, now=now)
    sound = competent_plan(scenario) or Plan()
    plan = sound.model_copy(update={"aim": scenario.scoring.aims[0].id})
    epoch = services.open_page(db_session, room, now=now)
    sent = SentPlan(key="demo-plan", writer_epoch=epoch, plan=plan, diagnosis=DIAGNOSIS)
    save_draft(db_session, room, sent, now=now)


def _play(
    db_session: Session, person_id: int, scenario: Scenario, policy: Policy, *, now: datetime
) -> int:
    room = services.start_practice(db_session, person_id, scenario, is_demo=True, now=now)
    play_through(db_session, room, scenario, policy, now=now)
    return room.id


def play_through(
    db_session: Session, room: RoomSession, scenario: Scenario, policy: Policy, *, now: datetime
) -> None:
    """Let a policy play a room to its end; every action at the moment of its tick."""
    services.open_page(db_session, room, now=now)
    for entry in log_of(scenario, policy, room.keys):
        at = room.starts_at + timedelta(milliseconds=entry.tick * TICK_MS / room.clock_speed)
        payload = {"action": entry.action.to_dict(), "tick": entry.tick}
        append_to(db_session, room, "acted", payload, now=at)
        room.last_tick = entry.tick
    ends_at = room.clock.ends_at()
    assert ends_at is not None
    services.close_if_over(db_session, room, now=ends_at + timedelta(seconds=1))
