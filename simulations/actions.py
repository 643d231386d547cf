"""What an operator can do: one strict model a verb, told apart by `verb`.

An action is data. Whether it is allowed *now* is a question to the room
(`simulations.rooms.admissible`); here only its form and its absolute bounds are checked, bounds
that hold in every scenario. Products, incidents and choices are named by their codes, so that an
action reads the same in the log, on the page and in the debrief; `encode` turns it into the row
of numbers that the engine folds.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from simulations.errors import ActionError, ActionRefusedError

COMPLIANCE_ID = "compliance"
"""The incident id under which a compliance warning (平台提醒) is answered."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Lever(StrEnum):
    """A group of controls that is in one hand: the house's, or the candidate's."""

    PIN = "pin"
    PRICE = "price"
    TRAFFIC = "traffic"
    BENEFITS = "benefits"
    PACE = "pace"
    SHELF = "shelf"
    FREIGHT = "freight"

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

Row = tuple[int, float, float, float]
"""An action as numbers: verb, target, amount, extra. The meaning of each is in `encode`."""


class Encoding(Protocol):
    """What an action needs to know of its scenario to become numbers."""

    def product_index(self, code: str) -> int:
        """Return the product's position; raise KeyError if there is none."""

    def choice_index(self, incident: str, choice: str) -> tuple[int, int]:
        """Return positions of incident and choice; raise KeyError if there is none."""

    def product_code(self, index: int) -> str:
        """Return the code of the product at a position."""

    def choice_codes(self, incident: int, choice: int) -> tuple[str, str]:
        """Return the ids at these positions; incident -1 is a compliance warning."""


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the action as JSON-able data; `parse_action` is the inverse."""
        return self.model_dump(mode="json")


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
    """投流: buy visitors at a bid (fen each) and at most at a rate (fen a minute); 0 stops."""

    verb: Literal["traffic"] = "traffic"
    bid_fen: int = Field(ge=0, le=100_000)
    rate_fen_per_min: int = Field(ge=0, le=100_000_000)


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
)
"""Any action; the union is told apart by `verb`."""

VERBS = (
    "pin",
    "unpin",
    "list",
    "delist",
    "set_price",
    "coupon",
    "lucky_bag",
    "red_packet",
    "traffic",
    "restock",
    "pace",
    "respond",
    "freight_cover",
    "hand_back",
)
"""Verbs in the order of the engine's numbers (the first is 1); only ever appended to."""

VERB_NUMBERS = {verb: number for number, verb in enumerate(VERBS, start=1)}

_ADAPTER: TypeAdapter[Action] = TypeAdapter(Annotated[Action, Field(discriminator="verb")])

_CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "union_tag_invalid": "unknown_verb",
    "union_tag_not_found": "unknown_verb",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
    "enum": "out_of_range",
}


def parse_action(data: Mapping[str, Any]) -> Action:
    """Read an action from JSON-able data.

    Args:
        data: A mapping with `verb` and that verb's fields, nothing else.

    Raises:
        ActionError: With the code of the first fault: `unknown_verb`, `missing_field`,
            `unknown_field`, `out_of_range` or `wrong_type`, and the field it is about.
    """
    try:
        return _ADAPTER.validate_python(dict(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        code = _CODES.get(first["type"], "wrong_type")
        # The location of a field begins with the tag of the union's member.
        field = "verb" if code == "unknown_verb" else ".".join(map(str, first["loc"][1:]))
        raise ActionError(code, field) from None


def encode(action: Action, names: Encoding) -> Row:
    """Return the action as the engine's row of numbers.

    Target is the product's position, the incident's (-1 for a compliance warning), the lever's
    or the pace's number; amount is a price, depth, prize, bid, number of units, on/off (1/0) or
    the choice's position; extra is minutes or a rate. What a verb does not need is 0.

    Args:
        action: The action.
        names: The scenario, for positions.

    Raises:
        ActionRefusedError: `unknown_product` or `unknown_choice`, if the scenario has none such.
    """
    number = VERB_NUMBERS[action.verb]
    match action:
        case Pin() | ListProduct() | DelistProduct():
            return number, _product(action.product, names), 0.0, 0.0
        case SetPrice():
            return number, _product(action.product, names), float(action.price_fen), 0.0
        case Coupon():
            return number, 0.0, action.depth_fraction, float(action.minutes)
        case LuckyBag():
            return number, 0.0, float(action.prize_fen), float(action.minutes)
        case RedPacket():
            return number, 0.0, float(action.amount_fen), 0.0
        case Traffic():
            return number, 0.0, float(action.bid_fen), float(action.rate_fen_per_min)
        case Restock():
            return number, _product(action.product, names), float(action.units), 0.0
        case SetPace():
            return number, float(action.pace.number), 0.0, 0.0
        case Respond():
            try:
                incident, choice = names.choice_index(action.incident, action.choice)
            except KeyError:
                raise ActionRefusedError("unknown_choice") from None
            return number, float(incident), float(choice), 0.0
        case FreightCover():
            return number, 0.0, 1.0 if action.on else 0.0, 0.0
        case HandBack():
            return number, float(action.lever.number), 0.0, 0.0
        case Unpin():
            return number, 0.0, 0.0, 0.0


def decode(row: Sequence[float], names: Encoding) -> Action:
    """Return the action that `encode` made this row of."""
    verb, target, amount, extra = VERBS[int(row[0]) - 1], int(row[1]), row[2], row[3]
    fields: dict[str, Any] = {"verb": verb}
    match verb:
        case "pin" | "list" | "delist":
            fields["product"] = names.product_code(target)
        case "set_price":
            fields |= {"product": names.product_code(target), "price_fen": int(amount)}
        case "coupon":
            fields |= {"depth_fraction": amount, "minutes": int(extra)}
        case "lucky_bag":
            fields |= {"prize_fen": int(amount), "minutes": int(extra)}
        case "red_packet":
            fields["amount_fen"] = int(amount)
        case "traffic":
            fields |= {"bid_fen": int(amount), "rate_fen_per_min": int(extra)}
        case "restock":
            fields |= {"product": names.product_code(target), "units": int(amount)}
        case "pace":
            fields["pace"] = PACES[target].value
        case "respond":
            fields["incident"], fields["choice"] = names.choice_codes(target, int(amount))
        case "freight_cover":
            fields["on"] = amount > 0.0
        case "hand_back":
            fields["lever"] = LEVERS[target].value
    return parse_action(fields)


def _product(code: str, names: Encoding) -> float:
    try:
        return float(names.product_index(code))
    except KeyError:
        raise ActionRefusedError("unknown_product") from None
