"""Field makers and base class of scenario content: strict, frozen, every number with its range."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def number(
    description: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    neutral: float | None = None,
) -> float:
    """Return a field for a real number; the description ends with its source.

    A field with a `neutral` value may be left out: the mechanism then changes nothing.
    """
    default: Any = ... if neutral is None else neutral
    field: float = Field(default, description=description, ge=ge, le=le, gt=gt, allow_inf_nan=False)
    return field


def whole(description: str, *, ge: int, le: int, neutral: int | None = None) -> int:
    """Return a field for a whole number; the description ends with its source."""
    default: Any = ... if neutral is None else neutral
    field: int = Field(default, description=description, ge=ge, le=le)
    return field


class Content(BaseModel):
    """Base of all content: unknown fields are errors, values are of the stated type."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)


class PerChannel(Content):
    """A number for each viewer class, which is also its channel."""

    fans: float = number("fans (私域)", ge=0, le=100)
    public: float = number("public feed (公域)", ge=0, le=100)
    paid: float = number("paid (投流)", ge=0, le=100)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Return the three in the engine's order."""
        return self.fans, self.public, self.paid
