"""Publish the shipped decisions, and weigh those that people wrote."""

from __future__ import annotations

from datetime import datetime

from app.core import clock
from app.core.db import db, transaction
from app.studio.queries import scenario_of
from app.training.decisions import queries, services
from app.training.decisions.models import DecisionCase
from simulations.decision_loading import shipped_decisions, stored_worths
from simulations.decisions import NOISE_SEEDS, worths_of
from simulations.engines.registry import engine_is_compiled

ACTOR = "cli:content load"
PLAIN_NOISE_SEEDS = 8
"""Without the compiled engine the interval is measured over fewer sessions."""


def publish_shipped_decisions(redraft: bool) -> None:
    """Publish the shipped decisions that are not there yet.

    Args:
        redraft: Let a changed text replace a shipped one, as long as nobody has answered it.
    """
    worths = stored_worths()
    now = clock.now()
    with transaction() as db_session:
        held = {one.code: one for one in queries.all_cases(db_session)}
        for moment in shipped_decisions().values():
            content_hash, values = worths[moment.id]
            case = held.get(moment.id)
            if case is None:
                case = services.add_case(
                    db_session,
                    moment,
                    content_hash,
                    author_id=None,
                    actor=ACTOR,
                    now=now,
                    worths=values,
                )
                services.publish(db_session, case, person_id=None, actor=ACTOR, now=now)
            elif redraft and not sum(queries.answer_counts(db_session, case.id, 5)):
                _replace(case, moment.model_dump(mode="json"), content_hash)
                services.set_worths(db_session, case.id, values)


def _replace(case: DecisionCase, body: dict[str, object], content_hash: str) -> None:
    case.body, case.content_hash = body, content_hash


def weigh_waiting(*, now: datetime) -> int:
    """Weigh the oldest case that waits; the replays hold no lock. Return how many were."""
    del now
    db_session = db.session()
    case = queries.unweighed_case_or_none(db_session)
    if case is None:
        return 0
    case_id, moment = case.id, queries.moment_of(case)
    scenario = scenario_of(db_session, moment.scenario)
    db_session.rollback()
    seeds = NOISE_SEEDS if engine_is_compiled() else PLAIN_NOISE_SEEDS
    found = worths_of(scenario, moment, noise_seeds=seeds)
    with transaction() as writing:
        services.set_worths(writing, case_id, found)
    return 1
