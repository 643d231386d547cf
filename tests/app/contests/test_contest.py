"""A contest from the plan to the credential: rounds, cards, halts, jury, protests, two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import queries as certification
from app.contests import (
    entering,
    judging,
    jury_queries,
    presenting,
    proposals,
    protest_queries,
    protesting,
    queries,
    running,
    settling,
    tracing,
)
from app.contests.models import Contest, ContestEntry
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from app.rooms import queries as rooms
from app.rooms.acting import RoomHaltedError, SentAction, perform_action
from app.rooms.chains import append_to
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.services import NoEarlyFinishError, finish_early
from app.rooms.staging import CardTooLateError
from simulations.actions import parse_action
from simulations.rooms import replay
from tests.app.contests.stages import AT_START, LENGTH, Field
from tests.conftest import NOON
from tests.factories.contests import (
    GOOD_LOG,
    PLANNER,
    SECOND,
    enter_certified,
    little_contest,
    little_rules,
    new_person,
    operate,
    two_people,
    with_jurors,
)
from tests.factories.providers import employ, little_provider
from tests.factories.rooms import little_scenario


@pytest.fixture
def field(app: Flask, db_session: Session) -> Field:
    return Field(app, db_session)


def good_room(field: Field) -> RoomSession:
    """Ready the round; the first lane operates well, the second idles, the third never comes."""
    first, second, _ = field.ready()
    operate(field.db_session, first, GOOD_LOG, now=AT_START)
    operate(field.db_session, second, (), now=AT_START)
    return first


class TestEntry:
    def test_wants_a_certificate(self, app: Flask, db_session: Session):
        contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"])
        stranger = new_person(db_session, "无证", now=NOON)

        with pytest.raises(entering.NotEligibleError):
            entering.enter(
                db_session,
                contest,
                stranger.id,
                public_name="无证",
                settings=app.config["SETTINGS"],
                now=NOON,
            )

        assert queries.entries_of(db_session, contest.id) == []

    def test_gives_a_freed_seat_to_who_waits(self, app: Flask, db_session: Session):
        contest = little_contest(db_session, now=NOON, keys=app.extensions["field_keys"], seats=2)
        people = [new_person(db_session, name, now=NOON) for name in "甲乙丙"]
        entries = [enter_certified(app, db_session, contest, one, now=NOON) for one in people]
        assert [one.is_waiting for one in entries] == [False, False, True]

        entering.withdraw(db_session, contest, entries[0], reason="own", actor="x", now=NOON)

        assert not entries[2].is_waiting

    def test_checks_the_certificate_again_at_the_start(self, field: Field, monkeypatch: Any):
        gone = field.entries[0].person_id
        real = entering.eligible_credential

        def lapsed(db_session: Session, contest: Contest, person_id: int, **more: Any) -> Any:
            return None if person_id == gone else real(db_session, contest, person_id, **more)

        monkeypatch.setattr(running, "eligible_credential", lapsed)

        assert len(field.ready()) == 2
        assert field.entries[0].withdrawn_reason == "not_eligible"


class TestRound:
    def test_gives_everybody_the_same_world_at_the_same_time(self, field: Field):
        held = field.ready()

        assert len({room.keys for room in held}) == 1
        assert {room.starts_at for room in held} == {AT_START}
        assert {room.clock.tick_at(AT_START + timedelta(minutes=1)) for room in held} == {24}
        assert all(room.is_held and room.mode == "exam" for room in held)

    def test_may_not_be_left_early(self, field: Field):
        room = field.ready()[0]

        with pytest.raises(NoEarlyFinishError):
            finish_early(field.db_session, room, key="k" * 8, now=AT_START + timedelta(minutes=1))

    def test_card_begins_at_one_tick_for_all_and_changes_nothing_before(self, field: Field):
        held = field.ready()
        now = AT_START + timedelta(minutes=1)
        scenario = rooms.room_scenario(field.db_session, held[0])
        before = replay(scenario, held[0].keys, (), 24).numbers.__dict__

        card = running.play_card(
            field.db_session,
            field.contest,
            field.round,
            "size-comments",
            reason="决赛加试",
            actor=PLANNER,
            now=now,
        )

        carded = [rooms.room_scenario(field.db_session, room) for room in held]
        assert card.tick == 24 + 2 + 12 + 1  # notice, a minute's sign, the next tick
        assert len(set(carded)) == 1
        after = replay(carded[0], held[0].keys, (), 24).numbers.__dict__
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"incident_start", "incident_end"}
        logged = field.db_session.scalars(
            select(RoomEvent.payload).where(RoomEvent.kind == "card")
        ).all()
        assert len(logged) == 3
        assert len(set(logged)) == 1

    def test_card_is_refused_once_it_has_shown_itself(self, field: Field):
        field.ready()
        late = AT_START + timedelta(minutes=5)  # the tenth minute of the room

        with pytest.raises((CardTooLateError, running.RoundRunningError)):
            running.play_card(
                field.db_session,
                field.contest,
                field.round,
                "size-comments",
                reason="x",
                actor=PLANNER,
                now=late,
            )

        assert queries.cards_of(field.db_session, field.round) == []

    def test_halt_stops_every_clock_and_two_people_let_it_run_on(self, field: Field):
        held = field.ready()
        now = AT_START + timedelta(minutes=2)
        running.halt_round(
            field.db_session, field.contest, field.round, reason="断电", actor=PLANNER, now=now
        )
        field.db_session.commit()
        sent = SentAction(
            "key-1234", parse_action({"verb": "pin", "product": "jeans"}), 0, timedelta()
        )
        with pytest.raises(RoomHaltedError):
            perform_action(
                field.db_session,
                held[0].public_id,
                held[0].person_id,
                sent,
                now=now + timedelta(seconds=9),
            )
        with pytest.raises(SecondPersonRequiredError):
            again = proposals.propose(
                field.db_session,
                field.contest,
                "resume",
                subject=field.round.public_id,
                reason="来电",
                actor=PLANNER,
                now=now,
            )
            proposals.decide(
                field.db_session,
                field.contest,
                again,
                "confirmed",
                keys=field.keys,
                actor=PLANNER,
                now=now,
            )
        later = now + timedelta(minutes=30)
        proposals.decide(
            field.db_session,
            field.contest,
            queries.proposals_of(field.db_session, field.contest.id, open_only=True)[0],
            "confirmed",
            keys=field.keys,
            actor=SECOND,
            now=later,
        )

        assert {room.clock.tick_at(later) for room in held} == {48}
        assert {room.ends_at for room in held} == {AT_START + LENGTH + timedelta(minutes=30)}
        assert field.round.ends_at == held[0].ends_at

    def test_restart_does_not_choose_among_the_reserves(self, field: Field):
        field.ready()
        now = AT_START + timedelta(minutes=2)
        with pytest.raises(running.ReserveUsedError):
            two_people(
                field.db_session,
                field.contest,
                "restart",
                keys=field.keys,
                now=now,
                subject=field.round.public_id,
                slot="reserve-2",
            )
        field.db_session.rollback()

    def test_restart_keeps_the_old_run_and_takes_the_next_reserve(self, field: Field):
        old = field.ready()
        now = AT_START + timedelta(minutes=2)

        two_people(
            field.db_session,
            field.contest,
            "restart",
            keys=field.keys,
            now=now,
            subject=field.round.public_id,
            slot="reserve-1",
        )

        new = [room for _, room in queries.run_rooms(field.db_session, field.round)]
        assert {room.closing for room in old} == {"abandoned"}
        assert len(new) == 3
        assert new[0].keys != old[0].keys
        assert {room.starts_at for room in new} == {now + timedelta(seconds=120)}


class TestSeals:
    def test_are_published_before_and_hold_when_opened(self, field: Field):
        good_room(field)
        closed = presenting.seal_lines(field.db_session, field.contest)
        assert [(line.holds, line.document) for line in closed] == [(None, "")] * 3
        used = closed[0].seal.commitment
        keys = queries.run_rooms(field.db_session, field.round)[0][1].keys
        field.judge()
        field.mark()

        field.tell()

        opened = presenting.seal_lines(field.db_session, field.contest)
        assert all(line.holds for line in opened)
        assert opened[0].seal.commitment == used
        assert opened[0].seal.opened is not None
        assert opened[0].seal.opened["keys"] == keys.to_bytes().hex()

    def test_no_round_begins_with_another_scenario_than_was_sealed(
        self, field: Field, monkeypatch: Any
    ):
        other = little_scenario(title="换过的场景")
        monkeypatch.setattr(running, "scenario_of", lambda *_: other)

        with pytest.raises(running.SealBrokenError):
            field.ready()

        assert queries.run_rooms(field.db_session, field.round) == []


class TestTwoPeople:
    def test_neither_is_a_contestant(self, field: Field):
        person = field.db_session.get_one(Person, field.entries[0].person_id)
        own = f"person:{person.public_id}"
        more = {"reason": "场地取消", "now": NOON}

        with pytest.raises(SecondPersonRequiredError):
            proposals.propose(field.db_session, field.contest, "cancel", actor=own, **more)
        proposal = proposals.propose(
            field.db_session, field.contest, "cancel", actor=PLANNER, **more
        )
        with pytest.raises(SecondPersonRequiredError):
            proposals.decide(
                field.db_session,
                field.contest,
                proposal,
                "confirmed",
                keys=field.keys,
                actor=own,
                now=NOON,
            )

        assert (field.contest.state, proposal.decided_at) == ("published", None)


def test_points_of_another_log_than_the_rooms_are_not_stored(field: Field):
    room = good_room(field)
    end = AT_START + LENGTH + timedelta(seconds=1)
    running.close_rooms(field.db_session, field.round, now=end)
    field.db_session.commit()
    judged = settling.judged_places(field.db_session, field.round)
    append_to(field.db_session, room, "acted", {"action": {"verb": "pin"}, "tick": 300}, now=end)

    stored = settling.store_places(field.db_session, field.contest, field.round, judged, now=end)

    assert not stored
    assert field.round.scored_at is None


class TestJury:
    def test_never_deals_a_room_to_a_colleague(self, field: Field):
        field.ready()
        jurors = with_jurors(field.db_session, field.contest, 3, now=AT_START)
        _employ_together(field.db_session, jurors[0], field.entries[0].person_id)
        field.judge()

        judging.deal_tasks(
            field.db_session, field.contest, field.round, actor=PLANNER, now=AT_START
        )

        dealt = {
            entry.person_id: {
                juror.person_id
                for _, juror, _ in jury_queries.tasks_of_place(field.db_session, place.id)
            }
            for place, entry in queries.places_of(field.db_session, field.round.id)
        }
        assert all(len(found) == 2 for found in dealt.values())
        assert jurors[0] not in dealt[field.entries[0].person_id]

    def test_refuses_a_mark_out_of_the_rubric(self):
        rules = little_rules().jury

        with pytest.raises(InvalidInputError) as refused:
            judging.check_marks({"plan": 5, "decisions": 1, "charm": 3}, rules, 2)

        assert {one["field"] for one in refused.value.errors} == {
            "charm",
            "composure",
            "compliance",
            "plan",
        }


class TestResult:
    def test_waits_for_every_mark(self, field: Field):
        good_room(field)
        field.judge()

        with pytest.raises(settling.NotAllMarkedError):
            field.tell()

    def test_ranks_who_did_something_first_and_leaves_out_who_never_came(self, field: Field):
        first = good_room(field)
        field.judge()
        field.mark()

        results = field.tell()

        by_entry = {
            entry.id: result
            for result, entry in queries.results_of(field.db_session, field.contest)
        }
        ranks = [by_entry[entry.id].rank for entry in _by_lane(field)]
        assert ranks == [1, 2, None]
        assert results[0].room_points == rooms.score_or_none(field.db_session, first.id).score  # type: ignore[union-attr]
        assert results[1].room_points == 0.0  # an idle contestant is the house
        assert results[0].low_points < results[0].total_points < results[0].high_points

    def test_is_final_only_after_the_window_and_by_two(self, field: Field):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()
        with pytest.raises(settling.ProtestsOpenError):
            two_people(
                field.db_session,
                field.contest,
                "finalise",
                keys=field.keys,
                now=AT_START + timedelta(hours=2),
            )

        field.finalise()

        assert field.contest.state == "final"
        final = queries.final_results(field.db_session, field.contest)
        assert all(result.is_final for result, _ in final)

    def test_certifies_who_reaches_the_standard(self, field: Field):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()

        field.finalise()

        winner = _by_lane(field)[0]
        levels = _levels(field, winner)
        assert levels == ["senior", "junior"]
        assert _levels(field, _by_lane(field)[1]) == ["junior"]


class TestProtest:
    def test_upheld_changes_the_result_by_a_new_fact_that_the_credential_leads_to(
        self, field: Field
    ):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()
        loser = _by_lane(field)[1]
        place = queries.places_of(field.db_session, field.round.id)[1][0]
        protest = protesting.file_protest(
            field.db_session,
            field.contest,
            place,
            about="technical",
            body="第六分钟起房间断线五分钟，备用线路切换失败，请复核。",
            actor="person:x",
            now=AT_START + timedelta(hours=2),
        )
        handler = new_person(field.db_session, "申诉员", now=NOON)
        _answer(field, protest, handler.id, outcome="upheld", words="属实", room_points=44.0)

        field.finalise()

        record = certification.credentials_of(
            field.db_session, loser.person_id, at=AT_START + timedelta(days=2)
        )[0].record
        trace = tracing.trace_of(field.db_session, record.number)
        assert trace.result.certified_points == 44.0
        assert [one.reason for one in trace.scores] == [
            "played",
            f"protest:{protest.public_id}",
        ]
        assert trace.protests == [protest]
        assert trace.claim.enterer != trace.claim.decider

    def test_is_not_answered_by_a_juror(self, field: Field):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()
        place = queries.places_of(field.db_session, field.round.id)[1][0]
        protest = protesting.file_protest(
            field.db_session,
            field.contest,
            place,
            about="jury",
            body="评委打分与评语不符，请增派一位评委复核一次。",
            actor="person:x",
            now=AT_START + timedelta(hours=2),
        )
        juror = jury_queries.jurors_of(field.db_session, field.contest.id)[0][1]

        with pytest.raises(SecondPersonRequiredError):
            _answer(field, protest, juror.id, outcome="declined", words="不属实")

        assert protest.answered_at is None

    def test_comes_too_late_after_the_window(self, field: Field):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()
        place = queries.places_of(field.db_session, field.round.id)[1][0]

        with pytest.raises(protesting.ProtestWindowError):
            protesting.file_protest(
                field.db_session,
                field.contest,
                place,
                about="room",
                body="我认为实操得分算得不对，请复核一次，谢谢各位。",
                actor="person:x",
                now=AT_START + timedelta(days=3),
            )


class TestReopen:
    def test_makes_another_version_and_keeps_the_first(self, field: Field):
        good_room(field)
        field.judge()
        field.mark()
        field.tell()
        field.finalise()
        now = AT_START + timedelta(days=3)

        two_people(field.db_session, field.contest, "reopen", keys=field.keys, now=now)
        two_people(field.db_session, field.contest, "finalise", keys=field.keys, now=now)

        versions = [
            len(queries.results_of(field.db_session, field.contest, version))
            for version in (1, 2, 3)
        ]
        assert versions == [3, 3, 3]
        assert len(_levels(field, _by_lane(field)[0])) == 2  # no second credential


def test_vote_stands_apart_and_once(field: Field):
    good_room(field)
    field.judge()
    voter, chosen = field.entries[1], field.entries[0]
    settings, now = field.app.config["SETTINGS"], AT_START + LENGTH
    total = queries.standing_results(
        field.db_session, field.contest, queries.rules_of(field.db_session, field.contest)
    )

    protesting.vote(
        field.db_session, field.contest, chosen, voter.person_id, settings=settings, now=now
    )

    assert protest_queries.vote_counts(field.db_session, field.contest.id) == {chosen.id: 1}
    assert total == queries.standing_results(
        field.db_session, field.contest, queries.rules_of(field.db_session, field.contest)
    )
    with pytest.raises(protesting.VoteGivenError):
        protesting.vote(
            field.db_session,
            field.contest,
            field.entries[2],
            voter.person_id,
            settings=settings,
            now=now,
        )
    with pytest.raises(protesting.MayNotVoteError):
        protesting.vote(
            field.db_session, field.contest, chosen, chosen.person_id, settings=settings, now=now
        )


def _answer(field: Field, protest: Any, person_id: int, **answer: Any) -> None:
    found, place, entry, round_ = protest_queries.protest_of(field.db_session, protest.public_id)
    protesting.answer_protest(
        field.db_session,
        field.contest,
        found,
        place,
        entry,
        round_,
        protesting.Answer(**answer),
        person_id=person_id,
        now=AT_START + timedelta(hours=3),
    )


def _by_lane(field: Field) -> list[ContestEntry]:
    return [entry for _, entry in queries.places_of(field.db_session, field.round.id)]


def _levels(field: Field, entry: ContestEntry) -> list[str]:
    at = AT_START + timedelta(days=4)
    held = certification.credentials_of(field.db_session, entry.person_id, at=at)
    return [one.record.level for one in held]


def _employ_together(db_session: Session, *person_ids: int) -> None:
    provider = little_provider(db_session, now=NOON)
    for person_id in person_ids:
        employ(db_session, provider, db_session.get_one(Person, person_id), now=NOON)
