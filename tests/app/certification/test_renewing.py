"""A refresher exam renews a certificate: when, once, in its own form, and by its page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.bank.services import publish_bank
from app.certification import acts, queries, renewal_offers, renewing
from app.certification.models import (
    CredentialRecord,
    CredentialRenewal,
    Enrolment,
    RefresherSitting,
)
from app.certification.publishing import UnknownContentError, publish_programmes
from app.certification.reasons import ReinstatementReason, RevocationReason
from app.core import clock
from app.core.audit.services import verify_audit
from app.exams.models import Attempt
from app.exams.services import score_attempt, submit_attempt
from app.exams.taking import form_data
from certificates.retakes import RetakeRule
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import split_ref
from tests import cast
from tests.app.certification.test_acts import suspend
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.bank import single_item
from tests.factories.certification import certify, enrol_little, little_programme

DAY = timedelta(days=1)
REFRESHER = {"blueprint_ref": "little-refresher@1", "minutes": 15, "cut_fraction": 0.6}
RENEWAL = {"window_days": 90, "refresher": REFRESHER}
BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "little-refresher",
        "version": 1,
        "title": "小复训",
        "level": "junior",
        "pool": "exam",
        "item_count": 4,
        "quotas": [
            {"topic": "traffic", "least": 1, "most": 4},
            {"kind": "single_choice", "least": 4},
            {"in_case": True, "most": 0},
        ],
    }
)


@pytest.fixture
def renewable(app, db_session, alice_id, programme):
    """Alice's certificate of the first version; the second has a refresher, and an item is new."""
    record = certify(app, db_session, alice_id, programme, at=NOON)
    late = NOON + 200 * DAY
    new = ItemBank([single_item("single-new"), single_item("live-0", topic="live_ops")])
    publish_bank(db_session, new, [BLUEPRINT], is_public=False, actor="cli:test", now=late)
    publish_programmes(
        db_session,
        [little_programme(version=2, renewal=RENEWAL)],
        actor="cli:test",
        now=late,
    )
    return record


@pytest.fixture
def due(renewable):
    """Thirty days before the certificate ends."""
    return renewable.expires_at - 30 * DAY


def begin(app, db_session, record, now) -> Attempt:
    found = renewal_offers.offer(db_session, record, now=now)
    drawn = renewing.draw_refresher(db_session, found, include_public=False)
    return renewing.start_refresher(
        db_session, record, drawn, settings=app.config["SETTINGS"], now=now
    )


def answer(db_session, attempt, *, right: int, now):
    """Answer the first `right` items rightly (key a) and hand in."""
    from app.exams.models import AttemptResponse

    for position in range(1, right + 1):
        db_session.add(
            AttemptResponse(
                attempt_id=attempt.id,
                position=position,
                value='{"selected":["a"]}',
                flagged=False,
                client_sequence=position,
                at=now,
            )
        )
    submit_attempt(db_session, attempt, key=f"submit-{attempt.public_id}", now=now)


def passed(app, db_session, record, now) -> Attempt:
    attempt = begin(app, db_session, record, now)
    answer(db_session, attempt, right=3, now=now + timedelta(minutes=5))
    return attempt


class TestOffer:
    @pytest.mark.parametrize(
        ("before", "offered"),
        [(91 * DAY, False), (90 * DAY, True), (timedelta(seconds=1), True), (0 * DAY, False)],
        ids=["early", "first-moment", "last-moment", "over"],
    )
    def test_stands_in_the_last_days_of_validity(self, db_session, renewable, before, offered):
        now = renewable.expires_at - before
        held = queries.held_credential(db_session, renewable, at=now)

        assert (renewal_offers.offer_or_none(db_session, held, now=now) is not None) == offered

    def test_is_none_while_suspended_or_without_a_refresher(self, app, db_session, renewable, due):
        other = certify(
            app,
            db_session,
            renewable.person_id,
            publish(db_session, id="plain", now=NOON),
            at=NOON + DAY,
        )
        suspend(db_session, renewable, at=due)

        for record in (other, renewable):
            with pytest.raises(renewal_offers.NotRenewableError):
                renewal_offers.offer(db_session, record, now=due)


def publish(db_session, *, now, **changes):
    programme = little_programme(**changes)
    publish_programmes(db_session, [programme], actor="cli:test", now=now)
    return programme


class TestForm:
    def test_holds_what_is_new_and_only_what_the_blueprint_allows(
        self, app, db_session, renewable, due
    ):
        attempt = begin(app, db_session, renewable, due)

        ids = {split_ref(ref)[0] for ref in attempt.item_refs}
        assert len(attempt.item_refs) == 4
        assert ids & {"single-new", "live-0"}
        assert attempt.blueprint_ref == "little-refresher@1"
        assert attempt.limit_s == 15 * 60
        assert form_data(db_session, attempt)["items"]

    def test_weak_topics_come_from_the_exam_that_the_certificate_rests_on(
        self, db_session, renewable
    ):
        attempt = db_session.scalars(select(Attempt)).one()
        attempt.form = [["single-0@1", ["a", "b", "c", "d"]], ["single-1@1", ["a", "b", "c", "d"]]]
        score_attempt(db_session, attempt, reason="test", now=NOON)

        matter = renewing.matter_of(db_session, renewable, BLUEPRINT)

        assert matter.lost_fraction == {"traffic": 1.0}
        assert matter.changed_ids == {"single-new", "live-0"}

    def test_a_second_start_is_the_same_exam(self, app, db_session, renewable, due):
        first = begin(app, db_session, renewable, due)

        assert begin(app, db_session, renewable, due + timedelta(minutes=1)) is first
        assert db_session.scalar(select(func.count()).select_from(RefresherSitting)) == 1


class TestRenewing:
    def test_a_pass_issues_a_certificate_that_follows_on(self, app, db_session, renewable, due):
        attempt = passed(app, db_session, renewable, due)

        new = renewal_offers.renewal_of(db_session, renewable)
        assert new is not None
        assert new.number != renewable.number
        assert new.programme_ref == "little@2"
        assert new.valid_until == renewable.valid_until.replace(year=renewable.valid_until.year + 1)
        kept = ("holder_name", "theory_points", "room_points", "level")
        assert [new.snapshot[name] for name in kept] == [renewable.snapshot[name] for name in kept]
        assert queries.held_credential(db_session, renewable, at=due + DAY).is_valid
        assert renewal_offers.renewed_from(db_session, new) is renewable
        last = queries.last_decision_or_none(db_session, new.enrolment_id)
        assert last is not None
        assert last.reasons[0]["code"] == "refresher_met"
        assert last.evidence_ids == [attempt.public_id]
        enrolment = db_session.get_one(Enrolment, new.enrolment_id)
        assert not enrolment.is_active
        assert verify_audit(db_session)[1] == []

    def test_a_failure_issues_nothing_and_has_to_wait(self, app, db_session, renewable, due):
        attempt = begin(app, db_session, renewable, due)
        answer(db_session, attempt, right=1, now=due)

        assert renewal_offers.renewal_of(db_session, renewable) is None
        assert queries.held_credential(db_session, renewable, at=due + DAY).is_valid
        with pytest.raises(renewing.RefresherTooEarlyError) as refused:
            begin(app, db_session, renewable, due + 2 * DAY)
        assert refused.value.retake.rule is RetakeRule.WAIT
        again = begin(app, db_session, renewable, due + 3 * DAY)
        assert again.ordinal == 2

    def test_once_whoever_scores_again(self, app, db_session, renewable, due):
        attempt = passed(app, db_session, renewable, due)
        score_attempt(db_session, attempt, reason="again", now=due + DAY)

        assert db_session.scalar(select(func.count()).select_from(CredentialRenewal)) == 1
        assert db_session.scalar(select(func.count()).select_from(CredentialRecord)) == 2
        with pytest.raises(renewal_offers.NotRenewableError):
            renewal_offers.offer(db_session, renewable, now=due + DAY)

    def test_a_revoked_one_is_not_renewed(self, app, db_session, renewable, due):
        attempt = begin(app, db_session, renewable, due)
        acts.revoke_credential(
            db_session,
            renewable,
            reason=RevocationReason.CHEATING,
            actor="person:one",
            second_person="person:two",
            now=due,
        )
        answer(db_session, attempt, right=3, now=due + timedelta(minutes=5))

        assert db_session.scalar(select(func.count()).select_from(CredentialRecord)) == 1

    def test_a_suspended_one_is_renewed_when_it_is_reinstated(
        self, app, db_session, renewable, due
    ):
        attempt = begin(app, db_session, renewable, due)
        suspend(db_session, renewable, at=due)
        answer(db_session, attempt, right=3, now=due + timedelta(minutes=5))
        assert renewal_offers.renewal_of(db_session, renewable) is None

        acts.reinstate_credential(
            db_session,
            renewable,
            reason=ReinstatementReason.CLEARED,
            actor="person:one",
            second_person="person:two",
            now=due + DAY,
        )

        assert renewal_offers.renewal_of(db_session, renewable) is not None

    def test_who_began_on_the_last_day_may_finish_after_it(self, app, db_session, renewable):
        last_moment = renewable.expires_at - timedelta(minutes=1)
        attempt = begin(app, db_session, renewable, last_moment)
        answer(db_session, attempt, right=4, now=last_moment + timedelta(minutes=10))

        assert renewal_offers.renewal_of(db_session, renewable) is not None

    def test_it_ends_a_running_enrolment_and_counts_as_no_theory_exam(
        self, app, db_session, renewable, due
    ):
        from app.certification.standing import past_attempts, sat_of

        programme = queries.newest_programme(db_session, "little")
        enrolment = enrol_little(app, db_session, renewable.person_id, programme, now=due)
        passed(app, db_session, renewable, due)

        assert not enrolment.is_active
        sat = sat_of(db_session, renewable.person_id)
        assert [one.exam_code for one in past_attempts(sat, enrolment)] == ["little@1:theory"]


def test_a_programme_that_names_an_unknown_refresher_is_refused(db_session, programme):
    unknown = {"window_days": 90, "refresher": {**REFRESHER, "blueprint_ref": "nobody@1"}}

    with pytest.raises(UnknownContentError, match=r"renewal\.refresher"):
        publish(db_session, version=3, renewal=unknown, now=NOON)


class TestPages:
    @pytest.fixture
    def number(self, db_session, renewable, monkeypatch):
        number = renewable.number
        due = renewable.expires_at - 30 * DAY
        db_session.commit()
        monkeypatch.setattr(clock, "now", lambda: due)
        return number

    def test_the_way_from_the_certificate_into_the_exam(self, number, as_alice):
        for page in ("/certificates", "/exams", "/"):
            assert f"/certificates/{number}/renew" in as_alice.get(page).text
        url = f"/certificates/{number}/renew"
        page = as_alice.get(url)
        assert "4 题 · 15 分钟 · 合格线 60 分" in page.text
        assert "新增或修订了 2 题" in page.text

        token = csrf_token(as_alice, url)
        first = as_alice.post(url, data={"csrf_token": token})
        second = as_alice.post(url, data={"csrf_token": token})

        assert first.status_code == second.status_code == 303
        assert first.location == second.location
        assert as_alice.get(first.location).status_code == 200
        assert "继续复训考试" in as_alice.get(url).text

    def test_who_verifies_the_expired_one_is_led_to_the_new(
        self, app, db_session, stranger, renewable, due, monkeypatch
    ):
        passed(app, db_session, renewable, due)
        new, number = renewal_offers.renewal_of(db_session, renewable).number, renewable.number
        over = renewable.expires_at + DAY
        db_session.commit()

        monkeypatch.setattr(clock, "now", lambda: due + DAY)
        assert new not in stranger.get(f"/v/{number}").text
        monkeypatch.setattr(clock, "now", lambda: over)
        page = stranger.get(f"/v/{number}").text
        assert "已过期" in page
        assert f"/v/{new}" in page
        assert stranger.get(f"/api/v1/credentials/{number}").json["renewed_by"] == new

    def test_nobody_elses(self, number, as_bob):
        assert as_bob.get(f"/certificates/{number}/renew").status_code == 404

    def test_says_why_not_now(self, app, db_session, number, monkeypatch):
        early = queries.credential(db_session, number).expires_at - 100 * DAY
        db_session.rollback()
        monkeypatch.setattr(clock, "now", lambda: early)

        page = sign_in(app, cast.ALICE).get(f"/certificates/{number}/renew")

        assert page.status_code == 409
        assert "到期前的续证期" in page.text
