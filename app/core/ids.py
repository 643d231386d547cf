"""Identifiers that leave the system."""

from __future__ import annotations

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxy"
"""30 characters without look-alikes (no 0 o 1 i l z)."""

PUBLIC_ID_CHARS = 12
"""12 of 30 characters: 58.9 bits, for ids that are looked up together with their owner."""


def new_public_id() -> str:
    """Return a random id for URLs."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_CHARS))


def new_secret() -> str:
    """Return a random secret of 256 bits for cookies, links and tickets."""
    return secrets.token_urlsafe(32)
