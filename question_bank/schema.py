"""What every content schema here stands on: strict models and the patterns of ids."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ItemId = Annotated[str, Field(pattern=ID_PATTERN, max_length=64)]
ChoiceId = Annotated[str, Field(pattern=r"^[a-h]$")]
PartId = Annotated[str, Field(pattern=r"^[1-8]$")]
"""A prompt of a matching item, a blank of a fill-in item: numbered from 1."""


class Strict(BaseModel):
    """Unknown fields are faults, so that a typing error in content never passes."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, str_strip_whitespace=True
    )
