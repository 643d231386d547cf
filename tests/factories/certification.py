"""A little programme on the little bank and the little room, and results in it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification import queries, services
from app.certification.models import CredentialRecord, Enrolment
from app.certification.publishing import publish_programmes
from app.certification.room_part import room_code
from app.core.hashing import GENESIS
from app.exams.events import AttemptScored
from app.exams.models import Attempt
from app.rooms.events import RoomScored
from app.rooms.models import RoomSession
from app.rooms.starting import new_room
from app.rooms.terms import RoomTerms
from app.studio.queries import scenario_of
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme
from simulations.rooms import RoomKeys
from tests.factories.exams import publish_little_bank
from tests.factories.rooms import publish_little_room


def little_programme(**changes: object) -> CertificationProgramme:
    """The 初级 rules on little content; theory cut 0.6, room cut 25."""
    values = {
        "id": "little",
        "version": 1,
        "level": "junior",
        "title": "直播电商操盘手认证（初级）",
        "title_en": "Livestream Commerce Operator Certification, Junior",
        "is_demo": False,
        "theory": {"blueprint_ref": "little@1", "minutes": 10, "cut_fraction": 0.6},
        "room": {
            "scenario_ref": "little@1",
            "speed": 4.0,
            "cut_score": 25.0,
            "room_weight": 1.0,
            "forecast_weight": 0.0,
        },
        "validity_years": 1,
        "part_valid_months": 6,
        "retake_days": 3,
        "max_per_quarter": 3,
        "prerequisites": [],
        **changes,
    }
    return CertificationProgramme.model_validate(values)


DEMO_RULES: dict[str, object] = {
    "id": "little-demo",
    "is_demo": True,
    "retake_days": 0,
    "max_per_quarter": None,
}
"""What a demonstration programme has otherwise."""


def publish_little_programme(
    db_session: Session, *programmes: CertificationProgramme, now: datetime
) -> CertificationProgramme:
    """Publish the little content and the programmes (the little one if none is given)."""
    queries.forget_programmes()
    publish_little_bank(db_session, now=now, forms=6)
    publish_little_room(db_session, now=now)
    wanted = programmes or (little_programme(),)
    publish_programmes(db_session, wanted, actor="cli:test", now=now)
    return wanted[0]


def enrol_little(
    app: Flask,
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    *,
    now: datetime,
) -> Enrolment:
    """Enrol somebody whose legal identity is known."""
    return services.enrol(
        db_session,
        person_id,
        programme,
        identity=None,
        keys=app.extensions["field_keys"],
        settings=app.config["SETTINGS"],
        now=now,
    )


def add_attempt(
    db_session: Session,
    person_id: int,
    fraction: float,
    *,
    at: datetime,
    programme: CertificationProgramme,
    tell: bool = True,
) -> Attempt:
    """Add an attempt that was closed and scored at a moment, and tell who listens."""
    ordinal = db_session.scalar(
        select(func.count()).select_from(Attempt).where(Attempt.person_id == person_id)
    )
    attempt = Attempt(
        person_id=person_id,
        exam_code=f"{programme.ref}:theory",
        ordinal=(ordinal or 0) + 1,
        programme_ref=programme.ref,
        title="小考",
        blueprint_ref=programme.theory.blueprint_ref,
        form=[],
        cut_fraction=programme.theory.cut_fraction,
        limit_s=600,
        is_demo=True,
        started_at=at - timedelta(minutes=8),
        due_at=at + timedelta(minutes=2),
        head_hash=GENESIS,
        writer_epoch=0,
        event_count=0,
        closed_at=at,
        closing="submitted",
        score_fraction=fraction,
        passed=fraction >= programme.theory.cut_fraction,
    )
    db_session.add(attempt)
    db_session.flush()
    if tell:
        services.on_attempt_scored(db_session, attempt_fact(attempt))
    return attempt


def attempt_fact(attempt: Attempt) -> AttemptScored:
    assert attempt.closed_at is not None
    return AttemptScored(
        attempt_id=attempt.id,
        person_id=attempt.person_id,
        programme_ref=attempt.programme_ref,
        fraction=attempt.score_fraction or 0.0,
        passed=bool(attempt.passed),
        at=attempt.closed_at,
    )


def add_room(
    db_session: Session,
    person_id: int,
    score: float | None,
    *,
    at: datetime,
    programme: CertificationProgramme,
    part: Part = Part.ROOM,
    tell: bool = True,
) -> RoomSession:
    """Add a room that was closed at a moment (and scored, if there is a score)."""
    demanded = programme.rooms[part.value]
    terms = RoomTerms(
        exam_code=room_code(programme, part),
        programme_ref=programme.ref,
        title="小考房间",
        scenario_ref=demanded.scenario_ref,
        speed=4,
        cut_score=demanded.cut_score,
        is_demo=True,
    )
    ordinal = db_session.scalar(
        select(func.count()).select_from(RoomSession).where(RoomSession.person_id == person_id)
    )
    room = new_room(
        person_id,
        terms,
        scenario_of(db_session, terms.scenario_ref),
        RoomKeys.from_bytes(secrets.token_bytes(16)),
        ordinal=(ordinal or 0) + 1,
        now=at - timedelta(minutes=9),
    )
    room.closed_at, room.closing = at, "finished"
    if score is not None:
        room.scored_at, room.score = at, score
    db_session.add(room)
    db_session.flush()
    if tell and score is not None:
        services.on_room_scored(db_session, room_fact(room))
    return room


def room_fact(room: RoomSession) -> RoomScored:
    assert room.closed_at is not None
    return RoomScored(
        room_session_id=room.id,
        person_id=room.person_id,
        programme_ref=room.programme_ref,
        score=room.score or 0.0,
        at=room.closed_at,
    )


def certify(
    app: Flask,
    db_session: Session,
    person_id: int,
    programme: CertificationProgramme,
    *,
    at: datetime,
    fraction: float = 0.8833,
    score: float = 47.64,
) -> CredentialRecord:
    """Take somebody through both parts; the credential is issued at `at`."""
    enrol_little(app, db_session, person_id, programme, now=at - timedelta(days=2))
    add_attempt(db_session, person_id, fraction, at=at - timedelta(days=1), programme=programme)
    add_room(db_session, person_id, score, at=at, programme=programme)
    held = queries.credentials_of(db_session, person_id, at=at)
    return held[0].record
