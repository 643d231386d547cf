"""The league's rules as content: divisions by scale, how many move, when numbers are too small."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from app.providers.errors import SchemeContentError
from app.providers.exact import Content, ContentId, ExactValue, Points, Text, WholeNumber

RULES_FILE = Path(__file__).parent / "content" / "rules.yaml"


class Division(Content):
    """A division (组别) for newcomers of a scale; who is in already moves by places only."""

    id: ContentId
    name: Text
    name_en: Text
    at_least: ExactValue


class LeagueRules(Content):
    """How a season is played.

    Attributes:
        divisions: Highest first; the last one begins at 0.
        month_count: Months of a season.
        hidden_months: How many of the last ones are hidden until the reveal.
        moving_fraction: Which share of a division goes up, and which down; at least one does.
        least_size: A smaller division has no movement: with so few a place says little.
        tie_force: The force whose sum decides between equal totals.
    """

    id: ContentId
    version: WholeNumber = Field(ge=1)
    divisions: tuple[Division, ...] = Field(min_length=1)
    month_count: WholeNumber = Field(ge=1, le=12)
    hidden_months: WholeNumber = Field(ge=0, le=12)
    moving_fraction: Points = Field(gt=0, le=0.5)
    least_size: WholeNumber = Field(ge=3)
    tie_force: ContentId

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        lines = [division.at_least for division in self.divisions]
        if lines != sorted(set(lines), reverse=True) or lines[-1] != 0:
            raise ValueError("divisions must fall strictly, the last one to 0")
        if self.hidden_months >= self.month_count:
            raise ValueError("some months must be seen")
        return self


def shipped_rules() -> LeagueRules:
    """Read the rules that come with the product.

    Raises:
        SchemeContentError: If the file cannot be used.
    """
    document = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    try:
        return LeagueRules.model_validate(document)
    except ValueError as error:
        raise SchemeContentError(RULES_FILE, [str(error)]) from error
