"""The one door for actions: allowed or not, done at once or given to the crew as an order.

Where a scenario has a crew, what the host, the co-host and the media buyer do is an order: it is
accepted now, carried out after a lag, and read back. Strain decides how long and whether, never
dice.
"""

from simulations.engines.v1.acting import do, lever_of
from simulations.engines.v1.codes import (
    ALREADY_DELISTED,
    ALREADY_LISTED,
    ALREADY_PINNED,
    BOOST,
    BREAK,
    BY_BUYER,
    BY_COHOST,
    BY_HOST,
    BY_OPERATOR,
    CONFIRMED,
    CREW_OVERLOADED,
    DECLINED,
    DELIST,
    FAILED,
    HOLD,
    LIST,
    NOTHING_PINNED,
    OPEN,
    ORDER_PENDING,
    PACE,
    PACE_UNCHANGED,
    PIN,
    PRICE,
    PRICE_UNCHANGED,
    RELEASE,
    REPLACED,
    ROOM_CLOSED,
    ROOM_OVER,
    SWITCH,
    TOO_MANY_ACTIONS,
    TRAFFIC,
    TRAFFIC_UNCHANGED,
    UNPIN,
)
from simulations.engines.v1.layout import ORDERS, Setting, State
from simulations.engines.v1.refusing import refusal_now


def doer_of(verb: float) -> int:
    """Return who carries a verb out."""
    if verb in (PIN, UNPIN, PACE, HOLD, RELEASE, SWITCH, BREAK):
        return BY_HOST
    if verb in (PRICE, LIST, DELIST):
        return BY_COHOST
    if verb in (TRAFFIC, BOOST):
        return BY_BUYER
    return BY_OPERATOR


def is_order(c: Setting, verb: float) -> bool:
    """Tell whether a verb goes through the crew in this room."""
    return c.crew > 0.0 and doer_of(verb) != BY_OPERATOR


def conflicts(s: State, i: int, verb: float, target: int) -> bool:
    """Tell whether an open order would be taken back by a new one about the same thing."""
    other = s.order_verb[i]
    if s.order_status[i] != OPEN:
        return False
    if verb in (PIN, UNPIN, HOLD):
        return other in (PIN, UNPIN, HOLD)
    if verb in (LIST, DELIST):
        return other in (LIST, DELIST) and s.order_target[i] == target
    if verb in (SWITCH, BREAK):
        return other in (SWITCH, BREAK)
    return other == verb and (verb != PRICE or s.order_target[i] == target)


def refusal(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Return 0 if the action is allowed now, else the position of its rule in `REFUSALS`."""
    if s.tick >= c.ticks:
        return ROOM_OVER
    if s.closed > 0.0:
        return ROOM_CLOSED
    if s.acted_tick == s.tick and s.acted >= c.actions_per_tick:
        return TOO_MANY_ACTIONS
    if s.orders_open > 0 and is_order(c, verb):
        replaced = 0
        for i in range(ORDERS):
            if conflicts(s, i, verb, target):
                replaced = replaced + 1
                if (
                    s.order_verb[i] == verb
                    and s.order_target[i] == target
                    and s.order_amount[i] == amount
                    and s.order_extra[i] == extra
                ):
                    return ORDER_PENDING
        if s.orders_open - replaced >= ORDERS:
            return CREW_OVERLOADED
    return refusal_now(s, c, verb, target, amount, extra)


def apply(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> int:
    """Do one action at the start of tick `s.tick`, or order it; return 0, or why it was refused.

    A refused action changes nothing. An accepted one takes its lever from the house.
    """
    why = refusal(s, c, verb, target, amount, extra)
    if why > 0:
        return why
    s.acted = s.acted + 1 if s.acted_tick == s.tick else 1
    s.acted_tick = s.tick
    if is_order(c, verb):
        give_order(s, c, verb, target, amount, extra)
        return 0
    lever = lever_of(verb)
    if lever >= 0:
        s.owner[lever] = 1.0
    do(s, c, verb, target, amount, extra)
    return 0


def give_order(s: State, c: Setting, verb: float, target: int, amount: float, extra: float) -> None:
    """Note an order; it takes back open ones about the same thing, and strains the crew."""
    strain = s.strain
    for i in range(ORDERS):
        if conflicts(s, i, verb, target):
            s.order_status[i] = REPLACED
            s.orders_open = s.orders_open - 1
            s.strain = s.strain + c.crew_contradiction
    s.strain = s.strain + c.crew_order
    place = -1
    for i in range(ORDERS):
        if s.order_status[i] != OPEN and (place < 0 or s.order_tick[i] < s.order_tick[place]):
            place = i
    s.order_verb[place] = verb
    s.order_target[place] = target
    s.order_amount[place] = amount
    s.order_extra[place] = extra
    s.order_tick[place] = s.tick
    s.order_due[place] = s.tick
    if strain >= c.crew_decline:
        s.order_status[place] = DECLINED
        return
    lever = lever_of(verb)
    if lever >= 0:
        s.owner[lever] = 1.0
    s.order_due[place] = s.tick + int(c.crew_lag[doer_of(verb)] * (1.0 + strain) + 0.5)
    s.order_status[place] = OPEN
    s.orders_open = s.orders_open + 1


def carry_out(s: State, c: Setting) -> None:
    """Carry out the orders that are due, in the order in which they were given."""
    while True:
        first = -1
        for i in range(ORDERS):
            is_due = s.order_status[i] == OPEN and s.order_due[i] <= s.tick
            if is_due and (first < 0 or s.order_tick[i] < s.order_tick[first]):
                first = i
        if first < 0:
            return
        s.orders_open = s.orders_open - 1
        verb, target = s.order_verb[first], s.order_target[first]
        amount, extra = s.order_amount[first], s.order_extra[first]
        why = refusal_now(s, c, verb, target, amount, extra)
        if why == 0:
            do(s, c, verb, target, amount, extra)
        # The lever was taken with the order, so an order for what is so already is "unchanged".
        is_so = why in (
            0,
            ALREADY_PINNED,
            NOTHING_PINNED,
            ALREADY_LISTED,
            ALREADY_DELISTED,
            PRICE_UNCHANGED,
            PACE_UNCHANGED,
            TRAFFIC_UNCHANGED,
        )
        s.order_status[first] = CONFIRMED if is_so else FAILED
