"""Passwords: what is refused, and what comparing costs a stranger."""

from __future__ import annotations

import time

import pytest

from app.accounts.passwords import check_password, hash_password, password_flaws


class TestPasswordFlaws:
    @pytest.mark.parametrize(
        "password", ["correct horse battery", "春江潮水连海平海上", "x9!kLm2#", "kkkkkkkm zz"]
    )
    def test_length_alone_is_enough(self, password):
        # ASVS 5.0: no rules of composition; spaces and every script are allowed
        assert password_flaws(password) == []

    def test_eight_characters_are_enough_and_seven_are_not(self):
        assert password_flaws("k3v9p2x") == ["password_short"]
        assert password_flaws("k3v9p2xq") == []

    def test_128_characters_are_allowed_and_129_are_not(self):
        assert password_flaws("ab3" * 42 + "zz") == []
        assert "password_long" in password_flaws("ab3" * 43)

    @pytest.mark.parametrize(
        "password", ["12345678", "Password1", "KUAISHOU123", "aaaaaaaa", "ababbaba"]
    )
    def test_what_everybody_guesses_first_is_refused(self, password):
        assert "password_common" in password_flaws(password)

    @pytest.mark.parametrize("name", ["linxiaolan@example.cn", "LinXiaoLan"])
    def test_the_own_name_is_refused(self, name):
        assert "password_has_name" in password_flaws("linxiaolan-2026", names=(name,))

    def test_a_name_of_two_letters_forbids_nothing(self):
        assert password_flaws("lily-of-the-valley", names=("Li",)) == []


class TestCheckPassword:
    def test_accepts_only_the_password(self):
        hashed = hash_password("sesame-open-7")

        assert check_password(hashed, "sesame-open-7")
        assert not check_password(hashed, "sesame-open-8")
        assert not check_password(None, "sesame-open-7")
        assert not check_password("not a hash", "sesame-open-7")

    def test_two_hashes_of_one_password_differ(self):
        assert hash_password("sesame-open-7") != hash_password("sesame-open-7")

    def test_an_unknown_account_takes_as_long_as_a_known_one(self):
        hashed = hash_password("sesame-open-7")

        def best_of_five(stored: str | None) -> float:
            times = []
            for _ in range(5):
                start = time.perf_counter()
                check_password(stored, "wrong-guess-1")
                times.append(time.perf_counter() - start)
            return min(times)

        known, unknown = best_of_five(hashed), best_of_five(None)

        assert 0.5 < known / unknown < 2
