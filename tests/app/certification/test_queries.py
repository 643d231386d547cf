"""The two sayings of one rule agree: `valid_credentials` in SQL, `status_at` in Python."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.certification import queries
from app.certification.models import CredentialRecord
from app.certification.queries import valid_credentials
from certificates.levels import Level
from certificates.validity import CredentialStatus
from tests import cast
from tests.app.certification.test_acts import reinstate, revoke, suspend
from tests.conftest import NOON
from tests.factories.certification import certify

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

LIVES = {
    "untouched": [],
    "suspended, open": [("suspend", 5, None)],
    "suspended until": [("suspend", 5, 9)],
    "reinstated early": [("suspend", 5, 9), ("reinstate", 7, None)],
    "suspended twice": [("suspend", 5, 9), ("reinstate", 7, None), ("suspend", 8, 12)],
    "revoked": [("revoke", 6, None)],
    "revoked while suspended": [("suspend", 5, None), ("revoke", 6, None)],
    "revoked after the end": [("revoke", 370, None)],
}


def live(db_session, record, acts_):
    for act, day, until in acts_:
        at = NOON + day * DAY
        if act == "suspend":
            until_at = None if until is None else NOON + until * DAY
            suspend(db_session, record, at, until_at=until_at)
        elif act == "reinstate":
            reinstate(db_session, record, at)
        else:
            revoke(db_session, record, at)


class TestValidCredentials:
    @pytest.mark.parametrize("life", LIVES)
    def test_agrees_with_the_status_at_every_moment(self, db_session, certified, life):
        live(db_session, certified, LIVES[life])
        edges = {0, 5, 6, 7, 8, 9, 12, 370}
        moments = {NOON + day * DAY + edge for day in edges for edge in (-SECOND, 0 * DAY, SECOND)}
        moments |= {certified.expires_at + edge for edge in (-SECOND, 0 * DAY, SECOND)}

        for at in sorted(moments):
            found = db_session.execute(valid_credentials(at, include_demo=True)).all()
            status = queries.held_credential(db_session, certified, at=at).status
            assert len(found) == (status is CredentialStatus.VALID), (life, at, status)

    def test_tells_whose_at_what_level_until_when(self, db_session, alice_id, certified):
        row = db_session.execute(valid_credentials(NOON, include_demo=True)).one()

        assert (row.person_id, row.level, row.number) == (alice_id, "junior", certified.number)
        assert (row.valid_until, row.is_demo) == (certified.valid_until, True)

    def test_leaves_demonstrations_out_of_a_count_that_is_none(self, db_session, certified):
        assert db_session.execute(valid_credentials(NOON, include_demo=False)).all() == []

    def test_can_be_joined(self, app, db_session, certified, person_of, programme):
        certify(app, db_session, person_of(cast.BOB).id, programme, at=NOON - DAY)
        valid = valid_credentials(NOON, include_demo=True).subquery()

        joined = select(CredentialRecord.number).join(
            valid, valid.c.number == CredentialRecord.number
        )

        assert len(db_session.scalars(joined).all()) == 2


class TestHeldLevels:
    def test_are_those_valid_at_the_moment(self, db_session, alice_id, certified):
        ask = {"include_demo": True}
        assert queries.held_levels(db_session, alice_id, at=NOON, **ask) == {Level.JUNIOR}
        after = certified.expires_at
        assert queries.held_levels(db_session, alice_id, at=after, **ask) == frozenset()
