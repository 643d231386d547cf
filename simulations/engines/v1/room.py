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

from simulations.engines.v1.acting import answer_early, apply, pin, refresh
from simulations.engines.v1.arithmetic import NO_LUCK, draw_at, exp_, normal, poisson, tick_key
from simulations.engines.v1.board import mark, remember_talk
from simulations.engines.v1.codes import (
    ARRIVE,
    CHAT,
    DAY_BUYING,
    DAY_PUBLIC,
    DAY_TICK,
    FOLLOW,
    HALF_A_PIECE,
    INCIDENT_CHANCE,
    INCIDENT_TIME,
    LEAVE,
    ON_PIN,
    PUSH,
    RESPOND,
    RISK_PHASE,
    SLOW,
    STEADY,
    TALK_TICKS,
)
from simulations.engines.v1.layout import CLASSES, NEVER, TALK, Setting, State
from simulations.engines.v1.selling import sell
from simulations.engines.v1.world import buy_traffic, incidents, judge, watch, waves, wear_off

Log = Sequence[Sequence[float]]
"""Rows of tick, verb, target, amount, extra; sorted by tick."""


def start(s: State, c: Setting, macro: int) -> None:
    """Set up an all-zero state as the room just before its first tick."""
    for p in range(c.products):
        s.stock[p] = c.stock[p]
        s.price[p] = c.list_fen[p]
        s.lowest[p] = c.list_fen[p]
        s.listed[p] = 1.0
        s.novelty[p] = 1.0
        s.restock_tick[p] = NEVER
        refresh(s, c, p)
    s.acted_tick = -1
    s.pinned = -1
    s.pace = STEADY
    s.bid = c.house_bid
    s.rate = c.house_rate
    s.broken = -1
    s.warning_tick = NEVER
    s.heat = 1.0
    s.energy = 1.0
    s.mood = 0.55
    s.fans = c.followers
    s.mean_arrivals = (c.fans_per_min + c.public_per_min) * c.dt
    s.mean_gmv = s.mean_arrivals * c.gpm_normal / 1000.0
    s.mean_view = s.mean_arrivals * c.dwell_normal
    s.mean_chat = s.mean_view * c.chat_normal
    base = tick_key(macro, DAY_TICK)
    s.day_public = exp_(c.day_public_sd * normal(draw_at(base, DAY_PUBLIC)))
    s.day_buying = exp_(c.day_buying_sd * normal(draw_at(base, DAY_BUYING)))
    s.risk_at = 0.3 + 0.7 * draw_at(base, RISK_PHASE)
    for e in range(c.incidents):
        s.incident_answer[e] = -1
        s.incident_left[e] = 1.0
        width = c.incident_until[e] - c.incident_from[e]
        begin = c.incident_from[e] + int(width * draw_at(base, INCIDENT_TIME + e))
        if draw_at(base, INCIDENT_CHANCE + e) < c.incident_chance[e]:
            s.incident_start[e] = begin
            s.incident_end[e] = begin + c.incident_ticks[e]
        else:
            s.incident_start[e] = NEVER
            s.incident_end[e] = NEVER
    for j in range(TALK):
        s.talk_tick[j] = -1


def house(s: State, c: Setting) -> None:
    """Let the anchor follow the rundown: the next product on the tray when its time is over."""
    if s.owner[ON_PIN] > 0.0 or s.tick < s.house_due:
        return
    s.house_due = s.tick + c.house_rotate
    for step_on in range(1, c.products + 1):
        p = (s.pinned + step_on) % c.products
        if s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE:
            if p != s.pinned:
                pin(s, p)
            return


def tire(s: State, c: Setting, t: int) -> None:
    """Spend or restore the host's energy; let the pinned product grow stale and others fresh."""
    s.energy = s.energy + c.dt * c.energy_per_min[s.pace]
    if s.energy > 1.0:
        s.energy = 1.0
    if s.energy < 0.1:
        s.energy = 0.1
    stale = c.dt / 10.0
    fresh = c.dt / 28.0
    for p in range(c.products):
        if p == s.pinned:
            s.novelty[p] = s.novelty[p] + stale * (0.25 - s.novelty[p])
        else:
            s.novelty[p] = s.novelty[p] + fresh * (1.0 - s.novelty[p])


def step(s: State, c: Setting, macro: int, micro: int) -> None:
    """Advance the room by one tick.

    Args:
        s: The room; its actions of this tick are already applied.
        c: The setting.
        macro: Key of the world: the same for everybody who is compared.
        micro: Key of the viewers; `NO_LUCK` for the fluid twin.
    """
    house(s, c)
    t = s.tick
    dt = c.dt
    world = tick_key(macro, t)
    people = tick_key(micro, t)
    lively = micro != NO_LUCK
    minute = t // c.ticks_per_minute
    waves(s, c, world)
    by_fans, by_public, by_paid, by_buying, by_leave, by_refund = incidents(s, c, t)
    wear_off(s, c, t)
    bag = s.bag_power if t < s.bag_end else 0.0
    packet = s.packet_power if t < s.packet_end else 0.0
    is_open = 1.0 - s.closed

    # Arrivals, a Poisson number for each channel.
    throttle = c.throttle_share if t < s.throttle_end else 1.0
    come_0 = c.fans_per_min * c.fans_curve[minute] * (s.fans / c.followers) * exp_(s.wave_fans)
    come_0 = come_0 * (1.0 + 0.6 * packet) * by_fans * dt * is_open
    come_1 = c.public_per_min * c.public_curve[minute] * s.day_public * exp_(s.wave_public)
    come_1 = come_1 * s.heat * throttle * (1.0 + 0.4 * packet) * by_public * dt * is_open
    come_0 = poisson(come_0, draw_at(people, ARRIVE) if lively else -1.0)
    come_1 = poisson(come_1, draw_at(people, ARRIVE + 1) if lively else -1.0)
    come_2 = 0.0
    if s.bid > 0.0 and s.rate > 0.0 and s.spend < c.traffic_budget and s.closed == 0.0:
        mean, cost = buy_traffic(s, c, world, c.public_curve[minute], by_paid)
        come_2 = poisson(mean, draw_at(people, ARRIVE + 2) if lively else -1.0)
        afford = (c.traffic_budget - s.spend) / cost
        if come_2 > afford:
            come_2 = float(math.floor(afford)) if lively else afford
        s.spend = s.spend + (float(math.floor(come_2 * cost + 0.5)) if lively else come_2 * cost)
        if s.spend > c.traffic_budget:
            s.spend = c.traffic_budget
    arrivals = come_0 + come_1 + come_2

    # Who stays. Nothing to buy on screen is dead air.
    p = s.pinned
    shown = p >= 0 and s.listed[p] > 0.0 and s.stock[p] >= HALF_A_PIECE and s.broken != p
    restless = (1.0 - 0.45 * bag) * by_leave * (1.18 - 0.24 * s.energy)
    restless = restless * (c.stay[p] if shown else 1.35)
    restless = restless * (0.92 if s.pace == SLOW else (1.06 if s.pace == PUSH else 1.0))
    if p >= 0:
        restless = restless * (1.25 - 0.25 * s.novelty[p])
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
        (s.viewers[1] + s.viewers[2]) * c.follow * dt * (1.0 + bag),
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
    fen = sell(s, c, drive, by_refund, people, lively)

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
