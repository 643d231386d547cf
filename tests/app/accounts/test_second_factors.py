"""One-time codes: enrolled by proof, good once, for two minutes of a slow clock at most."""

from __future__ import annotations

import threading
from datetime import timedelta

import pyotp
import pytest
from cryptography.exceptions import InvalidTag

from app.accounts import queries, second_factors, services
from app.accounts.second_factors import STEP_S, check_second_factor, enrol_second_factor
from app.core.db import db, transaction
from app.core.errors import InvalidInputError
from tests import cast
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=STEP_S)


def code_at(moment):
    return pyotp.TOTP(SECRET).at(moment)


@pytest.fixture
def keys(app):
    return app.extensions["field_keys"]


@pytest.fixture
def alice(db_session, person_of, keys):
    """Alice, enrolled an hour before noon."""
    person = person_of(cast.ALICE)
    before = NOON - timedelta(hours=1)
    enrol_second_factor(
        db_session, person, secret=SECRET, code=code_at(before), keys=keys, now=before
    )
    return person


class TestEnrolSecondFactor:
    def test_wants_a_code_that_fits(self, db_session, person_of, keys):
        person = person_of(cast.BOB)

        with pytest.raises(InvalidInputError):
            enrol_second_factor(
                db_session, person, secret=SECRET, code="000000", keys=keys, now=NOON
            )

        assert person.totp_sealed is None

    def test_keeps_the_secret_sealed(self, alice):
        assert SECRET not in alice.totp_sealed
        assert alice.totp_sealed.startswith("aesgcm:")

    def test_anothers_sealed_secret_cannot_be_moved_here(self, db_session, alice, person_of, keys):
        bob = person_of(cast.BOB)
        bob.totp_sealed = alice.totp_sealed
        db_session.flush()

        with pytest.raises(InvalidTag):
            check_second_factor(db_session, bob, code=code_at(NOON), keys=keys, now=NOON)

    def test_the_code_of_the_enrolment_does_not_sign_in(self, db_session, alice, keys):
        before = NOON - timedelta(hours=1)

        with pytest.raises(services.SignInFailedError):
            check_second_factor(db_session, alice, code=code_at(before), keys=keys, now=before)


class TestCheckSecondFactor:
    def test_accepts_a_code_once(self, db_session, alice, keys):
        check_second_factor(db_session, alice, code=code_at(NOON), keys=keys, now=NOON)

        with pytest.raises(second_factors.CodeRefusedError):
            check_second_factor(db_session, alice, code=code_at(NOON), keys=keys, now=NOON)

    def test_accepts_it_once_from_two_places_at_once(self, app, alice, db_session, keys):
        person_id = alice.id
        db_session.commit()
        start = threading.Barrier(2)
        outcomes = []

        def use():
            with app.app_context():
                start.wait()
                try:
                    with transaction() as own_session:
                        person = queries.person(own_session, person_id)
                        check_second_factor(
                            own_session, person, code=code_at(NOON), keys=keys, now=NOON
                        )
                        outcomes.append("in")
                except services.SignInFailedError:
                    outcomes.append("refused")
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=use) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["in", "refused"]

    def test_a_clock_half_a_minute_off_is_accepted(self, db_session, alice, keys):
        for steps in (-1, 0, 1):
            code = code_at(NOON + steps * STEP)
            check_second_factor(db_session, alice, code=code, keys=keys, now=NOON)

    def test_a_clock_further_off_is_not(self, db_session, alice, keys):
        for steps in (-3, -2, 2, 3):
            code = code_at(NOON + steps * STEP)
            with pytest.raises(second_factors.CodeRefusedError):
                check_second_factor(db_session, alice, code=code, keys=keys, now=NOON)

    def test_an_older_code_is_worth_nothing_after_a_newer_one(self, db_session, alice, keys):
        check_second_factor(db_session, alice, code=code_at(NOON), keys=keys, now=NOON)

        with pytest.raises(second_factors.CodeRefusedError):
            check_second_factor(db_session, alice, code=code_at(NOON - STEP), keys=keys, now=NOON)

    def test_spaces_between_the_digits_do_not_matter(self, db_session, alice, keys):
        code = code_at(NOON)

        check_second_factor(db_session, alice, code=f" {code[:3]} {code[3:]} ", keys=keys, now=NOON)

    def test_a_missing_code_is_told_from_a_wrong_one(self, db_session, alice, keys):
        for code in ("", "   "):
            with pytest.raises(second_factors.CodeMissingError):
                check_second_factor(db_session, alice, code=code, keys=keys, now=NOON)

    def test_who_has_none_needs_none(self, db_session, person_of, keys):
        check_second_factor(db_session, person_of(cast.BOB), code="", keys=keys, now=NOON)


class TestClearSecondFactor:
    def test_lets_somebody_who_lost_the_app_in_by_password(self, db_session, alice, keys):
        second_factors.clear_second_factor(
            db_session, alice, actor="person:securityadmn", reason="手机丢失", now=NOON
        )

        check_second_factor(db_session, alice, code="", keys=keys, now=NOON)

    def test_nobody_clears_the_own(self, db_session, alice):
        with pytest.raises(services.OwnAccountError):
            second_factors.clear_second_factor(
                db_session,
                alice,
                actor=f"person:{alice.public_id}",
                reason="图方便",
                now=NOON,
            )

        assert alice.totp_sealed is not None
