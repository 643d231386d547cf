"""How often the integrity statistics are wrong: simulated exams, honest and not.

An item has a right option and three wrong ones of different attraction; a person's chance of the
right one rises with ability (two parameters), and who errs falls for the attractive ones. Times
are lognormal. Copiers take over a share of a source's answers; who knew items beforehand answers
them right and in a fraction of the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from question_bank.preknowledge import OldNewGains, gains_on_old
from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.irt import calibrate
from question_bank.psychometrics.matrices import Floats, ResponseMatrix
from question_bank.psychometrics.person_fit import PersonFit, person_fits
from question_bank.similarity import similar_pairs
from question_bank.timing import unusual_times

OPTIONS = 4


@dataclass(frozen=True, slots=True)
class Exam:
    """A simulated exam.

    Attributes:
        matrix: What the statistics see.
        copied: Pairs (source, copier) by position.
        knowing: Persons who knew items beforehand.
        known: The items that they knew, by position; as many by chance where nobody did.
    """

    matrix: ResponseMatrix
    copied: tuple[tuple[int, int], ...]
    knowing: tuple[int, ...]
    known: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """What simulated exams came to.

    Attributes:
        runs: Exams of each sort.
        honest_with_pair: Honest exams in which any pair was flagged.
        honest_with_person: Honest exams in which anybody's times were flagged.
        honest_with_item: Honest exams in which an item's times were flagged.
        caught_pairs: Share of the copying pairs that were flagged, by share copied.
        caught_persons: Share of the persons who knew items beforehand whose times were flagged.
        honest_with_gain: Honest exams in which anybody's old items were flagged.
        caught_gains: Share of the persons who knew items beforehand whose old items were flagged.
        fit_runs: Exams of each sort whose patterns were looked at.
        honest_with_misfit: Of these, honest ones in which anybody's pattern was flagged.
        caught_misfits: Share of the persons who knew items beforehand whose pattern was flagged.
    """

    runs: int
    honest_with_pair: int
    honest_with_person: int
    honest_with_item: int
    caught_pairs: dict[float, float]
    caught_persons: float
    honest_with_gain: int
    caught_gains: float
    fit_runs: int
    honest_with_misfit: int
    caught_misfits: float


def simulated_exam(
    rng: np.random.Generator,
    *,
    persons: int = 300,
    items: int = 60,
    pairs: int = 0,
    share: float = 0.8,
    knowing: int = 0,
    known_items: int = 20,
) -> Exam:
    """Simulate an exam.

    Args:
        rng: The only source of chance.
        persons: Candidates, >= 2 * pairs + knowing.
        items: Items, everybody the same.
        pairs: Copying pairs.
        share: Of the answers that each copier takes over, in [0, 1].
        knowing: Persons who knew items beforehand.
        known_items: How many they knew.
    """
    ability = rng.normal(0.0, 1.0, persons)
    slope, difficulty = rng.lognormal(0.0, 0.3, items), rng.normal(0.0, 1.0, items)
    right = 1 / (1 + np.exp(-slope * (ability[:, None] - difficulty)))
    is_right = rng.random((persons, items)) < right
    pull = rng.dirichlet([2.0] * (OPTIONS - 1), items)
    drawn = rng.random((persons, items, 1))
    wrong = 1 + (drawn > np.cumsum(pull, axis=1)[None, :, :-1]).sum(axis=2)
    options = np.where(is_right, 0, wrong).astype(np.int32)
    seconds = np.exp(
        rng.normal(3.6, 0.35, items)
        - rng.normal(0.0, 0.25, persons)[:, None]
        + rng.normal(0.0, 0.4, (persons, items))
    )
    order = rng.permutation(persons)
    copied = [(int(order[2 * n]), int(order[2 * n + 1])) for n in range(pairs)]
    for source, copier in copied:
        places = rng.permutation(items)[: round(share * items)]
        options[copier, places] = options[source, places]
    knowers = [int(one) for one in order[2 * pairs : 2 * pairs + knowing]]
    known = rng.permutation(items)[:known_items]
    for person in knowers:
        options[person, known] = 0
        seconds[person, known] *= rng.uniform(0.1, 0.25, known_items)
    return Exam(_matrix(options, seconds), tuple(copied), tuple(knowers), tuple(known.tolist()))


def _matrix(options: np.ndarray, seconds: Floats) -> ResponseMatrix:
    persons, items = options.shape
    return ResponseMatrix(
        tuple(f"p{n:05d}" for n in range(persons)),
        tuple(f"i{n:04d}" for n in range(items)),
        (options == 0).astype(np.float64),
        options.astype(np.int32),
        (tuple("abcd"[:OPTIONS]),) * items,
        seconds,
    )


def error_rates(
    *, seed: int, runs: int = 40, persons: int = 300, items: int = 60, fit_runs: int = 40
) -> ErrorRates:
    """Simulate exams and count what the statistics say of them.

    Args:
        seed: Of the simulation.
        runs: Exams of each sort.
        persons: Candidates of each exam.
        items: Items of each exam.
        fit_runs: Exams of each sort whose patterns are looked at: that takes the longest.
    """
    rng = np.random.default_rng(seed)
    pair, person, item, gain, misfit = 0, 0, 0, 0, 0
    for run in range(runs):
        exam = simulated_exam(rng, persons=persons, items=items)
        similarity, timing = similar_pairs(exam.matrix), unusual_times(exam.matrix)
        gains = _gains(exam)
        assert similarity is not None, "the simulated exams are large enough"
        assert timing is not None, "the simulated exams are large enough"
        pair += bool(similarity.flagged)
        person += bool(timing.persons)
        item += bool(timing.items)
        gain += bool(gains.flagged)
        if run < fit_runs:
            misfit += bool(_fits(exam, seed=run).flagged)
    caught = {share: _caught_pairs(rng, runs, persons, items, share) for share in (0.8, 0.6, 0.4)}
    by_times, by_gains, by_fit = _caught_persons(rng, runs, persons, items, fit_runs)
    return ErrorRates(
        runs=runs,
        honest_with_pair=pair,
        honest_with_person=person,
        honest_with_item=item,
        caught_pairs=caught,
        caught_persons=by_times,
        honest_with_gain=gain,
        caught_gains=by_gains,
        fit_runs=fit_runs,
        honest_with_misfit=misfit,
        caught_misfits=by_fit,
    )


def _gains(exam: Exam) -> OldNewGains:
    """Look at the items that were known, or as many others, as the old ones."""
    is_old = np.zeros(exam.matrix.credits.shape, dtype=np.bool_)
    is_old[:, list(exam.known)] = True
    found = gains_on_old(exam.matrix, is_old)
    assert found is not None, "the simulated exams are large enough"
    return found


def _fits(exam: Exam, *, seed: int) -> PersonFit:
    items = calibrate(exam.matrix, "2pl")
    return person_fits(ItemCurves(items.a, items.b, items.c), exam.matrix.credits, seed=seed)


def _caught_pairs(
    rng: np.random.Generator, runs: int, persons: int, items: int, share: float
) -> float:
    caught = total = 0
    for _ in range(max(1, runs // 4)):
        exam = simulated_exam(rng, persons=persons, items=items, pairs=10, share=share)
        found = similar_pairs(exam.matrix)
        assert found is not None
        flagged = {frozenset((one.first, one.second)) for one in found.flagged}
        caught += sum(frozenset(pair) in flagged for pair in exam.copied)
        total += len(exam.copied)
    return caught / total


def _caught_persons(
    rng: np.random.Generator, runs: int, persons: int, items: int, fit_runs: int
) -> tuple[float, float, float]:
    """Return who knew items beforehand and is told by times, by old items, by the pattern."""
    counts, looked_at, total = [0, 0, 0], 0, 0
    for run in range(max(1, runs // 4)):
        exam = simulated_exam(rng, persons=persons, items=items, knowing=10)
        found = unusual_times(exam.matrix)
        assert found is not None
        told = [{one.person for one in found.persons}]
        told.append({one.person for one in _gains(exam).flagged})
        if run < fit_runs // 4:
            looked_at += len(exam.knowing)
            told.append(set(_fits(exam, seed=run).flagged))
        for place, flagged in enumerate(told):
            counts[place] += sum(person in flagged for person in exam.knowing)
        total += len(exam.knowing)
    return counts[0] / total, counts[1] / total, counts[2] / max(1, looked_at)
