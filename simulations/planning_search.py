"""Find a good plan for an operator: one field after the other, on training seeds only.

A plan has few fields and each has few sensible values, so each field is tried through while the
rest stays, twice around. Deterministic; what breaks a rule of the room is not tried.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from itertools import combinations
from typing import Any

from simulations.batch import seeds, twin_outcome
from simulations.errors import PlanRefusedError
from simulations.executors import in_order
from simulations.planning import Plan, StockOrder
from simulations.plans import in_force
from simulations.policies import Policy, house
from simulations.scenarios import Scenario
from simulations.search import MEMBERS_OF_TASK, TRAINING_BASE, Objective, worth_of

PLAN_BASE = TRAINING_BASE + 600
ROUNDS = 2
SEEDS = 8
SHARES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Budgets tried, as shares of the scenario's."""

STOCK_SHARES = (0.0, 0.3, 0.6, 1.0)
"""Stock ordered beforehand, as shares of what may be ordered, of one product or of all."""


def with_best_plan(
    scenario: Scenario,
    policy: Policy,
    objective: Objective,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Policy:
    """Return the policy with the best plan found for it; the policy itself where none is offered.

    Args:
        scenario: The scenario.
        policy: The operator; the search begins at its plan.
        objective: What to maximise.
        executor: Where to run; here if left out.
        progress: Told (fields done, fields in all).
    """
    if scenario.planning is None:
        return policy
    keys = seeds(SEEDS, PLAN_BASE)
    houses = [twin_outcome(scenario, house(), pair) for pair in keys]
    fields = list(_OPTIONS)
    best, best_worth = policy, float("-inf")
    for number in range(ROUNDS * len(fields)):
        plan = best.plan or Plan()
        tried = [best]
        for value in _OPTIONS[fields[number % len(fields)]](scenario, plan):
            update = plan.model_copy(update={fields[number % len(fields)]: value})
            try:
                scenario.with_plan(update)
            except PlanRefusedError:
                continue
            tried.append(replace(best, plan=update))
        tasks = (
            (scenario, objective, tried[at : at + MEMBERS_OF_TASK], keys, houses)
            for at in range(0, len(tried), MEMBERS_OF_TASK)
        )
        worths = [worth for part in in_order(executor, worth_of, tasks) for worth in part]
        for member, worth in zip(tried, worths, strict=True):
            if worth > best_worth:
                best, best_worth = member, worth
        if progress is not None:
            progress(number + 1, ROUNDS * len(fields))
    return best


def _grades(scenario: Scenario, _: Plan) -> Iterator[Any]:
    yield None
    if scenario.planning is not None:
        yield from (grade.id for grade in scenario.planning.grades)


def _videos(scenario: Scenario, _: Plan) -> Iterator[Any]:
    planning = scenario.planning
    if planning is not None and planning.preheat is not None:
        yield from range(planning.preheat.most + 1)


def _trays(scenario: Scenario, plan: Plan) -> Iterator[Any]:
    """Yield the tray with each one product left out, and with each one put first."""
    tray = in_force(scenario, plan).tray
    for code in tray:
        yield tuple(one for one in tray if one != code)
        yield (code, *(one for one in tray if one != code))
    for product in scenario.products:
        if product.code not in tray:
            yield (*tray, product.code)


def _traffic(scenario: Scenario, _: Plan) -> Iterator[Any]:
    yield from (round(scenario.market.budget_fen * share) for share in SHARES)


def _benefits(scenario: Scenario, _: Plan) -> Iterator[Any]:
    yield from (round(scenario.benefits.budget_fen * share) for share in SHARES)


def _trust(scenario: Scenario, _: Plan) -> Iterator[Any]:
    offered = ["freight_cover", *(lever.id for lever in scenario.trust)]
    for count in range(len(offered) + 1):
        yield from combinations(offered, count)


def _stock(scenario: Scenario, plan: Plan) -> Iterator[Any]:
    planning = scenario.planning
    if planning is None or planning.stock_ratio == 0.0:
        return
    ordered = {one.product: one.units for one in plan.stock or ()}
    for share in STOCK_SHARES:
        ratio = share * planning.stock_ratio
        every = {one.code: int(one.stock * ratio) for one in scenario.products}
        yield _orders(every)
        for code, units in every.items():
            yield _orders({**ordered, code: units})


def _orders(units: dict[str, int]) -> tuple[StockOrder, ...] | None:
    orders = tuple(StockOrder(product=code, units=n) for code, n in units.items() if n > 0)
    return orders or None


def _aims(scenario: Scenario, _: Plan) -> Iterator[Any]:
    yield None
    yield from (aim.id for aim in scenario.scoring.aims)


_OPTIONS: dict[str, Callable[[Scenario, Plan], Iterator[Any]]] = {
    "grade": _grades,
    "preheat_videos": _videos,
    "traffic_budget_fen": _traffic,
    "benefit_budget_fen": _benefits,
    "trust": _trust,
    "tray": _trays,
    "stock": _stock,
    "aim": _aims,
}
"""The fields of a plan in the order of trying, and the values worth trying given the rest."""
