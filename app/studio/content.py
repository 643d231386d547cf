"""Put the shipped scenarios into the database, with what was computed for them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click

from app.core import clock
from app.core.db import transaction
from app.studio import services
from simulations.errors import ScenarioError
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.policies import reference_path
from simulations.scenarios import Scenario

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
            for kind, path in _finding_paths(scenario).items():
                if path.exists():
                    services.store_finding(
                        db_session,
                        scenario.content_hash(),
                        kind,
                        json.loads(path.read_text(encoding="utf-8")),
                        engine_version=scenario.engine,
                        now=now,
                    )
                elif kind == "reference":
                    logger.warning("%s has no reference: its rooms cannot start", scenario.ref)


def _finding_paths(scenario: Scenario) -> dict[str, Path]:
    """Return where the shipped findings of a scenario stand, by kind."""
    return {
        "reference": reference_path(scenario),
        "calibration": CONTENT_DIR / f"{scenario.id}.calibration.json",
    }
