"""How alike two texts are: shared pairs of characters, with every figure masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

NEAR_DUPLICATE = 0.55
"""Jaccard likeness from which two stems are the same."""

SIMILAR = 0.22
"""Likeness from which an author should look at the other item."""


def pairs_of(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters; numbers count as one sign, spaces as none."""
    masked = re.sub(r"[\d.,%]+", "0", re.sub(r"\s", "", text))
    return frozenset(masked[i : i + 2] for i in range(len(masked) - 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Jaccard index of two sets of pairs, in [0, 1]."""
    return len(one & other) / max(1, len(one | other))


@dataclass(frozen=True, order=True)
class Alike:
    """A text like the one that was asked about; `share` in [0, 1]."""

    share: float
    ref: str


class LikenessIndex:
    """Texts by ref, ready to be compared with another; 1,000 stems take a few milliseconds."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._pairs = {ref: pairs_of(text) for ref, text in texts}

    def nearest(self, text: str, *, least: float = SIMILAR, most: int = 5) -> list[Alike]:
        """Return what is most like a text, nearest first.

        Args:
            text: What is being written.
            least: Smallest likeness that is told.
            most: How many at most.
        """
        wanted = pairs_of(text)
        found = (Alike(likeness(wanted, pairs), ref) for ref, pairs in self._pairs.items())
        return sorted((one for one in found if one.share >= least), reverse=True)[:most]
