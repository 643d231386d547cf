"""Rows of the sittings that a person has finished, for the page of exams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.certification import labels, queries, room_part, standing
from app.certification.models import Enrolment
from app.certification.presenting import part_title, points
from app.certification.renewal_offers import refresher_programmes
from app.certification.standing import Sat
from app.exams.sat import SatAttempt
from app.rooms.queries import CountedRoom
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme


@dataclass(frozen=True)
class PastResult:
    """One finished sitting."""

    title: str
    part: str
    finished_at: datetime
    result: str
    cut: str
    passed: bool
    url: str


def past_results(
    db_session: Session, person_id: int, sat: Sat, enrolments: Sequence[Enrolment]
) -> list[PastResult]:
    """Return the person's finished sittings of all programmes, newest first.

    Args:
        db_session: A session to read with.
        person_id: The candidate.
        sat: What the person has sat.
        enrolments: Every enrolment of the person.
    """
    programmes = {
        enrolment.programme_ref: queries.programme_of(db_session, enrolment.programme_ref)
        for enrolment in enrolments
    }
    for ref in refresher_programmes(db_session, person_id):
        programmes.setdefault(ref, queries.programme_of(db_session, ref))
    out = []
    for ref, programme in programmes.items():
        for attempt in sat.attempts:
            if attempt.programme_ref != ref:
                continue
            if attempt.closed_at is not None and attempt.has_result:  # else not released yet
                out.append(_attempt_row(programme, attempt, attempt.closed_at))
        for one in room_part.part_results(db_session, sat.rooms, programme):
            out.append(_room_row(programme, one.part, one.room))
    return sorted(out, key=lambda one: one.finished_at, reverse=True)


def _attempt_row(
    programme: CertificationProgramme, attempt: SatAttempt, closed_at: datetime
) -> PastResult:
    return PastResult(
        title=programme.title,
        part=str(
            gettext("复训考试")
            if standing.is_refresher(attempt.exam_code)
            else labels.PART[Part.THEORY]
        ),
        finished_at=closed_at,
        result=points((attempt.score_fraction or 0) * 100),
        cut=points(attempt.cut_fraction * 100),
        passed=bool(attempt.passed),
        url=url_for("exams.result", public_id=attempt.public_id),
    )


def _room_row(programme: CertificationProgramme, part: Part, room: CountedRoom) -> PastResult:
    return PastResult(
        title=programme.title,
        part=part_title(programme, part),
        finished_at=room.closed_at,
        result=points(room.score),
        cut=points(programme.rooms[part.value].cut_score),
        passed=room.passed,
        url=url_for("rooms.result", public_id=room.public_id),
    )
