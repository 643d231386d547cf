"""What a parametric operator does with the levers that not every room has."""

import math
from collections.abc import Sequence

from simulations.engines.v1.choosing import Rows, act, known_lure, minutes
from simulations.engines.v1.codes import (
    BOOST,
    BREAK,
    CLIP,
    HALF_A_PIECE,
    HOLD,
    HOLD_MINUTES,
    PRESALE,
    RELEASE,
    STAFF,
    SWITCH,
    TOP_UP,
    TRUST,
)
from simulations.engines.v1.layout import CLASSES, Memory, Setting, State
from simulations.engines.v1.theta import (
    BOOST_FEN,
    BOOST_GAP,
    CLIP_GAP,
    HOLD_GAP,
    HOLD_LENGTH,
    HOLD_PRICE,
    HOLD_SHARE,
    HOST_ENERGY,
    HOST_TRY,
    OPEN_PRESALE,
    REST,
    STAFF_AT,
    TOP_UP_SHARE,
)


def has_more_levers(c: Setting) -> bool:
    """Tell whether the room has any of these levers."""
    return (
        c.hold_ticks_most > 0
        or c.clip_most > 0.0
        or c.break_ticks_most > 0
        or c.staff_most > 0.0
        or c.boost_visitor > 0.0
        or c.top_up_most > 0.0
        or c.trusts > 0
        or any_presale(c)
    )


def any_presale(c: Setting) -> bool:
    """Tell whether any product can be sold beyond its stock."""
    units = 0.0
    for p in range(c.products):
        units = units + c.presale_units[p]
    return units > 0.0


def use_more_levers(
    s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int
) -> int:
    """Hold, clip, rotate hosts, open pre-sales, call staff, push and top up; return the length."""
    n = hold_back(s, c, m, theta, log, n)
    n = cut_clips(s, c, m, theta, log, n)
    n = run_stage(s, c, m, theta, log, n)
    if theta[OPEN_PRESALE] > 0.0:
        for p in range(c.products):
            if c.presale_units[p] > 0.0 and s.stock[p] < HALF_A_PIECE and s.presale[p] == 0.0:
                n = act(s, c, log, n, PRESALE, float(p), c.presale_days[p], 0.0)
    if theta[STAFF_AT] > 0.0 and s.backlog > theta[STAFF_AT] * c.service_half:
        n = act(s, c, log, n, STAFF, 0.0, 1.0, 0.0)
    if theta[BOOST_GAP] > 0.0 and s.tick >= m.boost_due:
        m.boost_due = s.tick + minutes(c, theta[BOOST_GAP])
        n = act(s, c, log, n, BOOST, 0.0, float(math.floor(theta[BOOST_FEN])), 0.0)
    if theta[TOP_UP_SHARE] > 0.0 and s.spend > 0.85 * s.traffic_budget:
        amount = s.cash * theta[TOP_UP_SHARE] if c.cash > 0.0 else c.top_up_most
        left = c.top_up_most - s.topped
        amount = float(math.floor(left if amount > left else amount))
        if amount >= 100.0:
            n = act(s, c, log, n, TOP_UP, 0.0, amount, 0.0)
    return n


def hold_back(s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int) -> int:
    """Hold the pinned product for a stated time, price and quantity, at intervals."""
    p = s.pinned
    if theta[HOLD_GAP] <= 0.0 or c.hold_ticks_most == 0 or s.tick < m.hold_due or p < 0:
        return n
    m.hold_due = s.tick + minutes(c, theta[HOLD_GAP])
    units = math.floor(s.stock[p] * theta[HOLD_SHARE])
    length = int(theta[HOLD_LENGTH])
    if units < 1 or length < 1:
        return n
    price = float(math.floor(s.price[p] * theta[HOLD_PRICE]))
    return act(s, c, log, n, HOLD, float(p), price, float(units * HOLD_MINUTES + length))


def cut_clips(s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int) -> int:
    """Cut the clip that promises most of what was pitched long enough."""
    if theta[CLIP_GAP] <= 0.0 or c.clip_most <= 0.0 or s.tick < m.clip_due:
        return n
    best = 0.0
    chosen = -1
    for p in range(c.products):
        if s.pitched[p] >= c.clip_pitch and c.on_tray[p] > 0.0:
            appeal = c.appeal[p * CLASSES + 1] * s.lure[p] * known_lure(s, c, p)
            value = appeal / (appeal + c.clip_half) / (1.0 + s.clip_used[p])
            if value > best:
                best = value
                chosen = p
    if chosen < 0:
        return n
    m.clip_due = s.tick + minutes(c, theta[CLIP_GAP])
    return act(s, c, log, n, CLIP, float(chosen), 0.0, 0.0)


def run_stage(s: State, c: Setting, m: Memory, theta: Sequence[float], log: Rows, n: int) -> int:
    """Try every host for a while, then keep the best who is fresh enough; alone, take breaks.

    What counts is the GMV per viewer-minute while the host was on stage: skill is hidden.
    """
    if c.break_ticks_most == 0:
        return n
    now = s.host
    m.host_gmv[now] = m.host_gmv[now] + (s.gmv - m.gmv_at)
    m.host_view[now] = m.host_view[now] + (s.view_min - m.view_at)
    m.gmv_at = s.gmv
    m.view_at = s.view_min
    if c.hosts < 2:
        if theta[REST] > 0.0 and s.energy < theta[HOST_ENERGY]:
            n = act(s, c, log, n, BREAK, 0.0, 0.0, float(math.floor(theta[REST])))
        return n
    if theta[HOST_TRY] <= 0.0 or s.tick < m.host_tick + minutes(c, theta[HOST_TRY]):
        return n
    for h in range(c.hosts):
        if m.host_view[h] == 0.0:
            m.host_tick = s.tick
            return act(s, c, log, n, SWITCH, float(h), 0.0, 0.0)
    best = m.host_gmv[now] / m.host_view[now] * (0.6 + 0.4 * s.energy) * 1.1
    if s.energy < theta[HOST_ENERGY]:
        best = 0.0
    chosen = now
    for h in range(c.hosts):
        if h != now and s.host_energy[h] > s.energy - 0.2:
            value = m.host_gmv[h] / m.host_view[h] * (0.6 + 0.4 * s.host_energy[h])
            if value > best:
                best = value
                chosen = h
    if chosen == now:
        return n
    m.host_tick = s.tick
    return act(s, c, log, n, SWITCH, float(chosen), 0.0, 0.0)


def press_more(s: State, c: Setting, log: Rows, n: int, verb: int, a: float, b: float) -> int:
    """Press one of these buttons, as the random operator does."""
    p = float(int(a * c.products))
    if verb == 12:
        i = int(p)
        units = math.floor(s.stock[i] * b)
        price = float(math.floor(s.price[i] * (0.7 + 0.3 * b))) if b > 0.3 else 0.0
        packed = units * HOLD_MINUTES if b > 0.3 else 0
        return act(s, c, log, n, HOLD, p, price, float(packed + 1 + int(b * 4.0)))
    if verb == 13:
        return act(s, c, log, n, RELEASE, 0.0, 0.0, 0.0)
    if verb == 14:
        on = 1.0 if b < 0.5 else 0.0
        return act(s, c, log, n, TRUST, float(int(a * (c.trusts + 1))), on, 0.0)
    if verb == 15:
        return act(s, c, log, n, CLIP, p, 0.0, 0.0)
    if verb == 16:
        return act(s, c, log, n, SWITCH, float(int(a * c.hosts)), 0.0, 0.0) if b < 0.3 else n
    if verb == 17:
        return act(s, c, log, n, BREAK, 0.0, 0.0, 1.0 + float(int(b * 5.0))) if a < 0.2 else n
    if verb == 18:
        return act(s, c, log, n, PRESALE, p, float(int(b * 8.0)), 0.0)
    if verb == 19:
        return act(s, c, log, n, STAFF, 0.0, 1.0, 0.0) if a < 0.3 else n
    if verb == 20:
        amount = c.boost_least + (c.boost_most - c.boost_least) * a
        return act(s, c, log, n, BOOST, 0.0, float(math.floor(amount)), 0.0) if b < 0.3 else n
    return act(s, c, log, n, TOP_UP, 0.0, float(math.floor(c.top_up_most * a)), 0.0)
