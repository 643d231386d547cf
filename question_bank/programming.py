"""The integer programme behind a form: rows over 0/1 variables, solved, or relaxed and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MIP_GAP = 0.05
"""Costs are random: an optimum within 5 % is as good as the optimum."""

TIME_LIMIT_S = 20.0

INFINITY = float("inf")


@dataclass(frozen=True)
class Row:
    """`least <= Σ weights · x <= most`.

    Attributes:
        weights: One for each item.
        least, most: Bounds, inclusive.
        name: What the row asks for, in a message; empty rows cannot be relaxed (enemies, cases).
        penalty: What one unit of slack costs when the rows are relaxed: dearer rows are named
            later.
    """

    weights: tuple[float, ...]
    least: float
    most: float
    name: str = ""
    penalty: float = 1.0


@dataclass(frozen=True)
class Shortfall:
    """A row that cannot be met, and by how much."""

    row: Row
    short: float
    over: float


def choose(costs: Sequence[float], rows: Sequence[Row]) -> list[bool] | None:
    """Return the cheapest choice that meets every row, or `None` if there is none."""
    # SciPy costs 60 MB and half a second: only the process that draws forms pays for it.
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not costs:
        return None
    found = milp(
        np.array(costs),
        constraints=LinearConstraint(
            np.array([row.weights for row in rows]),
            np.array([row.least for row in rows]),
            np.array([row.most for row in rows]),
        ),
        integrality=np.ones(len(costs)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": MIP_GAP, "time_limit": TIME_LIMIT_S},
    )
    return None if found.x is None else [bool(x > 0.5) for x in found.x]


def shortfalls(count: int, rows: Sequence[Row]) -> list[Shortfall]:
    """Relax every named row by a slack; return those that the least total slack needs.

    Args:
        count: How many items there are.
        rows: Of a programme that cannot be met.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    named = [place for place, row in enumerate(rows) if row.name]
    matrix = np.zeros((len(rows), count + 2 * len(named)))
    if count:
        matrix[:, :count] = np.array([row.weights for row in rows])
    for slack, place in enumerate(named):
        matrix[place, count + slack] = 1.0  # what would have to be added
        matrix[place, count + len(named) + slack] = -1.0  # what is too much
    penalties = np.array([rows[place].penalty for place in named])
    found = milp(
        np.concatenate([np.zeros(count), penalties, penalties]),
        constraints=LinearConstraint(
            matrix, np.array([row.least for row in rows]), np.array([row.most for row in rows])
        ),
        integrality=np.concatenate([np.ones(count), np.zeros(2 * len(named))]),
        bounds=Bounds(
            np.zeros(count + 2 * len(named)),
            np.concatenate([np.ones(count), np.full(2 * len(named), 1000.0)]),
        ),
    )
    if found.x is None:
        return []
    out = []
    for slack, place in enumerate(named):
        short = float(found.x[count + slack])
        over = float(found.x[count + len(named) + slack])
        if short > 1e-6 or over > 1e-6:
            out.append(Shortfall(rows[place], short, over))
    return out
