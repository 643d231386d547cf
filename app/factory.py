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
from app.core.addresses import LateRule, register_addresses
from app.core.config import ROOT, Settings
from app.core.crypto import FieldKeys
from app.core.db import init_db
from app.core.error_pages import register_error_pages
from app.core.events import Handlers
from app.core.form_cookie import FormCookies
from app.core.front import Front
from app.core.i18n import register_i18n
from app.core.kept_parts import register_kept_parts
from app.core.security import register_headers
from app.core.static_files import EditionedFlask
from app.navigation import register_navigation

FEATURES = (
    "accounts",
    "accounts.recovery",
    "home",
    "bank",
    "studio",
    "exams",
    "rooms",
    "certification",
    "sittings",
    "training",
    "results",
    "integrity",
    "providers",
    "programmes",
    "checks",
    "contests",
    "contests.board",
    "contests.season",
    "contests.diplomas",
    "api",
    "directory",
    "recordings",
    "library",
    "library.playing",
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
    "contests": "app.contests.contests_cli:contests_cli",
    "docs": "app.docs_cli:docs_cli",
    "handbook": "app.handbook.cli:handbook_cli",
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
    app = _App("app", root_path=str(ROOT / "app"), instance_path=str(settings.instance_dir))
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
    app.session_interface = FormCookies()
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    init_db(app, settings)
    CSRFProtect(app)
    register_identity(app, settings)
    register_i18n(app)
    register_addresses(app)
    register_kept_parts(app)
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
    from app.contests.diplomas import services as diplomas
    from app.contests.events import (
        ActProposed,
        ContestResultFinal,
        EntryStands,
        JuryDealt,
        ProtestAnswered,
        ProtestFiled,
        ResultsTold,
        RoundTurned,
    )
    from app.contests.events import RoundScored as ContestRoundScored
    from app.contests.season import services as season
    from app.contests.telling.services import on_contest_fact
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
        ContestResultFinal: [
            season.on_result_final,
            diplomas.on_result_final,
            on_contest_fact,
        ],
        ContestRoundScored: [on_contest_fact],
        EntryStands: [on_contest_fact],
        RoundTurned: [on_contest_fact],
        JuryDealt: [on_contest_fact],
        ProtestFiled: [on_contest_fact],
        ProtestAnswered: [on_contest_fact],
        ActProposed: [on_contest_fact],
        ResultsTold: [on_contest_fact],
    }


def _register_exposure(app: Flask) -> None:
    """Let lower features ask what higher ones know: an item's use, scenarios, who works where."""
    from app.exams.exposing import item_exposure
    from app.providers.practice.services import belongs_to
    from app.providers.queries import manages_employer_of
    from app.studio.queries import is_published
    from app.training.courses.queries import trainees_of

    app.extensions["trainees_of"] = trainees_of
    app.extensions["item_exposure"] = item_exposure
    app.extensions["scenario_is_published"] = is_published
    app.extensions["belongs_to_provider"] = belongs_to
    app.extensions["manages_employer_of"] = manages_employer_of


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
    """Put the hot routes in front of Flask, and the public boards of contests before them."""
    from app.certification.front import LookupFront
    from app.contests.board.front import BoardFront
    from app.contests.board.watching import Watched
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
    watched = app.extensions["watched_boards"] = Watched(rows)
    boards = app.extensions["board_front"] = BoardFront(
        front, watched, hosts=frozenset(settings.trusted_hosts), https=settings.is_https
    )
    lookups = app.extensions["lookup_front"] = LookupFront(
        app, boards, hosts=frozenset(settings.trusted_hosts), https=settings.is_https
    )
    app.wsgi_app = lookups  # type: ignore[method-assign]


class _App(EditionedFlask):
    url_rule_class = LateRule


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
