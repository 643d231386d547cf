"""Signed files as programs of others see them: poppler, qpdf, pyHanko, PDFBox, ZBar."""

import asyncio
import hashlib
import io
import logging
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from certificates.authority import to_pem
from certificates.errors import CredentialError
from certificates.levels import Level
from certificates.pdf import ATTACHMENT_NAME, ArchiveProfile, Seal

JAVA = Path("/usr/share/java")
PREFLIGHT = [
    JAVA / f"{name}.jar"
    for name in (
        "preflight",
        "pdfbox2",
        "xmpbox",
        "fontbox2",
        "commons-logging",
        "jaxb-api",
        "javax.activation",
    )
]
"""Apache PDFBox's validator of PDF/A-1b, from Debian's libpdfbox2-java and its relations."""

HANAZONO = Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf")


def skip_or_fail(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


def run(program: str, *arguments: object, check: bool = True) -> str:
    """Run a program that is not ours; without it the test is skipped, but never in CI."""
    if shutil.which(program) is None:
        skip_or_fail(program)
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, check=False, text=True
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def path(sealed, make_credential, tmp_path) -> Path:
    out = tmp_path / "certificate.pdf"
    out.write_bytes(sealed(make_credential("古丽米热·买买提", level=Level.SENIOR)))
    return out


@pytest.fixture
def trust(issuer, tmp_path) -> Path:
    """An NSS store that trusts the root, as poppler wants it."""
    folder = tmp_path / "nss"
    folder.mkdir()
    root = tmp_path / "root.pem"
    root.write_text(to_pem(issuer.root))
    run("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
    run("certutil", "-A", "-d", f"sql:{folder}", "-n", "root", "-t", "C,C,C", "-i", root)
    return folder


class TestPoppler:
    def test_finds_the_signature_valid_trusted_and_over_everything(self, path, trust):
        told = run("pdfsig", "-nssdir", f"sql:{trust}", path)

        assert "Signature Validation: Signature is Valid." in told
        assert "Certificate Validation: Certificate is Trusted." in told
        assert "Total document signed" in told
        assert "ETSI.CAdES.detached" in told

    def test_does_not_trust_a_stranger_of_the_same_name(
        self, sealed, make_credential, stranger_issuer, trust, tmp_path
    ):
        other = tmp_path / "other.pdf"
        other.write_bytes(sealed(make_credential(), by=stranger_issuer))

        told = run("pdfsig", "-nssdir", f"sql:{trust}", other)

        assert "Certificate is Trusted" not in told

    def test_sees_a_changed_byte(self, path, trust):
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 1
        path.write_bytes(data)

        assert "Signature is Valid" not in run("pdfsig", "-nssdir", f"sql:{trust}", path)

    def test_takes_out_the_credential_that_was_attached(
        self, path, issuer, make_credential, tmp_path
    ):
        expected = issuer.token(make_credential("古丽米热·买买提", level=Level.SENIOR))
        out = tmp_path / "out.jwt"

        assert ATTACHMENT_NAME in run("pdfdetach", "-list", path)
        run("pdfdetach", "-save", "1", "-o", out, path)

        assert out.read_text() == expected

    def test_copies_names_of_every_kind(self, sealed, make_credential, tmp_path):
        names = ["古丽米热·买买提", "喆堃翀赟", "María-José O'Neill"]
        if HANAZONO.is_file():
            names.append("𠮷田")
        out = tmp_path / "name.pdf"
        for name in names:
            out.write_bytes(sealed(make_credential(name)))
            assert name in run("pdftotext", out, "-")

    def test_reads_the_signature_field_last(self, path):
        told = run("pdfinfo", "-struct-text", path)

        assert told.index("Figure") < told.index("Form")


class TestQpdf:
    def test_finds_no_fault(self, path):
        assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)

    def test_shows_the_attachment(self, path):
        assert ATTACHMENT_NAME in run("qpdf", "--list-attachments", path)

    def test_pikepdf_sees_the_declared_archive_profile(self, path):
        with pikepdf.open(path) as pdf:
            assert pdf.open_metadata().pdfa_status == "3B"
            assert pdf.Root.AF[0].AFRelationship == "/Data"


class TestPyhanko:
    def validate(self, data, issuer, moment):
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
        root = Certificate.load(issuer.root)
        signature = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
        context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=moment)
        usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})
        return asyncio.run(
            async_validate_pdf_signature(signature, context, key_usage_settings=usage)
        )

    @pytest.mark.parametrize("profile", ArchiveProfile)
    def test_finds_it_valid_and_certifying_the_whole_file(
        self, sealed, make_credential, issuer, now, profile
    ):
        data = sealed(make_credential(), profile=profile)

        found = self.validate(data, issuer, now + timedelta(days=1))

        assert found.bottom_line
        assert found.coverage.name == "ENTIRE_FILE"
        assert found.modification_level.name == "NONE"
        assert found.docmdp_ok


def preflight(path: Path) -> str:
    """Return what PDFBox Preflight says of a file by the rules of PDF/A-1b."""
    if missing := [jar for jar in PREFLIGHT if not jar.is_file()]:
        skip_or_fail(str(missing[0]))
    classes = ":".join(map(str, PREFLIGHT))
    validator = "org.apache.pdfbox.preflight.Validator_A1b"
    return run("java", "-cp", classes, validator, path, check=False)


class TestPreflight:
    def test_the_1b_variant_is_valid_signed_and_with_any_name(
        self, sealed, make_credential, tmp_path
    ):
        names = ["张伟", "喆堃·\U0002b5af", *(["𠮷田"] if HANAZONO.is_file() else [])]
        out = tmp_path / "a1.pdf"
        for index, name in enumerate(names):
            credential = make_credential(name, level=list(Level)[index], is_demo=index == 1)
            out.write_bytes(sealed(credential, profile=ArchiveProfile.A1B))
            assert "is a valid PDF/A-1b file" in preflight(out)


class TestZbar:
    def test_reads_the_code_of_the_signed_file(self, sealed, make_credential, tmp_path):
        credential = make_credential()
        picture = tmp_path / "page.png"
        page = pypdfium2.PdfDocument(sealed(credential))[0]
        page.render(scale=150 / 72).to_pil().save(picture)

        told = run("zbarimg", "-q", "--raw", picture)

        assert told.splitlines()[0] == f"https://verify.example.cn/v/{credential.number}"


class TestSeal:
    def test_makes_the_same_bytes_each_time(self, sealed, make_credential):
        credential = make_credential("喆伟")

        first = sealed(credential)
        sealed(make_credential("李娜"))

        assert hashlib.sha256(sealed(credential)).digest() == hashlib.sha256(first).digest()

    def test_an_archive_of_part_1_takes_no_attachment(self, render, make_credential, issuer):
        with pytest.raises(CredentialError, match="attachment"):
            render(
                make_credential(),
                profile=ArchiveProfile.A1B,
                seal=Seal(issuer.signer, issuer.token(make_credential())),
            )

    def test_a_signed_certificate_is_small(self, sealed, make_credential):
        assert len(sealed(make_credential("喆堃翀赟", is_demo=True))) < 100_000

    def test_the_field_covers_the_seal_on_the_page(self, path):
        with pikepdf.open(path) as pdf:
            widget = pdf.pages[0].Annots[0]
            left, bottom, right, top = map(float, widget.Rect)
            assert (right - left, top - bottom) == (50, 50)
            assert widget.FT == "/Sig"
            assert pdf.Root.Perms.DocMDP == widget.V
