"""A score that rose from one attempt to the next by more than its errors explain. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.exams.reporting import standard_error
from app.integrity.queries import Sat

RISE_Z = 3.0
"""Standard errors of the difference from which on a rise is told (B-stat 5): learning explains
much, so it is a sign to look at what was done between the two, and nothing more."""


@dataclass(frozen=True)
class Rise:
    """How a score compares with the same person's attempt before it.

    Attributes:
        before_at: When that attempt began.
        before, now: Scores, fractions in [0, 1].
        z: Their difference in its standard errors (Lord's, of both).
    """

    before_at: datetime
    before: float
    now: float
    z: float

    @property
    def is_flagged(self) -> bool:
        return self.z > RISE_Z


def rises_of(sat: Sequence[Sat]) -> dict[int, Rise]:
    """Return, by place in `sat`, how each score compares with the one before it.

    Args:
        sat: Attempts of one exam, in the order of their starts.
    """
    last: dict[int, Sat] = {}
    out: dict[int, Rise] = {}
    for place, one in enumerate(sat):
        if one.fraction is None:
            continue
        before = last.get(one.attempt.person_id)
        last[one.attempt.person_id] = one
        if before is None or before.fraction is None:
            continue
        errors = [standard_error(each.fraction or 0.0, len(each.credits)) for each in (before, one)]
        spread = math.hypot(*(error for error in errors if error is not None))
        if None not in errors and spread > 0:
            out[place] = Rise(
                before_at=before.attempt.started_at,
                before=before.fraction,
                now=one.fraction,
                z=(one.fraction - before.fraction) / spread,
            )
    return out
