"""Where a draft's check looks up blueprints and scenarios."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.core.config import Settings
from app.core.errors import NotFoundError
from app.studio import queries as studio
from app.studio import realism
from certificates.lint import BlueprintFacts, ScenarioFacts, Shelf
from simulations.asking import forecast_prompts
from simulations.scenarios import Scenario


def shelf_of(db_session: Session) -> Shelf:
    """Return the published content as a check sees it."""
    settings: Settings = current_app.config["SETTINGS"]

    def blueprint(ref: str) -> BlueprintFacts | None:
        try:
            found = bank.blueprint_of(db_session, ref)
        except NotFoundError:
            return None
        return BlueprintFacts(found.level, found.item_count)

    def scenario(ref: str) -> ScenarioFacts | None:
        try:
            found = studio.scenario_of(db_session, ref)
        except NotFoundError:
            return None
        return ScenarioFacts(
            found.level,
            asks_forecasts=bool(forecast_prompts(found)),
            has_planning=found.planning is not None,
            equal_cuts=_equal_cuts_or_none(db_session, found),
            is_on_trial=not realism.counts_for_credentials(
                db_session, ref, in_demo=settings.is_demo
            ),
        )

    return Shelf(blueprint, scenario)


def _equal_cuts_or_none(db_session: Session, scenario: Scenario) -> tuple[float, float] | None:
    """Return between which cuts a scenario's calibration separates equally well, if it is there."""
    found = studio.finding_or_none(db_session, scenario.content_hash(), "calibration")
    cut = None if found is None else found.get("cut")
    if not isinstance(cut, dict) or "lowest_equal_cut" not in cut:
        return None
    return float(cut["lowest_equal_cut"]), float(cut["highest_equal_cut"])
