"""A contest's rules: content, versioned, pinned by a contest. Pure; no web, no database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.contests.errors import ContestRulesError

CONTENT_FOLDER = Path(__file__).parent / "content"

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=80)]

TieBreak = Literal["certified", "strikes", "forecast", "jury"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlaceCondition(_Strict):
    """A place among the best `best` of a contest under some rules, within so many days."""

    rules: Code
    best: int = Field(ge=1, le=500)
    within_days: int = Field(ge=1, le=1500)


class EntryRules(_Strict):
    """Who may enter, looked at when somebody enters and again when a round's rooms are made.

    A valid certificate of `level` or above is one way in. Where others are named, a valid
    certificate of any level and one of them do as well: so many points of the running or the last
    season, or a place in another contest.
    """

    level: Literal["junior", "intermediate", "senior"]
    season_points: int | None = Field(None, ge=1, le=10_000)
    place: PlaceCondition | None = None


class RoundRules(_Strict):
    """Times of a round, and how many reserve keys are sealed beside the main ones."""

    ready_min: int = Field(ge=1, le=120)
    plan_min: int = Field(ge=1, le=60)
    restart_s: int = Field(ge=10, le=3600)
    reserve_count: int = Field(ge=1, le=5)


class ScoreRules(_Strict):
    """How a total is made; weights of rooms, forecasts and jury add up to 1.

    A forecast that no room asked for, and a jury that did not mark, leave their weight to the
    rest in proportion.
    """

    room_weight: float = Field(gt=0, le=1)
    forecast_weight: float = Field(ge=0, lt=1)
    jury_weight: float = Field(ge=0, lt=1)
    shadow_count: int = Field(ge=4, le=128)
    futures: int = Field(ge=10, le=500)
    stage_weights: dict[int, float]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.room_weight + self.forecast_weight + self.jury_weight
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"weights add up to {total:g}, not to 1")
        if not self.stage_weights or any(one <= 0 for one in self.stage_weights.values()):
            raise ValueError("stage_weights: a stage that counts has a weight above 0")
        return self


class Criterion(_Strict):
    """One line of the jury's rubric; `anchors[n]` says what n points look like.

    `stages`: where it is marked; none: in every stage that the jury marks.
    """

    code: Code
    title: Line
    weight: float = Field(gt=0, le=1)
    asks: Line
    anchors: tuple[Line, ...] = Field(min_length=2, max_length=11)
    stages: tuple[int, ...] | None = None


class JuryRules(_Strict):
    """Which stages are marked and how: at least two jurors a place, blind, 0 to `most_points`.

    The weights of all criteria add up to 1; in a stage where one is not marked, the others take
    its weight in proportion.
    """

    stages: tuple[int, ...]
    least_jurors: int = Field(ge=2, le=9)
    most_points: int = Field(ge=1, le=10)
    tolerance: int = Field(ge=0, le=5)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        codes = [one.code for one in self.criteria]
        if len(set(codes)) != len(codes):
            raise ValueError("criteria: codes are unique")
        if not math.isclose(sum(one.weight for one in self.criteria), 1.0, abs_tol=1e-9):
            raise ValueError("criteria: weights add up to 1")
        for one in self.criteria:
            if len(one.anchors) != self.most_points + 1:
                raise ValueError(
                    f"criteria: {one.code}: an anchor for each of 0…{self.most_points}"
                )
        for stage in self.stages:
            if not self.criteria_of(stage):
                raise ValueError(f"criteria: none is marked in stage {stage}")
        return self

    def criteria_of(self, stage: int) -> tuple[Criterion, ...]:
        """Return the criteria that are marked in a stage."""
        return tuple(one for one in self.criteria if one.stages is None or stage in one.stages)


class ReviewRules(_Strict):
    """A 复盘 that contestants write after a round, which the jury marks by one criterion.

    It may be written for `window_min` minutes of the wall from the round's end on.
    """

    stages: tuple[int, ...] = Field(min_length=1)
    criterion: Code
    window_min: int = Field(ge=5, le=10_080)
    least_chars: int = Field(ge=1, le=2000)
    most_chars: int = Field(ge=1, le=5000)
    asks: Line

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.least_chars >= self.most_chars:
            raise ValueError("least_chars is below most_chars")
        return self


class VoteRules(_Strict):
    """The peers' vote, shown apart from the score and never part of it."""

    open: bool


class BoardRules(_Strict):
    """What the public sees: the transmission's delay, and when the board stands still.

    The freeze is a share of the session; none: the public sees every round to its end.
    """

    delay_s: int = Field(30, ge=0, le=600)
    freeze_fraction: float | None = Field(0.75, gt=0, lt=1)

    def freeze_tick(self, duration_ticks: int) -> int | None:
        """Return the tick from which on the public's board stands still."""
        if self.freeze_fraction is None:
            return None
        return round(duration_ticks * self.freeze_fraction)


class ProtestRules(_Strict):
    """How long results may be contested, and the least that a protest says."""

    window_h: float = Field(gt=0, le=240)
    least_chars: int = Field(ge=1, le=200)


class ChecklistLine(_Strict):
    """Something that somebody looks after on the day and ticks."""

    code: Code
    title: Line


class ContestRules(_Strict):
    """One version of a contest's rules."""

    id: Code
    version: int = Field(ge=1, le=10_000)
    title: Line
    programme_id: Code
    entry: EntryRules
    rounds: RoundRules
    score: ScoreRules
    jury: JuryRules
    review: ReviewRules | None = None
    votes: VoteRules
    board: BoardRules = BoardRules()
    protests: ProtestRules
    ties: tuple[TieBreak, ...]
    checklist: tuple[ChecklistLine, ...] = Field(max_length=30)

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(set(self.ties)) != len(self.ties):
            raise ValueError("ties: each once")
        codes = [one.code for one in self.checklist]
        if len(set(codes)) != len(codes):
            raise ValueError("checklist: codes are unique")
        if self.review is not None:
            marked = {one.code: one.stages for one in self.jury.criteria}
            if marked.get(self.review.criterion) != self.review.stages:
                raise ValueError("review: its criterion is marked in exactly its stages")
            if not set(self.review.stages) <= set(self.jury.stages):
                raise ValueError("review: the jury marks its stages")
        return self


def parse_rules(mapping: Mapping[str, Any], origin: str = "rules") -> ContestRules:
    """Check data and return the rules that they describe.

    Raises:
        ContestRulesError: With every fault.
    """
    try:
        return ContestRules.model_validate(_keyed(mapping), strict=False)
    except ValidationError as error:
        raise ContestRulesError(
            [
                f"{origin}: {'.'.join(map(str, fault['loc'])) or '(whole)'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def load_rules(folder: Path = CONTENT_FOLDER) -> list[ContestRules]:
    """Read the shipped rules.

    Raises:
        ContestRulesError: If a file cannot be read, or describes no rules.
    """
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise ContestRulesError([f"{path}: {error}"]) from error
        if not isinstance(data, dict):
            raise ContestRulesError([f"{path}: not a mapping"])
        found.append(parse_rules(data, str(path)))
    return found


def _keyed(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with stages as numbers, which JSON keeps as text."""
    data = dict(mapping)
    score = data.get("score")
    if isinstance(score, dict) and isinstance(score.get("stage_weights"), dict):
        stages = {
            int(key) if str(key).isdecimal() else key: value
            for key, value in score["stage_weights"].items()
        }
        data["score"] = {**score, "stage_weights": stages}
    return data
