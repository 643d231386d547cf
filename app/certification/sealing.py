"""From a credential to its file: look up what is registered, or draw, sign and register it.

Drawing and signing take milliseconds of CPU and happen between two short transactions. A process
that dies in between leaves nothing half done: whoever comes next begins again.

Where the operator named a time-stamping authority, the signature gets its time stamp before the
file is registered, for a file never changes afterwards. An authority that is away holds up files
and never credentials: these are issued and can be verified meanwhile. A file waits for an hour
after the issue; then it is signed without a time stamp, and the audit log says why.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import files, queries, time_stamps
from app.certification.acts import RecordDamagedError
from app.certification.files import DrawnFile, FontsUnavailableError, Printout
from app.certification.keys import KeysMissingError, signing_keys
from app.certification.models import CredentialRecord, PdfFingerprint
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction
from certificates.errors import StampError

logger = logging.getLogger(__name__)

SEALED_AT_ONCE = 200
"""Files that one run of the job seals; some 2 seconds of CPU."""


def file_of(
    record: CredentialRecord, *, settings: Settings, field_keys: FieldKeys, now: datetime
) -> tuple[Printout, DrawnFile]:
    """Return a credential's file, sealed and registered if it was not yet.

    Opens transactions of its own, so it is called outside of one.

    Args:
        record: The credential, loaded.
        settings: Of this deployment.
        field_keys: Open the signing keys.
        now: The moment (aware).

    Raises:
        PdfChangedError: If it draws otherwise than what was registered.
        KeysMissingError: If it is to be signed and there is no key.
        FontsUnavailableError: If the folder of fonts lacks a face.
        TimeStampAwaitedError: If it waits for its time stamp.
    """
    printout, credential_id, number = files.printout_of(record), record.id, record.number
    known = queries.fingerprint_or_none(db.session(), credential_id)
    if known is None:
        drawn = _draw_first(printout, settings, field_keys, now)
        with transaction() as db_session:
            held = queries.credential(db_session, number)
            known = files.register_file(db_session, held, drawn, now=now)
            if known.sha256 == drawn.sha256:
                return printout, drawn
            imprint, sha256 = files.imprint_of(known), known.sha256
    else:
        imprint, sha256 = files.imprint_of(known), known.sha256
    db.session().rollback()  # drawing holds no connection
    drawn = files.draw(printout, settings.fonts_dir, imprint)
    files.check_file(number, sha256, drawn.sha256)
    return printout, drawn


def _draw_first(
    printout: Printout, settings: Settings, field_keys: FieldKeys, now: datetime
) -> DrawnFile:
    if not printout.is_sealed:
        db.session().rollback()
        return files.draw(printout, settings.fonts_dir)
    keys = signing_keys(db.session(), field_keys)
    db.session().rollback()
    authority = time_stamps.authority_of(settings)
    if authority is None:
        return files.draw_first(printout, settings.fonts_dir, keys)
    try:
        authority.check_not_away()  # before the file is drawn in vain
        return files.draw_first(printout, settings.fonts_dir, keys, authority.stamp)
    except StampError as error:
        number = printout.credential.number
        if time_stamps.waits(printout.credential.issued_at, now):
            raise time_stamps.TimeStampAwaitedError(f"{number}: {error}") from error
        logger.error("certificate %s is signed without a time stamp: %s", number, error)  # noqa: TRY400 - an operator needs the reason, not the way to it
        drawn = files.draw_first(printout, settings.fonts_dir, keys)
        return replace(drawn, unstamped=error.code)


def seal_waiting(
    settings: Settings, field_keys: FieldKeys, *, now: datetime, at_most: int = SEALED_AT_ONCE
) -> int:
    """Seal credentials that have no file yet, oldest first; return how many were sealed.

    Each is a transaction of its own, so a run that is stopped has lost nothing, and the next one
    goes on where it ended.

    Args:
        settings: Of this deployment.
        field_keys: Open the signing keys.
        now: The moment (aware).
        at_most: Most files of this run.
    """
    sealed = 0
    for number in waiting_numbers(db.session(), at_most):
        record = queries.credential(db.session(), number)
        try:
            file_of(record, settings=settings, field_keys=field_keys, now=now)
        except (KeysMissingError, FontsUnavailableError) as error:
            logger.warning("certificates wait to be signed: %s", error)
            break
        except time_stamps.TimeStampAwaitedError:  # an older one need not wait any more
            continue
        except RecordDamagedError:  # logged where it was found; the others need not wait for it
            continue
        sealed += 1
    db.session().rollback()
    return sealed


def waiting_numbers(db_session: Session, at_most: int) -> list[str]:
    """Return the numbers of credentials without a file, oldest first."""
    query = (
        select(CredentialRecord.number)
        .outerjoin(PdfFingerprint, PdfFingerprint.credential_id == CredentialRecord.id)
        .where(PdfFingerprint.id.is_(None))
        .order_by(CredentialRecord.id)
        .limit(at_most)
    )
    return list(db_session.scalars(query))
