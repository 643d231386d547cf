"""Parametric operators: one vector theta covers random, novice, competent and the reference.

They are versioned with the engine, because the reference that marks 100 points is one of them. An
operator sees what a candidate sees (online, stock, timers, the minute-lagged board, incidents) and
knows the sales history of each product, for which the logit weights stand; never heat, waves or
the future. It acts through `apply`, like anybody else.
"""

import math
from collections.abc import MutableSequence, Sequence

from simulations.engines.v1.acting import apply
from simulations.engines.v1.arithmetic import draw
from simulations.engines.v1.codes import (
    BAG,
    COUPON,
    FREIGHT,
    HALF_A_PIECE,
    LIST,
    PACE,
    PACKET,
    PIN,
    PRICE,
    PUSH,
    RESPOND,
    RESTOCK,
    SLOW,
    STEADY,
    TRAFFIC,
)
from simulations.engines.v1.layout import (
    CHOICES,
    CLASSES,
    COLUMNS,
    MARKS,
    NEVER,
    Memory,
    Setting,
    State,
)
from simulations.engines.v1.room import start, step

THETA = (
    "every_s",
    "rotate_min",
    "choose",
    "pace_mode",
    "energy_high",
    "energy_low",
    "bag_gap_min",
    "bag_fen",
    "packet_gap_min",
    "packet_fen",
    "coupon_gap_min",
    "coupon_depth",
    "coupon_min",
    "bid_fen",
    "rate_fen",
    "traffic_from",
    "traffic_until",
    "roi_floor",
    "price_share",
    "cover_min",
    "restock_share",
    "react_s",
    "judgement",
    "freight_from",
    "margin_weight",
    "cheap_weight",
    "busy",
    "low",
    "idle",
    "random",
)
"""Names of theta's numbers, in order. Minutes and shares of the session as `traffic_from`."""

(
    EVERY,
    ROTATE,
    CHOOSE,
    PACE_MODE,
    ENERGY_HIGH,
    ENERGY_LOW,
    BAG_GAP,
    BAG_FEN,
    PACKET_GAP,
    PACKET_FEN,
    COUPON_GAP,
    COUPON_DEPTH,
    COUPON_MIN,
    BID,
    RATE,
    TRAFFIC_FROM,
    TRAFFIC_UNTIL,
    ROI_FLOOR,
    PRICE_SHARE,
    COVER,
    RESTOCK_SHARE,
    REACT,
    JUDGEMENT,
    FREIGHT_FROM,
    MARGIN_WEIGHT,
    CHEAP_WEIGHT,
    BUSY,
    LOW,
    IDLE,
    RANDOM,
) = range(30)

LEVER_OFF = 1e9
"""A minute that never comes: the operator does not use this lever."""

Rows = MutableSequence[MutableSequence[float]]


def act(
    s: State,
    c: Setting,
    log: Rows,
    n: int,
    verb: float,
    target: float,
    amount: float,
    extra: float,
) -> int:
    """Do one action and note it in the log if the room accepts it; return the log's length."""
    if apply(s, c, verb, int(target), amount, extra) == 0 and n < len(log):
        row = log[n]
        row[0] = float(s.tick)
        row[1] = verb
        row[2] = target
        row[3] = amount
        row[4] = extra
        # The engine has folded this row already, and must not do so again.
        s.applied = s.applied + 1
        return n + 1
    return n


def best_product(s: State, c: Setting, theta: Sequence[float]) -> int:
    """Return the product that would earn most if pinned now: pull x worth x freshness."""
    best = -1.0
    chosen = s.pinned
    for p in range(c.products):
        if s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE and s.broken != p:
            pull = 0.0
            for k in range(CLASSES):
                pull = pull + s.viewers[k] * s.weight[p * CLASSES + k]
            worth = s.price[p] - theta[MARGIN_WEIGHT] * c.cost_fen[p]
            worth = worth + theta[CHEAP_WEIGHT] * 1000.0
            value = pull * worth * s.novelty[p] * (0.6 if p == s.pinned else 1.0)
            if value > best:
                best = value
                chosen = p
    return chosen


def best_choice(c: Setting, e: int, judgement: float) -> int:
    """Return the answer that leaves least of an incident without breaking a rule.

    Below a judgement of 0.5 the operator takes the second best of them, a usual mistake.
    """
    first = -1
    second = -1
    for j in range(c.choice_count[e]):
        i = e * CHOICES + j
        loss = c.choice_remains[i] + c.choice_risk[i]
        if (
            first < 0
            or loss < c.choice_remains[e * CHOICES + first] + c.choice_risk[e * CHOICES + first]
        ):
            second = first
            first = j
        elif (
            second < 0
            or loss < c.choice_remains[e * CHOICES + second] + c.choice_risk[e * CHOICES + second]
        ):
            second = j
    if judgement >= 0.5 or second < 0:
        return first
    return second


def clearing_choice(c: Setting) -> int:
    """Return the answer that clears a compliance warning."""
    for j in range(c.warning_choices):
        if c.warning_clears[j] > 0.0:
            return j
    return 0


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
    return reorder(s, c, theta, log, n)


def minutes(c: Setting, value: float) -> int:
    """Return minutes as ticks."""
    return int(value * c.ticks_per_minute + 0.5)


def open_room(s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int) -> int:
    """Set what an operator sets before the first viewer."""
    m.opened = 1
    if theta[PRICE_SHARE] < 1.0:
        for p in range(c.products):
            price = float(math.floor(c.list_fen[p] * theta[PRICE_SHARE] + 0.5))
            n = act(s, c, log, n, PRICE, float(p), price, 0.0)
    if theta[PACE_MODE] == 1.0:
        n = act(s, c, log, n, PACE, float(PUSH), 0.0, 0.0)
    m.pinned_tick = -1
    m.bag_due = minutes(c, 0.1 * theta[BAG_GAP])
    m.packet_due = minutes(c, 0.3 * theta[PACKET_GAP])
    m.coupon_due = minutes(c, 0.4 * theta[COUPON_GAP])
    return n


def handle_trouble(
    s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int
) -> int:
    """Answer incidents, warnings and broken links after the operator's reaction time."""
    wait = int(theta[REACT] / 60.0 * c.ticks_per_minute)
    for e in range(c.incidents):
        if s.incident_start[e] <= s.tick < s.incident_end[e] and s.incident_answer[e] < 0:
            if m.seen[e] == 0:
                m.seen[e] = s.tick + 1
            if s.tick + 1 >= m.seen[e] + wait:
                choice = best_choice(c, e, theta[JUDGEMENT])
                n = act(s, c, log, n, RESPOND, float(e), float(choice), 0.0)
    if s.warning_tick != NEVER and s.tick >= s.warning_tick + wait:
        n = act(s, c, log, n, RESPOND, -1.0, float(clearing_choice(c)), 0.0)
        if s.pace == PUSH:
            n = act(s, c, log, n, PACE, float(STEADY), 0.0, 0.0)
    if s.broken >= 0 and theta[REACT] < 600.0:
        n = act(s, c, log, n, LIST, float(s.broken), 0.0, 0.0)
    if s.tick >= minutes(c, theta[FREIGHT_FROM]) and s.freight == 0.0:
        n = act(s, c, log, n, FREIGHT, 0.0, 1.0, 0.0)
    return n


def choose_product(
    s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int
) -> int:
    """Pin the next product when the time for this one is over or it cannot be sold.

    A negative rotation time leaves the product to the house.
    """
    if theta[ROTATE] < 0.0:
        return n
    p = s.pinned
    gone = p < 0 or s.stock[p] < HALF_A_PIECE or s.broken == p
    due = m.pinned_tick < 0 or s.tick >= m.pinned_tick + minutes(c, theta[ROTATE])
    if not due and not (gone and theta[CHOOSE] > 0.0):
        return n
    if theta[CHOOSE] > 0.0:
        chosen = best_product(s, c, theta)
        online = s.viewers[0] + s.viewers[1] + s.viewers[2]
        usual = s.view_min / (s.tick * c.dt + 1.0)
        if online < theta[LOW] * usual and s.stock[0] >= HALF_A_PIECE and p != 0:
            chosen = 0
    else:
        chosen = p
        for on in range(1, c.products + 1):
            candidate = (p + on) % c.products
            if s.listed[candidate] > 0.0 and s.stock[candidate] >= HALF_A_PIECE:
                chosen = candidate
                break
    m.pinned_tick = s.tick
    return act(s, c, log, n, PIN, float(chosen), 0.0, 0.0)


def set_pace(s: State, c: Setting, theta: Sequence[float], log: Rows, n: int) -> int:
    """Push while the host is fresh and the room is full; spare the host in between."""
    if theta[PACE_MODE] != 2.0:
        return n
    online = s.viewers[0] + s.viewers[1] + s.viewers[2]
    usual = s.view_min / (s.tick * c.dt + 1.0)
    calm = s.warning_tick == NEVER
    wanted = STEADY
    if s.energy < theta[ENERGY_LOW]:
        wanted = SLOW
    elif calm and (
        (s.energy > theta[ENERGY_HIGH] and online > theta[BUSY] * usual)
        or (s.pace == PUSH and s.energy > theta[ENERGY_LOW] + 0.1)
    ):
        wanted = PUSH
    elif s.pace == SLOW and s.energy < theta[ENERGY_HIGH]:
        wanted = SLOW
    if wanted == s.pace:
        return n
    return act(s, c, log, n, PACE, float(wanted), 0.0, 0.0)


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
        if spent > 0.1 * c.traffic_budget and s.marks[at + 11] < theta[ROI_FLOOR] * spent:
            rate = float(math.floor(rate * 0.4))
    if bid == s.bid and rate == s.rate:
        return n
    if rate == 0.0 and s.rate == 0.0:
        return n
    return act(s, c, log, n, TRAFFIC, 0.0, bid, rate)


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
    verb = int(draw(key, s.tick, 1) * 12.0)
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
        return act(s, c, log, n, TRAFFIC, 0.0, bid, rate)
    if verb == 8:
        return act(s, c, log, n, RESTOCK, float(p), float(math.floor(1.0 + 40.0 * b)), 0.0)
    if verb == 9:
        return act(s, c, log, n, PACE, float(int(b * 3.0)), 0.0, 0.0)
    if verb == 10:
        return act(s, c, log, n, FREIGHT, 0.0, 1.0 if b < 0.5 else 0.0, 0.0) if a < 0.3 else n
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
