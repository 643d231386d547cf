"""Families of attacks: each verdict by itself, and `cannot tell` where it is that."""

import hashlib
import json
import re
import zlib
from datetime import timedelta
from random import Random

import pytest

from certificates import der
from certificates.cms import MAX_CMS_BYTES
from certificates.jose import base64url, read_token
from certificates.keys import KeyUse
from certificates.levels import Level
from certificates.pdf import Seal
from certificates.signed_files import Shape, read_signed_file
from certificates.status_lists import StatusPurpose
from certificates.verdicts import Answer, Aspect, Reason
from certificates.verification import Kind, examine
from tests.certificates.issuer import PLACE, private_key

DAY = timedelta(days=1)
BOTH = (StatusPurpose.REVOCATION, StatusPurpose.SUSPENSION)


@pytest.fixture
def credential(make_credential):
    return make_credential("古丽米热·买买提")


@pytest.fixture
def pdf(sealed, credential):
    return sealed(credential)


@pytest.fixture
def token(issuer, credential):
    return issuer.token(credential)


@pytest.fixture
def lists(issuer, now):
    return [issuer.status_list(purpose, now=now + DAY) for purpose in BOTH]


@pytest.fixture
def check(issuer, now):
    """Return a function that examines something the day after the issue."""

    def run(data, keys=issuer.keys, *, at=now + DAY, **more):
        data = data.encode() if isinstance(data, str) else data
        return examine(data, keys, at=at, **more)

    return run


def verdict(found, aspect):
    finding = found.finding(aspect)
    return finding.answer, finding.reason


class TestTrueThings:
    def test_a_file_is_good_in_every_respect(self, check, pdf, lists):
        found = check(pdf, status_lists=lists, name="古丽米热·买买提")

        assert found.kind is Kind.FILE
        assert {finding.answer for finding in found.findings} == {Answer.YES}
        assert [finding.aspect for finding in found.findings] == [
            aspect
            for aspect in Aspect
            if aspect is not Aspect.STAMP  # it has none
        ]
        assert found.answer is Answer.YES

    def test_a_credential_is_good_in_every_respect_but_the_file(self, check, token, lists):
        found = check(token, status_lists=lists)

        assert found.kind is Kind.CREDENTIAL
        assert verdict(found, Aspect.FILE) == (Answer.UNKNOWN, Reason.NOT_LOOKED_AT)
        assert verdict(found, Aspect.NAME) == (Answer.UNKNOWN, Reason.NO_NAME_GIVEN)
        assert found.answer is Answer.YES

    def test_without_lists_nobody_can_tell(self, check, pdf):
        found = check(pdf)

        assert verdict(found, Aspect.REVOCATION) == (Answer.UNKNOWN, Reason.NO_LIST)
        assert verdict(found, Aspect.SUSPENSION) == (Answer.UNKNOWN, Reason.NO_LIST)
        assert found.answer is Answer.UNKNOWN

    def test_shown_for_another_person(self, check, pdf, lists):
        for name in ("李四", "古丽米热", "", "\u200b"):
            found = check(pdf, status_lists=lists, name=name)
            assert verdict(found, Aspect.NAME) == (Answer.NO, Reason.OTHER_NAME)

    def test_a_retired_key_still_verifies(self, issuer, check, pdf, now):
        for use in (KeyUse.FILE, KeyUse.CREDENTIAL):
            keys = issuer.changed(use, retired_at=now + DAY / 2)
            found = check(pdf, keys)
            assert found.finding(Aspect.FILE).answer is Answer.YES
            assert found.finding(Aspect.CREDENTIAL).answer is Answer.YES


class TestAlteredFiles:
    def test_one_bit_changed_anywhere_is_found(self, check, pdf):
        random = Random(1)
        for _ in range(300):
            changed = bytearray(pdf)
            changed[random.randrange(len(pdf))] ^= 1 << random.randrange(8)

            found = check(bytes(changed))

            is_pdf = found.kind is Kind.FILE
            assert not is_pdf or found.finding(Aspect.FILE).answer is Answer.NO

    def test_every_digit_of_the_signature_counts(self, check, pdf):
        """A bag of certificates is not signed, padding is not hashed: here neither is free."""
        start = pdf.index(b"/Contents <") + len(b"/Contents <")
        end = pdf.index(b">", start)
        for place in range(start, end, 37):
            changed = bytearray(pdf)
            changed[place] = ord("0") if changed[place] != ord("0") else ord("1")
            assert check(bytes(changed)).finding(Aspect.FILE).answer is Answer.NO, place

    def test_an_upper_case_digit_is_a_change(self, check, pdf):
        start = pdf.index(b"/Contents <") + len(b"/Contents <")
        place = next(n for n in range(start, start + 500) if pdf[n : n + 1] in b"abcdef")
        changed = pdf[:place] + pdf[place : place + 1].upper() + pdf[place + 1 :]

        assert check(changed).finding(Aspect.FILE).answer is Answer.NO

    def test_another_name_painted_over_in_a_later_revision(self, check, pdf):
        found = check(pdf + b"\n9 0 obj\n<< >>\nendobj\nstartxref\n0\n%%EOF\n")

        assert verdict(found, Aspect.FILE) == (Answer.NO, Reason.ADDED_LATER)
        assert verdict(found, Aspect.ISSUER) == (Answer.YES, Reason.KEY_KNOWN)

    def test_the_text_replaced(self, check, pdf):
        changed = pdf.replace(b"/Lang (zh-CN)", b"/Lang (en-US)")
        assert changed != pdf

        found = check(changed)

        assert verdict(found, Aspect.FILE) == (Answer.NO, Reason.ALTERED)

    def test_a_file_without_a_signature(self, check, render, credential):
        found = check(render(credential))

        assert verdict(found, Aspect.FILE) == (Answer.NO, Reason.NO_SIGNATURE)
        assert verdict(found, Aspect.CREDENTIAL) == (Answer.UNKNOWN, Reason.NO_CREDENTIAL)
        assert found.facts is None

    def test_signed_by_somebody_of_the_same_name(self, check, sealed, credential, stranger_issuer):
        found = check(sealed(credential, by=stranger_issuer))

        assert verdict(found, Aspect.FILE) == (Answer.NO, Reason.SIGNER_UNKNOWN)
        assert verdict(found, Aspect.ISSUER) == (Answer.NO, Reason.KEY_UNKNOWN)
        assert found.facts is None

    def test_a_true_credential_in_a_forged_file(
        self, check, render, make_credential, issuer, stranger_issuer, token
    ):
        seal = Seal(stranger_issuer.signer, token)
        found = check(render(make_credential("李四"), seal=seal))

        assert found.finding(Aspect.FILE).answer is Answer.NO
        assert found.finding(Aspect.ISSUER).answer is Answer.NO
        assert found.finding(Aspect.CREDENTIAL).answer is Answer.YES

    @pytest.mark.parametrize(
        "data",
        [
            b"%PDF-",
            b"%PDF-1.7 /ByteRange [0 0 0 0]",
            b"%PDF-1.7 /ByteRange [0 9 8 7]",
            b"%PDF-1.7 /ByteRange [0 9999999999 9999999999 1]",
            b"%PDF-1.7 /ByteRange [0 55 59 6] ......../Contents <00zz> .....",
            b"%PDF-1.7 << /Type /EmbeddedFile >> \nstream\n" + b"x" * 100,
            b"%PDF-1.7" + b"/ByteRange [0 1 2 3]" * 5000,
        ],
    )
    def test_rubbish_is_refused_without_a_crash(self, check, data):
        assert check(data).finding(Aspect.FILE).answer is Answer.NO

    def test_a_true_file_with_another_persons_credential_put_in(
        self, check, pdf, issuer, make_credential
    ):
        number = "CPS3-26-7QX4M3KD94-6"
        other = issuer.token(make_credential("李四", level=Level.SENIOR, number=number))
        attached = rb"(#2Fvc\+jwt [^\n]{0,300}/Length )(\d+) >>\nstream\n(.*?)\nendstream"
        head, length, packed = re.search(attached, pdf, re.DOTALL).groups()
        swapped = zlib.compress(other.encode())
        changed = pdf.replace(
            head + length + b" >>\nstream\n" + packed,
            head + b"%d >>\nstream\n" % len(swapped) + swapped,
        )

        found = check(changed)

        assert found.facts.number == number
        assert verdict(found, Aspect.CREDENTIAL) == (Answer.YES, Reason.SIGNATURE_GOOD)
        assert found.finding(Aspect.FILE).answer is Answer.NO
        assert found.answer is Answer.NO

    def with_signature(self, cms):
        """Return a file of the issuer's shape with any bytes in the signature's place."""
        room = b"<" + cms.hex().encode() + b">"
        head, rest = b"%PDF-1.7 ", b" %%EOF"
        middle = b"/ByteRange [0 %010d %010d %010d] /Contents "
        start = len(head) + len(middle % (0, 0, 0))
        return head + middle % (start, start + len(room), len(rest)) + room + rest

    def test_a_longer_signature_than_any_is_not_looked_into(self, check):
        """Megabytes of tiny elements would keep a reader busy for minutes."""
        data = self.with_signature(b"\x05\x00" * MAX_CMS_BYTES)

        assert read_signed_file(self.with_signature(b"\x05\x00")).shape is Shape.SIGNED
        assert read_signed_file(data).shape is Shape.ODD
        assert verdict(check(data), Aspect.FILE) == (Answer.NO, Reason.ALTERED)

    @pytest.mark.parametrize("filler", [b"\xa5" * 32, b"\x5a" * 512], ids=["digest", "value"])
    def test_a_time_stamp_of_the_bytes_that_mark_places_is_no_crash(self, check, issuer, filler):
        """Whoever knows how the signature's places are found puts the same bytes once more."""
        stamped = issuer.signer.stamped_cms(
            bytes(32), lambda _value: der.element(der.OCTET_STRING, filler)
        )

        found = check(self.with_signature(stamped))

        assert verdict(found, Aspect.FILE) == (Answer.NO, Reason.ALTERED)

    def test_a_bomb_for_a_credential(self, check, pdf):
        packed = zlib.compress(bytes(300 * 1024 * 1024), 9)[:900_000]
        entries = (
            b"<< /Type /EmbeddedFile /Subtype /application#2Fvc+jwt /Params << /Size 1 /CheckSum <"
            + b"0" * 32
            + b"> >> /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        )
        found = check(b"%PDF-1.7\n" + entries + packed)

        assert verdict(found, Aspect.CREDENTIAL) == (Answer.UNKNOWN, Reason.NO_CREDENTIAL)


class TestTokens:
    def resigned(self, issuer, token, **changes):
        return issuer.signed({**read_token(token).claims, **changes})

    def test_a_raised_level_breaks_the_signature(self, check, token):
        header, _payload, signature = token.split(".")
        claims = read_token(token).claims | {"name": "直播电商操盘手认证证书（高级）"}
        forged = base64url(json.dumps(claims).encode())

        found = check(f"{header}.{forged}.{signature}")

        assert verdict(found, Aspect.CREDENTIAL) == (Answer.NO, Reason.SIGNATURE_BAD)
        assert found.facts is None

    def test_signed_with_a_key_of_another_use(self, check, issuer, credential):
        found = check(issuer.signed(issuer.claims(credential), KeyUse.STATUS))

        assert verdict(found, Aspect.ISSUER) == (Answer.NO, Reason.KEY_UNKNOWN)

    def test_an_unknown_key(self, check, stranger_issuer, credential):
        found = check(stranger_issuer.token(credential))

        assert verdict(found, Aspect.ISSUER) == (Answer.NO, Reason.KEY_UNKNOWN)
        assert verdict(found, Aspect.CREDENTIAL) == (Answer.UNKNOWN, Reason.KEY_UNKNOWN)

    def test_of_another_issuer(self, check, issuer, credential):
        claims = issuer.claims(credential)
        other = "https://other.example/issuer"
        claims["issuer"]["id"] = claims["iss"] = other

        assert verdict(check(issuer.signed(claims)), Aspect.ISSUER) == (
            Answer.NO,
            Reason.OTHER_ISSUER,
        )

    def test_claims_that_do_not_mirror(self, check, issuer, token, now):
        later = int((now + 3000 * DAY).timestamp())

        found = check(self.resigned(issuer, token, exp=later))

        assert verdict(found, Aspect.CREDENTIAL) == (Answer.NO, Reason.CREDENTIAL_MALFORMED)

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "é" * 100, "eyJ" * 40_000])
    def test_what_is_no_token(self, check, text):
        found = check(text)

        assert verdict(found, Aspect.CREDENTIAL) == (Answer.NO, Reason.CREDENTIAL_MALFORMED)
        assert found.answer is Answer.NO

    def test_issued_after_its_key_was_retired(self, check, issuer, token, now):
        keys = issuer.changed(KeyUse.CREDENTIAL, retired_at=now - DAY)

        assert verdict(check(token, keys), Aspect.ISSUER) == (Answer.NO, Reason.KEY_OUT_OF_TIME)

    def test_a_compromised_key_leaves_it_to_the_register(self, check, issuer, pdf, now):
        for use, aspect in ((KeyUse.CREDENTIAL, Aspect.CREDENTIAL), (KeyUse.FILE, Aspect.FILE)):
            found = check(pdf, issuer.changed(use, compromised_at=now))
            assert verdict(found, aspect) == (Answer.UNKNOWN, Reason.KEY_COMPROMISED)
            assert found.finding(Aspect.ISSUER).answer is Answer.UNKNOWN


class TestTime:
    @pytest.mark.parametrize(
        ("after_end", "answer"),
        [(timedelta(seconds=-1), Answer.YES), (timedelta(0), Answer.NO)],
    )
    def test_the_last_day_counts_to_midnight_in_beijing(
        self, check, credential, token, after_end, answer
    ):
        found = check(token, at=credential.expires_at + after_end)

        assert found.finding(Aspect.TIME).answer is answer

    def test_before_the_issue(self, check, token, now):
        found = check(token, at=now - timedelta(minutes=3))

        assert verdict(found, Aspect.TIME) == (Answer.NO, Reason.NOT_YET)
        assert check(token, at=now - timedelta(minutes=1)).finding(Aspect.TIME).answer is Answer.YES


class TestStatusLists:
    @pytest.mark.parametrize("purpose", BOTH)
    def test_a_set_bit_is_found(self, check, issuer, token, now, purpose):
        lists = [
            issuer.status_list(one, *([PLACE.index] if one is purpose else []), now=now + DAY)
            for one in BOTH
        ]
        found = check(token, status_lists=lists)

        aspects = {
            StatusPurpose.REVOCATION: Aspect.REVOCATION,
            StatusPurpose.SUSPENSION: Aspect.SUSPENSION,
        }
        for one, aspect in aspects.items():
            expected = Answer.NO if one is purpose else Answer.YES
            assert found.finding(aspect).answer is expected
        assert found.answer is Answer.NO

    def test_neighbours_are_not_meant(self, check, issuer, token, now):
        bits = (PLACE.index - 1, PLACE.index + 1)
        found = check(
            token, status_lists=[issuer.status_list(one, *bits, now=now + DAY) for one in BOTH]
        )

        assert found.answer is Answer.YES

    @pytest.mark.parametrize(
        ("signed_after", "reason"),
        [
            (timedelta(0), Reason.LIST_STALE),
            (timedelta(hours=1), Reason.NOT_LISTED),
            (timedelta(days=2), Reason.LIST_STALE),
        ],
    )
    def test_a_list_that_is_not_of_now_says_nothing(
        self, check, issuer, token, now, signed_after, reason
    ):
        lists = [issuer.status_list(one, now=now + signed_after) for one in BOTH]

        assert check(token, status_lists=lists).finding(Aspect.REVOCATION).reason is reason

    def test_of_another_place_or_purpose_is_not_used(self, check, issuer, token, now):
        other = issuer.status_list(StatusPurpose.REVOCATION, now=now + DAY, number=2)
        only = issuer.status_list(StatusPurpose.SUSPENSION, now=now + DAY)

        found = check(token, status_lists=[other, only])

        assert verdict(found, Aspect.REVOCATION) == (Answer.UNKNOWN, Reason.NO_LIST)
        assert verdict(found, Aspect.SUSPENSION) == (Answer.YES, Reason.NOT_LISTED)

    def test_signed_by_a_stranger_or_with_another_key(
        self, check, issuer, stranger_issuer, token, lists, now
    ):
        claims = read_token(lists[0]).claims
        for foreign in (
            stranger_issuer.status_list(StatusPurpose.REVOCATION, now=now + DAY),
            issuer.signed(claims, KeyUse.CREDENTIAL),
            lists[0][:-4] + "AAAA",
        ):
            found = check(token, status_lists=[foreign])
            assert found.finding(Aspect.REVOCATION).reason is Reason.LIST_UNUSABLE

    def test_short_swapped_or_contradicting(self, check, issuer, token, lists, now):
        claims = read_token(lists[0]).claims
        subject = claims["credentialSubject"]
        for changes in (
            {"credentialSubject": {**subject, "encodedList": "uAAAA"}},
            {"credentialSubject": {**subject, "statusPurpose": "suspension"}},
            {"credentialSubject": None},
            {"exp": claims["exp"] + 9_000_000},
            {"issuer": "https://other.example/issuer"},
        ):
            odd = issuer.signed({**claims, **changes}, KeyUse.STATUS)
            found = check(token, status_lists=[odd])
            assert found.finding(Aspect.REVOCATION).reason is Reason.LIST_UNUSABLE, changes

    @pytest.mark.parametrize("order", [1, -1], ids=["old first", "new first"])
    def test_an_older_one_that_was_kept_outweighs_no_newer_one(
        self, check, issuer, token, now, order
    ):
        """The holder was revoked an hour ago and sends along the list of two hours ago."""
        kept, ours = now + DAY - timedelta(hours=2), now + DAY
        lists = [
            issuer.status_list(StatusPurpose.REVOCATION, now=kept),
            issuer.status_list(StatusPurpose.REVOCATION, PLACE.index, now=ours),
            issuer.status_list(StatusPurpose.SUSPENSION, now=kept),
        ]

        found = check(token, status_lists=lists[::order])

        assert verdict(found, Aspect.REVOCATION) == (Answer.NO, Reason.LISTED)
        assert found.status_as_of == kept  # the suspension's: as old as the oldest that was used

    def test_a_good_one_among_bad_ones_is_used(self, check, token, lists):
        found = check(token, status_lists=["rubbish", lists[0][:-4] + "AAAA", *lists])

        assert found.finding(Aspect.REVOCATION).answer is Answer.YES


class TestContainer:
    def test_with_a_root_in_its_bag_it_is_not_ours(self, check, issuer, render, credential, token):
        """Whoever has the signature cannot dress it differently."""
        signer = issuer.signer

        class Stuffed:
            size = signer.size + len(issuer.root)

            def cms(self, digest):
                real = signer.cms(digest)
                leaf = issuer.keys.keys[0].chain[0]
                return real.replace(leaf, leaf + issuer.root, 1)

        found = check(render(credential, seal=Seal(Stuffed(), token)))

        assert found.finding(Aspect.FILE).answer is Answer.NO

    def test_der_writes_lengths_and_numbers_in_their_shortest_form(self):
        assert der.element(0x04, b"x" * 127)[:2] == b"\x04\x7f"
        assert der.element(0x04, b"x" * 128)[:3] == b"\x04\x81\x80"
        assert der.element(0x04, b"x" * 300)[:4] == b"\x04\x82\x01\x2c"
        assert der.integer(0) == b"\x02\x01\x00"
        assert der.integer(128) == b"\x02\x02\x00\x80"
        assert der.oid("1.2.840.113549") == bytes.fromhex("06062a864886f70d")

    def test_a_signature_of_another_length_is_refused(self, issuer, render, credential):
        class Short:
            size = 10

            def cms(self, digest):
                return hashlib.sha256(digest).digest()

        with pytest.raises(ValueError, match="32 bytes, not 10"):
            render(credential, seal=Seal(Short(), None))

    def test_keys_of_the_tests_differ(self):
        assert private_key("a") is not private_key("b")
