"""The candidate's pages: programmes, enrolment, starting the parts; every refusal is one test."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import LegalIdentity
from app.certification import queries
from app.certification.models import Enrolment
from app.core import clock
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.certification import (
    DEMO_RULES,
    add_attempt,
    add_room,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
)

DAY = timedelta(days=1)
IDENTITY = {"legal_name": "卡罗", "number": "11010519491231002X", "consent": "y"}


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """Requests of these tests happen at noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def as_newcomer(app, db_session):
    """A candidate whose legal identity is not known yet."""
    from app.accounts import services as accounts
    from app.accounts.passwords import hash_password

    member = cast.CastMember("Nora", "nora@example.cn", ())
    accounts.register_person(
        db_session,
        account=member.account,
        display_name=member.name,
        password_hash=hash_password(cast.PASSWORD),
        now=NOON,
    )
    db_session.commit()
    return sign_in(app, member)


def post(client, url, **data):
    return client.post(url, data={"csrf_token": csrf_token(client), **data})


class TestExams:
    def test_offers_each_programme(self, as_alice, db_session):
        publish_little_programme(
            db_session, little_programme(), little_programme(**DEMO_RULES), now=NOON
        )
        db_session.commit()

        page = as_alice.get("/exams")

        assert page.status_code == 200
        assert page.text.count("/enrol") == 2
        assert "演示" in page.text
        assert "还没有考过" in page.text

    def test_says_what_is_missing_and_until_when_a_part_counts(
        self, as_alice, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=programme)
        db_session.commit()

        page = as_alice.get("/exams")

        assert "还差：通过实操考试" in page.text
        assert "80 分（合格 60）" in page.text
        assert "成绩保留到 2027-05-21" in page.text
        assert "/programmes/little/room" in page.text
        assert "/programmes/little/theory" not in page.text

    def test_says_when_the_next_sitting_is_possible(
        self, as_alice, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.2, at=NOON, programme=programme)
        db_session.commit()

        page = as_alice.get("/exams")

        assert "2026-11-24 12:00 起可以再考" in page.text
        assert "/programmes/little/theory" not in page.text
        assert "先通过理论考试，才能开始实操考试" in page.text

    def test_lists_past_results_with_their_pages(
        self, as_alice, db_session, alice_id, enrolment, programme
    ):
        attempt = add_attempt(db_session, alice_id, 0.6, at=NOON - DAY, programme=programme)
        room = add_room(db_session, alice_id, 24.99, at=NOON, programme=programme)
        db_session.commit()

        page = as_alice.get("/exams")

        assert f"/exams/attempts/{attempt.public_id}/result" in page.text
        assert f"/rooms/{room.public_id}/result" in page.text
        assert "24.9" in page.text  # never more than was earned

    def test_shows_the_certificate_that_is_held(self, as_alice, certified):
        page = as_alice.get("/exams")

        assert certified.number in page.text
        assert "/enrol" not in page.text

    def test_is_for_candidates(self, as_dave, stranger):
        assert as_dave.get("/exams").status_code == 403
        assert stranger.get("/exams").status_code == 302


class TestEnrol:
    def test_collects_the_identity_once(self, as_newcomer, db_session, programme):
        db_session.commit()
        page = as_newcomer.get("/programmes/little/enrol")
        assert "身份证号" in page.text

        answer = post(
            as_newcomer, "/programmes/little/enrol", **IDENTITY | {"number": "990001199603120026"}
        )
        assert answer.status_code == 422  # not a valid number
        answer = post(
            as_newcomer, "/programmes/little/enrol", **IDENTITY | {"number": "990001199603120025"}
        )

        assert answer.status_code == 303
        identity = db_session.scalars(
            select(LegalIdentity).where(LegalIdentity.legal_name == "卡罗")
        ).one()
        assert identity.number_sealed.startswith("aesgcm:")

    def test_needs_consent(self, as_newcomer, db_session, programme):
        db_session.commit()
        data = {**IDENTITY, "number": "990001199603120025"}
        del data["consent"]

        answer = post(as_newcomer, "/programmes/little/enrol", **data)

        assert answer.status_code == 422
        assert "没有同意就不能报名" in answer.text
        assert "卡罗" in answer.text  # input is never cleared
        assert db_session.scalars(select(Enrolment)).all() == []

    def test_says_that_the_number_is_taken(self, as_newcomer, db_session, programme):
        db_session.commit()

        answer = post(as_newcomer, "/programmes/little/enrol", **IDENTITY)  # Alice's number

        assert answer.status_code == 422
        assert "已经登记在另一个账号名下" in answer.text

    def test_names_the_characters_that_cannot_be_printed(self, as_newcomer, db_session, programme):
        db_session.commit()
        data = {**IDENTITY, "number": "990001199603120025", "legal_name": "王\U00030000"}

        answer = post(as_newcomer, "/programmes/little/enrol", **data)

        assert answer.status_code == 422
        assert "\U00030000" in answer.text
        assert db_session.scalars(select(Enrolment)).all() == []

    def test_of_a_known_person_asks_nothing_more(self, as_alice, db_session, alice_id, programme):
        db_session.commit()
        page = as_alice.get("/programmes/little/enrol")
        assert "身份证号" not in page.text

        answer = post(as_alice, "/programmes/little/enrol")

        assert answer.status_code == 303
        assert queries.active_enrolment_or_none(db_session, alice_id, "little") is not None
        assert as_alice.get("/programmes/little/enrol").status_code == 303

    def test_is_refused_while_a_certificate_is_valid(self, as_alice, certified):
        answer = post(as_alice, "/programmes/little/enrol")

        assert answer.status_code == 409
        assert "到期前不用重新报名" in answer.text

    def test_needs_the_token(self, as_alice, db_session, programme):
        db_session.commit()
        assert as_alice.post("/programmes/little/enrol").status_code == 400

    def test_in_an_unknown_programme_is_not_found(self, as_alice):
        assert as_alice.get("/programmes/nothing/enrol").status_code == 404
        assert post(as_alice, "/programmes/nothing/enrol").status_code == 404


class TestBegin:
    def test_leads_to_the_attempt_and_back_to_it(self, as_alice, db_session, enrolment):
        db_session.commit()

        first = post(as_alice, "/programmes/little/theory")
        second = post(as_alice, "/programmes/little/theory")

        assert first.status_code == 303
        assert first.location.startswith("/exams/attempts/")
        assert second.location == first.location

    def test_says_when_it_is_possible_again(
        self, as_alice, db_session, alice_id, enrolment, programme
    ):
        add_attempt(db_session, alice_id, 0.2, at=NOON, programme=programme)
        db_session.commit()

        answer = post(as_alice, "/programmes/little/theory")

        assert answer.status_code == 409
        assert "两次考试要隔开，2026-11-24 12:00 起可以再考" in answer.text

    def test_says_that_theory_comes_first(self, as_alice, db_session, enrolment):
        db_session.commit()

        answer = post(as_alice, "/programmes/little/room")

        assert answer.status_code == 409
        assert "先通过理论考试" in answer.text

    def test_leads_to_the_room(self, as_alice, db_session, alice_id, enrolment, programme):
        add_attempt(db_session, alice_id, 0.8, at=NOON, programme=programme)
        db_session.commit()

        answer = post(as_alice, "/programmes/little/room")

        assert answer.status_code == 303
        assert answer.location.startswith("/rooms/")

    def test_of_nobody_enrolled_is_not_found(self, as_bob, db_session, enrolment):
        db_session.commit()
        assert post(as_bob, "/programmes/little/theory").status_code == 404
        assert post(as_bob, "/programmes/little/room").status_code == 404

    def test_needs_the_token(self, as_alice, db_session, enrolment):
        db_session.commit()
        assert as_alice.post("/programmes/little/theory").status_code == 400


class TestMine:
    def test_shows_number_name_and_links(self, as_alice, certified):
        page = as_alice.get("/certificates")

        assert certified.number in page.text
        assert f"/certificates/{certified.number}.pdf" in page.text
        assert f'data-copy="http://localhost/v/{certified.number}"' in page.text
        assert "理论 88.3 分 · 实操 47.6 分" in page.text

    def test_is_empty_for_somebody_else(self, as_bob, certified):
        page = as_bob.get("/certificates")

        assert certified.number not in page.text
        assert "还没有证书" in page.text

    def test_shows_each_of_several(self, app, as_alice, db_session, alice_id, certified):
        other = little_programme(id="other")
        publish_little_programme(db_session, other, now=NOON)
        second = certify(app, db_session, alice_id, other, at=NOON - DAY)
        db_session.commit()

        page = as_alice.get("/certificates")

        assert certified.number in page.text
        assert second.number in page.text
        assert 'id="lk1-band"' in page.text
        assert 'id="lk2-band"' in page.text


class TestEnrolTwice:
    def test_is_one_enrolment(self, app, as_alice, db_session, alice_id, programme):
        enrol_little(app, db_session, alice_id, programme, now=NOON)
        db_session.commit()

        assert post(as_alice, "/programmes/little/enrol").status_code == 303
        assert len(queries.enrolments_of(db_session, alice_id)) == 1
