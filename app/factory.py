"""Put the application together: settings in, a Flask application out."""

from __future__ import annotations

import importlib
from datetime import timedelta

import click
from flask import Flask, g, request
from flask.cli import AppGroup
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts.identity import cookie_name, register_identity, signed_in, touch_session
from app.core import clock
from app.core.addresses import register_addresses
from app.core.config import ROOT, Settings
from app.core.crypto import FieldKeys
from app.core.db import init_db
from app.core.error_pages import register_error_pages
from app.core.events import Handlers
from app.core.front import Front
from app.core.i18n import register_i18n
from app.core.security import register_headers
from app.navigation import register_navigation

FEATURES = (
    "accounts",
    "home",
    "bank",
    "studio",
    "exams",
    "rooms",
    "certification",
    "sittings",
    "results",
    "integrity",
    "providers",
    "programmes",
    "checks",
    "api",
    "directory",
    "recordings",
    "library",
    "marking",
    "analysis",
    "standards",
    "committee",
    "handbook",
    "admin",
)
"""Feature folders with pages, in the order of their layers."""

COMMANDS = {
    "audit": "app.core.audit.cli:audit_cli",
    "certificates": "app.certification.certificates_cli:certificates_cli",
    "content": "app.content_cli:content_cli",
    "demo": "app.content_cli:demo_cli",
    "docs": "app.docs_cli:docs_cli",
    "jobs": "app.scheduler:jobs_cli",
    "keys": "app.certification.key_cli:keys_cli",
    "people": "app.accounts.cli:people_cli",
    "providers": "app.providers.cli:providers_cli",
}
"""Where each group of commands stands."""


def create_app(settings: Settings) -> Flask:
    """Build the application; it needs nothing but its settings.

    Raises:
        SettingsError: If a setting cannot work.
    """
    app = Flask("app", root_path=str(ROOT / "app"), instance_path=str(settings.instance_dir))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-caopan-form" if settings.is_https else "caopan-form",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # an exam is longer than the default hour
        WTF_CSRF_SSL_STRICT=settings.is_https,
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        TESTING=settings.deployment == "test",
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    init_db(app, settings)
    CSRFProtect(app)
    register_identity(app, settings)
    register_i18n(app)
    register_addresses(app)
    register_error_pages(app)
    register_headers(app, https=settings.is_https)
    app.extensions["field_keys"] = FieldKeys.from_folder(settings.instance_dir)
    app.extensions["handlers"] = _handlers()
    for feature in FEATURES:
        module = importlib.import_module(f"app.{feature}.routes")
        app.register_blueprint(module.bp)
    register_navigation(app)
    _register_touch(app)
    _register_beat(app)
    _register_exposure(app)
    _put_front(app, settings)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]
    app.cli = _Commands(app.name)
    return app


def _handlers() -> Handlers:
    """Who is told of which fact; they run at once, in the same transaction."""
    from app.api import feeds, webhooks
    from app.certification import renewing, room_items
    from app.certification import services as certification
    from app.certification.events import CredentialChanged
    from app.exams.events import (
        AttemptAwaitsMarks,
        AttemptClosing,
        AttemptScored,
        AttemptStarting,
    )
    from app.marking import room_texts, telling
    from app.marking import services as marking
    from app.marking.events import RoomTextMarked
    from app.providers.events import EmploymentChanged
    from app.rooms.events import RoomScored, RoomWeighed
    from app.sittings import seats

    return {
        CredentialChanged: [
            webhooks.on_credential_changed,
            renewing.on_credential_changed,
            feeds.on_credential_changed,
        ],
        EmploymentChanged: [feeds.on_employment_changed],
        AttemptStarting: [seats.on_attempt_starting],
        AttemptAwaitsMarks: [marking.on_attempt_awaits_marks],
        AttemptClosing: [room_items.on_attempt_closing],
        AttemptScored: [
            room_items.on_attempt_scored,
            certification.on_attempt_scored,
            renewing.on_attempt_scored,
        ],
        RoomScored: [certification.on_room_scored, room_texts.on_room_scored],
        RoomWeighed: [certification.on_room_weighed],
        RoomTextMarked: [telling.on_room_text_marked],
    }


def _register_exposure(app: Flask) -> None:
    """Let the bank ask what other features know: an item's use, and which scenarios there are."""
    from app.exams.exposing import item_exposure
    from app.studio.queries import is_published

    app.extensions["item_exposure"] = item_exposure
    app.extensions["scenario_is_published"] = is_published


def _register_beat(app: Flask) -> None:
    """Measure outages of the web itself, so that open exams get the time back."""
    from app.exams.outages import register_beat

    register_beat(app)


def _register_touch(app: Flask) -> None:
    """Write a session's `seen_at` after the answer is made, at most once a minute."""

    @app.after_request
    def touch(response):  # type: ignore[no-untyped-def]
        session_hash = g.pop("touch_session", None)
        if session_hash and response.status_code < 500 and request.endpoint != "static":
            touch_session(session_hash, now=clock.now())
        return response


def _put_front(app: Flask, settings: Settings) -> None:
    """Put the hot routes in front of Flask."""
    from app.exams.front import HOT_ROUTES as EXAM_ROUTES
    from app.rooms.front import HOT_ROUTES as ROOM_ROUTES

    rows = app.extensions["raw_engines"].rows
    front = Front(
        app,
        app.wsgi_app,
        {**EXAM_ROUTES, **ROOM_ROUTES},
        cookie_name=cookie_name(settings),
        identify=lambda secret, now, beside, public_id: signed_in(
            rows, secret, now=now, settings=settings, beside=beside, public_id=public_id
        ),
        touch=lambda person: touch_session(person.session_hash, now=clock.now()),
        https=settings.is_https,
    )
    app.extensions["front"] = front
    app.wsgi_app = front  # type: ignore[method-assign]


class _Commands(AppGroup):
    """The application's command groups, each imported when it is called: no server needs them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(context)})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return super().get_command(context, name)
        module, group = COMMANDS[name].split(":")
        command = getattr(importlib.import_module(module), group)
        assert isinstance(command, click.Command)
        return command
