"""Ed25519 keys for the token in a QR code: they sign nothing else, and no other key signs these.

In the published set a key is an RFC 8037 `OKP` key with the same members of service as the others.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certificates.errors import KeySetError, TokenError
from certificates.jose import base64url, from_base64url
from certificates.validity import issue_day

SCAN_USE = "scan"
"""The word in `caopan_use`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanKey:
    """One public key.

    Attributes:
        kid: Its RFC 7638 thumbprint.
        public: The public key.
        not_before, not_after: When it may sign (aware).
        retired_at: Since when it signs no more; what it signed stays good.
        compromised_at: Since when somebody else may have it.
    """

    kid: str
    public: Ed25519PublicKey
    not_before: datetime
    not_after: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None

    @property
    def hint(self) -> int:
        """The byte by which a token names it; several keys may share one."""
        return hint_of(self.public)

    @property
    def ends_at(self) -> datetime:
        """The moment after which it signs nothing more."""
        return self.not_after if self.retired_at is None else min(self.retired_at, self.not_after)

    def might_sign_on(self, issued_on: date) -> bool:
        """Say whether a certificate issued on a day may carry a token of it.

        Older ones may: their tokens are made whenever the holder asks for one.
        """
        return issued_on <= issue_day(self.ends_at)

    def to_jwk(self) -> dict[str, Any]:
        """Return it as a member of a JWK Set."""
        out: dict[str, Any] = {
            **_members(self.public),
            "kid": self.kid,
            "use": "sig",
            "alg": "Ed25519",
            "caopan_use": SCAN_USE,
            "nbf": int(self.not_before.timestamp()),
            "exp": int(self.ends_at.timestamp()),
        }
        if self.compromised_at is not None:
            out["revoked"] = {
                "revoked_at": int(self.compromised_at.timestamp()),
                "reason": "compromised",
            }
        return out


def scan_key_of_jwk(entry: Mapping[str, Any]) -> ScanKey:
    """Read a member of a published set.

    Raises:
        KeySetError: If it cannot be used; the message says why.
    """
    try:
        if (entry["kty"], entry["crv"]) != ("OKP", "Ed25519"):
            raise KeySetError(f"kind {entry['kty']!r} is not used for scanned codes")
        public = Ed25519PublicKey.from_public_bytes(from_base64url(entry["x"]))
        if entry["kid"] != scan_thumbprint(public):
            raise KeySetError("`kid` is not the key's thumbprint")
        revoked = entry.get("revoked")
        return ScanKey(
            kid=entry["kid"],
            public=public,
            not_before=_moment(entry["nbf"]),
            not_after=_moment(entry["exp"]),
            compromised_at=None if revoked is None else _moment(revoked["revoked_at"]),
        )
    except (KeyError, TypeError, ValueError, TokenError, OverflowError) as error:
        raise KeySetError(f"unreadable: {error!r}") from error


def scan_thumbprint(public: Ed25519PublicKey) -> str:
    """Return the key's id: the SHA-256 over its required members (RFC 8037, appendix A.3)."""
    return base64url(_thumb(public))


def hint_of(public: Ed25519PublicKey) -> int:
    """Return the first byte of the key's thumbprint."""
    return _thumb(public)[0]


def _thumb(public: Ed25519PublicKey) -> bytes:
    canonical = json.dumps(_members(public), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def _members(public: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public.public_bytes_raw())}


def _moment(seconds: Any) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise KeySetError(f"{seconds!r} is no moment")
    return datetime.fromtimestamp(seconds, UTC)
