"""The room just before its first tick, and the fork in which the house goes on alone."""

from simulations.engines.v1.acting import hand_back, promise
from simulations.engines.v1.arithmetic import draw_at, exp_, normal, tick_key
from simulations.engines.v1.codes import (
    DAY_BUYING,
    DAY_PUBLIC,
    DAY_TICK,
    HIT,
    INCIDENT_CHANCE,
    INCIDENT_TIME,
    OPEN,
    REPLACED,
    RISK_PHASE,
    SKILL,
    STEADY,
)
from simulations.engines.v1.layout import LEVERS, NEVER, ORDERS, TALK, Setting, State
from simulations.engines.v1.pitching import refresh


def start(s: State, c: Setting, macro: int) -> None:
    """Set up an all-zero state as the room just before its first tick."""
    base = tick_key(macro, DAY_TICK)
    s.hit = -1
    s.released = -1
    if c.hits > 0:
        s.hit = c.hit_product[int(c.hits * draw_at(base, HIT))]
    for p in range(c.products):
        s.stock[p] = c.stock[p]
        s.price[p] = c.list_fen[p]
        s.lowest[p] = c.list_fen[p]
        s.listed[p] = c.on_tray[p]
        s.novelty[p] = 1.0
        s.lure[p] = c.hit_factor if p == s.hit else 1.0
        s.restock_tick[p] = NEVER
        refresh(s, c, p)
    s.acted_tick = -1
    s.pinned = -1
    s.pace = STEADY
    s.bid = c.house_bid
    s.rate = c.house_rate
    s.goal = c.house_goal
    s.traffic_budget = c.traffic_budget
    s.intent = 1.0
    s.fondness = 1.0
    s.broken = -1
    s.warning_tick = NEVER
    s.held = -1
    s.clip_product = -1
    s.clip_due = NEVER
    s.staff_tick = NEVER
    s.freight = c.freight_open
    for j in range(c.trusts):
        s.trust[j] = c.trust_open[j]
    promise(s, c)
    s.strain = c.strain_start
    s.cash = c.cash_start - c.fixed_fen - c.stocked_fen
    s.fixed_fen = c.fixed_fen
    s.writeoff_fen = c.stocked_fen * c.writeoff
    s.heat = 1.0
    s.energy = c.energy_start
    for h in range(c.hosts):
        s.host_energy[h] = c.energy_start
        s.voice[h] = 1.0
        s.skill[h] = exp_(c.host_skill_sd[h] * normal(draw_at(base, SKILL + h)))
    s.mood = c.mood_start
    s.fans = c.followers_start
    s.mean_arrivals = (c.fans_per_min + c.public_per_min) * c.dt
    s.mean_gmv = s.mean_arrivals * c.gpm_normal / 1000.0
    s.mean_view = s.mean_arrivals * c.dwell_normal
    s.mean_chat = s.mean_view * c.chat_normal
    s.day_public = exp_(c.day_public_sd * normal(draw_at(base, DAY_PUBLIC)))
    s.day_buying = exp_(c.day_buying_sd * normal(draw_at(base, DAY_BUYING)))
    s.risk_at = 0.3 + 0.7 * draw_at(base, RISK_PHASE)
    for e in range(c.incidents):
        s.incident_answer[e] = -1
        s.incident_left[e] = 1.0
        place_incident(s, c, e, base, c.incident_from[e], c.incident_chance[e])
    for j in range(TALK):
        s.talk_tick[j] = -1


def place_incident(s: State, c: Setting, e: int, base: int, earliest: int, chance: float) -> None:
    """Draw whether and when an incident happens, not before `earliest`."""
    width = c.incident_until[e] - earliest
    begin = earliest + int(width * draw_at(base, INCIDENT_TIME + e))
    if draw_at(base, INCIDENT_CHANCE + e) < chance:
        s.incident_start[e] = begin
        s.incident_end[e] = begin + c.incident_ticks[e]
    else:
        s.incident_start[e] = NEVER
        s.incident_end[e] = NEVER


def fork(s: State, c: Setting, macro: int) -> None:
    """Turn a room into one possible future of itself in which the house goes on alone.

    Every lever returns to the house and open orders are called off. What has shown itself stays;
    what nobody can know yet is drawn anew from `macro`: incidents without a sign so far, given
    that they have not come, and the phase of the first warning. Gifts that run, run out.
    """
    base = tick_key(macro, DAY_TICK)
    for lever in range(LEVERS):
        if s.owner[lever] > 0.0:
            hand_back(s, c, lever)
    for i in range(ORDERS):
        if s.order_status[i] == OPEN:
            s.order_status[i] = REPLACED
    s.orders_open = 0
    if s.warnings == 0.0 and s.warning_tick == NEVER:
        least = s.risk if s.risk > 0.3 else 0.3
        if least < 1.0:
            s.risk_at = least + (1.0 - least) * draw_at(base, RISK_PHASE)
    for e in range(c.incidents):
        if s.incident_start[e] - c.incident_sign[e] <= s.tick:
            continue
        earliest = s.tick + c.incident_sign[e] + 1
        width = c.incident_until[e] - c.incident_from[e]
        if earliest <= c.incident_from[e]:
            place_incident(s, c, e, base, c.incident_from[e], c.incident_chance[e])
        elif earliest >= c.incident_until[e]:
            s.incident_start[e] = NEVER
            s.incident_end[e] = NEVER
        else:
            passed = float(earliest - c.incident_from[e]) / width
            chance = c.incident_chance[e]
            chance = chance * (1.0 - passed) / (1.0 - chance * passed)
            place_incident(s, c, e, base, earliest, chance)
