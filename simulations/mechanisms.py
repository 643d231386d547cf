"""Mechanisms that a scenario may have or leave out; what is left out changes nothing.

Sizes stay inside those that the trade reports; "assumption" marks what nobody has measured.
"""

from typing import Literal

from pydantic import Field

from simulations.fields import Content, number, whole
from simulations.verbs import Code

TRUST_LEVERS = ("instant_refund", "freight_insurance", "keep_goods", "tenfold")
"""极速退款, 运费险, 退款不退货, 假一赔十; the freight cover (退货补运费) is a lever of its own."""

TrustId = Literal["instant_refund", "freight_insurance", "keep_goods", "tenfold"]


class HoldRule(Content):
    """Hold and release (憋单, 放单): people wait for a stated time, quantity and price."""

    most_min: int = whole(
        "longest hold, minutes; beyond 4 people tire of it; the room's rule", ge=1, le=10
    )
    stay_ratio: float = number(
        "factor on the rate of leaving in a stated hold; playbooks: stay +35 %, so 0.74",
        ge=0.5,
        le=1,
    )
    build_min: float = number("minutes until the expectation is full; about 4", gt=0, le=10)
    burst_ratio: float = number(
        "factor on the product's conversion after a fully built release; 1.3 to 1.8", ge=1, le=2.5
    )
    burst_min: float = number("minutes the release lasts; about 2", gt=0, le=10)
    bored_min: float = number("minutes after which people leave instead; about 4", gt=0, le=10)
    bored_ratio: float = number(
        "factor on leaving beyond that, and in a hold that states nothing; assumption", ge=1, le=3
    )
    vague_risk: float = number(
        "compliance risk of a hold without time, quantity and price, 1 = one warning; assumption",
        ge=0,
        le=3,
    )
    pause_min: float = number("minutes between two; assumption", ge=0, le=60)


class TrustLever(Content):
    """A promise to buyers: sells more, costs money, changes what comes back."""

    id: TrustId
    conversion_ratio: float = number(
        "factor on conversion; the freight cover's case was +21 %, others less; assumption",
        ge=1,
        le=1.5,
    )
    cost_fen: int = whole("fen an order; assumption", ge=0, le=10_000)
    refund_fraction: float = number(
        "orders that come back in addition (negative: fewer); assumption", ge=-0.1, le=0.3
    )
    ticket_ratio: float = number(
        "factor on an order's service questions; assumption", ge=0, le=1, neutral=1
    )


class ClipRule(Content):
    """Clips (切片): a cut of a product's pitch brings public visitors after a while."""

    lag_min: float = number("minutes until it is out; assumption", gt=0, le=60)
    lasts_min: float = number("minutes in which its flow fades; assumption", gt=0, le=120)
    visitors_per_min: float = number(
        "visitors a minute at first, of a product of boundless appeal; assumption", gt=0, le=10_000
    )
    half_appeal: float = number(
        "public appeal (hidden hit included) at which half of them come; assumption", gt=0, le=10
    )
    pitch_min: float = number("minutes of pitch needed as material; assumption", ge=0, le=30)
    cost_fen: int = whole("fen a clip, from the benefit budget; assumption", ge=0, le=10**7)
    most: int = whole("clips a session; the room's rule", ge=1, le=50)


class HiddenHit(Content):
    """Test items (测款): one of them, drawn by the macro key, appeals more than it seems."""

    products: tuple[Code, ...] = Field(min_length=2, max_length=6)
    factor: float = number("factor on its appeal; scenario material: 1.8", ge=1, le=4)


class Presale(Content):
    """Orders beyond the stock (预售), with a stated day of shipment."""

    units: int = whole("most units; the room's rule", ge=1, le=1_000_000)
    real_days: int = whole("days in which it can really be shipped; scenario material", ge=1, le=15)
    conversion_ratio: float = number(
        "factor on conversion, before 2 % off a stated day; assumption", ge=0, le=1
    )
    refund_fraction: float = number("orders that come back in addition; assumption", ge=0, le=0.5)
    late_refund_fraction: float = number(
        "further returns if the stated day cannot be kept; assumption", ge=0, le=0.5
    )
    vague_risk: float = number(
        "compliance risk if no day is stated, 1 = one warning; assumption", ge=0, le=3
    )


class Cash(Content):
    """Money at hand (现金流): traffic, gifts, clips, staff and reorders are paid from it."""

    start_fen: int = whole("fen at the start; scenario material", ge=0, le=10**11)
    settled_fraction: float = number(
        "share of what is paid that can be used within the session; assumption", ge=0, le=1
    )


class Staff(Content):
    """Extra service staff (加派客服)."""

    most: int = whole("people; the room's rule", ge=1, le=50)
    tickets_per_min: float = number("questions each clears a minute; assumption", gt=0, le=100)
    cost_fen: int = whole("fen each for the rest of the session; assumption", ge=0, le=10**7)
    lead_min: float = number("minutes until they are there; assumption", ge=0, le=60)


class Service(Content):
    """Customer service (客服): unanswered questions lower conversion."""

    tickets_per_min: float = number("questions cleared a minute; assumption", ge=0, le=10_000)
    tickets_per_order: float = number("questions an order; assumption", ge=0, le=10)
    tickets_per_comment: float = number("questions a comment; assumption", ge=0, le=10)
    half: float = number("open questions of half the greatest loss; assumption", gt=0, le=10**6)
    loss_fraction: float = number("greatest loss of conversion; about 0.25", ge=0, le=0.9)
    refund_fraction: float = number(
        "orders that come back in addition at the greatest loss; assumption", ge=0, le=0.3
    )
    staff: Staff | None = None


class Crew(Content):
    """The people an order goes through (主播, 副播, 投手): a lag, a read-back, obedience.

    Strain rises with each order, more if it takes back one not yet carried out, and wears off; it
    stretches the lags and takes heart, and at `decline_strain` orders are no longer followed.
    """

    host_lag_s: int = whole(
        "seconds for what the host does: pitch, pace, hold; assumption", ge=0, le=300
    )
    cohost_lag_s: int = whole("seconds for prices and shelf (副播, 中控); assumption", ge=0, le=300)
    buyer_lag_s: int = whole("seconds for traffic (投手); assumption", ge=0, le=300)
    order_strain: float = number("strain of an order; assumption", ge=0, le=1)
    contradiction_strain: float = number(
        "further strain of an order that takes back an open one; assumption", ge=0, le=2
    )
    recover_min: float = number("time constant of its wearing off; assumption", gt=0, le=120)
    decline_strain: float = number("strain at which orders are declined; assumption", gt=0, le=10)
    heart_fraction: float = number(
        "conversion lost at that strain, in proportion below it; assumption", ge=0, le=0.5
    )


class Stage(Content):
    """Changing hosts and resting (换主播, 休息)."""

    switch_min: float = number("minutes of handing over; assumption", gt=0, le=10)
    switch_ratio: float = number("factor on conversion meanwhile; assumption", ge=0, le=1)
    break_most_min: int = whole("longest break, minutes; the room's rule", ge=1, le=30)
    break_ratio: float = number(
        "factor on conversion while the co-host fills the gap; assumption", ge=0, le=1
    )
    break_leave_ratio: float = number("factor on leaving meanwhile; assumption", ge=1, le=3)


class BoostRule(Content):
    """粉条: soft push of the room, bought by the piece, without a sales goal."""

    visitor_fen: int = whole("fen a visitor; scenario material", ge=1, le=100_000)
    least_fen: int = whole("least order, fen; the room's rule", ge=100, le=10**9)
    most_fen: int = whole("greatest order, fen; the room's rule", ge=100, le=10**9)
    lasts_min: float = number("minutes over which they come; assumption", gt=0, le=120)
    intent_ratio: float = number(
        "their occasions to buy against paid visitors'; assumption", ge=0, le=2
    )
    follow_ratio: float = number("their following against others'; assumption", ge=0, le=5)
    pause_min: float = number("minutes between two; assumption", ge=0, le=120)


class Goal(Content):
    """What a goal of 磁力金牛 changes against buying visitors at large."""

    cost_ratio: float = number("factor on the cost of a visitor; assumption", gt=0, le=10)
    volume_ratio: float = number("factor on the visitors offered; assumption", gt=0, le=5)
    intent_ratio: float = number("factor on their occasions to buy; assumption", ge=0, le=5)
    follow_ratio: float = number("factor on their following; assumption", ge=0, le=10)


class Goals(Content):
    """磁力金牛: buying by goal (进房, 涨粉, 订单, ROI), with a learning period."""

    visits: Goal
    followers: Goal
    orders: Goal
    roi: Goal
    learning_min: float = number(
        "minutes of learning after a start, another goal or a jump of the bid; assumption",
        ge=0,
        le=120,
    )
    learning_volume_ratio: float = number("visitors meanwhile; assumption", gt=0, le=1)
    learning_cost_ratio: float = number("cost meanwhile; assumption", ge=1, le=3)
    bid_step_fraction: float = number(
        "greatest change of the bid without learning anew; playbooks: 10 %", ge=0, le=1
    )
    house: Literal["visits", "followers", "orders", "roi"] = "visits"
