"""Putting the page together: what holds for every holder is made once a process."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from certificates.credentials import Credential
from certificates.errors import CredentialError, TemplateError
from certificates.guilloche import numbers
from certificates.levels import Level
from certificates.pdf.archive import (
    ArchiveProfile,
    Element,
    add_outline,
    add_output_intent,
    add_structure,
    info_dictionary,
    metadata_of,
    xmp_stream,
)
from certificates.pdf.art import SEAL_SIDE, SEAL_X, SEAL_Y, page_art
from certificates.pdf.designs import (
    DESIGNS,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QR_INK,
    WHITE,
    Design,
    colour,
)
from certificates.pdf.faces import EmbeddedFont, Face, FaceSet, Style, open_faces
from certificates.pdf.objects import (
    ObjectTable,
    array,
    dictionary,
    packed_stream,
    stream,
    text_string,
)
from certificates.pdf.page import QR_FRAME, QR_SIDE, QR_X, QR_Y, Line, lines
from certificates.pdf.qr import qr_operators
from certificates.pdf.sealing import Seal, add_attachment, add_field, signed

TEMPLATES = frozenset({1, 2})
"""Versions of the page that can be drawn. The second is signed and carries the credential."""

_DIGITS = "0123456789 .·-"
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ'"
VARIABLE_CHARACTERS = {
    Style.REGULAR: f"{_DIGITS}{_CAPITALS}abcehilmnoprstuvy登记指纹合格线",
    Style.SEMIBOLD: f"{_DIGITS}{_CAPITALS}年月日理论实操分",
    Style.BOLD: "",
}
"""What numbers, dates, results and Latin names are made of, beside the fixed text.

A character that is not here is embedded for the one certificate that needs it.
"""

MAX_TEMPLATES = 32
"""Prepared pages kept; a deployment has one for each level, issuer and host."""

FALLBACK_STROKE = 0.022
"""Width of the line that thickens a fallback face in bold styles, as a share of the size."""


@dataclass(frozen=True, slots=True)
class TemplateKey:
    """What a prepared page depends on."""

    fonts_dir: Path
    level: Level
    title: str
    title_en: str
    issuer: str
    issuer_en: str
    host: str
    is_demo: bool
    version: int


class Template:
    """The page of one level: packed art, fonts of the fixed text, and that text's operators.

    Attributes:
        faces: All faces.
        fonts: The embedded font of each style, the same in every certificate of this page.
        tiles: Packed streams of the ornaments.
        art: Packed operators that place them, by layer.
    """

    def __init__(self, credential: Credential, host: str, faces: FaceSet) -> None:
        self.faces = faces
        self._widths: dict[Style, dict[str, float]] = {style: {} for style in Style}
        design = DESIGNS[credential.level]
        art = page_art(design, is_demo=credential.is_demo)
        self.tiles = {
            name: stream(
                tile.operators.encode("ascii"),
                _form(-tile.reach, -tile.reach, tile.reach, tile.reach),
                level=9,
            )
            for name, tile in art.tiles.items()
        }
        self.art = {
            "Ground": zlib.compress(art.ground.encode("ascii"), 9),
            "Fittings": zlib.compress(art.fittings.encode("ascii"), 9),
        }
        characters = dict(VARIABLE_CHARACTERS)
        for line in lines(credential, design, host, self.measure):
            if not line.varies:
                characters[line.style] += line.text
        self.fonts = {
            style: EmbeddedFont(faces.of_style(style), text, f"F{index}", level=9)
            for index, (style, text) in enumerate(characters.items())
        }
        self._fixed: dict[Line, str] = {}

    def measure(self, style: Style, text: str, size: float) -> float:
        """Return the width of a text in points, without tracking."""
        known = self._widths[style]
        for each in set(text) - known.keys():
            known[each] = self.faces.for_character(style, each).width(each)
        return sum(map(known.__getitem__, text)) * size / 1000

    def operators(self, line: Line, fonts: "HolderFonts") -> str:
        """Return the operators that draw a line; those of fixed lines are kept."""
        if line.varies:
            return _draw(line, fonts.runs(line))
        if line not in self._fixed:
            self._fixed[line] = _draw(line, [(self.fonts[line.style], line.text)])
        return self._fixed[line]


class HolderFonts:
    """The fonts of the lines that differ from holder to holder.

    A line is drawn with the template's font if that has all its characters. If not, the whole
    line is drawn with fonts made for this certificate, one for each face that it needs.
    """

    def __init__(self, template: Template, varying: Iterable[Line]) -> None:
        self._template = template
        needed: dict[Face, dict[str, None]] = {}
        for line in varying:
            if not template.fonts[line.style].has_all(line.text):
                for character in dict.fromkeys(line.text):
                    face = template.faces.for_character(line.style, character)
                    needed.setdefault(face, {})[character] = None
        self.added = {
            face: EmbeddedFont(face, characters, f"N{index}")
            for index, (face, characters) in enumerate(needed.items())
        }

    def runs(self, line: Line) -> list[tuple[EmbeddedFont, str]]:
        """Return a line's text cut where the font changes."""
        frozen = self._template.fonts[line.style]
        if frozen.has_all(line.text):
            return [(frozen, line.text)]
        faces = self._template.faces
        needed = {faces.for_character(line.style, each) for each in set(line.text)}
        if len(needed) == 1:
            return [(self.added[needed.pop()], line.text)]
        by_face = groupby(line.text, key=lambda each: faces.for_character(line.style, each))
        return [(self.added[face], "".join(run)) for face, run in by_face]


def render_certificate(
    credential: Credential,
    *,
    verify_url: str,
    fonts_dir: Path,
    now: datetime,
    profile: ArchiveProfile = ArchiveProfile.A3B,
    seal: Seal | None = None,
) -> bytes:
    """Draw the certificate of a credential: one A4 page of vectors.

    The same arguments give the same bytes in every process on every machine with the same faces,
    so a copy can be made again from the snapshot and compared by its hash: pass
    `credential.issued_at` as `now` for that.

    Args:
        credential: What is printed.
        verify_url: `https://HOST/v/<number>`; goes into the QR code, its host beside it.
        fonts_dir: The folder of faces that set-up cut.
        now: The moment written as the file's creation (aware).
        profile: The archival profile declared.
        seal: Signs the file and attaches the credential; None leaves it unsigned.

    Returns:
        The PDF file.

    Raises:
        FontsMissingError: If the folder lacks a face.
        MissingGlyphError: If no face has a character of the name.
        TemplateError: If the credential is of a page that this code cannot draw.
        CredentialError: If `verify_url` is not a web address or does not name the number, or a
            credential would be attached to PDF/A-1.
    """
    if seal is not None and seal.token is not None and profile is ArchiveProfile.A1B:
        raise CredentialError("PDF/A-1 allows no attachment")
    host = _host_of(verify_url, credential)
    if credential.template_version not in TEMPLATES:
        raise TemplateError(f"no page of version {credential.template_version}")
    template = _template(credential, host, fonts_dir)
    design = DESIGNS[credential.level]
    placed = list(lines(credential, design, host, template.measure))
    fonts = HolderFonts(template, (line for line in placed if line.varies))

    table = ObjectTable(profile.pdf_version, credential.number)
    catalog, page = table.reserve(), table.reserve()
    pages = table.add(dictionary({"Type": b"/Pages", "Kids": array(page.text), "Count": b"1"}))
    content, elements = _content(credential, verify_url, placed, template, fonts)
    embedded = (*template.fonts.values(), *fonts.added.values())
    resources = {
        "ProcSet": array(b"/PDF", b"/Text"),
        "Font": dictionary({font.resource: font.add_to(table) for font in embedded}),
        "XObject": dictionary(_add_art(table, template)),
    }
    page_entries = {
        "Type": b"/Page",
        "Parent": pages,
        "MediaBox": array(b"0", b"0", *numbers(PAGE_WIDTH, PAGE_HEIGHT).encode().split()),
        "Contents": table.add(stream(content.encode("ascii"), {})),
        "Resources": dictionary(resources),
        "StructParents": b"0",
        "Tabs": b"/S",
    }
    sealed_entries: dict[str, bytes] = {}
    widget = None
    if seal is not None:
        box = (SEAL_X, SEAL_Y, SEAL_X + SEAL_SIDE, SEAL_Y + SEAL_SIDE)
        field = add_field(
            table, seal.signer, page=page.text, box=box, name=credential.issuer, now=now
        )
        widget = field.widget
        page_entries["Annots"] = array(widget)
        sealed_entries.update(field.entries)
        if seal.token is not None:
            sealed_entries.update(add_attachment(table, seal.token, now))
    page.fill(dictionary(page_entries))
    metadata = metadata_of(credential, now)
    catalog.fill(
        dictionary(
            {
                "Type": b"/Catalog",
                "Pages": pages,
                "Lang": text_string("zh-CN"),
                "MarkInfo": dictionary({"Marked": b"true"}),
                "ViewerPreferences": dictionary({"DisplayDocTitle": b"true"}),
                "PageMode": b"/UseNone",
                "Metadata": table.add(xmp_stream(metadata, profile)),
                "OutputIntents": add_output_intent(table),
                "StructTreeRoot": add_structure(table, page.text, elements, widget),
                "Outlines": add_outline(table, page.text, metadata.title),
                **sealed_entries,
            }
        )
    )
    data = table.finish(catalog, info_dictionary(metadata))
    return data if seal is None else signed(data, seal.signer)


def missing_characters(text: str, fonts_dir: Path) -> tuple[str, ...]:
    """Return the characters of a name that cannot be printed, so that it is refused at entry.

    Args:
        text: The name.
        fonts_dir: The folder of faces.

    Raises:
        FontsMissingError: If the folder lacks a face.
    """
    return open_faces(fonts_dir).missing_characters(text)


def _host_of(verify_url: str, credential: Credential) -> str:
    parts = urlsplit(verify_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or not verify_url.isascii():
        raise CredentialError(f"verify_url {verify_url!r:.80} is not a web address")
    if credential.number not in parts.path:
        raise CredentialError(f"verify_url {verify_url!r:.80} is not of {credential.number}")
    return parts.netloc


def _template(credential: Credential, host: str, fonts_dir: Path) -> Template:
    key = TemplateKey(
        fonts_dir=fonts_dir,
        level=credential.level,
        title=credential.title,
        title_en=credential.title_en,
        issuer=credential.issuer,
        issuer_en=credential.issuer_en,
        host=host,
        is_demo=credential.is_demo,
        version=credential.template_version,
    )
    kept = _templates(fonts_dir)
    if key not in kept:
        if len(kept) >= MAX_TEMPLATES:
            kept.clear()
        kept[key] = Template(credential, host, open_faces(fonts_dir))
    return kept[key]


@lru_cache(maxsize=4)
def _templates(fonts_dir: Path) -> dict[TemplateKey, Template]:
    """Return the prepared pages of a folder of faces: a few levels, issuers and hosts."""
    del fonts_dir
    return {}


def _content(
    credential: Credential,
    verify_url: str,
    placed: Iterable[Line],
    template: Template,
    fonts: HolderFonts,
) -> tuple[str, list[Element]]:
    """Return the page's operators and the elements that its marked sequences belong to."""
    parts = ["/Artifact BMC /Ground Do EMC"]
    elements: list[Element] = []
    is_behind = True
    for line in placed:
        if is_behind and not line.is_behind:
            parts.append("/Artifact BMC /Fittings Do EMC")
            is_behind = False
        drawn = template.operators(line, fonts)
        if line.tag is None:
            parts.append(f"/Artifact BMC\n{drawn}\nEMC")
        else:
            parts.append(f"/{line.tag} <</MCID {len(elements)}>> BDC\n{drawn}\nEMC")
            elements.append(Element(line.tag))
    parts.append(
        f"/Figure <</MCID {len(elements)}>> BDC\n{_qr(verify_url, DESIGNS[credential.level])}\nEMC"
    )
    elements.append(Element("Figure", alt=f"二维码：扫码验证证书 {credential.number}"))
    return "\n".join(parts), elements


def _qr(verify_url: str, design: Design) -> str:
    side = QR_SIDE + 2 * QR_FRAME
    field = numbers(QR_X - QR_FRAME, QR_Y - QR_FRAME, side, side)
    code = qr_operators(verify_url, QR_X, QR_Y, QR_SIDE)
    rim = f"0.5 w {colour(design.accent, 'RG')}"
    return f"q {colour(WHITE)} {rim} {field} re B {colour(QR_INK)}\n{code} Q"


def _add_art(table: ObjectTable, template: Template) -> dict[str, bytes]:
    tiles = {name: table.add(tile) for name, tile in template.tiles.items()}
    entries = _form(0, 0, PAGE_WIDTH, PAGE_HEIGHT)
    entries["Resources"] = dictionary({"XObject": dictionary(tiles)})
    return {
        name: table.add(packed_stream(packed, entries)) for name, packed in template.art.items()
    }


def _form(left: float, bottom: float, right: float, top: float) -> dict[str, bytes]:
    box = numbers(left, bottom, right, top).encode().split()
    return {
        "Type": b"/XObject",
        "Subtype": b"/Form",
        "FormType": b"1",
        "BBox": array(*box),
        "Resources": dictionary({}),
    }


def _draw(line: Line, runs: list[tuple[EmbeddedFont, str]]) -> str:
    width = sum(font.width(text, line.size) for font, text in runs)
    width += line.tracking * (len(line.text) - 1)
    c, s = line.turn
    back = line.align.value * width
    parts = [
        f"BT {colour(line.colour)} {line.tracking:.2f} Tc",
        f"{c:.5g} {s:.5g} {-s:.5g} {c:.5g} {numbers(line.x - c * back, line.y - s * back)} Tm",
    ]
    for font, text in runs:
        select = f"/{font.resource} {line.size:.4g} Tf"
        if font.face.is_fallback and line.style is not Style.REGULAR:
            stroke = f"{colour(line.colour, 'RG')} {line.size * FALLBACK_STROKE:.2f} w 2 Tr"
            parts.append(f"{stroke} {select} {font.hex(text)} Tj 0 Tr")
        else:
            parts.append(f"{select} {font.hex(text)} Tj")
    return "\n".join((*parts, "ET"))
