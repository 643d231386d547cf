"""The engine's golden hash: a fixed room, a fixed log, and the bytes that must come out.

A different hash means other arithmetic (a compiler, a processor, an edited engine) and therefore
other scores; so it is checked at start-up as well as in the tests. The room here is made of
literal numbers, independent of every scenario file, once with incidents, a broken link, warnings
and the usual levers, once with every mechanism besides.
"""

import hashlib

from simulations.engines.engine import Engine
from simulations.engines.v1.layout import (
    CHOICES,
    CLASSES,
    GOALS,
    HOSTS,
    MINUTES,
    PRODUCTS,
    TRUSTS,
    Setting,
)
from simulations.errors import GoldenMismatchError

GOLDEN_TICKS = 300
GOLDEN_KEYS = ((0x5EED0000A11CE001, 0xB0B0000000000B0B), (0xFFFFFFFFFFFFFFFE, 0))
GOLDEN_HASH = "3523c731a908a6c13161fb079ea2805880ee8d7be06ada293147c78469bb5f82"
"""Changes only together with the engine's version: old sessions must replay."""

GOLDEN_LOG = (
    # Tick, verb, target, amount, extra. Some rows are refused, on purpose.
    (0, 1, 2, 0, 0),
    (1, 12, -1, 0, 0),
    (3, 7, 0, 6000, 5),
    (4, 99, 0, 0, 0),
    (5, 0, 0, 0, 0),
    (6, 1, 9, 0, 0),
    (12, 9, 0, 70, 1500),
    (14, 9, 0, -1, 0),
    (24, 13, 0, 1, 0),
    (36, 5, 1, 2990, 0),
    (38, 5, 1, 3990, 0),
    (40, 6, 0, 0.08, 3),
    (60, 11, 2, 0, 0),
    (66, 8, 0, 3000, 0),
    (70, 10, 2, 40, 0),
    (84, 12, 0, 0, 0),
    (90, 14, 0, 0, 0),
    (96, 4, 3, 0, 0),
    (100, 3, 3, 0, 0),
    (104, 4, 2, 0, 0),
    (106, 3, 2, 0, 0),
    (120, 12, 7, 0, 0),
    (130, 12, -1, 0, 0),
    (140, 2, 0, 0, 0),
    (150, 1, 1, 0, 0),
    (170, 12, 1, 0, 0),
    (190, 14, 1, 0, 0),
    (194, 14, 2, 0, 0),
    (196, 14, 3, 0, 0),
    (200, 14, 4, 0, 0),
    (210, 14, 5, 0, 0),
    (220, 14, 6, 0, 0),
    (230, 14, 0, 0, 0),
    (240, 11, 0, 0, 0),
    (250, 14, 9, 0, 0),
)

FULL_LOG = (
    # The same room with a crew, three hosts, cash, questions, holds, clips and all the rest.
    (0, 15, 2, 3500, 5 * 64 + 2),
    (2, 1, 1, 0, 0),
    (4, 1, 2, 0, 0),
    (10, 9, 2, 80, 1500),
    (11, 23, 0, 3000, 0),
    (14, 17, 0, 1, 0),
    (15, 17, 3, 1, 0),
    (16, 15, 2, 3500, 5 * 64 + 2),
    (18, 22, 0, 2, 0),
    (30, 18, 2, 0, 0),
    (44, 15, 0, 0, 2),
    (46, 5, 1, 3000, 0),
    (47, 5, 1, 3500, 0),
    (60, 16, 0, 0, 0),
    (70, 9, 1, 84, 1500),
    (80, 19, 1, 0, 0),
    (84, 21, 2, 3, 0),
    (90, 21, 1, 0, 0),
    (96, 24, 0, 9000, 0),
    (100, 11, 2, 0, 0),
    (101, 11, 0, 0, 0),
    (102, 11, 2, 0, 0),
    (103, 11, 0, 0, 0),
    (120, 20, 0, 0, 2),
    (130, 15, 1, 3000, 4 * 64 + 3),
    (150, 1, 0, 0, 0),
    (160, 19, 2, 0, 0),
    (170, 12, 1, 0, 0),
    (180, 10, 2, 20, 0),
    (190, 18, 0, 0, 0),
    (200, 14, 7, 0, 0),
    (210, 14, 6, 0, 0),
    (220, 17, 1, 1, 0),
    (230, 23, 0, 3000, 0),
)
FORK_TICK = 130

GOLDEN_OPERATORS = (
    # In the order of `THETA`: a busy operator, then one who presses anything.
    (
        *(30, 4, 1, 2, 0.7, 0.4, 8, 5000, 9, 3000, 10, 0.1, 4, 70, 2000),
        *(0.1, 0.9, 1.0, 0.95, 15, 0.8, 60, 1, 5, 0.3, 0.2, 0.6, 0.5, 0, 0),
        *(5, 2, 0.9, 0.3, 1, 1, 0, 0, 6, 3, 0.6, 2, 1, 0.5, 6, 3000, 3, 0.3, 1.5),
    ),
    (5, *(0,) * 28, 6, *(0,) * 19),
)


def golden_setting() -> Setting:
    """Return the fixed room: four products, two incidents, 25 minutes."""
    s = Setting()
    s.dt, s.ticks, s.ticks_per_minute = 5.0 / 60.0, GOLDEN_TICKS, 12
    s.products, s.incidents = 4, 2
    for p, (price, cost, stock) in enumerate(
        ((990, 650, 60), (3990, 2400, 40), (7900, 3800, 9), (12900, 4800, 30))
    ):
        s.list_fen[p], s.cost_fen[p], s.stock[p] = float(price), float(cost), float(stock)
        s.refund[p], s.risk[p], s.stay[p], s.deal[p] = 0.3 + 0.05 * p, 1.0 + p, 0.9, 0.14
        for k in range(CLASSES):
            s.appeal[p * CLASSES + k] = (0.3, 0.2, 0.12, 0.08)[p] * (1.0, 0.7, 0.6)[k]
    s.restock_most[2], s.restock_lead[2] = 80.0, 60
    s.elasticity, s.leave = [1.5, 2.3, 2.8], [0.3, 0.7, 0.9]
    s.looks, s.chat = [0.3, 0.35, 0.35], [0.3, 0.16, 0.1]
    s.exposures, s.side = 1.2, 0.07
    s.fans_per_min, s.public_per_min = 6.0, 24.0
    s.fans_curve = [2.0 / (1.0 + m) + 0.8 for m in range(MINUTES)]
    s.public_curve = [1.0 + 0.01 * m for m in range(MINUTES)]
    s.followers, s.follow, s.follow_weight = 1200.0, 0.012, 2.0
    s.wave_fans_sd, s.wave_public_sd, s.day_public_sd, s.day_buying_sd = 0.18, 0.3, 0.22, 0.1
    s.gpm_normal, s.dwell_normal, s.chat_normal = 150000.0, 1.6, 0.2
    s.market_bid, s.market_visitors, s.market_pool = 60.0, 40.0, 3000.0
    s.traffic_budget, s.traffic_bid_least, s.traffic_bid_most = 50000.0, 20.0, 400.0
    s.traffic_rate_most = 10000.0
    _set_neutral(s)
    s.coupon_depth_least, s.coupon_depth_most = 0.02, 0.3
    s.coupon_ticks_most, s.coupon_pause = 180, 60
    s.bag_least, s.bag_most, s.bag_half, s.bag_ticks_most = 2000.0, 30000.0, 6000.0, 120
    s.bag_pause, s.packet_least, s.packet_most, s.packet_half = 36, 1000.0, 30000.0, 8000.0
    s.packet_pause, s.packet_ticks, s.benefit_budget = 60, 36, 60000.0
    s.freight_conversion, s.freight_cost, s.freight_refund = 1.21, 300.0, 0.04
    s.price_least, s.reverse_freight, s.writeoff, s.actions_per_tick = 0.5, 800.0, 0.2, 4
    s.risk_rate, s.answer_ticks, s.throttle_ticks, s.throttle_share = 0.08, 36, 60, 0.55
    s.closing_strikes, s.warning_choices = 3, 2
    s.warning_clears, s.warning_busy = [1.0, 0.0, 0.0, 0.0], [12, 6, 0, 0]
    s.house_rotate, s.house_bid, s.house_rate = 96, 60.0, 1200.0
    for e in range(2):
        s.incident_from[e], s.incident_until[e], s.incident_chance[e] = 60 + 80 * e, 84 + 80 * e, 1
        s.incident_ticks[e], s.incident_sign[e], s.choice_count[e] = 72, 12, 1
        s.incident_fans[e], s.incident_public[e], s.incident_paid[e] = 1.0, 0.6, 0.8
        s.incident_buying[e], s.incident_leave[e], s.incident_refund[e] = 0.7, 1.2, 0.03
        s.incident_breaks_link[e], s.incident_sours[e] = float(e), 1.0 - e
        s.choice_remains[e * CHOICES], s.choice_busy[e * CHOICES] = 0.2, 12
        s.choice_cost[e * CHOICES], s.choice_risk[e * CHOICES] = 2000.0, 0.3
    return s


def _set_neutral(s: Setting) -> None:
    """Set what a room without further mechanisms has."""
    s.tray, s.order = s.products, list(range(PRODUCTS))
    s.on_tray, s.followers_start, s.mood_start, s.energy_start = [1.0] * PRODUCTS, 1200.0, 0.55, 1.0
    s.hosts, s.host_energy = 1, [0.025, -0.0015, -0.013] * HOSTS
    s.host_stay, s.host_talent = [1.0] * HOSTS, [1.0] * (HOSTS * PRODUCTS)
    s.switch_ratio = s.break_ratio = s.break_leave = s.buying = s.hit_factor = 1.0
    s.crew_recover = s.crew_decline = s.clip_tau = 1e9
    s.hold_build, s.clip_half, s.service_half = 1, 1.0, 1.0
    s.trust_conversion, s.trust_ticket = [1.0] * TRUSTS, [1.0] * TRUSTS
    s.goal_cost, s.goal_volume = [1.0] * GOALS, [1.0] * GOALS
    s.goal_intent, s.goal_follow = [1.0] * GOALS, [1.0] * GOALS
    s.learn_volume = s.learn_cost = 1.0
    s.new_share = [0.1, 0.8, 0.9]


def full_setting() -> Setting:
    """Return the fixed room with every mechanism that a scenario can have."""
    s = golden_setting()
    s.hosts, s.host_skill_sd, s.host_rest = 3, [0.2, 0.1, 0.3], [0.03, 0.04, 0.05]
    s.host_voice, s.host_voice_rest = [0.004, 0.008, 0.016] * HOSTS, [0.02] * HOSTS
    s.host_talent[PRODUCTS : 2 * PRODUCTS] = [0.8 + 0.04 * p for p in range(PRODUCTS)]
    s.host_stay, s.energy_start = [1.0, 0.95, 1.05], 0.9
    s.switch_ticks, s.switch_ratio, s.house_host_rotate = 6, 0.3, 90
    s.break_ticks_most, s.break_ratio, s.break_leave = 60, 0.4, 1.15
    s.crew, s.crew_lag, s.crew_order = 1.0, [3, 2, 6], 0.12
    s.crew_contradiction, s.crew_recover, s.crew_decline, s.crew_heart = 0.35, 8.0, 1.6, 0.15
    s.hold_ticks_most, s.hold_stay, s.hold_build, s.hold_burst = 60, 0.74, 40, 1.7
    s.hold_burst_ticks, s.hold_bored_ticks, s.hold_bored = 24, 30, 1.3
    s.hold_risk, s.hold_pause = 0.6, 20
    s.trusts, s.trust_conversion = 2, [1.05, 1.1, 1.0, 1.0]
    s.trust_cost, s.trust_refund = [30.0, 120.0, 0.0, 0.0], [0.02, 0.03, 0.0, 0.0]
    s.trust_ticket, s.trust_open = [0.6, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.0]
    s.clip_most, s.clip_lag, s.clip_tau, s.clip_visitors = 3.0, 24, 6.0, 30.0
    s.clip_half, s.clip_cost, s.clip_pitch = 0.1, 1500.0, 6
    s.hits, s.hit_product, s.hit_factor = 2, [1, 2] + [0] * (PRODUCTS - 2), 1.8
    for p in (1, 2):
        s.presale_units[p], s.presale_days[p], s.presale_conversion[p] = 30.0, 5.0, 0.8
        s.presale_refund[p], s.presale_late[p], s.presale_risk[p] = 0.08, 0.15, 0.5
    s.cash, s.cash_start, s.cash_settled = 1.0, 150000.0, 0.2
    s.fixed_fen, s.stocked_fen = 5000.0, 20000.0
    s.service, s.service_rate, s.service_order, s.service_comment = 1.0, 2.0, 0.8, 0.05
    s.service_half, s.service_loss, s.service_refund = 10.0, 0.25, 0.03
    s.staff_most, s.staff_rate, s.staff_cost, s.staff_lead = 3.0, 2.0, 4000.0, 24
    s.buying, s.top_up_most = 1.05, 20000.0
    s.boost_visitor, s.boost_least, s.boost_most, s.boost_ticks = 45.0, 1000.0, 8000.0, 60
    s.boost_intent, s.boost_follow, s.boost_pause = 0.5, 1.2, 40
    s.goals, s.house_goal = GOALS, 0
    s.goal_cost, s.goal_volume = [1.0, 1.1, 1.6, 1.9], [1.0, 0.8, 0.6, 0.4]
    s.goal_intent, s.goal_follow = [1.0, 0.8, 1.7, 2.1], [1.0, 2.5, 1.0, 1.0]
    s.learn_ticks, s.learn_volume, s.learn_cost, s.bid_step = 48, 0.6, 1.15, 0.1
    s.tray, s.order = 3, [2, 0, 1] + [0] * (PRODUCTS - 3)
    s.on_tray[3] = 0.0
    s.incident_tickets[0], s.choice_host[CHOICES] = 3.0, 3
    return s


def golden_hash(engine: Engine) -> str:
    """Return the hash of the states that the golden sessions end in, and pass half-way.

    A part of them folds a log, a part is played by parametric operators, two are forks.
    """
    digest = hashlib.sha256()
    for table, log in ((golden_setting(), GOLDEN_LOG), (full_setting(), FULL_LOG)):
        setting, rows = engine.prepare(table), engine.rows(log)
        for keys in GOLDEN_KEYS:
            room = engine.begin(setting, keys[0])
            for until in (GOLDEN_TICKS // 2, GOLDEN_TICKS):
                engine.advance(room, setting, keys, rows, len(log), until)
                digest.update(engine.dump(room))
            for theta in GOLDEN_OPERATORS:
                room, written = engine.blank_room(), engine.blank_rows(200)
                memory, numbers = engine.blank_memory(), engine.vector(theta)
                engine.play(room, setting, memory, numbers, (*keys, 77), written, GOLDEN_TICKS)
                digest.update(engine.dump(room))
        room = engine.begin(setting, 1)
        engine.advance(room, setting, (1, 2), rows, len(log), FORK_TICK)
        engine.fork(room, setting, 3)
        engine.advance(room, setting, (3, 4), rows, 0, GOLDEN_TICKS)
        digest.update(engine.dump(room))
    return digest.hexdigest()


def check_golden_hash(engine: Engine, expected: str = GOLDEN_HASH) -> None:
    """Check that an engine reproduces the golden hash.

    Raises:
        GoldenMismatchError: If it does not; nothing that it computes may be scored.
    """
    found = golden_hash(engine)
    if found != expected:
        kind = "compiled" if engine.is_compiled else "plain"
        raise GoldenMismatchError(f"the {kind} engine gives {found}, not {expected}")
