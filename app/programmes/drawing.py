"""The scheme document as a file."""

from __future__ import annotations

from app.core.config import Settings
from app.core.errors import StorageUnavailableError
from certificates.errors import FontsMissingError
from certificates.pdf.booklet import Booklet, draw_booklet


class SchemeFontsMissingError(StorageUnavailableError):
    """Raised when the fonts are not where the set-up puts them."""

    code = "fonts_missing"


def draw(booklet: Booklet, settings: Settings) -> bytes:
    """Return a document as a PDF file.

    Raises:
        SchemeFontsMissingError: If the fonts are not where the set-up puts them.
    """
    try:
        return draw_booklet(booklet, settings.fonts_dir)
    except FontsMissingError as error:
        raise SchemeFontsMissingError(str(error)) from error
