"""When an action is not allowed: every function returns 0, or a rule's position in `REFUSALS`."""

import math

from simulations.engines.v1.codes import (
    ALREADY_DELISTED,
    ALREADY_LISTED,
    ALREADY_PINNED,
    BAG,
    BENEFIT_BUDGET_SPENT,
    BENEFIT_COOLING,
    BENEFIT_OUT_OF_RANGE,
    BENEFIT_RUNNING,
    BOOST,
    BOOST_COOLING,
    BOOST_NOT_OFFERED,
    BOOST_OUT_OF_RANGE,
    BREAK,
    BREAK_OUT_OF_RANGE,
    CASH_SHORT,
    CLIP,
    CLIP_NO_MATERIAL,
    CLIP_NOT_OFFERED,
    CLIP_OVER_LIMIT,
    CLIP_PENDING,
    COUPON,
    DELIST,
    FREIGHT,
    FREIGHT_UNCHANGED,
    GOAL_NOT_OFFERED,
    HALF_A_PIECE,
    HAND_BACK,
    HOLD,
    HOLD_COOLING,
    HOLD_MINUTES,
    HOLD_NOT_OFFERED,
    HOLD_OUT_OF_RANGE,
    HOLD_OVER_STOCK,
    HOLD_RUNNING,
    HOST_ON_STAGE,
    INCIDENT_ANSWERED,
    INCIDENT_NOT_ACTIVE,
    LEVER_NOT_HELD,
    LIST,
    NO_WARNING,
    NOT_LISTED,
    NOT_ON_TRAY,
    NOTHING_HELD,
    NOTHING_PINNED,
    ON_FREIGHT,
    ON_PACE,
    ON_PIN,
    ON_PRICE,
    ON_SHELF,
    ON_TRAFFIC,
    PACE,
    PACE_UNCHANGED,
    PACKET,
    PIN,
    PRESALE,
    PRESALE_NOT_OFFERED,
    PRESALE_OPEN,
    PRICE,
    PRICE_OUT_OF_RANGE,
    PRICE_UNCHANGED,
    RELEASE,
    RESPOND,
    RESTOCK,
    RESTOCK_NOT_OFFERED,
    RESTOCK_OVER_LIMIT,
    RESTOCK_PENDING,
    RESTOCK_TOO_LATE,
    SOLD_OUT,
    STAFF,
    STAFF_NOT_OFFERED,
    STAFF_OVER_LIMIT,
    STAFF_PENDING,
    STAGE_BUSY,
    STAGE_NOT_OFFERED,
    SWITCH,
    TOP_UP,
    TOP_UP_OVER_LIMIT,
    TRAFFIC,
    TRAFFIC_BUDGET_SPENT,
    TRAFFIC_OUT_OF_RANGE,
    TRAFFIC_UNCHANGED,
    TRUST,
    TRUST_NOT_OFFERED,
    TRUST_UNCHANGED,
    UNKNOWN_CHOICE,
    UNKNOWN_HOST,
    UNKNOWN_PRODUCT,
    UNKNOWN_VERB,
    UNPIN,
)
from simulations.engines.v1.layout import CHOICES, LEVERS, NEVER, Setting, State


def sellable(s: State, c: Setting, p: int) -> bool:
    """Tell whether there is anything of a product to sell: stock, or an open pre-sale."""
    if s.stock[p] >= HALF_A_PIECE:
        return True
    return s.presale[p] > 0.0 and c.presale_units[p] - s.presold[p] >= HALF_A_PIECE


def refusal_now(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Return why the room's present state does not allow an action, or 0.

    What would change nothing is refused only while the candidate holds the lever: from the
    house's hand it takes the lever over.
    """
    if verb <= PRICE or verb == RESTOCK:
        return refusal_of_product(s, c, verb, target, amount)
    if verb <= PACKET:
        return refusal_of_benefit(s, c, verb, amount, extra)
    if verb == TRAFFIC:
        return refusal_of_traffic(s, c, target, amount, extra)
    if verb == PACE:
        return PACE_UNCHANGED if target == s.pace and s.owner[ON_PACE] > 0.0 else 0
    if verb == RESPOND:
        return refusal_of_answer(s, c, target, int(amount))
    if verb == FREIGHT:
        return FREIGHT_UNCHANGED if amount == s.freight and s.owner[ON_FREIGHT] > 0.0 else 0
    if verb == HAND_BACK:
        return 0 if 0 <= target < LEVERS and s.owner[target] > 0.0 else LEVER_NOT_HELD
    if verb in (HOLD, RELEASE):
        return refusal_of_hold(s, c, verb, target, amount, int(extra))
    if verb in (CLIP, PRESALE):
        return refusal_of_piece(s, c, verb, target)
    if verb in (SWITCH, BREAK):
        return refusal_of_stage(s, c, verb, target, extra)
    if verb in (STAFF, BOOST, TOP_UP):
        return refusal_of_purchase(s, c, verb, amount)
    if verb == TRUST:
        if target < 0 or target >= c.trusts:
            return TRUST_NOT_OFFERED
        return TRUST_UNCHANGED if amount == s.trust[target] and s.owner[ON_FREIGHT] > 0.0 else 0
    return UNKNOWN_VERB


def lacks_cash(s: State, c: Setting, fen: float) -> bool:
    """Tell whether a sum is more than the money at hand."""
    return c.cash > 0.0 and fen > s.cash


def refusal_of_product(s: State, c: Setting, verb: float, p: int, amount: float) -> int:
    """Return why an action about one product is not allowed, or 0."""
    if verb == UNPIN:
        return NOTHING_PINNED if s.pinned < 0 and s.owner[ON_PIN] > 0.0 else 0
    if verb < PIN:
        return UNKNOWN_VERB
    if p < 0 or p >= c.products:
        return UNKNOWN_PRODUCT
    if c.on_tray[p] == 0.0:
        return NOT_ON_TRAY
    if verb == PIN:
        if s.listed[p] == 0.0:
            return NOT_LISTED
        if not sellable(s, c, p):
            return SOLD_OUT
        return ALREADY_PINNED if p == s.pinned and s.owner[ON_PIN] > 0.0 else 0
    if verb == LIST:
        return (
            ALREADY_LISTED if s.listed[p] > 0.0 and s.broken != p and s.owner[ON_SHELF] > 0.0 else 0
        )
    if verb == DELIST:
        return ALREADY_DELISTED if s.listed[p] == 0.0 else 0
    if verb == PRICE:
        if amount > c.list_fen[p] or amount < math.floor(c.price_least * c.list_fen[p]):
            return PRICE_OUT_OF_RANGE
        return PRICE_UNCHANGED if amount == s.price[p] and s.owner[ON_PRICE] > 0.0 else 0
    if c.restock_most[p] <= 0.0:
        return RESTOCK_NOT_OFFERED
    if s.restock_units[p] > 0.0:
        return RESTOCK_PENDING
    if amount < 1.0 or s.restocked[p] + amount > c.restock_most[p]:
        return RESTOCK_OVER_LIMIT
    if s.tick + c.restock_lead[p] >= c.ticks:
        return RESTOCK_TOO_LATE
    return CASH_SHORT if lacks_cash(s, c, amount * c.cost_fen[p]) else 0


def refusal_of_benefit(s: State, c: Setting, verb: float, amount: float, minutes: float) -> int:
    """Return why a coupon, lucky bag or red packet is not allowed, or 0."""
    ticks = int(minutes * c.ticks_per_minute)
    if verb == COUPON:
        if s.tick < s.coupon_end:
            return BENEFIT_RUNNING
        if s.tick < s.coupon_free:
            return BENEFIT_COOLING
        in_range = c.coupon_depth_least <= amount <= c.coupon_depth_most
        return 0 if in_range and 0 < ticks <= c.coupon_ticks_most else BENEFIT_OUT_OF_RANGE
    if verb == BAG:
        if s.tick < s.bag_end:
            return BENEFIT_RUNNING
        if s.tick < s.bag_free:
            return BENEFIT_COOLING
        in_range = c.bag_least <= amount <= c.bag_most and 0 < ticks <= c.bag_ticks_most
    else:
        if s.tick < s.packet_end:
            return BENEFIT_RUNNING
        if s.tick < s.packet_free:
            return BENEFIT_COOLING
        in_range = c.packet_least <= amount <= c.packet_most
    if not in_range:
        return BENEFIT_OUT_OF_RANGE
    if s.gifts + amount > c.benefit_budget:
        return BENEFIT_BUDGET_SPENT
    return CASH_SHORT if lacks_cash(s, c, amount) else 0


def refusal_of_traffic(s: State, c: Setting, goal: int, bid: float, rate: float) -> int:
    """Return why a traffic order is not allowed, or 0; a rate or bid of 0 stops buying."""
    if goal > 0 and goal >= c.goals:
        return GOAL_NOT_OFFERED
    if bid > 0.0 and rate > 0.0:
        if bid < c.traffic_bid_least or bid > c.traffic_bid_most or rate > c.traffic_rate_most:
            return TRAFFIC_OUT_OF_RANGE
        # A visitor costs at least half the bid: what is left buys nobody.
        if s.spend + 0.5 * bid > s.traffic_budget:
            return TRAFFIC_BUDGET_SPENT
    elif bid < 0.0 or rate < 0.0:
        return TRAFFIC_OUT_OF_RANGE
    is_same = bid == s.bid and rate == s.rate and (goal < 0 or goal == s.goal)
    return TRAFFIC_UNCHANGED if is_same and s.owner[ON_TRAFFIC] > 0.0 else 0


def refusal_of_answer(s: State, c: Setting, e: int, choice: int) -> int:
    """Return why an answer to an incident (-1: to a compliance warning) is not allowed, or 0."""
    if e < 0:
        if choice < 0 or choice >= c.warning_choices:
            return UNKNOWN_CHOICE
        return NO_WARNING if s.warning_tick == NEVER else 0
    if e >= c.incidents or choice < 0 or choice >= c.choice_count[e]:
        return UNKNOWN_CHOICE
    if s.incident_answer[e] >= 0:
        return INCIDENT_ANSWERED
    if s.tick < s.incident_start[e] - c.incident_sign[e] or s.tick >= s.incident_end[e]:
        return INCIDENT_NOT_ACTIVE
    cost = c.choice_cost[e * CHOICES + choice]
    if cost > 0.0 and s.gifts + cost > c.benefit_budget:
        return BENEFIT_BUDGET_SPENT
    return CASH_SHORT if lacks_cash(s, c, cost) else 0


def refusal_of_hold(s: State, c: Setting, verb: float, p: int, price: float, packed: int) -> int:
    """Return why holding back a product, or releasing the held one, is not allowed, or 0."""
    if verb == RELEASE:
        return NOTHING_HELD if s.held < 0 else 0
    if c.hold_ticks_most == 0:
        return HOLD_NOT_OFFERED
    if p < 0 or p >= c.products:
        return UNKNOWN_PRODUCT
    if c.on_tray[p] == 0.0:
        return NOT_ON_TRAY
    if s.listed[p] == 0.0:
        return NOT_LISTED
    if s.stock[p] < HALF_A_PIECE:
        return SOLD_OUT
    ticks = packed % HOLD_MINUTES * c.ticks_per_minute
    if ticks < 1 or ticks > c.hold_ticks_most:
        return HOLD_OUT_OF_RANGE
    if s.held >= 0 or s.released >= 0:
        return HOLD_RUNNING
    if s.tick < s.hold_free:
        return HOLD_COOLING
    if price <= 0.0:
        return 0
    if price > s.price[p] or price < math.floor(c.price_least * c.list_fen[p]):
        return PRICE_OUT_OF_RANGE
    units = packed // HOLD_MINUTES
    return HOLD_OVER_STOCK if units < 1 or units > s.stock[p] else 0


def refusal_of_piece(s: State, c: Setting, verb: float, p: int) -> int:
    """Return why cutting a clip of a product, or opening its pre-sale, is not allowed, or 0."""
    if verb == CLIP and c.clip_most <= 0.0:
        return CLIP_NOT_OFFERED
    if p < 0 or p >= c.products:
        return UNKNOWN_PRODUCT
    if c.on_tray[p] == 0.0:
        return NOT_ON_TRAY
    if verb == PRESALE:
        if c.presale_units[p] <= 0.0:
            return PRESALE_NOT_OFFERED
        return PRESALE_OPEN if s.presale[p] > 0.0 else 0
    if s.clip_product >= 0:
        return CLIP_PENDING
    if s.clips >= c.clip_most:
        return CLIP_OVER_LIMIT
    if s.pitched[p] < c.clip_pitch:
        return CLIP_NO_MATERIAL
    if s.gifts + c.clip_cost > c.benefit_budget:
        return BENEFIT_BUDGET_SPENT
    return CASH_SHORT if lacks_cash(s, c, c.clip_cost) else 0


def refusal_of_stage(s: State, c: Setting, verb: float, host: int, minutes: float) -> int:
    """Return why another host, or a break, is not allowed, or 0."""
    if c.break_ticks_most == 0 or (verb == SWITCH and c.hosts < 2):
        return STAGE_NOT_OFFERED
    if verb == SWITCH:
        if host < 0 or host >= c.hosts:
            return UNKNOWN_HOST
        if host == s.host:
            return HOST_ON_STAGE
        return STAGE_BUSY if s.tick < s.handover_end else 0
    ticks = int(minutes * c.ticks_per_minute)
    if ticks < 1 or ticks > c.break_ticks_most:
        return BREAK_OUT_OF_RANGE
    return STAGE_BUSY if s.tick < s.handover_end or s.tick < s.break_end else 0


def refusal_of_purchase(s: State, c: Setting, verb: float, amount: float) -> int:
    """Return why staff, a soft push or more traffic budget cannot be bought, or 0."""
    if verb == STAFF:
        if c.staff_most <= 0.0:
            return STAFF_NOT_OFFERED
        if s.staff_coming > 0.0:
            return STAFF_PENDING
        if amount < 1.0 or s.staff + amount > c.staff_most:
            return STAFF_OVER_LIMIT
        return CASH_SHORT if lacks_cash(s, c, amount * c.staff_cost) else 0
    if verb == TOP_UP:
        if amount < 1.0 or s.topped + amount > c.top_up_most:
            return TOP_UP_OVER_LIMIT
        return CASH_SHORT if lacks_cash(s, c, amount) else 0
    if c.boost_visitor <= 0.0:
        return BOOST_NOT_OFFERED
    if s.tick < s.boost_free:
        return BOOST_COOLING
    if amount < c.boost_least or amount > c.boost_most:
        return BOOST_OUT_OF_RANGE
    if s.spend + amount > s.traffic_budget:
        return TRAFFIC_BUDGET_SPENT
    return CASH_SHORT if lacks_cash(s, c, amount) else 0
