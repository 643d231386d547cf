import base64
import gzip
import zlib

import pytest

from certificates.errors import StatusListError
from certificates.status_lists import LIST_LENGTH, StatusPurpose, encode_bits, is_set, list_claims


def packed(raw: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class TestBits:
    @pytest.mark.parametrize("bits", [(), (0,), (7, 8), (LIST_LENGTH - 1,), (5, 4711, 99_999)])
    def test_are_read_back(self, bits):
        encoded = encode_bits(bits)

        for index in {*bits, 0, 1, 6, 9, 4710, LIST_LENGTH - 1}:
            assert is_set(encoded, index) is (index in bits)

    def test_bit_0_is_the_left_most(self):
        raw = base64.urlsafe_b64decode(encode_bits([0])[1:] + "==")

        assert gzip.decompress(raw)[0] == 0x80

    def test_an_empty_list_is_small(self):
        assert len(encode_bits(())) < 200

    @pytest.mark.parametrize("index", [-1, LIST_LENGTH])
    def test_no_entry_is_outside(self, index):
        with pytest.raises(StatusListError):
            encode_bits([index])
        with pytest.raises(StatusListError):
            is_set(encode_bits(()), index)

    @pytest.mark.parametrize(
        "encoded",
        [
            "",
            "u",
            encode_bits(())[1:],
            "z" + encode_bits(())[1:],
            encode_bits(()) + "AA",
            encode_bits(())[:-8],
            packed(b"not gzip"),
            packed(zlib.compress(bytes(16384))),
            packed(gzip.compress(bytes(16383), mtime=0)),
            packed(gzip.compress(bytes(2 * 1024 * 1024), mtime=0)),
            packed(gzip.compress(bytes(16384), mtime=0) + b"more"),
        ],
    )
    def test_refuses_a_list_that_is_not_one(self, encoded):
        with pytest.raises(StatusListError):
            is_set(encoded, 0)

    def test_a_bomb_is_not_unpacked(self):
        bomb = packed(gzip.compress(bytes(400 * 1024 * 1024), 9))

        with pytest.raises(StatusListError, match="longer"):
            is_set(bomb, 0)


class TestClaims:
    def test_are_those_of_the_recommendation(self, now):
        claims = list_claims(
            "https://x.example/status/1/revocation",
            StatusPurpose.REVOCATION,
            [3],
            issuer="https://x.example/issuer",
            now=now,
        )

        subject = claims["credentialSubject"]
        assert claims["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
        assert claims["validFrom"] == "2026-11-21T04:00:00Z"
        assert claims["validUntil"] == "2026-11-22T04:00:00Z"
        assert subject["type"] == "BitstringStatusList"
        assert subject["statusPurpose"] == "revocation"
        assert subject["ttl"] == 3_600_000
        assert is_set(subject["encodedList"], 3)
