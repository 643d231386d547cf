"""Who buys what."""

import math

from simulations.engines.v1.arithmetic import draw_at, poisson
from simulations.engines.v1.codes import HALF_A_PIECE, ORDER, PUSH
from simulations.engines.v1.layout import CLASSES, NEVER, Setting, State


def sell(s: State, c: Setting, drive: float, by_refund: float, people: int, lively: bool) -> float:
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
            s.pull[p] = drive * (s.attention[p] * s.weight[p * CLASSES + k])
            total = total + s.pull[p]
        each = looks / total
        expected = 0.0
        for p in range(c.products):
            x = each * s.pull[p]
            s.demand[p] = s.demand[p] + x
            s.interest[p] = s.interest[p] + looks * c.appeal[p * CLASSES + k]
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
            clicks = s.interest[p] * s.attention[p] / c.deal[p] - s.demand[p]
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
