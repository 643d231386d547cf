"""Certificate numbers such as `CPS3-26-7QX4M3KD94-6`.

`CPS`, the level, two digits of the year of issue, ten random characters, one check character.
The number is random, so that it tells nobody how many were issued, and it can be read over the
telephone: its alphabet leaves out every character that is taken for another.
"""

import re
import unicodedata
from collections.abc import Callable

from certificates.errors import CertificateNumberError
from certificates.levels import Level

NUMBER_ALPHABET = "34679ACDEFGHJKMNPQRTVWXY"
"""24 characters without the look-alikes 0 O, 1 I L, 2 Z, 5 S, 8 B and U: ten are 45.9 bits."""

BODY_LENGTH = 10
"""Random characters; 100,000 numbers of a level and year leave one hit in 6 x 10^8 guesses."""

MAX_TYPED_LENGTH = 60
"""Longest text looked at; a number is 20 characters, the rest is room for spaces and dashes."""

_CHECK_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = len(_CHECK_ALPHABET)
_VALUE = {character: value for value, character in enumerate(_CHECK_ALPHABET)}

_SHAPE = re.compile(
    rf"CPS([123])-?([0-9]{{2}})-?([{NUMBER_ALPHABET}]{{{BODY_LENGTH}}})-?([{NUMBER_ALPHABET}])",
    re.IGNORECASE,
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―⁃−﹘_"), "-")


def check_character(payload: str) -> str:
    """Return the check character of ISO/IEC 7064 MOD 37,36.

    Args:
        payload: Characters of 0-9 and A-Z, without dashes.

    Returns:
        The one character that makes `payload` + character valid.
    """
    product = _MODULUS
    for character in payload:
        total = (product + _VALUE[character]) % _MODULUS
        product = (total or _MODULUS) * 2 % (_MODULUS + 1)
    return _CHECK_ALPHABET[(_MODULUS + 1 - product) % _MODULUS]


def new_number(level: Level, year: int, randbelow: Callable[[int], int]) -> str:
    """Draw a number.

    The body is drawn again until the check character, too, is one of the alphabet. Uniqueness
    is the caller's (a unique index).

    Args:
        level: The level certified.
        year: The year of issue in Asia/Shanghai, four digits.
        randbelow: `secrets.randbelow`, or a seeded stand-in in tests.

    Returns:
        The number in its canonical form.
    """
    head = f"CPS{level.number}{year % 100:02d}"
    while True:
        body = "".join(NUMBER_ALPHABET[randbelow(len(NUMBER_ALPHABET))] for _ in range(BODY_LENGTH))
        check = check_character(head + body)
        if check in NUMBER_ALPHABET:
            return _grouped(head + body + check)


def normalize_number(typed: str) -> str:
    """Return the canonical form of a number that somebody typed, scanned or pasted.

    Full width, lower case, spaces, invisible characters, any kind of dash and no dashes at all
    are forgiven. Letters of other scripts are not: a Cyrillic К is not a K.

    Args:
        typed: The text.

    Returns:
        The number as it is printed, for example `CPS3-26-7QX4M3KD94-6`.

    Raises:
        CertificateNumberError: If it is not a number; `code` says what is wrong.
    """
    if len(typed) > MAX_TYPED_LENGTH:
        raise CertificateNumberError("too_long")
    # Nearly always it comes from a link, just as it is printed: nothing is to be forgiven then.
    match = _SHAPE.fullmatch(typed) if typed.isascii() else None
    if match is None:
        folded = unicodedata.normalize("NFKC", typed).translate(_DASHES)
        kept = "".join(character for character in folded if not _is_ignored(character))
        if not kept.isascii():
            raise CertificateNumberError("characters")
        match = _SHAPE.fullmatch(re.sub("-{2,}", "-", kept))
    if match is None:
        raise CertificateNumberError("shape")
    flat = f"CPS{''.join(match.groups())}".upper()
    if check_character(flat[:-1]) != flat[-1]:
        raise CertificateNumberError("check_character")
    return _grouped(flat)


def level_of_number(number: str) -> Level:
    """Return the level that a canonical number names."""
    return Level.of_number(int(number[3]))


def _is_ignored(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cf", "Cc")


def _grouped(flat: str) -> str:
    return f"{flat[:4]}-{flat[4:6]}-{flat[6:-1]}-{flat[-1]}"
