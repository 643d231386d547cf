"""A blueprint's study: every item's figures with flags, the form's figures, response theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.analysis.queries import Sample
from question_bank.items import Item, ItemKind
from question_bank.psychometrics.classical import (
    LEAST_PERSONS,
    ItemStatistics,
    OptionCurve,
    facility_drift,
    item_statistics,
    option_curves,
)
from question_bank.psychometrics.consistency import (
    DecisionConsistency,
    FormStatistics,
    decision_consistency,
    form_statistics,
    sem_at,
)
from question_bank.psychometrics.flags import item_flags
from question_bank.psychometrics.intervals import discrimination_intervals
from question_bank.psychometrics.irt import LEAST_PERSONS as LEAST_FOR_THEORY
from question_bank.psychometrics.irt import Calibration, calibrate
from question_bank.psychometrics.matrices import Floats, ResponseMatrix

DRIFT = 0.3
"""Logits from which a change between the two halves in time is called drift (B-stat 4)."""

BOOTSTRAP_DRAWS = 200
CURVE_KINDS = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.TRUE_FALSE, ItemKind.HOT_SPOT})


@dataclass(frozen=True)
class ItemStudy:
    """One item version.

    Attributes:
        item: Its content.
        statistics: Classical figures.
        low, high: 95 % bootstrap interval of the discrimination; `None` for too few persons.
        exposure: Share of the forms that had it.
        drift: Change of difficulty between the two halves in time, in logits; `None` if either
            half has too few persons.
        flags: Codes of what stands out.
    """

    item: Item
    statistics: ItemStatistics
    low: float | None
    high: float | None
    exposure: float
    drift: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """A blueprint's attempts, analysed.

    Attributes:
        items: By the matrix' order.
        form: The form's figures; `None` for fewer than two attempts.
        sem_at_cut: Standard error of measurement at the cut, in score fraction.
        consistency: Of pass and fail; `None` where alpha is unknown or not positive.
        cut_fraction: The cut.
        scores: Score fraction of each attempt.
        calibration: 2PL parameters; `None` below the least number of persons.
    """

    items: tuple[ItemStudy, ...]
    form: FormStatistics | None
    sem_at_cut: float | None
    consistency: DecisionConsistency | None
    cut_fraction: float
    scores: tuple[float, ...]
    calibration: Calibration | None


def study_of(sample: Sample, items: dict[str, Item]) -> Study:
    """Analyse a sample: some tenths of a second for a thousand attempts, mostly the intervals."""
    matrix = sample.matrix
    statistics = item_statistics(matrix)
    count = len(matrix.person_ids)
    lows, highs = _intervals(matrix)
    drifts = _drifts(sample)
    studies = tuple(
        ItemStudy(
            item=items[one.item_ref],
            statistics=one,
            low=_known(lows[place]),
            high=_known(highs[place]),
            exposure=one.count / count,
            drift=drifts.get(one.item_ref),
            flags=_flags(matrix, place, one, items[one.item_ref], drifts),
        )
        for place, one in enumerate(statistics)
    )
    form = form_statistics(matrix) if count > 1 else None
    return Study(
        items=studies,
        form=form,
        sem_at_cut=_sem(form, sample.cut_fraction),
        consistency=_consistency(form, sample.cut_fraction),
        cut_fraction=sample.cut_fraction,
        scores=tuple(float(one) for one in matrix.score_fractions),
        calibration=_calibration(matrix),
    )


def curves_of(sample: Sample, item: Item) -> list[OptionCurve]:
    """Return how often each option of an item was chosen, by score group."""
    return option_curves(sample.matrix, sample.matrix.item_refs.index(item.ref))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _intervals(matrix: ResponseMatrix) -> tuple[Floats, Floats]:
    if len(matrix.person_ids) < LEAST_PERSONS:
        unknown = np.full(len(matrix.item_refs), np.nan)
        return unknown, unknown
    return discrimination_intervals(matrix, least=LEAST_PERSONS, draws=BOOTSTRAP_DRAWS)


def _drifts(sample: Sample) -> dict[str, float]:
    """Return each item's drift between the earlier and the later half of the attempts."""
    order = np.argsort(np.array([moment.timestamp() for moment in sample.started]), kind="stable")
    half = len(order) // 2
    if half < LEAST_PERSONS:
        return {}
    parts = sample.matrix.resampled(order[:half]), sample.matrix.resampled(order[half:])
    enough = [part.shown.sum(axis=0) >= LEAST_PERSONS for part in parts]
    refs = sample.matrix.item_refs
    kept = {ref for place, ref in enumerate(refs) if enough[0][place] and enough[1][place]}
    return {ref: shift for ref, shift in facility_drift(*parts).items() if ref in kept}


def _flags(
    matrix: ResponseMatrix,
    place: int,
    statistics: ItemStatistics,
    item: Item,
    drifts: dict[str, float],
) -> tuple[str, ...]:
    has_curves = item.kind in CURVE_KINDS and item.parametric is None
    found = list(
        item_flags(
            statistics,
            option_curves(matrix, place) if has_curves else (),
            keys=item.key_ids if has_curves else frozenset(),
            choices=item.choice_ids if has_curves else frozenset(),
            guessing=1 / len(item.choice_ids) if has_curves else 0.0,
        )
    )
    if drifts.get(statistics.item_ref, 0.0) > DRIFT:
        found.append("easier_than_before")
    return tuple(found)


def _sem(form: FormStatistics | None, cut_fraction: float) -> float | None:
    if form is None or form.alpha is None or form.length <= 1:
        return None
    return sem_at(cut_fraction, form.length, form.alpha, form.mean, form.sd)


def _consistency(form: FormStatistics | None, cut_fraction: float) -> DecisionConsistency | None:
    if form is None or form.alpha is None or form.alpha <= 0 or form.sd <= 0:
        return None
    return decision_consistency(cut_fraction, form.mean, form.sd, form.alpha)


def _calibration(matrix: ResponseMatrix) -> Calibration | None:
    """Calibrate the items that some solved and some did not."""
    if len(matrix.person_ids) < LEAST_FOR_THEORY:
        return None
    solved = np.nanmean(np.where(matrix.shown, matrix.credits >= 0.5, np.nan), axis=0)
    telling = np.flatnonzero((solved > 0) & (solved < 1))
    if len(telling) < 3:
        return None
    return calibrate(matrix.of_items(telling), "2pl")
