"""The certificate's file: drawn on demand from the snapshot, the same bytes every time.

The first drawing seals it: the credential is signed and attached, the file is signed, and what
cannot be drawn again (the two signatures) is registered with the file's SHA-256.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification import acts, queries
from app.certification.keys import SigningKeys
from app.certification.models import CredentialRecord, PdfFingerprint
from app.core.audit.services import record_act
from app.core.errors import ConflictError, StorageUnavailableError
from certificates.badges import StatusPlace, badge_claims
from certificates.cms import FileSigner, StampingSigner
from certificates.credentials import Credential
from certificates.errors import FontsMissingError
from certificates.jose import sign
from certificates.names import disguised_characters
from certificates.pdf import Seal, missing_characters, render_certificate
from certificates.stamps import TimeStamp

logger = logging.getLogger(__name__)

SEALED_SINCE = 2
"""Version of the printed page from which on files are signed and carry the credential."""

MAX_FILE_BYTES = 5 * 1024 * 1024
"""Largest file that is compared; a certificate is below 100 kB."""


class PdfChangedError(ConflictError):
    """Raised when a rendering differs from the file that was registered."""

    code = "pdf_changed"


class FontsUnavailableError(StorageUnavailableError):
    """Raised when the certificate's fonts are not where the set-up puts them."""

    code = "fonts_missing"


@dataclass(frozen=True)
class Printout:
    """What a file is drawn from; holds no database object, so that drawing needs no transaction.

    Attributes:
        credential: The snapshot.
        base_url: The public address, as it was at the issue.
        place: Its place in the status lists; None in what was issued before there were any.
        download_name: Name that the file is saved under.
    """

    credential: Credential
    base_url: str
    place: StatusPlace | None
    download_name: str

    @property
    def verify_url(self) -> str:
        """The address in its QR code."""
        return f"{self.base_url}/v/{self.credential.number}"

    @property
    def is_sealed(self) -> bool:
        """Whether its file is signed."""
        return self.credential.template_version >= SEALED_SINCE and self.place is not None


@dataclass(frozen=True)
class Imprint:
    """The signatures of one file: what cannot be drawn again from the snapshot.

    Attributes:
        cms: The file's signature.
        token: The credential as a signed JWT.
        file_kid, credential_kid: The keys that made them.
    """

    cms: bytes
    token: str
    file_kid: str
    credential_kid: str


@dataclass(frozen=True)
class DrawnFile:
    """A certificate's file and, if it is signed, its signatures.

    Attributes:
        data: The file.
        imprint: Its signatures; None if it is not signed.
        stamp: The time stamp, if one was given just now.
        unstamped: Why it has none though the deployment wants one: a code of `StampError`.
    """

    data: bytes
    imprint: Imprint | None
    stamp: TimeStamp | None = None
    unstamped: str | None = None

    @property
    def sha256(self) -> str:
        """Of the file, 64 hexadecimal digits."""
        return sha256_of(self.data)


class _Replay:
    """Puts a stored signature where it was; the file's SHA-256 tells whether it fits."""

    def __init__(self, cms: bytes) -> None:
        self._cms = cms
        self.size = len(cms)

    def cms(self, digest: bytes) -> bytes:
        del digest
        return self._cms


class _Recorder:
    """Signs, and keeps the signature that it made."""

    def __init__(self, signer: FileSigner | StampingSigner) -> None:
        self._signer = signer
        self.size = signer.size
        self.made = b""

    def cms(self, digest: bytes) -> bytes:
        self.made = self._signer.cms(digest)
        return self.made


def printout_of(record: CredentialRecord) -> Printout:
    """Return what a credential's file is drawn from.

    Raises:
        RecordDamagedError: If the stored snapshot cannot be read any more.
    """
    credential = acts.snapshot_of(record)
    place = None
    if record.status_list is not None and record.status_index is not None:
        place = StatusPlace(record.status_list, record.status_index)
    return Printout(
        credential=credential,
        base_url=record.verify_base_url,
        place=place,
        download_name=f"{credential.title}-{credential.holder_name}-{record.number}.pdf",
    )


def imprint_of(known: PdfFingerprint) -> Imprint | None:
    """Return the signatures of a registered file; None if it was never signed."""
    if known.cms is None or known.token is None:
        return None
    return Imprint(known.cms, known.token, known.file_kid or "", known.credential_kid or "")


def draw(printout: Printout, fonts_dir: Path, imprint: Imprint | None = None) -> DrawnFile:
    """Draw the file again; takes milliseconds of CPU, so never inside a transaction.

    Args:
        printout: What it is drawn from.
        fonts_dir: The folder of faces.
        imprint: Its signatures, as they were registered; None draws it unsigned.

    Raises:
        FontsUnavailableError: If the folder of fonts lacks a face.
    """
    seal = None if imprint is None else Seal(_Replay(imprint.cms), imprint.token)
    return DrawnFile(_render(printout, fonts_dir, seal), imprint)


def draw_first(
    printout: Printout,
    fonts_dir: Path,
    keys: SigningKeys,
    stamp: Callable[[bytes], TimeStamp] | None = None,
) -> DrawnFile:
    """Draw the file for the first time and sign it; never inside a transaction.

    Args:
        printout: What it is drawn from.
        fonts_dir: The folder of faces.
        keys: The keys in service.
        stamp: Asks for a time stamp over a value; None makes the signature without one.

    Raises:
        FontsUnavailableError: If the folder of fonts lacks a face.
        StampError: If there is no time stamp to be had.
    """
    if printout.place is None or not printout.is_sealed:
        return draw(printout, fonts_dir)
    claims = badge_claims(printout.credential, printout.place, printout.base_url)
    token = sign(claims, keys.credential, keys.credential_kid)
    given: list[TimeStamp] = []

    def token_over(value: bytes) -> bytes:
        assert stamp is not None, "asked for only with one"
        given.append(stamp(value))
        return given[-1].token

    recorder = _Recorder(keys.file if stamp is None else StampingSigner(keys.file, token_over))
    data = _render(printout, fonts_dir, Seal(recorder, token))
    imprint = Imprint(recorder.made, token, keys.file_kid, keys.credential_kid)
    return DrawnFile(data, imprint, given[-1] if given else None)


def _render(printout: Printout, fonts_dir: Path, seal: Seal | None) -> bytes:
    try:
        return render_certificate(
            printout.credential,
            verify_url=printout.verify_url,
            fonts_dir=fonts_dir,
            now=printout.credential.issued_at,
            seal=seal,
        )
    except FontsMissingError as error:
        raise FontsUnavailableError(str(error)) from error


def unprintable_characters(text: str, fonts_dir: Path) -> tuple[str, ...]:
    """Return the characters of a name that no certificate prints.

    Either they pass for other ones, or no font of the certificate has them.

    Raises:
        FontsUnavailableError: If the folder of fonts lacks a face.
    """
    try:
        return disguised_characters(text) or missing_characters(text, fonts_dir)
    except FontsMissingError as error:
        raise FontsUnavailableError(str(error)) from error


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def register_file(
    db_session: Session, record: CredentialRecord, drawn: DrawnFile, *, now: datetime
) -> PdfFingerprint:
    """Register the file of the first drawing, or return the one that was registered before.

    Of two first drawings at once one is registered; the other's caller draws that one again.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential.
        drawn: Its file.
        now: The moment (aware).
    """
    known = queries.fingerprint_or_none(db_session, record.id)
    if known is not None:
        return known
    imprint = drawn.imprint
    fresh = PdfFingerprint(
        credential_id=record.id,
        sha256=drawn.sha256,
        byte_count=len(drawn.data),
        rendered_at=now,
        cms=None if imprint is None else imprint.cms,
        token=None if imprint is None else imprint.token,
        file_kid=None if imprint is None else imprint.file_kid,
        credential_kid=None if imprint is None else imprint.credential_kid,
    )
    try:
        with db_session.begin_nested():
            db_session.add(fresh)
    except IntegrityError:  # another drawing was first
        known = queries.fingerprint_or_none(db_session, record.id)
        if known is None:
            raise
        return known
    details = {"sha256": fresh.sha256, "bytes": fresh.byte_count}
    if imprint is not None:
        details |= {"file_kid": imprint.file_kid, "credential_kid": imprint.credential_kid}
    if drawn.stamp is not None:
        at = drawn.stamp.at.isoformat(timespec="seconds")
        details |= {"stamped_at": at, "stamped_by": drawn.stamp.authority}
    if drawn.unstamped is not None:
        details |= {"unstamped": drawn.unstamped}
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action="credential.file_registered",
        actor="system:certification",
        now=now,
        details=details,
    )
    return fresh


def check_file(number: str, registered: str, drawn: str) -> None:
    """Refuse a drawing that is not the registered file: somebody must look before it is given out.

    Args:
        number: The certificate number, for the log.
        registered: SHA-256 of the registered file.
        drawn: SHA-256 of the one just drawn.

    Raises:
        PdfChangedError: If they differ.
    """
    if registered != drawn:
        logger.error("certificate %s draws as %s, not %s", number, drawn, registered)
        raise PdfChangedError(f"certificate {number}: drawing differs")
