"""Markers, an attempt with a short answer, and who marks it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.roles import Role
from app.bank.services import publish_bank
from app.exams.models import Attempt, AttemptResponse
from app.exams.services import append_to_chain, close_attempt, start_attempt
from app.exams.terms import Arrangement
from app.marking import controls, dealing, services
from app.marking.models import ControlAnswer, Mark, MarkingSheet
from question_bank.banks import ItemBank
from tests.cast import CastMember
from tests.factories.kinds import KINDS_BLUEPRINT, KINDS_TERMS, publish_kinds_bank, short_item

MARY = CastMember("Mary", "mary@example.cn", (Role.MARKER,))
MILO = CastMember("Milo", "milo@example.cn", (Role.MARKER,))
MIRA = CastMember("Mira", "mira@example.cn", (Role.MARKER,))
MARKERS = (MARY, MILO, MIRA)

RUBRIC_REF = "short-0@1"
"""Two criteria, `cause` and `action`, each 2 points or none."""

FULL = {"cause": 2, "action": 2}
HALF = {"cause": 2, "action": 0}
NONE = {"cause": 0, "action": 0}

MINUTE = timedelta(minutes=1)


def add_markers(db_session: Session, password_hash: str, *, now: datetime) -> list[Person]:
    """Open the accounts of three markers."""
    return [
        accounts.register_person(
            db_session,
            account=one.account,
            display_name=one.name,
            password_hash=password_hash,
            now=now,
            roles=one.roles,
            actor="cli:test",
        )
        for one in MARKERS
    ]


def position_of(attempt: Attempt, ref: str = RUBRIC_REF) -> int:
    return attempt.item_refs.index(ref) + 1


def written_attempt(
    db_session: Session,
    person_id: int,
    text: str = "讲得太久，换一款有货的。",
    *,
    now: datetime,
    publish: bool = True,
) -> Attempt:
    """Close an attempt on every kind in which only the short answer is given."""
    if publish:
        publish_kinds_bank(db_session, now=now, forms=6)
    attempt = start_attempt(db_session, person_id, KINDS_TERMS, now=now)
    write_answer(db_session, attempt, text, now=now)
    close_attempt(db_session, attempt, "submitted", key=f"submit-{attempt.public_id}", now=now)
    return attempt


def two_answers(db_session: Session, person_id: int, *, now: datetime) -> Attempt:
    """Close an attempt of two short answers, both written."""
    items = [short_item("short-0"), short_item("short-1")]
    publish_bank(
        db_session, ItemBank(items), [KINDS_BLUEPRINT], is_public=False, actor="cli:test", now=now
    )
    attempt = start_attempt(
        db_session,
        person_id,
        KINDS_TERMS,
        now=now,
        arrangement=Arrangement(form=[[item.ref, []] for item in items]),
    )
    for item in items:
        write_answer(db_session, attempt, "先换一款有货的。", ref=item.ref, now=now)
    close_attempt(db_session, attempt, "submitted", key=f"submit-{attempt.public_id}", now=now)
    return attempt


def write_answer(
    db_session: Session,
    attempt: Attempt,
    text: str,
    *,
    ref: str = RUBRIC_REF,
    now: datetime,
) -> None:
    """Save a short answer: event and projection, as the save path leaves them."""
    saved = {"position": position_of(attempt, ref), "flagged": False, "client_sequence": 1}
    payload = {**saved, "value": {"text": text}}
    append_to_chain(db_session, attempt, "saved", payload, now=now)
    value = json.dumps({"text": text}, ensure_ascii=False)
    db_session.add(AttemptResponse(attempt_id=attempt.id, value=value, at=now, **saved))
    db_session.flush()


def deal(
    db_session: Session, marker: Person, *, now: datetime, is_arbiter: bool = False
) -> MarkingSheet:
    return dealing.deal_next(db_session, marker.id, is_arbiter=is_arbiter, now=now)


def give(
    db_session: Session,
    sheet: MarkingSheet,
    points: dict[str, int],
    *,
    now: datetime,
    key: str = "",
    comment: str = "",
) -> Mark:
    """Mark a sheet, one minute after it was looked at."""
    return services.submit_mark(
        db_session,
        sheet,
        points=points,
        comment=comment,
        key=key or f"mark-{sheet.public_id}",
        actor=f"person:{sheet.marker_id}",
        now=now + MINUTE,
    )


def mark_by(
    db_session: Session,
    marker: Person,
    points: dict[str, int],
    *,
    now: datetime,
    is_arbiter: bool = False,
) -> Mark:
    """Let a marker mark whatever comes next."""
    return give(
        db_session,
        deal(db_session, marker, now=now, is_arbiter=is_arbiter),
        points,
        now=now,
    )


def add_control(
    db_session: Session,
    points: dict[str, int],
    text: str = "对照作答：先换一款有货的。",
    *,
    now: datetime,
) -> ControlAnswer:
    """Add a control answer that two people agreed on."""
    control = controls.propose_control(
        db_session,
        RUBRIC_REF,
        body=text,
        points=points,
        reason="两位组长一致",
        actor="person:one",
        now=now,
    )
    controls.confirm_control(db_session, control, actor="person:two", now=now)
    return control
