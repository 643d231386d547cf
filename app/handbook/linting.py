"""What an editor checks of a chapter beyond its form: length, parts, sources, copied text.

`app.handbook.chapters` refuses what cannot be shown; this says what is not yet good enough.
Copied text is found without keeping anybody's text: only hashes of runs of twelve Chinese
characters of the published articles that chapters draw on are stored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from app.handbook.chapters import CARD, MISTAKES, Chapter, Grade, Handbook
from app.handbook.rendering import plain_text
from app.handbook.sessions import engine_numbers

LEAST_CHARS, MOST_CHARS = 1200, 2500
"""Characters of a chapter's text, blanks not counted, figure and example left out."""

ITEMS = 5
MISTAKES_TOLD = 3
MOST_CARD_CHARS = 220
"""More does not fit on a card."""

RUN = 12
"""A run of so many Chinese characters that also stands elsewhere is copied, not chance."""

PRINT_BYTES = 5
PRINTS_PATH = Path(__file__).with_name("content") / "prints.bin"

_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_ENTRY = re.compile(r"^- ", re.MULTILINE)


def lint(book: Handbook, prints: Collection[bytes] = frozenset()) -> list[str]:
    """Return what is wrong with the chapters, each with its number; empty if nothing is.

    Args:
        book: The chapters.
        prints: Of published texts, from `read_prints`.
    """
    return [
        f"chapter {chapter.number}: {problem}"
        for chapter in book.chapters
        for problem in (*_parts(chapter), *_figure(chapter), *_copied(chapter, prints))
    ]


def text_of(chapter: Chapter) -> str:
    """Return all words of a chapter as plain text."""
    return "\n".join(
        [
            plain_text(chapter.opening),
            *(f"{one.title}\n{plain_text(one.text)}" for one in chapter.sections),
        ]
    )


def char_count(chapter: Chapter) -> int:
    """Return the length of a chapter's text without blanks."""
    return sum(not one.isspace() for one in text_of(chapter))


def prints_of(text: str) -> Iterator[bytes]:
    """Yield a hash of every run of `RUN` Chinese characters; other characters end a run."""
    for found in _HAN_RUN.finditer(text):
        run = found.group()
        for start in range(len(run) - RUN + 1):
            piece = run[start : start + RUN].encode()
            yield hashlib.blake2b(piece, digest_size=PRINT_BYTES).digest()


def read_prints(path: Path = PRINTS_PATH) -> frozenset[bytes]:
    """Return the stored hashes.

    Raises:
        OSError: If the file is not there.
    """
    data = path.read_bytes()
    return frozenset(data[at : at + PRINT_BYTES] for at in range(0, len(data), PRINT_BYTES))


def write_prints(texts: Iterable[str], path: Path = PRINTS_PATH) -> int:
    """Store the hashes of texts in place of those stored; return how many there are."""
    found = sorted({one for text in texts for one in prints_of(text)})
    path.write_bytes(b"".join(found))
    return len(found)


def _parts(chapter: Chapter) -> Iterator[str]:
    front = chapter.front
    count = char_count(chapter)
    if not LEAST_CHARS <= count <= MOST_CHARS:
        yield f"{count} characters, {LEAST_CHARS} to {MOST_CHARS} expected"
    if not re.search(r"\d|[一二三四五六七八九十百千万]", plain_text(chapter.opening)):
        yield "the opening case has no figure"
    if front.example is None:
        yield "no example that the reader can change"
    if front.figure is None:
        yield "no figure"
    if len(front.items) != ITEMS or len(set(front.items)) != ITEMS:
        yield f"{len(front.items)} items, {ITEMS} different ones expected"
    if all(source.grade is Grade.ASSUMED for source in front.sources):
        yield "no source but assumptions"
    for section in chapter.sections:
        if section.title.startswith(MISTAKES):
            told = len(_ENTRY.findall(section.text))
            if told != MISTAKES_TOLD:
                yield f"{told} usual mistakes, {MISTAKES_TOLD} expected"
        if section.title.startswith(CARD) and len(section.text) > MOST_CARD_CHARS:
            yield f"{len(section.text)} characters do not fit on a card of {MOST_CARD_CHARS}"


def _figure(chapter: Chapter) -> Iterator[str]:
    """Play an engine's figure again: it shows what the engine gives, to the digit."""
    figure = chapter.front.figure
    if figure is None or figure.engine is None:
        return
    found = engine_numbers(figure.engine)
    stored = tuple((one.name, one.values) for one in figure.series)
    if (found.labels, found.series) != (figure.labels, stored):
        yield f"figure: the engine gives {found.labels} {found.series}"


def _copied(chapter: Chapter, prints: Collection[bytes]) -> Iterator[str]:
    for run in _HAN_RUN.findall(text_of(chapter)):
        hits = [
            run[start : start + RUN] for start, one in enumerate(prints_of(run)) if one in prints
        ]
        if hits:
            yield f"stands word for word in a published text: {hits[0]}"
