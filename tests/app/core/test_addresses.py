"""Addresses in templates: what is remembered is what Flask would build."""

from __future__ import annotations

import pytest
from flask import render_template_string, url_for


@pytest.mark.parametrize("root", ["", "/under"])
@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("home.index", {}),
        ("static", {"filename": "css/base.css"}),
        ("certification.verify", {"number": "a b"}),
        ("certification.credential", {"number": "CPS1"}),
        ("certification.exams", {"_anchor": "demo"}),
        ("home.index", {"_external": True}),
    ],
)
def test_are_flasks_own(app, root, endpoint, values):
    template = "{{ url_for(endpoint, **values) }}"

    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        said = [
            render_template_string(template, endpoint=endpoint, values=values) for _ in range(2)
        ]

        assert said == [url_for(endpoint, **values)] * 2


def test_an_endpoint_of_ones_own_blueprint_stays_relative(app):
    with app.test_request_context("/verify"):
        assert render_template_string("{{ url_for('.exams') }}") == "/exams"
