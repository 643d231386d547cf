"""Acts by two persons: proposed, confirmed, declined; every refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import LegalIdentity
from app.accounts.passwords import hash_password
from app.accounts.roles import Role
from app.certification import acts, proposals, queries
from app.certification.models import CredentialEvent, CredentialProposal, CredentialRecord
from app.certification.proposals import Draft
from app.core import clock
from app.core.audit.services import verify_audit
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from certificates.validity import CredentialStatus
from tests import cast
from tests.app.certification.test_acts import revoke
from tests.conftest import NOON, csrf_token, sign_in

DAY = timedelta(days=1)
REVOKE = Draft("revoke", "cheating", "监考记录第 3 页")
FRANK = cast.CastMember("Frank", "frank@example.cn", (Role.REVIEWER,))


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    held = {"now": NOON + DAY}
    monkeypatch.setattr(clock, "now", lambda: held["now"])
    return held


@pytest.fixture
def record(db_session, certified) -> CredentialRecord:
    return queries.credential(db_session, certified.number)


def propose(db_session, record, draft=REVOKE, proposer="person:carol", now=NOON + DAY):
    return proposals.propose(db_session, record, draft, proposer=proposer, now=now)


def confirm(db_session, proposal, decider="person:frank", now=NOON + 2 * DAY):
    return proposals.confirm(
        db_session, proposal, decider=decider, verify_base_url="http://localhost", now=now
    )


def status(db_session, record, at=NOON + 3 * DAY):
    return queries.held_credential(db_session, record, at=at).status


@pytest.mark.both_databases
class TestConfirm:
    def test_nothing_happens_before_the_second_person(self, db_session, record):
        proposal = propose(db_session, record)

        assert status(db_session, record) is CredentialStatus.VALID
        confirm(db_session, proposal)
        assert status(db_session, record) is CredentialStatus.REVOKED
        event = db_session.scalar(select(CredentialEvent).where(CredentialEvent.kind == "revoked"))
        assert (event.actor, event.second_person) == ("person:carol", "person:frank")

    def test_suspends_until_a_day_and_reinstates(self, db_session, record):
        until = NOON + 20 * DAY
        confirm(
            db_session, propose(db_session, record, Draft("suspend", "investigation", "x", until))
        )
        assert status(db_session, record) is CredentialStatus.SUSPENDED
        assert status(db_session, record, until) is CredentialStatus.VALID

        back = propose(db_session, record, Draft("reinstate", "cleared", "x"), now=NOON + 3 * DAY)
        confirm(db_session, back, now=NOON + 4 * DAY)
        assert status(db_session, record, NOON + 5 * DAY) is CredentialStatus.VALID

    def test_corrects_the_name_with_a_new_certificate(self, db_session, record, alice_id):
        draft = Draft("correct", "name_correction", "身份证复印件", corrected_name="艾丽丝")
        old = acts.snapshot_of(record)

        successor = confirm(db_session, propose(db_session, record, draft))

        fresh = acts.snapshot_of(successor)
        assert status(db_session, record) is CredentialStatus.SUPERSEDED
        assert status(db_session, successor) is CredentialStatus.VALID
        assert fresh.holder_name == "艾丽丝"
        assert fresh.valid_until == old.valid_until
        assert fresh.theory_points == old.theory_points
        assert fresh.number != old.number
        assert fresh.salt != old.salt
        assert successor.status_index != record.status_index
        held = queries.held_credential(db_session, record, at=NOON + 3 * DAY)
        assert held.successor == successor.number
        assert queries.held_levels(db_session, alice_id, at=NOON + 3 * DAY, include_demo=True)
        identity = db_session.scalar(
            select(LegalIdentity).where(LegalIdentity.person_id == alice_id)
        )
        assert identity.legal_name == "艾丽丝"

    def test_a_correction_can_be_corrected(self, db_session, record):
        for index, name in enumerate(("甲", "乙")):
            draft = Draft("correct", "name_correction", "x", corrected_name=name)
            proposal = propose(db_session, record, draft, now=NOON + (index * 2 + 1) * DAY)
            record = confirm(db_session, proposal, now=NOON + (index * 2 + 2) * DAY)

        assert record.correction == 2
        assert verify_audit(db_session)[1] == []

    def test_wants_another_person_than_the_proposer(self, db_session, record):
        proposal = propose(db_session, record)

        with pytest.raises(SecondPersonRequiredError):
            confirm(db_session, proposal, decider="person:carol")
        assert status(db_session, record) is CredentialStatus.VALID

    def test_neither_is_the_holder(self, db_session, record, person_of):
        alice = f"person:{person_of(cast.ALICE).public_id}"

        with pytest.raises(SecondPersonRequiredError):
            propose(db_session, record, proposer=alice)
        proposal = propose(db_session, record)
        with pytest.raises(SecondPersonRequiredError):
            confirm(db_session, proposal, decider=alice)

    def test_is_done_once(self, db_session, record):
        proposal = propose(db_session, record)
        confirm(db_session, proposal)

        with pytest.raises(proposals.ProposalDecidedError):
            confirm(db_session, proposal)
        with pytest.raises(proposals.ProposalDecidedError):
            proposals.decline(db_session, proposal, decider="person:x", now=NOON + 3 * DAY)

    def test_of_what_was_revoked_meanwhile_is_refused(self, db_session, record):
        proposal = propose(db_session, record, Draft("suspend", "investigation", "x"))
        revoke(db_session, record, NOON + DAY)

        with pytest.raises(acts.CredentialEndedError):
            confirm(db_session, proposal)


class TestPropose:
    def test_one_at_a_time(self, db_session, record):
        propose(db_session, record)
        with pytest.raises(proposals.ProposalOpenError):
            propose(db_session, record)

    def test_a_declined_one_makes_room(self, db_session, record):
        first = propose(db_session, record)
        proposals.decline(db_session, first, decider="person:carol", now=NOON + DAY)

        assert propose(db_session, record).id != first.id
        assert status(db_session, record) is CredentialStatus.VALID

    @pytest.mark.parametrize(
        ("draft", "error"),
        [
            (Draft("reinstate", "cleared", "x"), acts.CredentialEndedError),
            (Draft("revoke", "investigation", "x"), InvalidInputError),
            (Draft("suspend", "investigation", "x", NOON), InvalidInputError),
        ],
    )
    def test_refuses_what_makes_no_sense(self, db_session, record, draft, error):
        with pytest.raises(error):
            propose(db_session, record, draft)
        assert db_session.scalar(select(CredentialProposal)) is None

    def test_of_a_revoked_one_nothing_is_possible(self, db_session, record):
        revoke(db_session, record, NOON + DAY)
        for act, reason in (("revoke", "cheating"), ("suspend", "investigation")):
            with pytest.raises(acts.CredentialEndedError):
                propose(db_session, record, Draft(act, reason, "x"), now=NOON + 2 * DAY)


@pytest.fixture
def as_frank(app, db_session):
    accounts.register_person(
        db_session,
        account=FRANK.account,
        display_name=FRANK.name,
        password_hash=hash_password(cast.PASSWORD),
        now=NOON,
        roles=FRANK.roles,
        actor="cli:test",
    )
    db_session.commit()
    return sign_in(app, FRANK)


def post(client, url, **data):
    return client.post(url, data={"csrf_token": csrf_token(client), **data})


class TestPages:
    def form(self, **changes):
        return {"act": "revoke", "reason": "revoke:cheating", "comment": "监考记录", **changes}

    def url(self, certified):
        return f"/office/credentials/{certified.number}"

    def test_the_whole_way(self, as_carol, as_frank, stranger, db_session, certified):
        proposed = post(as_carol, f"{self.url(certified)}/proposals", **self.form())
        waiting = as_frank.get("/office/credentials")
        public_id = db_session.scalar(select(CredentialProposal.public_id))
        db_session.rollback()
        own = post(as_carol, f"/office/proposals/{public_id}/confirm")
        still = stranger.get(f"/v/{certified.number}")
        done = post(as_frank, f"/office/proposals/{public_id}/confirm")
        after = stranger.get(f"/v/{certified.number}")

        assert proposed.status_code == 303
        assert certified.number in waiting.text
        assert "考试违规" in waiting.text
        assert own.status_code == 403
        assert "证书有效" in still.text
        assert done.status_code == 303
        assert "证书已撤销" in after.text
        page = as_carol.get(self.url(certified))
        assert "已确认" in page.text
        assert "不能再处理" in page.text

    def test_a_number_as_typed_leads_to_the_certificate(self, as_carol, certified):
        found = as_carol.get(
            "/office/credentials", query_string={"number": certified.number.lower()}
        )
        missing = as_carol.get("/office/credentials", query_string={"number": "CPS1"})

        assert found.location == self.url(certified)
        assert missing.status_code == 404
        assert "没有这个编号的证书" in missing.text

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"comment": " "}, "请写明依据"),
            ({"reason": "suspend:investigation"}, "不适用于所选的处理"),
            ({"reason": "revoke:whim"}, "请选择列表里的原因"),
            ({"act": "reinstate"}, "不适用于所选的处理"),
            ({"until_on": "2027-01-01"}, "只有暂停可以填写结束日期"),
            ({"corrected_name": "张三"}, "只有更正姓名时才填写"),
            ({"act": "correct", "reason": "correct:name_correction"}, "请填写更正后的姓名"),
            (
                {
                    "act": "correct",
                    "reason": "correct:name_correction",
                    "corrected_name": "张🦄",
                },
                "证书上不能印这些字",
            ),
        ],
    )
    def test_an_odd_form_says_what_to_mend(self, as_carol, db_session, certified, changes, words):
        page = post(as_carol, f"{self.url(certified)}/proposals", **self.form(**changes))

        assert page.status_code == 422
        assert words in page.text
        assert db_session.scalar(select(CredentialProposal)) is None

    def test_a_second_proposal_is_told(self, as_carol, as_frank, certified):
        post(as_carol, f"{self.url(certified)}/proposals", **self.form())

        page = post(as_frank, f"{self.url(certified)}/proposals", **self.form())

        assert page.status_code == 409
        assert "已有一项待确认的处理" in page.text

    def test_withdrawn_by_the_proposer(self, as_carol, stranger, db_session, certified):
        post(as_carol, f"{self.url(certified)}/proposals", **self.form())
        public_id = db_session.scalar(select(CredentialProposal.public_id))
        db_session.rollback()

        assert post(as_carol, f"/office/proposals/{public_id}/decline").status_code == 303
        assert "证书有效" in stranger.get(f"/v/{certified.number}").text

    def test_is_for_the_office(self, as_alice, as_dave, stranger, certified):
        for client in (as_alice, as_dave):
            assert client.get("/office/credentials").status_code == 403
            assert client.get(self.url(certified)).status_code == 403
            assert post(client, f"{self.url(certified)}/proposals").status_code == 403
            assert post(client, "/office/proposals/x/confirm").status_code == 403
        assert stranger.get("/office/credentials").status_code == 302

    def test_unknown_things_are_not_found(self, as_carol, app):
        assert as_carol.get("/office/credentials/CPS1-00-3333333333-3").status_code == 404
        assert post(as_carol, "/office/proposals/x/confirm").status_code == 404
        assert post(as_carol, "/office/proposals/x/decline").status_code == 404
