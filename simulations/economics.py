"""What a product earns: the arithmetic behind break-even ROI and the gates."""

from collections.abc import Sequence
from functools import lru_cache

from simulations.merchants import Product
from simulations.scenarios import Scenario


def contribution_fen(product: Product, reverse_freight_fen: int) -> float:
    """Return what an average paid order leaves at list price, in fen, before traffic.

    Kept orders earn price minus cost; returned ones are resold and lose the reverse freight.
    """
    kept = 1.0 - product.refund_fraction
    margin = product.list_price_fen - product.cost_fen
    return margin * kept - reverse_freight_fen * product.refund_fraction


@lru_cache(maxsize=512)
def usual_break_even_roi_ratio(scenario: Scenario) -> float:
    """Return `break_even_roi_ratio` for the mix that products' appeal makes."""
    return break_even_roi_ratio(scenario)


def break_even_roi_ratio(scenario: Scenario, units: Sequence[float] | None = None) -> float:
    """Return the attributed GMV over spend at which bought traffic just pays for itself.

    Args:
        scenario: The scenario.
        units: Units sold of each product, in tray order, for the mix; without it the products'
            appeal to the public feed stands for the mix.

    Returns:
        GMV over contribution of the mix; infinite if the mix loses money on every order.
    """
    weights = units or [product.appeal.public for product in scenario.products]
    pairs = list(zip(scenario.products, weights, strict=True))
    gmv = sum(product.list_price_fen * weight for product, weight in pairs)
    left = sum(
        contribution_fen(product, scenario.reverse_freight_fen) * weight
        for product, weight in pairs
    )
    return gmv / left if left > 0.0 else float("inf")
