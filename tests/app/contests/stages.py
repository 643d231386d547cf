"""A contest with three contestants, taken from stage to stage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.contests import entering, judging, jury_queries, queries, running, settling
from app.rooms.models import RoomSession
from tests.conftest import NOON
from tests.factories.contests import (
    CLOSES,
    PLANNER,
    STARTS,
    enter_certified,
    little_contest,
    new_person,
    ready,
    two_people,
    with_jurors,
)

AT_START = NOON + STARTS
AFTER_ENTRY = NOON + CLOSES + timedelta(minutes=1)
LENGTH = timedelta(minutes=15)
"""Half an hour of room time at twice the speed."""


class Field:
    """A contest with three contestants whose one round is ready."""

    def __init__(self, app: Flask, db_session: Session, **more: Any) -> None:
        self.app, self.db_session = app, db_session
        self.keys = app.extensions["field_keys"]
        self.contest = little_contest(db_session, now=NOON, keys=self.keys, **more)
        people = [new_person(db_session, name, now=NOON) for name in ("于一", "王二", "彭三")]
        self.entries = [
            enter_certified(app, db_session, self.contest, person, now=NOON) for person in people
        ]
        entering.seed(
            db_session,
            self.contest,
            actor=PLANNER,
            settings=app.config["SETTINGS"],
            now=AFTER_ENTRY,
        )
        self.round = queries.rounds_of(db_session, self.contest.id)[0]

    def ready(self) -> list[RoomSession]:
        now = AT_START - timedelta(minutes=5)
        return ready(self.app, self.db_session, self.contest, self.round, now=now)

    def judge(self) -> None:
        """End and judge the round."""
        end = AT_START + LENGTH + timedelta(seconds=1)
        assert running.close_rooms(self.db_session, self.round, now=end)
        self.db_session.commit()
        judged = settling.judged_places(self.db_session, self.round)
        assert settling.store_places(self.db_session, self.contest, self.round, judged, now=end)

    def mark(self, points: int = 3) -> None:
        """Let two jurors mark everything."""
        with_jurors(self.db_session, self.contest, 2, now=AT_START)
        judging.deal_tasks(
            self.db_session, self.contest, self.round, actor=PLANNER, now=AT_START + LENGTH
        )
        self.hand_in(points)

    def hand_in(self, points: int) -> None:
        rules = queries.rules_of(self.db_session, self.contest).jury
        for place, _ in queries.places_of(self.db_session, self.round.id):
            for task, _, mark in jury_queries.tasks_of_place(self.db_session, place.id):
                if mark is None:
                    judging.hand_in(
                        self.db_session,
                        task,
                        self.contest,
                        {one.code: points for one in rules.criteria},
                        comment="",
                        actor="person:juror",
                        now=AT_START + LENGTH,
                    )

    def tell(self) -> list[Any]:
        now = AT_START + timedelta(hours=1)
        return settling.tell(self.db_session, self.contest, keys=self.keys, actor=PLANNER, now=now)

    def finalise(self) -> None:
        now = AT_START + timedelta(days=2)
        two_people(self.db_session, self.contest, "finalise", keys=self.keys, now=now)
