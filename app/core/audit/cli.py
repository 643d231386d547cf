"""`flask audit verify`."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.core.audit.services import verify_audit
from app.core.db import db

audit_cli = AppGroup("audit", help="The audit log.")


@audit_cli.command("verify")
def verify() -> None:
    """Recompute every chain; exit 1 and name the first bad entry of each if one is wrong."""
    count, faults = verify_audit(db.session())
    for fault in faults:
        click.echo(f"{fault.subject} entry {fault.sequence}: {fault.fault}", err=True)
    click.echo(f"{count} entries, {len(faults)} chains wrong")
    sys.exit(1 if faults else 0)
