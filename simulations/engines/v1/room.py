"""The live room: one source, run as plain Python or compiled, with equal bits.

The state at a tick is a pure function of (setting, keys, action log). Every draw has a fixed
identity (key, tick, slot) whatever anybody does, and every count is the quantile of its draw, so
two operators on one pair of keys meet the same customers. `macro` holds what an operator can see
and answer (waves, incidents, the market), `micro` who exactly comes, leaves and buys; `micro` 0 is
the fluid twin, the same room without viewer luck.

The anchor's own rundown, the *house*, runs inside the room: it holds every lever that the
candidate has not taken. So a candidate who does nothing is the house, exactly.

Gains written as numbers here are mechanisms, equal in every room; whatever differs between
merchants stands in the setting. Relaxations are implicit Euler steps,
`x += dt/(tau+dt) * (target-x)`, stable for any tick.
"""

import math
from collections.abc import Sequence

from simulations.engines.v1.acting import answer_early
from simulations.engines.v1.arithmetic import NO_LUCK, draw_at, exp_, poisson, tick_key
from simulations.engines.v1.board import mark, remember_talk
from simulations.engines.v1.codes import (
    ARRIVE,
    ARRIVE_BOOSTED,
    CHAT,
    FOLLOW,
    LEAVE,
    ON_PIN,
    PUSH,
    RESPOND,
    SLOW,
    TALK_TICKS,
)
from simulations.engines.v1.holding import keep_time, leaving
from simulations.engines.v1.layout import CLASSES, PRODUCTS, Setting, State
from simulations.engines.v1.orders import apply, carry_out
from simulations.engines.v1.pitching import cut, pin
from simulations.engines.v1.refusing import sellable
from simulations.engines.v1.selling import attend, sell
from simulations.engines.v1.staging import house_stage, presence, tire_hosts
from simulations.engines.v1.starting import fork, start
from simulations.engines.v1.world import (
    buy_traffic,
    incidents,
    judge,
    serve,
    watch,
    waves,
    wear_off,
)

Log = Sequence[Sequence[float]]
"""Rows of tick, verb, target, amount, extra; sorted by tick."""


def house(s: State, c: Setting) -> None:
    """Let the anchor follow the rundown: the next product on the tray when its time is over."""
    if s.owner[ON_PIN] > 0.0 or s.tick < s.house_due:
        return
    s.house_due = s.tick + c.house_rotate
    place = -1
    for i in range(c.tray):
        if c.order[i] == s.pinned:
            place = i
    for step_on in range(1, c.tray + 1):
        p = c.order[(place + step_on) % c.tray]
        if s.listed[p] > 0.0 and sellable(s, c, p):
            if p != s.pinned:
                pin(s, c, p)
            return


def tire(s: State, c: Setting, t: int) -> None:
    """Tire the hosts; let the pinned product grow stale and others fresh."""
    tire_hosts(s, c, t)
    stale = c.dt / 10.0
    fresh = c.dt / 28.0
    for p in range(c.products):
        if p == s.pinned:
            # What is held back is announced, not explained: it does not grow stale.
            if p != s.held:
                s.novelty[p] = s.novelty[p] + stale * (0.25 - s.novelty[p])
        else:
            s.novelty[p] = s.novelty[p] + fresh * (1.0 - s.novelty[p])


def bring(
    s: State, c: Setting, world: int, people: int, lively: bool, curve: float, factor: float
) -> float:
    """Return how many bought visitors come this tick, and charge for those who are bid for.

    Args:
        s: The room.
        c: The setting.
        world: Where the draws of the world begin this tick.
        people: Where the draws of the viewers begin this tick.
        lively: Whether they are counts; flows in the twin.
        curve: The public feed's factor at this time.
        factor: What incidents do to paid arrivals.
    """
    bid_for = 0.0
    if s.bid > 0.0 and s.rate > 0.0 and s.spend < s.traffic_budget and s.closed == 0.0:
        mean, cost = buy_traffic(s, c, world, curve, factor)
        bid_for = poisson(mean, draw_at(people, ARRIVE + 2) if lively else -1.0)
        left = s.traffic_budget - s.spend
        if c.cash > 0.0 and left > s.cash:
            left = s.cash if s.cash > 0.0 else 0.0
        afford = left / cost
        if bid_for > afford:
            bid_for = float(math.floor(afford)) if lively else afford
        paid = float(math.floor(bid_for * cost + 0.5)) if lively else bid_for * cost
        s.spend = s.spend + paid
        s.cash = s.cash - paid
        if s.spend > s.traffic_budget:
            s.spend = s.traffic_budget
    boosted = 0.0
    if s.tick < s.boost_end and s.closed == 0.0:
        boosted = poisson(
            s.boost_rate * factor, draw_at(people, ARRIVE_BOOSTED) if lively else -1.0
        )
    come = bid_for + boosted
    if come > 0.0:
        # Those who came by one goal leave gradually; the others' intent is mixed with theirs.
        there = s.viewers[2]
        s.intent = (
            there * s.intent + bid_for * c.goal_intent[s.goal] + boosted * c.boost_intent
        ) / (there + bid_for + boosted)
        s.fondness = (
            there * s.fondness + bid_for * c.goal_follow[s.goal] + boosted * c.boost_follow
        ) / (there + bid_for + boosted)
    return come


def step(s: State, c: Setting, macro: int, micro: int) -> None:
    """Advance the room by one tick.

    Args:
        s: The room; its actions of this tick are already applied.
        c: The setting.
        macro: Key of the world: the same for everybody who is compared.
        micro: Key of the viewers; `NO_LUCK` for the fluid twin.
    """
    if s.orders_open > 0:
        carry_out(s, c)
    if s.held >= 0 or s.released >= 0:
        keep_time(s, c, s.tick)
    house(s, c)
    house_stage(s, c)
    t = s.tick
    dt = c.dt
    world = tick_key(macro, t)
    people = tick_key(micro, t)
    lively = micro != NO_LUCK
    minute = t // c.ticks_per_minute
    waves(s, c, world)
    by_fans, by_public, by_paid, by_buying, by_leave, by_refund, tickets = incidents(s, c, t)
    wear_off(s, c, t)
    if s.clip_product >= 0 and t >= s.clip_due:
        cut(s, c)
    bag = s.bag_power if t < s.bag_end else 0.0
    packet = s.packet_power if t < s.packet_end else 0.0
    is_open = 1.0 - s.closed

    # Arrivals, a Poisson number for each channel.
    throttle = c.throttle_share if t < s.throttle_end else 1.0
    come_0 = c.fans_per_min * c.fans_curve[minute] * (s.fans / c.followers) * exp_(s.wave_fans)
    come_0 = come_0 * (1.0 + 0.6 * packet) * by_fans * dt * is_open
    come_1 = c.public_per_min * c.public_curve[minute] * s.day_public * exp_(s.wave_public)
    come_1 = come_1 * s.heat * throttle * (1.0 + 0.4 * packet) * by_public * dt * is_open
    if s.clip_flow > 0.0:
        come_1 = come_1 + s.clip_flow * by_public * dt * is_open
        s.clip_visits = s.clip_visits + s.clip_flow * by_public * dt * is_open
    come_0 = poisson(come_0, draw_at(people, ARRIVE) if lively else -1.0)
    come_1 = poisson(come_1, draw_at(people, ARRIVE + 1) if lively else -1.0)
    come_2 = bring(s, c, world, people, lively, c.public_curve[minute], by_paid)
    arrivals = come_0 + come_1 + come_2

    # Who stays. Nothing to buy on screen is dead air.
    p = s.pinned
    shown = p >= 0 and s.listed[p] > 0.0 and s.broken != p and sellable(s, c, p)
    restless = (1.0 - 0.45 * bag) * by_leave * (1.18 - 0.24 * s.energy)
    restless = restless * (c.stay[p] if shown else 1.35)
    restless = restless * (0.92 if s.pace == SLOW else (1.06 if s.pace == PUSH else 1.0))
    if p >= 0:
        restless = restless * (1.25 - 0.25 * s.novelty[p])
    restless = restless * (c.break_leave if t < s.break_end else c.host_stay[s.host])
    if s.held >= 0:
        restless = restless * leaving(s, c, t)
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
        (s.viewers[1] + s.viewers[2] * s.fondness) * c.follow * dt * (1.0 + bag),
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
    drive = drive * s.trust_drive * c.buying * presence(s, c, t)
    if s.strain > 0.0:
        heart = s.strain / c.crew_decline
        drive = drive * (1.0 - c.crew_heart * (1.0 if heart > 1.0 else heart))
    if s.backlog > 0.0:
        load = s.backlog / (s.backlog + c.service_half)
        drive = drive * (1.0 - c.service_loss * load)
        by_refund = by_refund + c.service_refund * load
    talent = 1.0
    if s.pinned >= 0 and t >= s.break_end:
        talent = c.host_talent[s.host * PRODUCTS + s.pinned]
    awaited = attend(s, c, talent)
    orders = s.orders
    fen = sell(s, c, drive, by_refund, awaited, people, lively)
    if c.service > 0.0:
        serve(s, c, t, s.orders - orders, chats, tickets)

    judge(s, c, fen, arrivals, view * dt, chats)
    tire(s, c, t)
    watch(s, c, t)
    s.tick = t + 1
    if t % TALK_TICKS == 0 and chats > 0.0:
        remember_talk(s, c, t, bag, packet, fen)
    if s.tick % c.ticks_per_minute == 0:
        mark(s, c, view)


def begin(rooms: Sequence[State], settings: Sequence[Setting], macro: int) -> None:
    """Start the one room of `rooms`; sequences, because compiled calls take arrays faster."""
    start(rooms[0], settings[0], macro)


def branch(rooms: Sequence[State], settings: Sequence[Setting], macro: int) -> None:
    """Turn the one room of `rooms` into a possible future of itself, see `fork`."""
    fork(rooms[0], settings[0], macro)


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
