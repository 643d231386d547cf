"""`flask certificates`: issue what waits, many at once; try the time-stamping authority."""

from __future__ import annotations

import json
import secrets
import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.certification import bulk, queries, time_stamps
from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.errors import NotFoundError
from certificates.cms import STAMP_ROOM
from certificates.errors import StampError
from certificates.stamps import is_trusted

certificates_cli = AppGroup("certificates", help="Certificates.")


@certificates_cli.command("issue")
@click.option("--programme", help="id; default is every programme")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
def issue(programme: str | None, as_json: bool) -> None:
    """Decide every active enrolment anew, issue what passes, sign the files."""
    settings: Settings = current_app.config["SETTINGS"]
    if programme is not None:
        try:
            queries.newest_programme(db.session(), programme)
        except NotFoundError as error:
            raise click.ClickException(str(error)) from error
        finally:
            db.session().rollback()
    with click.progressbar(
        length=1, label="  deciding", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        done = bulk.issue_waiting(
            settings,
            current_app.extensions["field_keys"],
            programme_id=programme,
            now=clock.now(),
            progress=progress,
        )
    if as_json:
        told = {"considered": done.considered, "issued": done.numbers, "sealed": done.sealed}
        click.echo(json.dumps(told))
        return
    for number in done.numbers:
        click.echo(number)
    click.echo(f"{len(done.numbers)} of {done.considered} enrolments issued, {done.sealed} signed")


@certificates_cli.command("time-stamp")
def time_stamp() -> None:
    """Ask the authority of TSA_URL for one time stamp, and say what it is worth."""
    settings: Settings = current_app.config["SETTINGS"]
    authority = time_stamps.authority_of(settings)
    if authority is None:
        raise click.ClickException(
            "TSA_URL is not set: certificates are signed without time stamps"
        )
    try:
        stamp = authority.stamp(secrets.token_bytes(32))
    except StampError as error:
        raise click.ClickException(str(error)) from error
    roots = time_stamps.trusted_roots(settings)
    trust = "leads to no root: set TSA_ROOTS"
    if is_trusted(stamp, roots):
        trust = "leads to a root of TSA_ROOTS"
    click.echo(f"{stamp.authority}  {stamp.at.isoformat(timespec='seconds')}  {trust}")
    click.echo(f"{len(stamp.token)} of at most {STAMP_ROOM} bytes")
