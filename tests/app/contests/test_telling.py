"""Who is told what of a contest: once, only while it holds, on the page and by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.contests import entering, judging, planning, protesting, queries, running
from app.contests.events import RoundTurned
from app.contests.telling import queries as telling
from app.contests.telling import sending, services
from app.contests.telling.models import ContestNotice
from app.core import outbox as outbox_of_all
from app.core.db import db
from app.core.errors import InvalidInputError
from tests.app.contests.stages import AT_START, Field
from tests.conftest import NOON, make_settings
from tests.factories.contests import (
    GOOD_LOG,
    PLANNER,
    enter_certified,
    little_contest,
    new_person,
    operate,
    two_people,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def field(app: Flask, db_session: Session) -> Field:
    return Field(app, db_session)


def kinds(db_session: Session, person_id: int) -> list[str]:
    return list(
        db_session.scalars(
            select(ContestNotice.kind)
            .where(ContestNotice.person_id == person_id)
            .order_by(ContestNotice.id)
        )
    )


class TestEntry:
    def test_who_waits_is_told_and_told_again_when_a_seat_is_free(
        self, app: Flask, db_session: Session
    ):
        contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"], seats=2)
        people = [new_person(db_session, name, now=NOON) for name in "甲乙丙"]
        entries = [enter_certified(app, db_session, contest, one, now=NOON) for one in people]

        entering.withdraw(db_session, contest, entries[0], reason="own", actor="x", now=NOON)

        assert kinds(db_session, people[1].id) == ["seated"]
        assert kinds(db_session, people[2].id) == ["waiting", "promoted"]
        # Only what still holds is shown: the one is out, the other waits no more.
        assert telling.notices_of(db_session, people[0].id, now=NOON) == []
        shown = telling.notices_of(db_session, people[2].id, now=NOON)
        assert [one.tone for one in shown] == ["good"]


class TestRounds:
    def test_everybody_is_called_once_within_the_hour_and_again_if_it_moves(self, field: Field):
        player = field.entries[0].person_id
        assert services.call_rounds(field.db_session, now=AT_START - 2 * HOUR) == 0
        assert services.call_rounds(field.db_session, now=AT_START - HOUR / 2) == 3
        assert services.rounds_to_call(field.db_session, now=AT_START - HOUR / 3) == []

        _move(field, AT_START + HOUR, now=AT_START - HOUR / 4)

        assert [one.starts_at for one in [field.round]] == [AT_START + HOUR]
        assert services.call_rounds(field.db_session, now=AT_START + HOUR / 2) == 3
        assert kinds(field.db_session, player) == [
            "seated",
            "round_soon",
            "round_moved",
            "round_soon",
        ]
        shown = telling.notices_of(field.db_session, player, now=AT_START + HOUR / 2)
        assert len(shown) == 3  # the first call is true no more

    def test_organisers_are_warned_of_a_round_that_nobody_was_dealt_into(
        self, app: Flask, db_session: Session
    ):
        little_contest(db_session, now=NOON, keys=app.extensions["field_keys"])
        organiser = new_person(db_session, "组织者", Role.EXAMINER, now=NOON)

        services.call_rounds(db_session, now=AT_START - HOUR / 2)

        assert kinds(db_session, organiser.id) == ["round_empty"]

    def test_halt_resume_and_restart_are_told_and_the_same_fact_twice_is_once(self, field: Field):
        field.ready()
        now = AT_START + timedelta(minutes=2)
        person = field.entries[1].person_id
        running.halt_round(
            field.db_session, field.contest, field.round, reason="断电", actor=PLANNER, now=now
        )
        halted = RoundTurned(field.contest.id, field.round.id, "halted", now)
        services.on_contest_fact(field.db_session, halted)
        assert [one.tone for one in telling.notices_of(field.db_session, person, now=now)] == [
            "bad",
            "good",
        ]
        for act, more in (("resume", {}), ("restart", {"slot": "reserve-1"})):
            two_people(
                field.db_session,
                field.contest,
                act,
                keys=field.keys,
                now=now + timedelta(minutes=1),
                subject=field.round.public_id,
                **more,
            )

        assert kinds(field.db_session, person) == [
            "seated",
            "round_halted",
            "round_resumed",
            "round_restarted",
        ]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"starts_at": NOON}, "too_early"),
            ({"speed": 2.5}, "out_of_range"),
            ({}, "unchanged"),
            ({"speed": 1.0, "reason": " "}, "length"),
        ],
        ids=["early", "fast", "unchanged", "no-reason"],
    )
    def test_a_move_that_cannot_be_changes_nothing(
        self, field: Field, change: dict[str, Any], code: str
    ):
        with pytest.raises(InvalidInputError) as refused:
            _move(field, **{"starts_at": AT_START, **change}, now=NOON + HOUR * 1.5)

        assert refused.value.errors[0]["code"] == code
        assert (field.round.starts_at, field.round.speed) == (AT_START, 2)

    def test_a_round_with_rooms_stays_where_it_is(self, field: Field):
        field.ready()

        with pytest.raises(planning.ContestStageError):
            _move(field, AT_START + HOUR, now=AT_START - HOUR / 30)


class TestResults:
    def test_jurors_answerers_and_contestants_hear_what_is_theirs(self, field: Field):
        appeals = new_person(field.db_session, "申诉员", Role.APPEAL_HANDLER, now=NOON)
        second = new_person(field.db_session, "委员", Role.COMMITTEE_MEMBER, now=NOON)
        first, other, _ = field.ready()
        operate(field.db_session, first, GOOD_LOG, now=AT_START)
        operate(field.db_session, other, (), now=AT_START)
        field.judge()
        field.mark()
        juror = judging.jury_queries.jurors_of(field.db_session, field.contest.id)[0][1]
        field.tell()
        place, entry = queries.places_of(field.db_session, field.round.id)[0]
        protest = protesting.file_protest(
            field.db_session,
            field.contest,
            place,
            about="room",
            body="请复核第十分钟的违规，当时主播已经当场更正。",
            actor="person:x",
            now=AT_START + 2 * HOUR,
        )
        protesting.answer_protest(
            field.db_session,
            field.contest,
            protest,
            place,
            entry,
            field.round,
            protesting.Answer(outcome="declined", words="日志不支持。"),
            person_id=appeals.id,
            now=AT_START + 3 * HOUR,
        )
        field.finalise()

        assert kinds(field.db_session, juror.id) == ["jury_dealt", "results_final"]
        assert kinds(field.db_session, appeals.id) == ["protest_filed"]
        assert kinds(field.db_session, second.id) == ["protest_filed", "act_proposed"]
        assert kinds(field.db_session, entry.person_id)[-3:] == [
            "results_told",
            "protest_answered",
            "results_final",
        ]
        # What was answered or decided waits for nobody any more.
        late = AT_START + timedelta(days=2)
        assert telling.notices_of(field.db_session, second.id, now=late) == []


def test_mail_goes_out_once_and_not_when_it_was_read(field: Field, monkeypatch: Any, tmp_path: Any):
    sent: list[Any] = []
    monkeypatch.setattr(outbox_of_all, "send_mail", lambda url, mail: sent.append(mail))
    settings = make_settings(tmp_path, smtp_url="smtp://mail.example:25", mail_from="a@b.example")
    reader = field.entries[0].person_id
    address = field.db_session.get_one(Person, field.entries[1].person_id).email
    services.mark_seen(field.db_session, reader, now=NOON)
    field.db_session.commit()
    db.session.remove()

    assert sending.send_waiting(settings, now=NOON + timedelta(minutes=1)) == 2
    assert sending.send_waiting(settings, now=NOON + timedelta(minutes=2)) == 0

    assert address in {str(mail["To"]) for mail in sent}
    assert "小小操盘赛" in str(sent[0]["Subject"])


def _move(
    field: Field, starts_at: Any, *, now: Any, speed: float = 2, reason: str = "场地"
) -> None:
    planning.move_round(
        field.db_session,
        field.contest,
        field.round,
        starts_at=starts_at,
        speed=speed,
        reason=reason,
        actor=PLANNER,
        now=now,
    )
