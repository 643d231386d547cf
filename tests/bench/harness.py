"""Measure processor time of one piece of work, interleaved with its floor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table; times are microseconds of processor time for one unit."""

    work: str
    product_us: float
    floor: str
    floor_us: float

    @property
    def ratio(self) -> float:
        return self.product_us / self.floor_us if self.floor_us else float("nan")


def compare(
    work: str,
    product: Callable[[int], None],
    floor_name: str,
    floor: Callable[[int], None],
    *,
    units: int,
    rounds: int = ROUNDS,
) -> Row:
    """Run product and floor in turn, A B A B …, and keep the median of each.

    Args:
        work: Name of the work.
        product: Does `units` units, given the round's number.
        floor_name: What the floor is.
        floor: The same work at its floor.
        units: How many units a round does.
        rounds: Counted rounds; one more goes before, uncounted.
    """
    taken: dict[str, list[float]] = {"product": [], "floor": []}
    for number in range(rounds + 1):
        for name, run in (("product", product), ("floor", floor)):
            start = time.process_time()
            run(number)
            if number:
                taken[name].append((time.process_time() - start) / units * 1e6)
    return Row(
        work, statistics.median(taken["product"]), floor_name, statistics.median(taken["floor"])
    )


def table(rows: list[Row]) -> str:
    """Write the rows for a terminal."""
    lines = [f"{'work':44} {'product µs':>12} {'floor µs':>12} {'ratio':>7}  floor"]
    for row in rows:
        lines.append(
            f"{row.work:44} {row.product_us:12,.1f} {row.floor_us:12,.1f} {row.ratio:7.1f}"
            f"  {row.floor}"
        )
    return "\n".join(lines)
