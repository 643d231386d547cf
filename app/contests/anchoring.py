"""Fingerprints of scores and results, noted in a contest's chain of the audit log when made.

The chain's heads are signed and exported, so a row that is edited afterwards does not fit what
was noted, whoever edits it.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.contests.models import ContestResult, PlaceScore
from app.core.hashing import digest


def scores_anchor(rows: Iterable[PlaceScore]) -> str:
    """Return the fingerprint of the first scores of a round's run."""
    return digest(
        [
            {
                "place": row.place_id,
                "run": row.run_no,
                "room": row.room_points,
                "forecast": row.forecast_points,
                "strikes": row.strikes,
                "uplift": row.uplift_ratio,
                "shadows": list(row.shadows),
                "head": row.log_head,
            }
            for row in sorted(rows, key=lambda one: one.place_id)
        ]
    )


def results_anchor(rows: Iterable[ContestResult]) -> str:
    """Return the fingerprint of one version of a contest's results."""
    return digest(
        [
            {
                "entry": row.entry_id,
                "version": row.version,
                "final": row.is_final,
                "rank": row.rank,
                "total": row.total_points,
                "certified": row.certified_points,
                "low": row.low_points,
                "high": row.high_points,
                "standard": row.meets_standard,
                "claim": row.claim_public_id,
            }
            for row in sorted(rows, key=lambda one: one.entry_id)
        ]
    )
