"""The phase before minute 0 (开播前): what may be planned, and a plan.

A plan is data and part of what a room is a pure function of: `Scenario.with_plan` puts it in. What
a plan leaves out is as in the house's own plan, so the empty plan *is* the house's.
"""

from typing import Literal

from pydantic import Field

from simulations.fields import Content, number, whole
from simulations.mechanisms import TrustId
from simulations.verbs import Code

Grade = Literal["S", "A", "B"]
"""Session grades: S anniversary and the like, A brand or new-arrival day, B daily show (日播)."""

AimId = Literal["new_customers", "followers", "repeat"]
"""拉新, 涨粉, 老客复购."""

PlannedTrust = Literal["freight_cover"] | TrustId


class StockOrder(Content):
    """Units of a product ordered before the session; they stand in the stock at minute 0."""

    product: Code
    units: int = whole("units, paid from purse and cash", ge=1, le=1_000_000)


class Plan(Content):
    """What a person decided before minute 0; None: as the house."""

    grade: Grade | None = None
    preheat_videos: int | None = Field(None, ge=0, le=5, description="teaser videos (预热视频)")
    tray: tuple[Code, ...] | None = Field(
        None, max_length=12, description="products on the tray, in the house's order of pitching"
    )
    traffic_budget_fen: int | None = Field(None, ge=0, le=10**11)
    benefit_budget_fen: int | None = Field(None, ge=0, le=10**11)
    trust: tuple[PlannedTrust, ...] | None = Field(None, description="promises open from minute 0")
    stock: tuple[StockOrder, ...] | None = Field(None, max_length=12)
    aim: AimId | None = Field(None, description="the secondary goal that the plan declares")
    hourly_gmv_fen: tuple[int, ...] | None = Field(
        None, max_length=8, description="GMV targets of each hour begun, fen; shown, not scored"
    )


class GradeOption(Content):
    """A grade that the session may have, against the levels of the scenario."""

    id: Grade
    fans_ratio: float = number("factor on fans' arrivals; assumption", gt=0, le=5)
    public_ratio: float = number("factor on public arrivals; assumption", gt=0, le=5)
    buying_ratio: float = number("factor on conversion; assumption", gt=0, le=3)
    energy_start: float = number(
        "hosts' energy when the examined hours begin; longer shows start tired; assumption",
        ge=0.2,
        le=1,
    )
    cost_fen: int = whole("fen: set, staff, gifts of the occasion; assumption", ge=0, le=10**10)


class Preheat(Content):
    """Teaser videos before the show."""

    most: int = whole("videos; the room's rule", ge=1, le=5)
    entries_ratio: float = number(
        "added to arrivals of fans and feed by each video in the first half hour, falling to half "
        "of it after; case split: 0.12",
        ge=0,
        le=0.5,
    )
    cost_fen: int = whole("fen a video; assumption", ge=0, le=10**9)


class Planning(Content):
    """What may be planned."""

    purse_fen: int = whole(
        "most for traffic, benefits, videos, grade and stock together, fen; scenario material",
        ge=0,
        le=10**11,
    )
    grades: tuple[GradeOption, ...] = Field((), max_length=3)
    preheat: Preheat | None = None
    tray_least: int = whole("fewest products on the tray; the room's rule", ge=2, le=12)
    tray_most: int = whole("most products on the tray; the room's rule", ge=2, le=12)
    stock_ratio: float = number(
        "most units ordered before the session, share of the stock; the room's rule",
        ge=0,
        le=20,
        neutral=0,
    )
    house: Plan = Field(Plan(), description="the anchor's own plan; grade needed if grades exist")


class Aim(Content):
    """A secondary goal that a plan may declare: some points more, or fewer."""

    id: AimId
    target: float = number(
        "new customers' share, new followers, or old customers' orders; scenario material",
        gt=0,
        le=1e9,
    )
    points: float = number(
        "points at the target; from the house's level in proportion; the room's rule", gt=0, le=10
    )


class Card(Content):
    """An incident that a jury plays for every room at a tick; see `simulations.cards`."""

    incident: Code
    tick: int = whole(
        "1 to 10000, at whose start its effect begins; the jury's choice", ge=1, le=10_000
    )


class Opening(Content):
    """What earlier sessions of a linked series (营期) left: where this one begins."""

    followers: int | None = Field(None, ge=1, le=10**9)
    stock: tuple[StockOrder, ...] | None = Field(
        None, description="units left of the products named; 0 is not said, see `gone`"
    )
    gone: tuple[Code, ...] = Field((), description="products without any stock")
    cash_fen: int | None = Field(None, ge=0, le=10**12)
    mood: float | None = Field(None, ge=0, le=1, description="the host's")
    strain: float | None = Field(None, ge=0, le=10, description="the crew's, see `Crew`")
    fans_ratio: float = number(
        "factor on fans' arrivals: an audience that was burnt comes less", ge=0, le=5, neutral=1
    )
