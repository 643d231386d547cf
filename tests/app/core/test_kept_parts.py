"""Parts of pages are kept by what they were given and by language, and never by person."""

from __future__ import annotations

import pytest
from flask_babel import force_locale
from jinja2 import DictLoader

from app.core.kept_parts import kept_macros

TEMPLATE = (
    "{% macro line(name) %}{% trans %}首页{% endtrans %} {{ name }} {{ counted() }}{% endmacro %}"
)


@pytest.fixture
def parts(app, request, monkeypatch):
    """A template of this test alone: an application keeps what its parts said."""
    name = f"{request.node.name}.html"
    written: list[str] = []
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader({name: TEMPLATE}))
    monkeypatch.setitem(app.jinja_env.globals, "counted", lambda: written.append("") or "")
    return name, written


def test_it_is_written_once_for_what_it_is_given(app, parts):
    name, written = parts
    with app.test_request_context():
        line = kept_macros(name).line

        assert line("甲") == line("甲") == "首页 甲 "
        assert line("<b>") == "首页 &lt;b&gt; "
    assert len(written) == 2


def test_each_language_has_its_own(app, parts):
    name, written = parts
    with app.test_request_context():
        assert kept_macros(name).line("甲") == "首页 甲 "
        with force_locale("en"):
            assert kept_macros(name).line("甲") == "Home 甲 "
        assert kept_macros(name).line("甲") == "首页 甲 "
    assert len(written) == 2


def test_where_the_application_is_mounted_counts(app, parts):
    name, written = parts
    for mount, seen in (("", 1), ("/exam", 2), ("", 2)):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": mount}):
            kept_macros(name).line("甲")
        assert len(written) == seen
