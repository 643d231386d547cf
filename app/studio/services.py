"""Publish scenarios: one path for shipped files and for what the committee writes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError
from app.studio import queries
from app.studio.models import ScenarioFinding, ScenarioVersion
from simulations.scenarios import Scenario

logger = logging.getLogger(__name__)

FINDINGS = ("reference", "calibration", "past_sessions")
"""Kinds of what is computed for a scenario."""


class ScenarioChangedError(ConflictError):
    """Raised when a published version would get other content: it needs a new version."""

    code = "version_changed"


def publish_scenarios(
    db_session: Session,
    scenarios: Iterable[Scenario],
    *,
    is_public: bool,
    actor: str,
    now: datetime,
    redraft: bool = False,
) -> int:
    """Publish what is new; a newer version retires the older ones, rooms keep what they pinned.

    Args:
        db_session: The session of the caller's transaction.
        scenarios: Scenarios in their strict shape.
        is_public: Shipped with the product: trains and demonstrates, never counts in production.
        actor: Who publishes.
        now: The moment (aware).
        redraft: Let changed content of a shipped version replace the stored one. Only for an
            instance without rooms that count.

    Returns:
        How many versions were added or replaced.

    Raises:
        ScenarioChangedError: If a published version has other content now.
    """
    changed = [
        scenario.ref
        for scenario in scenarios
        if _publish(db_session, scenario, is_public=is_public, now=now, redraft=redraft)
    ]
    db_session.flush()
    if changed:
        record_act(
            db_session,
            subject="studio:scenarios",
            action="scenario.published",
            actor=actor,
            now=now,
            details={"refs": changed, "public": is_public},
        )
        logger.info("published scenarios: %s", ", ".join(changed))
    return len(changed)


def store_finding(
    db_session: Session,
    content_hash: str,
    kind: str,
    body: Mapping[str, Any],
    *,
    engine_version: str,
    now: datetime,
) -> bool:
    """Keep what was computed for a scenario, unless the newest finding says the same.

    Args:
        db_session: The session of the caller's transaction.
        content_hash: Of the scenario that it was computed for.
        kind: One of `FINDINGS`.
        body: JSON-able data.
        engine_version: The engine that computed it.
        now: The moment (aware).

    Returns:
        Whether a row was added.
    """
    if kind not in FINDINGS:
        raise ValueError(f"finding {kind!r}: use one of {FINDINGS}")
    if queries.finding_or_none(db_session, content_hash, kind) == dict(body):
        return False
    db_session.add(
        ScenarioFinding(
            content_hash=content_hash,
            kind=kind,
            engine_version=engine_version,
            body=dict(body),
            computed_at=now,
        )
    )
    db_session.flush()
    return True


def _publish(
    db_session: Session, scenario: Scenario, *, is_public: bool, now: datetime, redraft: bool
) -> bool:
    known = db_session.scalar(
        select(ScenarioVersion).where(
            ScenarioVersion.scenario_id == scenario.id,
            ScenarioVersion.version == scenario.version,
        )
    )
    if known is None:
        known = ScenarioVersion(
            scenario_id=scenario.id,
            version=scenario.version,
            is_public=is_public,
            published_at=now,
            retired_at=None,
        )
        db_session.execute(
            update(ScenarioVersion)
            .where(
                ScenarioVersion.scenario_id == scenario.id,
                ScenarioVersion.version < scenario.version,
                ScenarioVersion.retired_at.is_(None),
            )
            .values(retired_at=now)
        )
        db_session.add(known)
    elif known.content_hash == scenario.content_hash():
        return False
    elif not redraft:
        raise ScenarioChangedError(f"{scenario.ref} is published with other content")
    known.title, known.level = scenario.title, scenario.level
    known.body = scenario.model_dump(mode="json")
    known.content_hash = scenario.content_hash()
    return True
