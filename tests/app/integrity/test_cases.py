"""Integrity cases: what stands out, need to know, the candidate's words, two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from app.core import clock
from app.core.audit.models import AuditChain, AuditEntry
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, NotFoundError, SecondPersonRequiredError
from app.exams.models import Attempt, AttemptScore
from app.integrity import gathering, queries, services
from app.integrity.gathering import case_evidence, signs_of_exam
from app.integrity.models import IntegrityCase
from app.integrity.rising import Rise
from question_bank.error_rates import simulated_exam
from tests import cast
from tests.conftest import csrf_token, sign_in
from tests.factories.exams import start_little_attempt
from tests.factories.integrity import EXAM_CODE, add_sat_exam
from tests.factories.providers import little_provider
from tests.factories.sittings import INES, add_staff

REASON = "与另一份答卷高度相似"


@pytest.fixture
def sat(app, db_session, person_of, password_hash):
    """An exam of 110 in which Alice copied nine tenths of Bob's answers; returns her attempt."""
    exam = simulated_exam(np.random.default_rng(11), persons=110, items=40, pairs=1, share=0.9)
    source, copier = exam.copied[0]
    attempts = add_sat_exam(
        db_session,
        exam,
        {copier: person_of(cast.ALICE).id, source: person_of(cast.BOB).id},
        person_of(cast.DAVE).id,
        now=clock.now() - timedelta(hours=1),
    )
    add_staff(db_session, password_hash, now=clock.now())
    public_ids = attempts[copier].public_id, attempts[source].public_id
    db_session.commit()
    db.session.remove()
    return public_ids


def opened(attempt_public_id: str, *, by: int = 0) -> str:
    sat = select(Attempt).where(Attempt.public_id == attempt_public_id)
    evidence = case_evidence(db.session(), db.session.scalars(sat).one(), now=clock.now())
    with transaction() as db_session:
        case = services.open_case(
            db_session,
            db_session.scalars(sat).one(),
            evidence,
            reason=REASON,
            person_id=by,
            actor="person:carol",
            now=clock.now(),
        )
        return case.public_id


def find(public_id: str, actor: str, finding: str = "concern") -> None:
    with transaction() as db_session:
        services.propose_finding(
            db_session,
            queries.case(db_session, public_id, lock=True),
            finding=finding,
            reason="两份答卷错题几乎一致",
            person_id=0,
            actor=actor,
            now=clock.now(),
        )


def confirm(public_id: str, actor: str) -> None:
    with transaction() as db_session:
        services.confirm_finding(
            db_session,
            queries.case(db_session, public_id, lock=True),
            person_id=0,
            actor=actor,
            now=clock.now(),
        )


class TestSigns:
    @pytest.mark.both_databases
    def test_the_copied_pair_stands_out(self, sat):
        signs = signs_of_exam(db.session(), EXAM_CODE)

        found = {signs.sat[place].attempt.public_id for place in signs.signs}
        assert set(sat) <= found
        assert len(signs.sat) == 110

    def test_an_exam_that_nobody_sat_is_not_found(self, app):
        with pytest.raises(NotFoundError):
            queries.sat_attempts(db.session(), "nothing@1:theory")


class TestOpenCase:
    @pytest.mark.both_databases
    def test_keeps_the_evidence_as_it_stood(self, sat):
        public_id = opened(sat[0])

        evidence = queries.case(db.session(), public_id).evidence
        assert evidence["population"] == 110
        assert [one["other"] for one in evidence["similarity"]["pairs"]] == [sat[1]]
        assert evidence["similarity"]["pairs"][0]["z"] > evidence["similarity"]["bound"]
        assert len(evidence["timing"]["points"]) == 40
        assert evidence["process"]["opened"] == 1

    def test_there_is_one_for_an_attempt(self, sat):
        opened(sat[0])

        with pytest.raises(services.CaseExistsError):
            opened(sat[0])

    def test_nobody_opens_their_own(self, sat):
        own = select(Attempt.person_id).where(Attempt.public_id == sat[0])
        alice_id = db.session.scalars(own).one()

        with pytest.raises(services.OwnAttemptError):
            opened(sat[0], by=alice_id)

    def test_changes_no_score(self, sat):
        before = db.session.scalars(select(AttemptScore.fraction)).all()

        public_id = opened(sat[0])
        find(public_id, "person:carol")
        confirm(public_id, "person:eva")

        assert db.session.scalars(select(AttemptScore.fraction)).all() == before

    def test_a_running_attempt_has_none(self, app, db_session, person_of):
        attempt = start_little_attempt(db_session, person_of(cast.ALICE).id, now=clock.now())

        with pytest.raises(services.ConflictError):
            services.open_case(
                db_session, attempt, {}, reason=REASON, person_id=0, actor="a", now=clock.now()
            )


class TestFinding:
    def test_two_people_decide(self, sat):
        public_id = opened(sat[0])
        find(public_id, "person:carol")

        with pytest.raises(SecondPersonRequiredError):
            confirm(public_id, "person:carol")
        assert not queries.case(db.session(), public_id).is_decided
        confirm(public_id, "person:eva")

        assert queries.case(db.session(), public_id).is_decided

    def test_what_is_decided_changes_no_more(self, sat):
        public_id = opened(sat[0])
        find(public_id, "person:carol")
        confirm(public_id, "person:eva")

        with pytest.raises(services.CaseDecidedError):
            find(public_id, "person:carol", "no_concern")
        with pytest.raises(services.CaseDecidedError):
            confirm(public_id, "person:frank")

    def test_there_must_be_something_to_confirm(self, sat):
        with pytest.raises(services.NothingProposedError):
            confirm(opened(sat[0]), "person:eva")

    def test_an_unknown_finding_is_refused(self, sat):
        with pytest.raises(InvalidInputError):
            find(opened(sat[0]), "person:carol", "guilty")

    def test_every_act_is_in_the_audit_log(self, sat):
        public_id = opened(sat[0])
        find(public_id, "person:carol")
        confirm(public_id, "person:eva")

        acts = db.session.scalars(
            select(AuditEntry.action)
            .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
            .where(AuditChain.subject == f"integrity:{public_id}")
            .order_by(AuditEntry.sequence)
        ).all()
        assert acts == ["integrity.opened", "integrity.proposed", "integrity.confirmed"]


class TestPages:
    def post(self, client, path, **data):
        return client.post(path, data={"csrf_token": csrf_token(client), **data})

    def test_findings_show_no_name_until_the_purpose_is_noted(self, sat, as_carol):
        public_id = opened(sat[0])

        exam = as_carol.get(f"/integrity/exams/{EXAM_CODE}").text
        gate = as_carol.get(f"/integrity/cases/{public_id}").text
        refused = self.post(as_carol, f"/integrity/cases/{public_id}/look", purpose="")
        noted = self.post(as_carol, f"/integrity/cases/{public_id}/look", purpose="核实相似答卷")
        file = as_carol.get(noted.location)

        assert sat[0] in exam
        assert "Alice" not in exam + gate + refused.text
        assert refused.status_code == 422
        assert "Alice" in file.text
        assert sat[1] in file.text
        views = queries.views_of(db.session(), queries.case(db.session(), public_id).id)
        assert [one.purpose for one in views] == ["核实相似答卷"]

    def test_a_look_opens_the_file_for_a_while_and_to_nobody_else(self, app, sat, as_carol):
        public_id = opened(sat[0])
        self.post(as_carol, f"/integrity/cases/{public_id}/look", purpose="核实相似答卷")

        other = sign_in(app, INES).get(f"/integrity/cases/{public_id}")
        found = queries.case(db.session(), public_id)
        viewer = queries.views_of(db.session(), found.id)[0].viewer
        later = clock.now() + services.LOOK_HOLDS + timedelta(minutes=1)

        assert "Alice" not in other.text
        assert not queries.looked_since(db.session(), found.id, viewer, later - services.LOOK_HOLDS)

    def test_a_finding_without_a_reason_opens_nothing(self, sat, as_carol):
        public_id = opened(sat[0])

        page = self.post(as_carol, f"/integrity/cases/{public_id}/finding", finding="concern")

        assert page.status_code == 303
        assert "Alice" not in as_carol.get(page.location).text
        assert queries.case(db.session(), public_id).finding is None

    def test_a_case_goes_from_sign_to_decision(self, app, sat, as_carol, as_alice):
        page = self.post(as_carol, f"/integrity/attempts/{sat[0]}/case", reason=REASON)
        assert page.status_code == 303
        public_id = page.location.rsplit("/", 1)[1]
        said = self.post(
            as_alice,
            f"/integrity/statements/{public_id}",
            statement="我们一起复习，用的是同一份讲义。",
        )
        again = self.post(
            as_alice, f"/integrity/statements/{public_id}", statement="再补充一次说明，应当被拒绝。"
        )
        finding = {"finding": "no_concern", "reason": "共同讲义可以解释"}
        proposed = self.post(as_carol, f"/integrity/cases/{public_id}/finding", **finding)
        own = self.post(as_carol, f"/integrity/cases/{public_id}/confirm")
        as_ines = sign_in(app, INES)
        other = self.post(as_ines, f"/integrity/cases/{public_id}/finding", **finding)
        not_hers = self.post(as_ines, f"/integrity/cases/{public_id}/confirm")
        done = self.post(as_carol, f"/integrity/cases/{public_id}/confirm")

        assert [one.status_code for one in (said, again, proposed, own)] == [303, 409, 303, 403]
        assert [one.status_code for one in (other, not_hers, done)] == [303, 403, 303]
        assert "未见异常" in as_carol.get("/integrity").text
        assert "已结束核查" in as_alice.get("/integrity/statements").text

    def test_a_provider_whose_people_stand_out_is_named(
        self, sat, as_carol, db_session, monkeypatch
    ):
        provider = little_provider(db_session, now=clock.now())
        signs = signs_of_exam(db_session, EXAM_CODE)
        # Six of its people sat the exam; four of them rose far above their last time.
        ids = [one.attempt.id for one in signs.sat]
        setting = signs.settings[ids[0]]
        own = {one: replace(setting, providers=frozenset({provider.id})) for one in ids[:6]}
        rise = Rise(clock.now(), 0.3, 0.9, 5.0)
        told = replace(
            signs,
            rises=dict.fromkeys(range(4), rise),
            settings={**dict.fromkeys(ids, replace(setting, providers=frozenset())), **own},
        )
        monkeypatch.setattr(gathering, "signs_of_exam", lambda db_session, code: told)
        db_session.commit()

        page = as_carol.get(f"/integrity/exams/{EXAM_CODE}").text

        assert f'<th scope="row">{provider.name}</th><td class="r num"' in page
        assert "比上次高出很多" in page

    def test_a_second_case_is_refused_with_words(self, sat, as_carol):
        opened(sat[0])

        page = self.post(as_carol, f"/integrity/attempts/{sat[0]}/case", reason=REASON)

        assert page.status_code == 409
        assert "已经立案" in page.text

    def test_nobody_states_for_another(self, sat, as_bob):
        public_id = opened(sat[0])

        page = self.post(
            as_bob, f"/integrity/statements/{public_id}", statement="这不是我的考试，不该能写。"
        )

        assert page.status_code == 404
        assert db.session.scalars(select(IntegrityCase.statement)).one() is None

    @pytest.mark.parametrize(
        "path", ["/integrity", f"/integrity/exams/{EXAM_CODE}", "/integrity/cases/x"]
    )
    def test_candidates_see_nothing_of_it(self, sat, as_alice, path):
        assert as_alice.get(path).status_code == 403

    def test_a_missing_case_is_not_found(self, sat, as_carol):
        assert as_carol.get("/integrity/cases/nothing").status_code == 404
