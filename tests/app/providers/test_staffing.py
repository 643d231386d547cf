"""Who works where, through the services, on both databases."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from app.core.audit.models import AuditChain, AuditEntry
from app.core.audit.services import verify_audit
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError
from app.providers import queries, staffing
from app.providers.models import Employment, StaffInvitation
from app.providers.staffing import (
    AlreadyInvitedError,
    AlreadyStaffError,
    EmployedElsewhereError,
    EmploymentEndedError,
    InvitationAnsweredError,
    TooManyInvitationsError,
)
from tests import cast
from tests.conftest import NOON
from tests.factories.providers import employ

pytestmark = pytest.mark.both_databases

LATER = NOON + timedelta(days=1)


def invite(db_session, provider, account=cast.ALICE.account, note=""):
    return staffing.invite_staff(db_session, provider, account, note, actor="person:dave", now=NOON)


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


def acts_on(db_session, subject):
    return list(
        db_session.scalars(
            select(AuditEntry.action)
            .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
            .where(AuditChain.subject == subject)
            .order_by(AuditEntry.sequence)
        )
    )


class TestInviteStaff:
    def test_waits_for_the_owner_of_the_account(self, db_session, provider, alice):
        sent = invite(db_session, provider, " Alice@Example.CN ", "来一起做")

        (received,) = queries.invitations_for(db_session, alice.id)
        assert received.public_id == sent.public_id
        assert received.provider_name == provider.name
        assert received.note == "来一起做"

    def test_is_the_same_for_an_account_that_does_not_exist(self, db_session, provider):
        known = invite(db_session, provider)
        unknown = invite(db_session, provider, "nobody@example.cn")

        assert (known.answered_at, known.answer) == (unknown.answered_at, unknown.answer)
        assert acts_on(db_session, f"invitation:{unknown.public_id}") == ["invitation.invited"]

    def test_reaches_a_person_by_phone_too(self, db_session, provider, alice):
        alice.phone = "13800138000"
        db_session.flush()

        invite(db_session, provider, "+86 138 0013 8000")

        assert len(queries.invitations_for(db_session, alice.id)) == 1

    def test_refuses_a_second_one_that_would_wait(self, db_session, provider, rival):
        invite(db_session, provider)

        with pytest.raises(AlreadyInvitedError):
            invite(db_session, provider)

        assert invite(db_session, rival).provider_id == rival.id

    def test_may_be_sent_again_after_an_answer(self, db_session, provider, alice):
        first = invite(db_session, provider)
        staffing.decline_invitation(db_session, alice.id, first.public_id, now=LATER)

        assert invite(db_session, provider).public_id != first.public_id

    def test_refuses_an_account_whose_owner_works_there(self, db_session, provider, alice):
        employ(db_session, provider, alice, now=NOON)

        with pytest.raises(AlreadyStaffError):
            invite(db_session, provider)

    def test_refuses_beyond_the_most_that_may_wait(self, db_session, provider, monkeypatch):
        monkeypatch.setattr(staffing, "MAX_WAITING", 2)
        for n in range(2):
            invite(db_session, provider, f"n{n}@example.cn")

        with pytest.raises(TooManyInvitationsError):
            invite(db_session, provider, "n3@example.cn")


class TestWithdrawInvitation:
    def test_ends_the_waiting(self, db_session, provider, alice):
        sent = invite(db_session, provider)

        staffing.withdraw_invitation(
            db_session, provider, sent.public_id, actor="person:dave", now=LATER
        )

        assert queries.invitations_for(db_session, alice.id) == []
        with pytest.raises(InvitationAnsweredError):
            staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

    def test_does_not_find_another_providers(self, db_session, provider, rival):
        sent = invite(db_session, provider)

        with pytest.raises(NotFoundError):
            staffing.withdraw_invitation(
                db_session, rival, sent.public_id, actor="person:erin", now=LATER
            )

    def test_comes_too_late_after_an_answer(self, db_session, provider, alice):
        sent = invite(db_session, provider)
        staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

        with pytest.raises(InvitationAnsweredError):
            staffing.withdraw_invitation(
                db_session, provider, sent.public_id, actor="person:dave", now=LATER
            )


class TestAcceptInvitation:
    def test_begins_an_employment_at_that_moment(self, db_session, provider, alice):
        sent = invite(db_session, provider)

        employment = staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

        assert employment.started_at == LATER
        assert employment.is_running
        assert acts_on(db_session, f"employment:{employment.public_id}") == ["employment.started"]
        assert acts_on(db_session, f"invitation:{sent.public_id}") == [
            "invitation.invited",
            "invitation.accepted",
        ]

    def test_twice_is_once(self, db_session, provider, alice):
        sent = invite(db_session, provider)

        first = staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)
        second = staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

        assert first.id == second.id

    def test_is_for_the_owner_of_the_account_alone(self, db_session, provider, person_of):
        sent = invite(db_session, provider)

        with pytest.raises(NotFoundError):
            staffing.accept_invitation(
                db_session, person_of(cast.BOB).id, sent.public_id, now=LATER
            )

    def test_refuses_who_works_elsewhere(self, db_session, provider, rival, alice):
        employ(db_session, rival, alice, now=NOON)
        sent = invite(db_session, provider)

        with pytest.raises(EmployedElsewhereError):
            staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

        assert queries.invitations_for(db_session, alice.id)[0].public_id == sent.public_id

    def test_refuses_the_same_provider_by_another_account(self, db_session, provider, alice):
        alice.phone = "13800138000"
        employ(db_session, provider, alice, now=NOON)
        sent = invite(db_session, provider, "13800138000")

        with pytest.raises(AlreadyStaffError):
            staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

    def test_does_not_bring_back_what_has_ended(self, db_session, provider, alice):
        sent = invite(db_session, provider)
        employment = staffing.accept_invitation(db_session, alice.id, sent.public_id, now=NOON)
        staffing.end_employment(db_session, employment, actor="person:a", reason="", now=LATER)

        with pytest.raises(InvitationAnsweredError):
            staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

    def test_never_begins_before_the_last_one_ended(self, db_session, provider, rival, alice):
        last = employ(db_session, rival, alice, now=NOON)
        staffing.end_employment(db_session, last, actor="person:a", reason="", now=LATER)
        sent = invite(db_session, provider)

        employment = staffing.accept_invitation(
            db_session, alice.id, sent.public_id, now=LATER - timedelta(seconds=2)
        )

        assert employment.started_at == last.ended_at

    def test_of_twenty_at_once_one_provider_gets_the_person(
        self, app, db_session, provider, rival, alice
    ):
        # Nothing of the session may be read after the commit: that would take the write lock.
        names = {provider.id: provider.name, rival.id: rival.name}
        sent = [invite(db_session, one).public_id for one in (provider, rival)]
        person_id = alice.id
        db_session.commit()
        db.session.remove()
        barrier, outcomes = Barrier(20), []

        def accept(n):
            with app.app_context():
                barrier.wait()
                try:
                    with transaction() as own:
                        staffing.accept_invitation(own, person_id, sent[n % 2], now=LATER)
                    outcomes.append("accepted")
                except ConflictError as error:
                    outcomes.append(error.code)

        threads = [Thread(target=accept, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with transaction() as own:
            assert own.scalar(select(func.count()).select_from(Employment)) == 1
            assert len(queries.employments_of(own, person_id)) == 1
            assert queries.employments_of(own, person_id)[0].provider_name in names.values()
            answers = sorted(str(one) for one in own.scalars(select(StaffInvitation.answer)))
            assert verify_audit(own)[1] == []
        assert answers == ["None", "accepted"]
        # Those who clicked the winning invitation again are told the same as the first.
        assert sorted(outcomes) == ["accepted"] * 10 + ["employed_elsewhere"] * 10


class TestDeclineInvitation:
    def test_leaves_no_employment(self, db_session, provider, alice):
        sent = invite(db_session, provider)

        staffing.decline_invitation(db_session, alice.id, sent.public_id, now=LATER)
        staffing.decline_invitation(db_session, alice.id, sent.public_id, now=LATER)

        assert queries.running_employment_or_none(db_session, alice.id) is None
        assert acts_on(db_session, f"invitation:{sent.public_id}") == [
            "invitation.invited",
            "invitation.declined",
        ]
        with pytest.raises(InvitationAnsweredError):
            staffing.accept_invitation(db_session, alice.id, sent.public_id, now=LATER)

    def test_comes_too_late_after_accepting(self, db_session, provider, alice):
        employ(db_session, provider, alice, now=NOON)
        sent = db_session.scalar(select(StaffInvitation.public_id))

        with pytest.raises(InvitationAnsweredError):
            staffing.decline_invitation(db_session, alice.id, sent, now=LATER)


class TestEndEmployment:
    def test_says_by_whom_and_why(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)

        staffing.end_employment(
            db_session, employment, actor="person:dave", reason="合同到期", now=LATER
        )

        (own,) = queries.employments_of(db_session, alice.id)
        assert (own.ended_at, own.end_reason, own.ended_by_self) == (LATER, "合同到期", False)
        assert acts_on(db_session, f"employment:{employment.public_id}") == [
            "employment.started",
            "employment.ended",
        ]

    def test_by_the_operator_needs_no_reason(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)

        staffing.end_employment(
            db_session, employment, actor=f"person:{alice.public_id}", reason="", now=LATER
        )

        (own,) = queries.employments_of(db_session, alice.id)
        assert (own.end_reason, own.ended_by_self) == (None, True)

    def test_refuses_to_end_twice(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)
        staffing.end_employment(db_session, employment, actor="person:a", reason="", now=LATER)

        with pytest.raises(EmploymentEndedError):
            staffing.end_employment(db_session, employment, actor="person:a", reason="", now=LATER)

    def test_never_ends_before_it_began(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)

        staffing.end_employment(
            db_session, employment, actor="person:a", reason="", now=NOON - timedelta(seconds=1)
        )

        assert employment.ended_at == employment.started_at
