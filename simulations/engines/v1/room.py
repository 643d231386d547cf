"""The live room: one source, run as plain Python or compiled, with equal bits.

The state at a tick is a pure function of (setting, keys, action log). Every draw has a fixed
identity (key, tick, slot) whatever anybody does, and every count is the quantile of its draw, so
two operators on one pair of keys meet the same customers. `macro` holds what an operator can see
and answer (waves, incidents, the market), `micro` who exactly comes, leaves and buys; `micro` 0 is
the fluid twin, the same room without viewer luck.

The anchor's own rundown, the *house*, runs inside the room: it holds every lever that the
candidate has not taken. So a candidate who does nothing is the house, exactly.

Gains written as numbers here are mechanisms, equal in every room; whatever differs between
merchants stands in the setting. Source of the equations: the specification in `docs/simulator.md`;
relaxations are implicit Euler steps, stable for any tick.
"""

import math
from collections.abc import MutableSequence, Sequence

from simulations.engines.v1.arithmetic import (
    NO_LUCK,
    against_normal,
    draw_at,
    exp_,
    normal,
    poisson,
    tick_key,
)
from simulations.engines.v1.layout import (
    CHOICES,
    CLASSES,
    COLUMNS,
    LEVERS,
    MARKS,
    NEVER,
    TALK,
    Setting,
    State,
)

Log = Sequence[Sequence[float]]
"""Rows of tick, verb, target, amount, extra; sorted by tick."""

PIN, UNPIN, LIST, DELIST, PRICE, COUPON, BAG, PACKET = 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0
TRAFFIC, RESTOCK, PACE, RESPOND, FREIGHT, HAND_BACK = 9.0, 10.0, 11.0, 12.0, 13.0, 14.0
"""Verbs, numbered as in `simulations.actions.VERBS`. Floats, like everything in a log row: Numba
would compile a function anew for each constant integer that it is called with."""

ON_PIN, ON_PRICE, ON_TRAFFIC, ON_BENEFITS, ON_PACE, ON_SHELF, ON_FREIGHT = 0, 1, 2, 3, 4, 5, 6

SLOW, STEADY, PUSH = 0, 1, 2

DAY_TICK = 1 << 30
"""Where the draws of the whole session live, beyond every tick."""

DAY_PUBLIC, DAY_BUYING, RISK_PHASE, INCIDENT_TIME, INCIDENT_CHANCE = 0, 1, 2, 3, 11
WAVE_PUBLIC, WAVE_FANS, MARKET, ARRIVE, LEAVE, CHAT, FOLLOW, ORDER = 0, 1, 2, 3, 6, 9, 10, 11

HALF_A_PIECE = 0.5
"""Stock below this is sold out. In the twin stock is a flow; so the last piece goes there when it
goes in the lived room, too."""

TALK_TICKS = 2
TALK_KINDS = 64
TALK_PRODUCT, TALK_INCIDENT = 1, 20
TALK_PLAIN, TALK_BAG, TALK_PACKET, TALK_COUPON, TALK_SOLD_OUT, TALK_BOUGHT, TALK_WARNING = (
    0,
    40,
    41,
    42,
    43,
    44,
    45,
)

REFUSALS = (
    "accepted",
    "unknown_verb",
    "room_over",
    "room_closed",
    "too_many_actions",
    "unknown_product",
    "not_listed",
    "sold_out",
    "already_pinned",
    "nothing_pinned",
    "already_listed",
    "already_delisted",
    "price_out_of_range",
    "price_unchanged",
    "benefit_running",
    "benefit_cooling",
    "benefit_out_of_range",
    "benefit_budget_spent",
    "traffic_out_of_range",
    "traffic_budget_spent",
    "traffic_unchanged",
    "restock_not_offered",
    "restock_pending",
    "restock_over_limit",
    "restock_too_late",
    "pace_unchanged",
    "unknown_choice",
    "incident_not_active",
    "incident_answered",
    "no_warning",
    "freight_unchanged",
    "lever_not_held",
)
"""Why an action is not allowed; `refusal` returns the position."""


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


def start(s: State, c: Setting, macro: int) -> None:
    """Set up an all-zero state as the room just before its first tick."""
    for p in range(c.products):
        s.stock[p] = c.stock[p]
        s.price[p] = c.list_fen[p]
        s.lowest[p] = c.list_fen[p]
        s.listed[p] = 1.0
        s.novelty[p] = 1.0
        s.restock_tick[p] = NEVER
        refresh(s, c, p)
    s.acted_tick = -1
    s.pinned = -1
    s.pace = STEADY
    s.bid = c.house_bid
    s.rate = c.house_rate
    s.broken = -1
    s.warning_tick = NEVER
    s.heat = 1.0
    s.energy = 1.0
    s.mood = 0.55
    s.fans = c.followers
    s.mean_arrivals = (c.fans_per_min + c.public_per_min) * c.dt
    s.mean_gmv = s.mean_arrivals * c.gpm_normal / 1000.0
    s.mean_view = s.mean_arrivals * c.dwell_normal
    s.mean_chat = s.mean_view * c.chat_normal
    base = tick_key(macro, DAY_TICK)
    s.day_public = exp_(c.day_public_sd * normal(draw_at(base, DAY_PUBLIC)))
    s.day_buying = exp_(c.day_buying_sd * normal(draw_at(base, DAY_BUYING)))
    s.risk_at = 0.3 + 0.7 * draw_at(base, RISK_PHASE)
    for e in range(c.incidents):
        s.incident_answer[e] = -1
        s.incident_left[e] = 1.0
        width = c.incident_until[e] - c.incident_from[e]
        begin = c.incident_from[e] + int(width * draw_at(base, INCIDENT_TIME + e))
        if draw_at(base, INCIDENT_CHANCE + e) < c.incident_chance[e]:
            s.incident_start[e] = begin
            s.incident_end[e] = begin + c.incident_ticks[e]
        else:
            s.incident_start[e] = NEVER
            s.incident_end[e] = NEVER
    for j in range(TALK):
        s.talk_tick[j] = -1


def refusal(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Return 0 if the action is allowed now, else the position of its rule in `REFUSALS`.

    What would change nothing is refused only while the candidate holds the lever: from the
    house's hand it takes the lever over.
    """
    if s.tick >= c.ticks:
        return 2
    if s.closed > 0.0:
        return 3
    if s.acted_tick == s.tick and s.acted >= c.actions_per_tick:
        return 4
    if verb <= PRICE or verb == RESTOCK:
        return refusal_of_product(s, c, verb, target, amount)
    if verb <= PACKET:
        return refusal_of_benefit(s, c, verb, amount, extra)
    if verb == TRAFFIC:
        return refusal_of_traffic(s, c, amount, extra)
    if verb == PACE:
        return 25 if target == s.pace and s.owner[ON_PACE] > 0.0 else 0
    if verb == RESPOND:
        return refusal_of_answer(s, c, target, int(amount))
    if verb == FREIGHT:
        return 30 if amount == s.freight and s.owner[ON_FREIGHT] > 0.0 else 0
    if verb == HAND_BACK:
        return 0 if 0 <= target < LEVERS and s.owner[target] > 0.0 else 31
    return 1


def refusal_of_product(s: State, c: Setting, verb: float, p: int, amount: float) -> int:
    """Return why an action about one product is not allowed, or 0."""
    if verb == UNPIN:
        return 9 if s.pinned < 0 and s.owner[ON_PIN] > 0.0 else 0
    if verb < PIN:
        return 1
    if p < 0 or p >= c.products:
        return 5
    if verb == PIN:
        if s.listed[p] == 0.0:
            return 6
        if s.stock[p] < HALF_A_PIECE:
            return 7
        return 8 if p == s.pinned and s.owner[ON_PIN] > 0.0 else 0
    if verb == LIST:
        return 10 if s.listed[p] > 0.0 and s.broken != p and s.owner[ON_SHELF] > 0.0 else 0
    if verb == DELIST:
        return 11 if s.listed[p] == 0.0 else 0
    if verb == PRICE:
        if amount > c.list_fen[p] or amount < math.floor(c.price_least * c.list_fen[p]):
            return 12
        return 13 if amount == s.price[p] and s.owner[ON_PRICE] > 0.0 else 0
    if c.restock_most[p] <= 0.0:
        return 21
    if s.restock_units[p] > 0.0:
        return 22
    if amount < 1.0 or s.restocked[p] + amount > c.restock_most[p]:
        return 23
    return 24 if s.tick + c.restock_lead[p] >= c.ticks else 0


def refusal_of_benefit(s: State, c: Setting, verb: float, amount: float, minutes: float) -> int:
    """Return why a coupon, lucky bag or red packet is not allowed, or 0."""
    ticks = int(minutes * c.ticks_per_minute)
    if verb == COUPON:
        if s.tick < s.coupon_end:
            return 14
        if s.tick < s.coupon_free:
            return 15
        in_range = c.coupon_depth_least <= amount <= c.coupon_depth_most
        return 0 if in_range and 0 < ticks <= c.coupon_ticks_most else 16
    if verb == BAG:
        if s.tick < s.bag_end:
            return 14
        if s.tick < s.bag_free:
            return 15
        in_range = c.bag_least <= amount <= c.bag_most and 0 < ticks <= c.bag_ticks_most
    else:
        if s.tick < s.packet_end:
            return 14
        if s.tick < s.packet_free:
            return 15
        in_range = c.packet_least <= amount <= c.packet_most
    if not in_range:
        return 16
    return 17 if s.gifts + amount > c.benefit_budget else 0


def refusal_of_traffic(s: State, c: Setting, bid: float, rate: float) -> int:
    """Return why a traffic order is not allowed, or 0; a rate or bid of 0 stops buying."""
    if bid > 0.0 and rate > 0.0:
        if bid < c.traffic_bid_least or bid > c.traffic_bid_most or rate > c.traffic_rate_most:
            return 18
        if s.spend >= c.traffic_budget:
            return 19
    elif bid < 0.0 or rate < 0.0:
        return 18
    return 20 if bid == s.bid and rate == s.rate and s.owner[ON_TRAFFIC] > 0.0 else 0


def refusal_of_answer(s: State, c: Setting, e: int, choice: int) -> int:
    """Return why an answer to an incident (-1: to a compliance warning) is not allowed, or 0."""
    if e < 0:
        if choice < 0 or choice >= c.warning_choices:
            return 26
        return 29 if s.warning_tick == NEVER else 0
    if e >= c.incidents or choice < 0 or choice >= c.choice_count[e]:
        return 26
    if s.incident_answer[e] >= 0:
        return 28
    if s.tick < s.incident_start[e] - c.incident_sign[e] or s.tick >= s.incident_end[e]:
        return 27
    cost = c.choice_cost[e * CHOICES + choice]
    return 17 if cost > 0.0 and s.gifts + cost > c.benefit_budget else 0


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
    elif verb == LIST or verb == DELIST:
        s.owner[ON_SHELF] = 1.0
        shelve(s, verb, target)
    elif verb == PRICE:
        s.owner[ON_PRICE] = 1.0
        s.price[target] = amount
        if amount < s.lowest[target]:
            s.lowest[target] = amount
        refresh(s, c, target)
    elif verb == COUPON or verb == BAG or verb == PACKET:
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
    if s.warning_tick == NEVER and 0 <= choice < c.warning_choices:
        if c.warning_clears[choice] > 0.0:
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


def house(s: State, c: Setting) -> None:
    """Let the anchor follow the rundown: the next product on the tray when its time is over."""
    if s.owner[ON_PIN] > 0.0 or s.tick < s.house_due:
        return
    s.house_due = s.tick + c.house_rotate
    for step_on in range(1, c.products + 1):
        p = (s.pinned + step_on) % c.products
        if s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE:
            if p != s.pinned:
                pin(s, p)
            return


def incidents(s: State, c: Setting, t: int) -> tuple[float, float, float, float, float, float]:
    """Return what the incidents of this tick do: factors on fans, public, paid arrivals and on

    buying, then on leaving, and what they add to the refund share.
    """
    fans = public = paid = buying = leave = 1.0
    refund = 0.0
    for e in range(c.incidents):
        if s.incident_start[e] <= t < s.incident_end[e]:
            if t == s.incident_start[e] and c.incident_breaks_link[e] > 0.0:
                s.broken = s.pinned
                s.broken_end = s.incident_end[e]
            left = s.incident_left[e]
            fans = fans * (1.0 + left * (c.incident_fans[e] - 1.0))
            public = public * (1.0 + left * (c.incident_public[e] - 1.0))
            paid = paid * (1.0 + left * (c.incident_paid[e] - 1.0))
            buying = buying * (1.0 + left * (c.incident_buying[e] - 1.0))
            leave = leave * (1.0 + left * (c.incident_leave[e] - 1.0))
            refund = refund + left * c.incident_refund[e]
    if s.broken >= 0 and t >= s.broken_end:
        s.broken = -1
    return fans, public, paid, buying, leave, refund


def wear_off(s: State, c: Setting, t: int) -> None:
    """Let the coupon end and the audience forget earlier gifts (time constant 40 minutes)."""
    if s.coupon > 0.0 and t >= s.coupon_end:
        s.coupon = 0.0
        for p in range(c.products):
            refresh(s, c, p)
    share = c.dt / 40.0
    s.coupon_fatigue = s.coupon_fatigue - s.coupon_fatigue * share
    s.bag_fatigue = s.bag_fatigue - s.bag_fatigue * share
    s.packet_fatigue = s.packet_fatigue - s.packet_fatigue * share


def waves(s: State, c: Setting, base: int) -> None:
    """Move the two slow waves of the world outside (Ornstein-Uhlenbeck, 10 minutes)."""
    pull = c.dt / (10.0 + c.dt)
    noise = math.sqrt(2.0 * pull)
    s.wave_public = s.wave_public + (
        -pull * s.wave_public + noise * c.wave_public_sd * normal(draw_at(base, WAVE_PUBLIC))
    )
    s.wave_fans = s.wave_fans + (
        -pull * s.wave_fans + noise * c.wave_fans_sd * normal(draw_at(base, WAVE_FANS))
    )


def buy_traffic(s: State, c: Setting, base: int, curve: float, factor: float) -> tuple[float, float]:
    """Return the expected paid visitors of this tick and what each costs, in fen.

    Bidding higher wins a larger share of the market at a higher price each; the market thins as
    it is used. The price is highest when the public feed is.
    """
    market = c.market_bid * (1.0 + 0.10 * normal(draw_at(base, MARKET)) + 0.25 * (curve - 1.0))
    square = s.bid * s.bid
    won = square / (square + market * market)
    cost = s.bid * (0.5 + 0.4 * won)
    visitors = c.market_visitors * won * factor * c.dt / (1.0 + s.arrived[2] / c.market_pool)
    most = s.rate * c.dt / cost
    return (most if visitors > most else visitors), cost


def step(s: State, c: Setting, macro: int, micro: int) -> None:
    """Advance the room by one tick.

    Args:
        s: The room; its actions of this tick are already applied.
        c: The setting.
        macro: Key of the world: the same for everybody who is compared.
        micro: Key of the viewers; `NO_LUCK` for the fluid twin.
    """
    house(s, c)
    t = s.tick
    dt = c.dt
    world = tick_key(macro, t)
    people = tick_key(micro, t)
    lively = micro != NO_LUCK
    minute = t // c.ticks_per_minute
    waves(s, c, world)
    by_fans, by_public, by_paid, by_buying, by_leave, by_refund = incidents(s, c, t)
    wear_off(s, c, t)
    bag = s.bag_power if t < s.bag_end else 0.0
    packet = s.packet_power if t < s.packet_end else 0.0
    is_open = 1.0 - s.closed

    # Arrivals, a Poisson number for each channel.
    throttle = c.throttle_share if t < s.throttle_end else 1.0
    come_0 = c.fans_per_min * c.fans_curve[minute] * (s.fans / c.followers) * exp_(s.wave_fans)
    come_0 = come_0 * (1.0 + 0.6 * packet) * by_fans * dt * is_open
    come_1 = c.public_per_min * c.public_curve[minute] * s.day_public * exp_(s.wave_public)
    come_1 = come_1 * s.heat * throttle * (1.0 + 0.4 * packet) * by_public * dt * is_open
    come_0 = poisson(come_0, draw_at(people, ARRIVE) if lively else -1.0)
    come_1 = poisson(come_1, draw_at(people, ARRIVE + 1) if lively else -1.0)
    come_2 = 0.0
    if s.bid > 0.0 and s.rate > 0.0 and s.spend < c.traffic_budget and s.closed == 0.0:
        mean, cost = buy_traffic(s, c, world, c.public_curve[minute], by_paid)
        come_2 = poisson(mean, draw_at(people, ARRIVE + 2) if lively else -1.0)
        afford = (c.traffic_budget - s.spend) / cost
        if come_2 > afford:
            come_2 = float(math.floor(afford)) if lively else afford
        s.spend = s.spend + (float(math.floor(come_2 * cost + 0.5)) if lively else come_2 * cost)
        if s.spend > c.traffic_budget:
            s.spend = c.traffic_budget
    arrivals = come_0 + come_1 + come_2

    # Who stays. Nothing to buy on screen is dead air.
    p = s.pinned
    shown = p >= 0 and s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE and s.broken != p
    restless = (1.0 - 0.45 * bag) * by_leave * (1.18 - 0.24 * s.energy)
    restless = restless * (c.stay[p] if shown else 1.35)
    restless = restless * (0.92 if s.pace == SLOW else (1.06 if s.pace == PUSH else 1.0))
    if p >= 0:
        restless = restless * (1.25 - 0.25 * s.novelty[p])
    view = 0.0
    for k in range(CLASSES):
        come = come_0 if k == 0 else (come_1 if k == 1 else come_2)
        s.arrived[k] = s.arrived[k] + come
        present = s.viewers[k] + come
        hazard = c.leave[k] * restless * dt
        gone = poisson(
            present * (hazard / (1.0 + hazard)), draw_at(people, LEAVE + k) if lively else -1.0
        )
        if gone > present:
            gone = present
        s.buyers[k] = s.buyers[k] * (1.0 - gone / present) if present > 0.0 else 0.0
        s.viewers[k] = present - gone
        view = view + s.viewers[k]

    # Talk, and new fans; a fan won during the session comes back like several old ones.
    talk = s.viewers[0] * c.chat[0] + s.viewers[1] * c.chat[1] + s.viewers[2] * c.chat[2]
    talk = talk * dt * (1.0 + 1.2 * bag + 0.8 * packet) * (0.70 + 0.30 * s.energy)
    talk = talk * (1.35 if s.pace == SLOW else (0.85 if s.pace == PUSH else 1.0))
    chats = poisson(talk, draw_at(people, CHAT) if lively else -1.0)
    follows = poisson(
        (s.viewers[1] + s.viewers[2]) * c.follow * dt * (1.0 + bag),
        draw_at(people, FOLLOW) if lively else -1.0,
    )
    s.chats = s.chats + chats
    s.follows = s.follows + follows
    s.fans = s.fans + c.follow_weight * follows
    s.view_min = s.view_min + view * dt

    drive = s.day_buying * by_buying * (0.80 + 0.22 * s.energy) * (0.94 + 0.11 * s.mood)
    drive = drive * (0.84 if s.pace == SLOW else (1.50 if s.pace == PUSH else 1.0))
    if s.coupon > 0.0:
        # A token coupon creates no urgency: the full effect needs 10 %.
        urgency = s.coupon * 10.0 if s.coupon < 0.1 else 1.0
        drive = drive * (1.0 + 0.25 * urgency / s.coupon_fatigue)
    if s.freight > 0.0:
        drive = drive * c.freight_conversion
    if t < s.busy_end:
        drive = drive * 0.90
    fen = sell(s, c, drive, by_refund, people, lively)

    judge(s, c, fen, arrivals, view * dt, chats)
    tire(s, c, t)
    watch(s, c, t)
    s.tick = t + 1
    if t % TALK_TICKS == 0 and chats > 0.0:
        remember_talk(s, c, t, bag, packet, fen)
    if s.tick % c.ticks_per_minute == 0:
        mark(s, c, view)


def sell(
    s: State, c: Setting, drive: float, by_refund: float, people: int, lively: bool
) -> float:
    """Let viewers choose among what is on the shelf or nothing; return the GMV of the tick in fen.

    Multinomial logit with weight 1 for not buying. A pinned product needs a minute or two of
    explaining, then tires; the others get a little attention. Refunds and margin are expected
    values: returns come days later and are nobody's luck.
    """
    t = s.tick
    pinned = s.pinned
    warm = 0.0
    if pinned >= 0:
        warm = 0.35 + 0.45 * (t - s.pinned_tick) * c.dt
        if warm > 1.0:
            warm = 1.0
    for p in range(c.products):
        s.demand[p] = 0.0
        s.interest[p] = 0.0
        s.attention[p] = 0.0
        if s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE and s.broken != p:
            s.attention[p] = s.novelty[p] * warm if p == pinned else c.side
    fen_0 = 0.0
    fen_1 = 0.0
    fen_2 = 0.0
    for k in range(CLASSES):
        looks = (s.viewers[k] - 0.65 * s.buyers[k]) * c.looks[k] * c.dt * (1.0 - s.closed)
        if looks <= 0.0:
            continue
        s.exposures = s.exposures + looks * c.exposures
        total = 1.0
        for p in range(c.products):
            total = total + drive * s.attention[p] * s.weight[p * CLASSES + k]
        each = looks * drive / total
        expected = 0.0
        for p in range(c.products):
            if s.attention[p] > 0.0:
                x = each * (s.attention[p] * s.weight[p * CLASSES + k])
                s.demand[p] = s.demand[p] + x
                s.interest[p] = s.interest[p] + looks * s.attention[p] * c.appeal[p * CLASSES + k]
                expected = expected + x * s.price[p]
        s.buyers[k] = s.buyers[k] + looks * ((total - 1.0) / total)
        if k == 0:
            fen_0 = expected
        elif k == 1:
            fen_1 = expected
        else:
            fen_2 = expected
    fen = 0.0
    for p in range(c.products):
        if s.demand[p] > 0.0:
            n = poisson(s.demand[p], draw_at(people, ORDER + p) if lively else -1.0)
            clicks = s.interest[p] / c.deal[p] - s.demand[p]
            clicks = n + clicks if clicks > 0.0 else n
            s.clicks[p] = s.clicks[p] + clicks
            s.clicked = s.clicked + clicks
            if n > 0.0:
                fen = fen + settle(s, c, p, n, by_refund)
        if t >= s.restock_tick[p]:
            s.stock[p] = s.stock[p] + s.restock_units[p]
            s.restock_units[p] = 0.0
            s.restock_tick[p] = NEVER
    expected = fen_0 + fen_1 + fen_2
    if expected > 0.0:
        s.channel_gmv[0] = s.channel_gmv[0] + fen * (fen_0 / expected)
        s.channel_gmv[1] = s.channel_gmv[1] + fen * (fen_1 / expected)
        s.channel_gmv[2] = s.channel_gmv[2] + fen * (fen_2 / expected)
    s.gmv = s.gmv + fen
    return fen


def settle(s: State, c: Setting, p: int, wanted: float, by_refund: float) -> float:
    """Sell up to `wanted` units of a product; return what was paid for them, in fen."""
    n = wanted
    if n > s.stock[p]:
        s.lost = s.lost + (n - s.stock[p])
        n = s.stock[p]
    price = float(math.floor(s.price[p] * (1.0 - s.coupon) + 0.5))
    s.stock[p] = s.stock[p] - n
    s.sold[p] = s.sold[p] + n
    s.orders = s.orders + n
    back = c.refund[p] + 0.20 * (1.0 - price / c.list_fen[p]) + by_refund
    if s.pace == PUSH:
        back = back + 0.05
    if s.freight > 0.0:
        back = back + c.freight_refund
        s.freight_fen = s.freight_fen + n * c.freight_cost
    if back > 0.95:
        back = 0.95
    paid = n * price
    s.refunds = s.refunds + paid * back
    s.margin = s.margin + n * (price - c.cost_fen[p]) * (1.0 - back) - n * back * c.reverse_freight
    if p == s.pinned:
        s.pinned_fen = s.pinned_fen + paid
    return paid


def judge(s: State, c: Setting, fen: float, arrivals: float, view: float, chats: float) -> None:
    """Let the platform form its opinion of the room: sales, stay and talk against their normal.

    Five-minute averages; the heat, which multiplies public traffic, follows within 8 minutes.
    """
    share = c.dt / (5.0 + c.dt)
    s.mean_gmv = s.mean_gmv + share * (fen - s.mean_gmv)
    s.mean_arrivals = s.mean_arrivals + share * (arrivals - s.mean_arrivals)
    s.mean_view = s.mean_view + share * (view - s.mean_view)
    s.mean_chat = s.mean_chat + share * (chats - s.mean_chat)
    least = 0.1 * c.dt
    came = s.mean_arrivals if s.mean_arrivals > least else least
    seen = s.mean_view if s.mean_view > least else least
    by_sales = against_normal(1000.0 * s.mean_gmv / came / c.gpm_normal + 0.05)
    by_stay = against_normal(s.mean_view / came / c.dwell_normal + 0.05)
    by_talk = against_normal(s.mean_chat / seen / c.chat_normal + 0.05)
    target = 1.0 + 0.9 * by_sales + 0.9 * by_stay + 0.7 * by_talk
    if target < 0.3:
        target = 0.3
    s.heat = s.heat + c.dt / (8.0 + c.dt) * (target - s.heat)
    # The host sees the same figures, and the complaints.
    spirits = 0.55 + 0.30 * by_sales + 0.25 * by_talk
    if s.tick < s.throttle_end:
        spirits = spirits - 0.20
    for e in range(c.incidents):
        if c.incident_sours[e] > 0.0 and s.incident_start[e] <= s.tick < s.incident_end[e]:
            spirits = spirits - 0.20 * s.incident_left[e]
    if spirits < 0.0:
        spirits = 0.0
    if spirits > 1.0:
        spirits = 1.0
    s.mood = s.mood + c.dt / (12.0 + c.dt) * (spirits - s.mood)


def tire(s: State, c: Setting, t: int) -> None:
    """Spend or restore the host's energy; let the pinned product grow stale and others fresh."""
    s.energy = s.energy + c.dt * c.energy_per_min[s.pace]
    if s.energy > 1.0:
        s.energy = 1.0
    if s.energy < 0.1:
        s.energy = 0.1
    stale = c.dt / 10.0
    fresh = c.dt / 28.0
    for p in range(c.products):
        if p == s.pinned:
            s.novelty[p] = s.novelty[p] + stale * (0.25 - s.novelty[p])
        else:
            s.novelty[p] = s.novelty[p] + fresh * (1.0 - s.novelty[p])


def watch(s: State, c: Setting, t: int) -> None:
    """Let the platform watch what the host says.

    Risk accumulates with the product and the pace and a warning comes at each whole unit, the
    phase from the macro key: a rare and costly event that carries almost no luck. A warning that
    is not corrected in time is a strike; strikes throttle the public feed, then close the room.
    """
    if s.warning_tick == NEVER:
        if s.pinned >= 0 and s.closed == 0.0:
            pace = 0.5 if s.pace == SLOW else (3.0 if s.pace == PUSH else 1.0)
            s.risk = s.risk + c.risk_rate * c.risk[s.pinned] * pace * c.dt
        if s.risk >= s.risk_at:
            s.risk_at = s.risk_at + 1.0
            s.warnings = s.warnings + 1.0
            if t < s.settled_until:
                s.settled_until = 0
            else:
                s.warning_tick = t
    elif t >= s.warning_tick + c.answer_ticks:
        s.warning_tick = NEVER
        s.strikes = s.strikes + 1.0
        s.throttle_end = t + c.throttle_ticks
        if s.strikes >= c.closing_strikes:
            s.closed = 1.0


def remember_talk(
    s: State, c: Setting, t: int, bag: float, packet: float, fen: float
) -> None:
    """Note what the comment of this moment is about; the words are chosen when it is shown."""
    turn = (t // TALK_TICKS) % 4
    kind = TALK_PLAIN
    if turn == 0 or turn == 2:
        if s.pinned >= 0:
            kind = TALK_PRODUCT + s.pinned
            if s.stock[s.pinned] < HALF_A_PIECE:
                kind = TALK_SOLD_OUT
        if turn == 2 and bag > 0.0:
            kind = TALK_BAG
        elif turn == 2 and packet > 0.0:
            kind = TALK_PACKET
        elif turn == 2 and s.coupon > 0.0:
            kind = TALK_COUPON
    elif turn == 1:
        if fen > 0.0:
            kind = TALK_BOUGHT
        if s.warning_tick != NEVER:
            kind = TALK_WARNING
        for e in range(c.incidents):
            begins = s.incident_start[e] - c.incident_sign[e]
            if begins <= t < s.incident_end[e] and s.incident_left[e] > 0.3:
                kind = TALK_INCIDENT + e
    slot = (t // TALK_TICKS) % TALK
    s.talk_tick[slot] = t
    # The number of comments so far gives two rooms different words at the same tick.
    s.talk_kind[slot] = kind + TALK_KINDS * int(s.chats)


def mark(s: State, c: Setting, online: float) -> None:
    """Keep the cumulative figures of the minute that just ended, for the dashboard's windows."""
    at = (s.tick // c.ticks_per_minute) % MARKS * COLUMNS
    s.marks[at] = s.arrived[0]
    s.marks[at + 1] = s.arrived[1]
    s.marks[at + 2] = s.arrived[2]
    s.marks[at + 3] = s.gmv
    s.marks[at + 4] = s.orders
    s.marks[at + 5] = s.view_min
    s.marks[at + 6] = s.chats
    s.marks[at + 7] = s.follows
    s.marks[at + 8] = s.exposures
    s.marks[at + 9] = s.clicked
    s.marks[at + 10] = s.spend
    s.marks[at + 11] = s.channel_gmv[2]
    s.marks[at + 12] = online
    s.marks[at + 13] = s.refunds
    s.marks[at + 14] = s.margin - s.gifts - s.spend - s.freight_fen - s.writeoff_fen
    s.marks[at + 15] = s.gifts
    for p in range(c.products):
        s.marks[at + 16 + p] = s.clicks[p]
        s.marks[at + 28 + p] = s.sold[p]


def begin(rooms: Sequence[State], settings: Sequence[Setting], macro: int) -> None:
    """Start the one room of `rooms`; sequences, because compiled calls take arrays faster."""
    start(rooms[0], settings[0], macro)


def advance(
    rooms: Sequence[State],
    settings: Sequence[Setting],
    macro: int,
    micro: int,
    log: Log,
    count: int,
    until: int,
) -> None:
    """Fold the log into the room up to the start of tick `until`, actions of that tick included.

    Rows that the room has folded before are skipped, so a snapshot goes on where it stopped. A
    row that is refused is skipped too: in a what-if its reason may be gone.
    """
    s = rooms[0]
    c = settings[0]
    while True:
        while s.applied < count and log[s.applied][0] <= s.tick:
            row = log[s.applied]
            why = apply(s, c, row[1], int(row[2]), row[3], row[4])
            if why > 0 and row[1] == RESPOND and row[2] < 0.0:
                answer_early(s, c, int(row[3]))
            s.applied = s.applied + 1
        if s.tick >= until or s.tick >= c.ticks:
            return
        step(s, c, macro, micro)


SUMMARY = (
    "gmv",
    "refunds",
    "kept_margin",
    "spend",
    "paid_gmv",
    "gifts",
    "freight",
    "writeoff",
    "strikes",
    "closed",
    "orders",
    "visitors",
    "lost_orders",
    "view_min",
    "new_fans",
    "warnings",
)
"""What `summarise` writes, in order; money in fen."""


def summarise(rooms: Sequence[State], out: MutableSequence[float]) -> None:
    """Write the session's totals so far."""
    s = rooms[0]
    out[0] = s.gmv
    out[1] = s.refunds
    out[2] = s.margin
    out[3] = s.spend
    out[4] = s.channel_gmv[2]
    out[5] = s.gifts
    out[6] = s.freight_fen
    out[7] = s.writeoff_fen
    out[8] = s.strikes
    out[9] = s.closed
    out[10] = s.orders
    out[11] = s.arrived[0] + s.arrived[1] + s.arrived[2]
    out[12] = s.lost
    out[13] = s.view_min
    out[14] = s.follows
    out[15] = s.warnings
