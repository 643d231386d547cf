"""Errors of the package; each class says when it is raised."""

from collections.abc import Iterable
from pathlib import Path


class CertificateError(Exception):
    """Base of every error that this package raises."""


class CertificateNumberError(CertificateError):
    """A text is not a certificate number.

    Attributes:
        code: `too_long`, `characters` (something other than ASCII letters and digits is left),
            `shape` (not `CPS<level>-<yy>-<10>-<check>`) or `check_character`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"not a certificate number: {code}")
        self.code = code


class HolderNameError(CertificateError):
    """A text cannot be printed as a name.

    Attributes:
        code: `empty` (nothing visible is left) or `too_long`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"not a printable name: {code}")
        self.code = code


class CredentialError(CertificateError):
    """A credential's fields contradict one another, or a stored snapshot cannot be read."""


class ProgrammeError(CertificateError):
    """An argument does not belong to the programme, or a moment has no time zone."""


class ContentError(CertificateError):
    """A content file is unusable; the message names the file, the id and every bad field."""

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


class FontsMissingError(CertificateError):
    """The folder of fonts, or one of its faces, is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"font {path.name} is missing in {path.parent}: run `make setup`, "
            "or set CAOPAN_FONTS to the folder that has it"
        )
        self.path = path


class FontSourceError(CertificateError):
    """The npm packages that the faces are cut from are missing or of another version."""


class MissingGlyphError(CertificateError):
    """No font can draw a character; it is refused rather than printed as an empty box.

    Attributes:
        character: The character.
    """

    def __init__(self, character: str) -> None:
        super().__init__(f"no font has U+{ord(character):04X} {character}")
        self.character = character


class TemplateError(CertificateError):
    """A credential names a version of the printed page that this code cannot draw."""


class TokenError(CertificateError):
    """A text is not a signed token of the one form that is accepted.

    Attributes:
        code: `too_long`, `shape`, `base64`, `json`, `header`, `algorithm` or `claims` (not those
            of the credential or list that it should be).
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"not a usable token: {code}")
        self.code = code


class StatusListError(CertificateError):
    """A status list is too short, too long, not packed as it should be, or lacks the entry."""


class KeySetError(CertificateError):
    """A key, a certificate or a set of keys cannot be read, or is not of the kind needed."""


class UnusableFileError(CertificateError):
    """A file that was named is too long or is not what it should be."""


class DerError(CertificateError):
    """Bytes are not the DER that they should be."""


class StampError(CertificateError):
    """A time stamp could not be had, or is not to be believed.

    Attributes:
        code: Of the way to it `no_connection`, `timeout`, `http_status`, `content_type`; of the
            answer `rejected` (the authority says no), `unreadable`, `nonce`, `imprint` (it is over
            something else), `algorithm`, `certificate` (of nobody who may stamp, or not valid
            then), `signature`, `clock` (its time is far from ours), `untrusted` (leads to no root
            that is trusted), `too_large` (more than the room in the file).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"no usable time stamp: {code}{detail and f' ({detail})'}")
        self.code = code
