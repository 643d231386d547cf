"""What comes from outside: waves, incidents, the market for visitors, the platform."""

import math

from simulations.engines.v1.arithmetic import against_normal, draw_at, normal
from simulations.engines.v1.codes import MARKET, PUSH, SLOW, WAVE_FANS, WAVE_PUBLIC
from simulations.engines.v1.layout import NEVER, Setting, State
from simulations.engines.v1.pitching import refresh


def incidents(
    s: State, c: Setting, t: int
) -> tuple[float, float, float, float, float, float, float]:
    """Return what the incidents of this tick do.

    Returns:
        Factors on the arrivals of fans, public and paid, on buying and on leaving; what is added
        to the share of orders that come back; further service questions a minute.
    """
    fans = public = paid = buying = leave = 1.0
    refund = tickets = 0.0
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
            tickets = tickets + left * c.incident_tickets[e]
    if s.broken >= 0 and t >= s.broken_end:
        s.broken = -1
    return fans, public, paid, buying, leave, refund, tickets


def wear_off(s: State, c: Setting, t: int) -> None:
    """Let the coupon end, the audience forget earlier gifts (40 minutes), the crew calm down."""
    if s.coupon > 0.0 and t >= s.coupon_end:
        s.coupon = 0.0
        for p in range(c.products):
            refresh(s, c, p)
    share = c.dt / 40.0
    s.coupon_fatigue = s.coupon_fatigue - s.coupon_fatigue * share
    s.bag_fatigue = s.bag_fatigue - s.bag_fatigue * share
    s.packet_fatigue = s.packet_fatigue - s.packet_fatigue * share
    s.held_fatigue = s.held_fatigue - s.held_fatigue * share
    if s.strain > 0.0:
        s.strain = s.strain - s.strain * (c.dt / (c.crew_recover + c.dt))
    if s.clip_flow > 0.0:
        s.clip_flow = s.clip_flow - s.clip_flow * (c.dt / (c.clip_tau + c.dt))


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


def buy_traffic(
    s: State, c: Setting, base: int, curve: float, factor: float
) -> tuple[float, float]:
    """Return the expected paid visitors of this tick and what each costs, in fen.

    Bidding higher wins a larger share of the market at a higher price each; the market thins as
    it is used. The price is highest when the public feed is. A goal narrows the market and makes
    it dearer, and so does a system that still learns.
    """
    market = c.market_bid * (1.0 + 0.10 * normal(draw_at(base, MARKET)) + 0.25 * (curve - 1.0))
    square = s.bid * s.bid
    won = square / (square + market * market)
    cost = s.bid * (0.5 + 0.4 * won) * c.goal_cost[s.goal]
    visitors = c.market_visitors * won * factor * c.dt / (1.0 + s.arrived[2] / c.market_pool)
    visitors = visitors * c.goal_volume[s.goal]
    if s.tick < s.learn_end:
        cost = cost * c.learn_cost
        visitors = visitors * c.learn_volume
    most = s.rate * c.dt / cost
    return (most if visitors > most else visitors), cost


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


def watch(s: State, c: Setting, t: int) -> None:
    """Let the platform watch what the host says.

    Risk accumulates with the product and the pace and a warning comes at each whole unit, the
    phase from the macro key: a rare and costly event that carries almost no luck. A warning that
    is not corrected in time is a strike; strikes throttle the public feed, then close the room.
    """
    if s.warning_tick == NEVER:
        if s.pinned >= 0 and s.closed == 0.0 and t >= s.break_end:
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


def serve(s: State, c: Setting, t: int, orders: float, chats: float, tickets: float) -> None:
    """Let service questions come and be cleared; called staff arrive after their lead."""
    if s.staff_coming > 0.0 and t >= s.staff_tick:
        s.staff = s.staff + s.staff_coming
        s.staff_coming = 0.0
    come = orders * c.service_order * s.trust_tickets + chats * c.service_comment + tickets * c.dt
    s.backlog = s.backlog + come - (c.service_rate + s.staff * c.staff_rate) * c.dt
    if s.backlog < 0.0:
        s.backlog = 0.0
