"""Put the shipped schemes into the database: a step of `flask content load`."""

from __future__ import annotations

import click

from app.core import clock
from app.core.db import transaction
from app.providers import services
from app.providers.errors import SchemeContentError
from app.providers.loading import load_schemes

ACTOR = "cli:content load"


def publish_shipped_schemes(redraft: bool) -> None:
    """Publish the schemes of `app/providers/content`.

    Args:
        redraft: Let changed content replace shipped versions (a demonstration only).

    Raises:
        click.ClickException: Naming file, id and field of every fault of the content.
    """
    try:
        schemes = load_schemes()
    except SchemeContentError as error:
        raise click.ClickException(str(error)) from error
    with transaction() as db_session:
        services.publish_schemes(db_session, schemes, actor=ACTOR, now=clock.now(), redraft=redraft)
