"""What is wrong with a scenario beyond the ranges of its single fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from simulations.errors import PlanRefusedError
from simulations.plans import check_plan
from simulations.verbs import COMPLIANCE_ID

if TYPE_CHECKING:
    from simulations.scenarios import Scenario

LEAST_ANSWER_WALL_S = 45
"""No human deadline in a room is shorter than this on the wall clock."""

MOST_SPEED = {"junior": 4.0, "intermediate": 4.0, "senior": 2.0}
"""How much faster than the wall clock a room that counts may run, by level."""


def scenario_problems(scenario: Scenario) -> list[str]:
    """Return every contradiction, each beginning with the field."""
    return [
        *_names(scenario),
        *_ranges(scenario),
        *_times(scenario),
        *_references(scenario),
        *_planning(scenario),
    ]


def _names(scenario: Scenario) -> Iterator[str]:
    named: list[tuple[str, Sequence[str]]] = [
        ("products", [one.code for one in scenario.products]),
        ("incidents", [one.id for one in scenario.incidents]),
        ("compliance.choices", [one.id for one in scenario.compliance.choices]),
        ("host, other_hosts", [one.id for one in scenario.hosts]),
        ("trust", [one.id for one in scenario.trust]),
        ("scoring.aims", [one.id for one in scenario.scoring.aims]),
        *(
            (f"incidents.{one.id}.choices", [c.id for c in one.choices])
            for one in scenario.incidents
        ),
    ]
    for what, ids in named:
        if len(set(ids)) < len(ids):
            yield f"{what}: ids must differ"
    if COMPLIANCE_ID in {one.id for one in scenario.incidents}:
        yield f"incidents: the id {COMPLIANCE_ID!r} is taken by warnings"
    if not any(choice.clears for choice in scenario.compliance.choices):
        yield "compliance.choices: none clears a warning"


def _ranges(scenario: Scenario) -> Iterator[str]:
    for one in scenario.products:
        if one.cost_fen >= one.list_price_fen:
            yield f"products.{one.code}: cost_fen {one.cost_fen} is not below list_price_fen"
    benefits, market = scenario.benefits, scenario.market
    coupon, bag, packet = benefits.coupon, benefits.lucky_bag, benefits.red_packet
    pairs = [
        ("coupon depth", coupon.depth_least_fraction, coupon.depth_most_fraction),
        ("lucky_bag prize", bag.least_fen, bag.most_fen),
        ("red_packet amount", packet.least_fen, packet.most_fen),
        ("market bid", market.bid_least_fen, market.bid_most_fen),
    ]
    if market.boost is not None:
        pairs.append(("market.boost amount", market.boost.least_fen, market.boost.most_fen))
    for what, least, most in pairs:
        if least > most:
            yield f"{what}: least {least} is above most {most}"


def _times(scenario: Scenario) -> Iterator[str]:
    """Yield what does not fit into the session, or leaves people too little time."""
    yield from speed_problems(scenario, scenario.speed.exam)
    for one in scenario.incidents:
        if not one.sign_min <= one.from_min <= one.until_min:
            yield f"incidents.{one.id}: needs sign_min <= from_min <= until_min"
        if one.until_min + one.lasts_min > scenario.duration_min:
            yield f"incidents.{one.id}: may last beyond the session's end"
    if scenario.phases[-1].until_min != scenario.duration_min or any(
        a.until_min >= b.until_min for a, b in pairwise(scenario.phases)
    ):
        yield "phases: must rise and end with the session"
    for name, curve in (
        ("fans_curve", scenario.audience.fans_curve),
        ("public_curve", scenario.audience.public_curve),
    ):
        if any(a.minute >= b.minute for a, b in pairwise(curve)):
            yield f"audience.{name}: minutes must rise"


def speed_problems(scenario: Scenario, speed: float) -> Iterator[str]:
    """Yield why a room that counts may not run so fast: judgement is tested, not clicking.

    Args:
        scenario: The scenario.
        speed: Room seconds in a second of the wall, as the scenario or a programme sets it.
    """
    most = MOST_SPEED[scenario.level]
    if speed > most:
        yield f"speed.exam: {speed:g} at level {scenario.level}; at most {most:g}"
    windows = [("compliance.answer_min", scenario.compliance.answer_min)]
    windows += [(f"incidents.{one.id}.lasts_min", one.lasts_min) for one in scenario.incidents]
    for field, minutes in windows:
        wall_s = minutes * 60 / speed
        if wall_s < LEAST_ANSWER_WALL_S:
            yield (
                f"{field}: {wall_s:.0f} s on the wall at speed {speed:g}; "
                f"at least {LEAST_ANSWER_WALL_S}"
            )


def _references(scenario: Scenario) -> Iterator[str]:
    """Yield what names something that is not there."""
    codes = {one.code for one in scenario.products}
    hosts = {one.id for one in scenario.hosts}
    if scenario.hidden_hit is not None:
        for code in scenario.hidden_hit.products:
            if code not in codes:
                yield f"hidden_hit.products: no product {code!r}"
    if scenario.other_hosts and scenario.stage is None:
        yield "other_hosts: needs stage"
    if scenario.house.host_rotate_min > 0 and not scenario.other_hosts:
        yield "house.host_rotate_min: needs other_hosts"
    for incident in scenario.incidents:
        for choice in incident.choices:
            if choice.switches_host is not None and choice.switches_host not in hosts:
                yield (
                    f"incidents.{incident.id}.choices.{choice.id}.switches_host: "
                    f"no host {choice.switches_host!r}"
                )


def _planning(scenario: Scenario) -> Iterator[str]:
    planning = scenario.planning
    if planning is None:
        return
    if planning.tray_least > planning.tray_most:
        yield "planning: tray_least is above tray_most"
    if len({one.id for one in planning.grades}) < len(planning.grades):
        yield "planning.grades: ids must differ"
    if planning.grades and planning.house.grade is None:
        yield "planning.house: names no grade"
    try:
        check_plan(scenario, planning.house)
    except PlanRefusedError as error:
        yield f"planning.house: {', '.join(error.codes)}"
