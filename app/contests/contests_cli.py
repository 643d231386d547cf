"""`flask contests`: compute a contest again from its logs."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.contests import queries
from app.contests.rechecking.checking import recheck
from app.core.errors import NotFoundError
from app.rooms.scoring import reading_session

contests_cli = AppGroup("contests", help="Contests.")


@contests_cli.command("recheck")
@click.argument("contest")
@click.option("--explain", is_flag=True, help="Print how every contestant's total is made.")
@click.pass_context
def recheck_command(context: click.Context, contest: str, explain: bool) -> None:
    """Compute CONTEST (its public id) again from seals and logs, and compare it with its rows.

    Writes nothing. Exit code 0: everything stored is what it was made from; 1: something is not,
    and is named; 2: there is no such contest.
    """
    with reading_session() as db_session:
        try:
            found = queries.contest_of(db_session, contest)
        except NotFoundError:
            click.echo(f"no contest {contest}", err=True)
            context.exit(2)
        report = recheck(db_session, found, keys=current_app.extensions["field_keys"])
    click.echo(", ".join(f"{number} {kind}" for kind, number in sorted(report.counts.items())))
    if explain:
        for code, lines in sorted(report.lines.items()):
            for one in lines:
                terms = " + ".join(f"{part} {points:g} × {w:.4f}" for part, points, w in one.terms)
                click.echo(f"{code}  {one.title}: {terms} = {one.total:.4f}")
    for wrong in report.findings:
        words = f"{wrong.code}: {wrong.where}: stored {wrong.stored}, found {wrong.found}"
        click.echo(words, err=True)
    click.echo(f"{len(report.findings)} findings")
    context.exit(1 if report.findings else 0)
