"""Parametric operators: one vector theta covers random, novice, competent and the reference.

They are versioned with the engine, because the reference that marks 100 points is one of them. An
operator sees what a candidate sees (online, stock, timers, the minute-lagged board, incidents) and
knows the sales history of each product, for which the logit weights stand; never heat, waves or
the future. It acts through `apply`, like anybody else.
"""

import math
from collections.abc import Sequence

from simulations.engines.v1.arithmetic import draw
from simulations.engines.v1.choosing import (
    Rows,
    act,
    choose_product,
    handle_trouble,
    minutes,
    open_room,
    set_pace,
)
from simulations.engines.v1.codes import (
    BAG,
    COUPON,
    FREIGHT,
    LIST,
    PACE,
    PACKET,
    PIN,
    PRICE,
    RESPOND,
    RESTOCK,
    TRAFFIC,
)
from simulations.engines.v1.layout import COLUMNS, MARKS, Memory, Setting, State
from simulations.engines.v1.room import step
from simulations.engines.v1.starting import start
from simulations.engines.v1.tactics import has_more_levers, press_more, use_more_levers
from simulations.engines.v1.theta import (
    BAG_FEN,
    BAG_GAP,
    BID,
    COUPON_DEPTH,
    COUPON_GAP,
    COUPON_MIN,
    COVER,
    EVERY,
    GOAL,
    IDLE,
    LEVER_OFF,
    PACKET_FEN,
    PACKET_GAP,
    RANDOM,
    RATE,
    RESTOCK_SHARE,
    ROI_FLOOR,
    THETA,
    TRAFFIC_FROM,
    TRAFFIC_UNTIL,
)

__all__ = ("LEVER_OFF", "THETA", "play")


def decide(
    s: State,
    c: Setting,
    m: Memory,
    theta: Sequence[float],
    key: int,
    log: Rows,
    n: int,
) -> int:
    """Look at the cockpit once and act; return the log's length."""
    if theta[RANDOM] > 0.0:
        return press_anything(s, c, key, log, n, theta[RANDOM])
    if theta[IDLE] > 0.0:
        return n
    if m.opened == 0:
        n = open_room(s, c, m, theta, log, n)
    n = handle_trouble(s, c, m, theta, log, n)
    n = choose_product(s, c, m, theta, log, n)
    n = set_pace(s, c, theta, log, n)
    n = give_benefits(s, c, m, theta, log, n)
    n = run_traffic(s, c, theta, log, n)
    n = reorder(s, c, theta, log, n)
    if has_more_levers(c):
        n = use_more_levers(s, c, m, theta, log, n)
    return n


def give_benefits(
    s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int
) -> int:
    """Give bags, packets and coupons at their intervals."""
    if theta[BAG_GAP] > 0.0 and s.tick >= m.bag_due:
        most = float(c.bag_ticks_most // c.ticks_per_minute)
        length = 5.0 if most > 5.0 else most
        n = act(s, c, log, n, BAG, 0.0, float(math.floor(theta[BAG_FEN])), length)
        m.bag_due = s.tick + minutes(c, theta[BAG_GAP])
    if theta[PACKET_GAP] > 0.0 and s.tick >= m.packet_due:
        n = act(s, c, log, n, PACKET, 0.0, float(math.floor(theta[PACKET_FEN])), 0.0)
        m.packet_due = s.tick + minutes(c, theta[PACKET_GAP])
    if theta[COUPON_GAP] > 0.0 and s.tick >= m.coupon_due:
        length = float(math.floor(theta[COUPON_MIN]))
        n = act(s, c, log, n, COUPON, 0.0, theta[COUPON_DEPTH], length)
        m.coupon_due = s.tick + minutes(c, theta[COUPON_GAP])
    return n


def run_traffic(s: State, c: Setting, theta: Sequence[float], log: Rows, n: int) -> int:
    """Buy traffic inside the chosen part of the session, less when the board shows a low ROI."""
    if theta[BID] <= 0.0:
        return n
    part = s.tick / c.ticks
    bid = 0.0
    rate = 0.0
    if theta[TRAFFIC_FROM] <= part < theta[TRAFFIC_UNTIL]:
        bid = float(math.floor(theta[BID]))
        rate = float(math.floor(theta[RATE]))
        at = (s.tick // c.ticks_per_minute) % MARKS * COLUMNS
        spent = s.marks[at + 10]
        if spent > 0.1 * s.traffic_budget and s.marks[at + 11] < theta[ROI_FLOOR] * spent:
            rate = float(math.floor(rate * 0.4))
    goal = int(theta[GOAL]) - 1 if c.goals > 0 else -1
    if bid == s.bid and rate == s.rate and (goal < 0 or goal == s.goal):
        return n
    if rate == 0.0 and s.rate == 0.0:
        return n
    return act(s, c, log, n, TRAFFIC, float(goal), bid, rate)


def reorder(s: State, c: Setting, theta: Sequence[float], log: Rows, n: int) -> int:
    """Order more of what would sell out before the cover time, as far as it will still sell."""
    if theta[RESTOCK_SHARE] <= 0.0:
        return n
    now = s.tick * c.dt
    left = (c.ticks - s.tick) * c.dt
    for p in range(c.products):
        if c.restock_most[p] > s.restocked[p] and s.restock_units[p] == 0.0 and s.sold[p] > 4.0:
            pace = s.sold[p] / (now + 5.0)
            if s.stock[p] < theta[COVER] * pace + 2.0:
                units = math.floor(pace * left * theta[RESTOCK_SHARE] - s.stock[p])
                room = math.floor(c.restock_most[p] - s.restocked[p])
                if units > room:
                    units = room
                if units >= 3:
                    n = act(s, c, log, n, RESTOCK, float(p), float(units), 0.0)
    return n


def press_anything(s: State, c: Setting, key: int, log: Rows, n: int, eagerness: float) -> int:
    """Press any legal button about once a minute (at eagerness 1): the random operator."""
    if draw(key, s.tick, 0) >= 0.5 * eagerness:
        return n
    kinds = 22.0 if has_more_levers(c) else 12.0
    verb = int(draw(key, s.tick, 1) * kinds)
    a = draw(key, s.tick, 2)
    b = draw(key, s.tick, 3)
    p = int(a * c.products)
    if verb <= 1:
        return act(s, c, log, n, PIN, float(p), 0.0, 0.0)
    if verb == 2:
        return act(s, c, log, n, LIST, float(p), 0.0, 0.0)
    if verb == 3:
        price = float(math.floor(c.list_fen[p] * (0.6 + 0.4 * b)))
        return act(s, c, log, n, PRICE, float(p), price, 0.0)
    if verb == 4:
        depth = c.coupon_depth_least + (c.coupon_depth_most - c.coupon_depth_least) * a
        return act(s, c, log, n, COUPON, 0.0, depth, 5.0) if b < 0.3 else n
    if verb == 5:
        prize = float(math.floor(c.bag_least + (c.bag_most - c.bag_least) * a * 0.5))
        return act(s, c, log, n, BAG, 0.0, prize, 5.0) if b < 0.3 else n
    if verb == 6:
        amount = float(math.floor(c.packet_least + (c.packet_most - c.packet_least) * a * 0.5))
        return act(s, c, log, n, PACKET, 0.0, amount, 0.0) if b < 0.3 else n
    if verb == 7:
        bid = float(math.floor(c.traffic_bid_least + 2.0 * c.market_bid * a))
        rate = float(math.floor(0.5 * c.traffic_rate_most * b))
        goal = float(int(4.0 * draw(key, s.tick, 4))) if c.goals > 0 else -1.0
        return act(s, c, log, n, TRAFFIC, goal, bid, rate)
    if verb == 8:
        return act(s, c, log, n, RESTOCK, float(p), float(math.floor(1.0 + 40.0 * b)), 0.0)
    if verb == 9:
        return act(s, c, log, n, PACE, float(int(b * 3.0)), 0.0, 0.0)
    if verb == 10:
        return act(s, c, log, n, FREIGHT, 0.0, 1.0 if b < 0.5 else 0.0, 0.0) if a < 0.3 else n
    if verb >= 12:
        return press_more(s, c, log, n, verb, a, b)
    e = int(a * (c.incidents + 1)) - 1
    return act(s, c, log, n, RESPOND, float(e), float(int(b * 3.0)), 0.0)


def play(
    rooms: Sequence[State],
    settings: Sequence[Setting],
    memories: Sequence[Memory],
    theta: Sequence[float],
    macro: int,
    micro: int,
    key: int,
    log: Rows,
    until: int,
) -> int:
    """Let an operator run the room up to tick `until`.

    Args:
        rooms: One room; an all-zero state is started first.
        settings: Its setting.
        memories: The operator's memory, all zero at first.
        theta: The operator, in the order of `THETA`.
        macro: Key of the world.
        micro: Key of the viewers, `NO_LUCK` for the twin.
        key: Key of the operator's own whims; only the random one has any.
        log: Rows to write the actions to; what does not fit is done but not noted.
        until: The tick to stop at.

    Returns:
        The number of rows written.
    """
    s = rooms[0]
    c = settings[0]
    m = memories[0]
    n = 0
    every = int(theta[EVERY] / 60.0 * c.ticks_per_minute + 0.5)
    if every < 1:
        every = 1
    if s.heat == 0.0:
        start(s, c, macro)
    while s.tick < until and s.tick < c.ticks:
        if s.tick % every == 0:
            n = decide(s, c, m, theta, key, log, n)
        step(s, c, macro, micro)
    return n
