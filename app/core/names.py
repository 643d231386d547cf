"""Names as people type them."""

from __future__ import annotations

import unicodedata


def clean_name(text: str | None) -> str:
    """Return a name in NFC without control, bidi or zero-width characters, single-spaced."""
    kept = "".join(
        ch
        for ch in unicodedata.normalize("NFC", text or "")
        if unicodedata.category(ch) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return " ".join(kept.split())
