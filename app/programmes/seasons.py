"""The decided candidates of a season: what an effect preview is worked out from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification.models import DecisionRecord, Enrolment, EvidenceClaim
from app.core.errors import NotFoundError
from app.providers.models import Employment
from app.providers.queries import running_at
from certificates.decisions import Part, PartState, ReasonCode, Verdict
from certificates.effects import DecidedCase
from certificates.levels import Level
from certificates.programmes import CertificationProgramme
from certificates.renewals import REFRESHER_MET
from certificates.validity import ISSUE_ZONE, issue_day, months_after

SIZES = (("small", 1, 4), ("medium", 5, 19), ("large", 20, None))
"""Size classes of providers by operators on the roster: code, least, most."""

NO_PROVIDER = "none"

GROUPS = (*(code for code, _, _ in SIZES), NO_PROVIDER)

SEASONS_SHOWN = 4


@dataclass(frozen=True, order=True)
class Season:
    """赛季: a calendar quarter of Asia/Shanghai."""

    year: int
    quarter: int

    @property
    def name(self) -> str:
        return f"{self.year}Q{self.quarter}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.quarter * 3 - 2, 1)

    @property
    def begin_at(self) -> datetime:
        """Its first moment (aware)."""
        return _midnight(self.first_day)

    @property
    def end_at(self) -> datetime:
        """The first moment after it (aware)."""
        return _midnight(months_after(self.first_day, 3))

    @property
    def before(self) -> Season:
        """The season before."""
        day = months_after(self.first_day, -3)
        return Season(day.year, (day.month + 2) // 3)


def season_at(moment: datetime) -> Season:
    """Return the season of a moment (aware)."""
    day = issue_day(moment)
    return Season(day.year, (day.month + 2) // 3)


def parse_season(text: str) -> Season:
    """Return the season of a name such as `2026Q3`.

    Raises:
        NotFoundError: If it is no such name.
    """
    match = re.fullmatch(r"(20[0-9]{2})Q([1-4])", text)
    if match is None:
        raise NotFoundError(f"season {text}")
    return Season(int(match[1]), int(match[2]))


def recent_seasons(now: datetime) -> list[Season]:
    """Return the running season and those before it, newest first."""
    out = [season_at(now)]
    while len(out) < SEASONS_SHOWN:
        out.append(out[-1].before)
    return out


def demanded_parts(programme: CertificationProgramme) -> list[Part]:
    """Return the parts that a programme demands."""
    written = [] if programme.written is None else [Part.WRITTEN]
    return [Part.THEORY, *(Part(name) for name in programme.rooms), *written]


def decided_cases(db_session: Session, programme_id: str, season: Season) -> list[DecidedCase]:
    """Return each candidate's last decision of a season in any version of a programme."""
    newest = (
        select(func.max(DecisionRecord.id))
        .join(Enrolment, Enrolment.id == DecisionRecord.enrolment_id)
        .where(
            Enrolment.programme_id == programme_id,
            DecisionRecord.at >= season.begin_at,
            DecisionRecord.at < season.end_at,
        )
        .group_by(DecisionRecord.enrolment_id)
    )
    rows = [
        (record, person_id)
        for record, person_id in db_session.execute(
            select(DecisionRecord, Enrolment.person_id)
            .join(Enrolment, Enrolment.id == DecisionRecord.enrolment_id)
            .where(DecisionRecord.id.in_(newest))
            .order_by(DecisionRecord.id)
        )
    ]
    people = {person_id for _, person_id in rows}
    logged = _claims(db_session, people)
    group_of = _groups(db_session, people, season)
    out = []
    for record, person_id in rows:
        if any(reason["code"] == REFRESHER_MET for reason in record.reasons):
            continue  # a renewal: no part was taken
        sums = {"sessions": 0.0, "training": 0.0}
        for claim in logged.get(person_id, ()):
            if claim.decided_at is not None and claim.decided_at <= record.at:
                sums[claim.kind] += claim.amount
        out.append(
            _case(record, group_of.get(person_id, NO_PROVIDER), sums["sessions"], sums["training"])
        )
    return out


def _case(record: DecisionRecord, group: str, sessions: float, hours: float) -> DecidedCase:
    """Read a decision's reasons back into the results that it rested on."""
    achieved: dict[Part, float] = {}
    lapsed: set[Part] = set()
    levels = set()
    by_contest = False
    states = {f"{part.value}_{state.value}": (part, state) for part in Part for state in PartState}
    for reason in record.reasons:
        code = reason["code"]
        if code == ReasonCode.CONTEST_MET:
            by_contest = True
            achieved[Part.ROOM] = reason["achieved"]
        elif code == ReasonCode.PREREQUISITE_MISSING:
            levels.add(Level(reason["level"]))
        elif code in states and "achieved" in reason:
            part, state = states[code]
            achieved[part] = reason["achieved"]
            if state is PartState.LAPSED:
                lapsed.add(part)
    return DecidedCase(
        case_id=record.enrolment_id,
        verdict=Verdict(record.verdict),
        achieved=achieved,
        lapsed=frozenset(lapsed),
        missing_levels=frozenset(levels),
        sessions=int(sessions),
        training_hours=hours,
        group=group,
        by_contest=by_contest,
    )


def _claims(db_session: Session, people: set[int]) -> dict[int, list[EvidenceClaim]]:
    out: dict[int, list[EvidenceClaim]] = {}
    rows = db_session.scalars(
        select(EvidenceClaim).where(
            EvidenceClaim.person_id.in_(people),
            EvidenceClaim.outcome == "confirmed",
            EvidenceClaim.kind.in_(("sessions", "training")),
        )
    )
    for row in rows:
        out.setdefault(row.person_id, []).append(row)
    return out


def _groups(db_session: Session, people: set[int], season: Season) -> dict[int, str]:
    """Return each person's size class by the roster at the season's end."""
    last_moment = season.end_at
    sizes = {
        row.provider_id: row.operators
        for row in db_session.execute(
            select(Employment.provider_id, func.count().label("operators"))
            .where(running_at(last_moment))
            .group_by(Employment.provider_id)
        )
    }
    rows = db_session.execute(
        select(Employment.person_id, Employment.provider_id).where(
            running_at(last_moment), Employment.person_id.in_(people)
        )
    )
    return {row.person_id: size_class(sizes[row.provider_id]) for row in rows}


def size_class(operators: int) -> str:
    """Return the size class of a provider with so many operators on its roster (>= 1)."""
    return next(
        code
        for code, least, most in SIZES
        if operators >= least and (most is None or operators <= most)
    )


def pass_counts(
    db_session: Session, programme_ids: Sequence[str], season: Season
) -> dict[str, tuple[int, int]]:
    """Return (decided, passed) of some programmes in a season."""
    out = {}
    for programme_id in programme_ids:
        cases = decided_cases(db_session, programme_id, season)
        out[programme_id] = (len(cases), sum(one.verdict is Verdict.PASSED for one in cases))
    return out


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ISSUE_ZONE).astimezone(UTC)
