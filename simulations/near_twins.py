"""Near twins: rooms that would ask a candidate the same thing twice.

Two rooms are compared as a candidate meets them: the goods (names, roles, prices to each other),
what happens when, the levers, and the words. A room that is a copy with other numbers is found by
its words; one that was reworded, by its shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from simulations.scenarios import Scenario

NEAR = 0.6
"""Likeness from which a reviewer is told; of the shipped rooms, other than a demonstration of the
same room, no two reach it (a test holds this)."""

LEVERS = (
    "planning",
    "holds",
    "clips",
    "trust",
    "hidden_hit",
    "cash",
    "service",
    "crew",
    "stage",
    "other_hosts",
)
WEIGHTS = {"words": 0.5, "goods": 0.3, "incidents": 0.1, "levers": 0.1}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two rooms are, 0 to 1, and in what."""

    ref: str
    title: str
    total: float
    parts: dict[str, float]


def likeness(one: Scenario, two: Scenario) -> Likeness:
    """Return how alike `two` is to `one`; symmetric but for what it names."""
    parts = {
        "words": _shared(_pairs(_words(one)), _pairs(_words(two))),
        "goods": _goods(one, two),
        "incidents": _incidents(one, two),
        "levers": _levers(one, two),
    }
    total = sum(WEIGHTS[name] * value for name, value in parts.items())
    return Likeness(two.ref, two.title, round(total, 3), {k: round(v, 3) for k, v in parts.items()})


def near_twins(scenario: Scenario, others: Iterable[Scenario]) -> list[Likeness]:
    """Return the rooms that are nearly the same, likest first; versions of its own are left out."""
    found = [likeness(scenario, other) for other in others if other.id != scenario.id]
    return sorted(
        (one for one in found if one.total >= NEAR), key=lambda one: (-one.total, one.ref)
    )


def _words(scenario: Scenario) -> str:
    texts = [scenario.story, scenario.problem]
    for product in scenario.products:
        texts += [product.name, product.note]
    for incident in scenario.incidents:
        texts += [incident.title, incident.cause, incident.text]
        texts += [choice.text for choice in incident.choices]
    return " ".join(texts)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1) if text[at : at + 2].strip()}


def _shared(one: set[str], two: set[str]) -> float:
    return len(one & two) / max(1, min(len(one), len(two)))


def _goods(one: Scenario, two: Scenario) -> float:
    """Return how alike the trays are: each product's nearest of the same role, by price."""
    scale_one = log(one.products[0].list_price_fen)
    scale_two = log(two.products[0].list_price_fen)
    out = []
    for product in one.products:
        gaps = [
            abs((log(product.list_price_fen) - scale_one) - (log(other.list_price_fen) - scale_two))
            + abs(log(product.stay_ratio / other.stay_ratio))
            + abs(product.refund_fraction - other.refund_fraction)
            for other in two.products
            if other.role == product.role
        ]
        out.append(exp(-2.0 * min(gaps)) if gaps else 0.0)
    fewer = min(len(one.products), len(two.products)) / max(len(one.products), len(two.products))
    return fewer * sum(out) / len(out)


def _incidents(one: Scenario, two: Scenario) -> float:
    if not one.incidents or not two.incidents:
        return float(not one.incidents and not two.incidents)

    def places(room: Scenario) -> list[tuple[str, float]]:
        return [(each.kind, each.from_min / room.duration_min) for each in room.incidents]

    first, second = places(one), places(two)
    hits = sum(
        any(kind == other and abs(at - place) < 0.1 for other, place in second)
        for kind, at in first
    )
    return hits / max(len(first), len(second))


def _levers(one: Scenario, two: Scenario) -> float:
    return sum(bool(getattr(one, name)) == bool(getattr(two, name)) for name in LEVERS) / len(
        LEVERS
    )
