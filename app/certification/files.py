"""The certificate's file: drawn on demand from the snapshot, the same bytes every time."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.certification import acts, queries
from app.certification.models import CredentialRecord, PdfFingerprint
from app.core.audit.services import record_act
from app.core.errors import ConflictError, StorageUnavailableError
from certificates.credentials import Credential
from certificates.errors import FontsMissingError
from certificates.pdf import missing_characters, render_certificate

logger = logging.getLogger(__name__)

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
        verify_url: The address in its QR code, as it was at the issue.
        download_name: Name that the file is saved under.
    """

    credential: Credential
    verify_url: str
    download_name: str


def printout_of(record: CredentialRecord) -> Printout:
    """Return what a credential's file is drawn from.

    Raises:
        RecordDamagedError: If the stored snapshot cannot be read any more.
    """
    credential = acts.snapshot_of(record)
    return Printout(
        credential=credential,
        verify_url=f"{record.verify_base_url}/v/{record.number}",
        download_name=f"{credential.title}-{credential.holder_name}-{record.number}.pdf",
    )


def draw(printout: Printout, fonts_dir: Path) -> bytes:
    """Draw the file; takes tens of milliseconds of CPU, so never inside a transaction.

    Raises:
        FontsUnavailableError: If the folder of fonts lacks a face.
    """
    try:
        return render_certificate(
            printout.credential,
            verify_url=printout.verify_url,
            fonts_dir=fonts_dir,
            now=printout.credential.issued_at,
        )
    except FontsMissingError as error:
        raise FontsUnavailableError(str(error)) from error


def unprintable_characters(text: str, fonts_dir: Path) -> tuple[str, ...]:
    """Return the characters of a name that no font of the certificate has.

    Raises:
        FontsUnavailableError: If the folder of fonts lacks a face.
    """
    try:
        return missing_characters(text, fonts_dir)
    except FontsMissingError as error:
        raise FontsUnavailableError(str(error)) from error


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def register_file(
    db_session: Session, record: CredentialRecord, *, sha256: str, byte_count: int, now: datetime
) -> PdfFingerprint:
    """Register the file of the first rendering; hold later ones against it.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential.
        sha256: Of the rendered file, 64 hexadecimal digits.
        byte_count: Its length.
        now: The moment (aware).

    Raises:
        PdfChangedError: If another file was registered: somebody must look before it is given out.
    """
    known = queries.fingerprint_or_none(db_session, record.id)
    if known is not None:
        check_file(known, sha256)
        return known
    fresh = PdfFingerprint(
        credential_id=record.id, sha256=sha256, byte_count=byte_count, rendered_at=now
    )
    try:
        with db_session.begin_nested():
            db_session.add(fresh)
    except IntegrityError:  # another download was first
        known = queries.fingerprint_or_none(db_session, record.id)
        if known is None:
            raise
        check_file(known, sha256)
        return known
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action="credential.file_registered",
        actor="system:certification",
        now=now,
        details={"sha256": sha256, "bytes": byte_count},
    )
    return fresh


def check_file(known: PdfFingerprint, sha256: str) -> None:
    """Refuse a rendering that is not the registered file.

    Raises:
        PdfChangedError: If it differs.
    """
    if known.sha256 != sha256:
        logger.error(
            "credential %d renders as %s, not %s", known.credential_id, sha256, known.sha256
        )
        raise PdfChangedError(f"credential {known.credential_id}: rendering differs")
