"""What a lecturer would say about a plan before the session: for practice, never for an exam."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulations.past_sessions import PastSessions
from simulations.planning import Plan
from simulations.plans import InForce, in_force
from simulations.scenarios import Scenario

EARLY_FRACTION = 0.85
"""A product that is gone before this share of the session leaves money on the table."""

CASH_LEFT_FRACTION = 0.4
"""Of the money at hand, to be left for reorders and what goes wrong."""

SELLER_FRACTION = 0.08
"""Share of GMV from which a product is one that carries the account."""

TIRED_ENERGY = 0.7
OPENING_ROLES = ("hook", "benefit")
FIRST_PRODUCTS = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """One remark.

    Attributes:
        code: What it is about; the words are the application's.
        values: Numbers and product codes for the words.
    """

    code: str
    values: dict[str, Any]


def advice_on(scenario: Scenario, past: PastSessions, plan: Plan) -> list[Advice]:
    """Return remarks on a plan that the scenario allows, the most costly first.

    Args:
        scenario: The scenario, with or without a plan.
        past: The account's last sessions.
        plan: The plan to look at.
    """
    planned = in_force(scenario, plan)
    return [
        *_money(scenario, past, planned),
        *_tray(scenario, past, planned),
        *_goal(scenario, past, planned),
    ]


def _money(scenario: Scenario, past: PastSessions, planned: InForce) -> Iterator[Advice]:
    roi, even = past.mean("roi_ratio"), past.mean("break_even_roi_ratio")
    if planned.traffic_budget_fen >= scenario.market.budget_fen and 0.0 < roi < even:
        yield Advice("traffic_below_even", {"roi": round(roi, 2), "even": round(even, 2)})
    if scenario.cash is not None:
        opening = scenario.opening
        at_hand = scenario.cash.start_fen
        if opening is not None and opening.cash_fen is not None:
            at_hand = opening.cash_fen
        left = at_hand - planned.cost_fen - planned.stock_fen - planned.traffic_budget_fen
        left -= planned.benefit_budget_fen
        if left < CASH_LEFT_FRACTION * at_hand:
            yield Advice("cash_tight", {"left_fen": left})
    planning = scenario.planning
    preheat = planning.preheat if planning is not None else None
    if preheat is not None and planned.preheat_videos < preheat.most:
        values = {"videos": planned.preheat_videos, "gain_fraction": preheat.entries_ratio}
        yield Advice("few_videos", values)
    if planned.grade.energy_start < TIRED_ENERGY and len(scenario.hosts) < 2:
        yield Advice("tired_start", {"energy_fraction": planned.grade.energy_start})


def _tray(scenario: Scenario, past: PastSessions, planned: InForce) -> Iterator[Advice]:
    roles = {one.code: one.role for one in scenario.products}
    first = [roles[code] for code in planned.tray[:FIRST_PRODUCTS]]
    if not set(first) & set(OPENING_ROLES) and set(roles.values()) & set(OPENING_ROLES):
        yield Advice("no_opening_product", {})
    ordered = {one.product for one in planned.stock}
    for one in past.products:
        is_seller = one.gmv_share_fraction >= SELLER_FRACTION
        if one.code not in planned.tray and is_seller:
            yield Advice("seller_dropped", {"product": one.code, "share": one.gmv_share_fraction})
        elif (
            one.code in planned.tray
            and one.code not in ordered
            and one.sold_out_min is not None
            and one.sold_out_min < EARLY_FRACTION * scenario.duration_min
        ):
            yield Advice("sold_out_early", {"product": one.code, "minute": one.sold_out_min})


def _goal(scenario: Scenario, past: PastSessions, planned: InForce) -> Iterator[Advice]:
    aims = {one.id: one.target for one in scenario.scoring.aims}
    if aims and planned.aim is None:
        yield Advice("no_aim", {})
    if planned.aim in aims:
        level = aim_level(past, planned.aim)
        if level < aims[planned.aim]:
            values = {"aim": planned.aim, "level": level, "target": aims[planned.aim]}
            yield Advice("aim_ahead", values)
    if planned.hourly_gmv_fen:
        gap = scenario.target_gmv_fen - sum(planned.hourly_gmv_fen)
        if gap > 0:
            yield Advice("targets_below", {"gap_fen": gap})


def aim_level(past: PastSessions, aim: str) -> float:
    """Return where the account's last sessions stood on a secondary goal, by the goal's measure."""
    if aim == "new_customers":
        return round(past.mean("new_share_fraction"), 4)
    if aim == "followers":
        return round(past.mean("new_fans"))
    repeats = [one.orders * (1.0 - one.new_share_fraction) for one in past.sessions]
    return round(sum(repeats) / max(len(repeats), 1))
