"""The faces of the certificate: where they are, and how set-up cuts them from the npm packages.

Noto Serif SC and Noto Sans SC (SIL OFL 1.1) have about 31,000 characters and 15 MB a weight. Four
small faces hold what nearly every name and every printed line needs: all of GB 2312, the
ideographs beyond the Basic Multilingual Plane that the font has (nearly all of them are standard
characters, 通用规范汉字), Latin letters and punctuation. They are read in a third of the time. A
fifth face, in the weight that names are printed in, holds every other character of the font and is
read when the first name needs it, so that no table of characters has to be kept up to date here
and nothing that the font can draw is lost.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from certificates.errors import FontSourceError

FONTS_VARIABLE = "CAOPAN_FONTS"
"""Environment variable that names the folder of faces."""

DEFAULT_FONTS_DIR = Path(__file__).parents[1] / "var" / "fonts"
"""Where set-up puts them in a checkout."""

CUT_VERSION = 1
"""Raised when the faces are cut differently, so that set-up cuts them again."""

MANIFEST_NAME = "fonts.json"

SYSTEM_FALLBACK_DIRS = (Path("/usr/share/fonts/truetype/hanazono"),)
"""Where Debian's fonts-hanazono puts the optional faces for the rarest characters."""


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package of a typeface.

    Attributes:
        name: Name of the package, which is also its path in `node_modules`.
        version: The version that the faces were checked with.
        licence: Name under which its licence is kept beside the faces.
    """

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class Face:
    """One file that is cut.

    Attributes:
        file_name: Name in the folder of faces.
        package: Where it comes from.
        source: The file within the package.
        is_wide: Whether it holds the characters that the small faces leave out.
    """

    file_name: str
    package: Package
    source: str
    is_wide: bool = False


SERIF = Package("@expo-google-fonts/noto-serif-sc", "0.4.3", "OFL-NotoSerifSC.txt")
SANS = Package("@expo-google-fonts/noto-sans-sc", "0.4.3", "OFL-NotoSansSC.txt")

_SEMIBOLD = "600SemiBold/NotoSerifSC_600SemiBold.ttf"
FACES = (
    Face("NotoSerifSC-Regular.ttf", SERIF, "400Regular/NotoSerifSC_400Regular.ttf"),
    Face("NotoSerifSC-SemiBold.ttf", SERIF, _SEMIBOLD),
    Face("NotoSerifSC-Bold.ttf", SERIF, "700Bold/NotoSerifSC_700Bold.ttf"),
    Face("NotoSerifSC-SemiBold-Wide.ttf", SERIF, _SEMIBOLD, is_wide=True),
    Face("NotoSansSC-Regular.ttf", SANS, "400Regular/NotoSansSC_400Regular.ttf"),
)

FALLBACK_FILE_NAMES = ("HanaMinA.ttf", "HanaMinB.ttf")
"""Optional faces for characters that Noto does not have, such as 𠮷; tried in this order."""

Progress = Callable[[int, int, str], None]
"""Told how many faces are done, of how many, and the name of the next one."""


@dataclass(frozen=True, slots=True)
class CutReport:
    """What `cut_fonts` did."""

    cut: tuple[str, ...]
    kept: tuple[str, ...]


def fonts_dir_from(environ: Mapping[str, str]) -> Path:
    """Return the folder of faces that the environment names, or the checkout's own."""
    named = environ.get(FONTS_VARIABLE, "").strip()
    return Path(named) if named else DEFAULT_FONTS_DIR


def fallback_paths(fonts_dir: Path) -> Iterator[Path]:
    """Yield the optional faces that exist, in the folder of faces or in the system's."""
    for file_name in FALLBACK_FILE_NAMES:
        for directory in (fonts_dir, *SYSTEM_FALLBACK_DIRS):
            if (directory / file_name).is_file():
                yield directory / file_name
                break


def cut_fonts(source: Path, dest: Path, *, progress: Progress = lambda *_: None) -> CutReport:
    """Cut the faces and copy their licences.

    A face that an earlier run left complete is kept, and the packages may then be gone. Each file
    appears whole under its name or not at all, so that a run that was killed, or a second one
    beside it, does no harm.

    Args:
        source: The `node_modules` folder with both packages.
        dest: The folder of faces; made if it is missing.
        progress: Called before each face and once at the end.

    Raises:
        FontSourceError: If a package that is needed is missing or of another version.
    """
    dest.mkdir(parents=True, exist_ok=True)
    entries = _manifest(dest)
    stale = [face for face in FACES if not _is_current(dest, face, entries)]
    for package in dict.fromkeys(face.package for face in stale):
        _check_package(source, package)
        licence = (source / package.name / "LICENSE_FONT").read_bytes()
        _write(dest / package.licence, licence)
    for done, face in enumerate(stale):
        progress(done, len(stale), face.file_name)
        data = _cut(source / face.package.name / face.source, is_wide=face.is_wide)
        _write(dest / face.file_name, data)
        entries[face.file_name] = _entry(face, data)
        _write(dest / MANIFEST_NAME, json.dumps(entries, indent=1, sort_keys=True).encode())
    progress(len(stale), len(stale), "")
    cut = tuple(face.file_name for face in stale)
    kept = tuple(face.file_name for face in FACES if face not in stale)
    return CutReport(cut, kept)


def small_face_characters(available: Set[int]) -> frozenset[int]:
    """Return the code points of a small face, of those that the font has."""
    return frozenset(
        code_point
        for code_point in available
        if code_point in _gb2312()
        or code_point >= 0x20000  # ideographs of the supplementary planes
        or any(code_point in block for block in _LATIN_AND_PUNCTUATION)
    )


_LATIN_AND_PUNCTUATION = (
    range(0x20, 0x7F),
    range(0xA0, 0x250),  # Latin-1, Latin Extended-A and -B
    range(0x1E00, 0x1F00),  # Latin Extended Additional
    range(0x2000, 0x2070),  # general punctuation
    range(0x3000, 0x3040),  # CJK punctuation, 〇
    range(0xFF00, 0xFFF0),  # full width
)


@cache
def _gb2312() -> frozenset[int]:
    cells = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    decoded = (cell.decode("gb2312", errors="ignore") for cell in cells)
    return frozenset(ord(character) for character in decoded if character)


def _check_package(source: Path, package: Package) -> None:
    path = source / package.name / "package.json"
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError) as error:
        raise FontSourceError(f"{path}: no package {package.name}@{package.version}") from error
    if version != package.version:
        raise FontSourceError(f"{path}: version {version}, but {package.version} is expected")


def _cut(path: Path, *, is_wide: bool) -> bytes:
    # Only set-up cuts fonts; everything else in this package works without fontTools.
    from fontTools import subset

    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx", "gasp"]
    options.notdef_outline = True
    options.recalc_timestamp = False  # the same source gives the same bytes on every machine
    try:
        font = subset.load_font(str(path), options)
    except OSError as error:
        raise FontSourceError(f"{path}: not readable") from error
    with font, tempfile.TemporaryFile() as file:
        available = frozenset(font.getBestCmap())
        small = small_face_characters(available)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=available - small if is_wide else small)
        subsetter.subset(font)
        font.save(file)
        file.seek(0)
        return file.read()


def _manifest(dest: Path) -> dict[str, dict[str, str]]:
    try:
        entries = json.loads((dest / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _entry(face: Face, data: bytes) -> dict[str, str]:
    return {
        "cut": str(CUT_VERSION),
        "package": f"{face.package.name}@{face.package.version}",
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _is_current(dest: Path, face: Face, entries: Mapping[str, Mapping[str, str]]) -> bool:
    try:
        data = (dest / face.file_name).read_bytes()
    except OSError:
        return False
    return entries.get(face.file_name) == _entry(face, data)


def _write(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
