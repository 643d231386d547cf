"""What stands in the demonstration while its pages are looked at: work begun and work done."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.accounts.recovery.services import hand_out_reset
from app.accounts.services import register_person
from app.bank.models import ItemVersion
from app.bank.queries import items_of
from app.bank.workshop.grouping import begin_case
from app.bank.workshop.models import CaseDraft, ItemDraft
from app.certification import queries as certification
from app.certification.services import enrol, start_room, start_theory
from app.certification.sharing import make_link
from app.checks.models import CheckList
from app.contests.diplomas.models import Diploma
from app.contests.jury_queries import tasks_of_juror
from app.contests.models import Contest
from app.contests.queries import rounds_of
from app.core import clock
from app.core.db import db, transaction
from app.directory.models import DirectoryEntry
from app.exams.models import Attempt
from app.exams.queries import attempt_by_public_id, attempt_of
from app.exams.regrading import propose_regrade
from app.exams.saving import AttemptClosedError, Change, save_response
from app.exams.services import open_page, submit_attempt
from app.exams.treating import version_of
from app.integrity.gathering import case_evidence
from app.integrity.services import open_case
from app.marking.dealing import deal_next
from app.marking.models import MarkingTask
from app.programmes.blueprints import drafting
from app.programmes.drafts import open_draft_or_none
from app.providers.admission.models import ProviderApplication
from app.providers.objections.models import ScoreObjection
from app.providers.queries import provider_by_code
from app.providers.rules.models import SchemeProposal
from app.recordings.models import SessionRecording
from app.recordings.services import fit_waiting
from app.results.services import file_appeal
from app.rooms import sharing
from app.rooms.drills import is_drill_room
from app.rooms.queries import rooms_of
from app.rooms.services import start_practice
from app.sittings.models import Seat, Sitting
from app.standards.models import StandardMeeting
from app.studio.drafts.models import ScenarioDraft
from app.studio.queries import public_scenario_of
from app.training.courses.models import Cohort, Course
from app.training.decisions.models import DecisionCase
from app.training.placing import start_placement
from app.training.pool import practice_pool
from app.training.queries import ended_placements
from question_bank.items import Item
from tests.browser.product import Records

CANDIDATE = "candidate@demo.example"
HOLDER = "operator@demo.example"
NEWCOMER = "newcomer@example.cn"
MARKER = "marker@demo.example"

DEMO_PROGRAMME, PROGRAMME = "junior-demo", "junior"
DEMO_SCENARIO = "f1-demo"
PLANNED_SCENARIO = "f6"

WRONG, BLANK = 3, 7
"""Places of the demonstration exam that the candidate answers wrong, or not at all."""


def set_stage(records: Records, password_hash: str) -> dict[str, str]:
    """Let the demonstration's candidate sit an exam, begin another one and open rooms.

    Args:
        records: The instance.
        password_hash: Of the account that has done nothing yet.

    Returns:
        The parts of addresses: what a path names by `{…}`.
    """
    with records.app.app_context():
        try:
            return _Stage(records).set(password_hash)
        finally:
            db.session.remove()


class _Stage:
    def __init__(self, records: Records) -> None:
        self._settings = records.settings
        self._keys = records.app.extensions["field_keys"]

    def set(self, password_hash: str) -> dict[str, str]:
        fit_waiting(clock.now())
        with transaction() as db_session:
            register_person(
                db_session,
                account=NEWCOMER,
                display_name="新来的",
                password_hash=password_hash,
                now=clock.now(),
                actor="cli:test",
            )
            done = self._begin_theory(db_session, DEMO_PROGRAMME)
        self._answer(done)
        with transaction() as db_session:
            attempt = self._attempt(db_session, done)
            submit_attempt(db_session, attempt, key=secrets.token_hex(8), now=clock.now())
            assert attempt.passed
            done_item = version_of(attempt.item_refs[0])
        self._answer_late(done)
        with transaction() as db_session:
            appeal, regrade = self._object(db_session, self._attempt(db_session, done))
        exam_code, case = self._case(done)
        with transaction() as db_session:
            person = _person(db_session, CANDIDATE)
            enrolment = certification.active_enrolment(
                db_session, person.id, DEMO_PROGRAMME, lock=True
            )
            exam_room = start_room(db_session, enrolment, settings=self._settings, now=clock.now())
            running = self._begin_theory(db_session, PROGRAMME)
            practice_room = start_practice(
                db_session,
                person.id,
                public_scenario_of(db_session, DEMO_SCENARIO),
                is_demo=True,
                now=clock.now(),
            ).public_id
            planned_room = start_practice(
                db_session,
                person.id,
                public_scenario_of(db_session, PLANNED_SCENARIO),
                is_demo=True,
                now=clock.now(),
            ).public_id
        with transaction() as db_session:
            person, holder = _person(db_session, CANDIDATE), _person(db_session, HOLDER)
            number = certification.credentials_of(db_session, holder.id, at=clock.now())[0]
            played = next(
                room
                for room in rooms_of(db_session, person.id)
                if room.score is not None and not is_drill_room(room)
            )
            drill = next(
                room
                for room in rooms_of(db_session, person.id)
                if room.score is not None and is_drill_room(room)
            )
            item = db_session.scalars(select(ItemVersion).limit(1)).one()
            seat = db_session.scalars(
                select(Seat).where(Seat.person_id == holder.id).order_by(Seat.id)
            ).first()
            assert seat is not None
            now = clock.now()
            link = make_link(db_session, number.record, label="面试", days=7, now=now)
            return {
                "done": done,
                "done_item": done_item,
                "appeal": appeal,
                "exam_code": exam_code,
                "case": case,
                "regrade": regrade,
                "running": running,
                "exam_room": exam_room,
                "practice_room": practice_room,
                "planned_room": planned_room,
                "played_room": played.public_id,
                "played_drill": drill.public_id,
                "number": number.record.number,
                "person": person.public_id,
                "password_link": hand_out_reset(
                    db_session, person, actor="cli:test", reason="", now=now
                ),
                "seat": seat.public_id,
                "sitting": db_session.get_one(Sitting, seat.sitting_id).public_id,
                "certificate_link": link,
                "operator": db_session.scalars(select(DirectoryEntry)).one().public_id,
                "check_list": db_session.scalars(select(CheckList)).one().public_id,
                **_recordings(db_session),
                "room_link": sharing.make_link(db_session, played, now=now),
                "item": f"{item.item_id}@{item.version}",
                "item_id": item.item_id,
                "rule_proposal": db_session.scalars(select(SchemeProposal)).one().public_id,
                "rule_provider": provider_by_code(db_session, "YF-0571").public_id,
                **_providers_matters(db_session),
                **_placements(db_session),
                **_courses(db_session),
                **_contest_over(db_session),
                "draft": _draft(db_session, "draft"),
                "scenario_draft": _scenario_draft(db_session),
                "begun_case": _case_begun(db_session),
                "read_case": _case_handed_in(db_session),
                "tried_draft": _draft(db_session, "pilot"),
                "sheet": deal_next(
                    db_session, _person(db_session, MARKER).id, is_arbiter=False, now=now
                ).public_id,
                "task": db_session.scalars(select(MarkingTask).limit(1)).one().public_id,
                "open_meeting": _meeting(db_session, "rating"),
                "done_meeting": _meeting(db_session, "approved"),
                "programme_draft": _programme_draft(db_session, "intermediate"),
                "blueprint_draft": _blueprint_draft(db_session, "intermediate-theory"),
            }

    def _begin_theory(self, db_session: Session, programme_id: str) -> str:
        now = clock.now()
        enrolment = enrol(
            db_session,
            _person(db_session, CANDIDATE).id,
            certification.newest_programme(db_session, programme_id),
            identity=None,
            keys=self._keys,
            settings=self._settings,
            now=now,
        )
        attempt = start_theory(db_session, enrolment, settings=self._settings, now=now)
        return attempt.public_id

    def _attempt(self, db_session: Session, public_id: str) -> Attempt:
        person = _person(db_session, CANDIDATE)
        return attempt_of(db_session, public_id, person.id, lock=True)

    def _answer_late(self, public_id: str) -> None:
        """An answer that was on its way when the exam was handed in."""
        with transaction() as db_session:
            attempt = self._attempt(db_session, public_id)
            item, person_id = items_of(db_session, attempt.item_refs[:1])[0], attempt.person_id
        change = Change(secrets.token_hex(8), 1, _value(item, right=False), False, 99, 1)
        with contextlib.suppress(AttemptClosedError):
            save_response(public_id, person_id, change, now=clock.now())

    @staticmethod
    def _object(db_session: Session, attempt: Attempt) -> tuple[str, str]:
        """An appeal against the result, and a regrade of another item that somebody proposed."""
        appeal = file_appeal(
            db_session,
            attempt,
            category="item",
            position=WRONG,
            body="第三题的答案与操盘手册写的不一致，请复核。",
            actor=f"person:{attempt.person_id}",
            now=clock.now(),
        )
        regrade = propose_regrade(
            db_session,
            version_of(attempt.item_refs[WRONG]),
            treatment="credit_all",
            new_ref=None,
            reason="题干缺少一个数字",
            actor="cli:test",
            now=clock.now(),
        )
        return appeal.public_id, regrade.public_id

    @staticmethod
    def _case(public_id: str) -> tuple[str, str]:
        """A case file about an attempt; returns the exam's code and the case."""
        attempt = attempt_by_public_id(db.session(), public_id)
        evidence = case_evidence(db.session(), attempt, now=clock.now())
        with transaction() as db_session:
            attempt = attempt_by_public_id(db_session, public_id, lock=True)
            case = open_case(
                db_session,
                attempt,
                evidence,
                reason="监考报告",
                person_id=0,
                actor="cli:test",
                now=clock.now(),
            )
            return attempt.exam_code, case.public_id

    def _answer(self, public_id: str) -> None:
        with transaction() as db_session:
            attempt = self._attempt(db_session, public_id)
            epoch = open_page(db_session, attempt, now=clock.now())
            items, person_id = items_of(db_session, attempt.item_refs), attempt.person_id
        for position, item in enumerate(items, 1):
            if position == BLANK:
                continue
            change = Change(
                key=secrets.token_hex(8),
                position=position,
                value=_value(item, right=position != WRONG),
                flagged=position == WRONG,
                client_sequence=position,
                writer_epoch=epoch,
            )
            save_response(public_id, person_id, change, now=clock.now())


def _providers_matters(db_session: Session) -> dict[str, str]:
    """Return the demonstration's objection, its month, and the application that waits."""
    objection = db_session.scalars(select(ScoreObjection)).one()
    return {
        "objection": objection.public_id,
        "settled_month": f"{objection.month:%Y-%m}",
        "application": db_session.scalars(select(ProviderApplication)).one().public_id,
    }


def _contest_over(db_session: Session) -> dict[str, str]:
    """Return the demonstration's finished contest, its last round, and the winner's diploma."""
    contest = db_session.scalars(select(Contest).where(Contest.state == "final")).one()
    round_ = rounds_of(db_session, contest.id)[-1]
    diploma = db_session.scalars(
        select(Diploma).where(Diploma.contest_id == contest.id, Diploma.rank == 1)
    ).first()
    assert diploma is not None
    return {
        "contest_over": contest.public_id,
        "contest_open": db_session.scalars(select(Contest).where(Contest.state == "published"))
        .one()
        .public_id,
        "jury_task": tasks_of_juror(db_session, _person(db_session, "juror@demo.example").id)[0][
            0
        ].public_id,
        "round_over": round_.public_id,
        "diploma": diploma.number,
    }


def _placements(db_session: Session) -> dict[str, str]:
    """Return the candidate's newest placement test with a result, and one that is under way."""
    person_id = _person(db_session, CANDIDATE).id
    placed = ended_placements(db_session, person_id)[-1]
    begun = start_placement(db_session, person_id, practice_pool(db_session), now=clock.now())
    return {"placed": placed.public_id, "placement": begun.public_id}


def _courses(db_session: Session) -> dict[str, str]:
    """Return the demonstration's course with its cohort, and a decision that has answers."""
    return {
        "course": db_session.scalars(select(Course.public_id).order_by(Course.id)).first() or "",
        "cohort": db_session.scalars(select(Cohort.public_id).order_by(Cohort.id)).first() or "",
        "decision": db_session.scalars(
            select(DecisionCase.public_id).where(DecisionCase.code == "size-comments")
        ).one(),
    }


def _draft(db_session: Session, stage: str) -> str:
    return db_session.scalars(select(ItemDraft.public_id).where(ItemDraft.stage == stage)).one()


def _scenario_draft(db_session: Session) -> str:
    row = db_session.scalars(select(ScenarioDraft).where(ScenarioDraft.stage == "draft")).first()
    assert row is not None
    return row.public_id


def _case_begun(db_session: Session) -> str:
    """Begin a case group, so that its editor can be looked at; return its id."""
    author = _person(db_session, "committee@demo.example")
    case = begin_case(
        db_session,
        author_id=author.id,
        topic="traffic",
        level="junior",
        pool="exam",
        actor="cli:test",
        now=clock.now(),
    )
    return case.public_id


def _case_handed_in(db_session: Session) -> str:
    """Return the demonstration's case group that is read."""
    return db_session.scalars(select(CaseDraft.public_id).where(CaseDraft.stage == "review")).one()


def _meeting(db_session: Session, stage: str) -> str:
    return db_session.scalars(
        select(StandardMeeting.public_id).where(StandardMeeting.stage == stage)
    ).one()


def _person(db_session: Session, account: str) -> Person:
    found = person_of_account_or_none(db_session, account)
    assert found is not None
    return found


def _programme_draft(db_session: Session, programme_id: str) -> str:
    """Return the demonstration's draft of a programme's next version."""
    found = open_draft_or_none(db_session, programme_id)
    assert found is not None
    return found.public_id


def _blueprint_draft(db_session: Session, blueprint_id: str) -> str:
    """Return the demonstration's draft of a blueprint's next version."""
    found = drafting.open_draft_or_none(db_session, blueprint_id)
    assert found is not None
    return found.public_id


def _value(item: Item, *, right: bool) -> dict[str, Any]:
    """Return a response to an item."""
    if item.numeric is not None:
        return {"number": str(item.numeric.value if right else item.numeric.value + 1)}
    if isinstance(item.key, bool):
        return {"selected": [str(item.key is right).lower()]}
    key = list(item.key or ())
    if right:
        return {"selected": key}
    return {"selected": [next(one for one in item.choices if one not in key)]}


def _recordings(db_session: Session) -> dict[str, str]:
    """Return the demonstration's sessions: the provider's, which is fitted, and the expert's."""
    found = db_session.scalars(select(SessionRecording).order_by(SessionRecording.id)).all()
    return {"recording": found[0].public_id, "expert_recording": found[1].public_id}
