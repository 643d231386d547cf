"""What ties two sheets together besides their answers: provider, sitting, network, moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exams.models import AttemptSignal
from app.integrity.exposure import Employers
from app.integrity.queries import Sat
from app.sittings.models import Seat

STARTED_TOGETHER = timedelta(minutes=2)
"""Two sheets begun so close to each other were begun together."""


@dataclass(frozen=True)
class Setting:
    """Where and for whom an attempt was sat.

    Attributes:
        started_at: When it began.
        providers: For whom the person worked then.
        sitting_id: In which sitting; None if it was begun alone.
        addresses: From which network addresses its page was opened.
    """

    started_at: datetime
    providers: frozenset[int]
    sitting_id: int | None
    addresses: frozenset[str]

    def ties_to(self, other: Setting) -> list[str]:
        """Return the codes of what this one has in common with another: of `labels.TIE`."""
        apart = abs(self.started_at - other.started_at)
        in_common = {
            "provider": bool(self.providers & other.providers),
            "sitting": self.sitting_id is not None and self.sitting_id == other.sitting_id,
            "address": bool(self.addresses & other.addresses),
            "start": apart <= STARTED_TOGETHER,
        }
        return [code for code, holds in in_common.items() if holds]


def settings_of(db_session: Session, sat: Sequence[Sat]) -> dict[int, Setting]:
    """Return, by attempt id, where and for whom each attempt of an exam was sat."""
    ids = [one.attempt.id for one in sat]
    employers = Employers(db_session, {one.attempt.person_id for one in sat})
    seats = select(Seat.attempt_id, Seat.sitting_id).where(Seat.attempt_id.in_(ids))
    sitting_of = {row.attempt_id: row.sitting_id for row in db_session.execute(seats)}
    addresses: dict[int, set[str]] = defaultdict(set)
    opened = select(AttemptSignal.attempt_id, AttemptSignal.address).where(
        AttemptSignal.attempt_id.in_(ids), AttemptSignal.address.is_not(None)
    )
    for attempt_id, address in db_session.execute(opened):
        addresses[attempt_id].add(address or "")
    return {
        one.attempt.id: Setting(
            started_at=one.attempt.started_at,
            providers=frozenset(employers.at(one.attempt.person_id, one.attempt.started_at)),
            sitting_id=sitting_of.get(one.attempt.id),
            addresses=frozenset(addresses[one.attempt.id]),
        )
        for one in sat
    }
