"""How a parametric operator sees the room and what it settles first: trouble, product, pace."""

import math
from collections.abc import MutableSequence, Sequence

from simulations.engines.v1.codes import (
    FREIGHT,
    HALF_A_PIECE,
    LIST,
    PACE,
    PIN,
    PRICE,
    PUSH,
    RESPOND,
    SLOW,
    STEADY,
    TRUST,
)
from simulations.engines.v1.layout import CHOICES, CLASSES, NEVER, Memory, Setting, State
from simulations.engines.v1.orders import apply
from simulations.engines.v1.refusing import sellable
from simulations.engines.v1.theta import (
    BAG_GAP,
    BOOST_GAP,
    BUSY,
    CHEAP_WEIGHT,
    CHOOSE,
    COUPON_GAP,
    ENERGY_HIGH,
    ENERGY_LOW,
    FREIGHT_FROM,
    HOLD_GAP,
    JUDGEMENT,
    LOW,
    MARGIN_WEIGHT,
    PACE_MODE,
    PACKET_GAP,
    PRICE_SHARE,
    REACT,
    ROTATE,
    TEST,
    TRUST_1,
)

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
        if s.listed[p] > 0.0 and sellable(s, c, p) and s.broken != p:
            pull = 0.0
            for k in range(CLASSES):
                pull = pull + s.viewers[k] * s.weight[p * CLASSES + k]
            pull = pull * known_lure(s, c, p)
            worth = s.price[p] - theta[MARGIN_WEIGHT] * c.cost_fen[p]
            worth = worth + theta[CHEAP_WEIGHT] * 1000.0
            value = pull * worth * s.novelty[p] * (0.6 if p == s.pinned else 1.0)
            if value > best:
                best = value
                chosen = p
    return chosen


def known_lure(s: State, c: Setting, p: int) -> float:
    """Return what turns a product's true pull into what an operator can know of it.

    A hidden hit shows in the figures after two minutes of pitch.
    """
    return 1.0 if s.pitched[p] * c.dt >= 2.0 else 1.0 / s.lure[p]


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
    for j in range(c.trusts):
        if theta[TRUST_1 + j] > 0.0:
            n = act(s, c, log, n, TRUST, float(j), 1.0, 0.0)
    m.pinned_tick = -1
    m.bag_due = minutes(c, 0.1 * theta[BAG_GAP])
    m.packet_due = minutes(c, 0.3 * theta[PACKET_GAP])
    m.coupon_due = minutes(c, 0.4 * theta[COUPON_GAP])
    m.hold_due = minutes(c, 0.5 * theta[HOLD_GAP])
    m.boost_due = minutes(c, 0.1 * theta[BOOST_GAP])
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
    if theta[ROTATE] < 0.0 or s.held >= 0 or s.released >= 0:
        return n
    p = s.pinned
    gone = p < 0 or not sellable(s, c, p) or s.broken == p
    is_testing = theta[TEST] > 0.0 and 0 < m.tested <= c.hits
    due = m.pinned_tick < 0 or s.tick >= m.pinned_tick + minutes(
        c, theta[TEST] if is_testing else theta[ROTATE]
    )
    if not due and not (gone and theta[CHOOSE] > 0.0):
        return n
    if theta[TEST] > 0.0 and m.tested <= c.hits and c.hits > 0:
        m.tested = m.tested + 1
    if theta[TEST] > 0.0 and 0 < m.tested <= c.hits:
        chosen = c.hit_product[m.tested - 1]
    elif theta[CHOOSE] > 0.0:
        chosen = best_product(s, c, theta)
        online = s.viewers[0] + s.viewers[1] + s.viewers[2]
        usual = s.view_min / (s.tick * c.dt + 1.0)
        if online < theta[LOW] * usual and s.stock[0] >= HALF_A_PIECE and p != 0:
            chosen = 0
    else:
        chosen = p
        for on in range(1, c.products + 1):
            candidate = (p + on) % c.products
            if s.listed[candidate] > 0.0 and sellable(s, c, candidate):
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
