"""What stands out in an exam, and what of it belongs into one attempt's case file.

Signs, in figures and without words of judgement: what they mean is for people to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from app.integrity.queries import Sat
from question_bank.psychometrics.matrices import ResponseMatrix
from question_bank.similarity import Similarity, SimilarPair, similar_pairs
from question_bank.timing import Timing, unusual_times


@dataclass(frozen=True)
class ExamSigns:
    """What stands out in an exam.

    Attributes:
        sat: The attempts, in the order of the matrix.
        item_refs: Items, in the order of the matrix.
        similarity: None where there are too few candidates.
        timing: None where there are too few candidates.
    """

    sat: Sequence[Sat]
    item_refs: tuple[str, ...]
    similarity: Similarity | None
    timing: Timing | None

    @property
    def signs(self) -> dict[int, list[str]]:
        """Return the codes of what stands out, by place in `sat`; most first."""
        out: dict[int, list[str]] = {}
        if self.similarity is not None:
            for person in sorted({p for one in self.similarity.flagged for p in _both(one)}):
                out.setdefault(person, []).append("similar")
            for person in sorted({p for group in self.similarity.clusters for p in group}):
                out[person].append("cluster")
        if self.timing is not None:
            for one in self.timing.persons:
                out.setdefault(one.person, []).append("fast")
            for person in np.flatnonzero(self.timing.impossible.any(axis=1)).tolist():
                out.setdefault(person, []).append("impossible")
        return dict(sorted(out.items(), key=lambda entry: (-len(entry[1]), entry[0])))


def exam_signs(sat: Sequence[Sat]) -> ExamSigns:
    """Compare everybody's answers and times.

    Args:
        sat: Attempts of one exam, in the order of their starts; at least one.
    """
    rows = [
        (
            f"{number:06d}",
            entry[0],
            one.credits[position],
            one.options.get(position, ""),
            one.seconds.get(position),
        )
        for number, one in enumerate(sat)
        for position, entry in enumerate(one.attempt.form, 1)
        if position in one.credits
    ]
    if not rows:
        return ExamSigns(sat, (), None, None)
    matrix = ResponseMatrix.from_columns(*zip(*rows, strict=True))
    scored = [sat[int(name)] for name in matrix.person_ids]
    return ExamSigns(scored, matrix.item_refs, similar_pairs(matrix), unusual_times(matrix))


def evidence_of(signs: ExamSigns, attempt_id: int, *, now: datetime) -> dict[str, Any]:
    """Return what belongs into the case file of one attempt, as JSON values.

    Args:
        signs: Of the whole exam.
        attempt_id: Whose.
        now: The moment (aware).
    """
    ids = [one.attempt.id for one in signs.sat]
    place = ids.index(attempt_id) if attempt_id in ids else None
    sat = None if place is None else signs.sat[place]
    return {
        "computed_at": now.isoformat(),
        "population": len(signs.sat),
        "similarity": _similarity(signs, place),
        "timing": _timing(signs, place),
        "process": {
            "opened": 0 if sat is None else sat.opened_count,
            "late": 0 if sat is None else sat.late_count,
        },
    }


def _both(pair: SimilarPair) -> tuple[int, int]:
    return pair.first, pair.second


def _similarity(signs: ExamSigns, place: int | None) -> dict[str, Any] | None:
    found = signs.similarity
    if found is None or place is None:
        return None
    pairs = []
    for one in found.flagged:
        if place in _both(one):
            other = one.second if one.first == place else one.first
            pairs.append(
                {
                    "other": signs.sat[other].attempt.public_id,
                    "common": one.common,
                    "same": one.same,
                    "expected": round(one.expected, 1),
                    "same_wrong": one.same_wrong,
                    "z": round(one.z, 2),
                    "z_wrong": None if np.isnan(one.z_wrong) else round(one.z_wrong, 2),
                    "started_apart_s": _apart_s(signs, place, other),
                }
            )
    group = next((group for group in found.clusters if place in group), ())
    return {
        "pair_count": found.pair_count,
        "bound": round(found.bound, 2),
        "pairs": pairs,
        "cluster": [signs.sat[one].attempt.public_id for one in group if one != place],
    }


def _apart_s(signs: ExamSigns, one: int, other: int) -> int:
    starts = [signs.sat[place].attempt.started_at for place in (one, other)]
    return abs(round((starts[0] - starts[1]).total_seconds()))


def _timing(signs: ExamSigns, place: int | None) -> dict[str, Any] | None:
    found = signs.timing
    if found is None or place is None:
        return None
    column = {ref: number for number, ref in enumerate(signs.item_refs)}
    fast = next((one for one in found.persons if one.person == place), None)
    points = []
    for position, (ref, *_) in enumerate(signs.sat[place].attempt.form, 1):
        residual = found.residuals[place, column[ref]] if ref in column else np.nan
        if not np.isnan(residual):
            credit = signs.sat[place].credits.get(position, 0.0)
            points.append([position, round(float(residual), 2), credit >= 1.0])
    impossible = [
        position
        for position, (ref, *_) in enumerate(signs.sat[place].attempt.form, 1)
        if ref in column and found.impossible[place, column[ref]]
    ]
    return {
        "is_flagged": fast is not None,
        "fast": 0 if fast is None else fast.fast,
        "right": 0 if fast is None else fast.right,
        "points": points,
        "impossible": impossible,
    }
