"""Work out what an author's actions in a playtest were worth, in the background.

Hundreds of replays, as for a room's debrief: too slow for a request. The result is kept with the
playtest; one that was played on meanwhile is worked out anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.library.playing import forecasting, services
from app.library.playing.models import Playtest
from app.rooms.weighing import NOISE_SEEDS, effects_of, judged_forecasts
from simulations.engines.registry import engine_is_compiled
from simulations.missed import missed_actions

WEIGHED_WITHIN = timedelta(days=2)
"""Playtests that were begun longer ago are not weighed any more: the job looks at few rows."""


def weigh_playtests(*, now: datetime) -> str | None:
    """Weigh the oldest ended playtest that waits; each database step is a short transaction.

    Returns:
        What was done, for the log; None if nothing waits.
    """
    with transaction() as db_session:
        playtest = _waiting_or_none(db_session, now=now)
        if playtest is None:
            return None
        db_session.expunge(playtest)
    found = worth_of(playtest)
    with transaction() as db_session:
        row = db_session.get_one(Playtest, playtest.id, with_for_update=True)
        if row.log == playtest.log and row.jumps == playtest.jumps:
            row.worth = found
    return repr(playtest)


def worth_of(playtest: Playtest) -> dict[str, Any]:
    """Return what actions and forecasts of an ended playtest were worth, as data."""
    scenario, log = services.scenario_of(playtest), services.log_in(playtest)
    is_compiled = engine_is_compiled()
    missed = missed_actions(
        scenario,
        playtest.keys,
        log,
        services.yardstick_in(playtest),
        with_grid=is_compiled,
        noise_seeds=NOISE_SEEDS if is_compiled else 0,
    )
    return {
        "effects": effects_of(scenario, playtest.keys, log),
        "missed": [one.to_dict() for one in missed],
        "forecasts": judged_forecasts(
            scenario, playtest.keys, log, forecasting.forecasts_in(playtest)
        ),
    }


def _waiting_or_none(db_session: Session, *, now: datetime) -> Playtest | None:
    rows = db_session.scalars(
        select(Playtest)
        .where(Playtest.worth.is_(None), Playtest.created_at > now - WEIGHED_WITHIN)
        .order_by(Playtest.id)
    )
    return next((one for one in rows if not one.is_open or one.clock.is_over(now)), None)
