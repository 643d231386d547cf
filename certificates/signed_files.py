"""Reading back what `certificates.pdf` writes: the signature's range and the attached credential.

Only files of the one shape that the issuer writes are understood, so a hostile file meets no PDF
parser here. Whatever another program saved, extended or made is said to be that.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from certificates.cms import MAX_CMS_BYTES
from certificates.jose import MAX_TOKEN_LENGTH

PDF_HEAD = b"%PDF-"

_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,10}) (\d{1,10}) (\d{1,10}) {0,30}\]")
_ATTACHED = re.compile(
    rb"<< /Type /EmbeddedFile /Subtype /application#2Fvc\+jwt /Params << [^>]{0,200}<[0-9a-f]{32}>"
    rb" >> /Filter /FlateDecode /Length (\d{1,6}) >>\nstream\n"
)


class Shape(StrEnum):
    """How a file is built."""

    SIGNED = "signed"
    NOT_A_PDF = "not_a_pdf"
    UNSIGNED = "unsigned"
    EXTENDED = "extended"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file taken apart; nothing in it is to be believed before the signature was checked.

    Attributes:
        shape: `SIGNED` if a signature covers all of it, `EXTENDED` if something follows what the
            signature covers, `ODD` if the signature's place is not as the issuer writes it.
        digest: SHA-256 of what the signature covers; empty without one.
        cms: The signature; empty without one.
        token: The attached credential, if one can be read.
    """

    shape: Shape
    digest: bytes = b""
    cms: bytes = b""
    token: str | None = None


def read_signed_file(data: bytes) -> SignedFile:
    """Take a file apart.

    Args:
        data: Whatever somebody gave as a certificate.
    """
    if not data.startswith(PDF_HEAD):
        return SignedFile(Shape.NOT_A_PDF)
    token = _attached(data)
    found = _RANGE.search(data)
    if found is None:
        return SignedFile(Shape.UNSIGNED, token=token)
    start, end, rest = map(int, found.groups())
    # A longer room than any signature needs is none of ours, and is not looked into.
    if not found.end() < start < end - 1 < start + 2 * MAX_CMS_BYTES or end + rest > len(data):
        return SignedFile(Shape.ODD, token=token)
    room = data[start:end]
    if not (data[:start].endswith(b"/Contents ") and room[:1] == b"<" and room[-1:] == b">"):
        return SignedFile(Shape.ODD, token=token)
    if re.fullmatch(rb"(?:[0-9a-f]{2})+", room[1:-1]) is None:
        return SignedFile(Shape.ODD, token=token)
    digest = sha256(data[:start] + data[end : end + rest]).digest()
    shape = Shape.SIGNED if end + rest == len(data) else Shape.EXTENDED
    return SignedFile(shape, digest, bytes.fromhex(room[1:-1].decode("ascii")), token)


def _attached(data: bytes) -> str | None:
    found = _ATTACHED.search(data)
    if found is None:
        return None
    packed = data[found.end() : found.end() + int(found[1])]
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(packed, MAX_TOKEN_LENGTH + 1)
        return text.decode("ascii") if reader.eof and len(text) <= MAX_TOKEN_LENGTH else None
    except (zlib.error, UnicodeDecodeError):
        return None
