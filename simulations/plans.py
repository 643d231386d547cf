"""Plans against their scenario: which rules a plan breaks, and what is in force with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from simulations.errors import PlanError, PlanRefusedError
from simulations.planning import GradeOption, Plan, StockOrder

if TYPE_CHECKING:
    from simulations.scenarios import Scenario

MINUTES_PER_HOUR = 60

NO_GRADE = GradeOption(
    id="B", fans_ratio=1, public_ratio=1, buying_ratio=1, energy_start=1, cost_fen=0
)
"""The session as the scenario's numbers describe it."""


class InForce(NamedTuple):
    """A plan with everything it left out filled in from the house's."""

    grade: GradeOption
    preheat_videos: int
    tray: tuple[str, ...]
    traffic_budget_fen: int
    benefit_budget_fen: int
    trust: tuple[str, ...]
    stock: tuple[StockOrder, ...]
    aim: str | None
    hourly_gmv_fen: tuple[int, ...]
    cost_fen: int
    """For videos and grade: neither traffic nor benefits nor goods."""

    stock_fen: int
    """For the units ordered beforehand, at cost."""


def in_force(scenario: Scenario, plan: Plan | None = None) -> InForce:
    """Return what a plan amounts to; the scenario's own plan if none is given."""
    return _own_in_force(scenario) if plan is None else _in_force(scenario, plan)


@lru_cache(maxsize=512)
def _own_in_force(scenario: Scenario) -> InForce:
    """Return what the scenario's own plan amounts to; every look at a room asks for it."""
    return _in_force(scenario, scenario.plan or Plan())


def _in_force(scenario: Scenario, plan: Plan) -> InForce:
    house = scenario.planning.house if scenario.planning is not None else Plan()
    chosen: dict[str, Any] = {
        name: next(
            (value for one in (plan, house) if (value := getattr(one, name)) is not None), None
        )
        for name in Plan.model_fields
    }
    planning = scenario.planning
    grades = {one.id: one for one in planning.grades} if planning is not None else {}
    grade = grades.get(chosen["grade"], NO_GRADE)
    videos = chosen["preheat_videos"] or 0
    video_fen = planning.preheat.cost_fen if planning is not None and planning.preheat else 0
    costs = {one.code: one.cost_fen for one in scenario.products}
    stock = chosen["stock"] or ()
    traffic, benefit = chosen["traffic_budget_fen"], chosen["benefit_budget_fen"]
    # The aim is declared by a person; the house has none, so that idle scores exactly 0.
    return InForce(
        grade=grade,
        preheat_videos=videos,
        tray=chosen["tray"] or tuple(costs),
        traffic_budget_fen=scenario.market.budget_fen if traffic is None else traffic,
        benefit_budget_fen=scenario.benefits.budget_fen if benefit is None else benefit,
        trust=chosen["trust"] or (),
        stock=stock,
        aim=plan.aim,
        hourly_gmv_fen=chosen["hourly_gmv_fen"] or (),
        cost_fen=grade.cost_fen + videos * video_fen,
        stock_fen=sum(one.units * costs.get(one.product, 0) for one in stock),
    )


def parse_plan(mapping: Mapping[str, Any]) -> Plan:
    """Return the plan that JSON-able data describes; whether a scenario allows it is not asked.

    Raises:
        PlanError: With every fault; each names the field.
    """
    try:
        # By way of JSON, strictness means types, not "a list is no tuple".
        return Plan.model_validate_json(json.dumps(mapping, allow_nan=False))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise PlanError(
            [(".".join(map(str, one["loc"])), one["type"]) for one in faults]
        ) from error
    except (TypeError, ValueError) as error:
        raise PlanError([("", "not_json")]) from error


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON-able data without what it leaves to the house."""
    return plan.model_dump(mode="json", exclude_none=True)


def check_plan(scenario: Scenario, plan: Plan) -> None:
    """Check that a scenario allows a plan.

    Raises:
        PlanRefusedError: With the code of every rule it breaks, keys of `labels.MESSAGES`.
    """
    codes = list(dict.fromkeys(_broken_rules(scenario, plan)))
    if codes:
        raise PlanRefusedError(codes)


def _broken_rules(scenario: Scenario, plan: Plan) -> Iterator[str]:
    planning = scenario.planning
    if plan == Plan():
        return
    if planning is None:
        yield "planning_not_offered"
        return
    if plan.grade is not None and plan.grade not in {one.id for one in planning.grades}:
        yield "grade_not_offered"
    most_videos = planning.preheat.most if planning.preheat is not None else 0
    if (plan.preheat_videos or 0) > most_videos:
        yield "preheat_over_limit"
    yield from _broken_tray_rules(scenario, plan)
    offered = {"freight_cover", *(one.id for one in scenario.trust)}
    if not set(plan.trust or ()) <= offered or len(set(plan.trust or ())) < len(plan.trust or ()):
        yield "trust_not_offered"
    if plan.aim is not None and plan.aim not in {one.id for one in scenario.scoring.aims}:
        yield "aim_not_offered"
    hours = -(-scenario.duration_min // MINUTES_PER_HOUR)
    if plan.hourly_gmv_fen is not None and (
        len(plan.hourly_gmv_fen) != hours or min(plan.hourly_gmv_fen) < 0
    ):
        yield "targets_wrong_count"
    if "tray_unknown_product" in (codes := list(_broken_stock_rules(scenario, plan))):
        yield from codes
        return
    yield from codes
    planned = in_force(scenario, plan)
    paid_fen = planned.cost_fen + planned.stock_fen
    purse_fen = planned.traffic_budget_fen + planned.benefit_budget_fen + paid_fen
    if purse_fen > planning.purse_fen:
        yield "plan_over_purse"
    opening = scenario.opening
    if scenario.cash is not None:
        left = opening.cash_fen if opening is not None else None
        if purse_fen > (scenario.cash.start_fen if left is None else left):
            yield "plan_over_cash"


def _broken_tray_rules(scenario: Scenario, plan: Plan) -> Iterator[str]:
    planning = scenario.planning
    if plan.tray is None or planning is None:
        return
    if not set(plan.tray) <= {one.code for one in scenario.products}:
        yield "tray_unknown_product"
    if len(set(plan.tray)) < len(plan.tray):
        yield "tray_duplicate"
    if len(plan.tray) < planning.tray_least:
        yield "tray_too_small"
    if len(plan.tray) > planning.tray_most:
        yield "tray_too_large"


def _broken_stock_rules(scenario: Scenario, plan: Plan) -> Iterator[str]:
    planning = scenario.planning
    if not plan.stock or planning is None:
        return
    stocks = {one.code: one.stock for one in scenario.products}
    if not {one.product for one in plan.stock} <= set(stocks):
        yield "tray_unknown_product"
        return
    if len({one.product for one in plan.stock}) < len(plan.stock):
        yield "tray_duplicate"
    if any(one.units > planning.stock_ratio * stocks[one.product] for one in plan.stock):
        yield "stock_over_limit"
