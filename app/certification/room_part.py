"""The rooms of a programme: the one place where certification asks the rooms feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import RoomTextCredit
from app.core.errors import ConflictError
from app.rooms import queries as rooms
from app.rooms.queries import CountedRoom
from app.rooms.sat import SatRoom, counted_rooms
from app.rooms.services import start_room
from app.rooms.terms import RoomTerms
from app.studio import realism
from certificates.decisions import ROOM_PARTS, Part
from certificates.outcomes import WrittenOutcome
from certificates.programmes import CertificationProgramme
from certificates.retakes import Sitting

CODE_SUFFIX = {Part.ROOM: "room", Part.ROOM_2: "room-2"}


@dataclass(frozen=True)
class PartResult:
    """A scored room with the part that it counts for.

    Attributes:
        part: `room` or `room_2`.
        room: The room.
        forecast_score: Mean points of the forecasts that it asked for; None where they are not
            judged yet, or the part does not weigh them.
    """

    part: Part
    room: CountedRoom
    forecast_score: float | None


def room_code(programme: CertificationProgramme, part: Part = Part.ROOM) -> str:
    """Return the exam code of one of the programme's rooms."""
    return f"{programme.ref}:{CODE_SUFFIX[part]}"


def part_results(
    db_session: Session, sat: Sequence[SatRoom], programme: CertificationProgramme
) -> list[PartResult]:
    """Return the scored ones among a person's rooms, each with its part, newest first.

    Args:
        db_session: A session to read with.
        sat: Every exam room of the person.
        programme: The programme for which they are to count.
    """
    part_of = {room_code(programme, part): part for part in ROOM_PARTS}
    out = []
    for room in counted_rooms(sat, programme.ref):
        part = part_of.get(room.exam_code)
        if part is None:
            continue
        terms = programme.rooms.get(part.value)
        weighs = terms is not None and terms.forecast_weight > 0
        forecast = forecast_score_or_none(db_session, room.room_session_id) if weighs else None
        out.append(PartResult(part, room, forecast))
    return out


def forecast_score_or_none(db_session: Session, room_session_id: int) -> float | None:
    """Return the mean points of a room's forecasts; one that was not given counts 0.

    Returns:
        Points in [0, 100]; None until they are judged.
    """
    score = rooms.score_or_none(db_session, room_session_id)
    weighed = None if score is None else rooms.debrief_or_none(db_session, score.id)
    if weighed is None or weighed.findings is None:
        return None
    judged = weighed.findings.get("forecasts") or []
    return sum(one.get("points", 0.0) for one in judged) / len(judged) if judged else 0.0


def written_outcomes(db_session: Session, results: Sequence[CountedRoom]) -> list[WrittenOutcome]:
    """Return the marked texts of some rooms."""
    public_id_of = {one.room_session_id: one.public_id for one in results}
    if not public_id_of:
        return []
    rows = db_session.scalars(
        select(RoomTextCredit)
        .where(RoomTextCredit.room_session_id.in_(public_id_of))
        .order_by(RoomTextCredit.id)
    ).all()
    newest = {(row.room_session_id, row.part): row for row in rows}
    out = []
    for room_id, public_id in public_id_of.items():
        own = {part: row for (of_room, part), row in newest.items() if of_room == room_id}
        if own:
            out.append(
                WrittenOutcome(
                    evidence_id=public_id,
                    credits={part: row.credit for part, row in own.items()},
                    finished_at=max(row.at for row in own.values()),
                )
            )
    return out


def rooms_of_part(sat: Sequence[SatRoom], programme_id: str, part: Part) -> list[SatRoom]:
    """Return a person's rooms of one part, in any version of a programme, newest first."""
    prefix, suffix = f"{programme_id}@", f":{CODE_SUFFIX[part]}"
    return [
        one
        for one in sat
        if one.programme_ref.startswith(prefix) and one.exam_code.endswith(suffix)
    ]


def room_sittings(sat: Sequence[SatRoom]) -> list[Sitting]:
    """Return the rooms that count against the limits: those that are over."""
    return [Sitting(one.created_at, one.closed_at) for one in sat if one.closed_at is not None]


class ScenarioOnTrialError(ConflictError):
    """Raised when a room may not count: too few who run rooms have found it real so far."""

    code = "scenario_on_trial"


def begin_room(
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    part: Part = Part.ROOM,
    *,
    is_demo: bool,
    now: datetime,
) -> str:
    """Start one of the programme's rooms, or find the one that the person is in.

    Returns:
        The room's public id.

    Raises:
        ScenarioOnTrialError: If the room would count, and its scenario is still on trial.
    """
    room = programme.rooms[part.value]
    if not realism.counts_for_credentials(db_session, room.scenario_ref, in_demo=is_demo):
        raise ScenarioOnTrialError(f"{programme.ref}: {room.scenario_ref} is on trial")
    title = "实操考试" if programme.second_room is None else f"实操考试 {CODE_TITLE[part]}"
    terms = RoomTerms(
        exam_code=room_code(programme, part),
        programme_ref=programme.ref,
        title=f"{programme.title} · {title}",
        scenario_ref=room.scenario_ref,
        speed=room.speed,
        cut_score=room.cut_score,
        is_demo=is_demo,
        mode="exam",
        is_held=room.held_until_release,
    )
    return start_room(db_session, person_id, terms, now=now).public_id


CODE_TITLE = {Part.ROOM: "（一）", Part.ROOM_2: "（二）"}
