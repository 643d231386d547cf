"""Find sections by words: all words of the question, else most of its neighbouring characters.

Chinese writes no spaces between words. A question that stands nowhere as it is typed is therefore
compared by pairs of neighbouring characters, and sections that have most of them are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from app.handbook.chapters import Chapter, Handbook, Section
from app.handbook.rendering import plain_text

LONGEST_QUERY = 60
MOST_HITS = 20

TITLE_WEIGHT = 5
"""A word in the heading counts as much as so many in the text."""

MOST_COUNTED = 5
"""A word that stands more often than this makes a section no better."""

LEAST_PAIR_SHARE = 0.6
"""Share of the question's pairs that a section must have where the words themselves are nowhere."""

BEFORE_CHARS, AFTER_CHARS = 24, 70


@dataclass(frozen=True)
class Hit:
    """A section that was found; `before`, `found` and `after` are a piece of its text."""

    chapter: Chapter
    section: Section
    before: str
    found: str
    after: str


def search(book: Handbook, query: str) -> list[Hit]:
    """Return the sections that answer a question, the best first.

    Args:
        book: The handbook.
        query: What was typed; longer than `LONGEST_QUERY` is cut.
    """
    words = query[:LONGEST_QUERY].casefold().split()
    if not words:
        return []
    places = [
        (chapter, section, f"{section.number} {section.title}".casefold(), _text_of(section))
        for chapter in book.chapters
        for section in chapter.sections
    ]
    ranked = [
        (_score(words, title, text.casefold()), chapter, section, text)
        for chapter, section, title, text in places
    ]
    terms = words
    if not any(score for score, *_ in ranked):
        terms = pairs_of(words)
        ranked = [
            (_share(terms, title + text.casefold()), chapter, section, text)
            for chapter, section, title, text in places
        ]
    found = sorted((one for one in ranked if one[0]), key=lambda one: -one[0])[:MOST_HITS]
    return [_hit(chapter, section, text, terms) for _, chapter, section, text in found]


def pairs_of(words: list[str]) -> list[str]:
    """Return the pairs of neighbouring characters of words, without repeats."""
    return list(dict.fromkeys(a + b for word in words for a, b in pairwise(word)))


def _text_of(section: Section) -> str:
    return plain_text(section.text)


def _score(words: list[str], title: str, text: str) -> float:
    """Return how well a section fits; 0 if a word stands nowhere in it."""
    counts = [
        TITLE_WEIGHT * (word in title) + min(MOST_COUNTED, text.count(word)) for word in words
    ]
    return float(sum(counts)) if all(counts) else 0.0


def _share(pairs: list[str], text: str) -> float:
    share = sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
    return share if share >= LEAST_PAIR_SHARE else 0.0


def _hit(chapter: Chapter, section: Section, text: str, terms: list[str]) -> Hit:
    lower = text.casefold()
    starts = [(lower.find(term), term) for term in terms if term in lower]
    if len(lower) != len(text) or not starts:
        return Hit(chapter, section, text[: BEFORE_CHARS + AFTER_CHARS], "", "")
    start, term = min(starts)
    end = start + len(term)
    before = ("…" if start > BEFORE_CHARS else "") + text[max(0, start - BEFORE_CHARS) : start]
    return Hit(chapter, section, before, text[start:end], text[end : end + AFTER_CHARS])
