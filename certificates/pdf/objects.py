"""The objects of one PDF file: numbered, laid out and indexed by ReportLab's document writer.

Every object is handed over as bytes. So what is the same in every certificate is formatted once a
process, and no object of ReportLab's that the page needs differently has to be patched.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5

from reportlab.pdfbase.pdfdoc import (
    DummyDoc,
    PDFDictionary,
    PDFDocument,
    PDFObjectReference,
    PDFString,
)

COMPRESSION = 6
"""zlib's level for what is packed anew for every certificate; fixed parts use 9."""


class ObjectTable:
    """Numbers objects in the order in which they are added."""

    def __init__(self, pdf_version: tuple[int, int], identifier: str) -> None:
        # `invariant` keeps ReportLab away from the clock; the file identifier comes from
        # `identifier`, so the same arguments give the same bytes in every process.
        self._document = PDFDocument(
            dummyoutline=1, compression=0, invariant=1, pdfVersion=pdf_version
        )
        self._document.signature = md5(identifier.encode(), usedforsecurity=False)
        self._count = 0

    def reserve(self) -> "Reference":
        """Take the next number for an object that is filled in later."""
        self._count += 1
        name = f"object{self._count}"
        return Reference(self._document.Reference(b"null", name), self._document, name)

    def add(self, body: bytes) -> bytes:
        """Add an object and return the reference to it, such as `12 0 R`."""
        reference = self.reserve()
        reference.fill(body)
        return reference.text

    def finish(self, catalog: "Reference", info: Mapping[str, bytes]) -> bytes:
        """Return the file; `catalog` is the filled document catalogue."""
        self._document.Catalog = catalog.target
        self._document.info = PDFDictionary(dict(info))
        data: bytes = self._document.format()
        return data


class Reference:
    """The number of an object that may still be empty."""

    def __init__(self, target: PDFObjectReference, document: PDFDocument, name: str) -> None:
        self.target = target
        self._document = document
        self._name = name
        self.text: bytes = target.format(document)

    def fill(self, body: bytes) -> None:
        """Set the object's bytes."""
        self._document.idToObject[self._name] = body


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """Return `<< /Key value ... >>`."""
    inner = b" ".join(b"/%s %s" % (key.encode(), value) for key, value in entries.items())
    return b"<< " + inner + b" >>"


def array(*values: bytes) -> bytes:
    """Return `[ value ... ]`."""
    return b"[ " + b" ".join(values) + b" ]"


@lru_cache(maxsize=1024)
def text_string(text: str) -> bytes:
    """Return a text string: PDFDocEncoding where it can say it, else UTF-16 with its mark."""
    formatted: bytes = PDFString(text).format(DummyDoc())
    return formatted


def pdf_date(moment: datetime) -> bytes:
    """Return a moment (aware) as a date in UTC, whole seconds."""
    return text_string(moment.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'"))


def stream(data: bytes, entries: Mapping[str, bytes], *, level: int = COMPRESSION) -> bytes:
    """Return a stream that is packed now."""
    return packed_stream(zlib.compress(data, level), entries)


def packed_stream(packed: bytes, entries: Mapping[str, bytes]) -> bytes:
    """Return a stream whose data zlib has packed before.

    ReportLab's own writer puts `endstream` directly after the data; PDF/A (ISO 19005-1, 6.1.7)
    wants an end-of-line marker between them.
    """
    described = {**entries, "Filter": b"/FlateDecode", "Length": b"%d" % len(packed)}
    return dictionary(described) + b"\nstream\n" + packed + b"\nendstream\n"
