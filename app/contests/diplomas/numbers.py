"""Numbers of diplomas such as `CPD-26-7QX4M3KD94-6`, in the manner of certificates' numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from certificates.numbers import BODY_LENGTH, NUMBER_ALPHABET, check_character

_SHAPE = re.compile(
    rf"CPD-?([0-9]{{2}})-?([{NUMBER_ALPHABET}]{{{BODY_LENGTH}}})-?([{NUMBER_ALPHABET}])"
)


def new_number(year: int, randbelow: Callable[[int], int]) -> str:
    """Draw a number; it is random, so that it tells nobody how many there are.

    Args:
        year: Of the issue in Beijing, four digits.
        randbelow: `secrets.randbelow`, or a seeded stand-in in tests.
    """
    head = f"CPD{year % 100:02d}"
    while True:
        body = "".join(NUMBER_ALPHABET[randbelow(len(NUMBER_ALPHABET))] for _ in range(BODY_LENGTH))
        check = check_character(head + body)
        if check in NUMBER_ALPHABET:
            return f"CPD-{head[3:]}-{body}-{check}"


def normal_number_or_none(typed: str) -> str | None:
    """Return the canonical form of a number that somebody typed; None if it cannot be one."""
    found = _SHAPE.fullmatch(re.sub(r"\s", "", typed[:60]).upper())
    if found is None:
        return None
    year, body, check = found.groups()
    if check_character(f"CPD{year}{body}") != check:
        return None
    return f"CPD-{year}-{body}-{check}"
