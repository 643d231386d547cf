"""The numbers a room is made of: one declaration serves plain Python, Numba and snapshots.

Each class below is a table of 8-byte fields. As a plain object its arrays are lists; `dtype_of`
gives the NumPy record with the same names, `pack` and `unpack` the same bytes. The engine's code
reads `state.heat` either way.

Times are ticks, durations too; `NEVER` is a tick no session reaches. Money is fen in floats that
hold integers in a lived room and flows in the fluid twin. Tables of two dimensions are flat, row
after row: product x class, incident x choice, minute x column.
"""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import numpy as np

PRODUCTS = 12
"""Most products a room can have; a scenario says how many there are."""

CLASSES = 3
"""Viewer classes, which are channels too: 0 fans (私域), 1 public feed (公域), 2 paid (投流)."""

INCIDENTS = 8
CHOICES = 4
LEVERS = 7
MINUTES = 480
"""Longest session, in minutes."""

MARKS = 11
"""Minutes whose cumulative figures the cockpit remembers: the last one and the ten before."""

COLUMNS = 40
"""Figures of a mark: 16 of the room, then clicks and units sold of each product."""

TALK = 8
"""Comments that the cockpit shows."""

NEVER = 1 << 40

T = TypeVar("T", bound="Table")

Whole = Annotated[int, 0]
Real = Annotated[float, 0]
PerProduct = Annotated[list[float], PRODUCTS]
PerProductTick = Annotated[list[int], PRODUCTS]
PerClass = Annotated[list[float], CLASSES]
PerProductClass = Annotated[list[float], PRODUCTS * CLASSES]
PerIncident = Annotated[list[float], INCIDENTS]
PerIncidentTick = Annotated[list[int], INCIDENTS]
PerChoice = Annotated[list[float], INCIDENTS * CHOICES]
PerChoiceTick = Annotated[list[int], INCIDENTS * CHOICES]
PerWarningChoice = Annotated[list[float], CHOICES]
PerWarningChoiceTick = Annotated[list[int], CHOICES]
PerLever = Annotated[list[float], LEVERS]
PerMinute = Annotated[list[float], MINUTES]
PerPace = Annotated[list[float], 3]
Marks = Annotated[list[float], MARKS * COLUMNS]
Talk = Annotated[list[int], TALK]


class Table:
    """A record of 8-byte numbers, all zero at first."""

    def __init__(self) -> None:
        for name, kind, length in fields_of(type(self)):
            zero = 0 if kind == "i8" else 0.0
            setattr(self, name, [zero] * length if length else zero)


class Setting(Table):
    """A scenario as the engine reads it; made by `simulations.numbers.setting_of`."""

    dt: Real  # length of a tick, minutes
    ticks: Whole  # length of the session
    ticks_per_minute: Whole
    products: Whole
    incidents: Whole

    list_fen: PerProduct
    cost_fen: PerProduct
    stock: PerProduct
    refund: PerProduct  # share of paid orders that come back
    risk: PerProduct  # compliance risk of talking about it, 1 = usual
    stay: PerProduct  # factor on leaving while it is pinned
    deal: PerProduct  # clicks that become orders, usually
    restock_most: PerProduct
    restock_lead: PerProductTick
    appeal: PerProductClass  # logit weight when pinned at list price; not buying weighs 1

    elasticity: PerClass
    leave: PerClass  # per minute
    looks: PerClass  # occasions to buy, per viewer and minute
    chat: PerClass  # comments, per viewer and minute
    exposures: Real  # product exposures per look
    side: Real  # attention for listed products that are not pinned

    fans_per_min: Real
    public_per_min: Real
    fans_curve: PerMinute
    public_curve: PerMinute
    followers: Real
    follow: Real  # new fans, per viewer (not fan) and minute
    follow_weight: Real
    wave_fans_sd: Real
    wave_public_sd: Real
    day_public_sd: Real
    day_buying_sd: Real

    gpm_normal: Real
    dwell_normal: Real  # minutes
    chat_normal: Real  # comments per viewer-minute

    market_bid: Real
    market_visitors: Real  # per minute, if one outbids everybody
    market_pool: Real  # paid visitors after which half of the market is exhausted
    traffic_budget: Real
    traffic_bid_least: Real
    traffic_bid_most: Real
    traffic_rate_most: Real

    coupon_depth_least: Real
    coupon_depth_most: Real
    coupon_ticks_most: Whole
    coupon_pause: Whole
    bag_least: Real
    bag_most: Real
    bag_half: Real  # prize of half the greatest effect
    bag_ticks_most: Whole
    bag_pause: Whole
    packet_least: Real
    packet_most: Real
    packet_half: Real
    packet_pause: Whole
    packet_ticks: Whole
    benefit_budget: Real
    freight_conversion: Real
    freight_cost: Real  # fen per order
    freight_refund: Real  # more returns, as a share of orders

    price_least: Real  # share of list price
    reverse_freight: Real  # fen per returned order
    writeoff: Real  # share of a restocked unit's cost lost if nobody keeps it
    actions_per_tick: Whole

    risk_rate: Real  # warnings per minute at risk 1 and normal pace
    answer_ticks: Whole
    throttle_ticks: Whole
    throttle_share: Real  # of public arrivals that remain
    closing_strikes: Whole
    warning_choices: Whole
    warning_clears: PerWarningChoice
    warning_busy: PerWarningChoiceTick

    energy_per_min: PerPace

    house_rotate: Whole
    house_bid: Real
    house_rate: Real  # fen per minute

    incident_from: PerIncidentTick  # window of the start
    incident_until: PerIncidentTick
    incident_chance: PerIncident
    incident_ticks: PerIncidentTick
    incident_sign: PerIncidentTick  # ticks between first sign and effect
    incident_fans: PerIncident  # factors while it lasts
    incident_public: PerIncident
    incident_paid: PerIncident
    incident_buying: PerIncident
    incident_leave: PerIncident
    incident_refund: PerIncident  # added to the share of orders that come back
    incident_breaks_link: PerIncident
    incident_sours: PerIncident  # 1 if it weighs on the host's mood
    choice_count: PerIncidentTick
    choice_remains: PerChoice  # share of the effect that remains
    choice_busy: PerChoiceTick
    choice_cost: PerChoice
    choice_risk: PerChoice  # compliance risk added at once
    choice_freight: PerChoice  # 1 if it opens the freight cover


class State(Table):
    """A room at a tick, after the actions that were logged up to and including that tick."""

    tick: Whole
    applied: Whole  # log rows folded so far
    acted_tick: Whole
    acted: Whole  # actions taken in tick `acted_tick`
    owner: PerLever  # 0 house, 1 candidate

    viewers: PerClass
    buyers: PerClass  # those of them who have bought
    arrived: PerClass
    stock: PerProduct
    price: PerProduct
    lowest: PerProduct  # the lowest price shown so far
    listed: PerProduct
    novelty: PerProduct
    weight: PerProductClass  # logit weights at today's prices
    attention: PerProduct
    demand: PerProduct  # expected orders of this tick
    pull: PerProduct  # what one class feels for it now: attention, mood and price
    interest: PerProduct  # occasions of this tick, weighted by appeal
    sold: PerProduct
    clicks: PerProduct
    restock_units: PerProduct
    restock_tick: PerProductTick
    restocked: PerProduct

    pinned: Whole  # product, -1 for none
    pinned_tick: Whole
    pinned_sold: Real
    pinned_clicks: Real
    pinned_arrived: Real
    pinned_fen: Real  # GMV of the pinned product since it was pinned
    house_due: Whole  # when the house changes the product
    pace: Whole

    coupon: Real
    coupon_end: Whole
    coupon_free: Whole
    coupon_fatigue: Real
    bag_power: Real
    bag_end: Whole
    bag_free: Whole
    bag_fatigue: Real
    bag_fen: Real
    packet_power: Real
    packet_end: Whole
    packet_free: Whole
    packet_fatigue: Real
    packet_fen: Real
    freight: Real
    bid: Real
    rate: Real

    incident_start: PerIncidentTick
    incident_end: PerIncidentTick
    incident_left: PerIncident  # share of the effect that is left
    incident_answer: PerIncidentTick  # choice, -1 for none
    broken: Whole  # product whose link is broken, -1 for none
    broken_end: Whole
    busy_end: Whole  # the host is answering until then
    risk: Real
    risk_at: Real  # the next warning
    warning_tick: Whole  # NEVER if none is open
    settled_until: Whole  # a warning before that tick was answered in advance
    warnings: Real
    strikes: Real
    throttle_end: Whole
    closed: Real

    heat: Real
    energy: Real
    mood: Real
    fans: Real
    wave_public: Real
    wave_fans: Real
    day_public: Real
    day_buying: Real
    mean_gmv: Real  # five-minute averages, per tick
    mean_arrivals: Real
    mean_view: Real
    mean_chat: Real

    gmv: Real
    refunds: Real
    margin: Real  # of kept orders, before gifts, traffic, freight cover and write-offs
    gifts: Real
    spend: Real
    freight_fen: Real
    writeoff_fen: Real
    orders: Real
    lost: Real  # orders that stock could not serve
    chats: Real
    follows: Real
    exposures: Real
    clicked: Real
    view_min: Real
    channel_gmv: PerClass

    marks: Marks
    talk_tick: Talk
    talk_kind: Talk


class Memory(Table):
    """What a parametric operator remembers between two looks at the cockpit."""

    pinned_tick: Whole
    bag_due: Whole
    packet_due: Whole
    coupon_due: Whole
    seen: PerIncidentTick  # when an incident was first noticed, 0 if not yet
    warned_tick: Whole
    opened: Whole


def fields_of(table: type[Table]) -> Iterator[tuple[str, str, int]]:
    """Yield name, `i8` or `f8`, and length (0 for a single number) of each field, in order."""
    for name, hint in get_type_hints(table, include_extras=True).items():
        kind, length = get_args(hint)
        inner = get_args(kind)[0] if get_origin(kind) is list else kind
        yield name, "i8" if inner is int else "f8", length


def dtype_of(table: type[Table]) -> "np.dtype[Any]":
    """Return the NumPy record type of a table; all fields are 8 bytes, so there is no padding."""
    import numpy as np

    return np.dtype(
        [
            (name, kind, (length,)) if length else (name, kind)
            for name, kind, length in fields_of(table)
        ]
    )


def _format(table: type[Table]) -> struct.Struct:
    letters = {"i8": "q", "f8": "d"}
    return struct.Struct(
        "<" + "".join(f"{length or 1}{letters[kind]}" for _, kind, length in fields_of(table))
    )


FORMATS: dict[type[Table], struct.Struct] = {
    table: _format(table) for table in (Setting, State, Memory)
}
_FIELDS = {table: tuple(fields_of(table)) for table in FORMATS}


def pack(record: Table) -> bytes:
    """Return the record's bytes, little-endian, in the order of its fields."""
    numbers: list[float] = []
    for name, _, length in _FIELDS[type(record)]:
        value = getattr(record, name)
        if length:
            numbers.extend(value)
        else:
            numbers.append(value)
    return FORMATS[type(record)].pack(*numbers)


def unpack(table: type[T], data: bytes) -> T:
    """Return the record that `pack` made these bytes of."""
    numbers = FORMATS[table].unpack(data)
    record = table.__new__(table)
    position = 0
    for name, _, length in _FIELDS[table]:
        if length:
            setattr(record, name, list(numbers[position : position + length]))
            position += length
        else:
            setattr(record, name, numbers[position])
            position += 1
    return record
