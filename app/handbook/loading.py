"""Read the chapters that the product ships."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.handbook.chapters import Chapter, Handbook, bound, parse_chapter
from app.handbook.errors import HandbookError

CONTENT_DIR = Path(__file__).with_name("content")


def load_handbook(folder: Path) -> Handbook:
    """Read every chapter of a folder.

    Raises:
        HandbookError: With the problems of all files, or of the chapters together.
    """
    chapters: list[Chapter] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.md")):
        try:
            chapters.append(parse_chapter(path.read_text(encoding="utf-8"), path.name))
        except HandbookError as error:
            problems += error.problems
    if problems:
        raise HandbookError(problems)
    return bound(chapters)


@lru_cache(maxsize=1)
def shipped_handbook() -> Handbook:
    """Return the shipped handbook, read once in a process."""
    return load_handbook(CONTENT_DIR)
