"""The book as a file that is drawn ahead: a reader never waits for it, nor does anyone else."""

from __future__ import annotations

import hashlib
import logging
import os
from functools import lru_cache
from pathlib import Path

from flask_babel import force_locale

from app.core.config import ROOT, Settings
from app.core.i18n import LOCALES
from app.handbook.checklists import shipped_checklists
from app.handbook.loading import shipped_handbook
from app.handbook.paper import draw_handbook
from app.standards.paper import PaperFontsError

logger = logging.getLogger(__name__)

FOLDER = "handbook"
"""Below the instance's folder; whatever it holds can be drawn again."""

MADE_OF = ("app/handbook", "app/standards/paper.py", "app/translations")
"""What the file follows from, besides the faces."""


def book_pdf(settings: Settings, locale: str) -> bytes:
    """Return the whole handbook as a file in a language; drawn now only if nobody did yet.

    Args:
        settings: Names the instance's folder and the faces.
        locale: One of `LOCALES`; the chapters stay Chinese, the frame's words do not.

    Raises:
        PaperFontsError: If the book is drawn now and a font is missing.
    """
    path = _path(settings, locale)
    try:
        return path.read_bytes()
    except OSError:
        pass  # not drawn yet
    with force_locale(locale):
        data = draw_handbook(shipped_handbook(), shipped_checklists(), settings.fonts_dir)
    try:
        _keep(path, data)
    except OSError as error:  # the next reader waits again; the file itself is right
        logger.warning("the handbook's file cannot be kept in %s: %s", path.parent, error)
    return data


def draw_missing(settings: Settings) -> int:
    """Draw the book in every language that has no file of this edition; returns how many.

    Files of earlier editions are taken away. Without fonts nothing is drawn: who asks for the
    book is told what is missing.
    """
    wanted = [locale for locale in LOCALES if not _path(settings, locale).exists()]
    try:
        for locale in wanted:
            book_pdf(settings, locale)
    except PaperFontsError:
        return 0
    if wanted:
        current = {_path(settings, locale) for locale in LOCALES}
        for path in (settings.instance_dir / FOLDER).glob("*.pdf"):
            if path not in current:
                path.unlink(missing_ok=True)
    return len(wanted)


def _path(settings: Settings, locale: str) -> Path:
    return settings.instance_dir / FOLDER / f"{_edition(settings.fonts_dir)}-{locale}.pdf"


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)  # a reader finds all of it or nothing


@lru_cache(maxsize=1)
def _edition(fonts_dir: Path) -> str:
    """Return what tells this edition from any other: its text, code, words and faces."""
    sums = hashlib.sha256()
    for name in MADE_OF:
        place = ROOT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and path.suffix not in {".pyc", ".po", ".html"}:
                sums.update(str(path.relative_to(ROOT)).encode())
                sums.update(path.read_bytes())
    for path in sorted(fonts_dir.glob("*.ttf")):
        sums.update(f"{path.name} {path.stat().st_size}".encode())
    return sums.hexdigest()[:16]
