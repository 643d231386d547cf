"""The signature field, the attached credential, and the signature itself, written in one pass.

A later increment of the file would break PDF/A and cost twenty times as much (credentials.md 2.3).
So the file is written with room for the signature, hashed without that room, and filled in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5, sha256
from typing import Protocol

from certificates.guilloche import numbers
from certificates.pdf.objects import (
    ObjectTable,
    array,
    dictionary,
    pdf_date,
    stream,
    text_string,
)

ATTACHMENT_NAME = "credential.jwt"
ATTACHMENT_TYPE = b"/application#2Fvc+jwt"

_RANGE_ROOM = b"/ByteRange [0 9999999999 9999999999 9999999999]"
"""What the true range is written over; no file is longer than ten digits say."""

FIELD_FLAGS = 1 << 2 | 1 << 7
"""Printed, and locked: a reader does not move or delete it."""

NO_CHANGES = 1
"""The certifying signature allows no later change at all (ISO 32000-1, table 254)."""


class Signer(Protocol):
    """Who signs a file: `certificates.cms.FileSigner`, or a licensed authority's stand-in."""

    @property
    def size(self) -> int:
        """Bytes of every CMS that it makes."""

    def cms(self, digest: bytes) -> bytes:
        """Return the CMS over a SHA-256 digest."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes a drawn page a certificate that can be checked.

    Attributes:
        signer: Signs the file.
        token: The credential that is attached; None attaches nothing (PDF/A-1 forbids it).
    """

    signer: Signer
    token: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """The signature field's place in the file.

    Attributes:
        widget: Reference to the field, which is its own widget.
        entries: What the catalogue says of it.
    """

    widget: bytes
    entries: Mapping[str, bytes]


def add_attachment(table: ObjectTable, token: str, now: datetime) -> dict[str, bytes]:
    """Attach the credential; return what the catalogue says of it."""
    data = token.encode("ascii")
    stamp = pdf_date(now)
    checksum = md5(data, usedforsecurity=False).hexdigest().encode()
    parameters = {
        "Size": b"%d" % len(data),
        "CreationDate": stamp,
        "ModDate": stamp,
        "CheckSum": b"<" + checksum + b">",
    }
    entries = {
        "Type": b"/EmbeddedFile",
        "Subtype": ATTACHMENT_TYPE,
        "Params": dictionary(parameters),
    }
    file = table.add(stream(data, entries, level=9))
    name = text_string(ATTACHMENT_NAME)
    specification = table.add(
        dictionary(
            {
                "Type": b"/Filespec",
                "F": name,
                "UF": name,
                "EF": dictionary({"F": file, "UF": file}),
                "Desc": text_string("Open Badges 3.0 credential (VC-JWT)"),
                "AFRelationship": b"/Data",
            }
        )
    )
    files = dictionary({"Names": array(name, specification)})
    return {"AF": array(specification), "Names": dictionary({"EmbeddedFiles": files})}


def add_field(
    table: ObjectTable,
    signer: Signer,
    *,
    page: bytes,
    box: tuple[float, float, float, float],
    name: str,
    now: datetime,
) -> Field:
    """Add the signature field with room for the signature.

    Args:
        table: The file's objects.
        signer: Says how much room.
        page: Reference to the page.
        box: Where a reader clicks: left, bottom, right, top in points.
        name: Who signs, for the reader's panel.
        now: The moment that the signature names (aware).
    """
    reference = dictionary(
        {
            "Type": b"/SigRef",
            "TransformMethod": b"/DocMDP",
            "TransformParams": dictionary(
                {"Type": b"/TransformParams", "P": b"%d" % NO_CHANGES, "V": b"/1.2"}
            ),
        }
    )
    head = dictionary(
        {
            "Type": b"/Sig",
            "Filter": b"/Adobe.PPKLite",
            "SubFilter": b"/ETSI.CAdES.detached",
            "M": pdf_date(now),
            "Name": text_string(name),
            "Reason": text_string("证书签发 Certificate issuance"),
            "Reference": array(reference),
        }
    )
    room = b"/Contents <" + b"0" * (2 * signer.size) + b">"
    signature = table.add(head.removesuffix(b" >>") + b" " + _RANGE_ROOM + b" " + room + b" >>")
    left, bottom, right, top = box
    blank = {
        "Type": b"/XObject",
        "Subtype": b"/Form",
        "FormType": b"1",
        "BBox": array(*numbers(0, 0, right - left, top - bottom).encode().split()),
        "Resources": dictionary({}),
    }
    widget = table.add(
        dictionary(
            {
                "Type": b"/Annot",
                "Subtype": b"/Widget",
                "FT": b"/Sig",
                "T": text_string("Signature1"),
                "TU": text_string("电子签名 Electronic signature"),
                "V": signature,
                "Rect": array(*numbers(*box).encode().split()),
                "F": b"%d" % FIELD_FLAGS,
                "P": page,
                "AP": dictionary({"N": table.add(stream(b"", blank))}),
                "StructParent": b"1",
            }
        )
    )
    form = dictionary({"Fields": array(widget), "SigFlags": b"3"})
    return Field(widget, {"AcroForm": form, "Perms": dictionary({"DocMDP": signature})})


def signed(data: bytes, signer: Signer) -> bytes:
    """Return a file whose room for the signature is filled: it covers every other byte."""
    before, range_room, after = data.partition(_RANGE_ROOM)
    start = data.index(b"/Contents <", len(before)) + len(b"/Contents ")
    end = start + 2 * signer.size + 2
    byte_range = b"/ByteRange [0 %d %d %d]" % (start, end, len(data) - end)
    whole = before + byte_range.ljust(len(range_room)) + after
    digest = sha256(whole[:start] + whole[end:]).digest()
    cms = signer.cms(digest)
    if len(cms) != signer.size:
        raise ValueError(f"the signature has {len(cms)} bytes, not {signer.size}")
    return whole[:start] + b"<" + cms.hex().encode() + b">" + whole[end:]
