"""Certification programmes: what a level demands, by ids of blueprints and scenarios.

A published version of a programme never changes; decisions and credentials name it by
`id@version`.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from certificates.levels import Level

ContentId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""A permanent kebab-case id."""

ContentRef = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*@[1-9][0-9]{0,5}$")]
"""A pinned version of some content: `id@version`."""

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


class CredentialPrerequisite(_Strict):
    """A valid credential of another level."""

    kind: Literal["credential"]
    level: Level = Field(strict=False)


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
        prerequisites: What a candidate must hold at the decision.
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
    prerequisites: tuple[CredentialPrerequisite, ...] = Field(strict=False)

    @property
    def ref(self) -> str:
        """The pinned name, `id@version`."""
        return f"{self.id}@{self.version}"
