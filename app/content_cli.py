"""Put shipped content and demonstration data in place; `flask content`, `flask demo`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask import current_app
from flask.cli import AppGroup

from app.bank import services as bank
from app.bank.workshop.demo import load_demo_workshop
from app.certification.demo import load_demo_credential
from app.certification.key_cli import make_first_keys
from app.certification.publishing import load_shipped_programmes
from app.committee.laws import load_shipped_laws
from app.contests.content_steps import publish_shipped_rules
from app.contests.demo import load_demo_contests
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.demo import add_demo_people
from app.directory.demo import load_demo_directory
from app.exams import drawing
from app.exams import queries as exam_queries
from app.integrity.demo import load_demo_integrity
from app.library.playing.demo import play_demo_draft
from app.marking.demo import load_demo_marking
from app.programmes.demo import load_demo_programmes
from app.providers.coaching.demo import load_demo_coaching
from app.providers.content_steps import publish_shipped_schemes
from app.providers.demo import load_demo_providers
from app.providers.sessions.demo import load_demo_sessions
from app.recordings.demo import load_demo_recordings
from app.rooms.demo import add_practice_rooms
from app.sittings.demo import load_demo_sittings
from app.standards.demo import load_demo_standards
from app.studio.content import publish_shipped_scenarios
from app.studio.drafts.demo import draft_demo_scenarios
from app.training.courses.demo import load_demo_courses
from app.training.decisions.content import publish_shipped_decisions
from app.training.demo import load_demo_training
from app.training.periods.demo import load_demo_period
from question_bank.errors import BankError
from question_bank.loading import load_bank, load_blueprints

content_cli = AppGroup("content", help="Shipped content.")
demo_cli = AppGroup("demo", help="The demonstration deployment's people and records.")

FORMS_AT_SETUP = 3
"""Forms drawn by the set-up; the scheduler draws the rest while the product runs."""

ACTOR = "cli:content load"

CONTENT_STEPS: tuple[Callable[[bool], None], ...] = (
    publish_shipped_scenarios,
    load_shipped_programmes,
    make_first_keys,
    publish_shipped_schemes,
    load_shipped_laws,
    publish_shipped_rules,
    publish_shipped_decisions,
)
"""What else is loaded after the bank, in order of the layers; each takes `redraft`."""

DEMO_STEPS: tuple[Callable[[], None], ...] = (
    add_practice_rooms,
    load_demo_credential,
    load_demo_providers,
    load_demo_sessions,
    load_demo_programmes,
    load_demo_sittings,
    load_demo_marking,
    load_demo_standards,
    load_demo_recordings,
    load_demo_workshop,
    draft_demo_scenarios,
    play_demo_draft,
    load_demo_integrity,
    load_demo_directory,
    load_demo_contests,
    load_demo_training,
    load_demo_period,
    load_demo_courses,
    load_demo_coaching,
)
"""What a demonstration gets besides its people."""


def load_content(*, redraft: bool = False) -> None:
    """Publish the shipped items, blueprints, scenarios, programmes and schemes.

    Args:
        redraft: Let changed texts replace shipped versions: a demonstration follows its
            checkout; production publishes new versions instead.
    """
    try:
        items, blueprints = load_bank(), list(load_blueprints().values())
    except BankError as error:
        raise click.ClickException(str(error)) from error
    with transaction() as db_session:
        bank.publish_bank(
            db_session,
            items,
            blueprints,
            is_public=True,
            actor=ACTOR,
            now=clock.now(),
            redraft=redraft,
        )
    for step in CONTENT_STEPS:
        step(redraft)
    _draw_forms([blueprint.ref for blueprint in blueprints])


def _draw_forms(refs: list[str]) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        return  # shipped items are never drawn in production
    with transaction() as db_session:
        wanted = [
            ref
            for ref in refs
            for _ in range(FORMS_AT_SETUP - exam_queries.unused_form_count(db_session, ref))
        ]
    with click.progressbar(
        wanted, label="  drawing forms", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for ref in bar:
            with transaction() as db_session:
                form = drawing.draw_form(db_session, ref, include_public=True)
                drawing.store_form(db_session, form, now=clock.now())


def load_demo() -> None:
    """Open the demonstration accounts and give them something to look at."""
    with transaction() as db_session:
        add_demo_people(db_session, current_app.extensions["field_keys"], now=clock.now())
    for step in DEMO_STEPS:
        step()


@content_cli.command("load")
@click.option("--redraft", is_flag=True, help="Let changed texts replace shipped versions.")
def content_load(redraft: bool) -> None:
    """Publish the shipped content."""
    load_content(redraft=redraft)


@demo_cli.command("load")
def demo_load() -> None:
    """Load the demonstration's people and records."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        raise click.ClickException("DEPLOYMENT=production takes no demonstration data")
    load_demo()
