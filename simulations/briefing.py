"""What the cockpit shows that does not change during a session.

`brief(scenario)` returns::

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

where the scenario has them also `hosts`, `tests` (codes of the items to be tested), `planning`,
`plan` (what is in force) and `aims`; `controls` lists only what is offered
(`simulations.controls`).
"""

from typing import Any

from simulations.cockpit import fixed_extras, levers_of
from simulations.scenarios import TICK_S, Scenario
from simulations.states import setting_for

Json = dict[str, Any]


def brief(scenario: Scenario) -> Json:
    """Return what does not change during a session; the shape is in the module's docstring."""
    stock = setting_for(scenario).stock
    return {
        "scenario_ref": scenario.ref,
        "title": scenario.title,
        "level": scenario.level,
        "story": scenario.story,
        "problem": scenario.problem,
        "host_name": scenario.host.name,
        "duration_ticks": scenario.duration_ticks,
        "tick_s": TICK_S,
        "exam_speed": scenario.speed.exam,
        "practice_speeds": list(scenario.speed.practice),
        "target_gmv_fen": scenario.target_gmv_fen,
        "phases": [
            {"title": one.title, "until_s": round(one.until_min * 60)} for one in scenario.phases
        ],
        "products": [
            {
                "code": one.code,
                "name": one.name,
                "role": one.role,
                "position": position,
                "list_price_fen": one.list_price_fen,
                "price_floor_fen": int(scenario.price_floor_fraction * one.list_price_fen),
                "cost_fen": one.cost_fen,
                "stock": round(stock[position - 1]),
                "note": one.note,
                "restock": None
                if one.restock is None
                else {
                    "max_units": one.restock.max_units,
                    "lead_s": round(one.restock.lead_min * 60),
                },
            }
            for position, one in enumerate(scenario.products, start=1)
        ],
        "budgets": {
            "traffic_fen": scenario.budget.traffic_fen,
            "benefit_fen": scenario.budget.benefit_fen,
        },
        "controls": scenario.limits,
        "levers": [lever.value for lever in levers_of(scenario)],
        **fixed_extras(scenario),
        "actions_per_tick": scenario.actions_per_tick,
    }
