"""People's names: what may be printed, and what a stranger may see."""

import unicodedata
from functools import lru_cache

from certificates.errors import HolderNameError

MAX_NAME_LENGTH = 60
"""Characters; the longest name on an identity document in use here is well below it."""

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters without ink whose category does not say so (fillers, the Braille blank)."""

_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼ", "'"))

_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

_ALPHABETS = frozenset({"LATIN", "GREEK", "CYRILLIC"})
"""Many letters of each look like letters of the others."""

_KOREAN_PARTS = range(0x1100, 0x1200)
"""Drawn one after the other where a reader would join them."""

_SEPARATORS = frozenset(" ·•‧・.-'")
"""Stand between the parts of a name and stay in a masked one."""


def pdf_text(text: str, *, max_length: int = MAX_NAME_LENGTH) -> str:
    """Return a text that somebody typed as it may be printed, copied and searched.

    Composed (NFC), without control, bidirectional, zero-width and private characters and without
    variation selectors; each run of white space is one space; curled apostrophes, which Chinese
    fonts draw as wide as a character, are straight. Markup has no meaning here and stays what it
    is: `<b>` is printed as three characters, because nothing parses it.

    Args:
        text: Anything.
        max_length: Greatest number of characters of the result.

    Returns:
        The clean text, never empty.

    Raises:
        HolderNameError: If nothing is left, or more than `max_length`; it is never cut short.
    """
    visible = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not _is_hidden(character)
    )
    composed = unicodedata.normalize("NFC", visible).translate(_APOSTROPHES)
    clean = " ".join(composed.split())
    if not clean:
        raise HolderNameError("empty")
    if len(clean) > max_length:
        raise HolderNameError("too_long")
    return clean


def mask_name(name: str) -> str:
    """Return what the public page shows: the first character, an asterisk for each other one.

    Dots, spaces and hyphens stay, combining marks go: 张伟 is 张*, 欧阳娜娜 is 欧***,
    古丽米热·买买提 is 古***·***.

    Args:
        name: A name as `pdf_text` returns it.
    """
    masked: list[str] = []
    for character in name:
        if unicodedata.category(character).startswith("M"):
            continue
        if not masked or character in _SEPARATORS:
            masked.append(character)
        else:
            masked.append("*")
    return "".join(masked)


def disguised_characters(name: str) -> tuple[str, ...]:
    """Return the characters of a name that pass for others, or stand in no name; each once.

    Letters in the clothes of mathematics (𝐀), pictures, the parts of Korean syllables, and letters
    of a second alphabet beside a first: with a Cyrillic А, Аlice looks like somebody else's name.

    Args:
        name: A name as `pdf_text` returns it.
    """
    first: str | None = None
    found = []
    for character in dict.fromkeys(name):
        alphabet = _alphabet(character)
        first = first or alphabet
        is_second = alphabet is not None and alphabet != first
        if is_second or _is_no_letter_of_names(character):
            found.append(character)
    return tuple(found)


def _alphabet(character: str) -> str | None:
    """Return the alphabet of a letter, if it is one of those that look alike."""
    script = unicodedata.name(character, "").partition(" ")[0]
    return script if script in _ALPHABETS else None


def _is_no_letter_of_names(character: str) -> bool:
    is_dressed = unicodedata.decomposition(character).startswith(("<font>", "<circle>", "<square>"))
    is_sign = unicodedata.category(character) in ("So", "No", "Nl") and character != "〇"
    return is_dressed or is_sign or ord(character) in _KOREAN_PARTS


@lru_cache(maxsize=16_384)
def _is_hidden(character: str) -> bool:
    if character in _INVISIBLE:
        return True
    if any(ord(character) in selectors for selectors in _VARIATION_SELECTORS):
        return True
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
