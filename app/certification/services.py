"""Enrol, start the parts, and listen for their results."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.accounts.services import collect_identity
from app.certification import claims, deciding, files, queries, room_part, standing
from app.certification.models import Enrolment, EvidenceClaim
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.exams.events import AttemptScored
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.rooms.events import RoomScored, RoomWeighed
from certificates.decisions import Part
from certificates.errors import HolderNameError
from certificates.names import pdf_text
from certificates.programmes import CertificationProgramme
from certificates.retakes import Retake, RetakeRule

logger = logging.getLogger(__name__)


class AlreadyCertifiedError(ConflictError):
    """Raised when the person holds a credential of the programme that does not end soon."""

    code = "already_certified"


class StartRefusedError(ConflictError):
    """Base of what stands against starting a part now."""


class PartPassedError(StartRefusedError):
    """Raised when a part is started that is passed and still counts."""

    code = "part_passed"


class TheoryFirstError(StartRefusedError):
    """Raised when the room is started before the theory exam is passed."""

    code = "theory_first"


class LevelFirstError(StartRefusedError):
    """Raised when an exam is started before the level below is held."""

    code = "level_first"


class RoomBeingScoredError(StartRefusedError):
    """Raised when a room is started while the last one has no score yet."""

    code = "room_being_scored"


class RetakeTooEarlyError(StartRefusedError):
    """Raised when a part is started before the rules allow the next sitting.

    Attributes:
        part: The part.
        retake: The earliest moment and the rule that sets it.
    """

    code = "retake_too_early"

    def __init__(self, part: Part, retake: Retake) -> None:
        super().__init__(f"{part}: {retake.rule} until {retake.earliest_at}")
        self.part = part
        self.retake = retake


class IdentityMissingError(InvalidInputError):
    """Raised when somebody enrols whose legal identity is not known yet."""

    code = "identity_missing"


class UnprintableNameError(InvalidInputError):
    """Raised when the legal name cannot be printed on a certificate.

    Attributes:
        characters: Those that no font of the certificate has; empty if the text is no name.
    """

    code = "unprintable_name"

    def __init__(self, characters: tuple[str, ...] = ()) -> None:
        super().__init__("legal name", [{"field": "legal_name", "code": "unprintable"}])
        self.characters = characters


@dataclass(frozen=True)
class IdentityInput:
    """What a person typed about themselves, with consent."""

    legal_name: str
    number: str


def check_legal_name(legal_name: str, settings: Settings) -> None:
    """Refuse, at the door, a name that the certificate could not show.

    Raises:
        UnprintableNameError: If the text is no name, or a character has no glyph.
    """
    try:
        clean = pdf_text(legal_name)
    except HolderNameError as error:
        raise UnprintableNameError from error
    if lacking := files.unprintable_characters(clean, settings.fonts_dir):
        raise UnprintableNameError(lacking)


def enrol(
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    *,
    identity: IdentityInput | None,
    keys: FieldKeys,
    settings: Settings,
    now: datetime,
) -> Enrolment:
    """Enrol a person in a programme, or return the enrolment that is active already.

    Args:
        db_session: The session of the caller's transaction.
        person_id: The candidate.
        programme: The newest version; the enrolment stays bound to it.
        identity: Legal name and number with consent; needed once, passed over afterwards.
        keys: Seal the number.
        settings: Of this deployment.
        now: The moment (aware).

    Raises:
        AlreadyCertifiedError: If the person holds a credential of it that does not end soon.
        IdentityTakenError: If another account holds the identity number.
        IdentityMissingError: If the identity is needed and was not given.
    """
    # The person's row is the lock: a double click collects one identity and enrols once.
    person = db_session.execute(
        select(Person.id, Person.public_id).where(Person.id == person_id).with_for_update()
    ).one()
    held = queries.active_enrolment_or_none(db_session, person_id, programme.id)
    if held is not None:
        return held
    for credential in queries.credentials_of(db_session, person_id, at=now):
        same = queries.split_ref(credential.record.programme_ref)[0] == programme.id
        if same and credential.bars_enrolment(now, programme.renewal_window):
            raise AlreadyCertifiedError(f"person {person.public_id} in {programme.id}")
    if accounts.legal_identity_or_none(db_session, person_id) is None:
        if identity is None:
            raise IdentityMissingError(f"person {person.public_id}")
        collect_identity(
            db_session,
            person_id,
            person.public_id,
            legal_name=identity.legal_name,
            number=identity.number,
            keys=keys,
            now=now,
        )
    return add_enrolment(
        db_session, person_id, programme, actor=f"person:{person.public_id}", now=now
    )


def add_enrolment(
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    *,
    actor: str,
    now: datetime,
) -> Enrolment:
    """Add an enrolment row, or return the one that somebody else added first."""
    enrolment = Enrolment(
        person_id=person_id,
        programme_id=programme.id,
        programme_ref=programme.ref,
        enrolled_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(enrolment)
    except IntegrityError:
        held = queries.active_enrolment_or_none(db_session, person_id, programme.id)
        if held is None:
            raise
        return held
    record_act(
        db_session,
        subject=f"enrolment:{enrolment.public_id}",
        action="enrolment.added",
        actor=actor,
        now=now,
        details={"programme": programme.ref},
    )
    logger.info("%r added", enrolment)
    return enrolment


def start_theory(
    db_session: Session, enrolment: Enrolment, *, settings: Settings, now: datetime
) -> Attempt:
    """Start the theory exam, or return the attempt that the person is in.

    Args:
        db_session: The session of the caller's transaction.
        enrolment: The person's active enrolment, locked.
        settings: Of this deployment.
        now: The moment (aware).

    Raises:
        PartPassedError: If the part is passed and still counts.
        LevelFirstError: If a level has to be held first.
        RetakeTooEarlyError: If the next sitting is not allowed yet.
        NoFormError: If no prepared form is left.
    """
    stands = standing.standing_of(db_session, enrolment, now=now, include_demo=settings.is_demo)
    _check_start(stands.theory, now)
    terms = standing.theory_terms(stands.programme, in_demo=settings.is_demo)
    return start_attempt(db_session, enrolment.person_id, terms, now=now)


def start_room(
    db_session: Session,
    enrolment: Enrolment,
    part: Part = Part.ROOM,
    *,
    settings: Settings,
    now: datetime,
) -> str:
    """Start one of the programme's rooms, or find the one that the person is in.

    Args:
        db_session: The session of the caller's transaction.
        enrolment: The person's active enrolment, locked.
        part: `room` or `room_2`.
        settings: Of this deployment.
        now: The moment (aware).

    Returns:
        The room session's public id.

    Raises:
        NotFoundError: If the programme has no such room for this person.
        PartPassedError: If the part is passed and still counts.
        TheoryFirstError: If the theory exam is not passed, or has lapsed.
        RoomBeingScoredError: If the last room has no score yet.
        RetakeTooEarlyError: If the next sitting is not allowed yet.
    """
    stands = standing.standing_of(db_session, enrolment, now=now, include_demo=settings.is_demo)
    _check_start(stands.part(part), now)
    return room_part.begin_room(
        db_session,
        enrolment.person_id,
        stands.programme,
        part,
        is_demo=settings.is_demo or stands.programme.is_demo,
        now=now,
    )


def _check_start(part: standing.PartStanding, now: datetime) -> None:
    if part.open_id is not None:
        return
    if part.is_met and not part.repeats_for_text:
        raise PartPassedError(f"{part.part} counts until {part.decided.counts_until}")
    if part.waits_for_theory:
        raise TheoryFirstError("the theory part is not passed")
    if part.lacks_level:
        raise LevelFirstError("the level below is not held")
    if part.is_being_scored:
        raise RoomBeingScoredError("the last room has no score yet")
    if not part.retake.allowed_at(now):
        assert part.retake.rule is not RetakeRule.NONE
        raise RetakeTooEarlyError(part.part, part.retake)


def on_attempt_scored(db_session: Session, fact: AttemptScored) -> None:
    """Reconsider the enrolment that a scored theory exam counts for."""
    _reconsider_person(db_session, fact.person_id, fact.programme_ref, now=fact.at)


def on_room_scored(db_session: Session, fact: RoomScored) -> None:
    """Reconsider the enrolment that a scored room counts for."""
    _reconsider_person(db_session, fact.person_id, fact.programme_ref, now=fact.at)


def on_room_weighed(db_session: Session, fact: RoomWeighed) -> None:
    """Reconsider the enrolment whose programme weighs the forecasts of a room."""
    _reconsider_person(db_session, fact.person_id, fact.programme_ref, now=fact.at)


def reconsider_all(db_session: Session, person_id: int, *, now: datetime) -> None:
    """Reconsider every enrolment of a person: something changed that several may rest on."""
    settings: Settings = current_app.config["SETTINGS"]
    programme_ids = sorted(
        one.programme_id for one in queries.enrolments_of(db_session, person_id) if one.is_active
    )
    for programme_id in programme_ids:
        enrolment = queries.active_enrolment_or_none(db_session, person_id, programme_id, lock=True)
        if enrolment is not None:
            deciding.reconsider(db_session, enrolment, settings=settings, now=now)


def decide_claim(
    db_session: Session, claim: EvidenceClaim, outcome: str, *, decider: str, now: datetime
) -> None:
    """Confirm or decline evidence of practice; what is confirmed counts at once.

    Raises:
        NotFoundError: If there is no such outcome.
        ClaimDecidedError: If somebody was first.
        SecondPersonRequiredError: If who confirms entered it, or is the candidate.
        ClaimOfOwnProviderError: If who confirms works for the provider that stated it, or manages
            it.
    """
    if outcome not in {"confirmed", "declined"}:
        raise NotFoundError(f"outcome {outcome}")
    if outcome == "confirmed" and claim.provider_code is not None:
        belongs_to = current_app.extensions["belongs_to_provider"]
        if belongs_to(db_session, decider, claim.provider_code):
            raise claims.ClaimOfOwnProviderError(f"{claim!r}: {decider}")
    claims.decide_claim(db_session, claim, outcome, decider=decider, now=now)
    if outcome == "confirmed":
        reconsider_all(db_session, claim.person_id, now=now)


def _reconsider_person(
    db_session: Session, person_id: int, programme_ref: str, *, now: datetime
) -> None:
    programme_id = programme_ref.rpartition("@")[0]
    enrolment = queries.active_enrolment_or_none(db_session, person_id, programme_id, lock=True)
    if enrolment is None:  # practice outside a programme, or it has ended with a credential
        return
    settings: Settings = current_app.config["SETTINGS"]
    deciding.reconsider(db_session, enrolment, settings=settings, now=now)
