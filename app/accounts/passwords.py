"""Passwords: Argon2id, a short list of rules, at most one hash a core at a time."""

from __future__ import annotations

import os
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS = 8
MAX_CHARS = 128

HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
"""OWASP's 19 MiB, t=2, p=1: about 30 ms; the library's default would allow 10 sign-ins/s."""

_AT_ONCE = threading.BoundedSemaphore(os.cpu_count() or 1)

_DUMMY = HASHER.hash("no such account, the same work all the same")

_COMMON_TEXT = """
12345678 123456789 1234567890 87654321 11111111 00000000 88888888 66666666 password passw0rd
password1 qwertyui qwerty123 abc12345 1qaz2wsx iloveyou a1234567 abcd1234 admin123 5201314520
woaini1314 kuaishou kuaishou123 caopanshou caopan123 zhibo123 zhibo1234
"""
_COMMON = frozenset(_COMMON_TEXT.split())


def hash_password(password: str) -> str:
    """Hash a password; about 30 ms of processor, so call it outside every transaction."""
    with _AT_ONCE:
        return HASHER.hash(password)


def check_password(hashed: str | None, password: str) -> bool:
    """Compare; with `None` (no such account) the same work is done and the answer is no."""
    with _AT_ONCE:
        try:
            return HASHER.verify(hashed or _DUMMY, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def password_flaws(password: str, *, names: tuple[str, ...] = ()) -> list[str]:
    """Return codes of what is wrong with a new password (ASVS 5.0 6.2: length and context).

    Args:
        password: As typed.
        names: E-mail, phone and display name, which it may not contain.
    """
    flaws = []
    if len(password) < MIN_CHARS:
        flaws.append("password_short")
    if len(password) > MAX_CHARS:
        flaws.append("password_long")
    lowered = password.lower()
    if lowered in _COMMON or len(set(lowered)) <= 2:
        flaws.append("password_common")
    for name in names:
        part = name.lower().split("@")[0]
        if len(part) >= 4 and part in lowered:
            flaws.append("password_has_name")
            break
    return flaws
