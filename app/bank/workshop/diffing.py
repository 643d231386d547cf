"""Word differences between two versions of an item, part by part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

TOKEN = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?%?|\s+|.", re.S)
"""Latin words, numbers, and every other character by itself: Chinese has no spaces to go by."""

MOST_TOKENS = 4000
"""Longer texts are compared as wholes: the cost grows with the square."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text: `same`, `added` or `dropped`."""

    change: str
    text: str


@dataclass(frozen=True)
class PartDiff:
    """One part of an item in both versions; `pieces` read one after the other."""

    part: str
    pieces: tuple[Piece, ...]


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return what changed between two texts; the old one is `same` and `dropped` in order."""
    if old == new:
        return (Piece("same", old),) if old else ()
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    if len(before) + len(after) > MOST_TOKENS:
        return tuple(piece for piece in (Piece("dropped", old), Piece("added", new)) if piece.text)
    out: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            out.append(Piece("same", "".join(before[i1:i2])))
            continue
        if i1 < i2:
            out.append(Piece("dropped", "".join(before[i1:i2])))
        if j1 < j2:
            out.append(Piece("added", "".join(after[j1:j2])))
    return tuple(out)


def body_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PartDiff]:
    """Return the parts that differ between two bodies, in the order of the newer one.

    Args:
        old: Fields of an item, as they are stored; id and version do not count.
        new: The same of the other version.
    """
    before, after = _texts(old), _texts(new)
    names = [*after, *(name for name in before if name not in after)]
    return [
        PartDiff(name, word_diff(before.get(name, ""), after.get(name, "")))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _texts(value: Any, prefix: str = "") -> dict[str, str]:
    """Return every text of a body by its path; a list of plain values is one text."""
    if isinstance(value, Mapping):
        out: dict[str, str] = {}
        for key, one in value.items():
            if not prefix and key in ("id", "version"):
                continue
            out.update(_texts(one, f"{prefix}.{key}" if prefix else str(key)))
        return out
    if isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        out = {}
        for place, one in enumerate(value, 1):
            out.update(_texts(one, f"{prefix}.{place}"))
        return out
    if isinstance(value, list):
        value = "；".join(str(one) for one in value)
    text = "" if value is None or value is False else "✓" if value is True else str(value)
    return {prefix: text} if text else {}
