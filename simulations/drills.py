"""The drill (专项练习): a room of ten to twelve minutes that trains one skill and is worth stars.

A drill is a scenario with one part more: which skill it trains, what to watch for before, what the
reference does and why afterwards, and the points of its three stars. The part belongs to the
scenario, so that a room that pins the scenario pins its stars too.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from simulations.engines.v1.theta import THETA
from simulations.fields import Content, Line, Text, number, whole
from simulations.skills import SkillId

DRILL_PREFIX = "drill-"
"""The ids of drills begin so; an id tells what a room is without its scenario being read."""

MOST_STARS = 3


class Stars(Content):
    """The least points of one, two and three stars; equality earns the star."""

    one: float = number("points; 0 is the house, 100 the reference", gt=0, le=100)
    two: float = number("points", gt=0, le=100)
    three: float = number("points", gt=0, le=100)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.one < self.two < self.three:
            raise ValueError("one < two < three")
        return self

    @property
    def points(self) -> tuple[float, float, float]:
        """Return the three thresholds, rising."""
        return self.one, self.two, self.three


class Drill(Content):
    """What makes a scenario a drill.

    `without` holds numbers of `THETA` that turn the reference into an operator who does everything
    but this skill; the publishing check measures by it whether the drill is about its skill.
    """

    order: int = whole("place in the list; 0 is the tutorial", ge=0, le=99)
    skill: Annotated[SkillId | None, Field(strict=False)] = Field(
        None, description="what it trains; none for the tutorial, which shows the panels"
    )
    summary: Line = Field(description="the situation in one line, for the list")
    watch: tuple[Text, ...] = Field(
        min_length=2, max_length=5, description="before: what to watch, never what to do"
    )
    review: tuple[Text, ...] = Field(
        min_length=2, max_length=5, description="after: what the reference does, and why"
    )
    stars: Stars
    without: dict[str, float] = Field(
        default_factory=dict, description="theta of an operator who lacks the skill"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if unknown := sorted(set(self.without) - set(THETA)):
            raise ValueError(f"without: theta has no {', '.join(unknown)}")
        if self.skill is not None and not self.without:
            raise ValueError("without: say what an operator who lacks the skill leaves out")
        if self.skill is None and self.order != 0:
            raise ValueError("skill: only the tutorial (order 0) has none")
        return self


def stars_of(points: float, stars: Stars) -> int:
    """Return the stars that a score earns, 0 to 3.

    Args:
        points: The room's score; 0 is the house, 100 the reference.
        stars: The drill's thresholds.
    """
    return sum(points >= least for least in stars.points)


def points_to_next(points: float, stars: Stars) -> float | None:
    """Return how many points are missing to the next star; none with three."""
    missing = [least - points for least in stars.points if least > points]
    return missing[0] if missing else None
