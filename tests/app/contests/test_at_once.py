"""What two do at the same moment: one seat, one decision, one score; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests import entering, proposals, queries, running, settling
from app.contests.models import Contest, PlaceScore
from app.core.db import db, transaction
from app.core.errors import ConflictError
from tests.app.contests.stages import AT_START, LENGTH, Field
from tests.conftest import NOON
from tests.factories.contests import (
    PLANNER,
    certify_entrant,
    enter_certified,
    little_contest,
    new_person,
)

pytestmark = pytest.mark.both_databases


def at_once(app: Flask, *works: Callable[[Session], Any]) -> list[Any]:
    """Run each work in a transaction of its own, all begun together; what it gave or raised."""
    gate = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[Session], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction() as db_session:
                    found[number] = work(db_session)
            except ConflictError as error:
                found[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_of_two_who_want_the_last_seat_one_waits(app: Flask, db_session: Session):
    contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"], seats=2)
    public_id = contest.public_id
    people = [new_person(db_session, name, now=NOON) for name in "甲乙丙"]
    enter_certified(app, db_session, contest, people[0], now=NOON)
    for person in people[1:]:
        certify_entrant(app, db_session, person, now=NOON)
    ids = [person.id for person in people[1:]]
    db_session.commit()

    def enter(person_id: int) -> Callable[[Session], bool]:
        def work(session: Session) -> bool:
            return entering.enter(
                session,
                queries.contest_of(session, public_id, lock=True),
                person_id,
                public_name=str(person_id),
                settings=app.config["SETTINGS"],
                now=NOON,
            ).is_waiting

        return work

    assert sorted(at_once(app, *map(enter, ids))) == [False, True]


def test_a_second_person_confirms_once(app: Flask, db_session: Session):
    contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"])
    proposal = proposals.propose(
        db_session, contest, "cancel", reason="场地取消", actor=PLANNER, now=NOON
    )
    contest_id, proposal_id = contest.public_id, proposal.public_id
    db_session.commit()

    def decide(outcome: str) -> Callable[[Session], str]:
        def work(session: Session) -> str:
            held = queries.contest_of(session, contest_id, lock=True)
            proposals.decide(
                session,
                held,
                proposals.proposal_of(session, proposal_id, lock=True),
                outcome,
                keys=app.extensions["field_keys"],
                actor=f"person:{outcome}",
                now=NOON,
            )
            return outcome

        return work

    found = at_once(app, decide("confirmed"), decide("declined"))

    won = [one for one in found if isinstance(one, str)]
    assert len(won) == 1
    assert [one.code for one in found if one not in won] == ["contest_proposal_decided"]
    state = queries.contest_of(db.session(), contest_id).state
    assert (state == "cancelled") == (won == ["confirmed"])


def test_a_round_is_scored_once(app: Flask, db_session: Session):
    field = Field(app, db_session)
    field.ready()
    end = AT_START + LENGTH + timedelta(seconds=1)
    running.close_rooms(db_session, field.round, now=end)
    round_id = field.round.public_id
    db_session.commit()
    judged = settling.judged_places(db_session, field.round)
    db_session.rollback()

    def store(session: Session) -> bool:
        round_ = queries.round_of(session, round_id, lock=True)
        contest = session.get_one(Contest, round_.contest_id, with_for_update=True)
        return settling.store_places(session, contest, round_, judged, now=end)

    assert at_once(app, store, store) == [True, True]
    assert db.session().scalar(select(func.count()).select_from(PlaceScore)) == 3
