"""The objects of one PDF file: numbered, laid out and indexed.

Every object is handed over as bytes. So what is the same in every certificate is formatted once a
process, and nothing of ReportLab's that the page needs differently has to be patched.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5

from reportlab.pdfbase.pdfdoc import DummyDoc, PDFString

COMPRESSION = 6
"""zlib's level for what is packed anew for every certificate; fixed parts use 9."""


_HEAD = b"\n%\x93\x8c\x8b\x9e ReportLab Generated PDF document (opensource)\n"
_TRAILER = (
    b"trailer\n<<\n/ID \n[<%(identifier)s><%(identifier)s>]\n"
    b"%% ReportLab generated PDF document -- digest (opensource)\n\n"
    b"/Info %(info)s\n/Root %(root)s\n/Size %(size)d\n>>\nstartxref\n%(start)d\n%%%%EOF\n"
)
"""Head and trailer are what ReportLab's writer, which wrote the first files, makes of the same."""

_INFO_ROW = 6
"""Entries of the information dictionary in a row, likewise."""


class ObjectTable:
    """Numbers objects in the order in which they are added, and lays them out.

    A file is drawn again from its snapshot for as long as it lives and must have the same bytes.
    So this writes what ReportLab's `PDFDocument` writes of these objects, byte for byte (a test
    compares), in a tenth of the time: nothing here has to be asked what it is.
    """

    def __init__(self, pdf_version: tuple[int, int], identifier: str) -> None:
        """Begin a file.

        Args:
            pdf_version: In the file's first line.
            identifier: What the file identifier is made of; the same gives the same.
        """
        self._version = pdf_version
        self._identifier = md5(identifier.encode(), usedforsecurity=False).hexdigest().encode()
        # The first object is ReportLab's dictionary of fonts, which is empty here.
        self._bodies: list[bytes | None] = [b"<<\n\n>>"]

    def reserve(self) -> "Reference":
        """Take the next number for an object that is filled in later."""
        self._bodies.append(None)
        return Reference(self._bodies, len(self._bodies))

    def add(self, body: bytes) -> bytes:
        """Add an object and return the reference to it, such as `12 0 R`."""
        self._bodies.append(body)
        return b"%d 0 R" % len(self._bodies)

    def finish(self, catalog: "Reference", info: Mapping[str, bytes]) -> bytes:
        """Return the file; `catalog` is the filled document catalogue.

        Raises:
            ValueError: If an object was reserved and never filled.
        """
        parts = [b"%%PDF-%d.%d" % self._version + _HEAD]
        at = len(parts[0])
        entries = [b"0000000000 65535 f \n"]
        for number, body in enumerate((*self._bodies, _information(info)), start=1):
            if body is None:
                raise ValueError(f"object {number} was reserved and never filled")
            end = b"endobj\n" if body.endswith(b"\n") else b"\nendobj\n"
            written = b"%d 0 obj\n%b%b" % (number, body, end)
            entries.append(b"%010d 00000 n \n" % at)
            parts.append(written)
            at += len(written)
        size = len(entries)
        trailer = _TRAILER % {
            b"identifier": self._identifier,
            b"info": b"%d 0 R" % (size - 1),
            b"root": catalog.text,
            b"size": size,
            b"start": at,
        }
        return b"".join((*parts, b"xref\n0 %d\n" % size, *entries, trailer))


class Reference:
    """The number of an object that may still be empty."""

    def __init__(self, bodies: list[bytes | None], number: int) -> None:
        self._bodies = bodies
        self._number = number
        self.text = b"%d 0 R" % number

    def fill(self, body: bytes) -> None:
        """Set the object's bytes."""
        self._bodies[self._number - 1] = body


def _information(info: Mapping[str, bytes]) -> bytes:
    entries = [b"/%b %b" % (key.encode(), info[key]) for key in sorted(info)]
    for index in reversed(range(_INFO_ROW, len(entries), _INFO_ROW)):
        entries.insert(index, b"\n ")
    return b"<<\n" + b" ".join(entries) + b"\n>>"


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """Return `<< /Key value ... >>`."""
    inner = b" ".join([b"/%s %s" % (key.encode(), value) for key, value in entries.items()])
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
