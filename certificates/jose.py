"""Signed JSON as compact JWS (RFC 7515) with RS256, and nothing else that the format allows.

The reader accepts one form only: header `alg`, `kid`, `typ` and no other member, so that no key,
no address of a key and no critical extension can come with the message (credentials.md 2.4).
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from certificates.errors import TokenError

ALGORITHM = "RS256"
"""The one algorithm that Open Badges 3.0 demands of every verifier."""

TOKEN_TYPE = "JWT"  # noqa: S105 - the header's word, no secret

MAX_TOKEN_LENGTH = 64 * 1024
"""Characters; a credential has about 4,000, a status list with many revocations 30,000."""

MAX_DEPTH = 12
"""Objects and arrays within one another; a credential has 6."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it is to be believed before `is_signed_by`.

    Attributes:
        kid: Which key it says that it was signed with.
        claims: The payload.
        signed: The bytes that the signature is over.
        signature: The signature.
    """

    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: RSAPublicKey) -> bool:
        """Say whether the signature is the key's."""
        try:
            key.verify(self.signature, self.signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


def sign(claims: dict[str, Any], key: RSAPrivateKey, kid: str) -> str:
    """Return a compact JWS; the same arguments give the same token."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": TOKEN_TYPE}
    signed = f"{_encode(header)}.{_encode(claims)}"
    signature = key.sign(signed.encode("ascii"), PKCS1v15(), SHA256())
    return f"{signed}.{base64url(signature)}"


def read_token(text: str) -> Token:
    """Take a token apart.

    Args:
        text: What somebody gave as a token.

    Raises:
        TokenError: If it is anything but a compact JWS of the one form; `code` says what is odd.
    """
    if len(text) > MAX_TOKEN_LENGTH:
        raise TokenError("too_long")
    if _COMPACT.fullmatch(text) is None:
        raise TokenError("shape")
    head, payload, signature = text.split(".")
    header = _decode(head)
    if set(header) != {"alg", "kid", "typ"} or header["typ"] != TOKEN_TYPE:
        raise TokenError("header")
    if header["alg"] != ALGORITHM:
        raise TokenError("algorithm")
    if not isinstance(header["kid"], str):
        raise TokenError("header")
    return Token(
        kid=header["kid"],
        claims=_decode(payload),
        signed=f"{head}.{payload}".encode("ascii"),
        signature=from_base64url(signature),
    )


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Return the bytes; a text with padding or with stray bits in its last character is refused.

    Raises:
        TokenError: If it is not the one text that `base64url` gives for its bytes.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenError("base64") from error
    if base64url(data) != text:
        raise TokenError("base64")
    return data


def _encode(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return base64url(text.encode())


def _decode(part: str) -> dict[str, Any]:
    try:
        text = from_base64url(part).decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        is_usable = isinstance(document, dict) and _depth(document) <= MAX_DEPTH
    except (ValueError, RecursionError) as error:
        # Not only what is no JSON: a whole number of too many digits is a plain ValueError.
        raise TokenError("json") from error
    if not is_usable:
        raise TokenError("json")
    return dict(document)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two members of one name, readers choose differently: one would be checked, one believed.
    out = dict(pairs)
    if len(out) != len(pairs):
        raise TokenError("json")
    return out


def _refuse(constant: str) -> None:
    raise TokenError("json")


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
