"""Page data of a case file: its evidence, the picture of its times, and who did what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.integrity.evidence import ExamSigns
from app.providers.models import Provider
from question_bank.group_shares import GroupShare, GroupShares
from question_bank.timing import FAST_Z

WIDTH, HEIGHT = 640, 160
EDGE = 12
"""Pixels of the picture's own coordinates, and what is left free around the points."""

MOST_Z = 4.0
"""Residuals beyond this are drawn at the edge."""


@dataclass(frozen=True)
class TimePoint:
    """One answer in the picture of times: where it stands, and how it reads."""

    x: float
    y: float
    position: int
    z: float
    is_right: bool
    is_fast: bool


def time_points(timing: dict[str, Any] | None) -> list[TimePoint]:
    """Return the answers of a case's times, left to right by position; slow ones above."""
    if not timing or not timing["points"]:
        return []
    last = max(position for position, *_ in timing["points"])
    return [
        TimePoint(
            x=round(EDGE + (WIDTH - 2 * EDGE) * (position - 0.5) / last, 1),
            y=height_of(z),
            position=position,
            z=z,
            is_right=is_right,
            is_fast=z < FAST_Z,
        )
        for position, z, is_right in timing["points"]
    ]


def height_of(z: float) -> float:
    """Return where a residual stands in the picture; 0 in the middle, faster is lower."""
    inner = HEIGHT / 2 - EDGE
    return round(HEIGHT / 2 - inner * max(-MOST_Z, min(MOST_Z, z)) / MOST_Z, 1)


def names_by_actor(db_session: Session, actors: Iterable[str | None]) -> dict[str, str]:
    """Return the display names behind `person:…` actors."""
    ids = {actor.removeprefix("person:") for actor in actors if actor}
    rows = db_session.execute(
        select(Person.public_id, Person.display_name).where(Person.public_id.in_(ids))
    )
    return {f"person:{public_id}": name for public_id, name in rows}


def old_count(signs: ExamSigns) -> int | None:
    """Return how many persons did better on old items; None where nothing was computed."""
    found = [gains for gains in signs.gains.values() if gains is not None]
    if not found:
        return None
    return len({one.person for gains in found for one in gains.flagged})


NOTHING_NOTED: dict[str, Any] = {
    "opened": 0,
    "late": 0,
    "left_count": 0,
    "left_s": 0,
    "left": [],
    "room_s": 0,
    "offline_count": 0,
    "offline_s": 0,
    "devices": [],
    "device_count": 0,
    "address_count": 0,
    "sign_ins": [],
    "gaps": [],
}
"""A file that was opened before such things were noted says nothing about them."""


def shown_evidence(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's evidence for its page: moments as moments, nothing missing."""
    process = {**NOTHING_NOTED, **evidence.get("process", {})}
    for name in ("left", "devices", "gaps"):
        process[name] = [{**one, "at": datetime.fromisoformat(one["at"])} for one in process[name]]
    process["sign_ins"] = [datetime.fromisoformat(one) for one in process["sign_ins"]]
    return {
        "population": evidence["population"],
        "similarity": evidence["similarity"],
        "timing": evidence["timing"],
        "exposure": evidence.get("exposure"),
        "gains": {who: one for who, one in evidence.get("gains", {}).items() if one is not None},
        "fit": evidence.get("fit"),
        "rise": _rise(evidence.get("rise")),
        "process": process,
    }


def _rise(rise: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if rise is None:
        return None
    return {**rise, "before_at": datetime.fromisoformat(rise["before_at"])}


@dataclass(frozen=True)
class ProviderShare:
    """A provider whose people stand out more often than others, with its name."""

    name: str
    share: GroupShare


def provider_shares(db_session: Session, shares: GroupShares) -> list[ProviderShare]:
    """Return the providers that are named, least likely first."""
    ids = [int(one.name) for one in shares.unusual]
    rows = db_session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(ids)))
    names = {str(provider_id): name for provider_id, name in rows}
    return [ProviderShare(names[one.name], one) for one in shares.unusual]
