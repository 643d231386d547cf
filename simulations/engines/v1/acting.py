"""What an action does, and when it is not allowed."""

import math

from simulations.engines.v1.arithmetic import exp_
from simulations.engines.v1.codes import (
    ALREADY_DELISTED,
    ALREADY_LISTED,
    ALREADY_PINNED,
    BAG,
    BENEFIT_BUDGET_SPENT,
    BENEFIT_COOLING,
    BENEFIT_OUT_OF_RANGE,
    BENEFIT_RUNNING,
    COUPON,
    DELIST,
    FREIGHT,
    FREIGHT_UNCHANGED,
    HALF_A_PIECE,
    HAND_BACK,
    INCIDENT_ANSWERED,
    INCIDENT_NOT_ACTIVE,
    LEVER_NOT_HELD,
    LIST,
    NO_WARNING,
    NOT_LISTED,
    NOTHING_PINNED,
    ON_BENEFITS,
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
    PRICE,
    PRICE_OUT_OF_RANGE,
    PRICE_UNCHANGED,
    RESPOND,
    RESTOCK,
    RESTOCK_NOT_OFFERED,
    RESTOCK_OVER_LIMIT,
    RESTOCK_PENDING,
    RESTOCK_TOO_LATE,
    ROOM_CLOSED,
    ROOM_OVER,
    SOLD_OUT,
    STEADY,
    TOO_MANY_ACTIONS,
    TRAFFIC,
    TRAFFIC_BUDGET_SPENT,
    TRAFFIC_OUT_OF_RANGE,
    TRAFFIC_UNCHANGED,
    UNKNOWN_CHOICE,
    UNKNOWN_PRODUCT,
    UNKNOWN_VERB,
    UNPIN,
)
from simulations.engines.v1.layout import CHOICES, CLASSES, LEVERS, NEVER, Setting, State


def refresh(s: State, c: Setting, p: int) -> None:
    """Recompute a product's logit weights after a price or coupon change.

    Having shown a lower price makes today's price feel dear.
    """
    price = s.price[p] * (1.0 - s.coupon)
    above = price / s.lowest[p] - 1.0 if price > s.lowest[p] else 0.0
    beyond = price / c.list_fen[p] - 1.0
    for k in range(CLASSES):
        s.weight[p * CLASSES + k] = c.appeal[p * CLASSES + k] * exp_(
            -c.elasticity[k] * beyond - 2.0 * above
        )


def refusal(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Return 0 if the action is allowed now, else the position of its rule in `REFUSALS`.

    What would change nothing is refused only while the candidate holds the lever: from the
    house's hand it takes the lever over.
    """
    if s.tick >= c.ticks:
        return ROOM_OVER
    if s.closed > 0.0:
        return ROOM_CLOSED
    if s.acted_tick == s.tick and s.acted >= c.actions_per_tick:
        return TOO_MANY_ACTIONS
    if verb <= PRICE or verb == RESTOCK:
        return refusal_of_product(s, c, verb, target, amount)
    if verb <= PACKET:
        return refusal_of_benefit(s, c, verb, amount, extra)
    if verb == TRAFFIC:
        return refusal_of_traffic(s, c, amount, extra)
    if verb == PACE:
        return PACE_UNCHANGED if target == s.pace and s.owner[ON_PACE] > 0.0 else 0
    if verb == RESPOND:
        return refusal_of_answer(s, c, target, int(amount))
    if verb == FREIGHT:
        return FREIGHT_UNCHANGED if amount == s.freight and s.owner[ON_FREIGHT] > 0.0 else 0
    if verb == HAND_BACK:
        return 0 if 0 <= target < LEVERS and s.owner[target] > 0.0 else LEVER_NOT_HELD
    return UNKNOWN_VERB


def refusal_of_product(s: State, c: Setting, verb: float, p: int, amount: float) -> int:
    """Return why an action about one product is not allowed, or 0."""
    if verb == UNPIN:
        return NOTHING_PINNED if s.pinned < 0 and s.owner[ON_PIN] > 0.0 else 0
    if verb < PIN:
        return UNKNOWN_VERB
    if p < 0 or p >= c.products:
        return UNKNOWN_PRODUCT
    if verb == PIN:
        if s.listed[p] == 0.0:
            return NOT_LISTED
        if s.stock[p] < HALF_A_PIECE:
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
    return RESTOCK_TOO_LATE if s.tick + c.restock_lead[p] >= c.ticks else 0


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
    return BENEFIT_BUDGET_SPENT if s.gifts + amount > c.benefit_budget else 0


def refusal_of_traffic(s: State, c: Setting, bid: float, rate: float) -> int:
    """Return why a traffic order is not allowed, or 0; a rate or bid of 0 stops buying."""
    if bid > 0.0 and rate > 0.0:
        if bid < c.traffic_bid_least or bid > c.traffic_bid_most or rate > c.traffic_rate_most:
            return TRAFFIC_OUT_OF_RANGE
        # A visitor costs at least half the bid: what is left buys nobody.
        if s.spend + 0.5 * bid > c.traffic_budget:
            return TRAFFIC_BUDGET_SPENT
    elif bid < 0.0 or rate < 0.0:
        return TRAFFIC_OUT_OF_RANGE
    return TRAFFIC_UNCHANGED if bid == s.bid and rate == s.rate and s.owner[ON_TRAFFIC] > 0.0 else 0


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
    return BENEFIT_BUDGET_SPENT if cost > 0.0 and s.gifts + cost > c.benefit_budget else 0


def apply(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Do one action at the start of tick `s.tick`; return 0, or why it was refused.

    A refused action changes nothing. An accepted one takes its lever from the house.
    """
    why = refusal(s, c, verb, target, amount, extra)
    if why > 0:
        return why
    s.acted = s.acted + 1 if s.acted_tick == s.tick else 1
    s.acted_tick = s.tick
    if verb == PIN:
        s.owner[ON_PIN] = 1.0
        if target != s.pinned:
            pin(s, target)
    elif verb == UNPIN:
        s.owner[ON_PIN] = 1.0
        pin(s, -1)
    elif verb in (LIST, DELIST):
        s.owner[ON_SHELF] = 1.0
        shelve(s, verb, target)
    elif verb == PRICE:
        s.owner[ON_PRICE] = 1.0
        s.price[target] = amount
        if amount < s.lowest[target]:
            s.lowest[target] = amount
        refresh(s, c, target)
    elif verb in (COUPON, BAG, PACKET):
        s.owner[ON_BENEFITS] = 1.0
        give(s, c, verb, amount, int(extra * c.ticks_per_minute))
    elif verb == TRAFFIC:
        s.owner[ON_TRAFFIC] = 1.0
        s.bid = amount
        s.rate = extra
    elif verb == RESTOCK:
        s.owner[ON_SHELF] = 1.0
        s.restock_units[target] = amount
        s.restock_tick[target] = s.tick + c.restock_lead[target]
        s.restocked[target] = s.restocked[target] + amount
        s.writeoff_fen = s.writeoff_fen + amount * c.cost_fen[target] * c.writeoff
    elif verb == PACE:
        s.owner[ON_PACE] = 1.0
        s.pace = target
    elif verb == RESPOND:
        answer(s, c, target, int(amount))
    elif verb == FREIGHT:
        s.owner[ON_FREIGHT] = 1.0
        s.freight = amount
    else:
        hand_back(s, c, target)
    return 0


def pin(s: State, p: int) -> None:
    """Begin to present product `p`, or nothing if it is -1, and restart the pitch's counters."""
    s.pinned = p
    s.pinned_tick = s.tick
    s.pinned_arrived = s.arrived[0] + s.arrived[1] + s.arrived[2]
    s.pinned_fen = 0.0
    s.pinned_sold = s.sold[p] if p >= 0 else 0.0
    s.pinned_clicks = s.clicks[p] if p >= 0 else 0.0


def shelve(s: State, verb: float, p: int) -> None:
    """List or delist a product; listing also replaces a broken link."""
    s.listed[p] = 1.0 if verb == LIST else 0.0
    if s.broken == p:
        s.broken = -1
    if verb == DELIST and s.pinned == p:
        pin(s, -1)
        s.house_due = s.tick


def give(s: State, c: Setting, verb: float, amount: float, ticks: int) -> None:
    """Open a coupon, a lucky bag or a red packet; each wears off by repetition."""
    if verb == COUPON:
        s.coupon = amount
        s.coupon_end = s.tick + ticks
        s.coupon_free = s.coupon_end + c.coupon_pause
        s.coupon_fatigue = s.coupon_fatigue + 1.0
        for p in range(c.products):
            refresh(s, c, p)
        return
    s.gifts = s.gifts + amount
    if verb == BAG:
        s.bag_power = amount / (amount + c.bag_half) / (1.0 + s.bag_fatigue)
        s.bag_fen = amount
        s.bag_end = s.tick + ticks
        s.bag_free = s.bag_end + c.bag_pause
        s.bag_fatigue = s.bag_fatigue + 0.7
    else:
        s.packet_power = amount / (amount + c.packet_half) / (1.0 + s.packet_fatigue)
        s.packet_fen = amount
        s.packet_end = s.tick + c.packet_ticks
        s.packet_free = s.packet_end + c.packet_pause
        s.packet_fatigue = s.packet_fatigue + 1.0


def answer(s: State, c: Setting, e: int, choice: int) -> None:
    """Answer an incident, or a compliance warning if `e` is -1; the host is busy for a while."""
    if e < 0:
        s.busy_end = s.tick + c.warning_busy[choice]
        if c.warning_clears[choice] > 0.0:
            s.warning_tick = NEVER
        return
    i = e * CHOICES + choice
    s.incident_answer[e] = choice
    s.incident_left[e] = c.choice_remains[i]
    s.busy_end = s.tick + c.choice_busy[i]
    s.gifts = s.gifts + c.choice_cost[i]
    s.risk = s.risk + c.choice_risk[i]
    if c.choice_freight[i] > 0.0:
        s.freight = 1.0
        s.owner[ON_FREIGHT] = 1.0
    if c.incident_breaks_link[e] > 0.0 and c.choice_remains[i] == 0.0:
        s.broken = -1


def answer_early(s: State, c: Setting, choice: int) -> None:
    """Remember an answer to a warning that is not open yet, for as long as one may wait.

    No room logs such an answer. It occurs when a log is replayed on the twin or with a change,
    where the same warning can come a little later than the answer that it got.
    """
    is_choice = 0 <= choice < c.warning_choices
    if s.warning_tick == NEVER and is_choice and c.warning_clears[choice] > 0.0:
        s.settled_until = s.tick + c.answer_ticks


def hand_back(s: State, c: Setting, lever: int) -> None:
    """Give a lever back to the house, which returns it to its own habit."""
    s.owner[lever] = 0.0
    if lever == ON_PIN:
        s.house_due = s.tick + c.house_rotate if s.pinned >= 0 else s.tick
    elif lever == ON_PRICE:
        for p in range(c.products):
            s.price[p] = c.list_fen[p]
            refresh(s, c, p)
    elif lever == ON_TRAFFIC:
        s.bid = c.house_bid
        s.rate = c.house_rate
    elif lever == ON_PACE:
        s.pace = STEADY
    elif lever == ON_SHELF:
        for p in range(c.products):
            s.listed[p] = 1.0
    elif lever == ON_FREIGHT:
        s.freight = 0.0
