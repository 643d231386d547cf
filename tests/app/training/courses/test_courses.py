"""Courses end to end: a lecturer is certified and teaches; hours reach the programme."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts import queries as accounts
from app.accounts.services import collect_identity
from app.certification import claims
from app.certification.models import EvidenceClaim
from app.contests import judging
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError
from app.exams.models import Attempt
from app.marking.queries import waiting_count
from app.results import queries as results
from app.sittings import invigilation, seats
from app.training.courses import authoring, classes, finishing, lecturers, queries
from app.training.courses.errors import (
    AppliedError,
    CohortClosedError,
    CourseFullError,
    EmptyCourseError,
    FeedbackGivenError,
    NoLecturerError,
    OwnApplicationError,
    VotedError,
    WrongCodeError,
)
from app.training.courses.parts import PartError, parse_part
from tests import cast
from tests.app.training.courses.answers import written_by
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.sittings import enrolled_sitting, seat_started

HOUR = timedelta(hours=1)


def person(db_session, member):
    return accounts.person_of_account_or_none(db_session, member.account)


@pytest.fixture
def certified(app):
    """Bob, certified by Carol and Sys."""
    with transaction() as db_session:
        made = lecturers.apply(
            db_session,
            person(db_session, cast.BOB),
            subjects="实时操盘",
            evidence="做过四十场日播和三场大场，讲过两期内训",
            now=NOON,
        )
        for voter in (cast.CAROL, cast.SYS):
            lecturers.vote(
                db_session,
                made,
                person(db_session, voter),
                approves=True,
                reason="材料属实",
                now=NOON,
            )
        return made.public_id


@pytest.fixture
def cohort(certified):
    """A cohort of Bob's course with two classes of 90 minutes; Alice is in it."""
    with transaction() as db_session:
        course = authoring.add_course(
            db_session,
            person(db_session, cast.BOB),
            title="返场与补货",
            summary="听完能排出一场的返场",
            level="junior",
            now=NOON,
        )
        for data in (
            {"kind": "chapter", "title": "读第六章", "chapter": 6},
            {
                "kind": "assignment",
                "title": "写一次返场",
                "task": "写下一次返场的四个条件和结果。",
                "rubric": "四个条件各二十五分。",
            },
        ):
            authoring.add_part(db_session, course, data)
        authoring.publish_course(db_session, course, actor="person:bob", now=NOON)
        made = authoring.open_cohort(
            db_session,
            course,
            title="一班",
            seats=2,
            provider_code=None,
            actor="person:bob",
            now=NOON,
        )
        for days in (1, 2):
            classes.add_meeting(
                db_session,
                made,
                starts_at=NOON + timedelta(days=days),
                minutes=90,
                place="线上",
                now=NOON,
            )
        classes.join(
            db_session,
            made,
            course,
            person(db_session, cast.ALICE).id,
            provider_codes=(),
            now=NOON,
        )
        return made.public_id


def of_alice(db_session, cohort):
    return queries.own_membership(db_session, cohort, person(db_session, cast.ALICE).id)


class TestLecturers:
    def test_two_yes_certify_for_two_years(self, certified, db_session):
        bob = person(db_session, cast.BOB)

        assert queries.certified_lecturer(db_session, bob.id, now=NOON + timedelta(days=730))
        assert not queries.certified_lecturer(db_session, bob.id, now=NOON + timedelta(days=731))
        assert "lecturer" in {grant.role for grant in bob.grants if grant.ended_at is None}

    def test_one_no_declines_and_then_there_is_nothing_to_decide(self, app, db_session):
        made = lecturers.apply(
            db_session,
            person(db_session, cast.ALICE),
            subjects="合规",
            evidence="做过一年场控，讲过一次课，材料在附件里",
            now=NOON,
        )
        say = {"reason": "没有可查的记录", "now": NOON}

        lecturers.vote(db_session, made, person(db_session, cast.CAROL), approves=False, **say)

        assert made.outcome == "declined"
        with pytest.raises(VotedError):
            lecturers.vote(db_session, made, person(db_session, cast.SYS), approves=True, **say)

    def test_nobody_decides_their_own_nor_twice(self, app, db_session):
        carol = person(db_session, cast.CAROL)
        evidence = "做过四十场日播和三场大场，讲过两期内训"
        own = lecturers.apply(db_session, carol, subjects="合规", evidence=evidence, now=NOON)
        say = {"approves": True, "reason": "材料属实", "now": NOON}

        with pytest.raises(OwnApplicationError):
            lecturers.vote(db_session, own, carol, **say)
        lecturers.vote(db_session, own, person(db_session, cast.SYS), **say)
        with pytest.raises(VotedError):
            lecturers.vote(db_session, own, person(db_session, cast.SYS), **say)
        with pytest.raises(AppliedError):
            lecturers.apply(db_session, carol, subjects="合规", evidence=evidence, now=NOON)

    def test_who_is_not_certified_teaches_nothing(self, app, db_session):
        with pytest.raises(NoLecturerError):
            authoring.add_course(
                db_session,
                person(db_session, cast.ALICE),
                title="课",
                summary="讲",
                level="junior",
                now=NOON,
            )


class TestParts:
    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"kind": "video", "url": "http://www.bilibili.com/v"}, "url"),
            ({"kind": "video", "url": "https://evil.example/bilibili.com"}, "url"),
            ({"kind": "video", "url": "https://bilibili.com.evil.example/"}, "url"),
            ({"kind": "text", "text": "短"}, "text"),
            ({"kind": "chapter", "chapter": 0}, "chapter"),
            ({"kind": "drill", "drill": "f1"}, "drill"),
        ],
        ids=["http", "host", "lookalike", "short", "chapter", "drill"],
    )
    def test_what_is_wrong_is_named(self, data, field):
        with pytest.raises(PartError) as raised:
            parse_part({"id": "abcd2345", "title": "一节", **data})

        assert raised.value.field == field

    def test_a_video_of_a_known_host_is_taken(self):
        data = {"id": "abcd2345", "title": "一节", "kind": "video"}

        assert parse_part({**data, "url": "https://www.bilibili.com/video/BV1"}).kind == "video"

    def test_a_course_without_parts_is_not_published(self, certified, db_session):
        bob = person(db_session, cast.BOB)
        course = authoring.add_course(
            db_session, bob, title="空课", summary="还没有内容的课", level="junior", now=NOON
        )

        with pytest.raises(EmptyCourseError):
            authoring.publish_course(db_session, course, actor="person:bob", now=NOON)


class TestAttendance:
    def test_the_code_counts_during_the_class_only(self, cohort, db_session):
        found, _, member = of_alice(db_session, cohort)
        first = queries.meetings_of(db_session, found.id)[0]
        early, late = (
            first.starts_at - timedelta(minutes=11),
            first.starts_at + 2 * HOUR + timedelta(seconds=1),
        )

        for moment in (early, late):
            with pytest.raises(WrongCodeError):
                classes.attend_by_code(db_session, found, member.person_id, first.code, now=moment)
        wrong = "000000" if first.code != "000000" else "111111"
        with pytest.raises(WrongCodeError):
            classes.attend_by_code(db_session, found, member.person_id, wrong, now=first.starts_at)
        for _ in range(2):
            classes.attend_by_code(
                db_session, found, member.person_id, first.code, now=first.starts_at
            )

        assert [line.minutes for line in queries.member_lines(db_session, found.id)] == [90]

    def test_the_lecturer_notes_members_only_and_not_beforehand(self, cohort, db_session):
        found, _, member = of_alice(db_session, cohort)
        first = queries.meetings_of(db_session, found.id)[0]
        people = [member.person_id, person(db_session, cast.DAVE).id]

        with pytest.raises(WrongCodeError):
            classes.attend_by_lecturer(
                db_session, found, first.public_id, people, actor="person:bob", now=NOON
            )
        added = classes.attend_by_lecturer(
            db_session, found, first.public_id, people, actor="person:bob", now=first.starts_at
        )

        assert added == 1
        with pytest.raises(FeedbackGivenError):
            second = queries.meetings_of(db_session, found.id)[1]
            classes.say(
                db_session, found, member.person_id, second.public_id, rating=5, words="", now=NOON
            )

    def test_seats_end_and_nobody_sits_their_own_course(self, cohort, db_session):
        found, course, _ = of_alice(db_session, cohort)
        rest = {"provider_codes": (), "now": NOON}

        with pytest.raises(CourseFullError):
            classes.join(db_session, found, course, person(db_session, cast.BOB).id, **rest)
        classes.join(db_session, found, course, person(db_session, cast.DAVE).id, **rest)
        with pytest.raises(CourseFullError):
            classes.join(db_session, found, course, person(db_session, cast.ERIN).id, **rest)

    def test_a_providers_cohort_is_not_there_for_others(self, cohort, db_session):
        found, course, _ = of_alice(db_session, cohort)
        found.provider_code = "yunfan"

        with pytest.raises(NotFoundError):
            classes.join(
                db_session,
                found,
                course,
                person(db_session, cast.DAVE).id,
                provider_codes=("others",),
                now=NOON,
            )


class TestHours:
    def test_closing_states_the_hours_that_a_second_person_confirms(self, cohort, db_session):
        found, course, member = of_alice(db_session, cohort)
        bob = person(db_session, cast.BOB)
        actor = f"person:{bob.public_id}"
        for meeting in queries.meetings_of(db_session, found.id):
            classes.attend_by_code(
                db_session, found, member.person_id, meeting.code, now=meeting.starts_at
            )
        end = NOON + timedelta(days=3)

        assert finishing.close_cohort(db_session, found, course, actor=actor, now=end) == 1

        claim = db_session.query(EvidenceClaim).one()
        assert (claim.kind, claim.amount, claim.enterer) == ("training", 4.0, actor)
        claims.decide_claim(db_session, claim, "confirmed", decider="person:somebody-else", now=end)
        assert claims.logged_of(db_session, member.person_id, at=end).training_hours == 4.0
        with pytest.raises(CohortClosedError):
            finishing.close_cohort(db_session, found, course, actor=actor, now=end)

    def test_who_signs_in_early_has_no_hours_of_a_class_that_never_began(self, cohort, db_session):
        found, course, member = of_alice(db_session, cohort)
        first = queries.meetings_of(db_session, found.id)[0]
        early = first.starts_at - timedelta(minutes=9)
        classes.attend_by_code(db_session, found, member.person_id, first.code, now=early)

        stated = finishing.close_cohort(db_session, found, course, actor="person:bob", now=early)

        assert stated == 0
        assert db_session.query(EvidenceClaim).count() == 0

    def test_an_assignment_is_marked_by_its_rubric_and_then_stands(self, cohort, db_session):
        found, course, member = of_alice(db_session, cohort)
        part = course.parts[1]["id"]

        with pytest.raises(InvalidInputError):
            finishing.finish_part(db_session, found, course, member, part, "短", now=NOON)
        text = "有人要、有货、凉透了、人在：第七十分钟返场牛仔裤，五分钟卖了二十件。"
        finishing.finish_part(db_session, found, course, member, part, text, now=NOON)
        ((handed, name),) = queries.handed_in(db_session, found.id)
        finishing.mark(db_session, found, handed.public_id, marks=90, remark="好", now=NOON)

        assert (handed.marks, name) == (90, "Alice")
        with pytest.raises(CohortClosedError):
            finishing.finish_part(db_session, found, course, member, part, text, now=NOON)


def identified(app, db_session):
    """Alice, and Erin with an identity of her own, so that both may sit an exam."""
    alice, erin = (person(db_session, one) for one in (cast.ALICE, cast.ERIN))
    collect_identity(
        db_session,
        erin.id,
        erin.public_id,
        legal_name="Erin",
        number="440524199002030037",
        keys=app.extensions["field_keys"],
        now=NOON,
    )
    return alice, erin


class TestALecturerNeverExaminesOwnTrainees:
    """Bob taught Alice, and nobody else."""

    def test_is_never_dealt_a_trainees_answer(self, cohort, db_session):
        alice, bob, carol = (
            person(db_session, one).id for one in (cast.ALICE, cast.BOB, cast.CAROL)
        )
        written_by(db_session, alice)

        assert waiting_count(db_session, carol, is_arbiter=False) == 1
        assert waiting_count(db_session, bob, is_arbiter=False) == 0

    def test_is_no_invigilator_of_a_trainee_nor_identifies_them(self, cohort, app, db_session):
        alice, erin = identified(app, db_session)
        bob = f"person:{person(db_session, cast.BOB).public_id}"
        sitting = enrolled_sitting(app, db_session, [alice, erin], opens_at=NOON)
        trainee, other = (
            seat_started(app, db_session, sitting, one, now=NOON) for one in (alice, erin)
        )

        def announce(*reached):
            ids = tuple(seat.public_id for seat in reached)
            wanted = invigilation.ActRequest(
                "announce", ids, None, "还有十分钟", f"console-{len(ids)}"
            )
            return invigilation.perform_act(db_session, sitting, wanted, actor=bob, now=NOON)

        for reached in ((), (trainee, other)):
            with pytest.raises(seats.OwnTraineeError):
                announce(*reached)
        with pytest.raises(seats.OwnTraineeError):
            seats.check_in(db_session, sitting, trainee, document="id_card", actor=bob, now=NOON)
        assert announce(other).seat_ids == [other.public_id]
        seats.check_in(db_session, sitting, other, document="id_card", actor=bob, now=NOON)

    def test_neither_judges_an_appeal_nor_a_contestant(self, cohort, app, db_session):
        alice, erin = identified(app, db_session)
        people, bob = [alice, erin], person(db_session, cast.BOB)
        sitting = enrolled_sitting(app, db_session, people, opens_at=NOON)
        attempts = [
            db_session.get(
                Attempt, seat_started(app, db_session, sitting, one, now=NOON).attempt_id
            )
            for one in (alice, erin)
        ]

        involved = [
            f"person:{bob.public_id}" in results.people_involved(db_session, one)
            for one in attempts
        ]
        conflicts = [
            judging.conflict_of(db_session, bob.id, one.id, now=NOON) for one in (alice, erin)
        ]

        assert involved == [True, False]
        assert conflicts == ["trainer", None]


class TestPages:
    def post(self, client, path, **data):
        return client.post(path, data={"csrf_token": csrf_token(client), **data})

    def test_a_member_reads_hands_in_and_others_see_nothing(self, cohort, as_alice, as_erin):
        path = f"/training/courses/cohorts/{cohort}"

        page = as_alice.get(path)
        assert "读第六章" in page.text
        assert "/handbook/6" in page.text
        assert as_erin.get(path).status_code == 404
        assert self.post(as_alice, f"{path}/attend", code="12").status_code == 422
        assert "返场与补货" in as_erin.get("/training/courses").text
        assert self.post(as_erin, f"{path}/join").status_code == 303
        assert as_erin.get(path).status_code == 200

    def test_the_lecturer_builds_and_a_stranger_does_not(self, cohort, app, as_alice):
        as_bob = sign_in(app, cast.BOB)
        with app.test_request_context("/"):
            found = queries.own_courses(db.session(), person(db.session(), cast.BOB).id)[0]
        path = f"/training/courses/teach/{found.public_id}"

        page = as_bob.get(path)
        assert "写一次返场" in page.text
        refused = self.post(
            as_bob,
            f"{path}/parts",
            kind="video",
            title="一段",
            url="https://evil.example/",
            chapter="1",
            drill="",
        )
        assert refused.status_code == 422
        assert "请改好：视频链接" in refused.text
        assert as_bob.get(f"/training/courses/teach/cohorts/{cohort}").status_code == 200
        assert as_alice.get(path).status_code == 403
        assert as_bob.get("/training/courses/lecturers").status_code == 200

    def test_the_committee_sees_all_applications_and_others_their_own(
        self, certified, as_carol, as_alice
    ):
        assert "实时操盘" in as_carol.get("/training/courses/lecturers").text
        assert "实时操盘" not in as_alice.get("/training/courses/lecturers").text
        token = {"reason": "材料属实"}
        path = f"/training/courses/lecturers/{certified}/approve"
        assert self.post(as_carol, path, **token).status_code == 409
        assert self.post(as_alice, path, **token).status_code == 403
