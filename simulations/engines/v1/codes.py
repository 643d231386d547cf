"""Numbers with a meaning in the engine: verbs, levers, paces, draws, comments, refusals, totals.

Never renumbered within an engine version: logs and snapshots hold them.
"""

PIN, UNPIN, LIST, DELIST, PRICE, COUPON, BAG, PACKET = 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0
TRAFFIC, RESTOCK, PACE, RESPOND, FREIGHT, HAND_BACK = 9.0, 10.0, 11.0, 12.0, 13.0, 14.0
HOLD, RELEASE, TRUST, CLIP, SWITCH, BREAK = 15.0, 16.0, 17.0, 18.0, 19.0, 20.0
PRESALE, STAFF, BOOST, TOP_UP = 21.0, 22.0, 23.0, 24.0
"""Verbs, numbered as in `simulations.actions.VERBS`. Floats, like everything in a log row: Numba
would compile a function anew for each constant integer that it is called with."""

ON_PIN, ON_PRICE, ON_TRAFFIC, ON_BENEFITS, ON_PACE, ON_SHELF, ON_FREIGHT = 0, 1, 2, 3, 4, 5, 6
ON_STAGE = 7

SLOW, STEADY, PUSH = 0, 1, 2

DAY_TICK = 1 << 30
"""Where the draws of the whole session live, beyond every tick."""

DAY_PUBLIC, DAY_BUYING, RISK_PHASE, INCIDENT_TIME, INCIDENT_CHANCE = 0, 1, 2, 3, 11
HIT, SKILL = 19, 20
WAVE_PUBLIC, WAVE_FANS, MARKET, ARRIVE, LEAVE, CHAT, FOLLOW, ORDER = 0, 1, 2, 3, 6, 9, 10, 11
ARRIVE_BOOSTED = 23

HOLD_MINUTES = 64
"""A hold's quantity and minutes share one number of its row: quantity x 64 + minutes."""

BY_HOST, BY_COHOST, BY_BUYER, BY_OPERATOR = 0, 1, 2, 3
"""Who carries an order out."""

OPEN, CONFIRMED, FAILED, REPLACED, DECLINED = 1, 2, 3, 4, 5
"""What became of an order; 0 is an unused place."""

HALF_A_PIECE = 0.5
"""Stock below this is sold out. In the twin stock is a flow; so the last piece goes there when it
goes in the lived room, too."""

TALK_TICKS = 2
TALK_KINDS = 64
TALK_PRODUCT, TALK_INCIDENT = 1, 20
TALK_PLAIN, TALK_BAG, TALK_PACKET, TALK_COUPON, TALK_SOLD_OUT, TALK_BOUGHT, TALK_WARNING = (
    0,
    40,
    41,
    42,
    43,
    44,
    45,
)

REFUSALS = (
    "accepted",
    "unknown_verb",
    "room_over",
    "room_closed",
    "too_many_actions",
    "unknown_product",
    "not_listed",
    "sold_out",
    "already_pinned",
    "nothing_pinned",
    "already_listed",
    "already_delisted",
    "price_out_of_range",
    "price_unchanged",
    "benefit_running",
    "benefit_cooling",
    "benefit_out_of_range",
    "benefit_budget_spent",
    "traffic_out_of_range",
    "traffic_budget_spent",
    "traffic_unchanged",
    "restock_not_offered",
    "restock_pending",
    "restock_over_limit",
    "restock_too_late",
    "pace_unchanged",
    "unknown_choice",
    "incident_not_active",
    "incident_answered",
    "no_warning",
    "freight_unchanged",
    "lever_not_held",
    "not_on_tray",
    "hold_not_offered",
    "hold_out_of_range",
    "hold_running",
    "hold_cooling",
    "hold_over_stock",
    "nothing_held",
    "trust_not_offered",
    "trust_unchanged",
    "clip_not_offered",
    "clip_pending",
    "clip_no_material",
    "clip_over_limit",
    "stage_not_offered",
    "unknown_host",
    "host_on_stage",
    "stage_busy",
    "break_out_of_range",
    "presale_not_offered",
    "presale_open",
    "staff_not_offered",
    "staff_over_limit",
    "staff_pending",
    "goal_not_offered",
    "boost_not_offered",
    "boost_cooling",
    "boost_out_of_range",
    "top_up_over_limit",
    "cash_short",
    "order_pending",
    "crew_overloaded",
)
"""Why an action is not allowed; `refusal` returns the position."""

(
    ACCEPTED,
    UNKNOWN_VERB,
    ROOM_OVER,
    ROOM_CLOSED,
    TOO_MANY_ACTIONS,
    UNKNOWN_PRODUCT,
    NOT_LISTED,
    SOLD_OUT,
    ALREADY_PINNED,
    NOTHING_PINNED,
    ALREADY_LISTED,
    ALREADY_DELISTED,
    PRICE_OUT_OF_RANGE,
    PRICE_UNCHANGED,
    BENEFIT_RUNNING,
    BENEFIT_COOLING,
    BENEFIT_OUT_OF_RANGE,
    BENEFIT_BUDGET_SPENT,
    TRAFFIC_OUT_OF_RANGE,
    TRAFFIC_BUDGET_SPENT,
    TRAFFIC_UNCHANGED,
    RESTOCK_NOT_OFFERED,
    RESTOCK_PENDING,
    RESTOCK_OVER_LIMIT,
    RESTOCK_TOO_LATE,
    PACE_UNCHANGED,
    UNKNOWN_CHOICE,
    INCIDENT_NOT_ACTIVE,
    INCIDENT_ANSWERED,
    NO_WARNING,
    FREIGHT_UNCHANGED,
    LEVER_NOT_HELD,
    NOT_ON_TRAY,
    HOLD_NOT_OFFERED,
    HOLD_OUT_OF_RANGE,
    HOLD_RUNNING,
    HOLD_COOLING,
    HOLD_OVER_STOCK,
    NOTHING_HELD,
    TRUST_NOT_OFFERED,
    TRUST_UNCHANGED,
    CLIP_NOT_OFFERED,
    CLIP_PENDING,
    CLIP_NO_MATERIAL,
    CLIP_OVER_LIMIT,
    STAGE_NOT_OFFERED,
    UNKNOWN_HOST,
    HOST_ON_STAGE,
    STAGE_BUSY,
    BREAK_OUT_OF_RANGE,
    PRESALE_NOT_OFFERED,
    PRESALE_OPEN,
    STAFF_NOT_OFFERED,
    STAFF_OVER_LIMIT,
    STAFF_PENDING,
    GOAL_NOT_OFFERED,
    BOOST_NOT_OFFERED,
    BOOST_COOLING,
    BOOST_OUT_OF_RANGE,
    TOP_UP_OVER_LIMIT,
    CASH_SHORT,
    ORDER_PENDING,
    CREW_OVERLOADED,
) = range(len(REFUSALS))


SUMMARY = (
    "gmv",
    "refunds",
    "kept_margin",
    "spend",
    "paid_gmv",
    "gifts",
    "freight",
    "writeoff",
    "strikes",
    "closed",
    "orders",
    "visitors",
    "lost_orders",
    "view_min",
    "new_fans",
    "warnings",
    "service",
    "fixed",
    "new_orders",
)
"""What `summarise` writes, in order; money in fen."""
