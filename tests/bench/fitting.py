"""How well a fit finds what it should: `python -m tests.bench.fitting [sessions]`.

Synthetic sessions of shipped rooms with known factors; printed are, for each room, how many of the
90 % intervals hold the truth, the mean error in log, and the seconds of a fit. Takes about a minute
of one core for the default of four sessions a room.
"""

import sys
from math import log
from statistics import fmean
from time import process_time

from simulations.engines.registry import warm_up
from simulations.fitting import fit
from simulations.loading import shipped_scenarios
from tests.simulations.synthetic import known_room, session_of, true_factors

ROOMS = ("f1", "f2", "f8")
LEAVE = 1.2
APPEALS = (1.3, 0.8, 1.1, 0.9, 1.25)


def main() -> None:
    """Print a line for each room."""
    warm_up()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    for name in ROOMS:
        base = shipped_scenarios()[name]
        room = known_room(base, leave=LEAVE, appeals=APPEALS)
        held, errors, seconds, learned = [], [], [], []
        for seed in range(1, count + 1):
            recording = session_of(room, seed, rotate_min=6, cut=0.85)
            begun = process_time()
            found = fit(recording, base)
            seconds.append(process_time() - begun)
            truth = true_factors(room, recording, found, LEAVE)
            for one in found.estimates:
                if one.name not in truth:
                    continue
                learned.append(one.is_identified)
                if one.is_identified:
                    held.append(one.low <= truth[one.name] <= one.high)
                    errors.append(abs(log(one.value / truth[one.name])))
        print(
            f"{name}: {sum(held)} of {len(held)} intervals hold, mean error "
            f"{fmean(errors):.2f} in log, learned {fmean(learned):.0%}, "
            f"{fmean(seconds):.1f} s a fit"
        )


if __name__ == "__main__":
    main()
