"""A 营期 that the demonstration's candidate is in the middle of, to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import click

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.rooms import queries as rooms
from app.rooms import scoring
from app.rooms import services as room_services
from app.rooms.demo import CANDIDATE, EVENING_HOUR, play_through
from app.rooms.models import RoomSession
from app.training.periods import queries, services
from simulations.policies import Policy, competent, novice
from simulations.scenarios import Scenario

PERIOD = "f4-days"

SESSIONS: tuple[tuple[int, Callable[[Scenario], Policy]], ...] = ((4, novice), (3, competent))
"""How many evenings ago each was played, and how well."""


def load_demo_period() -> None:
    """Play the first sessions of a 营期, once: a step of `flask demo load`."""
    now = clock.now()
    evening = now.astimezone(clock.BEIJING).replace(hour=EVENING_HOUR, minute=30, second=0)
    played = []
    with transaction() as db_session:
        person = person_of_account_or_none(db_session, CANDIDATE)
        offers = {one.period.id: one for one in queries.offers(db_session)}
        if person is None or PERIOD not in offers or queries.runs_of(db_session, person.id):
            return
        begun = evening - timedelta(days=SESSIONS[0][0])
        run = services.start_run(db_session, person.id, offers[PERIOD], now=begun)
        for days, policy in SESSIONS:
            at = evening - timedelta(days=days)
            number, carry = services.carry_of(db_session, run)
            room = services.start_session(db_session, run, number, carry, is_demo=True, now=at)
            scenario = rooms.room_scenario(db_session, room)
            play_through(db_session, room, scenario, policy(scenario), now=at)
            played.append(room.id)
    for room_id in played:
        with scoring.reading_session() as reading:
            judged = scoring.judge(reading, reading.get_one(RoomSession, room_id))
        with transaction() as db_session:
            room_services.finish_judged(db_session, judged, now=now)
    click.echo(f"demonstration 营期: {len(played)} sessions played")
