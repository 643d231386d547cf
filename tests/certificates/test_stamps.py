"""Time stamps: openssl's own authority stamps, poppler and pyHanko judge, hostile answers fail."""

import asyncio
import io
import json
import logging
import subprocess
from datetime import datetime, timedelta
from random import Random

import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from app.core import clock
from certificates import __main__ as command
from certificates import cms, der
from certificates.authority import to_pem
from certificates.cms import StampingSigner
from certificates.errors import StampError
from certificates.keys import KeyUse
from certificates.pdf import Seal
from certificates.stamps import (
    MAX_ANSWER_BYTES,
    is_trusted,
    read_answer,
    read_stamp,
    stamp_request,
)
from certificates.status_lists import StatusPurpose
from certificates.verdicts import Answer, Aspect, Reason
from certificates.verification import examine
from tests.certificates.issuer import TheIssuer
from tests.certificates.pdf.test_sealing import run
from tests.certificates.tsa import Authority, make_authority

VALUE, NONCE = b"a signature's value", 2**63 + 11
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def answer(authority) -> bytes:
    return authority.answer(stamp_request(VALUE, NONCE))


@pytest.fixture
def today() -> datetime:
    """The machine's time: openssl stamps nothing else."""
    return clock.now()


@pytest.fixture
def refusal(today):
    """Return a function that says why an answer is refused."""

    def of(answer: bytes, value: bytes = VALUE, nonce: int = NONCE, *, now=today) -> str:
        with pytest.raises(StampError) as refused:
            read_answer(answer, value, nonce, now=now)
        return refused.value.code

    return of


class TestReadAnswer:
    @pytest.mark.parametrize(
        "kind",
        [{}, {"curve": True}, {"ess": "sha1"}, {"digest": "sha512"}],
        ids=["rsa", "curve", "named-by-sha1", "sha512"],
    )
    def test_takes_what_openssl_stamps(self, tmp_path, today, kind):
        authority = make_authority(tmp_path, **kind)

        stamp = read_answer(authority.answer(stamp_request(VALUE, NONCE)), VALUE, NONCE, now=today)

        assert abs(stamp.at - today) < MINUTE
        assert stamp.authority == "Test time stamps"
        assert is_trusted(stamp, [authority.root])

    def test_refuses_an_answer_to_another_question(self, answer, refusal):
        assert refusal(answer, value=b"another") == "imprint"
        assert refusal(answer, nonce=NONCE + 1) == "nonce"

    def test_refuses_a_time_far_from_ours(self, answer, refusal, today):
        assert refusal(answer, now=today + timedelta(hours=1)) == "clock"

    def test_a_rejection_is_told_as_one(self, authority, refusal):
        of_version_9 = stamp_request(VALUE, NONCE).replace(der.integer(1), der.integer(9), 1)

        assert refusal(authority.answer(of_version_9)) == "rejected"

    @pytest.mark.parametrize(
        ("odd", "code"),
        [
            (b"", "unreadable"),
            (b"<html>busy</html>", "unreadable"),
            (b"\x30\x80\x00\x00", "unreadable"),
            (b"\x30\x84\xff\xff\xff\xff", "unreadable"),
            (b"\x30" * (MAX_ANSWER_BYTES + 1), "too_large"),
        ],
        ids=["nothing", "page", "indefinite", "cut", "huge"],
    )
    def test_refuses_what_is_no_answer(self, refusal, odd, code):
        assert refusal(odd) == code

    def test_no_changed_bit_gives_another_time_stamp(self, answer, today):
        """Some bits are nobody's, those of the certificates above: they change nothing."""
        true = read_answer(answer, VALUE, NONCE, now=today)
        chance = Random(5)
        for _ in range(300):
            changed = bytearray(answer)
            changed[chance.randrange(len(answer))] ^= 1 << chance.randrange(8)
            try:
                got = read_answer(bytes(changed), VALUE, NONCE, now=today)
            except StampError:
                continue
            assert (got.at, got.authority, got.imprint) == (true.at, true.authority, true.imprint)

    def test_refuses_whoever_may_sign_but_not_stamp(
        self, authority, answer, issuer, today, tmp_path
    ):
        """The words of a true time stamp, signed by a certificate for something else."""
        token = read_answer(answer, VALUE, NONCE, now=today).token
        info, reply, own = tmp_path / "info", tmp_path / "token", tmp_path / "own.pem"
        signed = der.elements(der.elements(der.first(token).body)[1].body)[0]
        held = der.elements(signed.body)[2]
        info.write_bytes(der.only(der.elements(held.body)[1].body, der.OCTET_STRING))
        key = authority.folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-new", "-key", key, "-subj", "/CN=Anybody"),
                *("-days", "9", "-out", own),
            ],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            [
                *("openssl", "cms", "-sign", "-binary", "-nodetach", "-cades", "-outform", "DER"),
                *("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", own, "-inkey", key),
                *("-in", info, "-out", reply),
            ],
            check=True,
            capture_output=True,
        )

        with pytest.raises(StampError, match="not for time stamps"):
            read_stamp(reply.read_bytes())

    def test_trusts_only_what_leads_to_a_root(self, authority, answer, issuer, today):
        stamp = read_answer(answer, VALUE, NONCE, now=today)

        assert is_trusted(stamp, [issuer.root, authority.root])
        assert is_trusted(stamp, [authority.between])
        assert not is_trusted(stamp, [issuer.root])
        assert not is_trusted(stamp, [])


@pytest.fixture(scope="module")
def signing() -> TheIssuer:
    """The issuer with keys in service on the day of the test."""
    return TheIssuer(clock.now().replace(microsecond=0) - 30 * DAY)


@pytest.fixture
def stamped(render, make_credential, signing, authority, today):
    """Return a function that makes a certificate with a time stamp, over its signature or not."""

    def make(over: bytes | None = None) -> bytes:
        def stamp(value: bytes) -> bytes:
            value = over or value
            return read_answer(
                authority.answer(stamp_request(value, NONCE)), value, NONCE, now=today
            ).token

        credential = make_credential()
        seal = Seal(StampingSigner(signing.signer, stamp), signing.token(credential))
        return render(credential, seal=seal)

    return make


def room_of(data: bytes) -> tuple[int, int]:
    start = data.index(b"/Contents <") + len(b"/Contents <")
    return start, data.index(b">", start)


class TestStampedFile:
    @pytest.fixture
    def check(self, signing, authority, today):
        def run(data, keys=signing.keys, roots=(authority.root,)):
            return examine(data, keys, at=today, stamp_roots=roots)

        return run

    def verdict(self, found, aspect):
        finding = found.finding(aspect)
        return finding.answer, finding.reason

    def test_says_when_and_by_whom(self, stamped, check, signing, today):
        data = stamped()

        found, unrooted = check(data), check(data, roots=())

        assert self.verdict(found, Aspect.FILE) == (Answer.YES, Reason.COVERS_WHOLE_FILE)
        assert self.verdict(found, Aspect.STAMP) == (Answer.YES, Reason.STAMP_GOOD)
        assert found.stamp.authority == "Test time stamps"
        assert abs(found.stamp.at - today) < MINUTE
        assert self.verdict(unrooted, Aspect.STAMP) == (
            Answer.UNKNOWN,
            Reason.STAMP_AUTHORITY_UNKNOWN,
        )

    def test_an_authority_that_is_not_known_takes_nothing_from_the_file(
        self, stamped, signing, today
    ):
        lists = [signing.status_list(purpose, now=today) for purpose in StatusPurpose]

        found = examine(stamped(), signing.keys, at=today, status_lists=lists)

        assert found.answer is Answer.YES

    def test_proves_what_a_key_signed_before_it_was_stolen(self, stamped, check, signing, today):
        data = stamped()
        for use, aspect in ((KeyUse.FILE, Aspect.FILE), (KeyUse.CREDENTIAL, Aspect.CREDENTIAL)):
            later = signing.changed(use, compromised_at=(today + DAY).replace(microsecond=0))
            before = signing.changed(use, compromised_at=(today - DAY).replace(microsecond=0))

            assert check(data, later).finding(aspect).answer is Answer.YES
            assert check(data, later, roots=()).finding(aspect).answer is Answer.UNKNOWN
            assert check(data, before).finding(aspect).answer is Answer.UNKNOWN

    def test_tells_on_a_key_that_signed_after_its_end(self, stamped, check, signing, today):
        keys = signing.changed(KeyUse.FILE, retired_at=(today - DAY).replace(microsecond=0))

        assert self.verdict(check(stamped(), keys), Aspect.STAMP) == (
            Answer.NO,
            Reason.KEY_OUT_OF_TIME,
        )

    def test_a_stamp_over_another_signature(self, stamped, check):
        assert self.verdict(check(stamped(over=b"another")), Aspect.STAMP) == (
            Answer.NO,
            Reason.STAMP_OF_OTHER,
        )

    def test_neither_padding_nor_a_missing_stamp_hides_anything(self, stamped, check, signing):
        data = stamped()
        start, end = room_of(data)
        plain = signing.signer.size
        junk = data[: end - 8] + b"deadbeef" + data[end:]
        bare = data[: start + 2 * plain] + b"0" * (end - start - 2 * plain) + data[end:]

        for changed in (junk, bare):
            assert self.verdict(check(changed), Aspect.FILE) == (Answer.NO, Reason.ALTERED)

    def test_no_changed_digit_of_the_stamp_passes_for_it(self, stamped, check, signing):
        data = stamped()
        true = check(data)
        start = room_of(data)[0] + 2 * signing.signer.size
        for place in range(start, start + 2 * len(true.stamp.token), 61):
            changed = bytearray(data)
            changed[place] = ord("0") if changed[place] != ord("0") else ord("1")

            found = check(bytes(changed))

            if found.finding(Aspect.FILE).answer is Answer.YES and found.stamp is not None:
                assert (found.stamp.at, found.stamp.imprint) == (true.stamp.at, true.stamp.imprint)

    def test_a_stamp_that_does_not_fit_is_refused(self, stamped, monkeypatch):
        monkeypatch.setattr(cms, "STAMP_ROOM", 1000)

        with pytest.raises(StampError, match="more than the room of 1000"):
            stamped()

    def test_the_command_line_tells_it(self, stamped, signing, authority, tmp_path, capsys):
        files = {name: tmp_path / name for name in ("x.pdf", "keys.json", "tsa.pem")}
        files["x.pdf"].write_bytes(stamped())
        files["keys.json"].write_text(json.dumps(signing.keys.to_jwks()))
        files["tsa.pem"].write_text(to_pem(authority.root))
        arguments = ["verify", str(files["x.pdf"]), "--keys", str(files["keys.json"])]

        command.main([*arguments, "--tsa-roots", str(files["tsa.pem"]), "--json"])
        told = json.loads(capsys.readouterr().out)
        odd = command.main([*arguments, "--tsa-roots", str(files["keys.json"])])

        assert told["findings"]["time_stamped"] == {"answer": "yes", "reason": "stamp_good"}
        assert told["time_stamp"]["authority"] == "Test time stamps"
        assert odd == 2
        assert "no PEM file" in capsys.readouterr().err


class TestOthers:
    """Programs that are not ours find signature and time stamp good."""

    def test_poppler_finds_the_signature_valid_over_the_whole_file(self, stamped, tmp_path):
        path = tmp_path / "x.pdf"
        path.write_bytes(stamped())

        told = run("pdfsig", path, check=False)

        assert "Signature Validation: Signature is Valid." in told
        assert "Total document signed" in told

    def test_pyhanko_finds_both_valid_and_trusted(self, stamped, signing, authority, today):
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
        signature = PdfFileReader(io.BytesIO(stamped())).embedded_signatures[0]

        def trusting(root):
            return ValidationContext(
                trust_roots=[Certificate.load(root)], allow_fetching=False, moment=today + MINUTE
            )

        found = asyncio.run(
            async_validate_pdf_signature(
                signature,
                trusting(signing.root),
                ts_validation_context=trusting(authority.root),
                key_usage_settings=KeyUsageConstraints(
                    key_usage={"digital_signature", "non_repudiation"}
                ),
            )
        )

        assert found.bottom_line
        assert found.coverage.name == "ENTIRE_FILE"
        assert found.timestamp_validity.valid
        assert found.timestamp_validity.trusted
        assert abs(found.timestamp_validity.timestamp - today) < MINUTE
