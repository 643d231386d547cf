"""Hold and release (憋单, 放单)."""

from simulations.engines.v1.codes import HOLD_MINUTES
from simulations.engines.v1.layout import Setting, State
from simulations.engines.v1.pitching import pin, refresh


def hold(s: State, c: Setting, p: int, price: float, packed: int) -> None:
    """Hold product `p` back; a price of 0 states nothing and the platform takes note."""
    if s.pinned != p:
        pin(s, c, p)
    s.held = p
    s.held_tick = s.tick
    s.held_due = s.tick + packed % HOLD_MINUTES * c.ticks_per_minute
    s.held_price = price
    s.held_units = float(packed // HOLD_MINUTES)
    s.held_waiting = 0.0
    if price <= 0.0:
        s.risk = s.risk + c.hold_risk


def leaving(s: State, c: Setting, t: int) -> float:
    """Return the factor on leaving while something is held: waiting for it, or tired of waiting."""
    if s.held_price <= 0.0 or t - s.held_tick >= c.hold_bored_ticks:
        return c.hold_bored
    return 1.0 - (1.0 - c.hold_stay) / (1.0 + s.held_fatigue)


def release(s: State, c: Setting) -> None:
    """Open the held product: at the stated price, for the stated quantity, with what was built up.

    A release before its stated time breaks half of the promise; a vague one has built up nothing.
    """
    p = s.held
    s.held = -1
    if s.held_price > 0.0:
        waited = float(s.tick - s.held_tick) / c.hold_build
        built = (1.0 if waited > 1.0 else waited) / (1.0 + s.held_fatigue)
        if s.tick < s.held_due:
            s.risk = s.risk + 0.5 * c.hold_risk
        s.released = p
        s.released_power = 1.0 + (c.hold_burst - 1.0) * built
        # Who waited buys; a better price than before convinces some more.
        s.released_waiting = s.held_waiting * (1.0 + 1.6 * (1.0 - s.held_price / s.price[p]))
        s.released_price = s.held_price
        s.released_units = s.held_units
        s.released_end = s.tick + c.hold_burst_ticks
        refresh(s, c, p)
    s.held_fatigue = s.held_fatigue + 0.7
    s.hold_free = s.tick + c.hold_burst_ticks + c.hold_pause


def keep_time(s: State, c: Setting, t: int) -> None:
    """Release what is due, and end a release whose time or quantity is over."""
    if s.held >= 0 and t >= s.held_due:
        release(s, c)
    if s.released >= 0 and (t >= s.released_end or s.released_units < 0.5):
        p = s.released
        s.released = -1
        refresh(s, c, p)
