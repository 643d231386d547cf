"""Fonts: which face draws a character, and the subset of a face that a file embeds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from reportlab.pdfbase.ttfonts import TTFontFile

from certificates.errors import FontsMissingError, MissingGlyphError
from certificates.fonts import fallback_paths
from certificates.pdf.objects import COMPRESSION, ObjectTable, array, dictionary, stream

MAX_CODES = 256
"""A simple font has one byte for each character; code 0 is the missing glyph."""

CMAP_BLOCK = 100
"""Most entries that one block of a CMap may have."""

SYMBOLIC_FLAG, NONSYMBOLIC_FLAG = 1 << 2, 1 << 5


class Style(StrEnum):
    """The weights that the page is set in; the value is the stem of the file's name."""

    REGULAR = "NotoSerifSC-Regular"
    SEMIBOLD = "NotoSerifSC-SemiBold"
    BOLD = "NotoSerifSC-Bold"


WIDE_FILE_NAME = "NotoSerifSC-SemiBold-Wide.ttf"


class Face:
    """One font file, read once a process.

    Attributes:
        name: PostScript name.
        is_fallback: Of another design and a single light weight; bold styles thicken it.
    """

    def __init__(self, path: Path, *, is_fallback: bool = False) -> None:
        if not path.is_file():
            raise FontsMissingError(path)
        self._file: Any = TTFontFile(str(path))
        self.name = self._file.name.decode()
        self.is_fallback = is_fallback
        self._lock = Lock()
        self._metrics: bytes | None = None
        _keep_tables(self._file)
        _mend_repeated_advances(self._file)

    def __contains__(self, character: str) -> bool:
        return ord(character) in self._file.charToGlyph

    def width(self, character: str) -> float:
        """Return the advance width in thousandths of the size."""
        width: float = self._file.charWidths[ord(character)]
        return width

    def subset(self, characters: Iterable[str]) -> bytes:
        """Return a TrueType file; code `i` is the i-th character, code 0 the missing glyph."""
        with self._lock:  # ReportLab reads the font through a cursor
            data: bytes = self._file.makeSubset([0, *map(ord, characters)])
        return data

    def descriptor(self, font_name: str, font_file: bytes) -> bytes:
        """Return the font descriptor; `font_file` is the reference to the embedded file."""
        if self._metrics is None:
            self._metrics = self._measured()
        named = b"<< /Type /FontDescriptor /FontName /%b %b /FontFile2 %b >>"
        return named % (font_name.encode(), self._metrics, font_file)

    def _measured(self) -> bytes:
        """Return the entries of a descriptor that are the same for every subset."""
        file = self._file
        flags = (file.flags & ~NONSYMBOLIC_FLAG) | SYMBOLIC_FLAG
        entries = {
            "Flags": b"%d" % flags,
            "FontBBox": array(*(b"%d" % round(edge) for edge in file.bbox)),
            "ItalicAngle": b"%d" % round(file.italicAngle),
            "Ascent": b"%d" % round(file.ascent),
            "Descent": b"%d" % round(file.descent),
            "CapHeight": b"%d" % round(file.capHeight),
            "StemV": b"%d" % round(file.stemV),
            "MissingWidth": b"%d" % round(file.defaultWidth),
        }
        return dictionary(entries).removeprefix(b"<< ").removesuffix(b" >>")

    def widths(self, characters: Iterable[str]) -> bytes:
        """Return the array of advance widths for the codes of `subset`."""
        widths = [self._file.defaultWidth, *map(self.width, characters)]
        return array(*(f"{width:.3f}".rstrip("0").rstrip(".").encode() for width in widths))


def _keep_tables(file: Any) -> None:
    # ReportLab copies the whole glyph table, up to 11 MB, each time that a subset is made.
    file.get_table = cache(file.get_table)


def _mend_repeated_advances(file: Any) -> None:
    # A font may leave out advance widths that repeat the last one. ReportLab 5.1 fills them in
    # already scaled to 1000 units an em, so that in a font of 1024 or 2048 units the metrics of a
    # subset disagree with /Widths, and PDF/A checkers refuse the file.
    given = int.from_bytes(file.get_table("hhea")[34:36], "big")
    last_advance = file.hmetrics[given - 1][0]
    file.hmetrics[given:] = [(last_advance, bearing) for _, bearing in file.hmetrics[given:]]


class FaceSet:
    """The faces in one folder, each read when it is first needed."""

    def __init__(self, fonts_dir: Path) -> None:
        self._fonts_dir = fonts_dir
        self._opened: dict[Path, Face] = {}
        self._chosen: dict[tuple[Style, str], Face] = {}

    def of_style(self, style: Style) -> Face:
        """Return the small face of a style.

        Raises:
            FontsMissingError: If the folder does not have it.
        """
        return self._open(self._fonts_dir / f"{style}.ttf")

    def for_character(self, style: Style, character: str) -> Face:
        """Return the first face that has the character: the style's, the wide one, a fallback.

        Raises:
            MissingGlyphError: If none has it.
            FontsMissingError: If a face of the set is missing.
        """
        key = (style, character)
        if key not in self._chosen:
            self._chosen[key] = self._first_with(style, character)
        return self._chosen[key]

    def missing_characters(self, text: str) -> tuple[str, ...]:
        """Return the characters that no face has, each once, in order."""
        missing = []
        for character in dict.fromkeys(text):
            try:
                self.for_character(Style.SEMIBOLD, character)
            except MissingGlyphError:
                missing.append(character)
        return tuple(missing)

    def _first_with(self, style: Style, character: str) -> Face:
        for face in self._chain(style):
            if character in face:
                return face
        raise MissingGlyphError(character)

    def _chain(self, style: Style) -> Iterator[Face]:
        yield self.of_style(style)
        yield self._open(self._fonts_dir / WIDE_FILE_NAME)
        for path in fallback_paths(self._fonts_dir):
            yield self._open(path, is_fallback=True)

    def _open(self, path: Path, *, is_fallback: bool = False) -> Face:
        if path not in self._opened:
            self._opened[path] = Face(path, is_fallback=is_fallback)
        return self._opened[path]


@lru_cache(maxsize=4)
def open_faces(fonts_dir: Path) -> FaceSet:
    """Return the faces of a folder, kept for the life of the process."""
    return FaceSet(fonts_dir)


@dataclass(frozen=True, slots=True)
class _FontParts:
    """The four objects of an embedded font, all but the references between them."""

    file: bytes
    to_unicode: bytes
    widths: bytes
    name: str


class EmbeddedFont:
    """A simple TrueType font with the characters that a page needs of one face.

    Attributes:
        face: The face.
        resource: The name that content streams select it by.
        encoded: The byte of each character.
    """

    def __init__(
        self, face: Face, characters: Iterable[str], resource: str, *, level: int = COMPRESSION
    ) -> None:
        ordered = tuple(dict.fromkeys(characters))
        if len(ordered) >= MAX_CODES:
            raise ValueError(f"{len(ordered)} characters do not fit into one simple font")
        self.face = face
        self.resource = resource
        self.encoded = {character: code for code, character in enumerate(ordered, start=1)}
        self._widths = {character: face.width(character) for character in ordered}
        subset = face.subset(ordered)
        # The tag of a subset must differ from that of another subset of the same face.
        digest = sha256(repr((face.name, ordered)).encode()).digest()
        tag = "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
        self._parts = _FontParts(
            file=stream(subset, {"Length1": b"%d" % len(subset)}, level=level),
            to_unicode=stream(to_unicode_map(ordered), {}, level=level),
            widths=face.widths(ordered),
            name=f"{tag}+{face.name}",
        )

    def has_all(self, text: str) -> bool:
        """Say whether the font can draw all of `text`."""
        return self.encoded.keys() >= set(text)

    def width(self, text: str, size: float) -> float:
        """Return the width of `text` in points, without tracking."""
        return sum(map(self._widths.__getitem__, text)) * size / 1000

    def hex(self, text: str) -> str:
        """Return the operand that shows `text`."""
        return f"<{bytes(map(self.encoded.__getitem__, text)).hex()}>"

    def add_to(self, table: ObjectTable) -> bytes:
        """Add the font's objects and return the reference to the font."""
        parts = self._parts
        font_file = table.add(parts.file)
        return table.add(
            dictionary(
                {
                    "Type": b"/Font",
                    "Subtype": b"/TrueType",
                    "BaseFont": b"/" + parts.name.encode(),
                    "FirstChar": b"0",
                    "LastChar": b"%d" % len(self.encoded),
                    "Widths": parts.widths,
                    "FontDescriptor": table.add(self.face.descriptor(parts.name, font_file)),
                    "ToUnicode": table.add(parts.to_unicode),
                }
            )
        )


def to_unicode_map(characters: Iterable[str]) -> bytes:
    """Return the CMap from codes 1, 2, ... to characters, so that a copied name is the name.

    ReportLab 5.1 writes code points beyond the BMP with five hexadecimal digits, which is not
    UTF-16: 𠮷 would be copied as ₻. It also puts more than 100 entries into a block.
    """
    rows = [
        f"<{code:02X}> <{character.encode('utf-16-be').hex().upper()}>"
        for code, character in enumerate(characters, start=1)
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for start in range(0, len(rows), CMAP_BLOCK):
        block = rows[start : start + CMAP_BLOCK]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
