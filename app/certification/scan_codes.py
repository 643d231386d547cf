"""The codes that holders show: address and signed token in one QR code, and the keys for it.

A token is made when its holder asks for the code; nothing of it is kept. What is kept is the key,
sealed as the other keys of the issuer are.
"""

from __future__ import annotations

import base64
import logging
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import acts
from app.certification.models import CredentialRecord, ScanSigningKey
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import NotFoundError, StorageUnavailableError
from certificates.scan_keys import ScanKey, scan_thumbprint
from certificates.scan_tokens import make_token
from certificates.validity import issue_day

logger = logging.getLogger(__name__)

SCAN_KEY_LIFE = timedelta(days=460)
"""A new one comes every year; the rest is overlap."""

_OPENED: dict[str, Ed25519PrivateKey] = {}
"""Private keys that this process has opened, by kid."""


class ScanKeyMissingError(StorageUnavailableError):
    """Raised when a code is to be made and `flask keys init` was not run."""

    code = "keys_missing"


def has_scan_key(db_session: Session) -> bool:
    """Say whether a key for codes is in service."""
    return _serving_or_none(db_session) is not None


def add_scan_key(
    db_session: Session, *, field_keys: FieldKeys, actor: str, now: datetime
) -> ScanSigningKey:
    """Make a key for codes and put it into service; the one before is retired.

    Args:
        db_session: The session of the caller's transaction.
        field_keys: Seal the private half.
        actor: Who does it, for the audit log.
        now: The moment (aware).
    """
    query = select(ScanSigningKey).where(
        ScanSigningKey.retired_at.is_(None), ScanSigningKey.compromised_at.is_(None)
    )
    for old in db_session.scalars(query.with_for_update()):
        old.retired_at = now
        _audit(db_session, old, "key.retired", actor=actor, now=now)
    db_session.flush()
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    kid = scan_thumbprint(public)
    sealed = base64.b64encode(private.private_bytes_raw()).decode("ascii")
    row = ScanSigningKey(
        kid=kid,
        public_key=public.public_bytes_raw(),
        private_key=field_keys.encrypt(sealed, place=_place(kid)),
        not_before=now,
        not_after=now + SCAN_KEY_LIFE,
    )
    db_session.add(row)
    db_session.flush()
    _audit(db_session, row, "key.added", actor=actor, now=now)
    return row


def compromise_scan_key(
    db_session: Session, kid: str, *, since: datetime, actor: str, now: datetime
) -> ScanSigningKey:
    """Say that somebody else may have a key since a moment; it signs nothing more.

    Raises:
        NotFoundError: If there is no such key.
    """
    row = db_session.scalar(
        select(ScanSigningKey).where(ScanSigningKey.kid == kid).with_for_update()
    )
    if row is None:
        raise NotFoundError(f"key {kid}")
    row.compromised_at = since
    _audit(db_session, row, "key.compromised", actor=actor, now=now)
    return row


def scan_keys(db_session: Session) -> tuple[ScanKey, ...]:
    """Return every public key for codes: active, retired and compromised ones."""
    rows = db_session.scalars(select(ScanSigningKey).order_by(ScanSigningKey.id))
    return tuple(
        ScanKey(
            kid=row.kid,
            public=Ed25519PublicKey.from_public_bytes(row.public_key),
            not_before=row.not_before,
            not_after=row.not_after,
            retired_at=row.retired_at,
            compromised_at=row.compromised_at,
        )
        for row in rows
    )


def code_address(db_session: Session, record: CredentialRecord, field_keys: FieldKeys) -> str:
    """Return what the holder's code says: the address of the verification page and the token.

    Args:
        db_session: Any session.
        record: The holder's credential.
        field_keys: Open the private key.

    Raises:
        ScanKeyMissingError: If there is no key for codes.
        RecordDamagedError: If the stored snapshot cannot be read any more.
    """
    row = _serving_or_none(db_session)
    if row is None:
        raise ScanKeyMissingError("no key for codes in service: run `flask keys init`")
    credential = acts.snapshot_of(record)
    token = make_token(
        record.number,
        credential.holder_name,
        issued_on=issue_day(record.issued_at),
        valid_until=record.valid_until,
        key=_open(row, field_keys),
    )
    return f"{record.verify_base_url}/v/{record.number}#{token}"


def _serving_or_none(db_session: Session) -> ScanSigningKey | None:
    return db_session.scalar(
        select(ScanSigningKey).where(
            ScanSigningKey.retired_at.is_(None), ScanSigningKey.compromised_at.is_(None)
        )
    )


def _open(row: ScanSigningKey, field_keys: FieldKeys) -> Ed25519PrivateKey:
    if row.kid not in _OPENED:
        raw = base64.b64decode(field_keys.decrypt(row.private_key, place=_place(row.kid)))
        _OPENED[row.kid] = Ed25519PrivateKey.from_private_bytes(raw)
    return _OPENED[row.kid]


def _place(kid: str) -> str:
    return f"scan_signing_key.private_key:{kid}"


def _audit(
    db_session: Session, row: ScanSigningKey, action: str, *, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"key:{row.kid}",
        action=action,
        actor=actor,
        now=now,
        details={"use": "scan"},
    )
    logger.info("%r: %s", row, action)
