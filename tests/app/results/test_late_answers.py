"""Late answers count by two people's decision alone, and leave every trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from app.exams import packing, queries, services
from app.exams.models import Attempt, AttemptScore, LateAdmission
from app.exams.saving import Change, DeadlinePassedError, save_response
from app.results import late_answers
from app.results.late_answers import AdmissionSettledError, NoLateAnswersError
from question_bank.packs import audit_pack
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.exams import TERMS, start_little_attempt
from tests.factories.sittings import EVA, add_staff

MINUTE = timedelta(minutes=1)
REASON = "考场断网，监考有记录"


class Late:
    """Alice's attempt: one answer in time, two after the end, then closed."""

    def __init__(self, public_id, person_id, refs, due):
        self.public_id, self.person_id, self.due = public_id, person_id, due
        self.places = [n for n, ref in enumerate(refs, 1) if ref.startswith(("single", "case"))]

    def save(self, n, place, choice, *, now, sequence=None):
        value = {"selected": [choice]}
        change = Change(f"key-{n:08}", self.places[place], value, False, sequence or n, 1)
        return save_response(self.public_id, self.person_id, change, now=now)

    def locked(self, db_session):
        return queries.attempt_by_public_id(db_session, self.public_id, lock=True)

    def propose(self, *, actor="person:carol", reason=REASON):
        with transaction() as db_session:
            return late_answers.propose_admission(
                db_session, self.locked(db_session), reason=reason, actor=actor, now=self.due
            ).public_id

    def decide(self, public_id, *, actor="person:eva", is_admitted=True):
        with transaction() as db_session:
            late_answers.decide_admission(
                db_session,
                late_answers.admission(db_session, public_id, lock=True),
                self.locked(db_session),
                is_admitted=is_admitted,
                actor=actor,
                now=self.due + MINUTE,
            )

    @property
    def scores(self):
        with transaction() as db_session:
            rows = db_session.scalars(select(AttemptScore).order_by(AttemptScore.id))
            return [(round(row.fraction * 6), row.reason.partition(":")[0]) for row in rows]

    @property
    def values(self):
        with transaction() as db_session:
            return queries.values_of(db_session, self.locked(db_session).id)


def make_late(db_session, person_id, *, at):
    attempt = start_little_attempt(db_session, person_id, now=at)
    services.open_page(db_session, attempt, now=at)
    db_session.commit()
    late = Late(
        attempt.public_id,
        person_id,
        attempt.item_refs,
        at + timedelta(seconds=TERMS.limit_s),
    )
    db_session.close()
    db.session.remove()
    late.save(3, 0, "a", now=at)
    for n, place, choice in ((1, 0, "b"), (4, 1, "a")):  # an older change of the first, and another
        with pytest.raises(DeadlinePassedError):
            late.save(n, place, choice, now=late.due + MINUTE)
    return late


@pytest.fixture
def late(app, db_session, person_of):
    late = make_late(db_session, person_of(cast.ALICE).id, at=NOON)
    with transaction() as db_session:
        services.close_if_overdue(db_session, late.locked(db_session), now=late.due + 2 * MINUTE)
    return late


@pytest.mark.both_databases
class TestDecideAdmission:
    def test_admitted_ones_count_and_old_scores_stay(self, late):
        late.decide(late.propose())

        assert late.scores == [(1, "overdue"), (2, "late")]
        # The change that was older than the saved one does not win over it.
        assert late.values == {
            late.places[0]: {"selected": ["a"]},
            late.places[1]: {"selected": ["a"]},
        }
        with transaction() as db_session:
            kinds = [one.kind for one in queries.events_of(db_session, late.locked(db_session).id)]
            assert kinds.count("admitted") == 2
            assert late.locked(db_session).score_fraction == pytest.approx(2 / 6)

    def test_the_pack_agrees_with_what_was_admitted(self, late):
        late.decide(late.propose())

        with transaction() as db_session:
            pack = packing.attempt_pack(db_session, late.locked(db_session))

        audit = audit_pack(pack)
        assert [one for one in audit.verdicts if not one.agrees] == []
        assert audit.fraction == pytest.approx(2 / 6)

    def test_refused_ones_stay_what_they_were(self, late):
        late.decide(late.propose(), is_admitted=False)

        assert late.scores == [(1, "overdue")]
        with pytest.raises(NoLateAnswersError):
            late.propose()

    def test_wants_a_second_person(self, late):
        public_id = late.propose()

        with pytest.raises(SecondPersonRequiredError):
            late.decide(public_id, actor="person:carol")

        assert late.scores == [(1, "overdue")]

    def test_is_decided_once(self, late):
        public_id = late.propose()
        late.decide(public_id)

        with pytest.raises(AdmissionSettledError):
            late.decide(public_id, actor="person:hal")

        assert len(late.scores) == 2

    def test_nobody_proposes_or_decides_their_own(self, late):
        with transaction() as db_session:
            person_id = late.locked(db_session).person_id
            from app.accounts.queries import person

            own = f"person:{person(db_session, person_id).public_id}"

        with pytest.raises(SecondPersonRequiredError):
            late.propose(actor=own)
        public_id = late.propose()
        with pytest.raises(SecondPersonRequiredError):
            late.decide(public_id, actor=own)

        assert late.scores == [(1, "overdue")]

    def test_is_on_record(self, late):
        late.decide(late.propose())

        with transaction() as db_session:
            actions = db_session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.action.startswith("late_answers"))
                .order_by(AuditEntry.id)
            ).all()
        assert actions == ["late_answers.proposed", "late_answers.admitted"]


@pytest.mark.both_databases
class TestProposeAdmission:
    def test_one_at_a_time(self, late):
        late.propose()

        with pytest.raises(AdmissionSettledError):
            late.propose(actor="person:eva")

    @pytest.mark.parametrize("reason", ["", "短", "长" * 301], ids=["none", "short", "long"])
    def test_says_why(self, late, reason):
        with pytest.raises(InvalidInputError):
            late.propose(reason=reason)

    def test_not_while_the_exam_goes_on(self, app, db_session, person_of):
        open_one = make_late(db_session, person_of(cast.ALICE).id, at=NOON)

        with pytest.raises(NoLateAnswersError):
            open_one.propose()

        with transaction() as db_session:
            assert db_session.scalars(select(LateAdmission)).all() == []


class TestPages:
    @pytest.fixture
    def world(self, app, db_session, person_of, password_hash):
        now = clock.now()
        add_staff(db_session, password_hash, now=now)
        late = make_late(db_session, person_of(cast.ALICE).id, at=now - timedelta(hours=1))
        with transaction() as db_session:
            services.close_if_overdue(db_session, late.locked(db_session), now=now)
        return late

    @staticmethod
    def post(client, path, **data):
        data["csrf_token"] = csrf_token(client)
        return client.post(path, data=data)

    def test_one_proposes_another_admits(self, app, world, as_carol):
        page = as_carol.get("/results/late").text
        assert "考试时间已到" in page
        path = f"/results/attempts/{world.public_id}/late"
        assert self.post(as_carol, path, reason=REASON).status_code == 303
        with transaction() as db_session:
            decide = f"/results/late/{db_session.scalars(select(LateAdmission)).one().public_id}"
        assert "等另一个人决定" in as_carol.get("/results/late").text
        own = self.post(as_carol, decide, decision="admit")
        as_eva = sign_in(app, EVA)
        assert REASON in as_eva.get("/results/late").text

        other = self.post(as_eva, decide, decision="admit")
        again = self.post(as_eva, decide, decision="admit")

        assert (own.status_code, other.status_code, again.status_code) == (403, 303, 409)
        assert "没有待处理的迟到作答" in as_eva.get("/results/late").text
        assert world.scores[-1] == (2, "late")

    @pytest.mark.parametrize(("field", "value"), [("reason", "短"), ("reason", "")])
    def test_refuses_without_a_reason(self, world, as_carol, field, value):
        path = f"/results/attempts/{world.public_id}/late"

        answer = self.post(as_carol, path, **{field: value})

        assert answer.status_code == 422
        assert "4 到 300 字" in answer.text

    def test_is_no_candidates_business(self, world, as_alice, as_dave, stranger):
        assert as_alice.get("/results/late").status_code == 403
        assert as_dave.get("/results/late").status_code == 403
        assert stranger.get("/results/late").status_code == 302
        with transaction() as db_session:
            assert db_session.scalars(select(Attempt.closing)).one() == "overdue"
