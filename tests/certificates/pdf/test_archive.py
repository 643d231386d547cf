"""That an issued file is PDF/A-3b: two validators by others, and the clauses that part 3 adds.

No complete validator of part 3 can be had from the package registries. So three hands judge:
PDFBox Preflight, which knows part 1 whole, must find nothing in the issued file but what part 3
allows; pdf-oxide checks some of part 3; and the clauses of part 3 that a file with an attachment
and a signature meets are written down here, as `faults_of`.
"""

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pdf_oxide
import pikepdf
import pytest

from certificates.levels import Level
from tests.certificates.pdf.test_sealing import preflight

ALLOWED_BY_PART_3 = {
    "1.4.7": "EmbeddedFile entry is present in the Names dictionary",
    "1.2.9": "EmbeddedFile entry is present in a FileSpecification dictionary",
    "7.11.2": "part must be 1",
}
"""What Preflight's part 1 forbids and ISO 19005-3 does not: 6.8, and what XMP calls the part."""

PDFA_ID = "{http://www.aiim.org/pdfa/ns/id/}"
PRINTED, HIDDEN = 1 << 2, 1 << 0 | 1 << 1 | 1 << 5


def faults_of(data: bytes) -> list[str]:
    """Return the clauses of ISO 19005-3:2012 that a file does not meet, of those looked at."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [clause for clause, is_met in _clauses(pdf, data) if not is_met]


def _clauses(pdf: pikepdf.Pdf, data: bytes) -> Iterator[tuple[str, bool]]:
    root = pdf.Root
    xmp = ElementTree.fromstring(bytes(root.Metadata.read_bytes()))
    stated = {one.tag: one.text for one in xmp.iter() if str(one.tag).startswith(PDFA_ID)}
    yield "6.1.2 header", re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", data) is not None
    yield "6.1.3 identifier", "/ID" in pdf.trailer
    yield "6.1.3 nothing behind the end", data.endswith(b"%%EOF\n")
    yield "6.1.12 permissions", set(root.get("/Perms", {}).keys()) <= {"/DocMDP", "/UR3"}
    yield "6.2.3 output intent", root.OutputIntents[0].S == "/GTS_PDFA1"
    yield "6.6.4 part", stated.get(f"{PDFA_ID}part") == "3"
    yield "6.6.4 conformance", stated.get(f"{PDFA_ID}conformance") == "B"
    files = list(root.Names.EmbeddedFiles.Names)[1::2]
    associated = [one.objgen for one in root.get("/AF", [])]
    for file in files:
        held = file.EF.F
        yield (
            "6.8 media type",
            re.fullmatch("/[a-z]+/[a-z0-9.+-]+", str(held.get("/Subtype"))) is not None,
        )
        yield "6.8 moment of change", "/ModDate" in held.get("/Params", {})
        yield "6.8 both names", file.get("/F") is not None and file.get("/F") == file.get("/UF")
        yield "6.8 relationship", "/AFRelationship" in file
        yield "6.8 associated with the document", file.objgen in associated
    yield (
        "6.4.1 forms without program",
        not {"/XFA", "/NeedAppearances"} & set(root.AcroForm.keys()),
    )
    for note in pdf.pages[0].Annots:
        flags = int(note.get("/F", 0))
        yield "6.3.2 printed and seen", flags & PRINTED != 0 and flags & HIDDEN == 0
        yield "6.3.3 appearance", set(note.get("/AP", {}).keys()) == {"/N"}
        yield "6.4.2 nothing to be done", not {"/A", "/AA"} & set(note.keys())
        start, end, rest = (int(each) for each in list(note.V.ByteRange)[1:])
        covers = data[start : start + 1] == b"<" and data[end - 1 : end] == b">"
        yield "6.4.3 signed whole", covers and end + rest == len(data)
        yield "6.4.3 one signer in DER", bytes(note.V.Contents).startswith(b"\x30\x82")


@pytest.fixture
def issued(sealed, make_credential) -> bytes:
    return sealed(make_credential("古丽米热·买买提", level=Level.SENIOR))


class TestIssuedFile:
    def test_has_no_fault_for_part_1_but_what_part_3_allows(self, issued, tmp_path):
        path = tmp_path / "issued.pdf"
        path.write_bytes(issued)

        told = dict(re.findall(r"^(\d[\d.]*) : (.*)$", preflight(path), re.MULTILINE))

        assert told.keys() == ALLOWED_BY_PART_3.keys()
        assert all(words in told[code] for code, words in ALLOWED_BY_PART_3.items())

    def test_another_checker_of_3b_finds_no_fault(self, issued):
        found = pdf_oxide.PdfDocument.from_bytes(issued).validate_pdf_a("3b")

        assert found["valid"]
        assert found["errors"] == []

    def test_that_checker_can_say_no(self, issued):
        spoilt = issued.replace(b"/AFRelationship", b"/AFRelationshxp")

        assert not pdf_oxide.PdfDocument.from_bytes(spoilt).validate_pdf_a("3b")["valid"]

    def test_meets_the_clauses_of_part_3(self, issued):
        assert faults_of(issued) == []


@pytest.mark.parametrize(
    ("old", "new", "clause"),
    [
        (b"/AFRelationship /Data", b"/AFRelationshxp /Data", "6.8 relationship"),
        (b"/AF [", b"/AX [", "6.8 associated with the document"),
        (b"/Subtype /application#2Fvc+jwt", b"/Subtyxe /application#2Fvc+jwt", "6.8 media type"),
        (b"/UF (", b"/UX (", "6.8 both names"),
        (b"<pdfaid:part>3", b"<pdfaid:part>2", "6.6.4 part"),
        (b"/DocMDP ", b"/Secret ", "6.1.12 permissions"),
        (b"/F 132 /P", b"/F 134 /P", "6.3.2 printed and seen"),
        (b"%%EOF\n", b"%%EOF\n%\n", "6.1.3 nothing behind the end"),
    ],
)
def test_each_clause_can_fail(issued, old, new, clause):
    assert old in issued

    assert clause in faults_of(issued.replace(old, new))
