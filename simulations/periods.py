"""营期: sessions of one room that are linked, as content.

A period file names a scenario and the days on which it goes on air; each session says how much
traffic and budget the day has against the scenario as written. The rules say what is carried over
(`simulations.carrying`). Judged is the whole period's net GMV.
"""

import json
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from simulations.errors import ScenarioError
from simulations.fields import Content, Line, Text, number, whole
from simulations.loading import CONTENT_DIR, read_mapping
from simulations.verbs import Code

PERIOD_DIR = CONTENT_DIR / "periods"


class LinkedSession(Content):
    """One session of a period, against the scenario as written."""

    title: Line
    kind: Literal["daily", "big"] = Field(description="日播, 大场")
    day: int = whole("days after the first", ge=0, le=365)
    fans_ratio: float = number("factor on fans' arrivals; assumption", gt=0, le=10)
    public_ratio: float = number("factor on public arrivals; assumption", gt=0, le=10)
    traffic_ratio: float = number("factor on the traffic budget; assumption", ge=0, le=20)
    benefit_ratio: float = number("factor on the benefit budget; assumption", ge=0, le=20)
    stock_ratio: float = number(
        "stock that supply aims at, share of the scenario's; assumption", ge=0, le=20
    )
    note: Text = Field(description="what the day is for; shown before it")


class CarryRules(Content):
    """What one session leaves to the next, and how fast it heals."""

    start_cash_fen: int = whole("cash on the first day, fen; assumption", ge=0, le=10**12)
    settle_days: int = whole("days until kept sales are paid out; assumption", ge=0, le=60)
    return_days: int = whole("days until returned goods can be sold again", ge=0, le=60)
    supply_per_day_fraction: float = number(
        "units that arrive a day at most, share of the scenario's stock; assumption", ge=0, le=10
    )
    follow_keep_fraction: float = number("new fans who stay fans; assumption", ge=0, le=1)
    refund_normal_fraction: float = number(
        "refund share that nobody minds; the house's own", ge=0, le=0.95
    )
    trust_per_refund: float = number("trust lost for each refund share above", ge=0, le=10)
    trust_per_strike: float = number("trust lost a strike; assumption", ge=0, le=1)
    trust_per_lost_share: float = number(
        "trust lost for the share of orders that stock could not serve; assumption", ge=0, le=2
    )
    trust_per_discount: float = number(
        "trust lost for the mean discount off list price: who bought before feels cheated, who "
        "waits will wait again; assumption",
        ge=0,
        le=5,
    )
    trust_days: float = number("days in which half of lost trust comes back", gt=0, le=365)
    tired_per_order: float = number(
        "fans' demand used up for each order a fan; assumption", ge=0, le=50
    )
    tired_days: float = number("days in which half of it comes back; assumption", gt=0, le=365)
    mood_rest: float = number("mood of a rested host; the engine begins at 0.55", ge=0, le=1)
    mood_days: float = number("days in which half of a bad mood goes; assumption", gt=0, le=365)
    strain_days: float = number("days in which half of the crew's strain goes", gt=0, le=365)


class Period(Content):
    """A 营期: which room, which days, which rules."""

    lang: Literal["zh-Hans"]
    id: Code
    version: int = whole("rises with every published change", ge=1, le=10_000)
    scenario: Code
    title: Line
    story: Text
    source: Text
    rules: CarryRules
    sessions: tuple[LinkedSession, ...] = Field(min_length=2, max_length=31)

    @model_validator(mode="after")
    def _days_rise(self) -> Self:
        for before, after in pairwise(self.sessions):
            if after.day <= before.day:
                raise ValueError(f"sessions: day {after.day} does not follow day {before.day}")
        return self

    @property
    def ref(self) -> str:
        """Return the permanent name of this version."""
        return f"{self.id}@{self.version}"


def parse_period(mapping: Any, origin: str = "period") -> Period:
    """Check a mapping and return the period that it describes.

    Raises:
        ScenarioError: With every fault; each names origin, id and field, and what is allowed.
    """
    if not isinstance(mapping, dict):
        raise ScenarioError([f"{origin}: not a mapping"])
    name = f"{origin}: {mapping.get('id', '(no id)')}"
    try:
        text = json.dumps(mapping, ensure_ascii=False, allow_nan=False)
        return Period.model_validate_json(text)
    except ValidationError as error:
        raise ScenarioError(
            [
                f"{name}: {'.'.join(map(str, fault['loc'])) or '(whole)'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from error
    except (TypeError, ValueError) as error:
        raise ScenarioError([f"{name}: not plain data: {error}"]) from error


def load_period(path: Path | str) -> Period:
    """Read one period file.

    Raises:
        ScenarioError: If the file cannot be read, is not YAML, or describes no valid period.
    """
    return parse_period(read_mapping(Path(path)), str(path))


@lru_cache(maxsize=4)
def shipped_periods(folder: Path = PERIOD_DIR) -> dict[str, Period]:
    """Return the periods of `content/periods`, by id.

    Raises:
        ScenarioError: If a file is unusable, or two have the same id.
    """
    found: dict[str, Period] = {}
    for path in sorted(folder.glob("*.yaml")):
        period = load_period(path)
        if period.id in found:
            raise ScenarioError([f"{path}: {period.id} exists twice"])
        found[period.id] = period
    return found
