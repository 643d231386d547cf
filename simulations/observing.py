"""What the cockpit may show at a tick: the observation, as plain JSON-able data.

`observe(scenario, state, exam=...)` gives the changing half, `brief(scenario)` the half that
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
      "levers": {"pin": "house", "price": "candidate", "traffic": "house", "benefits": "house",
                 "pace": "house", "shelf": "house", "freight": "house"}
    }

    M = {"total": 157400 | null,        # the session so far; null where there is nothing yet
         "last_5": 161000 | null, "previous_5": 148000 | null,
         "change_ratio": 0.088 | null,  # last_5 / previous_5 - 1
         "normal": [120000, 190000] | null,
         "level": "low" | "normal" | "high" | null}     # last_5 (or total) against normal

To answer an incident, send `{"verb": "respond", "incident": id, "choice": choice_id}`; the
answer to a compliance warning has the incident id `"compliance"`.

`brief` returns::

    {"scenario_ref", "title", "level", "story", "problem", "host_name", "duration_ticks", "tick_s",
     "exam_speed": 4, "practice_speeds": [1, 2, 4, 8], "target_gmv_fen",
     "phases": [{"title": "开场", "until_s": 720}],
     "products": [{"code", "name", "role", "position", "list_price_fen", "price_floor_fen",
                   "cost_fen", "stock", "note",
                   "restock": {"max_units": 80, "lead_s": 1800} | null}],
     "budgets": {"traffic_fen", "benefit_fen"},
     "controls": {                         # every range is [least, most], both allowed
       "coupon": {"depth_fraction": [0.02, 0.3], "minutes": [2, 15], "cooldown_s": 600},
       "lucky_bag": {"prize_fen": [..], "minutes": [..], "cooldown_s": ..},
       "red_packet": {"amount_fen": [..], "cooldown_s": ..},
       "traffic": {"bid_fen": [..], "rate_fen_per_min": [0, ..]},
       "freight_cover": {"cost_per_order_fen": 300},
       "pace": ["slow", "normal", "push"]},
     "levers": ["pin", "price", "traffic", "benefits", "pace", "shelf", "freight"],
     "actions_per_tick": 4}
"""
