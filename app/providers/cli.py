"""`flask providers`: admit providers, take in indicators, settle months and prove them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts import queries as accounts
from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.errors import DomainError, NotFoundError
from app.providers import importing, queries, services
from app.providers.models import ProviderField, ProviderTier
from app.providers.months import parse_month
from app.providers.rules import snapshots

ACTOR = "cli:providers"

providers_cli = AppGroup("providers", help="Service providers.")


@providers_cli.command("admit")
@click.argument("code")
@click.argument("name")
@click.option("--city", required=True, help="Where it is.")
@click.option("--field", type=click.Choice(list(ProviderField)), required=True)
@click.option("--tier", type=click.Choice(list(ProviderTier)), required=True)
@click.option("--joined-on", type=click.DateTime(["%Y-%m-%d"]), help="Today unless given.")
def admit(code: str, name: str, joined_on: datetime | None, **values: Any) -> None:
    """Add a provider under its 服务商编号."""
    now = clock.now()
    joined = joined_on or now.astimezone(BEIJING)
    try:
        with transaction() as db_session:
            services.admit_provider(
                db_session,
                code=code,
                name=name,
                city=values["city"],
                field=ProviderField(values["field"]),
                tier=ProviderTier(values["tier"]),
                joined_on=joined.date(),
                actor=ACTOR,
                now=now,
            )
    except DomainError as error:
        raise click.ClickException(str(error)) from error


@providers_cli.command("appoint")
@click.argument("code")
@click.argument("account")
def appoint(code: str, account: str) -> None:
    """Let the owner of an account act for a provider."""
    try:
        with transaction() as db_session:
            person = accounts.person_of_account_or_none(db_session, account)
            if person is None:
                raise NotFoundError(f"no account {account}")
            provider = queries.provider_by_code(db_session, code)
            services.appoint_manager(db_session, provider, person, actor=ACTOR, now=clock.now())
    except DomainError as error:
        raise click.ClickException(str(error)) from error


@providers_cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only check; take nothing in.")
@click.option("--looked-at", is_flag=True, help="Figures that look wrong were looked at.")
def import_file(file: Path, *, dry_run: bool, looked_at: bool) -> None:
    """Take in a file of monthly indicators, CSV or xlsx; all of it or nothing."""
    now = clock.now()
    try:
        checked = importing.check_indicator_file(
            db.session(), file.read_bytes(), file.name, now=now
        )
    except importing.BadIndicatorFileError as error:
        for cell in error.cells:
            where = f"line {cell.line}" if cell.line else "file"
            click.echo(f"{where} {cell.column}: {cell.code} {cell.given} {cell.detail}".rstrip())
        raise click.ClickException(f"{len(error.cells)} errors; nothing was taken in") from error
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    for one in checked.odd:
        click.echo(f"line {one.line} {one.provider_code} {one.module_id}: looks wrong ({one.kind})")
    corrected = sum(figure.is_correction for figure in checked.news)
    click.echo(
        f"{checked.scheme_ref}: {len(checked.rows)} rows, {len(checked.news) - corrected} new,"
        f" {corrected} corrected, {checked.figure_count - len(checked.news)} unchanged"
    )
    if dry_run:
        return
    if checked.odd and not looked_at:
        raise click.ClickException("figures look wrong: look at them, then add --looked-at")
    with transaction() as db_session:
        _, is_new = importing.import_indicators(db_session, checked, actor=ACTOR, now=now)
    click.echo("taken in" if is_new else "taken in before: nothing changed")


@providers_cli.command("settle")
def settle() -> None:
    """Write down the scores of settled months that are not there, or whose figures changed."""
    now, include_demo = clock.now(), _settings().is_demo
    for month in snapshots.months_to_settle(db.session(), now=now):
        with transaction() as db_session:
            added = snapshots.settle_month(db_session, month, now=now, include_demo=include_demo)
        click.echo(f"{month:%Y-%m}: {added} scores written")


@providers_cli.command("prove")
@click.option("--month", help="2026-10; every settled month unless given.")
def prove(month: str | None) -> None:
    """Compute settled scores again, one by one, and compare them to the last digit."""
    now, include_demo = clock.now(), _settings().is_demo
    chosen = parse_month(month) if month else None
    if month and chosen is None:
        raise click.ClickException(f"{month!r} is no month such as 2026-10")
    months = [chosen] if chosen else snapshots.months_to_settle(db.session(), now=now)
    differing = 0
    for one in months:
        count, differences = snapshots.prove_month(
            db.session(), one, now=now, include_demo=include_demo
        )
        differing += len(differences)
        click.echo(f"{one:%Y-%m}: {count} scores, {len(differences)} differ")
        for found in differences:
            click.echo(f"  provider {found.provider_id} revision {found.revision}: {found.what}")
    if differing:
        raise click.ClickException(f"{differing} scores differ")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
