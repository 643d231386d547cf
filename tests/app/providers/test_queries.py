"""Certified operators are counted from what holds at a moment, never stored: both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.certification import acts
from app.certification.queries import credential
from app.certification.reasons import ReinstatementReason, RevocationReason, SuspensionReason
from app.providers import queries, staffing
from certificates.levels import Level
from tests import cast
from tests.conftest import NOON
from tests.factories.certification import certify, little_programme, publish_little_programme
from tests.factories.providers import employ

pytestmark = pytest.mark.both_databases

MOMENT = timedelta(microseconds=1)
CONTENT = timedelta(days=3)

JUNIOR = little_programme()
MIDDLE = little_programme(
    id="little-middle", level="intermediate", title="直播电商操盘手认证（中级）"
)


@pytest.fixture
def programmes(app, db_session):
    """A 初级 and a 中级 programme."""
    publish_little_programme(db_session, JUNIOR, MIDDLE, now=NOON - CONTENT)


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


@pytest.fixture
def certified(app, db_session, programmes, alice):
    """Alice's 初级 credential, issued at noon."""
    return certify(app, db_session, alice.id, JUNIOR, at=NOON)


def counts(db_session, provider, at=NOON):
    found = queries.certified_count_by_level(db_session, provider.id, at, include_demo=True)
    return tuple(found[level] for level in Level)


def staff(db_session, provider, at=NOON):
    return queries.staff_of(db_session, provider.id, at, today=at.date(), include_demo=True)


class TestCertifiedCountByLevel:
    def test_begins_with_the_credential(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON - timedelta(days=2))

        assert counts(db_session, provider, NOON - MOMENT) == (0, 0, 0)
        assert counts(db_session, provider, NOON) == (1, 0, 0)

    def test_begins_with_the_own_confirmation(self, db_session, provider, alice, certified):
        staffing.invite_staff(
            db_session, provider, cast.ALICE.account, "", actor="person:dave", now=NOON
        )

        assert counts(db_session, provider, NOON) == (0, 0, 0)

    def test_ends_with_the_employment_at_once(self, db_session, provider, alice, certified):
        employment = employ(db_session, provider, alice, now=NOON)
        ended = NOON + timedelta(hours=1)

        staffing.end_employment(db_session, employment, actor="person:a", reason="", now=ended)

        assert counts(db_session, provider, ended - MOMENT) == (1, 0, 0)
        assert counts(db_session, provider, ended) == (0, 0, 0)

    def test_moves_with_the_person_to_the_next_provider(
        self, db_session, provider, rival, alice, certified
    ):
        employment = employ(db_session, provider, alice, now=NOON)
        staffing.end_employment(
            db_session, employment, actor="person:a", reason="", now=NOON + MOMENT
        )
        employ(db_session, rival, alice, now=NOON + MOMENT)

        assert counts(db_session, provider, NOON + MOMENT) == (0, 0, 0)
        assert counts(db_session, rival, NOON + MOMENT) == (1, 0, 0)

    def test_ends_with_a_revocation_at_once(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON)
        revoked = NOON + timedelta(hours=1)

        acts.revoke_credential(
            db_session,
            credential(db_session, certified.number, lock=True),
            reason=next(iter(RevocationReason)),
            actor="person:carol",
            second_person="person:sam",
            now=revoked,
        )

        assert counts(db_session, provider, revoked - MOMENT) == (1, 0, 0)
        assert counts(db_session, provider, revoked) == (0, 0, 0)

    def test_pauses_with_a_suspension(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON)
        record = credential(db_session, certified.number, lock=True)
        two = {"actor": "person:carol", "second_person": "person:sam"}
        acts.suspend_credential(
            db_session,
            record,
            reason=next(iter(SuspensionReason)),
            now=NOON + timedelta(hours=1),
            **two,
        )
        acts.reinstate_credential(
            db_session,
            record,
            reason=next(iter(ReinstatementReason)),
            now=NOON + timedelta(hours=2),
            **two,
        )

        seen = [counts(db_session, provider, NOON + timedelta(hours=h))[0] for h in (0, 1, 2)]

        assert seen == [1, 0, 1]

    def test_ends_with_the_last_day_of_validity(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON)

        assert counts(db_session, provider, certified.expires_at - MOMENT) == (1, 0, 0)
        assert counts(db_session, provider, certified.expires_at) == (0, 0, 0)

    def test_counts_a_person_once_at_the_highest_level(
        self, app, db_session, provider, alice, certified
    ):
        employ(db_session, provider, alice, now=NOON)

        higher = certify(app, db_session, alice.id, MIDDLE, at=NOON + timedelta(days=9))

        assert counts(db_session, provider, higher.issued_at) == (0, 1, 0)

    def test_counts_no_demonstration_elsewhere(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON)

        found = queries.certified_count_by_level(db_session, provider.id, NOON, include_demo=False)

        assert certified.is_demo
        assert set(found.values()) == {0}

    def test_is_each_providers_own(self, app, db_session, provider, rival, person_of, certified):
        bob = person_of(cast.BOB)
        certify(app, db_session, bob.id, JUNIOR, at=NOON)
        employ(db_session, provider, person_of(cast.ALICE), now=NOON)
        employ(db_session, rival, bob, now=NOON)

        assert queries.certified_counts(db_session, NOON, include_demo=True) == {
            provider.id: {Level.JUNIOR: 1},
            rival.id: {Level.JUNIOR: 1},
        }


class TestStaffOf:
    def test_shows_the_highest_certificate_and_masks_the_name(
        self, app, db_session, provider, alice, certified
    ):
        employ(db_session, provider, alice, now=NOON)
        higher = certify(app, db_session, alice.id, MIDDLE, at=NOON + timedelta(days=9))

        (member,) = staff(db_session, provider, higher.issued_at)

        assert (member.level, member.number) == (Level.INTERMEDIATE, higher.number)
        assert (member.name, member.legal_name) == ("Alice", "A****")
        assert member.valid_until == higher.valid_until

    def test_counts_the_days_that_are_left(self, db_session, provider, alice, certified):
        employ(db_session, provider, alice, now=NOON)
        last_noon = NOON + timedelta(days=(certified.valid_until - NOON.date()).days)

        assert staff(db_session, provider, last_noon)[0].days_left == 0
        assert staff(db_session, provider, last_noon - timedelta(days=7))[0].days_left == 7

    def test_lists_who_has_no_certificate_last(self, db_session, provider, person_of, certified):
        employ(db_session, provider, person_of(cast.BOB), now=NOON)
        employ(db_session, provider, person_of(cast.ALICE), now=NOON)

        assert [(one.name, one.level) for one in staff(db_session, provider)] == [
            ("Alice", Level.JUNIOR),
            ("Bob", None),
        ]

    def test_forgets_who_left(self, db_session, provider, alice):
        employment = employ(db_session, provider, alice, now=NOON)
        staffing.end_employment(
            db_session, employment, actor="person:a", reason="", now=NOON + MOMENT
        )

        assert staff(db_session, provider, NOON + MOMENT) == []


class TestListedInvitations:
    def test_shows_what_waits_and_what_was_declined_of_late(
        self, db_session, provider, rival, alice
    ):
        for one in (provider, rival):
            staffing.invite_staff(
                db_session, one, cast.ALICE.account, "", actor="person:dave", now=NOON
            )
        (_, own) = queries.invitations_for(db_session, alice.id)
        staffing.decline_invitation(db_session, alice.id, own.public_id, now=NOON)

        def listed(now):
            found = queries.listed_invitations(db_session, provider.id, now=now)
            return [one.answer for one in found]

        assert listed(NOON) == ["declined"]
        assert listed(NOON + queries.DECLINED_SHOWN) == []
