"""What the cockpit may show at a tick: the observation, as plain JSON-able data.

`observe(scenario, state, exam=...)` gives the changing half, `simulations.briefing` the half that
stays. Nothing here reveals heat, waves, keys, day quality or anything that has not happened.
Money is int fen; `_s` are seconds of room time (5 s a tick), not of the wall; fractions are
in [0, 1]; names and texts come from the scenario, everything else is a code.

Live figures (`now`, `tray[].stock/price`, `pitch`, `benefits`, `incidents`, `compliance`) are of
this tick. Figures under `kpi` and the `_5min` columns of the tray are refreshed at each whole
minute, as a real dashboard is: they belong to `kpi.as_of_tick`.

`observe` returns::

    {
      "scenario_ref": "f1@1", "engine_version": "1",
      "tick": 432, "duration_ticks": 1440, "tick_s": 5,
      "clock": {"elapsed_s": 2160, "left_s": 5040, "phase": 1 | null,   # index in brief.phases
                "is_over": false,          # time is up: no more actions
                "is_closed": false},       # closed by the platform for strikes
      "now": {"online": 101,
              "online_change": -6 | null,          # against 2 min before
              "gmv_fen": 512300, "orders": 66, "visitors": 2810,
              "new_fans": 61, "target_gmv_fen": 1880000},
      "kpi": {
        "as_of_tick": 432, "age_s": 0,             # 0..55
        "metrics": {                               # each M; see below
          "gpm_fen": M,                            # 千次观看成交额
          "dwell_s": M,                            # 人均停留
          "conversion_fraction": M,                # orders / visitors
          "arrivals_per_min": M, "gmv_per_min_fen": M,
          "click_fraction": M,                     # 点击商品 / 看到商品
          "deal_fraction": M,                      # orders / 点击商品
          "follow_fraction": M, "comment_per_min": M},
        "arrivals": {"fans":   {"count": 640, "per_min": 5.2 | null, "share_fraction": 0.23},
                     "public": {...}, "paid": {...}},    # per_min: last 5 minutes
        "funnel": {"minutes": 10,                  # window really covered, 0..10
                   "steps": [
                     {"code": "entered", "count": 270, "fraction": null, "normal": null,
                      "level": null},
                     {"code": "saw", "count": 190, "fraction": 0.70, "normal": [0.62, 0.78],
                      "level": "normal"},
                     {"code": "clicked", ...}, {"code": "bought", ...}]},
        "spend": {"traffic_fen": 45000, "traffic_budget_fen": 150000,
                  "attributed_gmv_fen": 101000, "roi_ratio": 2.24 | null,
                  "break_even_roi_ratio": 3.1,
                  "cost_per_visitor_fen": 50 | null},
        "estimate": {"refund_fraction": 0.45, "net_gmv_fen": 281000,   # GMV minus refunds
                     "margin_fen": 61000}},        # after refunds, gifts, traffic, freight
      "tray": [{"code": "jeans", "position": 3, "name": "高腰牛仔裤", "role": "hit",
                "price_fen": 7900, "stock": 41, "is_listed": true, "is_pinned": true,
                "is_link_broken": false, "sold": 19,
                "clicks_5min": 44, "sales_5min": 5,
                "sold_out_in_s": 2460 | null,      # at the pace of the last 5 minutes
                "restock": {"units_left": 80,      # may still be ordered; 0: not offered
                            "pending_units": 0, "arrives_in_s": null}}],
      "pitch": {"product": "jeans" | null, "elapsed_s": 125, "arrivals": 57, "clicks": 31,
                "orders": 4, "gmv_fen": 31600},    # since this product was pinned
      "benefits": {
        "coupon":     {"is_active": false, "left_s": 0, "cooldown_s": 0, "is_available": true,
                       "depth_fraction": 0.0},
        "lucky_bag":  {"is_active": true, "left_s": 140, "cooldown_s": 0, "is_available": false,
                       "prize_fen": 6000},
        "red_packet": {..., "amount_fen": 0},
        "freight_cover": {"is_on": false},
        "spent_fen": 6000, "budget_fen": 120000},
      "traffic": {"bid_fen": 60, "rate_fen_per_min": 1250, "is_on": true},
      "host": {"pace": "slow" | "normal" | "push", "is_busy": false,  # busy answering
               "energy": "fresh" | "steady" | "tired" | "spent",
               "mood": "high" | "steady" | "low",
               "energy_fraction": 0.71, "mood_fraction": 0.46},  # these two: not in exams
      "incidents": [{"id": "size-comments", "title": "…", "kind": "comments",
                     "stage": "sign" | "active" | "answered",
                     "text": "…",               # in stage sign: the first sign only
                     "sign": "…", "left_s": 840 | null,   # null while only a sign
                     "answer": null | "try-on",
                     "choices": [{"id": "try-on", "text": "…", "cost_fen": 0}]}],
      "past_incidents": [{"id": "…", "title": "…", "answer": "try-on" | null,
                          "ended_tick": 620}],
      "compliance": {"warning": null | {"id": "compliance", "text": "…", "left_s": 120,
                                        "choices": [{"id": "correct", "text": "…",
                                                     "cost_fen": 0}]},
                     "warnings": 1, "strikes": 0, "closing_strikes": 3, "throttled_s": 0},
      "comments": [{"tick": 430, "name": "…", "text": "…",
                    "tone": "ask" | "praise" | "complain" | "benefit" | "plain"}],  # old → new
      "customers": {"new_orders": 40, "repeat_orders": 26, "new_share_fraction": 0.61 | null},
      "levers": {"pin": "house", "price": "candidate", "traffic": "house", "benefits": "house",
                 "pace": "house", "shelf": "house", "freight": "house", "stage": "house"}
    }

and, only where the scenario has them (`simulations.cockpit`)::

      "crew": {"strain": "calm" | "tense" | "strained",
               "orders": [{"tick": 430, "verb": "pin", "action": {...}, "due_s": 10 | null,
                           "status": "open" | "confirmed" | "failed" | "replaced" |
                                     "declined"}]},                     # old → new, at most 8
      "hold": {"held": null | {"product", "left_s", "elapsed_s", "is_stated", "price_fen",
                               "quantity"},
               "released": null | {"product", "left_s", "price_fen", "units_left"},
               "cooldown_s": 0},
      "trust": {"instant_refund": true},
      "clips": {"cutting": null | "jeans", "due_s": null, "used": 1, "most": 4, "visits": 120},
      "stage": {"host": "lead", "is_handing_over": false, "break_left_s": 0,
                "hosts": [{"id", "name", "is_on_stage", "energy": "fresh", "voice": "clear"}]},
      "cash": {"at_hand_fen": 1200000},
      "service": {"open_questions": 40, "staff": 0, "coming": 0, "arrive_s": null},
      "boost": {"left_s": 0, "cooldown_s": 0, "is_available": true},
      "plan": {"aim": null, "hour": 0, "target_by_now_fen": null, "ahead_fen": null},
      "traffic": {..., "goal": "visits", "learning_s": 0, "budget_fen", "top_up_left_fen"},
      "tray": [{..., "is_on_tray": true, "presale": {"is_open", "units_left", "sold"}}]

    M = {"total": 157400 | null,        # the session so far; null where there is nothing yet
         "last_5": 161000 | null, "previous_5": 148000 | null,
         "change_ratio": 0.088 | null,  # last_5 / previous_5 - 1
         "normal": [120000, 190000] | null,
         "level": "low" | "normal" | "high" | null}     # last_5 (or total) against normal

To answer an incident, send `{"verb": "respond", "incident": id, "choice": choice_id}`; the
answer to a compliance warning has the incident id `"compliance"`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from simulations.actions import COMPLIANCE_ID, LEVERS, PACES
from simulations.briefing import brief
from simulations.cockpit import (
    ENERGY_WORDS,
    customers,
    extras,
    left_s,
    presale_of,
    traffic_extras,
    word,
)
from simulations.commentary import comments
from simulations.dashboard import board
from simulations.engines.v1.layout import NEVER, State
from simulations.levers import ticks_of
from simulations.merchants import Choice, WarningChoice
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario
from simulations.series import CLICKS_AT, MARK_NAMES, SOLD_AT, marks_at
from simulations.states import RoomState, setting_for

__all__ = ["brief", "observe"]

Json = dict[str, Any]

ONLINE_AT = MARK_NAMES.index("online")

SALES_MIN = 5
"""Window of the tray's clicks and sales, minutes."""

ONLINE_BACK_MIN = 2

MOOD_WORDS = ((0.65, "high"), (0.4, "steady"), (0.0, "low"))
"""Least value of each word; in exams the host is seen in words only."""


_LEVERS = [(lever.value, lever.number) for lever in LEVERS]


def observe(scenario: Scenario, state: RoomState, *, exam: bool) -> Json:
    """Return what the cockpit may show at this tick; the shape is in the module's docstring.

    Args:
        scenario: The scenario of the state.
        state: The room.
        exam: Whether the sitting counts: then the host is described in words, without numbers.
    """
    s = state.numbers
    return {
        "scenario_ref": scenario.ref,
        "engine_version": scenario.engine,
        "tick": s.tick,
        "duration_ticks": scenario.duration_ticks,
        "tick_s": TICK_S,
        "clock": _clock(scenario, s),
        "now": _now(scenario, s),
        "kpi": board(scenario, s),
        "tray": _tray(scenario, s),
        "pitch": _pitch(scenario, s),
        "benefits": _benefits(scenario, s),
        "traffic": {
            "bid_fen": round(s.bid),
            "rate_fen_per_min": round(s.rate),
            "is_on": s.bid > 0.0 and s.rate > 0.0 and s.spend < s.traffic_budget,
            **traffic_extras(scenario, s),
        },
        "host": _host(s, exam),
        "incidents": _incidents(scenario, s),
        "past_incidents": _past_incidents(scenario, s),
        "compliance": _compliance(scenario, s),
        "comments": comments(scenario, s),
        "customers": customers(s),
        "levers": {
            name: "candidate" if s.owner[number] > 0.0 else "house" for name, number in _LEVERS
        },
        **extras(scenario, s),
    }


def _clock(scenario: Scenario, s: State) -> Json:
    minute = s.tick / TICKS_PER_MINUTE
    phase = next((i for i, one in enumerate(scenario.phases) if minute < one.until_min), None)
    return {
        "elapsed_s": s.tick * TICK_S,
        "left_s": left_s(scenario.duration_ticks, s),
        "phase": phase,
        "is_over": s.tick >= scenario.duration_ticks,
        "is_closed": s.closed > 0.0,
    }


def _now(scenario: Scenario, s: State) -> Json:
    minute = s.tick // TICKS_PER_MINUTE
    online = round(sum(s.viewers))
    change = None
    if minute >= ONLINE_BACK_MIN:
        before = marks_at(s.marks, minute - ONLINE_BACK_MIN)
        change = online - round(before[ONLINE_AT])
    return {
        "online": online,
        "online_change": change,
        "gmv_fen": round(s.gmv),
        "orders": round(s.orders),
        "visitors": round(sum(s.arrived)),
        "new_fans": round(s.follows),
        "target_gmv_fen": scenario.target_gmv_fen,
    }


def _tray(scenario: Scenario, s: State) -> list[Json]:
    minute = s.tick // TICKS_PER_MINUTE
    now, before = marks_at(s.marks, minute), marks_at(s.marks, max(0, minute - SALES_MIN))
    window_s = min(minute, SALES_MIN) * 60
    return [
        _product(scenario, s, p, now, before, window_s, fixed, most)
        for p, (fixed, most) in enumerate(_fixed_products(scenario))
    ]


@lru_cache(maxsize=512)
def _fixed_products(scenario: Scenario) -> list[tuple[Json, int]]:
    """Return what never changes of each product, and how many units may be reordered."""
    return [
        (
            {"code": one.code, "position": place, "name": one.name, "role": one.role},
            one.restock.max_units if one.restock is not None else 0,
        )
        for place, one in enumerate(scenario.products, 1)
    ]


def _product(
    scenario: Scenario,
    s: State,
    p: int,
    now: Sequence[float],
    before: Sequence[float],
    window_s: int,
    fixed: Json,
    most: int,
) -> Json:
    """Return a line of the tray; `now` and `before` are the marks at the window's ends."""
    sales = now[SOLD_AT + p] - before[SOLD_AT + p]
    stock = round(s.stock[p])
    pending = round(s.restock_units[p])
    return {
        **fixed,
        "price_fen": round(s.price[p]),
        "stock": stock,
        "is_listed": s.listed[p] > 0.0,
        "is_pinned": s.pinned == p,
        "is_link_broken": s.broken == p,
        "sold": round(s.sold[p]),
        "clicks_5min": round(now[CLICKS_AT + p] - before[CLICKS_AT + p]),
        "sales_5min": round(sales),
        "sold_out_in_s": round(stock / sales * window_s) if stock and sales > 0.0 else None,
        "restock": {
            "units_left": max(0, most - round(s.restocked[p])),
            "pending_units": pending,
            "arrives_in_s": left_s(s.restock_tick[p], s) if pending else None,
        },
        **_offered(scenario, s, p),
    }


_NOTHING_MORE: Json = {}


def _offered(scenario: Scenario, s: State, p: int) -> Json:
    """Return what only some products and rooms have: a pre-sale, a place off the tray."""
    product, planning = scenario.products[p], scenario.planning
    if product.presale is None and planning is None:
        return _NOTHING_MORE
    more: Json = {}
    if (presale := presale_of(scenario, s, p)) is not None:
        more["presale"] = presale
    if planning is not None:
        more["is_on_tray"] = setting_for(scenario).on_tray[p] > 0.0
    return more


def _pitch(scenario: Scenario, s: State) -> Json:
    p = s.pinned
    return {
        "product": scenario.products[p].code if p >= 0 else None,
        "elapsed_s": (s.tick - s.pinned_tick) * TICK_S,
        "arrivals": round(sum(s.arrived) - s.pinned_arrived),
        "clicks": round(s.clicks[p] - s.pinned_clicks) if p >= 0 else 0,
        "orders": round(s.sold[p] - s.pinned_sold) if p >= 0 else 0,
        "gmv_fen": round(s.pinned_fen),
    }


def _benefits(scenario: Scenario, s: State) -> Json:
    rules = scenario.benefits
    budget_fen = scenario.budget.benefit_fen
    is_open = s.closed == 0.0 and s.tick < scenario.duration_ticks
    left_fen = budget_fen - s.gifts

    def lever(end: int, free: int, least_fen: float) -> Json:
        is_active = s.tick < end
        return {
            "is_active": is_active,
            "left_s": left_s(end, s),
            "cooldown_s": 0 if is_active else left_s(free, s),
            "is_available": is_open and s.tick >= max(end, free) and left_fen >= least_fen,
        }

    coupon = lever(s.coupon_end, s.coupon_free, 0.0)
    bag = lever(s.bag_end, s.bag_free, rules.lucky_bag.least_fen)
    packet = lever(s.packet_end, s.packet_free, rules.red_packet.least_fen)
    return {
        "coupon": {**coupon, "depth_fraction": s.coupon if coupon["is_active"] else 0.0},
        "lucky_bag": {**bag, "prize_fen": round(s.bag_fen) if bag["is_active"] else 0},
        "red_packet": {**packet, "amount_fen": round(s.packet_fen) if packet["is_active"] else 0},
        "freight_cover": {"is_on": s.freight > 0.0},
        "spent_fen": round(s.gifts),
        "budget_fen": budget_fen,
    }


def _host(s: State, exam: bool) -> Json:
    host: Json = {
        "pace": PACES[s.pace].value,
        "is_busy": s.tick < s.busy_end,
        "energy": word(s.energy, ENERGY_WORDS),
        "mood": word(s.mood, MOOD_WORDS),
    }
    if not exam:
        host["energy_fraction"] = round(s.energy, 2)
        host["mood_fraction"] = round(s.mood, 2)
    return host


def _choices(choices: tuple[Choice, ...] | tuple[WarningChoice, ...]) -> list[Json]:
    return [
        {"id": one.id, "text": one.text, "cost_fen": getattr(one, "cost_fen", 0)} for one in choices
    ]


def _incidents(scenario: Scenario, s: State) -> list[Json]:
    """Return the incidents that can be seen now, from their first sign on."""
    seen = []
    for e, one in enumerate(scenario.incidents):
        start, end = s.incident_start[e], s.incident_end[e]
        if not start - ticks_of(one.sign_min) <= s.tick < end:
            continue
        answer = s.incident_answer[e]
        is_sign = s.tick < start
        stage = "answered" if answer >= 0 else "sign" if is_sign else "active"
        seen.append(
            {
                "id": one.id,
                "title": one.title,
                "kind": one.kind,
                "stage": stage,
                "text": one.sign if is_sign else one.text,
                "sign": one.sign,
                "left_s": None if is_sign else left_s(end, s),
                "answer": one.choices[answer].id if answer >= 0 else None,
                "choices": _choices(one.choices),
            }
        )
    return seen


def _past_incidents(scenario: Scenario, s: State) -> list[Json]:
    past = []
    for e, one in enumerate(scenario.incidents):
        end, answer = s.incident_end[e], s.incident_answer[e]
        if end <= s.tick:
            past.append(
                {
                    "id": one.id,
                    "title": one.title,
                    "answer": one.choices[answer].id if answer >= 0 else None,
                    "ended_tick": end,
                }
            )
    return past


def _compliance(scenario: Scenario, s: State) -> Json:
    rules = scenario.compliance
    warning = None
    if s.warning_tick != NEVER:
        text = rules.warning_texts[(round(s.warnings) - 1) % len(rules.warning_texts)]
        warning = {
            "id": COMPLIANCE_ID,
            "text": text,
            "left_s": left_s(s.warning_tick + ticks_of(rules.answer_min), s),
            "choices": _choices(rules.choices),
        }
    return {
        "warning": warning,
        "warnings": round(s.warnings),
        "strikes": round(s.strikes),
        "closing_strikes": rules.closing_strikes,
        "throttled_s": left_s(s.throttle_end, s),
    }
