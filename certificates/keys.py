"""Public keys of the issuer: what each may be used for, and when.

A verifier chooses a key by its id from a set that it has from the issuer, never from the message.
The set is a JWK Set (RFC 7517) with `nbf`, `exp` and `revoked` as in OpenID Federation 1.0 and one
member of its own, `caopan_use`: a key for one purpose verifies nothing of another.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from certificates.errors import KeySetError, TokenError
from certificates.jose import ALGORITHM, base64url, from_base64url
from certificates.scan_keys import SCAN_USE, ScanKey, scan_key_of_jwk

CLOCK_SKEW = timedelta(minutes=2)
"""Clocks of issuer and verifier may differ by this much."""

MAX_KEYS = 200
"""More keys than the issuer makes in a lifetime: four a year."""

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096


class KeyUse(StrEnum):
    """What a key signs; no key signs two kinds of things."""

    FILE = "file"
    CREDENTIAL = "credential"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """One public key.

    Attributes:
        kid: The id that messages name it by: its RFC 7638 thumbprint.
        use: What it verifies.
        public: The public key.
        not_before, not_after: When it may sign (aware).
        retired_at: Since when it signs no more, if it is retired; what it signed stays good.
        compromised_at: Since when somebody else may have it.
        chain: DER certificates from its own to the root; files only.
    """

    kid: str
    use: KeyUse
    public: RSAPublicKey
    not_before: datetime
    not_after: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None
    chain: tuple[bytes, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """The moment after which it signs nothing more."""
        return self.not_after if self.retired_at is None else min(self.retired_at, self.not_after)

    def might_sign_at(self, moment: datetime) -> bool:
        """Say whether it was in service at a moment, give or take the clocks."""
        return self.not_before - CLOCK_SKEW <= moment <= self.ends_at + CLOCK_SKEW

    def to_jwk(self) -> dict[str, Any]:
        """Return it as a member of a JWK Set."""
        out: dict[str, Any] = {
            **_public_members(self.public),
            "kid": self.kid,
            "use": "sig",
            "alg": ALGORITHM,
            "caopan_use": self.use.value,
            "nbf": int(self.not_before.timestamp()),
            "exp": int(self.ends_at.timestamp()),
        }
        if self.compromised_at is not None:
            out["revoked"] = {
                "revoked_at": int(self.compromised_at.timestamp()),
                "reason": "compromised",
            }
        if self.chain:
            out["x5c"] = [base64.b64encode(der).decode("ascii") for der in self.chain]
        return out


@dataclass(frozen=True, slots=True)
class KeySet:
    """The issuer's keys.

    Attributes:
        issuer: The issuer's identifier, an address; credentials must name the same.
        keys: Active, retired and compromised ones.
        scan_keys: Those of codes, likewise.
    """

    issuer: str
    keys: tuple[IssuerKey, ...]
    scan_keys: tuple[ScanKey, ...] = ()

    def find(self, kid: str, use: KeyUse) -> IssuerKey | None:
        """Return the key of an id, if it is known and for this use."""
        return next((key for key in self.keys if key.kid == kid and key.use is use), None)

    def of_use(self, use: KeyUse) -> Iterable[IssuerKey]:
        """Return the keys for one use."""
        return [key for key in self.keys if key.use is use]

    def to_jwks(self) -> dict[str, Any]:
        """Return the set as it is published."""
        jwks = [key.to_jwk() for key in self.keys] + [key.to_jwk() for key in self.scan_keys]
        return {"issuer": self.issuer, "keys": jwks}

    @classmethod
    def from_jwks(cls, document: Any) -> "KeySet":
        """Read a published set.

        Raises:
            KeySetError: If it is not one, or a key in it cannot be used; the message names it.
        """
        if not isinstance(document, Mapping):
            raise KeySetError("the key set is no JSON object")
        issuer, entries = document.get("issuer"), document.get("keys")
        if not isinstance(issuer, str) or not isinstance(entries, list):
            raise KeySetError("the key set lacks `issuer` or `keys`")
        if len(entries) > MAX_KEYS:
            raise KeySetError(f"the key set has {len(entries)} keys, more than {MAX_KEYS}")
        scan = [(index, one) for index, one in enumerate(entries) if _is_of_scans(one)]
        others = [(index, one) for index, one in enumerate(entries) if not _is_of_scans(one)]
        return cls(
            issuer,
            tuple(_read_key(entry, index) for index, entry in others),
            tuple(_read_scan_key(entry, index) for index, entry in scan),
        )


def thumbprint(public: RSAPublicKey) -> str:
    """Return the key's id: the SHA-256 over its required members (RFC 7638)."""
    canonical = json.dumps(_public_members(public), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def check_chain(chain: Iterable[bytes], public: RSAPublicKey) -> None:
    """Refuse certificates that do not lead from a key to a root that signed itself.

    Args:
        chain: DER certificates, the key's own first, the root last.
        public: The key that the first certificate must be of.

    Raises:
        KeySetError: If a certificate is unreadable, is of another key, or was not issued by the
            next one.
    """
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        if not certificates:
            raise KeySetError("there is no certificate")
        own = certificates[0].public_key()
        if not isinstance(own, RSAPublicKey) or own.public_numbers() != public.public_numbers():
            raise KeySetError("the first certificate is of another key")
        issuers = [*certificates[1:], certificates[-1]]
        for certificate, issuer in zip(certificates, issuers, strict=True):
            certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise KeySetError(f"the certificates form no chain: {error or 'bad signature'}") from error


def check_strength(public: object) -> RSAPublicKey:
    """Return the key if it is one that may sign here.

    Raises:
        KeySetError: If it is not RSA of 2,048 to 4,096 bits.
    """
    if not isinstance(public, RSAPublicKey):
        raise KeySetError("the key is no RSA key")
    if not MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS:
        raise KeySetError(f"the RSA key has {public.key_size} bits, not 2048 to 4096")
    return public


def _public_members(public: RSAPublicKey) -> dict[str, str]:
    figures = public.public_numbers()
    return {"kty": "RSA", "n": _figure(figures.n), "e": _figure(figures.e)}


def _figure(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _read_key(entry: Any, index: int) -> IssuerKey:
    try:
        public = _read_public(entry)
        kid, use = _checked_kid(entry["kid"], public), KeyUse(entry["caopan_use"])
        chain = tuple(base64.b64decode(text, validate=True) for text in entry.get("x5c", ()))
        if use is KeyUse.FILE:
            check_chain(chain, check_strength(public))
        revoked = entry.get("revoked")
        return IssuerKey(
            kid=kid,
            use=use,
            public=public,
            not_before=_moment(entry["nbf"]),
            not_after=_moment(entry["exp"]),
            compromised_at=None if revoked is None else _moment(revoked["revoked_at"]),
            chain=chain,
        )
    except KeySetError as error:
        raise KeySetError(f"key {index}: {error}") from error
    except (KeyError, TypeError, ValueError, TokenError, OverflowError, binascii.Error) as error:
        raise KeySetError(f"key {index} is unreadable: {error!r}") from error


def _is_of_scans(entry: Any) -> bool:
    return isinstance(entry, Mapping) and entry.get("caopan_use") == SCAN_USE


def _read_scan_key(entry: Any, index: int) -> ScanKey:
    try:
        return scan_key_of_jwk(entry)
    except KeySetError as error:
        raise KeySetError(f"key {index}: {error}") from error


def _checked_kid(kid: Any, public: RSAPublicKey) -> str:
    if kid != thumbprint(public):
        raise KeySetError("`kid` is not the key's thumbprint")
    return thumbprint(public)


def _read_public(entry: Any) -> RSAPublicKey:
    if entry["kty"] != "RSA":
        raise KeySetError(f"kind {entry['kty']!r} is not used here")
    n, e = (int.from_bytes(from_base64url(entry[name]), "big") for name in ("n", "e"))
    return check_strength(RSAPublicNumbers(e, n).public_key())


def _moment(seconds: Any) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise KeySetError(f"{seconds!r} is no moment")
    return datetime.fromtimestamp(seconds, UTC)
