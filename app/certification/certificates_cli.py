"""`flask certificates`: issue what waits, many at once."""

from __future__ import annotations

import json
import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.certification import bulk, queries
from app.core import clock
from app.core.config import Settings
from app.core.db import db
from app.core.errors import NotFoundError

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
