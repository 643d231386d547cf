"""A certificate to look at in the demonstration deployment; nobody sat an exam for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.certification import deciding, issuing, queries, services
from app.certification.models import CredentialRecord
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from certificates.credentials import Holder
from certificates.decisions import decide
from certificates.outcomes import RoomOutcome, TheoryOutcome

HOLDER_ACCOUNT = "operator@demo.example"
PROGRAMME_ID = "junior"
ISSUED_AGO = timedelta(days=300)
THEORY_FRACTION, ROOM_POINTS = 0.8833, 47.6
"""Results that the certificate shows; the evidence names them as demonstration."""


def add_demo_credential(
    db_session: Session, person: Person, *, settings: Settings, now: datetime
) -> CredentialRecord | None:
    """Issue a demonstration certificate dated some months ago, unless the person has one.

    It takes the same way as a real one, with results that say what they are: the evidence is
    `demo:…`, the reason `demonstration`, the certificate carries the mark 演示.

    Args:
        db_session: The session of the caller's transaction.
        person: A demonstration person with a legal identity.
        settings: Of a demonstration deployment.
        now: The moment (aware).

    Returns:
        The credential; None if the person has one, or is enrolled by themselves.
    """
    identity = accounts.legal_identity_or_none(db_session, person.id)
    is_known = queries.enrolments_of(db_session, person.id)
    if is_known or identity is None or not settings.is_demo or not person.is_demo:
        return None
    programme = queries.newest_programme(db_session, PROGRAMME_ID)
    issued_at = now - ISSUED_AGO
    enrolment = services.add_enrolment(
        db_session, person.id, programme, actor="cli:demo", now=issued_at - timedelta(days=9)
    )
    decision = decide(
        programme,
        [
            TheoryOutcome(
                evidence_id=f"demo:{person.public_id}",
                blueprint_ref=programme.theory.blueprint_ref,
                score_fraction=THEORY_FRACTION,
                finished_at=issued_at - timedelta(days=6),
            ),
            RoomOutcome(
                evidence_id=f"demo:{person.public_id}",
                scenario_ref=programme.room.scenario_ref,
                score=ROOM_POINTS,
                finished_at=issued_at,
            ),
        ],
        on=issued_at,
    )
    return issuing.issue_credential(
        db_session,
        enrolment,
        deciding.record_decision(db_session, enrolment, decision, actor="cli:demo"),
        programme=programme,
        decision=decision,
        holder=Holder(name=identity.legal_name),
        reason="demonstration",
        actor="cli:demo",
        is_demo=True,
        verify_base_url=settings.public_base_url,
        now=issued_at,
    )


def load_demo_credential() -> None:
    """Give the demonstration's operator a certificate: a step of `flask demo load`."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction() as db_session:
        person = accounts.person_of_account_or_none(db_session, HOLDER_ACCOUNT)
        issued = None
        if person is not None:
            issued = add_demo_credential(db_session, person, settings=settings, now=clock.now())
        number = "" if issued is None else f" {issued.number}"
    click.echo(f"demonstration certificates: {int(bool(number))} new{number}")
