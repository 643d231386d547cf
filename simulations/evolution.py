"""Parents and children: a search that keeps the best it has met.

Parents and their mixed and mutated children compete on the same training seeds, so a search never
ends worse there than it began. All chance is the engine's own draws, identified by child, place
and purpose: the same search gives the same result on every machine and with any executor.
"""

from collections.abc import Callable, Mapping, Sequence

from simulations.engines.v1.arithmetic import draw, normal
from simulations.engines.v1.operators import THETA
from simulations.policies import Policy, policy_of
from simulations.search import Bounds, Effort

CROSSING, MUTATION, LEAP = 0.3, 0.2, 0.03
"""Chance of each number to come from the other parent, to be moved, to be drawn anew."""

FIRST_STEP, LAST_STEP = 0.12, 0.02
"""Standard deviation of a move, as a share of the number's range, in the first and last round."""

Worths = Callable[[Sequence[Policy]], list[float]]
"""Judges many policies at once: the same policy is worth the same whenever it is asked."""


def evolve(
    start: Policy,
    space: Bounds,
    fixed: Mapping[str, float],
    effort: Effort,
    key: int,
    worths: Worths,
    progress: Callable[[int, int], None] | None = None,
) -> Policy:
    """Return the best policy that parents and children of `start` came to.

    Args:
        start: Where to begin; its name and plan stay.
        space: Names of theta that may change, and between which values.
        fixed: Values of theta that are not searched; what is in neither has its default.
        effort: Rounds, children a round, parents (`elite`).
        key: Key of the search's draws.
        worths: What is maximised.
        progress: Told (rounds done, rounds) after each round.
    """
    names = list(space)
    ranges = [space[name] for name in names]
    first = dict(zip(THETA, start.theta, strict=True))

    def policy_with(values: Sequence[float]) -> Policy:
        numbers = {**fixed, **dict(zip(names, values, strict=True))}
        return policy_of(start.name, numbers, start.plan)

    def judged(many: Sequence[list[float]]) -> list[tuple[float, list[float]]]:
        return list(zip(worths([policy_with(values) for values in many]), many, strict=True))

    parents = judged(
        [[min(max(first[n], low), high) for n, (low, high) in zip(names, ranges, strict=True)]]
    )
    for number in range(effort.rounds):
        share = number / max(1, effort.rounds - 1)
        step = FIRST_STEP + (LAST_STEP - FIRST_STEP) * share
        children = [
            _child(parents, ranges, key, number * effort.population + child, step)
            for child in range(effort.population)
        ]
        # Sorting is stable: of equals the older stays.
        parents = sorted([*parents, *judged(children)], key=lambda one: -one[0])[: effort.elite]
        if progress is not None:
            progress(number + 1, effort.rounds)
    return policy_with([round(value, 4) for value in parents[0][1]])


def _child(
    parents: Sequence[tuple[float, list[float]]],
    ranges: Sequence[tuple[float, float]],
    key: int,
    row: int,
    step: float,
) -> list[float]:
    place = row * (len(ranges) + 1)
    mother = parents[int(draw(key, place, 0) * len(parents))][1]
    father = parents[int(draw(key, place, 1) * len(parents))][1]
    child = []
    for j, (low, high) in enumerate(ranges):
        at = place + 1 + j
        value = father[j] if draw(key, at, 0) < CROSSING else mother[j]
        chance = draw(key, at, 1)
        if chance < LEAP:
            value = low + (high - low) * draw(key, at, 2)
        elif chance < LEAP + MUTATION:
            value = value + step * (high - low) * normal(draw(key, at, 3))
        child.append(min(max(value, low), high))
    return child
