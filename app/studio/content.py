"""Put the shipped scenarios into the database, with what was computed for them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click

from app.core import clock
from app.core.db import transaction
from app.studio import services
from simulations.drill_loading import DRILLS_DIR, shipped_drills
from simulations.errors import ScenarioError
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.past_sessions import past_sessions
from simulations.policies import reference_path
from simulations.scenarios import Scenario

logger = logging.getLogger(__name__)

ACTOR = "cli:content load"


def publish_shipped_scenarios(redraft: bool) -> None:
    """Publish the scenarios and drills of `simulations/content` and their references.

    Args:
        redraft: Let changed content replace shipped versions (a demonstration only).

    Raises:
        click.ClickException: Naming file, id and field of every fault of the content.
    """
    try:
        scenarios = [*shipped_scenarios().values(), *shipped_drills().values()]
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
    now = clock.now()
    # Slow without the compiled engine, so before the write lock is taken.
    past = {one.ref: past_sessions(one).to_dict() for one in scenarios if one.planning is not None}
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
            if scenario.ref in past:
                services.store_finding(
                    db_session,
                    scenario.content_hash(),
                    "past_sessions",
                    past[scenario.ref],
                    engine_version=scenario.engine,
                    now=now,
                )


def _finding_paths(scenario: Scenario) -> dict[str, Path]:
    """Return where the shipped findings of a scenario stand, by kind."""
    folder = CONTENT_DIR if scenario.drill is None else DRILLS_DIR
    return {
        "reference": reference_path(scenario, folder),
        "calibration": folder / f"{scenario.id}.calibration.json",
    }
