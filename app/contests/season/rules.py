"""What a place in a contest is worth over the year: content, versioned. Pure."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.contests.errors import ContestRulesError

CONTENT_FILE = Path(__file__).parent / "content" / "season.yaml"


class SeasonRules(BaseModel):
    """One version of the season's rules; all points are whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    version: int = Field(ge=1, le=10_000)
    places: tuple[int, ...] = Field(min_length=1, max_length=100, strict=False)
    taking_part: int = Field(ge=0, le=1000)
    standard: int = Field(ge=0, le=1000)
    qualifying: int = Field(ge=1, le=10_000)
    league_places: tuple[int, ...] = Field(max_length=100, strict=False)

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    def points(self, rank: int | None, *, meets_standard: bool) -> int:
        """Return what a result is worth; 0 for who never played.

        Args:
            rank: The result's; equal results share it and get the same.
            meets_standard: Whether it reaches the standard of 高级.
        """
        if rank is None:
            return 0
        place = self.places[rank - 1] if rank <= len(self.places) else self.taking_part
        return place + (self.standard if meets_standard else 0)

    def league_points(self, rank: int | None) -> int:
        """Return what a result is worth to the contestant's provider."""
        if rank is None or rank > len(self.league_places):
            return 0
        return self.league_places[rank - 1]


def shipped_rules(path: Path = CONTENT_FILE) -> SeasonRules:
    """Read the shipped rules.

    Raises:
        ContestRulesError: If the file cannot be read, or describes no rules.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return SeasonRules.model_validate(data)
    except (OSError, yaml.YAMLError) as error:
        raise ContestRulesError([f"{path}: {error}"]) from error
    except ValidationError as error:
        raise ContestRulesError(
            [
                f"{path}: {'.'.join(map(str, fault['loc'])) or '(whole)'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from error
