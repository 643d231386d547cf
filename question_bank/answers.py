"""Shapes of keys beyond a chosen option: numbers, blanks and rubrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from question_bank.schema import Strict

CriterionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")]


class NumericKey(Strict):
    """The number asked for.

    Attributes:
        value: The key.
        tolerance: Absolute; a response within it (inclusive) earns full credit.
        unit: Shown behind the field; may be empty.
        decimals: How many decimals the stem asks for.
    """

    value: float
    tolerance: float = Field(ge=0)
    unit: str = ""
    decimals: int = Field(ge=0, le=4)


class Blank(Strict):
    """One blank of a fill-in item: accepted words, or a number.

    Attributes:
        accept: Words that count; compared without width, case, spaces, punctuation and with
            Chinese numerals read as figures.
        number: Or the number asked for.
        width: Characters that the field is drawn for.
    """

    accept: list[str] = Field(default_factory=list, max_length=12)
    number: NumericKey | None = None
    width: int = Field(default=6, ge=2, le=16)

    @model_validator(mode="after")
    def words_or_number(self) -> Self:
        if bool(self.accept) == (self.number is not None):
            raise ValueError("a blank accepts words, or has a number")
        if any(not 1 <= len(one) <= 24 for one in self.accept):
            raise ValueError("accept: 1 to 24 characters each")
        return self

    @property
    def shown_key(self) -> str:
        """The key in words."""
        if self.number is None:
            return self.accept[0]
        unit = self.number.unit
        space = " " if unit and unit != "%" else ""
        return f"{self.number.value:.{self.number.decimals}f}{space}{unit}"


class RoomTask(Strict):
    """A simulated room as an item: what is operated, and what it earns.

    Attributes:
        scenario_ref: `id@version` of the scenario; no plan is made for it.
        speed: Room seconds in a second of the wall.
        minutes: Minutes of the wall that it takes, for the candidate to know beforehand.
        full_score: Points of the room, in (0, 100], that earn full credit.
    """

    scenario_ref: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*@[1-9]\d*$", max_length=80)
    speed: float = Field(ge=1, le=8)
    minutes: int = Field(ge=1, le=60)
    full_score: float = Field(gt=0, le=100)

    def credit(self, score: float | None) -> float:
        """Return the credit of a room's points: their share of `full_score`, in [0, 1].

        Args:
            score: The room's points; `None` if it was never opened.
        """
        return 0.0 if score is None else min(1.0, max(0.0, score / self.full_score))


class Level(Strict):
    """What a response looks like that earns these points."""

    points: int = Field(ge=0, le=20)
    text: str = Field(min_length=2, max_length=160)


class Criterion(Strict):
    """One line of a rubric.

    Attributes:
        id: Stays the same for as long as marks refer to it.
        text: What is looked for.
        levels: From full points down to none.
    """

    id: CriterionId
    text: str = Field(min_length=2, max_length=80)
    levels: list[Level] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def levels_fall_to_nothing(self) -> Self:
        points = [level.points for level in self.levels]
        if points != sorted(set(points), reverse=True) or points[-1] != 0:
            raise ValueError("levels: different points, falling, the last one 0")
        return self

    @property
    def points(self) -> int:
        """Most points."""
        return self.levels[0].points


class Rubric(Strict):
    """How people mark a short answer.

    Attributes:
        criteria: What is looked for, each by itself.
        model_answer: An answer that earns everything.
        least_chars: What the page asks for; a shorter answer is still an answer.
        most_chars: Longest answer that is taken.
    """

    criteria: list[Criterion] = Field(min_length=2, max_length=6)
    model_answer: str = Field(min_length=20, max_length=800)
    least_chars: int = Field(default=30, ge=0, le=500)
    most_chars: int = Field(default=400, ge=50, le=2000)

    @model_validator(mode="after")
    def ids_differ(self) -> Self:
        if len({one.id for one in self.criteria}) < len(self.criteria):
            raise ValueError("criteria: an id twice")
        if self.least_chars >= self.most_chars:
            raise ValueError("least_chars below most_chars")
        return self

    @property
    def points(self) -> int:
        """Most points of the whole answer."""
        return sum(one.points for one in self.criteria)

    def credit(self, marks: Mapping[str, int]) -> float:
        """Return the credit of one person's marks.

        Args:
            marks: Points by criterion id; each one of the criterion's levels.

        Returns:
            The share of all points, in [0, 1].

        Raises:
            ValueError: If a criterion is missing, unknown, or has points of no level.
        """
        if set(marks) != {one.id for one in self.criteria}:
            raise ValueError(f"marks for {[one.id for one in self.criteria]} expected")
        for one in self.criteria:
            if marks[one.id] not in {level.points for level in one.levels}:
                raise ValueError(f"{one.id}: {marks[one.id]} is none of its levels")
        return sum(marks.values()) / self.points
