"""When a candidate may sit a part again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from certificates.programmes import CertificationProgramme
from certificates.validity import ISSUE_ZONE, issue_day, months_after

QUARTER_MONTHS = 3


class RetakeRule(StrEnum):
    """Which rule sets the earliest start."""

    NONE = "none"
    WAIT = "wait"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Retake:
    """The earliest moment of the next sitting, and the rule that sets it."""

    earliest_at: datetime
    rule: RetakeRule

    def allowed_at(self, moment: datetime) -> bool:
        """Say whether a sitting may start at `moment`; the earliest moment itself is allowed."""
        return moment >= self.earliest_at


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting of a part that counts against the limits; both moments aware."""

    started_at: datetime
    ended_at: datetime


def next_sitting(
    programme: CertificationProgramme, sittings: Iterable[Sitting], *, now: datetime
) -> Retake:
    """Return when the next sitting of one part may start.

    The wait counts from the end of the last sitting, the limit from the starts within a calendar
    quarter of Asia/Shanghai.

    Args:
        programme: The programme; its `retake_days` and `max_per_quarter` are used.
        sittings: The candidate's sittings of this part, in any order. A sitting lost to a fault of
            the system is left out by the caller.
        now: The moment of the question (aware).

    Returns:
        The earliest moment, never before `now`.
    """
    counted = list(sittings)
    earliest, rule = now, RetakeRule.NONE
    if counted:
        wait_ends = max(sitting.ended_at for sitting in counted)
        wait_ends += timedelta(days=programme.retake_days)
        if wait_ends > earliest:
            earliest, rule = wait_ends, RetakeRule.WAIT
    limit = programme.max_per_quarter
    while limit is not None:
        begin, end = _quarter(earliest)
        if sum(begin <= sitting.started_at < end for sitting in counted) < limit:
            break
        earliest, rule = end, RetakeRule.QUARTER
    return Retake(earliest, rule)


def _quarter(moment: datetime) -> tuple[datetime, datetime]:
    day = issue_day(moment)
    first_month = (day.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + 1
    first = day.replace(month=first_month, day=1)
    begin, end = (
        datetime.combine(edge, time(), tzinfo=ISSUE_ZONE).astimezone(UTC)
        for edge in (first, months_after(first, QUARTER_MONTHS))
    )
    return begin, end
