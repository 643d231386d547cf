"""What stands out in an exam, and what of it belongs into one attempt's case file.

Signs, in figures and without words of judgement: what they mean is for people to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from app.exams.treating import version_of
from app.integrity.exposure import Shown, item_ids_of
from app.integrity.queries import Sat
from app.integrity.rising import Rise, rises_of
from app.integrity.ties import Setting
from question_bank.group_shares import GroupShares, unusual_groups
from question_bank.items import split_ref
from question_bank.preknowledge import OldNewGains, gains_on_old
from question_bank.psychometrics.abilities import ItemCurves
from question_bank.psychometrics.irt import LEAST_PERSONS as LEAST_FOR_THEORY
from question_bank.psychometrics.irt import calibrate
from question_bank.psychometrics.matrices import Flags, ResponseMatrix
from question_bank.psychometrics.person_fit import PersonFit, person_fits
from question_bank.similarity import FAMILY_ALPHA, Similarity, SimilarPair, similar_pairs
from question_bank.timing import Timing, unusual_times

AWAY_COUNT, AWAY_S = 5, 180.0
"""An exam page left this often, or for so many seconds in all, is named among the signs."""

FIT_SEED = 20_261_122
"""Of the patterns drawn for odd ones: the same exam gives the same figures."""

MOST_ITEMS_TOLD = 8
"""Of the items that were shown most often before."""


@dataclass(frozen=True)
class ExamSigns:
    """What stands out in an exam.

    Attributes:
        sat: The attempts, in the order of the matrix.
        item_refs: Items, in the order of the matrix.
        similarity: None where there are too few candidates.
        timing: None where there are too few candidates.
        shown: By attempt id, what of its form had been shown before.
        gains: By who had been shown the old items, `colleagues` and `others`; None where there
            are too few candidates.
        fit: None where there are too few candidates to calibrate the items.
        rises: By place in `sat`, how a score compares with the same person's one before it.
        settings: By attempt id, where and for whom it was sat.
    """

    sat: Sequence[Sat]
    item_refs: tuple[str, ...]
    similarity: Similarity | None
    timing: Timing | None
    shown: Mapping[int, Shown]
    gains: Mapping[str, OldNewGains | None]
    fit: PersonFit | None
    rises: Mapping[int, Rise]
    settings: Mapping[int, Setting]

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
        for gains in self.gains.values():
            for gain in gains.flagged if gains is not None else ():
                if "old_items" not in out.setdefault(gain.person, []):
                    out[gain.person].append("old_items")
        for person in self.fit.flagged if self.fit is not None else ():
            out.setdefault(person, []).append("misfit")
        for person, rise in self.rises.items():
            if rise.is_flagged:
                out.setdefault(person, []).append("rise")
        for person, one_sat in enumerate(self.sat):
            if one_sat.left_count >= AWAY_COUNT or one_sat.left_s >= AWAY_S:
                out.setdefault(person, []).append("away")
            if one_sat.device_count > 1:
                out.setdefault(person, []).append("devices")
        return dict(sorted(out.items(), key=lambda entry: (-len(entry[1]), entry[0])))

    @property
    def provider_shares(self) -> GroupShares:
        """Return which providers' people stand out more often; groups are named by their keys."""
        members: dict[str, set[int]] = {}
        for place, one in enumerate(self.sat):
            setting = self.settings.get(one.attempt.id)
            for provider_id in setting.providers if setting is not None else ():
                members.setdefault(str(provider_id), set()).add(place)
        flagged = [place for place, codes in self.signs.items() if STATISTICAL & set(codes)]
        return unusual_groups(members, flagged, persons=len(self.sat))


STATISTICAL = frozenset({"similar", "fast", "impossible", "old_items", "misfit", "rise"})
"""Signs that come from answers and times; leaving the page is a matter of the place."""


def exam_signs(
    sat: Sequence[Sat], shown: Mapping[int, Shown], settings: Mapping[int, Setting]
) -> ExamSigns:
    """Compare everybody's answers and times.

    Args:
        sat: Attempts of one exam, in the order of their starts; at least one.
        shown: Of `shown_before`.
        settings: Of `settings_of`.
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
        return ExamSigns(sat, (), None, None, shown, {}, None, {}, settings)
    matrix = ResponseMatrix.from_columns(*zip(*rows, strict=True))
    scored = [sat[int(name)] for name in matrix.person_ids]
    # An item with drawn figures is as hard for everybody: its version counts, not its figures.
    versions = ResponseMatrix.from_columns(
        *zip(*((row[0], version_of(row[1]), *row[2:]) for row in rows), strict=True)
    )
    return ExamSigns(
        scored,
        matrix.item_refs,
        similar_pairs(matrix),
        unusual_times(matrix),
        shown,
        _gains(versions, scored, shown),
        _fit(versions),
        rises_of(scored),
        settings,
    )


def _gains(
    matrix: ResponseMatrix, sat: Sequence[Sat], shown: Mapping[int, Shown]
) -> dict[str, OldNewGains | None]:
    """Look twice, so each look may err half as often."""
    ids = [split_ref(ref)[0] for ref in matrix.item_refs]
    by_colleagues: Flags = np.zeros(matrix.credits.shape, dtype=np.bool_)
    by_others: Flags = np.zeros(matrix.credits.shape, dtype=np.bool_)
    for place, one in enumerate(sat):
        found = shown.get(one.attempt.id)
        if found is not None:
            by_colleagues[place] = [found.colleagues.get(item_id, 0) > 0 for item_id in ids]
            by_others[place] = [item_id in found.old for item_id in ids]
    return {
        "colleagues": gains_on_old(matrix, by_colleagues, alpha=FAMILY_ALPHA / 2),
        "others": gains_on_old(matrix, by_others, alpha=FAMILY_ALPHA / 2),
    }


def _fit(matrix: ResponseMatrix) -> PersonFit | None:
    """Calibrate the items that some solved and some did not by this exam, and compare patterns."""
    if len(matrix.person_ids) < LEAST_FOR_THEORY:
        return None
    solved = np.nanmean(np.where(matrix.shown, matrix.credits >= 0.5, np.nan), axis=0)
    telling = np.flatnonzero((solved > 0) & (solved < 1))
    if len(telling) < 3:
        return None
    known = matrix.of_items(telling)
    items = calibrate(known, "2pl")
    return person_fits(ItemCurves(items.a, items.b, items.c), known.credits, seed=FIT_SEED)


def evidence_of(
    signs: ExamSigns, attempt_id: int, process: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """Return what belongs into the case file of one attempt, as JSON values.

    Args:
        signs: Of the whole exam.
        attempt_id: Whose.
        process: Of `process_of`.
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
        "exposure": _exposure(signs, sat),
        "gains": {who: _gain(gains, place) for who, gains in signs.gains.items()},
        "fit": _fit_of(signs.fit, place),
        "rise": _rise_of(signs, place),
        "process": dict(process),
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
                    "ties": _ties(signs, place, other),
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


def _ties(signs: ExamSigns, one: int, other: int) -> list[str]:
    found = [signs.settings.get(signs.sat[place].attempt.id) for place in (one, other)]
    return [] if found[0] is None or found[1] is None else found[0].ties_to(found[1])


def _rise_of(signs: ExamSigns, place: int | None) -> dict[str, Any] | None:
    found = None if place is None else signs.rises.get(place)
    if found is None:
        return None
    return {
        "before_at": found.before_at.isoformat(),
        "before": found.before,
        "now": found.now,
        "z": round(found.z, 2),
        "is_flagged": found.is_flagged,
    }


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


def _exposure(signs: ExamSigns, sat: Sat | None) -> dict[str, Any] | None:
    found = None if sat is None else signs.shown.get(sat.attempt.id)
    if sat is None or found is None:
        return None
    ids = item_ids_of(sat.attempt.form)
    most = sorted(ids, key=lambda one: (-found.colleagues[one], -found.earlier[one], one))
    return {
        "items": len(ids),
        "seen": sum(found.earlier[one] > 0 for one in ids),
        "mean_earlier": round(sum(found.earlier.values()) / max(1, len(ids)), 1),
        "by_colleagues": sum(found.colleagues[one] > 0 for one in ids),
        "colleague_count": found.colleague_count,
        "by_neighbours": sum(found.neighbours[one] > 0 for one in ids),
        "most": [
            {
                "item": one,
                "position": ids.index(one) + 1,
                "earlier": found.earlier[one],
                "colleagues": found.colleagues[one],
                "credit": sat.credits.get(ids.index(one) + 1),
            }
            for one in most[:MOST_ITEMS_TOLD]
            if found.earlier[one] > 0
        ],
    }


def _gain(gains: OldNewGains | None, place: int | None) -> dict[str, Any] | None:
    found = None if gains is None or place is None else gains.of(place)
    if gains is None or found is None:
        return None
    return {
        "old": found.old,
        "right_old": found.right_old,
        "new": found.new,
        "right_new": found.right_new,
        "expected": round(found.expected, 1),
        "p_value": float(f"{found.p_value:.2g}"),
        "level": float(f"{gains.level:.2g}"),
        "is_flagged": found.p_value <= gains.level,
    }


def _fit_of(fit: PersonFit | None, place: int | None) -> dict[str, Any] | None:
    if fit is None or place is None or np.isnan(fit.values[place]):
        return None
    return {
        "value": round(float(fit.values[place]), 2),
        "p_value": float(f"{fit.p_values[place]:.2g}"),
        "level": float(f"{fit.level:.2g}"),
        "is_flagged": bool(fit.p_values[place] <= fit.level),
    }
