"""The verbs: one strict model each, told apart by `verb`, and the small words they use."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

COMPLIANCE_ID = "compliance"
"""The incident id under which a compliance warning (平台提醒) is answered."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
TrustCode = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=40)]


class Lever(StrEnum):
    """A group of controls that is in one hand: the house's, or the candidate's."""

    PIN = "pin"
    PRICE = "price"
    TRAFFIC = "traffic"
    BENEFITS = "benefits"
    PACE = "pace"
    SHELF = "shelf"
    FREIGHT = "freight"
    STAGE = "stage"

    @property
    def number(self) -> int:
        """Return the lever's index in the engine's state; never renumbered."""
        return LEVERS.index(self)


LEVERS = tuple(Lever)


class Pace(StrEnum):
    """How hard the host sells."""

    SLOW = "slow"
    NORMAL = "normal"
    PUSH = "push"

    @property
    def number(self) -> int:
        """Return the pace as the engine's number; never renumbered."""
        return PACES.index(self)


PACES = tuple(Pace)


class TrafficGoal(StrEnum):
    """What bought traffic is optimised for: 进房, 涨粉, 订单, ROI."""

    VISITS = "visits"
    FOLLOWERS = "followers"
    ORDERS = "orders"
    ROI = "roi"

    @property
    def number(self) -> int:
        """Return the goal as the engine's number; never renumbered."""
        return GOALS.index(self)


GOALS = tuple(TrafficGoal)

HOLD_MINUTES = 64
"""A hold's quantity and minutes share one number of its row: quantity x 64 + minutes."""


class _Action(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the action as JSON-able data; `parse_action` is the inverse."""
        return self.model_dump(mode="json", exclude_none=True)


class Pin(_Action):
    """讲解: have the host present a product."""

    verb: Literal["pin"] = "pin"
    product: Code


class Unpin(_Action):
    """结束讲解: present nothing for now."""

    verb: Literal["unpin"] = "unpin"


class ListProduct(_Action):
    """上架: put a product on the shelf; a broken link is replaced by this too."""

    verb: Literal["list"] = "list"
    product: Code


class DelistProduct(_Action):
    """下架: take a product off the shelf."""

    verb: Literal["delist"] = "delist"
    product: Code


class SetPrice(_Action):
    """改价: set a product's price, in fen."""

    verb: Literal["set_price"] = "set_price"
    product: Code
    price_fen: int = Field(ge=1, le=100_000_000)


class Coupon(_Action):
    """优惠券: a discount on everything, for some minutes."""

    verb: Literal["coupon"] = "coupon"
    depth_fraction: float = Field(ge=0.01, le=0.5, allow_inf_nan=False)
    minutes: int = Field(ge=1, le=15)


class LuckyBag(_Action):
    """福袋: a prize drawn among those who stay to the end of the countdown."""

    verb: Literal["lucky_bag"] = "lucky_bag"
    prize_fen: int = Field(ge=100, le=100_000_000)
    minutes: int = Field(ge=1, le=15)


class RedPacket(_Action):
    """红包: money scattered among those present."""

    verb: Literal["red_packet"] = "red_packet"
    amount_fen: int = Field(ge=100, le=100_000_000)


class Traffic(_Action):
    """投流: buy visitors at a bid (fen each) and at most at a rate (fen a minute); 0 stops.

    Where the scenario has goals (磁力金牛), `goal` chooses one; left out, it stays what it is.
    """

    verb: Literal["traffic"] = "traffic"
    bid_fen: int = Field(ge=0, le=100_000)
    rate_fen_per_min: int = Field(ge=0, le=100_000_000)
    goal: Annotated[TrafficGoal | None, Field(strict=False)] = None


class Restock(_Action):
    """补货: order units that arrive after the product's lead time."""

    verb: Literal["restock"] = "restock"
    product: Code
    units: int = Field(ge=1, le=1_000_000)


class SetPace(_Action):
    """讲解节奏: slow spares the host, push (逼单) sells harder and costs energy, trust and risk."""

    verb: Literal["pace"] = "pace"
    pace: Annotated[Pace, Field(strict=False)]


class Respond(_Action):
    """处置: answer an incident, or a compliance warning (`COMPLIANCE_ID`), by one choice."""

    verb: Literal["respond"] = "respond"
    incident: Code
    choice: Code


class FreightCover(_Action):
    """退货补运费: pay the return freight of every order; raises conversion, costs money."""

    verb: Literal["freight_cover"] = "freight_cover"
    on: bool


class HandBack(_Action):
    """交还: give a lever back to the host's own habit."""

    verb: Literal["hand_back"] = "hand_back"
    lever: Annotated[Lever, Field(strict=False)]


class Hold(_Action):
    """憋单: hold a product back, to be released after some minutes.

    Stated, it names price and quantity (and thereby the time): people wait. With neither it is
    vague: people leave and the platform warns. Naming one alone is an error.
    """

    verb: Literal["hold"] = "hold"
    product: Code
    minutes: int = Field(ge=1, le=10)
    price_fen: int | None = Field(None, ge=1, le=100_000_000)
    quantity: int | None = Field(None, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.price_fen is None) != (self.quantity is None):
            raise PydanticCustomError("missing", "price_fen and quantity go together")
        return self


class Release(_Action):
    """放单: open the product that is held now, before its time."""

    verb: Literal["release"] = "release"


class Trust(_Action):
    """信任保障: open or close a promise to buyers (极速退款, 运费险 ...)."""

    verb: Literal["trust"] = "trust"
    lever: TrustCode
    on: bool


class Clip(_Action):
    """切片: cut a product's pitch into a clip that brings public visitors later."""

    verb: Literal["clip"] = "clip"
    product: Code


class SwitchHost(_Action):
    """换主播: hand the stage over."""

    verb: Literal["switch_host"] = "switch_host"
    host: Code


class Break(_Action):
    """休息: let the host rest while the co-host fills the gap."""

    verb: Literal["break"] = "break"
    minutes: int = Field(ge=1, le=30)


class OpenPresale(_Action):
    """预售: let orders of a product go on beyond its stock, shipped within the stated days."""

    verb: Literal["presale"] = "presale"
    product: Code
    ship_days: int | None = Field(None, ge=1, le=15)


class AddStaff(_Action):
    """加派客服: call extra service staff for the rest of the session."""

    verb: Literal["staff"] = "staff"
    count: int = Field(ge=1, le=50)


class Boost(_Action):
    """粉条: push the room softly, for one sum."""

    verb: Literal["boost"] = "boost"
    amount_fen: int = Field(ge=100, le=1_000_000_000)


class TopUp(_Action):
    """追加投流预算: put more money into the traffic budget."""

    verb: Literal["top_up"] = "top_up"
    amount_fen: int = Field(ge=100, le=10_000_000_000)


Action = (
    Pin
    | Unpin
    | ListProduct
    | DelistProduct
    | SetPrice
    | Coupon
    | LuckyBag
    | RedPacket
    | Traffic
    | Restock
    | SetPace
    | Respond
    | FreightCover
    | HandBack
    | Hold
    | Release
    | Trust
    | Clip
    | SwitchHost
    | Break
    | OpenPresale
    | AddStaff
    | Boost
    | TopUp
)
"""Any action; the union is told apart by `verb`."""
