"""Certification programmes: what a level demands, by ids of blueprints and scenarios.

A published version of a programme never changes; decisions and credentials name it by
`id@version`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from certificates.levels import Level

ContentId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A permanent kebab-case id."""

ContentRef = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}$")]
"""A pinned version of some content: `id@version`."""

USUAL_RENEWAL_DAYS = 90
"""Days before the end of a credential from which it may be renewed, where nothing else is said."""

WEIGHT_TOLERANCE = 1e-9
"""Two weights such as 0.85 and 0.15 need not add up to 1.0 to the last bit."""


class _Strict(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", strict=True, frozen=True)


class TheoryPart(_Strict):
    """The written exam.

    Attributes:
        blueprint_ref: The exam blueprint, pinned.
        minutes: Time allowed.
        cut_fraction: Least score that passes, in [0, 1]; equality passes.
        practice_blueprint_ref: Of sittings that are for practice only, pinned; without it they
            draw as the exam does.
    """

    blueprint_ref: ContentRef
    practice_blueprint_ref: ContentRef | None = None
    minutes: int = Field(ge=1, le=480)
    cut_fraction: float = Field(ge=0, le=1)


class RoomPart(_Strict):
    """The simulated live room.

    Attributes:
        scenario_ref: The scenario, pinned.
        speed: Room minutes for each minute of wall time.
        cut_score: Least score that passes, in points; 0 is the house (the anchor's own habit), 100
            the reference. Equality passes.
        room_weight: Weight of the room's score in the part's score, in [0, 1].
        forecast_weight: Weight of the forecast's score; the two add up to 1.
        held_until_release: Whether a result waits until somebody releases it; left out if not, so
            that programmes published before keep their content.
    """

    scenario_ref: ContentRef
    speed: float = Field(ge=1, le=8)
    cut_score: float = Field(ge=0, le=100)
    room_weight: float = Field(ge=0, le=1)
    forecast_weight: float = Field(ge=0, le=1)
    held_until_release: bool = Field(False, exclude_if=lambda held: not held)

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        if abs(self.room_weight + self.forecast_weight - 1) > WEIGHT_TOLERANCE:
            raise ValueError("room_weight and forecast_weight must add up to 1")
        return self


class WrittenPart(_Strict):
    """What is written about a room, and marked by two people each.

    Attributes:
        texts: Which texts: the account's diagnosis before the room, the 复盘 after it.
        cut_fraction: Least mean credit of the texts that passes, in [0, 1]; equality passes.
    """

    texts: tuple[Literal["diagnosis", "review"], ...] = Field(strict=False, min_length=1)
    cut_fraction: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _each_text_once(self) -> Self:
        if len(set(self.texts)) != len(self.texts):
            raise ValueError("a text stands twice")
        return self


class ContestRoute(_Strict):
    """The other way through the practical parts: a result in a contest that counts.

    Theory and prerequisites stand; rooms and texts are taken as met.

    Attributes:
        cut_score: Least certified score in the contest's room that counts, in points.
    """

    cut_score: float = Field(ge=0, le=200)


class Refresher(_Strict):
    """复训考试: the short exam that renews a credential in the place of every part.

    Attributes:
        blueprint_ref: Its blueprint, pinned; each form is drawn for its holder by it.
        minutes: Time allowed.
        cut_fraction: Least score that passes, in [0, 1]; equality passes.
    """

    blueprint_ref: ContentRef
    minutes: int = Field(ge=1, le=240)
    cut_fraction: float = Field(ge=0, le=1)


class Renewal(_Strict):
    """How a credential is renewed before it ends.

    Attributes:
        window_days: From so many days before its end.
        refresher: The short exam that does it; without one every part is taken anew. Taking every
            part anew always does it too.
    """

    window_days: int = Field(ge=1, le=365)
    refresher: Refresher | None = Field(None, exclude_if=lambda refresher: refresher is None)


class CredentialPrerequisite(_Strict):
    """A valid credential of another level."""

    kind: Literal["credential"]
    level: Level = Field(strict=False)


class SessionsPrerequisite(_Strict):
    """Live sessions (场次) that the candidate operated, logged and confirmed by a second person."""

    kind: Literal["sessions"]
    count: int = Field(ge=1, le=1000)


class TrainingPrerequisite(_Strict):
    """Hours of training (学时), logged and confirmed by a second person."""

    kind: Literal["training"]
    hours: int = Field(ge=1, le=1000)


Prerequisite = Annotated[
    CredentialPrerequisite | SessionsPrerequisite | TrainingPrerequisite,
    Field(discriminator="kind"),
]
"""What a candidate must have beside the results."""


class CertificationProgramme(_Strict):
    """What one level of certification demands.

    Attributes:
        id: Permanent id.
        version: Counted from 1.
        level: The level certified.
        title: Chinese title of the programme.
        title_en: English title.
        is_demo: A demonstration: its content is public, its certificates carry the mark 演示.
        theory: The written exam.
        room: The simulated room.
        validity_years: How long a credential is valid.
        part_valid_months: How long a passed part waits for the other.
        retake_days: Days (of 24 hours) between the end of a sitting and the next of the same part.
        max_per_quarter: Sittings of one part in a calendar quarter; None is no limit.
        prerequisites: What a candidate must have at the decision; a level must be held before
            the first exam.
        second_room: Another room that has to be passed too, in another scenario.
        written: Texts about the room that are marked.
        contest: The way by a contest.
        renewal: How a credential is renewed; without it by every part, from 90 days before.

    What a programme does not have is left out of its content, so that programmes published
    before there was such a thing keep theirs.
    """

    id: ContentId
    version: int = Field(ge=1, le=999_999)
    level: Level = Field(strict=False)
    title: str = Field(min_length=4, max_length=60)
    title_en: str = Field(min_length=4, max_length=120)
    is_demo: bool
    theory: TheoryPart
    room: RoomPart
    validity_years: int = Field(ge=1, le=10)
    part_valid_months: int = Field(ge=1, le=60)
    retake_days: int = Field(ge=0, le=365)
    max_per_quarter: int | None = Field(ge=1, le=1000)
    prerequisites: tuple[Prerequisite, ...] = Field(strict=False)
    second_room: RoomPart | None = Field(None, exclude_if=lambda room: room is None)
    written: WrittenPart | None = Field(None, exclude_if=lambda written: written is None)
    contest: ContestRoute | None = Field(None, exclude_if=lambda contest: contest is None)
    renewal: Renewal | None = Field(None, exclude_if=lambda renewal: renewal is None)

    @model_validator(mode="after")
    def _rooms_differ(self) -> Self:
        if self.second_room and self.second_room.scenario_ref == self.room.scenario_ref:
            raise ValueError("second_room.scenario_ref must be another scenario than the room's")
        return self

    @property
    def ref(self) -> str:
        """The pinned name, `id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def rooms(self) -> Mapping[str, RoomPart]:
        """Its rooms by the name of their part, in the order in which they are taken."""
        second = {} if self.second_room is None else {"room_2": self.second_room}
        return {"room": self.room, **second}

    @property
    def renewal_window(self) -> timedelta:
        """How long before its end a credential may be renewed."""
        days = USUAL_RENEWAL_DAYS if self.renewal is None else self.renewal.window_days
        return timedelta(days=days)

    @property
    def refresher(self) -> Refresher | None:
        """The short exam that renews its credentials, if it has one."""
        return None if self.renewal is None else self.renewal.refresher

    def least_logged(self, kind: Literal["sessions", "training"]) -> int:
        """Return how many sessions, or hours of training, it demands; 0 if none."""
        wanted = [
            one.count if isinstance(one, SessionsPrerequisite) else one.hours
            for one in self.prerequisites
            if not isinstance(one, CredentialPrerequisite) and one.kind == kind
        ]
        return max(wanted, default=0)
