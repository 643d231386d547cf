"""What a regrade does to a score: pure, so that a preview and the act cannot differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from question_bank.instances import split_pinned
from question_bank.scoring import ExamScore, TopicScore

TREATMENTS = ("rekey", "credit_all", "drop")
"""`rekey`: scored by the key of another version (or its own); `credit_all`: full credit for
everybody who had the item; `drop`: not counted, the form is shorter by it."""


def version_of(ref: str) -> str:
    """Return the item version behind a ref of a form, which may pin values of its variables."""
    return split_pinned(ref)[0]


def rekeyed(ref: str, new_version: str | None) -> str:
    """Return the ref by which a position is scored: another version, the same pinned values."""
    version = version_of(ref)
    return ref if new_version is None else new_version + ref[len(version) :]


def treated_score(score: ExamScore, topics: Sequence[str], treatments: Sequence[str]) -> ExamScore:
    """Return a score after its items' treatments.

    Args:
        score: As the keys gave it.
        topics: Topic of each item, in form order.
        treatments: One of `TREATMENTS` for each item, in form order.

    Returns:
        The score itself if nothing was treated. `credits` keeps a figure for every position,
        a dropped one's too, so that the review still lines up with the form.
    """
    if all(one == "rekey" for one in treatments):
        return score
    credits = tuple(
        1.0 if one == "credit_all" else credit
        for one, credit in zip(treatments, score.credits, strict=True)
    )
    counted = [
        (topic, credit)
        for topic, credit, one in zip(topics, credits, treatments, strict=True)
        if one != "drop"
    ]
    sums: dict[str, list[float]] = {}
    for topic, credit in counted:
        sums.setdefault(topic, []).append(credit)
    total = math.fsum(credit for _, credit in counted)
    return replace(
        score,
        credits=credits,
        fraction=total / len(counted) if counted else 0.0,
        topics=tuple(TopicScore(one, math.fsum(held), len(held)) for one, held in sums.items()),
        pending=tuple(one for one in score.pending if treatments[one - 1] == "rekey"),
    )
