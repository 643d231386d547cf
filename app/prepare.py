"""Bring an instance to this version of the product; nothing to do on a second start."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import click
import flask_migrate

from app.core.config import ROOT, Settings
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
    mark = settings.instance_dir / "prepared.json"
    wanted = {"database": digest(settings.database_url), "content": content_digest()}
    if not force and mark.exists() and json.loads(mark.read_text()) == wanted:
        return False
    from app.content_cli import load_content, load_demo

    logging.getLogger().setLevel(logging.WARNING)
    click.echo("· database schema")
    flask_migrate.upgrade()
    click.echo("· content")
    load_content(redraft=settings.is_demo)
    if settings.is_demo:
        click.echo("· demonstration people and records")
        load_demo()
    logging.getLogger().setLevel(settings.log_level)
    mark.write_text(json.dumps(wanted))
    return True


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
