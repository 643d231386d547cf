"""The parts of a scenario: goods, audience, platform, benefits, rules, incidents, texts."""

from typing import Literal, Self

from pydantic import Field, model_validator

from simulations.fields import Content, Line, PerChannel, Text, number, whole
from simulations.mechanisms import BoostRule, Goals, Presale
from simulations.planning import Aim
from simulations.verbs import Code

Role = Literal["hook", "benefit", "hit", "follow", "profit", "image", "test"]
"""引流, 福利, 爆款, 承接, 利润, 形象, 测试."""

ROLES: tuple[Role, ...] = ("hook", "benefit", "hit", "follow", "profit", "image", "test")


class Restocking(Content):
    """How more of a product can be ordered during the session."""

    max_units: int = whole("units; source: scenario material", ge=1, le=100_000)
    lead_min: float = number("minutes until they arrive; source: scenario material", ge=1, le=240)


class Product(Content):
    """One product of the tray (货盘)."""

    code: Code
    name: Line
    role: Role = Field(description="引流, 福利, 爆款, 承接, 利润, 形象, 测试")
    list_price_fen: int = whole("fen; source: scenario material", ge=100, le=10_000_000)
    cost_fen: int = whole("fen a unit; source: scenario material", ge=1, le=10_000_000)
    stock: int = whole("units at the start; source: scenario material", ge=1, le=1_000_000)
    appeal: PerChannel = Field(
        description="logit weight when pinned and fresh at list price, not buying weighs 1; "
        "assumption fitted to the house's GMV"
    )
    refund_fraction: float = number(
        "share of paid orders that come back; source: scenario material", ge=0, le=0.9
    )
    risk: float = number("compliance risk of its pitch, 1 = usual; assumption", ge=0, le=10)
    stay_ratio: float = number(
        "factor on the rate of leaving while it is pinned; assumption", ge=0.3, le=3
    )
    deal_fraction: float = number(
        "clicks that become orders at list price; public playbooks: 0.05 to 0.3", ge=0.01, le=0.6
    )
    restock: Restocking | None = None
    presale: Presale | None = None
    note: Text = Field(description="its reason and its trap, shown to the operator")
    comments: tuple[Line, ...] = Field(
        min_length=2, description="what viewers write while it is pinned"
    )


class CurvePoint(Content):
    """A factor at a minute; between points the curve is straight, outside it is level."""

    minute: float = number("minute of the session", ge=0, le=480)
    factor: float = number("factor on the channel's arrivals; assumption", ge=0, le=20)


class Audience(Content):
    """Who comes, how long they stay and what they do."""

    followers: int = whole("fans at the start; source: scenario material", ge=1, le=100_000_000)
    fans_per_min: float = number(
        "arrivals a minute of fans at curve 1; source: scenario material", gt=0, le=100_000
    )
    public_per_min: float = number(
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
    exposures_per_look: float = number("product exposures per occasion; assumption", gt=0, le=10)
    side_attention: float = number(
        "attention for what is listed but not pinned; assumption: 0.04 to 0.07",
        ge=0,
        le=0.5,
    )
    follow_per_min: float = number("new fans a viewer and minute; 2 to 3 % of views", ge=0, le=0.2)
    follow_weight: float = number(
        "how many old fans a fan won today equals in coming back today; assumption", ge=0, le=100
    )
    new_share: PerChannel = Field(
        PerChannel(fans=0, public=1, paid=1),
        description="share of orders that come from new customers (新客); only counted; assumption",
    )
    fans_wave_sd: float = number("sd of the fans' 10-minute waves, log; assumption", ge=0, le=1)
    public_wave_sd: float = number("sd of the feed's 10-minute waves, log; assumption", ge=0, le=1)
    day_public_sd: float = number("sd of the day's public traffic, log; assumption", ge=0, le=1)
    day_buying_sd: float = number("sd of the day's buying mood, log; assumption", ge=0, le=1)


class Platform(Content):
    """What the platform takes for normal in a room of this grade, and how strict it is."""

    gpm_fen: int = whole("fen per 1,000 views; pass mark about 100,000", ge=1000, le=10_000_000)
    stay_min: float = number("minutes a view; 0.7 to 2.5", gt=0, le=30)
    comments_per_view_min: float = number("comments a viewer-minute; assumption", gt=0, le=10)


class Market(Content):
    """The market for bought visitors."""

    bid_fen: int = whole("the market's usual bid, fen a visitor; assumption", ge=1, le=100_000)
    visitors_per_min: float = number(
        "visitors a minute for who outbids everybody; assumption", gt=0, le=100_000
    )
    pool: int = whole(
        "paid visitors after which the market yields half; assumption", ge=10, le=10_000_000
    )
    bid_least_fen: int = whole("least bid, fen; the room's rule", ge=1, le=100_000)
    bid_most_fen: int = whole("greatest bid, fen; the room's rule", ge=1, le=100_000)
    rate_most_fen_per_min: int = whole(
        "greatest spend, fen a minute; the room's rule", ge=1, le=100_000_000
    )
    budget_fen: int = whole("for the session, fen; source: scenario material", ge=0, le=10**10)
    top_up_most_fen: int = whole(
        "fen that can be added to the budget during the session; the room's rule",
        ge=0,
        le=10**10,
        neutral=0,
    )
    boost: BoostRule | None = None
    goals: Goals | None = None


class CouponRule(Content):
    """Bounds of a coupon (优惠券)."""

    depth_least_fraction: float = number("least discount; the room's rule", ge=0.01, le=0.5)
    depth_most_fraction: float = number("greatest discount; the room's rule", ge=0.01, le=0.5)
    most_min: int = whole("longest, minutes; the room's rule", ge=1, le=15)
    pause_min: float = number("minutes between two; assumption", ge=0, le=60)


class LuckyBagRule(Content):
    """Bounds and strength of a lucky bag (福袋)."""

    least_fen: int = whole("least prize, fen; the room's rule", ge=100, le=100_000_000)
    most_fen: int = whole("greatest prize, fen; the room's rule", ge=100, le=100_000_000)
    half_fen: int = whole("prize of half the greatest effect, fen; assumption", ge=100, le=10**8)
    most_min: int = whole("longest countdown, minutes; 3 to 10 are usual", ge=1, le=15)
    pause_min: float = number("minutes between two; assumption", ge=0, le=60)


class RedPacketRule(Content):
    """Bounds and strength of a red packet (红包)."""

    least_fen: int = whole("least amount, fen; the room's rule", ge=100, le=100_000_000)
    most_fen: int = whole("greatest amount, fen; the room's rule", ge=100, le=100_000_000)
    half_fen: int = whole("amount of half the greatest effect, fen; assumption", ge=100, le=10**8)
    lasts_min: float = number("minutes of its effect; assumption", gt=0, le=15)
    pause_min: float = number("minutes between two; assumption", ge=0, le=60)


class FreightRule(Content):
    """Return-freight cover (退货补运费)."""

    conversion_ratio: float = number(
        "factor on conversion; case of a women's-wear room, January 2021: +21 %", ge=1, le=1.5
    )
    cost_fen: int = whole("fen an order; assumption", ge=0, le=5000)
    refund_fraction: float = number(
        "orders that come back because returning is free; assumption", ge=0, le=0.3
    )


class Benefits(Content):
    """What may be given away, and what it does."""

    budget_fen: int = whole(
        "for bags, packets and goodwill, fen; scenario material", ge=0, le=10**10
    )
    coupon: CouponRule
    lucky_bag: LuckyBagRule
    red_packet: RedPacketRule
    freight_cover: FreightRule


class WarningChoice(Content):
    """One way to answer a compliance warning."""

    id: Code
    text: Line
    clears: bool = Field(description="whether the warning is settled by it")
    busy_min: float = number("minutes in which the host sells less; assumption", ge=0, le=10)
    consequence: Text


class Compliance(Content):
    """What the platform watches for (合规)."""

    warnings_per_min: float = number(
        "warnings a minute at risk 1 and normal pace; assumption", ge=0, le=1
    )
    answer_min: float = number("minutes to correct before it is a strike; 1 to 3", ge=1, le=10)
    throttle_min: float = number(
        "minutes of throttled traffic (限流) a strike; assumption", ge=0, le=120
    )
    throttle_share: float = number("public arrivals that remain meanwhile; assumption", ge=0, le=1)
    closing_strikes: int = whole("strikes that close the room; the room's rule", ge=1, le=10)
    warning_texts: tuple[Text, ...] = Field(min_length=1)
    choices: tuple[WarningChoice, ...] = Field(min_length=2, max_length=4)


class RoleTalent(Content):
    """How well a host sells each role of product: factors on its conversion while pinned."""

    hook: float = number("引流; assumption", ge=0.3, le=2, neutral=1)
    benefit: float = number("福利; assumption", ge=0.3, le=2, neutral=1)
    hit: float = number("爆款; assumption", ge=0.3, le=2, neutral=1)
    follow: float = number("承接; assumption", ge=0.3, le=2, neutral=1)
    profit: float = number("利润; assumption", ge=0.3, le=2, neutral=1)
    image: float = number("形象; assumption", ge=0.3, le=2, neutral=1)
    test: float = number("测试; assumption", ge=0.3, le=2, neutral=1)


class Host(Content):
    """An anchor (主播): energy at three paces, voice, talent."""

    id: Code = "lead"
    name: Line
    note: Text | None = Field(None, description="what the operator knows of the host")
    energy_slow_per_min: float = number(
        "energy won a minute at slow pace; assumption", ge=0, le=0.2
    )
    energy_normal_per_min: float = number(
        "energy changed a minute, normal pace; assumption", ge=-0.1, le=0.1
    )
    energy_push_per_min: float = number(
        "energy lost (negative) a minute, push; assumption", ge=-0.2, le=0
    )
    energy_rest_per_min: float = number(
        "energy won a minute off stage; playbooks: rest 20 min in 90; assumption",
        ge=0,
        le=0.5,
        neutral=0.03,
    )
    voice_per_min: float = number(
        "voice lost a minute at normal pace, half at slow, double at push; assumption",
        ge=0,
        le=0.1,
        neutral=0,
    )
    voice_rest_per_min: float = number(
        "voice won a minute off stage; assumption", ge=0, le=0.5, neutral=0.02
    )
    stay_ratio: float = number("factor on leaving; assumption", ge=0.5, le=2, neutral=1)
    talent: RoleTalent = RoleTalent()
    skill_sd: float = number(
        "sd of the log of a hidden factor on conversion, drawn by the macro key; assumption",
        ge=0,
        le=0.6,
        neutral=0,
    )


class House(Content):
    """The anchor's own rundown, which runs whatever the operator has not taken in hand."""

    rotate_min: float = number("minutes a product, in tray order; case material: 10", ge=1, le=60)
    traffic_bid_fen: int = whole("fen a visitor; scenario material", ge=0, le=100_000)
    traffic_rate_fen_per_min: int = whole(
        "even spend, fen a minute; scenario material", ge=0, le=100_000_000
    )
    host_rotate_min: float = number(
        "minutes a host, in order; 0: the first all session; scenario material",
        ge=0,
        le=480,
        neutral=0,
    )


class Choice(Content):
    """One way to answer an incident."""

    id: Code
    text: Line
    remaining_fraction: float = number(
        "share of the effect that remains; above 1 it makes things worse; assumption", ge=0, le=2
    )
    busy_min: float = number("minutes in which the host sells less; assumption", ge=0, le=10)
    cost_fen: int = whole("fen, from the benefit budget; assumption", ge=0, le=10**8)
    risk: float = number("compliance risk added, 1 = one warning; assumption", ge=0, le=3)
    opens_freight_cover: bool = False
    switches_host: Code | None = Field(None, description="the host who takes over by it")
    consequence: Text = Field(description="one sentence for the debrief")


class Effects(Content):
    """What an incident does while it lasts, before it is answered."""

    fans_ratio: float = number("factor on fans' arrivals; assumption", ge=0, le=3)
    public_ratio: float = number("factor on public arrivals; assumption", ge=0, le=3)
    paid_ratio: float = number("factor on paid arrivals; assumption", ge=0, le=3)
    buying_ratio: float = number("factor on conversion; assumption", ge=0, le=3)
    leave_ratio: float = number("factor on the rate of leaving; assumption", ge=0.3, le=3)
    refund_fraction: float = number("orders that come back in addition; assumption", ge=0, le=0.5)
    tickets_per_min: float = number(
        "service questions a minute in addition; assumption", ge=0, le=10_000, neutral=0
    )
    breaks_link: bool = Field(description="the pinned product cannot be bought meanwhile")
    sours_host: bool = Field(description="it weighs on the host's mood")


class Incident(Content):
    """Something that happens to the room (突发), at a time only the secret key knows."""

    id: Code
    title: Line
    kind: Literal["comments", "flow", "stock", "link", "rival", "host", "network"]
    cause: Text = Field(description="why it happens; for the debrief")
    text: Text = Field(description="what the operator reads when it is there")
    sign: Text = Field(description="the first sign, which can be noticed earlier")
    sign_min: float = number("minutes between the sign and the effect; assumption", ge=0, le=15)
    from_min: float = number("earliest start, minute; source: scenario material", ge=0, le=480)
    until_min: float = number("latest start, minute; source: scenario material", ge=0, le=480)
    chance_fraction: float = number("whether it happens at all; assumption", ge=0, le=1)
    lasts_min: float = number("minutes; source: scenario material", gt=0, le=120)
    effects: Effects
    comments: tuple[Line, ...] = Field(min_length=1)
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=4)


class Phase(Content):
    """A named part of the session, for orientation only."""

    title: Line
    until_min: float = number("minute where it ends", gt=0, le=480)


class Speed(Content):
    """How much faster than the wall clock the room runs."""

    exam: float = number("times; 4 at 初级, 2 to 4 at 中级, at most 2 at 高级", ge=1, le=4)
    practice: tuple[float, ...] = Field(min_length=1)


class Scoring(Content):
    """Limits of this room's gates, from its house's own rates and its products' margins."""

    margin_limit_fraction: float = number(
        "least margin over net GMV without loss of points; from the house's", gt=0, le=0.9
    )
    margin_house_share: float = number(
        "share of the house's own margin on the same customers that suffices, if that is less: a "
        "bad day is nobody's fault; the room's rule",
        gt=0,
        le=1,
    )
    refund_limit_fraction: float = number(
        "greatest refund share without loss of points; from the house's", gt=0, le=0.95
    )
    roi_limit_ratio: float = number(
        "least attributed GMV over traffic spend; from the break-even ROI", gt=0, le=50
    )
    roi_break_even_share: float = number(
        "if not 0, the ROI limit is this share of the sales' break-even; the room's rule",
        ge=0,
        le=2,
        neutral=0,
    )
    roi_free_fen: int = whole("spend that is not judged, fen; the room's rule", ge=0, le=10**9)
    strike_points: float = number(
        "points lost a strike beyond the house's; the room's rule", ge=0, le=50
    )
    exponent: Literal[1, 2] = Field(description="steepness of the gates; the room's rule")
    aims: tuple[Aim, ...] = Field((), max_length=3, description="goals a plan may declare")


class Range(Content):
    """A normal range (常态), both ends included."""

    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Normals(Content):
    """Normal ranges shown beside figures: P10 to P90 of the house's own windows."""

    gpm_fen: Range
    dwell_s: Range
    conversion_fraction: Range
    saw_fraction: Range
    click_fraction: Range
    deal_fraction: Range


class Comments(Content):
    """What viewers write; names are invented."""

    names: tuple[Line, ...] = Field(min_length=6)
    plain: tuple[Line, ...] = Field(min_length=6)
    bought: tuple[Line, ...] = Field(min_length=3)
    lucky_bag: tuple[Line, ...] = Field(min_length=3)
    red_packet: tuple[Line, ...] = Field(min_length=2)
    coupon: tuple[Line, ...] = Field(min_length=2)
    sold_out: tuple[Line, ...] = Field(min_length=2)
    warning: tuple[Line, ...] = Field(min_length=2)
