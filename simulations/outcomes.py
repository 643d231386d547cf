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

    @classmethod
    def of(cls, summary: Sequence[float]) -> "Outcome":
        """Return the outcome of an engine summary."""
        total = dict(zip(SUMMARY, summary, strict=True))
        costs = total["gifts"] + total["spend"] + total["freight"] + total["writeoff"]
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
        }


def outcome_of(scenario: Scenario, keys: RoomKeys, log: Sequence[LoggedAction]) -> Outcome:
    """Return the outcome of a whole session under a log."""
    return Outcome.of(summary_of(replay(scenario, keys, log, scenario.duration_ticks)))
