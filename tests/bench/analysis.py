"""Item analysis and response theory on a million responses (rows 13 and 14 of the budgets)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from girth import twopl_mml

from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.classical import item_statistics
from question_bank.psychometrics.consistency import form_statistics
from question_bank.psychometrics.irt import calibrate
from question_bank.psychometrics.matrices import ResponseMatrix
from tests.bench.rooms import HEAD, Aim, aim_line

PERSONS, ITEMS = 10_000, 100
PEER_PERSONS, PEER_ITEMS = 2_000, 40
ROUNDS = 3


def _drawn(persons: int, items: int, seed: int) -> ResponseMatrix:
    generator = np.random.default_rng(seed)
    curves = ItemCurves(
        np.exp(generator.normal(0, 0.3, items)), generator.normal(0, 1, items), np.zeros(items)
    )
    chance = curves.chances(generator.normal(size=persons))
    return ResponseMatrix.of_credits((generator.random(chance.shape) < chance).astype(float))


def _cpu_s(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def _from_rows(matrix: ResponseMatrix) -> Callable[[], object]:
    persons = [person for person in matrix.person_ids for _ in matrix.item_refs]
    items = list(matrix.item_refs) * len(matrix.person_ids)
    credits = matrix.credits.ravel().tolist()
    options = ["ab"[int(credit)] for credit in credits]
    seconds = [20.0] * len(credits)

    def analysed() -> object:
        laid_out = ResponseMatrix.from_columns(persons, items, credits, options, seconds)
        return item_statistics(laid_out), form_statistics(laid_out)

    return analysed


def analysis_rows() -> list[Aim]:
    """Measure both; the peer works on fewer responses, at which both are compared."""
    large, small = _drawn(PERSONS, ITEMS, 1), _drawn(PEER_PERSONS, PEER_ITEMS, 2)
    rows = [
        Aim(
            "item analysis of 1,000,000 responses, from rows",
            _cpu_s(_from_rows(large)),
            "s",
            1.3,
            0.7,
        )
    ]
    own = _cpu_s(lambda: calibrate(small))
    transposed = small.credits.T.astype(int)
    peer = _cpu_s(lambda: twopl_mml(transposed), rounds=1)
    ours, theirs = calibrate(small), twopl_mml(transposed)
    agreement = min(
        float(np.corrcoef(ours.a, theirs["Discrimination"])[0, 1]),
        float(np.corrcoef(ours.b, theirs["Difficulty"])[0, 1]),
    )
    rows += [
        Aim(
            f"2PL of {PEER_PERSONS:,} x {PEER_ITEMS}, girth over ours",
            peer / own,
            "times",
            15,
            40,
            is_ratio=True,
            note=f"{peer:.1f} s against {own:.2f} s, standard errors included",
        ),
        Aim("least correlation of the estimates", agreement, "", 0.999, 0.999, is_ratio=True),
        Aim("2PL of 1,000,000 responses", _cpu_s(lambda: calibrate(large), 1), "s", 2.2, 0.8),
    ]
    return rows


def print_analysis() -> int:
    """Print the table; return how many rows miss what they must hold."""
    print(HEAD.replace("rooms   ", "analysis"))
    missed = 0
    for row in analysis_rows():
        print(aim_line(row), flush=True)
        missed += row.verdict == "MISSED"
    return missed


if __name__ == "__main__":
    print_analysis()
