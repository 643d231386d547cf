"""A room at a tick, and what a parametric operator remembers."""

from simulations.engines.v1.shapes import (
    Marks,
    PerClass,
    PerHost,
    PerIncident,
    PerIncidentTick,
    PerLever,
    PerOrder,
    PerOrderTick,
    PerProduct,
    PerProductClass,
    PerProductTick,
    PerTrust,
    Real,
    Table,
    Talk,
    Whole,
)


class State(Table):
    """A room at a tick, after the actions that were logged up to and including that tick."""

    tick: Whole
    applied: Whole  # log rows folded so far
    acted_tick: Whole
    acted: Whole  # actions taken in tick `acted_tick`
    owner: PerLever  # 0 house, 1 candidate

    viewers: PerClass
    buyers: PerClass  # those of them who have bought
    arrived: PerClass
    stock: PerProduct
    price: PerProduct
    lowest: PerProduct  # the lowest price shown so far
    listed: PerProduct
    novelty: PerProduct
    weight: PerProductClass  # logit weights at today's prices
    attention: PerProduct
    demand: PerProduct  # expected orders of this tick
    pull: PerProduct  # what one class feels for it now: attention, mood and price
    interest: PerProduct  # occasions of this tick, weighted by appeal
    sold: PerProduct
    clicks: PerProduct
    restock_units: PerProduct
    restock_tick: PerProductTick
    restocked: PerProduct

    pinned: Whole  # product, -1 for none
    pinned_tick: Whole
    pinned_sold: Real
    pinned_clicks: Real
    pinned_arrived: Real
    pinned_fen: Real  # GMV of the pinned product since it was pinned
    house_due: Whole  # when the house changes the product
    pace: Whole

    coupon: Real
    coupon_end: Whole
    coupon_free: Whole
    coupon_fatigue: Real
    bag_power: Real
    bag_end: Whole
    bag_free: Whole
    bag_fatigue: Real
    bag_fen: Real
    packet_power: Real
    packet_end: Whole
    packet_free: Whole
    packet_fatigue: Real
    packet_fen: Real
    freight: Real
    bid: Real
    rate: Real
    goal: Whole
    learn_end: Whole
    traffic_budget: Real
    topped: Real
    boost_rate: Real  # visitors per tick
    boost_end: Whole
    boost_free: Whole
    intent: Real  # of the paid visitors present, mean factor on their occasions
    fondness: Real  # of the same, mean factor on following

    order_verb: PerOrder
    order_target: PerOrderTick
    order_amount: PerOrder
    order_extra: PerOrder
    order_tick: PerOrderTick  # when it was given
    order_due: PerOrderTick
    order_status: PerOrderTick
    orders_open: Whole
    strain: Real

    held: Whole  # product, -1 for none
    held_tick: Whole
    held_due: Whole
    held_price: Real  # 0: nothing was stated
    held_units: Real
    held_fatigue: Real
    held_waiting: Real  # orders that would have been made and wait for the release
    hold_free: Whole
    released: Whole  # product, -1 for none
    released_end: Whole
    released_power: Real
    released_price: Real
    released_units: Real
    released_waiting: Real

    trust: PerTrust
    trust_drive: Real
    trust_cost: Real
    trust_back: Real
    trust_tickets: Real

    clip_product: Whole  # being cut, -1 for none
    clip_due: Whole
    clips: Real
    clip_used: PerProduct
    clip_flow: Real  # visitors per minute
    clip_visits: Real
    pitched: PerProductTick  # ticks it was pinned
    hit: Whole  # product, -1 for none
    lure: PerProduct  # factor on its appeal

    presale: PerProduct  # 1 if open
    presale_ratio: PerProduct
    presale_back: PerProduct
    presold: PerProduct

    host: Whole
    host_energy: PerHost  # of those off stage
    voice: PerHost
    skill: PerHost
    handover_end: Whole
    break_end: Whole
    host_due: Whole  # when the house changes the host

    cash: Real
    service_fen: Real
    fixed_fen: Real  # videos and grade, paid before the session
    backlog: Real
    staff: Real
    staff_coming: Real
    staff_tick: Whole

    incident_start: PerIncidentTick
    incident_end: PerIncidentTick
    incident_left: PerIncident  # share of the effect that is left
    incident_answer: PerIncidentTick  # choice, -1 for none
    broken: Whole  # product whose link is broken, -1 for none
    broken_end: Whole
    busy_end: Whole  # the host is answering until then
    risk: Real
    risk_at: Real  # the next warning
    warning_tick: Whole  # NEVER if none is open
    settled_until: Whole  # a warning before that tick was answered in advance
    warnings: Real
    strikes: Real
    throttle_end: Whole
    closed: Real

    heat: Real
    energy: Real
    mood: Real
    fans: Real
    wave_public: Real
    wave_fans: Real
    day_public: Real
    day_buying: Real
    mean_gmv: Real  # five-minute averages, per tick
    mean_arrivals: Real
    mean_view: Real
    mean_chat: Real

    gmv: Real
    refunds: Real
    margin: Real  # of kept orders, before gifts, traffic, freight cover and write-offs
    gifts: Real
    spend: Real
    freight_fen: Real
    writeoff_fen: Real
    orders: Real
    new_orders: Real  # from new customers
    lost: Real  # orders that stock could not serve
    chats: Real
    follows: Real
    exposures: Real
    clicked: Real
    view_min: Real
    channel_gmv: PerClass

    marks: Marks
    talk_tick: Talk
    talk_kind: Talk


class Memory(Table):
    """What a parametric operator remembers between two looks at the cockpit."""

    pinned_tick: Whole
    bag_due: Whole
    packet_due: Whole
    coupon_due: Whole
    seen: PerIncidentTick  # when an incident was first noticed, 0 if not yet
    warned_tick: Whole
    opened: Whole
    hold_due: Whole
    clip_due: Whole
    boost_due: Whole
    host_tick: Whole
    host_gmv: PerHost  # earned while on stage
    host_view: PerHost
    gmv_at: Real
    view_at: Real
    tested: Whole
