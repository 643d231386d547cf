"""`flask audit`: verify the log, seal it."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.core import clock
from app.core.audit.seals import export_seal, faulty_seals, seal_audit, signing_key
from app.core.audit.services import verify_audit
from app.core.config import Settings
from app.core.db import db, transaction

audit_cli = AppGroup("audit", help="The audit log.")


@audit_cli.command("verify")
def verify() -> None:
    """Recompute chains and seals; exit 1 and name the first bad entry of each if one is wrong."""
    settings: Settings = current_app.config["SETTINGS"]
    count, faults = verify_audit(db.session())
    for fault in faults:
        click.echo(f"{fault.subject} entry {fault.sequence}: {fault.fault}", err=True)
    seals = faulty_seals(db.session(), signing_key(settings.instance_dir).public_key())
    for seal_id in seals:
        click.echo(f"seal {seal_id}: the log is not what was signed", err=True)
    click.echo(f"{count} entries, {len(faults)} chains wrong, {len(seals)} seals wrong")
    sys.exit(1 if faults or seals else 0)


@audit_cli.command("seal")
def seal() -> None:
    """Sign the log as it stands, and append the head to the file for export."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as db_session:
        made = seal_audit(db_session, settings.instance_dir, now=clock.now())
    if made is None:
        click.echo("nothing new since the last seal")
        return
    export_seal(made, settings.instance_dir)
    click.echo(f"seal {made.id} up to entry {made.last_entry_id}: {made.root}")
