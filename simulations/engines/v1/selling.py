"""Who buys what."""

import math

from simulations.engines.v1.arithmetic import draw_at, poisson
from simulations.engines.v1.codes import HALF_A_PIECE, ORDER, PUSH
from simulations.engines.v1.layout import CLASSES, NEVER, Setting, State
from simulations.engines.v1.pitching import price_of

BUY_AT_RELEASE_MIN = 0.5
"""Minutes in which those who waited for a release buy; assumption."""


def attend(s: State, c: Setting, talent: float) -> float:
    """Set how much attention each product gets that can be bought now.

    A pinned product needs a minute or two of explaining, then tires; the others get a little. What
    is held back is shown and not for sale; what was just released is wanted.

    Args:
        s: The room.
        c: The setting.
        talent: What the host makes of the pinned product; 1 is usual.

    Returns:
        The attention of the product that is held back for a stated release, 0 if there is none.
    """
    t = s.tick
    pinned = s.pinned
    warm = 0.0
    if pinned >= 0:
        warm = 0.35 + 0.45 * (t - s.pinned_tick) * c.dt
        if warm > 1.0:
            warm = 1.0
        s.pitched[pinned] = s.pitched[pinned] + 1
    for p in range(c.products):
        s.demand[p] = 0.0
        s.interest[p] = 0.0
        s.attention[p] = 0.0
        if s.listed[p] > 0.0 and s.broken != p and s.held != p:
            if s.stock[p] >= HALF_A_PIECE:
                s.attention[p] = s.novelty[p] * warm * talent if p == pinned else c.side
            elif s.presale[p] > 0.0 and c.presale_units[p] - s.presold[p] >= HALF_A_PIECE:
                s.attention[p] = s.novelty[p] * warm * talent if p == pinned else c.side
                s.attention[p] = s.attention[p] * s.presale_ratio[p]
    if s.released >= 0:
        s.attention[s.released] = s.attention[s.released] * s.released_power
    if s.held >= 0 and s.held_price > 0.0:
        return s.novelty[s.held] * warm * talent
    return 0.0


def sell(
    s: State,
    c: Setting,
    drive: float,
    by_refund: float,
    awaited: float,
    people: int,
    lively: bool,
) -> float:
    """Let viewers choose among what is on the shelf or nothing; return the GMV of the tick in fen.

    Multinomial logit with weight 1 for not buying. Refunds and margin are expected values: returns
    come days later and are nobody's luck. Who would buy what is held back waits for it, as long as
    people stay.
    """
    t = s.tick
    fen_0 = 0.0
    fen_1 = 0.0
    fen_2 = 0.0
    bought = 0.0
    new = 0.0
    for k in range(CLASSES):
        looks = (s.viewers[k] - 0.65 * s.buyers[k]) * c.looks[k] * c.dt * (1.0 - s.closed)
        if looks <= 0.0:
            continue
        if k == 2:
            looks = looks * s.intent
        s.exposures = s.exposures + looks * c.exposures
        total = 1.0
        for p in range(c.products):
            s.pull[p] = drive * (s.attention[p] * s.weight[p * CLASSES + k])
            total = total + s.pull[p]
        if awaited > 0.0:
            pull = drive * (awaited * s.weight[s.held * CLASSES + k])
            s.held_waiting = s.held_waiting + looks * pull / (total + pull)
        each = looks / total
        expected = 0.0
        for p in range(c.products):
            x = each * s.pull[p]
            s.demand[p] = s.demand[p] + x
            s.interest[p] = s.interest[p] + looks * c.appeal[p * CLASSES + k] * s.lure[p]
            expected = expected + x * price_of(s, p)
        buying = looks * ((total - 1.0) / total)
        s.buyers[k] = s.buyers[k] + buying
        bought = bought + buying
        new = new + buying * c.new_share[k]
        if k == 0:
            fen_0 = expected
        elif k == 1:
            fen_1 = expected
        else:
            fen_2 = expected
    if awaited > 0.0:
        s.held_waiting = s.held_waiting - s.held_waiting * (c.dt / (c.dwell_normal + c.dt))
    if s.released >= 0 and s.released_waiting > 0.0 and s.attention[s.released] > 0.0:
        x = s.released_waiting * (c.dt / (BUY_AT_RELEASE_MIN + c.dt))
        s.released_waiting = s.released_waiting - x
        s.demand[s.released] = s.demand[s.released] + x
    fen = 0.0
    orders = s.orders
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
        s.new_orders = s.new_orders + (s.orders - orders) * (new / bought)
    s.gmv = s.gmv + fen
    s.cash = s.cash + fen * c.cash_settled
    return fen


def settle(s: State, c: Setting, p: int, wanted: float, by_refund: float) -> float:
    """Sell up to `wanted` units of a product; return what was paid for them, in fen."""
    n = wanted
    back = c.refund[p]
    if p == s.released:
        if n > s.released_units:
            n = s.released_units
        s.released_units = s.released_units - n
    if s.stock[p] < HALF_A_PIECE and s.presale[p] > 0.0:
        left = c.presale_units[p] - s.presold[p]
        if n > left:
            s.lost = s.lost + (n - left)
            n = left
        s.presold[p] = s.presold[p] + n
        back = back + s.presale_back[p]
    else:
        if n > s.stock[p]:
            s.lost = s.lost + (n - s.stock[p])
            n = s.stock[p]
        s.stock[p] = s.stock[p] - n
    price = float(math.floor(price_of(s, p) * (1.0 - s.coupon) + 0.5))
    s.sold[p] = s.sold[p] + n
    s.orders = s.orders + n
    back = back + 0.20 * (1.0 - price / c.list_fen[p]) + by_refund + s.trust_back
    if s.pace == PUSH:
        back = back + 0.05
    if s.freight > 0.0:
        back = back + c.freight_refund
        s.freight_fen = s.freight_fen + n * c.freight_cost
    s.freight_fen = s.freight_fen + n * s.trust_cost
    if back > 0.95:
        back = 0.95
    if back < 0.0:
        back = 0.0
    paid = n * price
    s.refunds = s.refunds + paid * back
    s.margin = s.margin + n * (price - c.cost_fen[p]) * (1.0 - back) - n * back * c.reverse_freight
    if p == s.pinned:
        s.pinned_fen = s.pinned_fen + paid
    return paid
