"""What the room remembers for the cockpit: minute marks, comments, totals."""

from collections.abc import MutableSequence, Sequence

from simulations.engines.v1.codes import (
    TALK_BAG,
    TALK_BOUGHT,
    TALK_COUPON,
    TALK_INCIDENT,
    TALK_KINDS,
    TALK_PACKET,
    TALK_PLAIN,
    TALK_PRODUCT,
    TALK_SOLD_OUT,
    TALK_TICKS,
    TALK_WARNING,
)
from simulations.engines.v1.layout import COLUMNS, MARKS, NEVER, TALK, Setting, State
from simulations.engines.v1.refusing import sellable


def remember_talk(s: State, c: Setting, t: int, bag: float, packet: float, fen: float) -> None:
    """Note what the comment of this moment is about; the words are chosen when it is shown."""
    turn = (t // TALK_TICKS) % 4
    kind = TALK_PLAIN
    if turn == 0 or turn == 2:
        if s.pinned >= 0:
            kind = TALK_PRODUCT + s.pinned
            if not sellable(s, c, s.pinned):
                kind = TALK_SOLD_OUT
        if turn == 2 and bag > 0.0:
            kind = TALK_BAG
        elif turn == 2 and packet > 0.0:
            kind = TALK_PACKET
        elif turn == 2 and s.coupon > 0.0:
            kind = TALK_COUPON
    elif turn == 1:
        if fen > 0.0:
            kind = TALK_BOUGHT
        if s.warning_tick != NEVER:
            kind = TALK_WARNING
        for e in range(c.incidents):
            begins = s.incident_start[e] - c.incident_sign[e]
            if begins <= t < s.incident_end[e] and s.incident_left[e] > 0.3:
                kind = TALK_INCIDENT + e
    slot = (t // TALK_TICKS) % TALK
    s.talk_tick[slot] = t
    # The number of comments so far gives two rooms different words at the same tick.
    s.talk_kind[slot] = kind + TALK_KINDS * int(s.chats)


def mark(s: State, c: Setting, online: float) -> None:
    """Keep the cumulative figures of the minute that just ended, for the dashboard's windows."""
    at = (s.tick // c.ticks_per_minute) % MARKS * COLUMNS
    s.marks[at] = s.arrived[0]
    s.marks[at + 1] = s.arrived[1]
    s.marks[at + 2] = s.arrived[2]
    s.marks[at + 3] = s.gmv
    s.marks[at + 4] = s.orders
    s.marks[at + 5] = s.view_min
    s.marks[at + 6] = s.chats
    s.marks[at + 7] = s.follows
    s.marks[at + 8] = s.exposures
    s.marks[at + 9] = s.clicked
    s.marks[at + 10] = s.spend
    s.marks[at + 11] = s.channel_gmv[2]
    s.marks[at + 12] = online
    s.marks[at + 13] = s.refunds
    s.marks[at + 14] = (
        s.margin - s.gifts - s.spend - s.freight_fen - s.writeoff_fen - s.service_fen - s.fixed_fen
    )
    s.marks[at + 15] = s.gifts
    for p in range(c.products):
        s.marks[at + 16 + p] = s.clicks[p]
        s.marks[at + 28 + p] = s.sold[p]


def summarise(rooms: Sequence[State], out: MutableSequence[float]) -> None:
    """Write the session's totals so far."""
    s = rooms[0]
    out[0] = s.gmv
    out[1] = s.refunds
    out[2] = s.margin
    out[3] = s.spend
    out[4] = s.channel_gmv[2]
    out[5] = s.gifts
    out[6] = s.freight_fen
    out[7] = s.writeoff_fen
    out[8] = s.strikes
    out[9] = s.closed
    out[10] = s.orders
    out[11] = s.arrived[0] + s.arrived[1] + s.arrived[2]
    out[12] = s.lost
    out[13] = s.view_min
    out[14] = s.follows
    out[15] = s.warnings
    out[16] = s.service_fen
    out[17] = s.fixed_fen
    out[18] = s.new_orders
