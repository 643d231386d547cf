"""From a scenario to the numbers that the engine reads."""

from collections.abc import Sequence

from simulations.engines.v1.layout import CHOICES, CLASSES, MINUTES, Setting
from simulations.levers import set_levers, ticks_of
from simulations.merchants import CurvePoint, Incident
from simulations.plans import InForce, in_force
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario

PREHEAT_MIN = 30
"""Minutes in which teaser videos work fully; half of it is left afterwards."""


def setting_of(scenario: Scenario) -> Setting:
    """Return the scenario as the engine's table of numbers, its plan and opening included.

    Minutes become ticks, percent never occurs, money stays in fen.
    """
    planned = in_force(scenario)
    s = Setting()
    s.dt = TICK_S / 60.0
    s.ticks = scenario.duration_ticks
    s.ticks_per_minute = TICKS_PER_MINUTE
    _set_products(s, scenario)
    _set_audience(s, scenario, planned)
    _set_market(s, scenario)
    _set_benefits(s, scenario)
    _set_rules(s, scenario)
    set_levers(s, scenario)
    _set_plan(s, scenario, planned)
    _set_opening(s, scenario)
    s.incidents = len(scenario.incidents)
    for e, incident in enumerate(scenario.incidents):
        _set_incident(s, e, incident, scenario)
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


def _set_plan(s: Setting, scenario: Scenario, planned: InForce) -> None:
    """Set what was decided before minute 0."""
    s.tray = len(planned.tray)
    for place, code in enumerate(planned.tray):
        p = scenario.product_index(code)
        s.order[place] = p
        s.on_tray[p] = 1.0
    for order in planned.stock:
        s.stock[scenario.product_index(order.product)] += float(order.units)
    s.traffic_budget = float(planned.traffic_budget_fen)
    s.benefit_budget = float(planned.benefit_budget_fen)
    s.freight_open = float("freight_cover" in planned.trust)
    for j, lever in enumerate(scenario.trust):
        s.trust_open[j] = float(lever.id in planned.trust)
    s.buying = planned.grade.buying_ratio
    s.energy_start = planned.grade.energy_start
    s.fixed_fen = float(planned.cost_fen)
    s.stocked_fen = float(planned.stock_fen)


def _set_opening(s: Setting, scenario: Scenario) -> None:
    """Set what earlier sessions left, or the scenario's own start."""
    opening = scenario.opening
    s.mood_start = 0.55
    s.followers_start = s.followers
    if scenario.cash is not None:
        s.cash_start = float(scenario.cash.start_fen)
    if opening is None:
        return
    for order in opening.stock or ():
        s.stock[scenario.product_index(order.product)] = float(order.units)
    for code in opening.gone:
        s.stock[scenario.product_index(code)] = 0.0
    s.fans_per_min = s.fans_per_min * opening.fans_ratio
    if opening.followers is not None:
        s.followers_start = float(opening.followers)
    if opening.cash_fen is not None:
        s.cash_start = float(opening.cash_fen)
    if opening.mood is not None:
        s.mood_start = opening.mood
    if opening.strain is not None:
        s.strain_start = opening.strain


def _set_audience(s: Setting, scenario: Scenario, planned: InForce) -> None:
    audience, platform = scenario.audience, scenario.platform
    s.elasticity = list(audience.elasticity.numbers)
    s.leave = list(audience.leave_per_min.numbers)
    s.looks = list(audience.looks_per_min.numbers)
    s.chat = list(audience.comments_per_min.numbers)
    s.exposures = audience.exposures_per_look
    s.side = audience.side_attention
    s.fans_per_min = audience.fans_per_min * planned.grade.fans_ratio
    s.public_per_min = audience.public_per_min * planned.grade.public_ratio
    warmth = _preheat(scenario, planned)
    s.fans_curve = [x * y for x, y in zip(_curve(audience.fans_curve), warmth, strict=True)]
    s.public_curve = [x * y for x, y in zip(_curve(audience.public_curve), warmth, strict=True)]
    s.new_share = list(audience.new_share.numbers)
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


def _preheat(scenario: Scenario, planned: InForce) -> list[float]:
    """Return what teaser videos do to arrivals in each minute."""
    planning = scenario.planning
    if planning is None or planning.preheat is None or planned.preheat_videos == 0:
        return [1.0] * MINUTES
    gain = planned.preheat_videos * planning.preheat.entries_ratio
    return [1.0 + gain * (1.0 if minute < PREHEAT_MIN else 0.5) for minute in range(MINUTES)]


def _set_market(s: Setting, scenario: Scenario) -> None:
    market = scenario.market
    s.market_bid = float(market.bid_fen)
    s.market_visitors = market.visitors_per_min
    s.market_pool = float(market.pool)
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
    s.freight_conversion = rules.freight_cover.conversion_ratio
    s.freight_cost = float(rules.freight_cover.cost_fen)
    s.freight_refund = rules.freight_cover.refund_fraction


def _set_rules(s: Setting, scenario: Scenario) -> None:
    rules = scenario.compliance
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


def _set_incident(s: Setting, e: int, incident: Incident, scenario: Scenario) -> None:
    effects = incident.effects
    s.incident_from[e] = ticks_of(incident.from_min)
    s.incident_until[e] = ticks_of(incident.until_min)
    s.incident_chance[e] = incident.chance_fraction
    for card in scenario.cards or ():
        if card.incident == incident.id:
            # A window without width, and certain: the engine needs to know nothing of cards.
            s.incident_from[e] = s.incident_until[e] = card.tick
            s.incident_chance[e] = 1.0
    s.incident_ticks[e] = ticks_of(incident.lasts_min)
    s.incident_sign[e] = ticks_of(incident.sign_min)
    s.incident_fans[e] = effects.fans_ratio
    s.incident_public[e] = effects.public_ratio
    s.incident_paid[e] = effects.paid_ratio
    s.incident_buying[e] = effects.buying_ratio
    s.incident_leave[e] = effects.leave_ratio
    s.incident_refund[e] = effects.refund_fraction
    s.incident_tickets[e] = effects.tickets_per_min
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
        if choice.switches_host is not None:
            s.choice_host[i] = scenario.host_index(choice.switches_host) + 1
