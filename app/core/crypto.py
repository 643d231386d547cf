"""Encryption of single fields, and keyed hashes; the keys are files outside the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True)
class FieldKeys:
    """The key that encrypts fields (AES-256-GCM) and the pepper of keyed hashes.

    Attributes:
        key_id: Written before each ciphertext, so that keys can be exchanged.
        key: 32 bytes.
        pepper: 32 bytes.
    """

    key_id: str
    key: bytes
    pepper: bytes

    @classmethod
    def from_folder(cls, instance_dir: Path) -> FieldKeys:
        """Read the keys, making them on the first start of this instance."""
        path = instance_dir / "field_keys.json"
        if not path.exists():
            fresh = {
                "key_id": secrets.token_hex(4),
                "key": base64.b64encode(secrets.token_bytes(32)).decode(),
                "pepper": base64.b64encode(secrets.token_bytes(32)).decode(),
            }
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(fresh, file)
            try:
                path.hardlink_to(draft)  # of two processes that start at once, one wins
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        held = json.loads(path.read_text())
        return cls(held["key_id"], base64.b64decode(held["key"]), base64.b64decode(held["pepper"]))

    def encrypt(self, text: str, *, place: str) -> str:
        """Return `aesgcm:<key id>:<nonce>:<ciphertext>`, bound to its table, column and row."""
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self.key).encrypt(nonce, text.encode(), place.encode())
        parts = (base64.urlsafe_b64encode(part).decode() for part in (nonce, sealed))
        return ":".join(("aesgcm", self.key_id, *parts))

    def decrypt(self, sealed: str, *, place: str) -> str:
        """Return the text of `encrypt`.

        Raises:
            ValueError: If it was sealed with another key or for another place.
        """
        algorithm, key_id, nonce, body = sealed.split(":")
        if algorithm != "aesgcm" or key_id != self.key_id:
            raise ValueError(f"sealed with {algorithm}:{key_id}, this instance has {self.key_id}")
        decode = base64.urlsafe_b64decode
        return AESGCM(self.key).decrypt(decode(nonce), decode(body), place.encode()).decode()

    def keyed_hash(self, text: str) -> str:
        """Return an HMAC-SHA-256 for uniqueness and look-up without keeping the text."""
        return "hmac-sha256:" + hmac.new(self.pepper, text.encode(), hashlib.sha256).hexdigest()
