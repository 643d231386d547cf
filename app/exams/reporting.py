"""The score report: topics with their band, and how sure a score is. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FEW_ITEMS = 4
"""Below this many items a topic gets no band: chance is larger than anything it could say."""


@dataclass(frozen=True)
class TopicReport:
    """One topic of one form.

    Attributes:
        topic: Its code.
        credit: Sum of credits.
        item_count: Items of the topic.
        fraction: credit / item_count.
        error_fraction: Standard error of that fraction; None below two items.
        band: `above`, `near`, `below` the cut by more than one standard error, or `few`.
    """

    topic: str
    credit: float
    item_count: int
    fraction: float
    error_fraction: float | None
    band: str


@dataclass(frozen=True)
class ScoreReport:
    """A form's report; all figures are fractions in [0, 1].

    Attributes:
        fraction: The score.
        error_fraction: Its standard error; None below two items.
        low, high: Score minus and plus one standard error, within [0, 1].
        is_close: Whether the cut lies within one standard error of the score.
        topics: In the form's order.
    """

    fraction: float
    error_fraction: float | None
    low: float
    high: float
    is_close: bool
    topics: tuple[TopicReport, ...]


def standard_error(fraction: float, item_count: int) -> float | None:
    """Return the standard error of a score of `item_count` items.

    Lord's binomial error model: sqrt(p (1 − p) / (n − 1)). Partial credits vary less than
    right-or-wrong ones, so for them it is an upper bound. At no and at full credit the model
    would claim to be certain; there p is taken half an item away from the end.

    Args:
        fraction: Share of credit, in [0, 1].
        item_count: Items counted; below two there is no estimate.

    Source:
        F. M. Lord, Do tests of the same length have the same standard error of
        measurement? Educational and Psychological Measurement 17 (1957).
    """
    if item_count < 2:
        return None
    half_item = 0.5 / item_count
    share = min(max(fraction, half_item), 1 - half_item)
    return math.sqrt(share * (1 - share) / (item_count - 1))


def band_of(fraction: float, error_fraction: float | None, *, cut: float, item_count: int) -> str:
    """Return where a share of credit lies: clearly above or below the cut, or near it."""
    if error_fraction is None or item_count < FEW_ITEMS:
        return "few"
    if fraction - error_fraction >= cut:
        return "above"
    return "below" if fraction + error_fraction < cut else "near"


def score_report(
    credits: Sequence[float],
    topics: Sequence[Sequence[Any]],
    *,
    fraction: float,
    cut: float,
) -> ScoreReport:
    """Return the report of a scoring.

    Args:
        credits: Credit of each item, in form order.
        topics: `[topic, credit, item count]` each, in the form's order.
        fraction: The score.
        cut: The cut score.
    """
    counted = sum(int(count) for _, _, count in topics) or len(credits)
    error = standard_error(fraction, counted)
    spread = error or 0.0
    rows = []
    for topic, credit, count in topics:
        share = credit / count if count else 0.0
        own = standard_error(share, count)
        band = band_of(share, own, cut=cut, item_count=count)
        rows.append(TopicReport(topic, credit, count, share, own, band))
    return ScoreReport(
        fraction=fraction,
        error_fraction=error,
        low=max(0.0, fraction - spread),
        high=min(1.0, fraction + spread),
        is_close=error is not None and abs(fraction - cut) <= error,
        topics=tuple(rows),
    )
