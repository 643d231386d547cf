"""Reads of scenarios; a parsed version never changes, so each process keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.db import read_rows
from app.core.errors import NotFoundError
from app.studio.models import ScenarioFinding, ScenarioVersion
from simulations.drills import DRILL_PREFIX
from simulations.loading import parse_scenario
from simulations.policies import Reference, parse_reference
from simulations.scenarios import Scenario

_PARSED: dict[tuple[str, str], Scenario] = {}
"""Parsed versions by (ref, content hash)."""

KEPT = 200
"""Parsed versions that a process keeps; a catalogue has some dozens."""


FIND_CONTENT = """
SELECT content_hash FROM scenario_version WHERE scenario_id = :scenario_id AND version = :version"""


def version_of(db_session: Session, ref: str) -> ScenarioVersion:
    """Return one published version.

    Args:
        db_session: A session to read with.
        ref: `id@version`.

    Raises:
        NotFoundError: If there is none, or the ref is no ref.
    """
    scenario_id, _, version = ref.partition("@")
    row = None
    if version.isascii() and version.isdigit() and len(version) < 6:
        row = db_session.scalar(
            select(ScenarioVersion).where(
                ScenarioVersion.scenario_id == scenario_id, ScenarioVersion.version == int(version)
            )
        )
    if row is None:
        raise NotFoundError(f"scenario {ref}")
    return row


def scenario_of(db_session: Session, ref: str) -> Scenario:
    """Return a pinned scenario.

    Raises:
        NotFoundError: If there is no such version.
    """
    scenario_id, _, version = ref.partition("@")
    if version.isascii() and version.isdigit() and len(version) < 6:
        asked = {"scenario_id": scenario_id, "version": int(version)}
        for (content_hash,) in read_rows(db_session, FIND_CONTENT, asked):
            if (ref, content_hash) in _PARSED:
                return _PARSED[ref, content_hash]
    return _parsed(version_of(db_session, ref))


def is_published(db_session: Session, ref: str) -> bool:
    """Say whether a scenario version can be played in an exam: it is there, and in use."""
    try:
        return version_of(db_session, ref).retired_at is None
    except NotFoundError:
        return False


def public_scenarios(db_session: Session) -> list[Scenario]:
    """Return the rooms that everybody may practise in: newest live versions, by level and id."""
    order = {"junior": 0, "intermediate": 1, "senior": 2}
    rooms = _newest_public(db_session, are_drills=False)
    return sorted(rooms, key=lambda one: (order[one.level], one.id))


def public_drills(db_session: Session) -> list[Scenario]:
    """Return the drills (专项练习), in the order of their list; the tutorial comes first."""
    drills = _newest_public(db_session, are_drills=True)
    return sorted(drills, key=lambda one: (one.drill.order if one.drill else 0, one.id))


def public_drill_of(db_session: Session, scenario_id: str) -> Scenario:
    """Return the version of a drill that everybody may practise now.

    Raises:
        NotFoundError: If there is none.
    """
    for scenario in public_drills(db_session):
        if scenario.id == scenario_id:
            return scenario
    raise NotFoundError(f"public drill {scenario_id}")


def _newest_public(db_session: Session, *, are_drills: bool) -> list[Scenario]:
    is_drill = ScenarioVersion.scenario_id.startswith(DRILL_PREFIX, autoescape=True)
    rows = db_session.scalars(
        select(ScenarioVersion)
        .where(
            ScenarioVersion.is_public,
            ScenarioVersion.retired_at.is_(None),
            is_drill if are_drills else ~is_drill,
        )
        .order_by(ScenarioVersion.scenario_id, ScenarioVersion.version)
    )
    return [_parsed(row) for row in {row.scenario_id: row for row in rows}.values()]


def finding_or_none(db_session: Session, content_hash: str, kind: str) -> dict[str, Any] | None:
    """Return the newest finding of a kind (`reference`, `calibration`) for these numbers."""
    row = db_session.scalar(
        select(ScenarioFinding)
        .where(ScenarioFinding.content_hash == content_hash, ScenarioFinding.kind == kind)
        .order_by(ScenarioFinding.id.desc())
        .limit(1)
    )
    return None if row is None else row.body


def public_scenario_of(db_session: Session, scenario_id: str) -> Scenario:
    """Return the version of a scenario that everybody may practise in now.

    Raises:
        NotFoundError: If there is none.
    """
    for scenario in public_scenarios(db_session):
        if scenario.id == scenario_id:
            return scenario
    raise NotFoundError(f"public scenario {scenario_id}")


def reference_of(db_session: Session, scenario: Scenario) -> Reference:
    """Return the policy that marks 100 points in a scenario, whatever cards were played in it.

    Raises:
        NotFoundError: If none was found yet: rooms of it cannot be judged.
    """
    scenario = scenario.with_cards(())
    body = finding_or_none(db_session, scenario.content_hash(), "reference")
    if body is None:
        raise NotFoundError(f"reference of {scenario.ref}")
    return parse_reference(scenario, body)


def versions(db_session: Session) -> Sequence[ScenarioVersion]:
    """Return every version, newest first."""
    return db_session.scalars(
        select(ScenarioVersion).order_by(
            ScenarioVersion.scenario_id, ScenarioVersion.version.desc()
        )
    ).all()


def _parsed(row: ScenarioVersion) -> Scenario:
    key = (row.ref, row.content_hash)
    if key not in _PARSED:
        if len(_PARSED) >= KEPT:
            _PARSED.clear()
        _PARSED[key] = parse_scenario(row.body, row.ref)
    return _PARSED[key]
