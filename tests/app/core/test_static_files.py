"""Static files: one edition a page, kept for long, found by pages of earlier editions too."""

from __future__ import annotations

from pathlib import Path

from flask import url_for

from app.core.static_files import KEPT_S, edition_of


def address(app) -> str:
    with app.test_request_context("/"):
        return url_for("static", filename="js/app.js")


def test_stand_below_their_edition_and_are_kept_for_a_year(app, stranger):
    path = address(app)

    with stranger.get(path) as answer:
        assert path == f"/static/{edition_of(Path(app.static_folder))}/js/app.js"
        assert answer.status_code == 200
        assert answer.cache_control.max_age == KEPT_S
        assert answer.cache_control.immutable


def test_a_page_of_an_earlier_edition_gets_what_there_is_and_keeps_it_not(stranger):
    with stranger.get("/static/0123456789/js/app.js") as answer:
        assert answer.status_code == 200
        assert answer.cache_control.max_age == 0


def test_nothing_else_of_the_machine_is_served(stranger):
    for path in ("/static/0123456789/../factory.py", "/static/x/%2e%2e/factory.py", "/static/x/no"):
        assert stranger.get(path).status_code == 404


def test_an_edition_follows_from_every_name_and_byte(tmp_path):
    (tmp_path / "one.js").write_text("a")
    first = edition_of(tmp_path)

    (tmp_path / "one.js").write_text("b")
    changed = edition_of(tmp_path)
    (tmp_path / "one.js").rename(tmp_path / "two.js")

    assert len({first, changed, edition_of(tmp_path)}) == 3
