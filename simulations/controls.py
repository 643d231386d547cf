"""The ranges of the cockpit's controls, as data for the page; both ends of a range are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulations.verbs import GOALS, PACES

if TYPE_CHECKING:
    from simulations.scenarios import Scenario


def control_limits(scenario: Scenario) -> dict[str, Any]:
    """Return the ranges; what the scenario does not offer has no key."""
    coupon, bag = scenario.benefits.coupon, scenario.benefits.lucky_bag
    packet, market = scenario.benefits.red_packet, scenario.market
    return {
        "coupon": {
            "depth_fraction": [coupon.depth_least_fraction, coupon.depth_most_fraction],
            "minutes": [1, coupon.most_min],
            "cooldown_s": round(coupon.pause_min * 60),
        },
        "lucky_bag": {
            "prize_fen": [bag.least_fen, bag.most_fen],
            "minutes": [1, bag.most_min],
            "cooldown_s": round(bag.pause_min * 60),
        },
        "red_packet": {
            "amount_fen": [packet.least_fen, packet.most_fen],
            "cooldown_s": round(packet.pause_min * 60),
        },
        "traffic": {
            "bid_fen": [market.bid_least_fen, market.bid_most_fen],
            "rate_fen_per_min": [0, market.rate_most_fen_per_min],
        },
        "freight_cover": {"cost_per_order_fen": scenario.benefits.freight_cover.cost_fen},
        "pace": [pace.value for pace in PACES],
        **_offered(scenario),
    }


def _offered(scenario: Scenario) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    market, stage, service = scenario.market, scenario.stage, scenario.service
    if scenario.holds is not None:
        limits["hold"] = {
            "minutes": [1, scenario.holds.most_min],
            "cooldown_s": round(scenario.holds.pause_min * 60),
        }
    if scenario.trust:
        limits["trust"] = {one.id: {"cost_per_order_fen": one.cost_fen} for one in scenario.trust}
    if scenario.clips is not None:
        limits["clip"] = {
            "cost_fen": scenario.clips.cost_fen,
            "most": scenario.clips.most,
            "lead_s": round(scenario.clips.lag_min * 60),
            "pitch_s": round(scenario.clips.pitch_min * 60),
        }
    if stage is not None:
        limits["break"] = {"minutes": [1, stage.break_most_min]}
        limits["switch_host"] = {"handover_s": round(stage.switch_min * 60)}
    presales = {
        one.code: {"units": one.presale.units, "real_days": one.presale.real_days}
        for one in scenario.products
        if one.presale is not None
    }
    if presales:
        limits["presale"] = presales
    if service is not None and service.staff is not None:
        limits["staff"] = {
            "count": [1, service.staff.most],
            "cost_fen": service.staff.cost_fen,
            "lead_s": round(service.staff.lead_min * 60),
        }
    if market.boost is not None:
        limits["boost"] = {
            "amount_fen": [market.boost.least_fen, market.boost.most_fen],
            "visitor_fen": market.boost.visitor_fen,
            "cooldown_s": round(market.boost.pause_min * 60),
        }
    if market.goals is not None:
        limits["traffic_goals"] = [goal.value for goal in GOALS]
    if market.top_up_most_fen > 0:
        limits["top_up"] = {"amount_fen": [100, market.top_up_most_fen]}
    return limits
