"""The integrity statistics: time for a large exam, and simulated error rates."""

from __future__ import annotations

import sys
import time

import numpy as np

from question_bank.error_rates import error_rates, simulated_exam
from question_bank.similarity import similar_pairs
from question_bank.timing import unusual_times
from tests.bench.rooms import HEAD, Aim, aim_line

SEED = 20_261_122
RUNS = 40


def integrity_rows() -> list[Aim]:
    """Return the rows; error rates are of `RUNS` simulated exams of 300 candidates, 60 items."""
    matrix = simulated_exam(np.random.default_rng(SEED), persons=1000).matrix
    start = time.process_time()
    similar_pairs(matrix)
    unusual_times(matrix)
    taken_s = time.process_time() - start
    rates = error_rates(seed=SEED, runs=RUNS)
    note = f"of {rates.runs} simulated exams"
    return [
        Aim("1,000 attempts x 60 items: similarity and times", taken_s, "s", 10, 2),
        Aim("honest exams with a flagged pair", rates.honest_with_pair, "exams", 4, 2, note=note),
        Aim(
            "honest exams with a flagged person", rates.honest_with_person, "exams", 4, 2, note=note
        ),
        Aim("honest exams with a flagged item", rates.honest_with_item, "exams", 4, 2, note=note),
        Aim(
            "honest exams with a gain on old items",
            rates.honest_with_gain,
            "exams",
            4,
            2,
            note=note,
        ),
        Aim(
            "honest exams with an odd pattern",
            rates.honest_with_misfit,
            "exams",
            4,
            2,
            note=f"of {rates.fit_runs} simulated exams",
        ),
        *(
            Aim(
                f"pairs sharing {share:.0%} that are caught",
                caught,
                "",
                0.7 if share == 0.8 else None,
                None,
                is_ratio=True,
            )
            for share, caught in rates.caught_pairs.items()
        ),
        Aim(
            "who knew 20 of 60 items, by times", rates.caught_persons, "", 0.8, None, is_ratio=True
        ),
        Aim("the same, by old items", rates.caught_gains, "", 0.4, None, is_ratio=True),
        Aim("the same, by the pattern", rates.caught_misfits, "", None, None, is_ratio=True),
    ]


def print_integrity() -> int:
    """Print the rows; return how many miss what they must hold."""
    print(HEAD.replace("rooms    ", "integrity", 1))
    rows = integrity_rows()
    for row in rows:
        print(aim_line(row), flush=True)
    return sum(row.verdict == "MISSED" for row in rows)


if __name__ == "__main__":
    sys.exit(1 if print_integrity() else 0)
