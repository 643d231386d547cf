"""The scenario (场景): a merchant's room as versioned, strictly checked content.

Everything numeric about a merchant or its market is a field here, with unit, range and source;
mechanisms are code (`simulations.engines`). "assumption" as source means: chosen so that levels stay
inside the magnitudes of public playbooks and the case material, not measured on a real room.
"""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from simulations.actions import COMPLIANCE_ID, Code

TICK_S = 5
"""Length of a tick in seconds of room time; results are converged at 5 s."""

TICKS_PER_MINUTE = 60 // TICK_S
MOST_PRODUCTS = 12
LEAST_ANSWER_WALL_S = 45
"""No human deadline in a room is shorter than this on the wall clock."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def _number(
    description: str, *, ge: float | None = None, le: float | None = None, gt: float | None = None
) -> float:
    """Return a field for a real number; the description ends with its source."""
    number: float = Field(description=description, ge=ge, le=le, gt=gt, allow_inf_nan=False)
    return number


def _whole(description: str, *, ge: int, le: int) -> int:
    """Return a field for a whole number; the description ends with its source."""
    number: int = Field(description=description, ge=ge, le=le)
    return number


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PerChannel(_Content):
    """A number for each viewer class, which is also its channel."""

    fans: float = _number("fans (私域)", ge=0, le=100)
    public: float = _number("public feed (公域)", ge=0, le=100)
    paid: float = _number("paid (投流)", ge=0, le=100)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Return the three in the engine's order."""
        return self.fans, self.public, self.paid


class Restocking(_Content):
    """How more of a product can be ordered during the session."""

    max_units: int = _whole("units; source: scenario material", ge=1, le=100_000)
    lead_min: float = _number("minutes until they arrive; source: scenario material", ge=1, le=240)


class Product(_Content):
    """One product of the tray (货盘)."""

    code: Code
    name: Line
    role: Literal["hook", "benefit", "hit", "follow", "profit", "image", "test"] = Field(
        description="引流, 福利, 爆款, 承接, 利润, 形象, 测试"
    )
    list_price_fen: int = _whole("fen; source: scenario material", ge=100, le=10_000_000)
    cost_fen: int = _whole("fen a unit; source: scenario material", ge=1, le=10_000_000)
    stock: int = _whole("units at the start; source: scenario material", ge=1, le=1_000_000)
    appeal: PerChannel = Field(
        description="logit weight when pinned and fresh at list price, not buying weighs 1; "
        "assumption fitted to the house's GMV"
    )
    refund_fraction: float = _number(
        "share of paid orders that come back; source: scenario material", ge=0, le=0.9
    )
    risk: float = _number("compliance risk of its pitch, 1 = usual; assumption", ge=0, le=10)
    stay_ratio: float = _number(
        "factor on the rate of leaving while it is pinned; assumption", ge=0.3, le=3
    )
    deal_fraction: float = _number(
        "clicks that become orders at list price; public playbooks: 0.05 to 0.3", ge=0.01, le=0.6
    )
    restock: Restocking | None = None
    note: Text = Field(description="its reason and its trap, shown to the operator")
    comments: tuple[Line, ...] = Field(
        min_length=2, description="what viewers write while it is pinned"
    )


class CurvePoint(_Content):
    """A factor at a minute; between points the curve is straight, outside it is level."""

    minute: float = _number("minute of the session", ge=0, le=480)
    factor: float = _number("factor on the channel's arrivals; assumption", ge=0, le=20)


class Audience(_Content):
    """Who comes, how long they stay and what they do."""

    followers: int = _whole("fans at the start; source: scenario material", ge=1, le=100_000_000)
    fans_per_min: float = _number(
        "arrivals a minute of fans at curve 1; source: scenario material", gt=0, le=100_000
    )
    public_per_min: float = _number(
        "arrivals a minute from the public feed at curve 1 and heat 1; source: scenario material",
        gt=0,
        le=100_000,
    )
    fans_curve: tuple[CurvePoint, ...] = Field(min_length=1)
    public_curve: tuple[CurvePoint, ...] = Field(min_length=1)
    leave_per_min: PerChannel = Field(description="share leaving a minute; stays of 1 to 5 minutes")
    looks_per_min: PerChannel = Field(description="occasions to buy a minute; assumption")
    comments_per_min: PerChannel = Field(description="comments a viewer and minute; assumption")
    elasticity: PerChannel = Field(description="price elasticity of the logit weight; about 1.6")
    exposures_per_look: float = _number("product exposures per occasion; assumption", gt=0, le=10)
    side_attention: float = _number(
        "attention for products that are listed but not pinned; 0.04 to 0.07 of the pinned",
        ge=0,
        le=0.5,
    )
    follow_per_min: float = _number("new fans a viewer and minute; 2 to 3 % of views", ge=0, le=0.2)
    follow_weight: float = _number(
        "how many old fans a fan won today equals in coming back today; assumption", ge=0, le=100
    )
    fans_wave_sd: float = _number("sd of the fans' 10-minute waves, log; assumption", ge=0, le=1)
    public_wave_sd: float = _number("sd of the feed's 10-minute waves, log; assumption", ge=0, le=1)
    day_public_sd: float = _number("sd of the day's public traffic, log; assumption", ge=0, le=1)
    day_buying_sd: float = _number("sd of the day's buying mood, log; assumption", ge=0, le=1)


class Platform(_Content):
    """What the platform takes for normal in a room of this grade, and how strict it is."""

    gpm_fen: int = _whole("fen per 1,000 views; pass mark about 100,000", ge=1000, le=10_000_000)
    stay_min: float = _number("minutes a view; 0.7 to 2.5", gt=0, le=30)
    comments_per_view_min: float = _number("comments a viewer-minute; assumption", gt=0, le=10)


class Market(_Content):
    """The market for bought visitors."""

    bid_fen: int = _whole("the market's usual bid, fen a visitor; assumption", ge=1, le=100_000)
    visitors_per_min: float = _number(
        "visitors a minute for who outbids everybody; assumption", gt=0, le=100_000
    )
    pool: int = _whole(
        "paid visitors after which the market yields half; assumption", ge=10, le=10_000_000
    )
    bid_least_fen: int = _whole("least bid, fen", ge=1, le=100_000)
    bid_most_fen: int = _whole("greatest bid, fen", ge=1, le=100_000)
    rate_most_fen_per_min: int = _whole("greatest spend, fen a minute", ge=1, le=100_000_000)
    budget_fen: int = _whole("for the session, fen; source: scenario material", ge=0, le=10**10)


class CouponRule(_Content):
    """Bounds of a coupon (优惠券)."""

    depth_least_fraction: float = _number("least discount", ge=0.01, le=0.5)
    depth_most_fraction: float = _number("greatest discount", ge=0.01, le=0.5)
    most_min: int = _whole("longest, minutes", ge=1, le=15)
    pause_min: float = _number("minutes between two; assumption", ge=0, le=60)


class LuckyBagRule(_Content):
    """Bounds and strength of a lucky bag (福袋)."""

    least_fen: int = _whole("least prize, fen", ge=100, le=100_000_000)
    most_fen: int = _whole("greatest prize, fen", ge=100, le=100_000_000)
    half_fen: int = _whole("prize of half the greatest effect, fen; assumption", ge=100, le=10**8)
    most_min: int = _whole("longest countdown, minutes; 3 to 10 are usual", ge=1, le=15)
    pause_min: float = _number("minutes between two; assumption", ge=0, le=60)


class RedPacketRule(_Content):
    """Bounds and strength of a red packet (红包)."""

    least_fen: int = _whole("least amount, fen", ge=100, le=100_000_000)
    most_fen: int = _whole("greatest amount, fen", ge=100, le=100_000_000)
    half_fen: int = _whole("amount of half the greatest effect, fen; assumption", ge=100, le=10**8)
    lasts_min: float = _number("minutes of its effect; assumption", gt=0, le=15)
    pause_min: float = _number("minutes between two; assumption", ge=0, le=60)


class FreightRule(_Content):
    """Return-freight cover (退货补运费)."""

    conversion_ratio: float = _number(
        "factor on conversion; case of a women's-wear room, January 2021: +21 %", ge=1, le=1.5
    )
    cost_fen: int = _whole("fen an order; assumption", ge=0, le=5000)
    refund_fraction: float = _number(
        "orders that come back because returning is free; assumption", ge=0, le=0.3
    )


class Benefits(_Content):
    """What may be given away, and what it does."""

    budget_fen: int = _whole("for bags, packets and goodwill, fen", ge=0, le=10**10)
    coupon: CouponRule
    lucky_bag: LuckyBagRule
    red_packet: RedPacketRule
    freight_cover: FreightRule


class WarningChoice(_Content):
    """One way to answer a compliance warning."""

    id: Code
    text: Line
    clears: bool = Field(description="whether the warning is settled by it")
    busy_min: float = _number("minutes in which the host sells less; assumption", ge=0, le=10)
    consequence: Text


class Compliance(_Content):
    """What the platform watches for (合规)."""

    warnings_per_min: float = _number(
        "warnings a minute at risk 1 and normal pace; assumption", ge=0, le=1
    )
    answer_min: float = _number("minutes to correct before it is a strike; 1 to 3", ge=1, le=10)
    throttle_min: float = _number("minutes of throttled traffic (限流) a strike", ge=0, le=120)
    throttle_share: float = _number("public arrivals that remain meanwhile", ge=0, le=1)
    closing_strikes: int = _whole("strikes that close the room", ge=1, le=10)
    warning_texts: tuple[Text, ...] = Field(min_length=1)
    choices: tuple[WarningChoice, ...] = Field(min_length=2, max_length=4)


class Host(_Content):
    """The anchor (主播)."""

    name: Line
    energy_slow_per_min: float = _number("energy won a minute at slow pace", ge=0, le=0.2)
    energy_normal_per_min: float = _number("energy changed a minute, normal pace", ge=-0.1, le=0.1)
    energy_push_per_min: float = _number("energy lost (negative) a minute, push", ge=-0.2, le=0)


class House(_Content):
    """The anchor's own rundown, which runs whatever the operator has not taken in hand."""

    rotate_min: float = _number("minutes a product, in tray order; case material: 10", ge=1, le=60)
    traffic_bid_fen: int = _whole("fen a visitor", ge=0, le=100_000)
    traffic_rate_fen_per_min: int = _whole("even spend, fen a minute", ge=0, le=100_000_000)


class Choice(_Content):
    """One way to answer an incident."""

    id: Code
    text: Line
    remaining_fraction: float = _number(
        "share of the effect that remains; above 1 it makes things worse; assumption", ge=0, le=2
    )
    busy_min: float = _number("minutes in which the host sells less; assumption", ge=0, le=10)
    cost_fen: int = _whole("fen, from the benefit budget; assumption", ge=0, le=10**8)
    risk: float = _number("compliance risk added, 1 = one warning; assumption", ge=0, le=3)
    opens_freight_cover: bool = False
    consequence: Text = Field(description="one sentence for the debrief")


class Effects(_Content):
    """What an incident does while it lasts, before it is answered."""

    fans_ratio: float = _number("factor on fans' arrivals", ge=0, le=3)
    public_ratio: float = _number("factor on public arrivals", ge=0, le=3)
    paid_ratio: float = _number("factor on paid arrivals", ge=0, le=3)
    buying_ratio: float = _number("factor on conversion", ge=0, le=3)
    leave_ratio: float = _number("factor on the rate of leaving", ge=0.3, le=3)
    refund_fraction: float = _number("orders that come back in addition", ge=0, le=0.5)
    breaks_link: bool = Field(description="the pinned product cannot be bought meanwhile")
    sours_host: bool = Field(description="it weighs on the host's mood")


class Incident(_Content):
    """Something that happens to the room (突发), at a time only the secret key knows."""

    id: Code
    title: Line
    kind: Literal["comments", "flow", "stock", "link", "rival", "host", "network"]
    cause: Text = Field(description="why it happens; for the debrief")
    text: Text = Field(description="what the operator reads when it is there")
    sign: Text = Field(description="the first sign, which can be noticed earlier")
    sign_min: float = _number("minutes between the sign and the effect", ge=0, le=15)
    from_min: float = _number("earliest start, minute; source: scenario material", ge=0, le=480)
    until_min: float = _number("latest start, minute; source: scenario material", ge=0, le=480)
    chance_fraction: float = _number("whether it happens at all", ge=0, le=1)
    lasts_min: float = _number("minutes; source: scenario material", gt=0, le=120)
    effects: Effects
    comments: tuple[Line, ...] = Field(min_length=1)
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=4)


class Phase(_Content):
    """A named part of the session, for orientation only."""

    title: Line
    until_min: float = _number("minute where it ends", gt=0, le=480)


class Speed(_Content):
    """How much faster than the wall clock the room runs."""

    exam: float = _number("times; 4 at 初级, 2 to 4 at 中级, at most 2 at 高级", ge=1, le=4)
    practice: tuple[float, ...] = Field(min_length=1)


class Scoring(_Content):
    """Limits of this room's gates, from its house's own rates and its products' margins."""

    margin_limit_fraction: float = _number(
        "least margin over net GMV without loss of points; from the house's", gt=0, le=0.9
    )
    margin_house_share: float = _number(
        "share of the house's own margin on the same customers that suffices, if that is less: a "
        "bad day is nobody's fault",
        gt=0,
        le=1,
    )
    refund_limit_fraction: float = _number(
        "greatest refund share without loss of points; from the house's", gt=0, le=0.95
    )
    roi_limit_ratio: float = _number(
        "least attributed GMV over traffic spend; from the break-even ROI", gt=0, le=50
    )
    roi_free_fen: int = _whole("spend that is not judged, fen", ge=0, le=10**9)
    strike_points: float = _number("points lost a strike beyond the house's", ge=0, le=50)
    exponent: Literal[1, 2] = Field(description="steepness of the gates")


class Range(_Content):
    """A normal range (常态), both ends included."""

    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)


class Normals(_Content):
    """Normal ranges shown beside figures: P10 to P90 of the house's own windows."""

    gpm_fen: Range
    dwell_s: Range
    conversion_fraction: Range
    saw_fraction: Range
    click_fraction: Range
    deal_fraction: Range


class Comments(_Content):
    """What viewers write; names are invented."""

    names: tuple[Line, ...] = Field(min_length=6)
    plain: tuple[Line, ...] = Field(min_length=6)
    bought: tuple[Line, ...] = Field(min_length=3)
    lucky_bag: tuple[Line, ...] = Field(min_length=3)
    red_packet: tuple[Line, ...] = Field(min_length=2)
    coupon: tuple[Line, ...] = Field(min_length=2)
    sold_out: tuple[Line, ...] = Field(min_length=2)
    warning: tuple[Line, ...] = Field(min_length=2)


class Scenario(_Content):
    """A room that can be played: the merchant's story, its numbers and its texts."""

    lang: Literal["zh-Hans"]
    id: Code
    version: int = _whole("rises with every published change", ge=1, le=10_000)
    engine: Literal["1"] = Field(description="engine version that runs it")
    exposure: Literal["public", "secure"] = Field(
        description="public scenarios train and demonstrate; they never count in production"
    )
    title: Line
    level: Literal["junior", "intermediate", "senior"]
    story: Annotated[str, StringConstraints(min_length=60, max_length=260)]
    problem: Text = Field(description="what is wrong at the start")
    source: Text
    duration_min: int = _whole("minutes of room time", ge=10, le=480)
    target_gmv_fen: int = _whole("the session's target, fen", ge=1, le=10**12)
    speed: Speed
    phases: tuple[Phase, ...] = Field(min_length=1)
    host: Host
    audience: Audience
    platform: Platform
    market: Market
    benefits: Benefits
    compliance: Compliance
    house: House
    price_floor_fraction: float = _number("lowest price, share of list", ge=0.1, le=1)
    reverse_freight_fen: int = _whole("lost a returned order, fen; about 800", ge=0, le=10_000)
    writeoff_fraction: float = _number("of a reordered unit's cost; assumption", ge=0, le=1)
    actions_per_tick: int = _whole("most actions in one tick", ge=1, le=20)
    products: tuple[Product, ...] = Field(min_length=2, max_length=MOST_PRODUCTS)
    incidents: tuple[Incident, ...] = Field(max_length=8)
    scoring: Scoring
    normals: Normals
    comments: Comments

    @property
    def ref(self) -> str:
        """Return the permanent name of this version."""
        return f"{self.id}@{self.version}"

    @property
    def duration_ticks(self) -> int:
        """Return the length of the session in ticks."""
        return self.duration_min * TICKS_PER_MINUTE

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @cached_property
    def _content_hash(self) -> str:
        data = json.dumps(
            self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(data.encode()).hexdigest()

    def content_hash(self) -> str:
        """Return a hash of everything in the scenario; results are stored under it."""
        return self._content_hash

    def product_index(self, code: str) -> int:
        """Return a product's position on the tray, from 0; KeyError if there is none."""
        for position, product in enumerate(self.products):
            if product.code == code:
                return position
        raise KeyError(code)

    def choice_index(self, incident: str, choice: str) -> tuple[int, int]:
        """Return positions of an incident (-1: a compliance warning) and of one of its choices.

        Raises:
            KeyError: If there is no such incident, or it has no such choice.
        """
        if incident == COMPLIANCE_ID:
            ids = [one.id for one in self.compliance.choices]
            return -1, _position(ids, choice)
        position = _position([one.id for one in self.incidents], incident)
        return position, _position([one.id for one in self.incidents[position].choices], choice)

    def product_code(self, index: int) -> str:
        """Return the code of the product at a position of the tray."""
        return self.products[index].code

    def choice_codes(self, incident: int, choice: int) -> tuple[str, str]:
        """Return the ids at these positions; incident -1 is a compliance warning."""
        if incident < 0:
            return COMPLIANCE_ID, self.compliance.choices[choice].id
        one = self.incidents[incident]
        return one.id, one.choices[choice].id

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [
            *self._name_problems(),
            *self._range_problems(),
            *self._time_problems(),
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _name_problems(self) -> list[str]:
        problems = []
        for what, ids in (
            ("products", [one.code for one in self.products]),
            ("incidents", [one.id for one in self.incidents]),
            ("compliance.choices", [one.id for one in self.compliance.choices]),
            *((f"incidents.{one.id}.choices", [c.id for c in one.choices]) for one in self.incidents),
        ):
            if len(set(ids)) < len(ids):
                problems.append(f"{what}: ids must differ")
        if COMPLIANCE_ID in {one.id for one in self.incidents}:
            problems.append(f"incidents: the id {COMPLIANCE_ID!r} is taken by warnings")
        if not any(choice.clears for choice in self.compliance.choices):
            problems.append("compliance.choices: none clears a warning")
        return problems

    def _range_problems(self) -> list[str]:
        problems = [
            f"products.{one.code}: cost_fen {one.cost_fen} is not below list_price_fen"
            for one in self.products
            if one.cost_fen >= one.list_price_fen
        ]
        coupon, bag, packet = (
            self.benefits.coupon,
            self.benefits.lucky_bag,
            self.benefits.red_packet,
        )
        for what, least, most in (
            ("coupon depth", coupon.depth_least_fraction, coupon.depth_most_fraction),
            ("lucky_bag prize", bag.least_fen, bag.most_fen),
            ("red_packet amount", packet.least_fen, packet.most_fen),
            ("market bid", self.market.bid_least_fen, self.market.bid_most_fen),
        ):
            if least > most:
                problems.append(f"{what}: least {least} is above most {most}")
        return problems

    def _time_problems(self) -> list[str]:
        """Return what does not fit into the session, or leaves people too little time."""
        problems = []
        wall_s = self.compliance.answer_min * 60 / self.speed.exam
        if wall_s < LEAST_ANSWER_WALL_S:
            problems.append(
                f"compliance.answer_min: {wall_s:.0f} s on the wall at speed {self.speed.exam:g}; "
                f"at least {LEAST_ANSWER_WALL_S}"
            )
        for one in self.incidents:
            if not one.sign_min <= one.from_min <= one.until_min:
                problems.append(f"incidents.{one.id}: needs sign_min <= from_min <= until_min")
            if one.until_min + one.lasts_min > self.duration_min:
                problems.append(f"incidents.{one.id}: may last beyond the session's end")
            if one.lasts_min * 60 / self.speed.exam < LEAST_ANSWER_WALL_S:
                problems.append(f"incidents.{one.id}.lasts_min: too short to answer")
        if self.phases[-1].until_min != self.duration_min or any(
            a.until_min >= b.until_min for a, b in zip(self.phases, self.phases[1:], strict=False)
        ):
            problems.append("phases: must rise and end with the session")
        for name, curve in (
            ("fans_curve", self.audience.fans_curve),
            ("public_curve", self.audience.public_curve),
        ):
            if any(a.minute >= b.minute for a, b in zip(curve, curve[1:], strict=False)):
                problems.append(f"audience.{name}: minutes must rise")
        return problems


def _position(ids: list[str], wanted: str) -> int:
    if wanted not in ids:
        raise KeyError(wanted)
    return ids.index(wanted)
