"""The book's file: drawn ahead by a job, once for each edition, and read by the pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask_babel import gettext

from app.core.config import Settings
from app.core.i18n import LOCALES
from app.handbook import printing
from app.handbook.printing import FOLDER, book_pdf, draw_missing
from app.standards.paper import PaperFontsError
from certificates.fonts import fonts_dir_from


@pytest.fixture
def settings(app, tmp_path) -> Settings:
    held = app.config["SETTINGS"]
    return replace(held, instance_dir=tmp_path, fonts_dir=fonts_dir_from({}))


@pytest.fixture
def drawings(monkeypatch) -> list[str]:
    """Stand in for the drawing, which takes a second; returns the titles that were drawn."""
    drawn: list[str] = []

    def draw(book, lists, fonts_dir) -> bytes:
        drawn.append(gettext("操盘手手册"))
        return f"%PDF {drawn[-1]}".encode()

    monkeypatch.setattr(printing, "draw_handbook", draw)
    return drawn


def test_every_language_is_drawn_once_and_then_only_read(app, settings, drawings):
    with app.test_request_context("/"):
        assert draw_missing(settings) == len(LOCALES)
        assert draw_missing(settings) == 0
        assert book_pdf(settings, "en") != book_pdf(settings, "zh_CN")

    assert len(drawings) == len(set(drawings)) == len(LOCALES)


def test_earlier_editions_are_taken_away(app, settings, drawings):
    old = settings.instance_dir / FOLDER / "0123-en.pdf"
    old.parent.mkdir()
    old.write_bytes(b"old")

    with app.test_request_context("/"):
        draw_missing(settings)

    assert not old.exists()
    assert len(list(old.parent.iterdir())) == len(LOCALES)


def test_a_folder_that_cannot_be_written_still_gives_the_book(app, settings, drawings):
    (settings.instance_dir / FOLDER).write_text("a file in the folder's place")

    with app.test_request_context("/"):
        assert book_pdf(settings, "zh_CN").startswith(b"%PDF")


def test_missing_fonts_are_told_to_the_reader_and_not_to_the_log(app, settings, monkeypatch):
    def fail(*_args) -> bytes:
        raise PaperFontsError("run make setup")

    monkeypatch.setattr(printing, "draw_handbook", fail)
    with app.test_request_context("/"):
        assert draw_missing(settings) == 0
        with pytest.raises(PaperFontsError):
            book_pdf(settings, "zh_CN")


def test_a_visitor_gets_the_file_that_the_job_drew(app, drawings):
    with app.test_request_context("/"):
        draw_missing(app.config["SETTINGS"])
    drawings.clear()

    answer = app.test_client().get("/handbook/book.pdf")

    assert answer.data.startswith(b"%PDF")
    assert drawings == []
