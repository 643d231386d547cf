"""What a session came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulations.engines.v1.codes import SUMMARY
from simulations.scenarios import Scenario
from simulations.states import LoggedAction, RoomKeys, replay, summary_of

LEAST_NET_FEN = 100.0
"""Net GMV below one yuan counts as one yuan, so that logarithms exist."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A session's totals. Money in fen: integers in a lived room, flows in its twin."""

    gmv_fen: float
    refunds_fen: float
    margin_fen: float
    spend_fen: float
    paid_gmv_fen: float
    gifts_fen: float
    freight_fen: float
    orders: float
    visitors: float
    strikes: int
    is_closed: bool
    kept_margin_fen: float = 0.0
    """Of kept orders, after returns, before gifts, traffic, promises, staff and planning."""

    service_fen: float = 0.0
    planned_fen: float = 0.0
    """Videos and grade, decided before minute 0."""

    new_fans: float = 0.0
    new_orders: float = 0.0
    """Orders from new customers (新客)."""

    @classmethod
    def of(cls, summary: Sequence[float]) -> "Outcome":
        """Return the outcome of an engine summary."""
        total = dict(zip(SUMMARY, summary, strict=True))
        costs = total["gifts"] + total["spend"] + total["freight"] + total["writeoff"]
        costs = costs + total["service"] + total["fixed"]
        return cls(
            gmv_fen=total["gmv"],
            refunds_fen=total["refunds"],
            margin_fen=total["kept_margin"] - costs,
            spend_fen=total["spend"],
            paid_gmv_fen=total["paid_gmv"],
            gifts_fen=total["gifts"],
            freight_fen=total["freight"],
            orders=total["orders"],
            visitors=total["visitors"],
            strikes=int(total["strikes"]),
            is_closed=total["closed"] > 0.0,
            kept_margin_fen=total["kept_margin"],
            service_fen=total["service"],
            planned_fen=total["fixed"],
            new_fans=total["new_fans"],
            new_orders=total["new_orders"],
        )

    @property
    def net_fen(self) -> float:
        """Return GMV minus refunds."""
        return self.gmv_fen - self.refunds_fen

    @property
    def margin_fraction(self) -> float:
        """Return what is left of net GMV after goods, returns, gifts, traffic and freight."""
        return self.margin_fen / max(self.net_fen, LEAST_NET_FEN)

    @property
    def refund_fraction(self) -> float:
        """Return refunds over GMV; 0 where nothing was sold."""
        return self.refunds_fen / self.gmv_fen if self.gmv_fen > 0.0 else 0.0

    @property
    def roi_ratio(self) -> float | None:
        """Return attributed GMV over traffic spend, or None without spend."""
        return self.paid_gmv_fen / self.spend_fen if self.spend_fen > 0.0 else None

    @property
    def break_even_roi_ratio(self) -> float | None:
        """Return the ROI at which what was sold just pays its traffic; None if it never can."""
        return self.gmv_fen / self.kept_margin_fen if self.kept_margin_fen > 0.0 else None

    @property
    def new_share_fraction(self) -> float:
        """Return the share of orders that came from new customers."""
        return self.new_orders / self.orders if self.orders > 0.0 else 0.0

    @property
    def repeat_orders(self) -> float:
        """Return the orders of old customers (老客复购)."""
        return self.orders - self.new_orders

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able data; money rounded to fen."""
        return {
            "gmv_fen": round(self.gmv_fen),
            "refunds_fen": round(self.refunds_fen),
            "net_fen": round(self.net_fen),
            "margin_fen": round(self.margin_fen),
            "spend_fen": round(self.spend_fen),
            "paid_gmv_fen": round(self.paid_gmv_fen),
            "gifts_fen": round(self.gifts_fen),
            "freight_fen": round(self.freight_fen),
            "orders": round(self.orders),
            "visitors": round(self.visitors),
            "strikes": self.strikes,
            "is_closed": self.is_closed,
            "margin_fraction": self.margin_fraction,
            "refund_fraction": self.refund_fraction,
            "roi_ratio": self.roi_ratio,
            "service_fen": round(self.service_fen),
            "planned_fen": round(self.planned_fen),
            "new_fans": round(self.new_fans),
            "new_orders": round(self.new_orders),
            "repeat_orders": round(self.repeat_orders),
            "new_share_fraction": self.new_share_fraction,
        }


def outcome_of(scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]) -> Outcome:
    """Return the outcome of a whole session under a log."""
    return Outcome.of(summary_of(replay(scenario, keys, log, scenario.duration_ticks)))
