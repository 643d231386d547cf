"""What one session of a 营期 leaves to the next: fans, stock, cash, refunds, trust, the host.

Everything here is a pure function of the period's rules and of how the session ended. Money that
is earned arrives later, goods that come back can be sold again, and an audience that was pushed,
disappointed or sold out comes back smaller: burning it pays today and costs on every day after.
"""

from dataclasses import dataclass
from math import floor

from simulations.engines.v1.codes import SUMMARY
from simulations.engines.v1.layout import State
from simulations.outcomes import Outcome
from simulations.periods import CarryRules, LinkedSession
from simulations.planning import Opening, StockOrder
from simulations.scenarios import Scenario
from simulations.states import RoomState, summary_of

LEAST_TRUST, MOST_TRUST = 0.2, 1.2
MOST_TIRED = 0.8


@dataclass(frozen=True, slots=True)
class Due:
    """Money that arrives, or goods that come back, on a later day."""

    day: int
    cash_fen: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Carry:
    """How things stand between two sessions. Money in fen, stock in units in tray order.

    Attributes:
        day: The day of the last session, from 0.
        followers: Fans of the room.
        stock: Units that can be sold.
        cash_fen: Cash at hand.
        trust: How far the audience believes the room, 1 = as it came.
        tired: Share of the fans' demand that is used up, 0 = rested.
        mood: The host's, 0 to 1.
        strain: What the crew still bears of hasty orders, 0 = rested.
        due: What arrives later.
    """

    day: int
    followers: float
    stock: tuple[int, ...]
    cash_fen: int
    trust: float
    tired: float
    mood: float
    strain: float
    due: tuple[Due, ...]

    @property
    def fans_ratio(self) -> float:
        """Return the factor on fans' arrivals."""
        return self.trust * (1.0 - self.tired)


def first_carry(scenario: Scenario, rules: CarryRules) -> Carry:
    """Return how the period begins: the scenario as written, and the period's cash."""
    return Carry(
        day=0,
        followers=float(scenario.audience.followers),
        stock=tuple(product.stock for product in scenario.products),
        cash_fen=rules.start_cash_fen,
        trust=1.0,
        tired=0.0,
        mood=rules.mood_rest,
        strain=0.0,
        due=(),
    )


def opening_of(scenario: Scenario, carry: Carry) -> Opening:
    """Return where a session begins, as the engine reads it."""
    pairs = list(zip(scenario.products, carry.stock, strict=True))
    return Opening(
        followers=max(1, round(carry.followers)),
        stock=tuple(
            StockOrder(product=product.code, units=units) for product, units in pairs if units
        ),
        gone=tuple(product.code for product, units in pairs if not units),
        cash_fen=max(0, carry.cash_fen) if scenario.cash is not None else None,
        mood=carry.mood,
        strain=carry.strain,
        fans_ratio=carry.fans_ratio,
    )


def ended(scenario: Scenario, rules: CarryRules, carry: Carry, state: RoomState) -> Carry:
    """Return how things stand when a session is over, before the days until the next.

    Args:
        scenario: The session's scenario, its levels and budgets as of that day.
        rules: The period's rules.
        carry: How things stood when it began.
        state: The room at its end.
    """
    s: State = state.numbers
    outcome = Outcome.of(summary_of(state))
    total = dict(zip(SUMMARY, summary_of(state), strict=True))
    stock = tuple(floor(units + 0.5) for units in s.stock[: len(scenario.products)])
    back = tuple(
        floor(units * outcome.refund_fraction + 0.5) for units in s.sold[: len(scenario.products)]
    )
    listed = sum(
        product.list_price_fen * units
        for product, units in zip(scenario.products, s.sold, strict=False)
    )
    discount = max(0.0, 1.0 - outcome.gmv_fen / listed) if listed > 0.0 else 0.0
    asked = total["orders"] + total["lost_orders"]
    lost = total["lost_orders"] / asked if asked > 0.0 else 0.0
    over = max(0.0, outcome.refund_fraction - rules.refund_normal_fraction)
    trust = (
        carry.trust
        - rules.trust_per_strike * outcome.strikes
        - rules.trust_per_refund * over
        - rules.trust_per_lost_share * lost
        - rules.trust_per_discount * discount
    )
    if scenario.cash is not None:
        cash_fen = round(s.cash)
    else:
        ordered = sum(
            product.cost_fen * units
            for product, units in zip(scenario.products, s.restocked, strict=False)
        )
        paid = outcome.spend_fen + outcome.gifts_fen + outcome.freight_fen + outcome.service_fen
        cash_fen = carry.cash_fen - round(paid + outcome.planned_fen + ordered)
    settled = Due(
        carry.day + rules.settle_days, round(outcome.net_fen), (0,) * len(scenario.products)
    )
    returned = Due(carry.day + rules.return_days, 0, back)
    return Carry(
        day=carry.day,
        followers=carry.followers + rules.follow_keep_fraction * s.follows,
        stock=stock,
        cash_fen=cash_fen,
        trust=min(max(trust, LEAST_TRUST), MOST_TRUST),
        tired=min(MOST_TIRED, carry.tired + rules.tired_per_order * s.orders / carry.followers),
        mood=s.mood,
        strain=s.strain,
        due=(*carry.due, settled, returned),
    )


def rested(scenario: Scenario, rules: CarryRules, carry: Carry, session: LinkedSession) -> Carry:
    """Return how things stand when a session's day has come: dues arrived, rested, supplied.

    Supply refills the tray in its order towards the session's aim, as far as cash reaches.

    Args:
        scenario: The scenario as written.
        rules: The period's rules.
        carry: How things stood after the last session.
        session: The session to come.
    """
    days = session.day - carry.day
    arrived = [due for due in carry.due if due.day <= session.day]
    stock = [units + sum(due.units[p] for due in arrived) for p, units in enumerate(carry.stock)]
    cash_fen = carry.cash_fen + sum(due.cash_fen for due in arrived)
    for p, product in enumerate(scenario.products):
        wanted = floor(product.stock * session.stock_ratio + 0.5) - stock[p]
        able = floor(product.stock * rules.supply_per_day_fraction * days + 0.5)
        units = max(0, min(wanted, able, max(0, cash_fen) // product.cost_fen))
        stock[p] += units
        cash_fen -= units * product.cost_fen
    return Carry(
        day=session.day,
        followers=carry.followers,
        stock=tuple(stock),
        cash_fen=cash_fen,
        # Implicit Euler steps, as everywhere: stable for any number of days.
        trust=carry.trust + days / (rules.trust_days + days) * (1.0 - carry.trust),
        tired=carry.tired / (1.0 + days / rules.tired_days),
        mood=carry.mood + days / (rules.mood_days + days) * (rules.mood_rest - carry.mood),
        strain=carry.strain / (1.0 + days / rules.strain_days),
        due=tuple(due for due in carry.due if due.day > session.day),
    )
