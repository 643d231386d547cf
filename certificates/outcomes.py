"""What a decision rests on: results of exams, rooms, texts and contests, and logged practice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TheoryOutcome:
    """One scored exam attempt.

    Attributes:
        evidence_id: Public id of the attempt.
        blueprint_ref: The blueprint that its form was drawn from.
        score_fraction: In [0, 1].
        finished_at: When it was closed (aware).
        voided: Taken out of the count (cheating, a technical fault).
    """

    evidence_id: str
    blueprint_ref: str
    score_fraction: float
    finished_at: datetime
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOutcome:
    """One scored room session in exam mode.

    Attributes:
        evidence_id: Public id of the session.
        scenario_ref: The scenario played.
        score: The certified score in points; 0 is the house, 100 the reference, more is possible.
        forecast_score: In [0, 100]; None if no forecast was asked for.
        finished_at: When it was closed (aware).
        voided: Taken out of the count.
    """

    evidence_id: str
    scenario_ref: str
    score: float
    finished_at: datetime
    forecast_score: float | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOutcome:
    """The marked texts about one room.

    Attributes:
        evidence_id: Public id of the room's session.
        credits: Credit in [0, 1] of each text that is marked.
        finished_at: When the last of them was marked (aware).
        voided: Taken out of the count.
    """

    evidence_id: str
    credits: Mapping[str, float]
    finished_at: datetime
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestOutcome:
    """A result in a contest, entered by one person and confirmed by another.

    Attributes:
        evidence_id: Public id of the confirmed entry.
        score: The certified score in points.
        finished_at: When the contest was held (aware).
        voided: Taken out of the count.
    """

    evidence_id: str
    score: float
    finished_at: datetime
    voided: bool = False


Outcome = TheoryOutcome | RoomOutcome | WrittenOutcome | ContestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What is logged of a candidate and confirmed by a second person.

    Attributes:
        sessions: Live sessions operated.
        training_hours: Hours of training.
    """

    sessions: int = 0
    training_hours: float = 0.0


NOTHING_LOGGED = Logged()
