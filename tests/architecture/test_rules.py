"""Rules of the house that a machine can check."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask
from importlinter import cli as importlinter

from app.core.config import ROOT, Settings
from app.core.error_pages import MESSAGE_OF
from app.docs_cli import http_document

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def test_import_contracts_hold(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert importlinter.lint_imports(no_cache=True) == 0


def test_every_route_declares_who_may_use_it_and_what_it_answers(app: Flask):
    undeclared = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not (
            getattr(app.view_functions[rule.endpoint], "access", ())
            and getattr(app.view_functions[rule.endpoint], "answers", "")
            and app.view_functions[rule.endpoint].__doc__
        )
    ]

    assert undeclared == []


def test_every_form_that_posts_carries_the_token():
    lacking = []
    for template in (ROOT / "app").rglob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", template.read_text(), re.S | re.I):
            if re.search(r'method="?post', form, re.I) and "csrf_" not in form:
                lacking.append(str(template.relative_to(ROOT)))

    assert lacking == []


def test_no_template_has_inline_script_style_or_handlers():
    found = []
    for template in (ROOT / "app").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
        if re.search(r"<script(?![^>]*(src=|application/json|importmap))[^>]*>", text):
            found.append(f"{template.name}: inline script")
        if re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|\|\s*safe\b.*user", text):
            found.append(f"{template.name}: inline style or handler")

    assert found == []


def test_http_document_is_current(app: Flask):
    written = (ROOT / "docs" / "http.md").read_text()

    assert written == http_document(app), "run `make docs`"


def test_readme_names_every_setting():
    readme = (ROOT / "README.md").read_text()
    source = (ROOT / "app/core/config.py").read_text()
    names = set(re.findall(r'"([A-Z][A-Z_]+)"', source)) - {"DEBUG", "INFO", "WARNING", "ERROR"}

    assert len(names) >= len(fields(Settings)) - 2
    assert [name for name in sorted(names) if f"`{name}`" not in readme] == []


def test_only_the_clock_reads_the_time_of_day():
    allowed = {ROOT / "app/core/clock.py"}
    found = [
        str(path.relative_to(ROOT))
        for folder in ("app", "question_bank", "simulations", "certificates")
        for path in (ROOT / folder).rglob("*.py")
        if path not in allowed
        and re.search(r"datetime\.now\(|utcnow\(|date\.today\(|time\.time\(", path.read_text())
    ]

    assert found == []


def test_every_error_code_has_words(app: Flask):
    codes = set()
    for path in (ROOT / "app").rglob("*.py"):
        codes |= set(re.findall(r'^    code = "([a-z_]+)"', path.read_text(), re.M))

    assert sorted(codes - set(MESSAGE_OF)) == []


@pytest.mark.parametrize("folder", ["app", "question_bank", "simulations", "certificates", "tests"])
def test_nothing_names_a_path_of_one_machine(folder):
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"['\"]/(work|root|home)/", path.read_text())
    ]

    assert found == []


def test_modules_stay_small():
    """A module near 400 lines wants a noun of its own; 480 is where the build says so."""
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for folder in ("app", "question_bank", "simulations", "certificates")
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(Path(path).read_text().splitlines())) > 480
    ]

    assert long == []
