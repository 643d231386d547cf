"""Who may sit which exam when: the terms that a booking pins."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.certification import standing
from app.certification.services import PartPassedError, RetakeTooEarlyError
from app.core.config import Settings
from app.exams.terms import ExamTerms
from app.sittings.models import Sitting
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme

PRACTICE_REF = "practice@1"
"""What an attempt of a practice sitting counts for: no programme."""


def terms_for(
    db_session: Session, person_id: int, sitting: Sitting, *, settings: Settings
) -> ExamTerms:
    """Return the terms on which a person may sit a sitting's exam.

    A counted exam needs an enrolment whose theory part is open on that day, with the retake
    rules of that day; a practice sitting is open to every candidate and counts for nothing.

    Args:
        db_session: A session to read with.
        person_id: The candidate.
        sitting: The sitting.
        settings: Of this deployment.

    Raises:
        NotFoundError: If the person is not enrolled in the sitting's programme.
        PartPassedError: If the part is passed and will still count on that day.
        RetakeTooEarlyError: If the rules do not allow a sitting by then.
    """
    if sitting.is_practice:
        programme = certification.newest_programme(db_session, sitting.programme_id)
        terms = standing.theory_terms(programme, in_demo=settings.is_demo)
        practice_ref = programme.theory.practice_blueprint_ref
        return replace(
            terms,
            exam_code=f"practice:{sitting.public_id}",
            programme_ref=PRACTICE_REF,
            title=sitting.title,
            blueprint_ref=sitting.blueprint_ref or practice_ref or terms.blueprint_ref,
        )
    enrolment = certification.active_enrolment(db_session, person_id, sitting.programme_id)
    stands = standing.standing_of(
        db_session, enrolment, now=sitting.opens_at, include_demo=settings.is_demo
    )
    if stands.theory.is_met:
        raise PartPassedError(f"{Part.THEORY} counts until {stands.theory.decided.counts_until}")
    if not stands.theory.retake.allowed_at(sitting.closes_at):
        raise RetakeTooEarlyError(Part.THEORY, stands.theory.retake)
    return standing.theory_terms(stands.programme, in_demo=settings.is_demo)


def programmes_open_to(db_session: Session, person_id: int) -> set[str]:
    """Return the ids of the programmes that a person is enrolled in."""
    return {
        enrolment.programme_id
        for enrolment in certification.enrolments_of(db_session, person_id)
        if enrolment.is_active
    }


def programme_choices(db_session: Session) -> list[CertificationProgramme]:
    """Return the programmes that a sitting can be planned for."""
    return certification.programmes(db_session)
