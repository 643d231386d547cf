"""The product in front of the camera: its price in people's eyes, and which one it is."""

from simulations.engines.v1.arithmetic import exp_
from simulations.engines.v1.layout import CLASSES, NEVER, Setting, State


def price_of(s: State, p: int) -> float:
    """Return a product's price before any coupon: its own, or that of its release (放单)."""
    return s.released_price if p == s.released else s.price[p]


def refresh(s: State, c: Setting, p: int) -> None:
    """Recompute a product's logit weights after a price or coupon change.

    Having shown a lower price makes today's price feel dear.
    """
    price = price_of(s, p) * (1.0 - s.coupon)
    above = price / s.lowest[p] - 1.0 if price > s.lowest[p] else 0.0
    beyond = price / c.list_fen[p] - 1.0
    for k in range(CLASSES):
        s.weight[p * CLASSES + k] = (
            c.appeal[p * CLASSES + k] * exp_(-c.elasticity[k] * beyond - 2.0 * above) * s.lure[p]
        )


def pin(s: State, c: Setting, p: int) -> None:
    """Begin to present product `p`, or nothing if it is -1, and restart the pitch's counters.

    Turning away from a product that is held back breaks the promise of its release.
    """
    if s.held >= 0:
        if s.held_price > 0.0:
            s.risk = s.risk + c.hold_risk
        s.held = -1
        s.held_fatigue = s.held_fatigue + 0.7
        s.hold_free = s.tick + c.hold_pause
    s.pinned = p
    s.pinned_tick = s.tick
    s.pinned_arrived = s.arrived[0] + s.arrived[1] + s.arrived[2]
    s.pinned_fen = 0.0
    s.pinned_sold = s.sold[p] if p >= 0 else 0.0
    s.pinned_clicks = s.clicks[p] if p >= 0 else 0.0


def cut(s: State, c: Setting) -> None:
    """Bring out the clip that is due; repeating a product's clip brings less."""
    p = s.clip_product
    appeal = c.appeal[p * CLASSES + 1] * s.lure[p]
    s.clip_flow = s.clip_flow + c.clip_visitors * appeal / (appeal + c.clip_half) / (
        1.0 + s.clip_used[p]
    )
    s.clip_used[p] = s.clip_used[p] + 1.0
    s.clip_product = -1
    s.clip_due = NEVER
