"""What an action does to the room once it is carried out."""

from simulations.engines.v1.codes import (
    BAG,
    BOOST,
    BREAK,
    CLIP,
    COUPON,
    DELIST,
    FREIGHT,
    HOLD,
    LIST,
    ON_BENEFITS,
    ON_FREIGHT,
    ON_PACE,
    ON_PIN,
    ON_PRICE,
    ON_SHELF,
    ON_STAGE,
    ON_TRAFFIC,
    PACE,
    PACKET,
    PIN,
    PRESALE,
    PRICE,
    RELEASE,
    RESPOND,
    RESTOCK,
    STAFF,
    STEADY,
    SWITCH,
    TOP_UP,
    TRAFFIC,
    TRUST,
    UNPIN,
)
from simulations.engines.v1.holding import hold, release
from simulations.engines.v1.layout import CHOICES, NEVER, Setting, State
from simulations.engines.v1.pitching import pin, refresh
from simulations.engines.v1.staging import hand_over


def lever_of(verb: float) -> int:
    """Return the lever that a verb takes from the house, -1 for none."""
    if verb in (PIN, UNPIN, HOLD, RELEASE):
        return ON_PIN
    if verb in (LIST, DELIST, RESTOCK):
        return ON_SHELF
    if verb == PRICE:
        return ON_PRICE
    if verb in (COUPON, BAG, PACKET):
        return ON_BENEFITS
    if verb == TRAFFIC:
        return ON_TRAFFIC
    if verb == PACE:
        return ON_PACE
    if verb in (FREIGHT, TRUST):
        return ON_FREIGHT
    if verb in (SWITCH, BREAK):
        return ON_STAGE
    return -1


def do(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> None:
    """Carry out one action, which the room allows."""
    if verb == PIN:
        if target != s.pinned:
            pin(s, c, target)
    elif verb == UNPIN:
        pin(s, c, -1)
    elif verb in (LIST, DELIST):
        shelve(s, c, verb, target)
    elif verb == PRICE:
        s.price[target] = amount
        if amount < s.lowest[target]:
            s.lowest[target] = amount
        refresh(s, c, target)
    elif verb in (COUPON, BAG, PACKET):
        give(s, c, verb, amount, int(extra * c.ticks_per_minute))
    elif verb == TRAFFIC:
        order_traffic(s, c, target, amount, extra)
    elif verb == RESTOCK:
        s.restock_units[target] = amount
        s.restock_tick[target] = s.tick + c.restock_lead[target]
        s.restocked[target] = s.restocked[target] + amount
        s.writeoff_fen = s.writeoff_fen + amount * c.cost_fen[target] * c.writeoff
        s.cash = s.cash - amount * c.cost_fen[target]
    elif verb == PACE:
        s.pace = target
    elif verb == RESPOND:
        answer(s, c, target, int(amount))
    elif verb == FREIGHT:
        s.freight = amount
    elif verb == HOLD:
        hold(s, c, target, amount, int(extra))
    elif verb == RELEASE:
        release(s, c)
    elif verb == TRUST:
        s.trust[target] = amount
        promise(s, c)
    elif verb in (SWITCH, BREAK):
        if verb == SWITCH:
            hand_over(s, c, target)
        else:
            s.break_end = s.tick + int(extra * c.ticks_per_minute)
    elif verb in (CLIP, PRESALE, STAFF, BOOST, TOP_UP):
        extend(s, c, verb, target, amount)
    else:
        hand_back(s, c, target)


def shelve(s: State, c: Setting, verb: float, p: int) -> None:
    """List or delist a product; listing also replaces a broken link."""
    s.listed[p] = 1.0 if verb == LIST else 0.0
    if s.broken == p:
        s.broken = -1
    if verb == DELIST and s.pinned == p:
        pin(s, c, -1)
        s.house_due = s.tick


def give(s: State, c: Setting, verb: float, amount: float, ticks: int) -> None:
    """Open a coupon, a lucky bag or a red packet; each wears off by repetition."""
    if verb == COUPON:
        s.coupon = amount
        s.coupon_end = s.tick + ticks
        s.coupon_free = s.coupon_end + c.coupon_pause
        s.coupon_fatigue = s.coupon_fatigue + 1.0
        for p in range(c.products):
            refresh(s, c, p)
        return
    s.gifts = s.gifts + amount
    s.cash = s.cash - amount
    if verb == BAG:
        s.bag_power = amount / (amount + c.bag_half) / (1.0 + s.bag_fatigue)
        s.bag_fen = amount
        s.bag_end = s.tick + ticks
        s.bag_free = s.bag_end + c.bag_pause
        s.bag_fatigue = s.bag_fatigue + 0.7
    else:
        s.packet_power = amount / (amount + c.packet_half) / (1.0 + s.packet_fatigue)
        s.packet_fen = amount
        s.packet_end = s.tick + c.packet_ticks
        s.packet_free = s.packet_end + c.packet_pause
        s.packet_fatigue = s.packet_fatigue + 1.0


def order_traffic(s: State, c: Setting, goal: int, bid: float, rate: float) -> None:
    """Set bid, rate and goal of bought traffic.

    A start, another goal or a jump of the bid makes the system learn anew; small steps do not.
    """
    jump = bid - s.bid if bid > s.bid else s.bid - bid
    was_on = s.bid > 0.0 and s.rate > 0.0
    if (goal >= 0 and goal != s.goal) or not was_on or jump > c.bid_step * s.bid:
        s.learn_end = s.tick + c.learn_ticks
    if goal >= 0:
        s.goal = goal
    s.bid = bid
    s.rate = rate


def extend(s: State, c: Setting, verb: float, p: int, amount: float) -> None:
    """Cut a clip, open a pre-sale, call staff, push the room or raise the traffic budget."""
    if verb == CLIP:
        s.clip_product = p
        s.clip_due = s.tick + c.clip_lag
        s.clips = s.clips + 1.0
        s.gifts = s.gifts + c.clip_cost
        s.cash = s.cash - c.clip_cost
    elif verb == PRESALE:
        # A stated day costs conversion, an unstated one is a risk, an impossible one comes back.
        s.presale[p] = 1.0
        s.presale_ratio[p] = c.presale_conversion[p] * (1.0 - 0.02 * amount)
        s.presale_back[p] = c.presale_refund[p]
        if amount <= 0.0:
            s.risk = s.risk + c.presale_risk[p]
        if amount < c.presale_days[p]:
            s.presale_back[p] = s.presale_back[p] + c.presale_late[p]
    elif verb == STAFF:
        s.staff_coming = amount
        s.staff_tick = s.tick + c.staff_lead
        s.service_fen = s.service_fen + amount * c.staff_cost
        s.cash = s.cash - amount * c.staff_cost
    elif verb == BOOST:
        s.boost_rate = amount / c.boost_visitor / c.boost_ticks
        s.boost_end = s.tick + c.boost_ticks
        s.boost_free = s.boost_end + c.boost_pause
        s.spend = s.spend + amount
        s.cash = s.cash - amount
    else:
        s.topped = s.topped + amount
        s.traffic_budget = s.traffic_budget + amount


def promise(s: State, c: Setting) -> None:
    """Recompute what the open trust levers do together."""
    s.trust_drive = 1.0
    s.trust_cost = 0.0
    s.trust_back = 0.0
    s.trust_tickets = 1.0
    for j in range(c.trusts):
        if s.trust[j] > 0.0:
            s.trust_drive = s.trust_drive * c.trust_conversion[j]
            s.trust_cost = s.trust_cost + c.trust_cost[j]
            s.trust_back = s.trust_back + c.trust_refund[j]
            s.trust_tickets = s.trust_tickets * c.trust_ticket[j]


def answer(s: State, c: Setting, e: int, choice: int) -> None:
    """Answer an incident, or a compliance warning if `e` is -1; the host is busy for a while."""
    if e < 0:
        s.busy_end = s.tick + c.warning_busy[choice]
        if c.warning_clears[choice] > 0.0:
            s.warning_tick = NEVER
        return
    i = e * CHOICES + choice
    s.incident_answer[e] = choice
    s.incident_left[e] = c.choice_remains[i]
    s.busy_end = s.tick + c.choice_busy[i]
    s.gifts = s.gifts + c.choice_cost[i]
    s.cash = s.cash - c.choice_cost[i]
    s.risk = s.risk + c.choice_risk[i]
    if c.choice_freight[i] > 0.0:
        s.freight = 1.0
        s.owner[ON_FREIGHT] = 1.0
    if c.choice_host[i] > 0 and c.choice_host[i] - 1 != s.host:
        s.owner[ON_STAGE] = 1.0
        hand_over(s, c, c.choice_host[i] - 1)
    if c.incident_breaks_link[e] > 0.0 and c.choice_remains[i] == 0.0:
        s.broken = -1


def answer_early(s: State, c: Setting, choice: int) -> None:
    """Remember an answer to a warning that is not open yet, for as long as one may wait.

    No room logs such an answer. It occurs when a log is replayed on the twin or with a change,
    where the same warning can come a little later than the answer that it got.
    """
    is_choice = 0 <= choice < c.warning_choices
    if s.warning_tick == NEVER and is_choice and c.warning_clears[choice] > 0.0:
        s.settled_until = s.tick + c.answer_ticks


def hand_back(s: State, c: Setting, lever: int) -> None:
    """Give a lever back to the house, which returns it to its own habit."""
    s.owner[lever] = 0.0
    if lever == ON_PIN:
        s.house_due = s.tick + c.house_rotate if s.pinned >= 0 else s.tick
    elif lever == ON_PRICE:
        for p in range(c.products):
            s.price[p] = c.list_fen[p]
            refresh(s, c, p)
    elif lever == ON_TRAFFIC:
        order_traffic(s, c, c.house_goal, c.house_bid, c.house_rate)
    elif lever == ON_PACE:
        s.pace = STEADY
    elif lever == ON_SHELF:
        for p in range(c.products):
            s.listed[p] = c.on_tray[p]
    elif lever == ON_FREIGHT:
        s.freight = c.freight_open
        for j in range(c.trusts):
            s.trust[j] = c.trust_open[j]
        promise(s, c)
    elif lever == ON_STAGE:
        s.host_due = s.tick + c.house_host_rotate
