"""Exact numbers of the score: hundredths of a point, ten-thousandths of an indicator's unit.

Nothing is ever a binary fraction, and what a page adds up is what the total says. Rounding is
half up, in whole numbers, in one place.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from app.providers.errors import ReadingError

VALUE_SCALE = 10_000
"""An indicator is kept as an integer: its value times this."""

MAX_VALUE = 10_000_000_000
"""Largest size of a figure, in its unit: a hundred 亿 yuan; 64-bit scoring still has room."""

FULL_SCORE = Decimal("100.00")
"""A module's or a force's highest score; the modules' weights add up to it too."""

ID_PATTERN = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
"""Kebab case; forces use the codes of the item bank's topics, which have underscores."""


def to_e4(value: Decimal) -> int:
    """Return an indicator's value in ten-thousandths of its unit, exactly.

    Raises:
        ReadingError: If it is not finite, larger than `MAX_VALUE`, or has more than four decimals.
    """
    if not value.is_finite() or abs(value) > MAX_VALUE:
        raise ReadingError(f"{value} is no number of at most {MAX_VALUE}")
    scaled = int(value.scaleb(4))
    # Compared without rounding: a value of thirty digits loses some in `scaleb`.
    if Decimal(scaled).scaleb(-4) != value:
        raise ReadingError(f"{value} has more than four decimals")
    return scaled


def from_e4(value_e4: int) -> Decimal:
    """Return the value of so many ten-thousandths, without trailing zeros."""
    value = Decimal(value_e4).scaleb(-4)
    return value.quantize(Decimal(1)) if value_e4 % VALUE_SCALE == 0 else value.normalize()


def to_hundredths(points: Decimal) -> int:
    """Return points as an integer of hundredths; they have two decimals at most."""
    return int(points.scaleb(2))


def from_hundredths(points_e2: int) -> Decimal:
    """Return so many hundredths as points with two decimals."""
    return Decimal(points_e2).scaleb(-2)


def _exact(value: object) -> object:
    """Let only exact numbers in: a float has lost its last digit before it arrives here."""
    if isinstance(value, bool | float):
        raise ValueError("an exact decimal number is expected")  # noqa: TRY004 - pydantic's way
    return value


def _indicator_value(value: Decimal) -> Decimal:
    try:
        to_e4(value)
    except ReadingError as error:
        raise ValueError(str(error)) from error
    return value


def _points(value: Decimal) -> Decimal:
    rounded = value.quantize(Decimal("0.01"))
    if rounded != value:
        raise ValueError("points have at most two decimals")
    return rounded


ExactValue = Annotated[Decimal, BeforeValidator(_exact), AfterValidator(_indicator_value)]
"""An indicator's value in its unit: at most four decimals, at most `MAX_VALUE`."""

Points = Annotated[Decimal, Field(ge=0, le=1000), BeforeValidator(_exact), AfterValidator(_points)]
"""Points of the score, two decimals."""

Text = Annotated[str, Field(min_length=1, max_length=400)]
ContentId = Annotated[str, Field(pattern=ID_PATTERN, max_length=40)]
WholeNumber = Annotated[int, Strict()]


class Content(BaseModel):
    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, str_strip_whitespace=True
    )
