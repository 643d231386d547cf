"""Signing in: a guesser waits, a classroom and a known device do not."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import signing_in
from app.accounts.models import SignInFailure
from app.accounts.services import SignInFailedError
from app.accounts.signing_in import SignInTry
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from app.core.errors import RateLimitedError
from tests import cast
from tests.conftest import NOON

pytestmark = pytest.mark.both_databases

MINUTE = timedelta(minutes=1)


def a_try(account=cast.ALICE.account, address="10.0.0.1", device=""):
    return SignInTry(account, address, "browser", device)


def wait_after(db_session, failures, *, now=NOON, tried=None):
    """Return the seconds to wait after some failures in a row, each as soon as allowed."""
    tried = tried or a_try()
    wait = 0
    for _ in range(failures):
        now += timedelta(seconds=wait)
        signing_in.guard_sign_in(db_session, tried, now=now)
        signing_in.note_failure(db_session, tried, now=now)
        row = db_session.get(SignInFailure, tried.failure_key)
        wait = max(0, int((row.wait_until - now).total_seconds()))
    return wait


class TestGuardSignIn:
    def test_four_failures_cost_nothing_and_the_fifth_half_a_minute(self, db_session):
        assert wait_after(db_session, 4) == 0

        signing_in.note_failure(db_session, a_try(), now=NOON)

        with pytest.raises(RateLimitedError) as refused:
            signing_in.guard_sign_in(db_session, a_try(), now=NOON)
        assert refused.value.retry_after_s == 31

    def test_the_wait_doubles_up_to_a_quarter_of_an_hour(self, db_session):
        waits = []
        now = NOON
        for _ in range(12):
            signing_in.note_failure(db_session, a_try(), now=now)
            row = db_session.get(SignInFailure, a_try().failure_key)
            waits.append(max(0, int((row.wait_until - now).total_seconds())))
            now = max(now, row.wait_until)

        assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]

    def test_a_patient_guesser_gets_a_hundred_guesses_a_day_at_most(self, db_session):
        now, guesses = NOON, 0
        while now < NOON + timedelta(days=1):
            signing_in.note_failure(db_session, a_try(), now=now)
            guesses += 1
            row = db_session.get(SignInFailure, a_try().failure_key)
            now = max(now + timedelta(seconds=1), row.wait_until)

        assert guesses <= 110

    def test_the_last_second_of_the_wait_still_counts(self, db_session):
        for _ in range(5):
            signing_in.note_failure(db_session, a_try(), now=NOON)
        over = NOON + timedelta(seconds=30)

        with pytest.raises(RateLimitedError):
            signing_in.guard_sign_in(db_session, a_try(), now=over - timedelta(seconds=1))
        signing_in.guard_sign_in(db_session, a_try(), now=over)

    def test_a_quiet_time_is_a_fresh_start(self, db_session):
        for _ in range(9):
            signing_in.note_failure(db_session, a_try(), now=NOON)

        later = NOON + signing_in.FORGET_AFTER + MINUTE

        assert wait_after(db_session, 1, now=later) == 0

    def test_an_unknown_account_waits_like_a_known_one(self, db_session):
        known = wait_after(db_session, 7)
        unknown = wait_after(db_session, 7, tried=a_try("nobody@example.cn"))

        assert known == unknown == 120

    def test_other_accounts_of_the_same_address_do_not_wait(self, db_session):
        for _ in range(9):
            signing_in.note_failure(db_session, a_try(), now=NOON)

        signing_in.guard_sign_in(db_session, a_try(cast.BOB.account), now=NOON)

    def test_a_guesser_cannot_spell_the_account_otherwise(self, db_session):
        for _ in range(5):
            signing_in.note_failure(db_session, a_try(" ALICE@example.cn "), now=NOON)

        with pytest.raises(RateLimitedError):
            signing_in.guard_sign_in(db_session, a_try(), now=NOON)

    def test_200_people_behind_one_address_sign_in_within_a_minute(self, db_session):
        for n in range(200):
            now = NOON + timedelta(seconds=0.3 * n)
            signing_in.guard_sign_in(db_session, a_try(f"p{n}@example.cn"), now=now)

    def test_one_address_cannot_try_more_than_300_accounts_in_five_minutes(self, db_session):
        for n in range(300):
            signing_in.guard_sign_in(db_session, a_try(f"p{n}@example.cn"), now=NOON)

        with pytest.raises(RateLimitedError) as refused:
            signing_in.guard_sign_in(db_session, a_try("p300@example.cn"), now=NOON)
        assert 0 < refused.value.retry_after_s <= 300

        elsewhere = a_try("p300@example.cn", address="10.0.0.2")
        signing_in.guard_sign_in(db_session, elsewhere, now=NOON)
        signing_in.guard_sign_in(db_session, a_try(), now=NOON + 5 * MINUTE)


class TestKnownDevice:
    def test_is_not_locked_out_by_somebody_elses_guesses(self, app, db_session):
        keys = app.extensions["field_keys"]
        token = signing_in.device_token(cast.ALICE.account, keys)
        device = signing_in.device_of(token, " Alice@Example.cn ", keys)
        for _ in range(20):
            signing_in.note_failure(db_session, a_try(), now=NOON)

        assert device
        signing_in.guard_sign_in(db_session, a_try(device=device), now=NOON)

    def test_waits_for_its_own_failures(self, app, db_session):
        tried = a_try(device="some-nonce")

        assert wait_after(db_session, 5, tried=tried) == 30
        assert wait_after(db_session, 1) == 0


class TestDeviceOf:
    keys = FieldKeys("k1", bytes(32), bytes(range(32)))

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda token: "",
            lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
            lambda token: "x" + token,
            lambda token: "." + token.partition(".")[2],
            lambda token: token + "\u00e9",
            lambda token: "a" * 5000,
        ],
    )
    def test_a_made_up_cookie_is_worth_nothing(self, spoil):
        token = spoil(signing_in.device_token(cast.ALICE.account, self.keys))

        assert signing_in.device_of(token, cast.ALICE.account, self.keys) == ""

    def test_another_accounts_cookie_is_worth_nothing(self):
        token = signing_in.device_token(cast.BOB.account, self.keys)

        assert signing_in.device_of(token, cast.ALICE.account, self.keys) == ""

    def test_another_instances_cookie_is_worth_nothing(self):
        token = signing_in.device_token(cast.ALICE.account, self.keys)
        others = FieldKeys("k1", bytes(32), bytes(32))

        assert signing_in.device_of(token, cast.ALICE.account, others) == ""


class TestNoteFailure:
    def test_first_failures_at_once_are_all_counted(self, app):
        start = threading.Barrier(4)
        errors = []

        def fail():
            with app.app_context():
                start.wait()
                try:
                    with transaction() as db_session:
                        signing_in.note_failure(db_session, a_try(), now=NOON)
                except Exception as error:
                    errors.append(error)

        threads = [threading.Thread(target=fail) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        row = db.session().get(SignInFailure, a_try().failure_key)
        assert row.count == 4


class TestSignIn:
    def go(self, app, db_session, person, *, checked_hash, tried=None, now=NOON):
        return signing_in.sign_in(
            db_session,
            tried or a_try(),
            checked_hash=checked_hash,
            code="",
            keys=app.extensions["field_keys"],
            now=now,
        )

    def test_forgets_the_failures_before_it(self, app, db_session, person_of):
        alice = person_of(cast.ALICE)
        for _ in range(4):
            signing_in.note_failure(db_session, a_try(), now=NOON)

        self.go(app, db_session, alice, checked_hash=alice.password_hash)

        assert db_session.scalar(select(func.count()).select_from(SignInFailure)) == 0

    def test_on_a_known_device_a_guessers_count_stays(self, app, db_session, person_of):
        alice = person_of(cast.ALICE)
        for _ in range(7):
            signing_in.note_failure(db_session, a_try(), now=NOON)

        tried = a_try(device="nonce")
        self.go(app, db_session, alice, checked_hash=alice.password_hash, tried=tried)

        assert db_session.get(SignInFailure, a_try().failure_key).count == 7

    def test_a_wrong_password_opens_nothing(self, app, db_session, person_of):
        with pytest.raises(SignInFailedError):
            self.go(app, db_session, person_of(cast.ALICE), checked_hash=None)

    def test_a_password_changed_meanwhile_opens_nothing(self, app, db_session, person_of):
        alice = person_of(cast.ALICE)

        with pytest.raises(SignInFailedError):
            self.go(app, db_session, alice, checked_hash="the hash that was checked")


class TestGuardRegistration:
    def test_an_office_of_200_registers_in_an_hour(self, db_session):
        for _ in range(200):
            signing_in.guard_registration(db_session, address="10.0.0.1", now=NOON)

    def test_the_301st_waits(self, db_session):
        for _ in range(300):
            signing_in.guard_registration(db_session, address="10.0.0.1", now=NOON)

        with pytest.raises(RateLimitedError):
            signing_in.guard_registration(db_session, address="10.0.0.1", now=NOON)

    def test_collecting_accounts_ends_after_twenty(self, db_session):
        for _ in range(20):
            signing_in.note_taken_account(db_session, address="10.0.0.1", now=NOON)

        with pytest.raises(RateLimitedError):
            signing_in.note_taken_account(db_session, address="10.0.0.1", now=NOON)


class TestForgetOldFailures:
    def test_drops_only_what_has_no_effect(self, db_session):
        signing_in.note_failure(db_session, a_try("old@example.cn"), now=NOON)
        signing_in.note_failure(db_session, a_try(), now=NOON + timedelta(hours=1))

        later = NOON + signing_in.FORGET_AFTER + MINUTE

        assert signing_in.forget_old_failures(db_session, now=later) == 1
        assert db_session.get(SignInFailure, a_try().failure_key) is not None
