"""A scenario as the engine reads it: fixed numbers of one room."""

from simulations.engines.v1.shapes import (
    PerChoice,
    PerChoiceTick,
    PerClass,
    PerGoal,
    PerHost,
    PerHostPace,
    PerHostProduct,
    PerIncident,
    PerIncidentTick,
    PerMinute,
    PerProduct,
    PerProductClass,
    PerProductTick,
    PerRoleTick,
    PerTrust,
    PerWarningChoice,
    PerWarningChoiceTick,
    Real,
    Table,
    Whole,
)


class Setting(Table):
    """A scenario as the engine reads it; made by `simulations.numbers.setting_of`."""

    dt: Real  # length of a tick, minutes
    ticks: Whole  # length of the session
    ticks_per_minute: Whole
    products: Whole
    incidents: Whole

    list_fen: PerProduct
    cost_fen: PerProduct
    stock: PerProduct
    refund: PerProduct  # share of paid orders that come back
    risk: PerProduct  # compliance risk of talking about it, 1 = usual
    stay: PerProduct  # factor on leaving while it is pinned
    deal: PerProduct  # clicks that become orders, usually
    restock_most: PerProduct
    restock_lead: PerProductTick
    appeal: PerProductClass  # logit weight when pinned at list price; not buying weighs 1

    elasticity: PerClass
    leave: PerClass  # per minute
    looks: PerClass  # occasions to buy, per viewer and minute
    chat: PerClass  # comments, per viewer and minute
    exposures: Real  # product exposures per look
    side: Real  # attention for listed products that are not pinned

    fans_per_min: Real
    public_per_min: Real
    fans_curve: PerMinute
    public_curve: PerMinute
    followers: Real
    followers_start: Real
    follow: Real  # new fans, per viewer (not fan) and minute
    follow_weight: Real
    wave_fans_sd: Real
    wave_public_sd: Real
    day_public_sd: Real
    day_buying_sd: Real

    gpm_normal: Real
    dwell_normal: Real  # minutes
    chat_normal: Real  # comments per viewer-minute

    market_bid: Real
    market_visitors: Real  # per minute, if one outbids everybody
    market_pool: Real  # paid visitors after which half of the market is exhausted
    traffic_budget: Real
    traffic_bid_least: Real
    traffic_bid_most: Real
    traffic_rate_most: Real

    coupon_depth_least: Real
    coupon_depth_most: Real
    coupon_ticks_most: Whole
    coupon_pause: Whole
    bag_least: Real
    bag_most: Real
    bag_half: Real  # prize of half the greatest effect
    bag_ticks_most: Whole
    bag_pause: Whole
    packet_least: Real
    packet_most: Real
    packet_half: Real
    packet_pause: Whole
    packet_ticks: Whole
    benefit_budget: Real
    freight_conversion: Real
    freight_cost: Real  # fen per order
    freight_refund: Real  # more returns, as a share of orders

    price_least: Real  # share of list price
    reverse_freight: Real  # fen per returned order
    writeoff: Real  # share of a restocked unit's cost lost if nobody keeps it
    actions_per_tick: Whole

    risk_rate: Real  # warnings per minute at risk 1 and normal pace
    answer_ticks: Whole
    throttle_ticks: Whole
    throttle_share: Real  # of public arrivals that remain
    closing_strikes: Whole
    warning_choices: Whole
    warning_clears: PerWarningChoice
    warning_busy: PerWarningChoiceTick

    hosts: Whole
    host_energy: PerHostPace  # change per minute on stage
    host_rest: PerHost  # change per minute off stage
    host_voice: PerHostPace
    host_voice_rest: PerHost
    host_stay: PerHost  # factor on leaving
    host_talent: PerHostProduct  # factor on a pinned product's conversion
    host_skill_sd: PerHost
    energy_start: Real
    mood_start: Real
    switch_ticks: Whole  # 0: the stage cannot change
    switch_ratio: Real
    break_ticks_most: Whole
    break_ratio: Real
    break_leave: Real

    crew: Real  # 1 if orders go through people
    crew_lag: PerRoleTick  # host, co-host, media buyer
    crew_order: Real  # strain of an order
    crew_contradiction: Real
    crew_recover: Real  # minutes
    crew_decline: Real
    crew_heart: Real
    strain_start: Real

    hold_ticks_most: Whole  # 0: nothing can be held
    hold_stay: Real
    hold_build: Whole  # ticks until the expectation is full
    hold_burst: Real
    hold_burst_ticks: Whole
    hold_bored_ticks: Whole
    hold_bored: Real
    hold_risk: Real
    hold_pause: Whole

    trusts: Whole
    trust_conversion: PerTrust
    trust_cost: PerTrust
    trust_refund: PerTrust
    trust_ticket: PerTrust
    trust_open: PerTrust  # 1 if open from the start
    freight_open: Real

    clip_most: Real  # 0: no clips
    clip_lag: Whole
    clip_tau: Real  # minutes
    clip_visitors: Real  # per minute
    clip_half: Real
    clip_cost: Real
    clip_pitch: Whole  # ticks of pitch needed

    hits: Whole
    hit_product: PerProductTick
    hit_factor: Real

    presale_units: PerProduct  # 0: not offered
    presale_days: PerProduct
    presale_conversion: PerProduct
    presale_refund: PerProduct
    presale_late: PerProduct
    presale_risk: PerProduct

    cash: Real  # 1 if cash is limited
    cash_start: Real
    cash_settled: Real
    fixed_fen: Real  # videos and grade, paid before the session
    stocked_fen: Real  # units ordered before the session, at cost

    service: Real  # 1 if questions pile up
    service_rate: Real  # questions cleared per minute
    service_order: Real
    service_comment: Real
    service_half: Real
    service_loss: Real
    service_refund: Real
    staff_most: Real
    staff_rate: Real
    staff_cost: Real
    staff_lead: Whole

    new_share: PerClass
    buying: Real  # factor on conversion, of the session's grade

    top_up_most: Real
    boost_visitor: Real  # fen; 0: no boost
    boost_least: Real
    boost_most: Real
    boost_ticks: Whole
    boost_intent: Real
    boost_follow: Real
    boost_pause: Whole
    goals: Whole  # 0: bought visitors have no goal
    goal_cost: PerGoal
    goal_volume: PerGoal
    goal_intent: PerGoal
    goal_follow: PerGoal
    learn_ticks: Whole
    learn_volume: Real
    learn_cost: Real
    bid_step: Real

    tray: Whole  # products on the tray
    order: PerProductTick  # they, in the house's order
    on_tray: PerProduct

    house_rotate: Whole
    house_host_rotate: Whole  # 0: the first host all session
    house_goal: Whole
    house_bid: Real
    house_rate: Real  # fen per minute

    incident_from: PerIncidentTick  # window of the start
    incident_until: PerIncidentTick
    incident_chance: PerIncident
    incident_ticks: PerIncidentTick
    incident_sign: PerIncidentTick  # ticks between first sign and effect
    incident_fans: PerIncident  # factors while it lasts
    incident_public: PerIncident
    incident_paid: PerIncident
    incident_buying: PerIncident
    incident_leave: PerIncident
    incident_refund: PerIncident  # added to the share of orders that come back
    incident_tickets: PerIncident  # service questions per minute
    incident_breaks_link: PerIncident
    incident_sours: PerIncident  # 1 if it weighs on the host's mood
    choice_count: PerIncidentTick
    choice_remains: PerChoice  # share of the effect that remains
    choice_busy: PerChoiceTick
    choice_cost: PerChoice
    choice_risk: PerChoice  # compliance risk added at once
    choice_freight: PerChoice  # 1 if it opens the freight cover
    choice_host: PerChoiceTick  # host who takes over, from 1; 0: nobody


COUNTS = frozenset(
    {
        "ticks_per_minute",
        "products",
        "incidents",
        "actions_per_tick",
        "closing_strikes",
        "warning_choices",
        "choice_count",
        "choice_host",
        "hosts",
        "trusts",
        "hits",
        "hit_product",
        "goals",
        "house_goal",
        "tray",
        "order",
    }
)
"""Whole numbers of a setting that are no durations: a coarser tick leaves them as they are, all but
`ticks_per_minute`."""
