"""The issuer's keys: make, rotate, import, retire, publish.

One key for each use; private halves are sealed in the table with the instance's field key, which
is a file, so that neither a copy of the database nor of the code can sign. They are opened once a
process.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.certification import scan_codes
from app.certification.models import SigningKey
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError, InvalidInputError, NotFoundError, StorageUnavailableError
from certificates import authority
from certificates.cms import FileSigner
from certificates.errors import KeySetError
from certificates.keys import IssuerKey, KeySet, KeyUse, check_chain, check_strength, thumbprint

logger = logging.getLogger(__name__)

ROOT = "root"
"""Use of the key that signs the file signers' certificates and nothing else."""

TOKEN_KEY_LIFE = timedelta(days=460)
"""Of keys without a certificate; a new one comes every year (credentials 3.4)."""

PUBLIC_EXPONENT = 65537

_OPENED: dict[str, RSAPrivateKey] = {}
"""Private keys that this process has opened, by kid; opening one takes tens of milliseconds."""

_SIGNERS: dict[str, FileSigner] = {}


class KeysMissingError(StorageUnavailableError):
    """Raised when something is to be signed and `flask keys init` was not run."""

    code = "keys_missing"


class RootAbsentError(ConflictError):
    """Raised when a signer is to be certified and the root's key is not on this machine."""

    code = "root_absent"


@dataclass(frozen=True)
class NewKey:
    """A fresh key that is not in the table yet.

    Attributes:
        use: A `KeyUse`, or `root`.
        private: The private key.
        chain: DER certificates, its own first; empty for keys without one.
        not_after: End of its service (aware).
    """

    use: str
    private: RSAPrivateKey
    chain: tuple[bytes, ...]
    not_after: datetime


@dataclass(frozen=True)
class SigningKeys:
    """What a certificate is sealed with."""

    file: FileSigner
    file_kid: str
    credential: RSAPrivateKey
    credential_kid: str


def make_keys(*, now: datetime) -> list[NewKey]:
    """Make a root and one key for each use; takes about a second, so never in a transaction."""
    root_key = generate_private_key(PUBLIC_EXPONENT, authority.ROOT_BITS)
    root = authority.make_root(root_key, name=f"操盘手认证根证书 {now.year}", now=now)
    keys = [NewKey(ROOT, root_key, (root,), authority.validity_of(root)[1])]
    keys.append(make_signer(root_key, root, now=now))
    keys += [make_token_key(use, now=now) for use in (KeyUse.CREDENTIAL, KeyUse.STATUS)]
    return keys


def make_signer(root_key: RSAPrivateKey, root: bytes, *, now: datetime) -> NewKey:
    """Make a file signer with a certificate of the root."""
    key = generate_private_key(PUBLIC_EXPONENT, authority.SIGNER_BITS)
    name = f"操盘手认证证书签发 {now:%Y%m%d}"
    certificate = authority.make_signer(key, root_key, root, name=name, now=now)
    not_after = authority.validity_of(certificate)[1]
    return NewKey(KeyUse.FILE.value, key, (certificate, root), not_after)


def make_token_key(use: KeyUse, *, now: datetime) -> NewKey:
    """Make a key without a certificate."""
    key = generate_private_key(PUBLIC_EXPONENT, authority.SIGNER_BITS)
    return NewKey(use.value, key, (), now + TOKEN_KEY_LIFE)


def read_signer(key_pem: bytes, chain_pem: bytes, password: bytes | None) -> NewKey:
    """Read a file signer that a licensed authority certified.

    Args:
        key_pem: The private key.
        chain_pem: Its certificate, the intermediate ones and the root, in this order.
        password: Of the private key's file, if it has one.

    Raises:
        InvalidInputError: If they cannot be read or do not fit; the message says what is wrong.
    """
    try:
        key = load_pem_private_key(key_pem, password)
        chain = authority.certificates_of_pem(chain_pem)
        check_chain(chain, check_strength(key.public_key()))
    except (ValueError, TypeError, KeySetError) as error:
        raise InvalidInputError(f"signer: {error}") from error
    assert isinstance(key, RSAPrivateKey), "its public half is an RSA key"
    return NewKey(KeyUse.FILE.value, key, chain, authority.validity_of(chain[0])[1])


def add_keys(
    db_session: Session,
    keys: Sequence[NewKey],
    *,
    field_keys: FieldKeys,
    actor: str,
    now: datetime,
) -> list[SigningKey]:
    """Put fresh keys into service; the ones they follow are retired.

    Args:
        db_session: The session of the caller's transaction.
        keys: At most one for each use.
        field_keys: Seal the private halves.
        actor: Who does it, for the audit log.
        now: The moment (aware).
    """
    rows = []
    for new in keys:
        for old in _in_service(db_session, new.use, lock=True):
            old.retired_at = now
            _audit(db_session, old, "key.retired", actor=actor, now=now)
        db_session.flush()
        kid = thumbprint(new.private.public_key())
        private = new.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        public = new.private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        row = SigningKey(
            kid=kid,
            use=new.use,
            public_key=public,
            private_key=field_keys.encrypt(
                base64.b64encode(private).decode("ascii"), place=_place(kid)
            ),
            chain=[base64.b64encode(der).decode("ascii") for der in new.chain],
            not_before=now,
            not_after=new.not_after,
        )
        db_session.add(row)
        db_session.flush()
        _audit(db_session, row, "key.added", actor=actor, now=now)
        rows.append(row)
    return rows


def has_keys(db_session: Session) -> bool:
    """Say whether there is a key in service for every use."""
    held = set(db_session.scalars(select(SigningKey.use).where(_is_in_service())))
    return held >= {use.value for use in KeyUse}


def compromise_key(
    db_session: Session, kid: str, *, since: datetime, actor: str, now: datetime
) -> SigningKey:
    """Say that somebody else may have a key since a moment; it signs nothing more.

    Raises:
        NotFoundError: If there is no such key.
    """
    row = db_session.scalar(select(SigningKey).where(SigningKey.kid == kid).with_for_update())
    if row is None:
        raise NotFoundError(f"key {kid}")
    row.compromised_at = since
    _audit(db_session, row, "key.compromised", actor=actor, now=now)
    return row


def open_root(
    db_session: Session, field_keys: FieldKeys, exported: RSAPrivateKey | None = None
) -> tuple[RSAPrivateKey, bytes]:
    """Return the root's private key and certificate.

    Args:
        db_session: Any session.
        field_keys: Open the private half if it is here.
        exported: The private half as it came back from where it is kept.

    Raises:
        RootAbsentError: If it is not here, or the one that came back is another.
    """
    row = db_session.scalar(
        select(SigningKey).where(SigningKey.use == ROOT, _is_in_service()).limit(1)
    )
    if row is None:
        raise RootAbsentError("there is no root: run `flask keys init`")
    key = exported
    if exported is None and row.private_key is not None:
        key = _open(row, field_keys)
    if key is None:
        raise RootAbsentError("the root's key was exported: give its file by --root-key")
    if thumbprint(key.public_key()) != row.kid:
        raise RootAbsentError("this is the key of another root")
    return key, base64.b64decode(row.chain[0])


def export_root(
    db_session: Session, field_keys: FieldKeys, password: str, *, actor: str, now: datetime
) -> bytes:
    """Return the root's private key as a PEM file with a password, and forget it here.

    Raises:
        RootAbsentError: If it is not here any more.
    """
    row = db_session.scalar(
        select(SigningKey).where(SigningKey.use == ROOT, _is_in_service()).with_for_update()
    )
    key, _ = open_root(db_session, field_keys)
    assert row is not None, "open_root found it"
    row.private_key = None
    _OPENED.pop(row.kid, None)
    _audit(db_session, row, "key.exported", actor=actor, now=now)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
    )


def signing_keys(db_session: Session, field_keys: FieldKeys) -> SigningKeys:
    """Return the keys that seal certificates now.

    Raises:
        KeysMissingError: If one of them is not there.
    """
    file_row = _serving(db_session, KeyUse.FILE)
    credential_row = _serving(db_session, KeyUse.CREDENTIAL)
    if file_row.kid not in _SIGNERS:
        chain = [base64.b64decode(text) for text in file_row.chain]
        _SIGNERS[file_row.kid] = FileSigner(_open(file_row, field_keys), chain)
    return SigningKeys(
        file=_SIGNERS[file_row.kid],
        file_kid=file_row.kid,
        credential=_open(credential_row, field_keys),
        credential_kid=credential_row.kid,
    )


def status_key(db_session: Session, field_keys: FieldKeys) -> tuple[RSAPrivateKey, str]:
    """Return the key that signs status lists now, and its id.

    Raises:
        KeysMissingError: If it is not there.
    """
    row = _serving(db_session, KeyUse.STATUS)
    return _open(row, field_keys), row.kid


def key_set(db_session: Session, issuer: str) -> KeySet:
    """Return every public key for verifiers: active, retired and compromised ones.

    Args:
        db_session: Any session.
        issuer: The issuer's identifier.
    """
    rows = db_session.scalars(
        select(SigningKey).where(SigningKey.use != ROOT).order_by(SigningKey.id)
    )
    return KeySet(issuer, tuple(_public(row) for row in rows), scan_codes.scan_keys(db_session))


def root_certificates(db_session: Session) -> list[bytes]:
    """Return the DER certificates of the issuer's own roots, newest first."""
    rows = db_session.scalars(
        select(SigningKey).where(SigningKey.use == ROOT).order_by(SigningKey.id.desc())
    )
    return [base64.b64decode(row.chain[0]) for row in rows]


def _public(row: SigningKey) -> IssuerKey:
    public = load_der_public_key(row.public_key)
    assert isinstance(public, RSAPublicKey), "only these are added"
    return IssuerKey(
        kid=row.kid,
        use=KeyUse(row.use),
        public=public,
        not_before=row.not_before,
        not_after=row.not_after,
        retired_at=row.retired_at,
        compromised_at=row.compromised_at,
        chain=tuple(base64.b64decode(text) for text in row.chain),
    )


def _is_in_service() -> ColumnElement[bool]:
    return SigningKey.retired_at.is_(None) & SigningKey.compromised_at.is_(None)


def _in_service(db_session: Session, use: str, *, lock: bool) -> Sequence[SigningKey]:
    query = select(SigningKey).where(SigningKey.use == use, _is_in_service())
    return db_session.scalars(query.with_for_update() if lock else query).all()


def _serving(db_session: Session, use: KeyUse) -> SigningKey:
    rows = _in_service(db_session, use.value, lock=False)
    if not rows:
        raise KeysMissingError(f"no {use} key in service: run `flask keys init`")
    return rows[0]


def _open(row: SigningKey, field_keys: FieldKeys) -> RSAPrivateKey:
    if row.kid not in _OPENED:
        if row.private_key is None:
            raise KeysMissingError(f"{row!r} has no private half here")
        sealed = field_keys.decrypt(row.private_key, place=_place(row.kid))
        key = load_der_private_key(base64.b64decode(sealed), None)
        assert isinstance(key, RSAPrivateKey), "only these are added"
        _OPENED[row.kid] = key
    return _OPENED[row.kid]


def _place(kid: str) -> str:
    return f"signing_key.private_key:{kid}"


def _audit(db_session: Session, row: SigningKey, action: str, *, actor: str, now: datetime) -> None:
    record_act(
        db_session,
        subject=f"key:{row.kid}",
        action=action,
        actor=actor,
        now=now,
        details={"use": row.use},
    )
    logger.info("%r: %s", row, action)
