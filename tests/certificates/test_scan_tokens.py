"""Codes with a token: what they prove offline, and every way to cheat with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.errors import CertificateNumberError, KeySetError, TokenError
from certificates.jose import base64url, from_base64url
from certificates.keys import KeySet
from certificates.scan_keys import ScanKey, scan_key_of_jwk, scan_thumbprint
from certificates.scan_tokens import (
    TOKEN_LENGTH,
    examine_scan,
    is_of_holder,
    make_token,
    read_token,
    split_address,
)
from certificates.verdicts import Answer, Aspect, Reason

NUMBER, OTHER_NUMBER = "CPS3-26-7QX4M3KD94-6", "CPS1-26-3333333333-3"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
AT = datetime(2026, 11, 21, 4, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = ScanKey(
    kid=scan_thumbprint(PRIVATE.public_key()),
    public=PRIVATE.public_key(),
    not_before=AT - 30 * DAY,
    not_after=AT + 365 * DAY,
)


def token(number=NUMBER, name="欧阳𠮷", key=PRIVATE, until=date(2029, 11, 20)):
    return make_token(number, name, issued_on=date(2026, 11, 21), valid_until=until, key=key)


def examine(text, number=NUMBER, keys=(KEY,), at=AT, name=None):
    return examine_scan(number, text, keys, at=at, name=name)


class TestToken:
    def test_is_short_and_the_same_each_time(self):
        assert len(token()) == TOKEN_LENGTH
        assert token() == token()

    def test_says_who_and_until_when_without_a_network(self):
        found = examine(token(), name="欧阳𠮷")

        assert {one.aspect: one.answer for one in found.findings} == {
            Aspect.ISSUER: Answer.YES,
            Aspect.CREDENTIAL: Answer.YES,
            Aspect.TIME: Answer.YES,
            Aspect.REVOCATION: Answer.UNKNOWN,  # a code knows nothing of what came after it
            Aspect.SUSPENSION: Answer.UNKNOWN,
            Aspect.NAME: Answer.YES,
        }
        assert found.answer is Answer.UNKNOWN

    def test_knows_a_name_however_it_is_composed(self):
        composed = read_token(token(name="Ren\u00e9"))

        assert is_of_holder(composed, NUMBER, "Rene\u0301")

    def test_is_of_one_name(self):
        assert examine(token(), name="欧阳吉").finding(Aspect.NAME).answer is Answer.NO

    def test_ends_with_its_last_day_in_beijing(self):
        last_moment = datetime(2029, 11, 20, 15, 59, 59, tzinfo=UTC)

        assert examine(token(), at=last_moment).finding(Aspect.TIME).answer is Answer.YES
        after = examine(token(), at=last_moment + timedelta(seconds=1)).finding(Aspect.TIME)
        assert after.reason is Reason.EXPIRED


class TestForgery:
    def test_a_token_moved_to_another_number_proves_nothing(self):
        moved = examine(token(), number=OTHER_NUMBER, name="欧阳𠮷")

        assert moved.token is None
        assert moved.finding(Aspect.CREDENTIAL).answer is Answer.NO

    def test_another_key_signs_nothing(self):
        assert examine(token(key=STRANGE)).finding(Aspect.CREDENTIAL).answer is Answer.NO

    def test_no_bit_can_be_changed(self):
        data = from_base64url(token())
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            found = examine(base64url(bytes(changed)))
            assert found.finding(Aspect.CREDENTIAL).answer is Answer.NO, bit

    @pytest.mark.parametrize("text", ["", "x", "A" * 103, "A" * 105, "é" * 104, token() + "="])
    def test_a_text_of_another_form_is_refused(self, text):
        with pytest.raises(TokenError):
            read_token(text)

    def test_a_compromised_key_leaves_it_open(self):
        leaked = replace(KEY, compromised_at=AT)

        found = examine(token(), keys=[leaked])

        assert found.finding(Aspect.ISSUER).reason is Reason.KEY_COMPROMISED
        assert found.finding(Aspect.CREDENTIAL).answer is Answer.UNKNOWN

    def test_a_key_signs_nothing_that_was_issued_after_its_end(self):
        retired = replace(KEY, retired_at=AT - 2 * DAY)

        found = examine(token(), keys=[retired]).finding(Aspect.ISSUER)

        assert found.reason is Reason.KEY_OUT_OF_TIME


class TestSplitAddress:
    @pytest.mark.parametrize(
        "text",
        [
            f"https://verify.example.cn/v/{NUMBER}#{token()}",
            f"  https://verify.example.cn/v/{NUMBER.lower()}/#{token()} ",
            f"{NUMBER}#{token()}",
        ],
        ids=["address", "sloppy", "bare"],
    )
    def test_finds_number_and_token(self, text):
        assert split_address(text) == (NUMBER, token())

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("https://verify.example.cn/v/" + NUMBER, TokenError),
            ("https://verify.example.cn/other#x", CertificateNumberError),
            ("x" * 500, CertificateNumberError),
        ],
        ids=["no_token", "no_number", "long"],
    )
    def test_says_what_is_missing(self, text, error):
        with pytest.raises(error):
            split_address(text)


class TestScanKey:
    def test_travels_in_the_published_set(self):
        published = KeySet("https://verify.example.cn/issuer", (), (KEY,)).to_jwks()

        read = KeySet.from_jwks(published)

        assert read.keys == ()
        assert read.scan_keys[0].kid == KEY.kid
        assert examine(token(), keys=read.scan_keys).finding(Aspect.ISSUER).answer is Answer.YES

    @pytest.mark.parametrize(
        "change",
        [{"kty": "EC"}, {"crv": "X25519"}, {"x": "AA"}, {"kid": "other"}, {"nbf": "soon"}],
        ids=lambda change: next(iter(change)),
    )
    def test_is_refused_if_anything_is_odd(self, change):
        with pytest.raises(KeySetError):
            scan_key_of_jwk({**KEY.to_jwk(), **change})
