"""What PDF/A and readers want beside the page: metadata, colour profile, structure, outline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from struct import pack
from xml.sax.saxutils import escape

from certificates.credentials import Credential
from certificates.labels import LEVEL_LABELS
from certificates.pdf.objects import (
    ObjectTable,
    array,
    dictionary,
    pdf_date,
    stream,
    text_string,
)

CREATOR = "操盘手认证"
PRODUCER = "ReportLab PDF Library"
DEMO_KEYWORDS = ("演示证书", "DEMONSTRATION")


class ArchiveProfile(Enum):
    """The part of ISO 19005 that a file declares: part, conformance level, PDF version."""

    A1B = (1, "B", (1, 4))
    A3B = (3, "B", (1, 7))

    @property
    def pdf_version(self) -> tuple[int, int]:
        """The version in the file's first line."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The same facts for the information dictionary and for XMP, which must agree."""

    title: str
    author: str
    subject: str
    keywords: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the structure tree, whose content is one marked sequence of the page.

    Attributes:
        tag: Structure type, such as `P` or `H1`.
        alt: Description of a figure.
    """

    tag: str
    alt: str | None = None


def metadata_of(credential: Credential, now: datetime) -> Metadata:
    """Return the facts that a file manager, a reader or a search engine shows."""
    level = LEVEL_LABELS[credential.level]
    keywords = [credential.number, level.zh, level.en]
    title = f"{credential.title} {credential.number}"
    if credential.is_demo:
        keywords = [*DEMO_KEYWORDS, *keywords]
        title = f"演示证书 DEMONSTRATION {title}"
    return Metadata(
        title=title,
        author=credential.issuer,
        subject=f"{credential.title_en}, {level.en}, {credential.number}",
        keywords=", ".join(keywords),
        created_at=now.astimezone(UTC).replace(microsecond=0),
    )


def info_dictionary(metadata: Metadata) -> dict[str, bytes]:
    """Return the entries of the information dictionary."""
    stamp = pdf_date(metadata.created_at)
    return {
        "Title": text_string(metadata.title),
        "Author": text_string(metadata.author),
        "Subject": text_string(metadata.subject),
        "Keywords": text_string(metadata.keywords),
        "Creator": text_string(CREATOR),
        "Producer": text_string(PRODUCER),
        "CreationDate": stamp,
        "ModDate": stamp,
    }


def xmp_stream(metadata: Metadata, profile: ArchiveProfile) -> bytes:
    """Return the XMP packet as an unpacked stream: archives read it without a PDF library."""
    part, conformance, _ = profile.value
    stamp = metadata.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    namespaces = " ".join(
        f'xmlns:{prefix}="{uri}"'
        for prefix, uri in (
            ("pdfaid", "http://www.aiim.org/pdfa/ns/id/"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("xmp", "http://ns.adobe.com/xap/1.0/"),
            ("pdf", "http://ns.adobe.com/pdf/1.3/"),
        )
    )
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" {namespaces}>
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>{conformance}</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(metadata.title)}</rdf:li></rdf:Alt>
</dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(metadata.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(metadata.subject)}</rdf:li></rdf:Alt>
</dc:description>
<xmp:CreatorTool>{escape(CREATOR)}</xmp:CreatorTool>
<xmp:CreateDate>{stamp}</xmp:CreateDate><xmp:ModifyDate>{stamp}</xmp:ModifyDate>
<pdf:Producer>{escape(PRODUCER)}</pdf:Producer>
<pdf:Keywords>{escape(metadata.keywords)}</pdf:Keywords>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()
    head = dictionary({"Type": b"/Metadata", "Subtype": b"/XML", "Length": b"%d" % len(packet)})
    return head + b"\nstream\n" + packet + b"\nendstream\n"


def add_output_intent(table: ObjectTable) -> bytes:
    """Add the colour profile and return the array of output intents."""
    profile = table.add(_srgb_stream())
    intent = {
        "Type": b"/OutputIntent",
        "S": b"/GTS_PDFA1",
        "OutputConditionIdentifier": b"(sRGB)",
        "Info": b"(sRGB IEC61966-2.1)",
        "DestOutputProfile": profile,
    }
    return array(dictionary(intent))


def add_structure(
    table: ObjectTable, page: bytes, elements: Sequence[Element], widget: bytes | None = None
) -> bytes:
    """Add the structure tree of one page; element `i` owns marked content `i`.

    Args:
        table: The file's objects.
        page: Reference to the page, whose entry in the parent tree is 0.
        elements: The elements in reading order.
        widget: Reference to the signature field, whose entry is 1; it is read last.
    """
    root, document = table.reserve(), table.reserve()
    added = [
        _add_element(table, document.text, page, index, element)
        for index, element in enumerate(elements)
    ]
    parents = [b"0", array(*added)]
    if widget is not None:
        added.append(_add_form(table, document.text, page, widget))
        parents += [b"1", added[-1]]
    kids = array(*added)
    document.fill(
        dictionary({"Type": b"/StructElem", "S": b"/Document", "P": root.text, "K": kids})
    )
    tree = table.add(dictionary({"Nums": array(*parents)}))
    root.fill(
        dictionary(
            {
                "Type": b"/StructTreeRoot",
                "K": array(document.text),
                "ParentTree": tree,
                "ParentTreeNextKey": b"%d" % (len(parents) // 2),
            }
        )
    )
    return root.text


def add_outline(table: ObjectTable, page: bytes, title: str) -> bytes:
    """Add an outline with one entry."""
    root, entry = table.reserve(), table.reserve()
    entry.fill(
        dictionary({"Title": text_string(title), "Parent": root.text, "Dest": array(page, b"/Fit")})
    )
    root.fill(
        dictionary({"Type": b"/Outlines", "Count": b"1", "First": entry.text, "Last": entry.text})
    )
    return root.text


def _add_element(
    table: ObjectTable, parent: bytes, page: bytes, index: int, element: Element
) -> bytes:
    alt = b"" if element.alt is None else b" /Alt " + text_string(element.alt)
    # Half of a file's objects are these: written as `dictionary` would, in one step.
    body = b"<< /Type /StructElem /S /%b /P %b /Pg %b /K %d%b >>"
    return table.add(body % (element.tag.encode(), parent, page, index, alt))


def _add_form(table: ObjectTable, parent: bytes, page: bytes, widget: bytes) -> bytes:
    entries = {
        "Type": b"/StructElem",
        "S": b"/Form",
        "P": parent,
        "Pg": page,
        "K": dictionary({"Type": b"/OBJR", "Obj": widget, "Pg": page}),
        "Alt": text_string("电子签名：点击查看签名人与是否被改动"),
    }
    return table.add(dictionary(entries))


@cache
def _srgb_stream() -> bytes:
    return stream(srgb_profile(), {"N": b"3"}, level=9)


def srgb_profile() -> bytes:
    """Return a small ICC version 2 profile of sRGB.

    PDF/A-1 refuses profiles of version 4, which is what imaging libraries carry today.

    Source:
        ICC.1:1998-09; primaries of IEC 61966-2-1 adapted to D50 by Bradford.
    """
    white = (0.9642, 1.0, 0.8249)
    curve = b"curv\0\0\0\0" + pack(">I", 256)
    curve += b"".join(pack(">H", round(_linear(step / 255) * 65535)) for step in range(256))
    name = b"sRGB\0"
    described = b"desc\0\0\0\0" + pack(">I", len(name)) + name + b"\0" * (4 + 4 + 2 + 1 + 67)
    tags = (
        (b"desc", described),
        (b"cprt", b"text\0\0\0\0public domain\0"),
        (b"wtpt", _xyz(*white)),
        (b"rXYZ", _xyz(0.43607, 0.22249, 0.01392)),
        (b"gXYZ", _xyz(0.38515, 0.71687, 0.09708)),
        (b"bXYZ", _xyz(0.14307, 0.06061, 0.71410)),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    )
    start = 128 + 4 + 12 * len(tags)
    body, directory = b"", b""
    places: dict[bytes, tuple[int, int]] = {}
    for signature, data in tags:
        if data not in places:
            places[data] = (start + len(body), len(data))
            body += data + b"\0" * (-len(data) % 4)
        directory += signature + pack(">II", *places[data])
    head = pack(">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _fixed(*white)
    return head.ljust(128, b"\0") + pack(">I", len(tags)) + directory + body


def _fixed(*values: float) -> bytes:
    return b"".join(pack(">i", round(value * 65536)) for value in values)


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
