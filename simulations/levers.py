"""The numbers of the mechanisms that a scenario may leave out; left out they are neutral."""

from simulations.engines.v1.layout import GOALS, PACES, PRODUCTS, TRUSTS, Setting
from simulations.merchants import Host
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario
from simulations.verbs import TrafficGoal

NEVER_ENDING = 1e9
"""Minutes: a time constant that changes nothing within a session."""

VOICE_OF_PACE = (0.5, 1.0, 2.0)
"""Voice lost at slow, normal and push, against normal."""


def ticks_of(minutes: float) -> int:
    """Return minutes as whole ticks, rounded half up."""
    return int(minutes * TICKS_PER_MINUTE + 0.5)


def set_levers(s: Setting, scenario: Scenario) -> None:
    """Set everything that `simulations.mechanisms` describes."""
    s.hosts = len(scenario.hosts)
    for h, host in enumerate(scenario.hosts):
        _set_host(s, h, host, scenario)
    _set_stage(s, scenario)
    _set_crew(s, scenario)
    _set_hold(s, scenario)
    _set_promises(s, scenario)
    _set_goods(s, scenario)
    _set_buying(s, scenario)
    _set_service(s, scenario)


def _set_host(s: Setting, h: int, host: Host, scenario: Scenario) -> None:
    energies = (host.energy_slow_per_min, host.energy_normal_per_min, host.energy_push_per_min)
    for pace in range(PACES):
        s.host_energy[h * PACES + pace] = energies[pace]
        s.host_voice[h * PACES + pace] = host.voice_per_min * VOICE_OF_PACE[pace]
    s.host_rest[h] = host.energy_rest_per_min
    s.host_voice_rest[h] = host.voice_rest_per_min
    s.host_stay[h] = host.stay_ratio
    s.host_skill_sd[h] = host.skill_sd
    for p, product in enumerate(scenario.products):
        s.host_talent[h * PRODUCTS + p] = getattr(host.talent, product.role)


def _set_stage(s: Setting, scenario: Scenario) -> None:
    stage = scenario.stage
    s.switch_ratio = s.break_ratio = s.break_leave = 1.0
    s.house_host_rotate = ticks_of(scenario.house.host_rotate_min)
    if stage is not None:
        s.switch_ticks = ticks_of(stage.switch_min)
        s.switch_ratio = stage.switch_ratio
        s.break_ticks_most = ticks_of(stage.break_most_min)
        s.break_ratio = stage.break_ratio
        s.break_leave = stage.break_leave_ratio


def _set_crew(s: Setting, scenario: Scenario) -> None:
    crew = scenario.crew
    s.crew_recover = s.crew_decline = NEVER_ENDING
    if crew is not None:
        s.crew = 1.0
        lags = (crew.host_lag_s, crew.cohost_lag_s, crew.buyer_lag_s)
        s.crew_lag = [-(-lag // TICK_S) for lag in lags]
        s.crew_order = crew.order_strain
        s.crew_contradiction = crew.contradiction_strain
        s.crew_recover = crew.recover_min
        s.crew_decline = crew.decline_strain
        s.crew_heart = crew.heart_fraction


def _set_hold(s: Setting, scenario: Scenario) -> None:
    rule = scenario.holds
    s.hold_stay = s.hold_burst = s.hold_bored = 1.0
    s.hold_build = 1
    if rule is not None:
        s.hold_ticks_most = ticks_of(rule.most_min)
        s.hold_stay = rule.stay_ratio
        s.hold_build = max(1, ticks_of(rule.build_min))
        s.hold_burst = rule.burst_ratio
        s.hold_burst_ticks = ticks_of(rule.burst_min)
        s.hold_bored_ticks = ticks_of(rule.bored_min)
        s.hold_bored = rule.bored_ratio
        s.hold_risk = rule.vague_risk
        s.hold_pause = ticks_of(rule.pause_min)


def _set_promises(s: Setting, scenario: Scenario) -> None:
    s.trusts = len(scenario.trust)
    s.trust_conversion = [1.0] * TRUSTS
    s.trust_ticket = [1.0] * TRUSTS
    for j, lever in enumerate(scenario.trust):
        s.trust_conversion[j] = lever.conversion_ratio
        s.trust_cost[j] = float(lever.cost_fen)
        s.trust_refund[j] = lever.refund_fraction
        s.trust_ticket[j] = lever.ticket_ratio


def _set_goods(s: Setting, scenario: Scenario) -> None:
    clips, hit = scenario.clips, scenario.hidden_hit
    s.clip_tau = NEVER_ENDING
    s.clip_half = 1.0
    if clips is not None:
        s.clip_most = float(clips.most)
        s.clip_lag = ticks_of(clips.lag_min)
        # An exponential fade that has lost 95 % at the stated time.
        s.clip_tau = clips.lasts_min / 3.0
        s.clip_visitors = clips.visitors_per_min
        s.clip_half = clips.half_appeal
        s.clip_cost = float(clips.cost_fen)
        s.clip_pitch = ticks_of(clips.pitch_min)
    s.hit_factor = 1.0
    if hit is not None:
        s.hits = len(hit.products)
        s.hit_factor = hit.factor
        for place, code in enumerate(hit.products):
            s.hit_product[place] = scenario.product_index(code)
    for p, product in enumerate(scenario.products):
        presale = product.presale
        if presale is not None:
            s.presale_units[p] = float(presale.units)
            s.presale_days[p] = float(presale.real_days)
            s.presale_conversion[p] = presale.conversion_ratio
            s.presale_refund[p] = presale.refund_fraction
            s.presale_late[p] = presale.late_refund_fraction
            s.presale_risk[p] = presale.vague_risk


def _set_buying(s: Setting, scenario: Scenario) -> None:
    market, boost, goals = scenario.market, scenario.market.boost, scenario.market.goals
    s.top_up_most = float(market.top_up_most_fen)
    s.goal_cost = [1.0] * GOALS
    s.goal_volume = [1.0] * GOALS
    s.goal_intent = [1.0] * GOALS
    s.goal_follow = [1.0] * GOALS
    s.learn_volume = s.learn_cost = 1.0
    if boost is not None:
        s.boost_visitor = float(boost.visitor_fen)
        s.boost_least = float(boost.least_fen)
        s.boost_most = float(boost.most_fen)
        s.boost_ticks = max(1, ticks_of(boost.lasts_min))
        s.boost_intent = boost.intent_ratio
        s.boost_follow = boost.follow_ratio
        s.boost_pause = ticks_of(boost.pause_min)
    if goals is not None:
        s.goals = GOALS
        for j, goal in enumerate((goals.visits, goals.followers, goals.orders, goals.roi)):
            s.goal_cost[j] = goal.cost_ratio
            s.goal_volume[j] = goal.volume_ratio
            s.goal_intent[j] = goal.intent_ratio
            s.goal_follow[j] = goal.follow_ratio
        s.learn_ticks = ticks_of(goals.learning_min)
        s.learn_volume = goals.learning_volume_ratio
        s.learn_cost = goals.learning_cost_ratio
        s.bid_step = goals.bid_step_fraction
        s.house_goal = TrafficGoal(goals.house).number


def _set_service(s: Setting, scenario: Scenario) -> None:
    cash, service = scenario.cash, scenario.service
    if cash is not None:
        s.cash = 1.0
        s.cash_settled = cash.settled_fraction
    s.service_half = 1.0
    if service is not None:
        s.service = 1.0
        s.service_rate = service.tickets_per_min
        s.service_order = service.tickets_per_order
        s.service_comment = service.tickets_per_comment
        s.service_half = service.half
        s.service_loss = service.loss_fraction
        s.service_refund = service.refund_fraction
        if service.staff is not None:
            s.staff_most = float(service.staff.most)
            s.staff_rate = service.staff.tickets_per_min
            s.staff_cost = float(service.staff.cost_fen)
            s.staff_lead = ticks_of(service.staff.lead_min)
