"""The engine's golden hash: a fixed room, a fixed log, and the bytes that must come out.

A different hash means other arithmetic (a compiler, a processor, an edited engine) and therefore
other scores; so it is checked at start-up as well as in the tests. The room here is made of
literal numbers, independent of every scenario file, and has one of everything: incidents, a broken
link, warnings, all levers.
"""

import hashlib

from simulations.engines.engine import Engine
from simulations.engines.v1.layout import CHOICES, CLASSES, MINUTES, Setting
from simulations.errors import GoldenMismatchError

GOLDEN_TICKS = 300
GOLDEN_KEYS = ((0x5EED0000A11CE001, 0xB0B0000000000B0B), (0xFFFFFFFFFFFFFFFE, 0))
GOLDEN_HASH = "a5c4e941ce5504619e466ebe64348fd34e06eb095eb316e64277e458aacb241b"
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

GOLDEN_OPERATORS = (
    # In the order of `THETA`: a busy operator, then one who presses anything.
    (
        *(30, 4, 1, 2, 0.7, 0.4, 8, 5000, 9, 3000, 10, 0.1, 4, 70, 2000),
        *(0.1, 0.9, 1.0, 0.95, 15, 0.8, 60, 1, 5, 0.3, 0.2, 0.6, 0.5, 0, 0),
    ),
    (5, *(0,) * 28, 6),
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
    s.energy_per_min = [0.025, -0.0015, -0.013]
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


def golden_hash(engine: Engine) -> str:
    """Return the hash of the states that the golden sessions end in, and pass half-way.

    Half of them fold the golden log, half are played by parametric operators.
    """
    setting = engine.prepare(golden_setting())
    rows = engine.rows(GOLDEN_LOG)
    digest = hashlib.sha256()
    for keys in GOLDEN_KEYS:
        room = engine.begin(setting, keys[0])
        for until in (GOLDEN_TICKS // 2, GOLDEN_TICKS):
            engine.advance(room, setting, keys, rows, len(GOLDEN_LOG), until)
            digest.update(engine.dump(room))
        for theta in GOLDEN_OPERATORS:
            room, written = engine.blank_room(), engine.blank_rows(200)
            memory, numbers = engine.blank_memory(), engine.vector(theta)
            engine.play(room, setting, memory, numbers, (*keys, 77), written, GOLDEN_TICKS)
            digest.update(engine.dump(room))
    return digest.hexdigest()


def check_golden_hash(engine: Engine) -> None:
    """Check that an engine reproduces the golden hash.

    Raises:
        GoldenMismatchError: If it does not; nothing that it computes may be scored.
    """
    found = golden_hash(engine)
    if found != GOLDEN_HASH:
        kind = "compiled" if engine.is_compiled else "plain"
        raise GoldenMismatchError(f"the {kind} engine gives {found}, not {GOLDEN_HASH}")
