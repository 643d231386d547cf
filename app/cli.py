"""`caopan`: run the product, or any of the application's commands."""

from __future__ import annotations

import os
import socket
import sys

import click
from flask import Flask, current_app
from flask.cli import FlaskGroup

from app import serve
from app.core.config import Settings
from app.core.db import check_database
from app.core.errors import SettingsError
from app.core.logs import configure_logs
from app.demo import announcement, refuse_demo_people
from app.prepare import attach_migrations, is_prepared, prepare


def _settings() -> Settings:
    try:
        return Settings.from_environ(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _application() -> Flask:
    # The application takes a second to import: `caopan run` starts its servers without it.
    from app.factory import create_app

    settings = _settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    attach_migrations(app)
    return app


@click.group(cls=FlaskGroup, create_app=_application, add_default_commands=False)
def main() -> None:
    """操盘手认证."""


@main.command("run", with_appcontext=False)
def run() -> None:
    """Start the web server and the scheduler; Ctrl-C ends both."""
    settings = _settings()
    if _taken(settings.host, settings.port):
        raise click.ClickException(
            f"{settings.host}:{settings.port} is in use: stop what runs there or set PORT"
        )
    if not settings.is_demo or not is_prepared(settings):
        with _application().app_context():
            try:
                prepare(settings)
                check_database(settings)
                refuse_demo_people(settings)
            except SettingsError as error:
                raise click.ClickException(str(error)) from error
    sys.exit(serve.run(settings, announce=announcement(settings)))


@main.command("prepare")
def prepare_command() -> None:
    """Bring the database to this version: schema, shipped content, demonstration people."""
    prepare(current_app.config["SETTINGS"], force=True)


def _taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
