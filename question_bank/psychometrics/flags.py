"""What stands out in an item's figures, as codes; what to do about each is in the labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from question_bank.psychometrics.classical import LEAST_PERSONS, ItemStatistics, OptionCurve

TOO_EASY = 0.95
TOO_HARD_OVER_GUESSING = 0.05
WEAK = 0.15
"""Corrected discrimination below which an item is to be looked at; Ebel & Frisbie (1991) call an
index below 0.19 poor and 0.20 to 0.29 marginal."""

UNUSED_SHARE = 0.02
"""A distractor chosen by fewer misleads nobody (Haladyna & Downing 1993 use 5 % of a class)."""

OMITTED = 0.10


def item_flags(
    statistics: ItemStatistics,
    curves: Sequence[OptionCurve] = (),
    *,
    keys: frozenset[str] = frozenset(),
    choices: frozenset[str] = frozenset(),
    guessing: float = 0.0,
) -> Iterator[str]:
    """Yield codes of what stands out.

    Args:
        statistics: The item's figures.
        curves: Its option curves, if it has options.
        keys: Options that are right.
        choices: Every option that the item offers.
        guessing: Expected credit of a blind guess.

    Yields:
        `too_few`, alone; else any of `too_easy`, `too_hard`, `negative_discrimination`,
        `weak_discrimination`, `often_omitted`, `unused_distractor`, `distractor_of_the_able`.
    """
    if statistics.count < LEAST_PERSONS or statistics.facility is None:
        yield "too_few"
        return
    if statistics.facility > TOO_EASY:
        yield "too_easy"
    if statistics.facility < guessing + TOO_HARD_OVER_GUESSING:
        yield "too_hard"
    if statistics.discrimination is not None:
        if statistics.discrimination < 0:
            yield "negative_discrimination"
        elif statistics.discrimination < WEAK and statistics.facility <= TOO_EASY:
            yield "weak_discrimination"
    if statistics.omitted_fraction > OMITTED:
        yield "often_omitted"
    shares = {curve.option: curve.share for curve in curves}
    if any(shares.get(choice, 0.0) < UNUSED_SHARE for choice in choices - keys):
        yield "unused_distractor"
    if any(
        curve.option in choices - keys and (curve.discrimination or 0.0) > 0.1 for curve in curves
    ):
        yield "distractor_of_the_able"
