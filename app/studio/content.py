"""Put the shipped scenarios into the database, with what was computed for them."""

from __future__ import annotations

import json
import logging

import click

from app.core import clock
from app.core.db import transaction
from app.studio import services
from simulations.errors import ScenarioError
from simulations.loading import shipped_scenarios
from simulations.policies import reference_path

logger = logging.getLogger(__name__)

ACTOR = "cli:content load"


def publish_shipped_scenarios(redraft: bool) -> None:
    """Publish the scenarios of `simulations/content` and their references.

    Args:
        redraft: Let changed content replace shipped versions (a demonstration only).

    Raises:
        click.ClickException: Naming file, id and field of every fault of the content.
    """
    try:
        scenarios = list(shipped_scenarios().values())
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    now = clock.now()
    with transaction() as db_session:
        services.publish_scenarios(
            db_session, scenarios, is_public=True, actor=ACTOR, now=now, redraft=redraft
        )
        for scenario in scenarios:
            path = reference_path(scenario)
            if not path.exists():
                logger.warning("%s has no reference: its rooms cannot be started", scenario.ref)
                continue
            services.store_finding(
                db_session,
                scenario.content_hash(),
                "reference",
                json.loads(path.read_text(encoding="utf-8")),
                engine_version=scenario.engine,
                now=now,
            )
