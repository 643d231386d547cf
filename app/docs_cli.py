"""`flask docs http`: write `docs/http.md` from the routes themselves."""

from __future__ import annotations

import inspect
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from werkzeug.routing import Rule

docs_cli = AppGroup("docs", help="Documents made from the code.")

HEAD = """# HTTP

Every route with its purpose, method, roles, fields and answers. Made by `make docs` from the
routes; a test compares.

Common answers: 400 `csrf_failed` without the token (form field `csrf_token`, header `X-CSRFToken`),
401 `login_required` (pages: 302 to the sign-in), 403 `forbidden`, 404 `not_found` for what is
missing or somebody else's, 429 `rate_limited` and 503 `storage_unavailable` with `Retry-After`.
JSON errors are `{"type", "message", "saved": false, "errors"?}`; pages show the same message.
"""


def http_document(app: Flask) -> str:
    """Return the document of every route of the application."""
    parts = [HEAD]
    feature = ""
    rules = sorted(
        app.url_map.iter_rules(), key=lambda rule: (rule.endpoint.split(".")[0], rule.rule)
    )
    for rule in rules:
        if rule.endpoint == "static":
            continue
        name = rule.endpoint.split(".")[0]
        if name != feature:
            feature = name
            parts.append(f"\n## {feature}\n")
        parts.append(_entry(app, rule))
    return "\n".join(parts)


def _entry(app: Flask, rule: Rule) -> str:
    view: Any = app.view_functions[rule.endpoint]
    methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    purpose = (inspect.getdoc(view) or "").split("\n")[0]
    lines = [f"### {methods} `{rule.rule}`", "", purpose, ""]
    lines.append(f"- roles: {', '.join(view.access)}")
    fields = view.fields
    for name, meaning in fields.items():
        lines.append(f"- field `{name}`{': ' + meaning if meaning else ''}")
    lines.append(f"- answers: {view.answers}")
    return "\n".join(lines) + "\n"


@docs_cli.command("http")
@with_appcontext
def http() -> None:
    """Print the document."""
    click.echo(http_document(current_app), nl=False)
