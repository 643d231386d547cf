"""Bitstring Status Lists (W3C Recommendation, 15 May 2025): one bit for each credential.

A list is long whatever is in it, and a credential's place is drawn by chance, so that fetching the
list tells nobody which credential is being looked at.
"""

import gzip
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from certificates.badges import CREDENTIALS_CONTEXT, iso
from certificates.errors import StatusListError, TokenError
from certificates.jose import base64url, from_base64url

LIST_LENGTH = 131_072
"""Entries; the least that the Recommendation allows."""

LIST_VALIDITY = timedelta(hours=24)
"""A verifier that cannot get a fresh list in this time knows nothing, and says so."""

LIST_TTL = timedelta(hours=1)
"""How long a verifier may keep a list before it asks again; also how often it is signed anew."""

MAX_LIST_BYTES = 1024 * 1024
"""Unpacked; a longer list is refused while it is being unpacked."""

MULTIBASE_BASE64URL = "u"


class StatusPurpose(StrEnum):
    """What a set bit says."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


def encode_bits(set_indexes: Iterable[int], length: int = LIST_LENGTH) -> str:
    """Return the packed list; bit 0 is the left-most of the first byte.

    Args:
        set_indexes: Places of the bits that are set, each in [0, length).
        length: Number of entries, a multiple of 8.

    Raises:
        StatusListError: If a place is outside the list.
    """
    bits = bytearray(length // 8)
    for index in set_indexes:
        if not 0 <= index < length:
            raise StatusListError(f"entry {index} is not in a list of {length}")
        bits[index >> 3] |= 0x80 >> (index & 7)
    return MULTIBASE_BASE64URL + base64url(gzip.compress(bytes(bits), 9, mtime=0))


def is_set(encoded: str, index: int) -> bool:
    """Return one bit of a packed list.

    Raises:
        StatusListError: If the list is not packed as it should be, is shorter than the
            Recommendation allows or longer than any list here, or lacks the entry.
    """
    bits = _unpack(encoded)
    if not 0 <= index < 8 * len(bits):
        raise StatusListError(f"entry {index} is not in a list of {8 * len(bits)}")
    return bool(bits[index >> 3] & 0x80 >> (index & 7))


def list_claims(
    address: str,
    purpose: StatusPurpose,
    set_indexes: Iterable[int],
    *,
    issuer: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the list as the claims of a signed credential.

    Args:
        address: Where the list is published; its id.
        purpose: What a set bit says.
        set_indexes: Places of the bits that are set.
        issuer: The issuer's identifier.
        now: The moment from which it is valid (aware); fractions of a second are dropped.
    """
    start = now.replace(microsecond=0)
    until = start + LIST_VALIDITY
    return {
        "@context": [CREDENTIALS_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": iso(start),
        "validUntil": iso(until),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": encode_bits(set_indexes),
            "ttl": int(LIST_TTL.total_seconds() * 1000),
        },
        "iss": issuer,
        "jti": address,
        "sub": f"{address}#list",
        "nbf": int(start.timestamp()),
        "exp": int(until.timestamp()),
    }


def _unpack(encoded: str) -> bytes:
    if not encoded.startswith(MULTIBASE_BASE64URL):
        raise StatusListError("the list is not base64url")
    try:
        packed = from_base64url(encoded[1:])
        reader = zlib.decompressobj(wbits=31)  # gzip
        bits = reader.decompress(packed, MAX_LIST_BYTES + 1)
    except (TokenError, zlib.error) as error:
        raise StatusListError("the list is not packed as it should be") from error
    if len(bits) > MAX_LIST_BYTES or reader.unconsumed_tail:
        raise StatusListError(f"the list is longer than {MAX_LIST_BYTES} bytes")
    if not reader.eof or reader.unused_data:
        raise StatusListError("the list is cut short, or something follows it")
    if 8 * len(bits) < LIST_LENGTH:
        raise StatusListError(f"the list has {8 * len(bits)} entries, fewer than {LIST_LENGTH}")
    return bits
