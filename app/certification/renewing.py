"""复训续证: a short exam, drawn for the holder, renews a certificate before it ends."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.bank import queries as bank
from app.bank.models import ItemVersion
from app.certification import issuing, queries, services
from app.certification.events import CredentialChanged
from app.certification.models import (
    CredentialEvidence,
    CredentialRecord,
    CredentialRenewal,
    DecisionRecord,
    Enrolment,
    RefresherSitting,
)
from app.certification.renewal_offers import (
    NotRenewableError,
    RenewalOffer,
    offer,
    renewal_of,
)
from app.certification.standing import refresher_code
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.db import read_rows
from app.exams import drawing
from app.exams import queries as exams
from app.exams.events import AttemptScored
from app.exams.models import Attempt
from app.exams.services import start_attempt
from app.exams.terms import ALONE, Arrangement, ExamTerms
from certificates.decisions import Part
from certificates.programmes import CertificationProgramme
from certificates.renewals import REFRESHER_MET
from certificates.retakes import Retake
from certificates.validity import CredentialStatus
from question_bank.assembly import ExamForm, assemble_form
from question_bank.blueprints import ExamBlueprint
from question_bank.errors import InfeasibleBlueprintError
from question_bank.items import Topic
from question_bank.refreshers import plan_refresher

logger = logging.getLogger(__name__)


class RefresherTooEarlyError(NotRenewableError):
    """Raised when the last refresher exam was not passed and the next is not allowed yet.

    Attributes:
        retake: The earliest moment and the rule that sets it.
    """

    code = "retake_too_early"

    def __init__(self, retake: Retake) -> None:
        super().__init__(f"refresher: {retake.rule} until {retake.earliest_at}")
        self.retake = retake


@dataclass(frozen=True)
class RefresherMatter:
    """What a holder's refresher exam will be made of.

    Attributes:
        changed_ids: Items that were changed or added since the certificate was issued.
        lost_fraction: By topic, the share of the marks that were lost last time; empty if the
            result is not on record.
    """

    changed_ids: frozenset[str]
    lost_fraction: Mapping[Topic, float]


@dataclass(frozen=True)
class DrawnRefresher:
    """A form drawn for one holder; None of form means one of the prepared forms."""

    form: ExamForm | None
    topic_counts: dict[str, int]
    changed_ids: list[str]


def matter_of(
    db_session: Session, record: CredentialRecord, blueprint: ExamBlueprint
) -> RefresherMatter:
    """Return what is new since a certificate was issued, and what its holder was weakest in."""
    rows = db_session.scalars(
        select(ItemVersion.item_id).where(
            ItemVersion.published_at > record.issued_at,
            ItemVersion.retired_at.is_(None),
            ItemVersion.level == blueprint.level,
            ItemVersion.pool == blueprint.pool.value,
        )
    )
    return RefresherMatter(frozenset(rows), _lost(db_session, record))


def _lost(db_session: Session, record: CredentialRecord) -> dict[Topic, float]:
    """Return the share of the marks lost by topic in the exam that a certificate rests on."""
    keys = db_session.scalars(
        select(CredentialEvidence.evidence_id).where(
            CredentialEvidence.credential_id == record.id,
            CredentialEvidence.part.in_((Part.THEORY.value, queries.REFRESHER_PART)),
        )
    )
    public_ids = [key.partition(":")[2] for key in keys]
    attempt_id = db_session.scalar(
        select(Attempt.id).where(
            Attempt.public_id.in_(public_ids), Attempt.person_id == record.person_id
        )
    )
    scores = [] if attempt_id is None else exams.scores_of(db_session, attempt_id)
    if not scores:  # a demonstration's evidence, or one that was imported
        return {}
    return {Topic(code): 1 - credit / count for code, credit, count in scores[-1].topics if count}


def draw_refresher(
    db_session: Session, found: RenewalOffer, *, include_public: bool
) -> DrawnRefresher:
    """Draw a holder's form; takes up to a second, so never inside a transaction.

    What the holder saw on the last exam is avoided as long as the bank can do without.

    Args:
        db_session: A session to read with.
        found: The offer.
        include_public: Whether shipped items may be drawn.
    """
    record = found.held.record
    blueprint = bank.blueprint_of(db_session, found.refresher.blueprint_ref)
    live = bank.live_bank(db_session, include_public=include_public)
    matter = matter_of(db_session, record, blueprint)
    seed = secrets.token_bytes(32)
    plan = plan_refresher(
        blueprint,
        live,
        changed=matter.changed_ids,
        lost_fraction=matter.lost_fraction,
        seed=seed,
    )
    counts = {topic.value: count for topic, count in plan.topic_counts.items()}
    seen = drawing.last_seen_items(db_session, record.person_id, blueprint.ref) - matter.changed_ids
    for avoid in (seen, frozenset[str]()):
        try:
            form = assemble_form(live, plan.blueprint, seed=seed, avoid=avoid)
        except InfeasibleBlueprintError as error:
            logger.warning("refresher of %r, %d items avoided: %s", record, len(avoid), error)
            continue
        return DrawnRefresher(form, counts, list(plan.changed_ids))
    return DrawnRefresher(None, {}, [])


def start_refresher(
    db_session: Session,
    record: CredentialRecord,
    drawn: DrawnRefresher,
    *,
    settings: Settings,
    now: datetime,
) -> Attempt:
    """Start the refresher exam of a certificate, or return the one that the holder is in.

    Args:
        db_session: The session of the caller's transaction.
        record: The holder's certificate.
        drawn: The form that was drawn for it.
        settings: Of this deployment.
        now: The moment (aware).

    Raises:
        NotRenewableError: If it cannot be renewed so, or not any more.
        RefresherTooEarlyError: If the last one was not passed and the next is not allowed yet.
        NoFormError: If no form could be drawn and none is prepared.
    """
    # The person's row is the lock, as in `start_attempt`: a double click begins one exam.
    db_session.execute(
        select(Person.id).where(Person.id == record.person_id).with_for_update(key_share=True)
    )
    found = offer(db_session, record, now=now)
    code = refresher_code(found.programme)
    held = exams.open_attempt_or_none(db_session, record.person_id, code)
    if held is not None:
        return held
    if not found.retake.allowed_at(now):
        raise RefresherTooEarlyError(found.retake)
    attempt = start_attempt(
        db_session,
        record.person_id,
        _terms(found, code, settings),
        now=now,
        arrangement=ALONE if drawn.form is None else Arrangement(form=_stored(drawn.form)),
    )
    db_session.add(
        RefresherSitting(
            credential_id=record.id,
            attempt_id=attempt.id,
            programme_ref=found.programme.ref,
            topic_counts=drawn.topic_counts,
            changed_ids=drawn.changed_ids,
            began_at=now,
        )
    )
    db_session.flush()
    return attempt


def _terms(found: RenewalOffer, code: str, settings: Settings) -> ExamTerms:
    programme = found.programme
    return ExamTerms(
        exam_code=code,
        programme_ref=programme.ref,
        title=f"{programme.title} · 复训考试",
        blueprint_ref=found.refresher.blueprint_ref,
        limit_s=found.refresher.minutes * 60,
        cut_fraction=found.refresher.cut_fraction,
        is_demo=settings.is_demo or programme.is_demo,
    )


def _stored(form: ExamForm) -> list[list[Any]]:
    return [[ref, list(order)] for ref, order in zip(form.items, form.choice_orders, strict=True)]


FIND_SITTING = "SELECT id FROM refresher_sitting WHERE attempt_id = :attempt_id"


def on_attempt_scored(db_session: Session, fact: AttemptScored) -> None:
    """Renew the certificate whose refresher exam was passed."""
    for (sitting_id,) in read_rows(db_session, FIND_SITTING, {"attempt_id": fact.attempt_id}):
        sitting = db_session.get_one(RefresherSitting, sitting_id)
        settle(db_session, sitting, now=fact.at)


def on_credential_changed(db_session: Session, fact: CredentialChanged) -> None:
    """Renew what could not be renewed while it was suspended."""
    if fact.kind != "reinstated":
        return
    sittings = db_session.scalars(
        select(RefresherSitting)
        .join(CredentialRecord, CredentialRecord.id == RefresherSitting.credential_id)
        .where(CredentialRecord.number == fact.number)
        .order_by(RefresherSitting.id)
    ).all()
    for sitting in sittings:
        settle(db_session, sitting, now=fact.at)


def settle(
    db_session: Session, sitting: RefresherSitting, *, now: datetime
) -> CredentialRecord | None:
    """Issue the credential that a passed refresher exam earns; once, whoever calls.

    A certificate that was revoked meanwhile is not renewed, one that is suspended is when it is
    reinstated; one that was replaced for a name's sake is renewed in its successor.

    Args:
        db_session: The session of the caller's transaction.
        sitting: The exam.
        now: The moment (aware).

    Returns:
        The new credential; None if there is nothing to issue.
    """
    attempt = db_session.get_one(Attempt, sitting.attempt_id)
    if not attempt.has_result or not attempt.passed:
        return None
    record = _standing_record(db_session, sitting.credential_id, now)
    if record is None or renewal_of(db_session, record) is not None:
        return None
    used = select(CredentialRenewal.id).where(CredentialRenewal.sitting_id == sitting.id)
    if db_session.scalar(used) is not None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    programme = queries.programme_of(db_session, sitting.programme_ref)
    enrolment = _enrolment(db_session, record, programme, now)
    issued = issuing.issue_renewal(
        db_session,
        enrolment,
        _decision(db_session, enrolment, programme, attempt, now),
        record,
        programme=programme,
        evidence_id=queries.refresher_key(attempt.public_id),
        actor="system:certification",
        is_demo=settings.is_demo,
        verify_base_url=settings.public_base_url,
        now=now,
    )
    db_session.add(
        CredentialRenewal(
            credential_id=record.id, successor_id=issued.id, sitting_id=sitting.id, at=now
        )
    )
    db_session.flush()
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action="credential.renewed",
        actor="system:certification",
        now=now,
        details={"successor": issued.number, "attempt": attempt.public_id},
    )
    logger.info("%r renewed by %r", record, issued)
    return issued


def _standing_record(
    db_session: Session, credential_id: int, now: datetime
) -> CredentialRecord | None:
    """Return the certificate that is to be renewed, locked; None if it may not be now."""
    number = queries.credential_by_id(db_session, credential_id).number
    while True:
        record = queries.credential(db_session, number, lock=True)
        held = queries.held_credential(db_session, record, at=now)
        if held.successor is None:
            break
        number = held.successor
    # It may have run out while the holder sat: whoever began in time is in time.
    in_time = {CredentialStatus.VALID, CredentialStatus.EXPIRED}
    return record if held.status in in_time else None


def _enrolment(
    db_session: Session,
    record: CredentialRecord,
    programme: CertificationProgramme,
    now: datetime,
) -> Enrolment:
    """Return the enrolment that the renewal ends: the running one, or one for it alone."""
    running = queries.active_enrolment_or_none(
        db_session, record.person_id, programme.id, lock=True
    )
    if running is not None:
        return running
    return services.add_enrolment(
        db_session, record.person_id, programme, actor="system:certification", now=now
    )


def _decision(
    db_session: Session,
    enrolment: Enrolment,
    programme: CertificationProgramme,
    attempt: Attempt,
    now: datetime,
) -> DecisionRecord:
    reason = {
        "code": REFRESHER_MET,
        "achieved": attempt.score_fraction,
        "required": attempt.cut_fraction,
    }
    decision = DecisionRecord(
        enrolment_id=enrolment.id,
        programme_ref=programme.ref,
        at=now,
        verdict="passed",
        reasons=[reason],
        evidence_ids=[attempt.public_id],
    )
    db_session.add(decision)
    db_session.flush()
    record_act(
        db_session,
        subject=f"enrolment:{enrolment.public_id}",
        action="decision.passed",
        actor="system:certification",
        now=now,
        details={"reasons": [REFRESHER_MET], "evidence": [attempt.public_id]},
    )
    return decision
