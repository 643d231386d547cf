"""Tolerant comparison of typed words: width, case, spaces, punctuation, numerals."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}

NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
PUNCTUATION = re.compile(r"[\s，。、；：！？,;:!?·…—_（）()《》〈〉“”‘’\"'「」【】\[\]-]+")


def chinese_number(text: str) -> int | None:
    """Read a Chinese numeral: `三十` is 30, `一万二千` 12000, `二〇二六` 2026.

    Returns:
        The number, or `None` if the characters form none.
    """
    if not text or not NUMERAL.fullmatch(text):
        return None
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (digit or (1 if char == "十" else 0)) * _TENS[char]
            digit = 0
        else:
            if section + digit == 0:
                return None
            total = (total + section + digit) * _MYRIADS[char]
            section = digit = 0
    return total + section + digit


def normal_words(text: str) -> str:
    """Return what two answers are compared by.

    Full width becomes half width, capitals small; spaces and punctuation go; Chinese numerals
    become figures; `.` survives only between digits.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = PUNCTUATION.sub("", plain)
    plain = re.sub(r"(?<!\d)\.|\.(?!\d)", "", plain)
    return NUMERAL.sub(_as_figures, plain)


def _as_figures(found: re.Match[str]) -> str:
    number = chinese_number(found[0])
    return found[0] if number is None else str(number)


def same_words(given: str, accepted: str) -> bool:
    """Say whether a typed answer says what an accepted one says."""
    return normal_words(given) == normal_words(accepted)
