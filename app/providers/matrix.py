"""Content of the matrix of tiers (优质/核心/战略) and fields (MCN/产业带/商家/品牌); red lines.

A cell says what a provider must have to stand in it. The 1.0 matrix is the same kind of content
with other names; each of its cells says where in the later matrix it lies, which is the mapping.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.providers.exact import Content, ContentId, ExactValue, Points, Text, WholeNumber
from certificates.levels import Level

TierCode = Literal["quality", "core", "strategic"]
FieldCode = Literal["mcn", "belt", "merchant", "brand"]

TIERS: tuple[TierCode, ...] = ("quality", "core", "strategic")
"""Lowest first."""


class OperatorMinimum(Content):
    """So many certified operators of the level or a higher one."""

    level: Level
    at_least: WholeNumber = Field(ge=1, le=10_000)


class ForceMinimum(Content):
    """A force's score that is reached."""

    force: ContentId
    at_least: Points = Field(gt=0, le=100)


class FigureMinimum(Content):
    """A figure that is reached, in its unit."""

    figure: ContentId
    at_least: ExactValue


class Cell(Content):
    """One place of the matrix and what it takes to stand there.

    Attributes:
        name: What a provider there is called, in Chinese; `name_en` in English, likewise below.
        tier: Its tier in the matrix of 2.0.
        fields: The fields of 2.0 whose providers may stand there.
        at_least: The total that it takes.
        operators: Certified operators that it takes, each line by itself.
        by_invitation: Whether nobody comes there without being asked (邀约制).
        note: What else is to be known of it.
    """

    id: ContentId
    name: Text
    name_en: Text
    tier: TierCode
    fields: tuple[FieldCode, ...] = Field(min_length=1)
    at_least: Points
    operators: tuple[OperatorMinimum, ...] = ()
    forces: tuple[ForceMinimum, ...] = ()
    figures: tuple[FigureMinimum, ...] = ()
    by_invitation: bool = False
    note: Text | None = None
    note_en: Text | None = None


class RedLine(Content):
    """What nobody may do: a finding freezes the rating, whatever the total.

    Attributes:
        months: How many months after the month of the finding the rating stays frozen.
    """

    id: ContentId
    name: Text
    name_en: Text
    what: Text
    what_en: Text
    months: WholeNumber = Field(ge=1, le=60)
