"""What an operator can do: one strict model a verb, told apart by `verb`.

An action is data. Whether it is allowed *now* is a question to the room
(`simulations.rooms.admissible`); here only its form and its absolute bounds are checked, bounds
that hold in every scenario. Products, incidents and choices are named by their codes, so that an
action reads the same in the log, on the page and in the debrief; `encode` turns it into the row
of numbers that the engine folds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import Field, TypeAdapter, ValidationError

from simulations.errors import ActionError, ActionRefusedError
from simulations.verbs import (
    COMPLIANCE_ID,
    GOALS,
    HOLD_MINUTES,
    LEVERS,
    PACES,
    Action,
    AddStaff,
    Boost,
    Break,
    Clip,
    Code,
    Coupon,
    DelistProduct,
    FreightCover,
    HandBack,
    Hold,
    Lever,
    ListProduct,
    LuckyBag,
    OpenPresale,
    Pace,
    Pin,
    RedPacket,
    Release,
    Respond,
    Restock,
    SetPace,
    SetPrice,
    SwitchHost,
    TopUp,
    Traffic,
    TrafficGoal,
    Trust,
    TrustCode,
    Unpin,
)

__all__ = [
    "COMPLIANCE_ID",
    "GOALS",
    "HOLD_MINUTES",
    "LEVERS",
    "PACES",
    "VERBS",
    "VERB_NUMBERS",
    "Action",
    "AddStaff",
    "Boost",
    "Break",
    "Clip",
    "Code",
    "Coupon",
    "DelistProduct",
    "Encoding",
    "FreightCover",
    "HandBack",
    "Hold",
    "Lever",
    "ListProduct",
    "LuckyBag",
    "OpenPresale",
    "Pace",
    "Pin",
    "RedPacket",
    "Release",
    "Respond",
    "Restock",
    "Row",
    "SetPace",
    "SetPrice",
    "SwitchHost",
    "TopUp",
    "Traffic",
    "TrafficGoal",
    "Trust",
    "TrustCode",
    "Unpin",
    "decode",
    "encode",
    "parse_action",
]

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

    def host_index(self, code: str) -> int:
        """Return a host's position; raise KeyError if there is none."""

    def host_code(self, index: int) -> str:
        """Return the id of the host at a position."""

    def trust_index(self, code: str) -> int:
        """Return a trust lever's position; raise KeyError if it is not offered."""

    def trust_code(self, index: int) -> str:
        """Return the id of the trust lever at a position."""


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
    "hold",
    "release",
    "trust",
    "clip",
    "switch_host",
    "break",
    "presale",
    "staff",
    "boost",
    "top_up",
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
        field = field or "(whole)"
        raise ActionError(code, field) from None


def encode(action: Action, names: Encoding) -> Row:
    """Return the action as the engine's row of numbers.

    Target is the position of the product, the incident (-1 for a compliance warning), the host or
    the trust lever, or the number of the lever, the pace or the goal (-1: unchanged); amount is a
    price, depth, prize, bid, sum, number of units, days, on/off (1/0) or the choice's position;
    extra is minutes, a rate, or a hold's quantity x 64 + minutes. What a verb does not need is 0.

    Args:
        action: The action.
        names: The scenario, for positions.

    Raises:
        ActionRefusedError: `unknown_product`, `unknown_choice`, `unknown_host` or
            `trust_not_offered`, if the scenario has none such.
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
            goal = -1.0 if action.goal is None else float(action.goal.number)
            return number, goal, float(action.bid_fen), float(action.rate_fen_per_min)
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
        case Hold():
            price, packed = float(action.price_fen or 0), (action.quantity or 0) * HOLD_MINUTES
            return number, _product(action.product, names), price, float(packed + action.minutes)
        case Trust():
            lever = _position(names.trust_index, action.lever, "trust_not_offered")
            return number, lever, 1.0 if action.on else 0.0, 0.0
        case Clip():
            return number, _product(action.product, names), 0.0, 0.0
        case SwitchHost():
            return number, _position(names.host_index, action.host, "unknown_host"), 0.0, 0.0
        case Break():
            return number, 0.0, 0.0, float(action.minutes)
        case OpenPresale():
            return number, _product(action.product, names), float(action.ship_days or 0), 0.0
        case AddStaff():
            return number, 0.0, float(action.count), 0.0
        case Boost() | TopUp():
            return number, 0.0, float(action.amount_fen), 0.0
        case Unpin() | Release():
            return number, 0.0, 0.0, 0.0


def decode(row: Sequence[float], names: Encoding) -> Action:
    """Return the action that `encode` made this row of."""
    verb, target, amount, extra = VERBS[int(row[0]) - 1], int(row[1]), row[2], row[3]
    fields: dict[str, Any] = {"verb": verb}
    match verb:
        case "pin" | "list" | "delist" | "clip":
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
            if target >= 0:
                fields["goal"] = GOALS[target].value
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
        case "hold":
            quantity, minutes = divmod(int(extra), HOLD_MINUTES)
            fields |= {"product": names.product_code(target), "minutes": minutes}
            if quantity > 0:
                fields |= {"price_fen": int(amount), "quantity": quantity}
        case "trust":
            fields |= {"lever": names.trust_code(target), "on": amount > 0.0}
        case "switch_host":
            fields["host"] = names.host_code(target)
        case "break":
            fields["minutes"] = int(extra)
        case "presale":
            fields["product"] = names.product_code(target)
            if amount > 0.0:
                fields["ship_days"] = int(amount)
        case "staff":
            fields["count"] = int(amount)
        case "boost" | "top_up":
            fields["amount_fen"] = int(amount)
    return parse_action(fields)


def _product(code: str, names: Encoding) -> float:
    return _position(names.product_index, code, "unknown_product")


def _position(index: Callable[[str], int], code: str, refusal: str) -> float:
    try:
        return float(index(code))
    except KeyError:
        raise ActionRefusedError(refusal) from None
