"""Bring an instance to this version of the product; nothing to do on a second start."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask, current_app

from app.core.config import ROOT, Settings
from app.core.db import db
from app.core.hashing import digest

CONTENT_FOLDERS = (
    "migrations/versions",
    "question_bank/content",
    "simulations/content",
    "certificates/content",
    "app/providers/content",
)
"""What an instance is made of besides code."""


def prepare(settings: Settings, *, force: bool = False) -> bool:
    """Migrate, load shipped content and, in a demonstration, its people.

    Args:
        settings: Names the database and the instance folder.
        force: Do it even if this version was prepared before.

    Returns:
        Whether there was anything to do.
    """
    if not force and is_prepared(settings):
        return False
    logging.getLogger().setLevel(logging.WARNING)
    # Loaded only when there is something to do: a second start must not wait for it.
    from app.content_cli import load_content, load_demo

    click.echo("· database schema")
    migrate()
    click.echo("· content")
    load_content(redraft=settings.is_demo)
    if settings.is_demo:
        click.echo("· demonstration people and records")
        load_demo()
    logging.getLogger().setLevel(settings.log_level)
    _mark_of(settings).write_text(json.dumps(_wanted(settings)))
    return True


def migrate() -> None:
    """Bring the schema of the current application's database to the newest revision."""
    import flask_migrate

    attach_migrations(current_app)
    flask_migrate.upgrade()


def attach_migrations(app: Flask) -> None:
    """Tell the application where its migrations are; a web process never needs them."""
    import flask_migrate

    flask_migrate.Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def is_prepared(settings: Settings) -> bool:
    """Say whether this instance was prepared by this very version, for this very database."""
    mark = _mark_of(settings)
    if not mark.exists() or json.loads(mark.read_text()) != _wanted(settings):
        return False
    return not settings.is_sqlite or Path(settings.database_url[len("sqlite:///") :]).exists()


def _mark_of(settings: Settings) -> Path:
    return settings.instance_dir / "prepared.json"


def _wanted(settings: Settings) -> dict[str, str]:
    return {"database": digest(settings.database_url), "content": content_digest()}


def content_digest() -> str:
    """Return a digest of every content file and migration of this checkout."""
    sums = hashlib.sha256()
    for path in _content_files():
        sums.update(str(path.relative_to(ROOT)).encode())
        sums.update(path.read_bytes())
    return "sha256:" + sums.hexdigest()


def _content_files() -> Iterator[Path]:
    for folder in CONTENT_FOLDERS:
        yield from sorted(
            path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"
        )
