"""From a scenario to the numbers that the engine reads."""

from collections.abc import Sequence

from simulations.engines.v1.layout import CHOICES, CLASSES, MINUTES, Setting
from simulations.merchants import CurvePoint, Incident
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario


def ticks_of(minutes: float) -> int:
    """Return minutes as whole ticks, rounded half up."""
    return int(minutes * TICKS_PER_MINUTE + 0.5)


def setting_of(scenario: Scenario) -> Setting:
    """Return the scenario as the engine's table of numbers.

    Minutes become ticks, percent never occurs, money stays in fen.
    """
    s = Setting()
    s.dt = TICK_S / 60.0
    s.ticks = scenario.duration_ticks
    s.ticks_per_minute = TICKS_PER_MINUTE
    _set_products(s, scenario)
    _set_audience(s, scenario)
    _set_market(s, scenario)
    _set_benefits(s, scenario)
    _set_rules(s, scenario)
    s.incidents = len(scenario.incidents)
    for e, incident in enumerate(scenario.incidents):
        _set_incident(s, e, incident)
    return s


def _set_products(s: Setting, scenario: Scenario) -> None:
    s.products = len(scenario.products)
    for p, product in enumerate(scenario.products):
        s.list_fen[p] = float(product.list_price_fen)
        s.cost_fen[p] = float(product.cost_fen)
        s.stock[p] = float(product.stock)
        s.refund[p] = product.refund_fraction
        s.risk[p] = product.risk
        s.stay[p] = product.stay_ratio
        s.deal[p] = product.deal_fraction
        s.appeal[p * CLASSES : (p + 1) * CLASSES] = product.appeal.numbers
        if product.restock is not None:
            s.restock_most[p] = float(product.restock.max_units)
            s.restock_lead[p] = ticks_of(product.restock.lead_min)


def _set_audience(s: Setting, scenario: Scenario) -> None:
    audience, platform = scenario.audience, scenario.platform
    s.elasticity = list(audience.elasticity.numbers)
    s.leave = list(audience.leave_per_min.numbers)
    s.looks = list(audience.looks_per_min.numbers)
    s.chat = list(audience.comments_per_min.numbers)
    s.exposures = audience.exposures_per_look
    s.side = audience.side_attention
    s.fans_per_min = audience.fans_per_min
    s.public_per_min = audience.public_per_min
    s.fans_curve = _curve(audience.fans_curve)
    s.public_curve = _curve(audience.public_curve)
    s.followers = float(audience.followers)
    s.follow = audience.follow_per_min
    s.follow_weight = audience.follow_weight
    s.wave_fans_sd = audience.fans_wave_sd
    s.wave_public_sd = audience.public_wave_sd
    s.day_public_sd = audience.day_public_sd
    s.day_buying_sd = audience.day_buying_sd
    s.gpm_normal = float(platform.gpm_fen)
    s.dwell_normal = platform.stay_min
    s.chat_normal = platform.comments_per_view_min


def _curve(points: Sequence[CurvePoint]) -> list[float]:
    """Return the curve's value in each minute, straight between its points."""
    values = []
    for minute in range(MINUTES):
        before = [point for point in points if point.minute <= minute]
        after = [point for point in points if point.minute > minute]
        if not before:
            values.append(after[0].factor)
        elif not after:
            values.append(before[-1].factor)
        else:
            a, b = before[-1], after[0]
            share = (minute - a.minute) / (b.minute - a.minute)
            values.append(a.factor + share * (b.factor - a.factor))
    return values


def _set_market(s: Setting, scenario: Scenario) -> None:
    market = scenario.market
    s.market_bid = float(market.bid_fen)
    s.market_visitors = market.visitors_per_min
    s.market_pool = float(market.pool)
    s.traffic_budget = float(market.budget_fen)
    s.traffic_bid_least = float(market.bid_least_fen)
    s.traffic_bid_most = float(market.bid_most_fen)
    s.traffic_rate_most = float(market.rate_most_fen_per_min)
    s.house_rotate = ticks_of(scenario.house.rotate_min)
    s.house_bid = float(scenario.house.traffic_bid_fen)
    s.house_rate = float(scenario.house.traffic_rate_fen_per_min)


def _set_benefits(s: Setting, scenario: Scenario) -> None:
    rules = scenario.benefits
    s.coupon_depth_least = rules.coupon.depth_least_fraction
    s.coupon_depth_most = rules.coupon.depth_most_fraction
    s.coupon_ticks_most = ticks_of(rules.coupon.most_min)
    s.coupon_pause = ticks_of(rules.coupon.pause_min)
    s.bag_least = float(rules.lucky_bag.least_fen)
    s.bag_most = float(rules.lucky_bag.most_fen)
    s.bag_half = float(rules.lucky_bag.half_fen)
    s.bag_ticks_most = ticks_of(rules.lucky_bag.most_min)
    s.bag_pause = ticks_of(rules.lucky_bag.pause_min)
    s.packet_least = float(rules.red_packet.least_fen)
    s.packet_most = float(rules.red_packet.most_fen)
    s.packet_half = float(rules.red_packet.half_fen)
    s.packet_ticks = ticks_of(rules.red_packet.lasts_min)
    s.packet_pause = ticks_of(rules.red_packet.pause_min)
    s.benefit_budget = float(rules.budget_fen)
    s.freight_conversion = rules.freight_cover.conversion_ratio
    s.freight_cost = float(rules.freight_cover.cost_fen)
    s.freight_refund = rules.freight_cover.refund_fraction


def _set_rules(s: Setting, scenario: Scenario) -> None:
    rules, host = scenario.compliance, scenario.host
    s.price_least = scenario.price_floor_fraction
    s.reverse_freight = float(scenario.reverse_freight_fen)
    s.writeoff = scenario.writeoff_fraction
    s.actions_per_tick = scenario.actions_per_tick
    s.risk_rate = rules.warnings_per_min
    s.answer_ticks = ticks_of(rules.answer_min)
    s.throttle_ticks = ticks_of(rules.throttle_min)
    s.throttle_share = rules.throttle_share
    s.closing_strikes = rules.closing_strikes
    s.warning_choices = len(rules.choices)
    for j, choice in enumerate(rules.choices):
        s.warning_clears[j] = float(choice.clears)
        s.warning_busy[j] = ticks_of(choice.busy_min)
    s.energy_per_min = [
        host.energy_slow_per_min,
        host.energy_normal_per_min,
        host.energy_push_per_min,
    ]


def _set_incident(s: Setting, e: int, incident: Incident) -> None:
    effects = incident.effects
    s.incident_from[e] = ticks_of(incident.from_min)
    s.incident_until[e] = ticks_of(incident.until_min)
    s.incident_chance[e] = incident.chance_fraction
    s.incident_ticks[e] = ticks_of(incident.lasts_min)
    s.incident_sign[e] = ticks_of(incident.sign_min)
    s.incident_fans[e] = effects.fans_ratio
    s.incident_public[e] = effects.public_ratio
    s.incident_paid[e] = effects.paid_ratio
    s.incident_buying[e] = effects.buying_ratio
    s.incident_leave[e] = effects.leave_ratio
    s.incident_refund[e] = effects.refund_fraction
    s.incident_breaks_link[e] = float(effects.breaks_link)
    s.incident_sours[e] = float(effects.sours_host)
    s.choice_count[e] = len(incident.choices)
    for j, choice in enumerate(incident.choices):
        i = e * CHOICES + j
        s.choice_remains[i] = choice.remaining_fraction
        s.choice_busy[i] = ticks_of(choice.busy_min)
        s.choice_cost[i] = float(choice.cost_fen)
        s.choice_risk[i] = choice.risk
        s.choice_freight[i] = float(choice.opens_freight_cover)
