"""Canonical JSON and hash chains; the algorithm's name stands before each hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

GENESIS = "sha256:" + "0" * 64
"""What the first entry of a chain calls its predecessor."""


def canonical_json(value: Any) -> str:
    """Write JSON in one form only: sorted keys, no spaces, no NaN."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest(value: Any) -> str:
    """Return `sha256:<hex>` of a value's canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()


def secret_hash(secret: str) -> str:
    """Return the hash under which a random secret of >= 128 bits is stored and found."""
    return hashlib.sha256(secret.encode()).hexdigest()
