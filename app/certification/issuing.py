"""Issue credentials: on a passed decision, or anew with a corrected name."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import acts, queries, status_lists
from app.certification.models import (
    CredentialEvidence,
    CredentialRecord,
    DecisionRecord,
    Enrolment,
)
from app.certification.reasons import SupersessionReason
from certificates.credentials import (
    SALT_BYTES,
    TEMPLATE_VERSION,
    Credential,
    Holder,
    new_credential,
)
from certificates.decisions import Decision, PartState
from certificates.levels import Level
from certificates.names import pdf_text
from certificates.numbers import new_number
from certificates.programmes import CertificationProgramme
from certificates.renewals import renewed_credential
from certificates.status_lists import LIST_LENGTH
from certificates.validity import issue_day


def issue_credential(
    db_session: Session,
    enrolment: Enrolment,
    record: DecisionRecord,
    *,
    programme: CertificationProgramme,
    decision: Decision,
    holder: Holder,
    reason: str,
    actor: str,
    is_demo: bool,
    verify_base_url: str,
    now: datetime,
) -> CredentialRecord:
    """Issue the credential of a passed decision and end the enrolment with it.

    The table's unique columns (enrolment, decision, evidence) make a second issue impossible;
    the caller holds the enrolment's row lock, so that it is not even tried.

    Args:
        db_session: The session of the caller's transaction.
        enrolment: An active enrolment, locked.
        record: The stored row of the decision.
        programme: The programme enrolled in.
        decision: The decision, passed.
        holder: The legal name as it will be printed.
        reason: `decision` or `demonstration`.
        actor: Who issues.
        is_demo: Whether the deployment is a demonstration.
        verify_base_url: The public address, printed on the certificate for as long as it lives.
        now: The moment of issue (aware).
    """
    credential = new_credential(
        programme,
        decision,
        holder,
        number=_fresh_number(db_session, programme.level, now),
        issued_at=now,
        is_demo=is_demo,
        salt=secrets.token_hex(SALT_BYTES),
    )
    issued = _add_record(
        db_session,
        credential,
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        decision_id=record.id,
        verify_base_url=verify_base_url,
    )
    for part in decision.parts:
        if part.state is PartState.MET and part.evidence_id is not None:
            db_session.add(
                CredentialEvidence(
                    credential_id=issued.id,
                    part=part.part.value,
                    evidence_id=queries.evidence_key(part.part, part.evidence_id),
                )
            )
    enrolment.certified_at = now
    acts.add_event(db_session, issued, "issued", reason, actor=actor, second_person=None, now=now)
    return issued


def issue_renewal(
    db_session: Session,
    enrolment: Enrolment,
    decision: DecisionRecord,
    record: CredentialRecord,
    *,
    programme: CertificationProgramme,
    evidence_id: str,
    actor: str,
    is_demo: bool,
    verify_base_url: str,
    now: datetime,
) -> CredentialRecord:
    """Issue the credential that renews another one; that one goes on to its own last day.

    Args:
        db_session: The session of the caller's transaction.
        enrolment: An active enrolment, locked; it ends with this.
        decision: The stored row of the decision, passed.
        record: What is renewed, locked.
        programme: By whose rules.
        evidence_id: Name of the refresher's attempt among the evidence.
        actor: Who issues.
        is_demo: Whether the deployment is a demonstration.
        verify_base_url: The public address, printed on the certificate for as long as it lives.
        now: The moment of issue (aware).
    """
    renewed = renewed_credential(
        acts.snapshot_of(record),
        programme,
        number=_fresh_number(db_session, programme.level, now),
        issued_at=now,
        is_demo=is_demo,
        salt=secrets.token_hex(SALT_BYTES),
    )
    issued = _add_record(
        db_session,
        renewed,
        person_id=record.person_id,
        enrolment_id=enrolment.id,
        decision_id=decision.id,
        verify_base_url=verify_base_url,
    )
    db_session.add(
        CredentialEvidence(
            credential_id=issued.id, part=queries.REFRESHER_PART, evidence_id=evidence_id
        )
    )
    enrolment.certified_at = now
    acts.add_event(
        db_session, issued, "issued", "renewal", actor=actor, second_person=None, now=now
    )
    return issued


def reissue_corrected(
    db_session: Session,
    record: CredentialRecord,
    *,
    holder_name: str,
    actor: str,
    second_person: str,
    verify_base_url: str,
    now: datetime,
) -> CredentialRecord:
    """Issue a credential with a corrected name in the place of one, which is superseded by it.

    Results and the last day of validity stay; number, date of issue and fingerprint are new. It
    rests on the same decision and the same evidence.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential with the wrong name, locked.
        holder_name: The right one, as it is to be printed.
        actor: Who proposes, `person:<public id>`.
        second_person: Who confirms; somebody else, and neither is the holder.
        verify_base_url: The public address that the new certificate prints.
        now: The moment (aware).

    Returns:
        The successor.

    Raises:
        CredentialEndedError: If it was revoked or replaced before, or has expired.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
    """
    acts.check_persons(db_session, record, actor, second_person)
    if not queries.held_credential(db_session, record, at=now).is_running:
        raise acts.CredentialEndedError(f"{record!r} is not in effect")
    old = acts.snapshot_of(record)
    moment = now.replace(microsecond=0)
    corrected = replace(
        old,
        number=_fresh_number(db_session, old.level, now),
        holder_name=pdf_text(holder_name),
        issued_at=moment,
        valid_from=issue_day(moment),
        template_version=TEMPLATE_VERSION,
        salt=secrets.token_hex(SALT_BYTES),
    )
    successor = _add_record(
        db_session,
        corrected,
        person_id=record.person_id,
        enrolment_id=record.enrolment_id,
        decision_id=record.decision_id,
        verify_base_url=verify_base_url,
        correction=record.correction + 1,
    )
    acts.add_event(
        db_session,
        successor,
        "issued",
        SupersessionReason.NAME_CORRECTION,
        actor=actor,
        second_person=second_person,
        now=now,
    )
    acts.supersede_credential(
        db_session,
        record,
        successor,
        reason=SupersessionReason.NAME_CORRECTION,
        actor=actor,
        second_person=second_person,
        now=now,
    )
    return successor


def _add_record(
    db_session: Session,
    credential: Credential,
    *,
    person_id: int,
    enrolment_id: int,
    decision_id: int,
    verify_base_url: str,
    correction: int = 0,
) -> CredentialRecord:
    list_number = status_lists.list_number_for(db_session)
    record = CredentialRecord(
        number=credential.number,
        person_id=person_id,
        enrolment_id=enrolment_id,
        decision_id=decision_id,
        correction=correction,
        programme_ref=credential.programme_ref,
        level=credential.level.value,
        is_demo=credential.is_demo,
        snapshot=credential.to_json(),
        content_hash=credential.content_hash(),
        template_version=credential.template_version,
        verify_base_url=verify_base_url,
        issued_at=credential.issued_at,
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        expires_at=credential.expires_at,
        status_list=list_number,
        status_index=_free_place(db_session, list_number),
    )
    db_session.add(record)
    db_session.flush()
    return record


def _fresh_number(db_session: Session, level: Level, now: datetime) -> str:
    while True:
        number = new_number(level, issue_day(now).year, secrets.randbelow)
        if queries.credential_or_none(db_session, number) is None:
            return number


def _free_place(db_session: Session, list_number: int) -> int:
    # Drawn by chance: a place in order would tell outsiders how many were issued, and when.
    while True:
        index = secrets.randbelow(LIST_LENGTH)
        taken = select(CredentialRecord.id).where(
            CredentialRecord.status_list == list_number, CredentialRecord.status_index == index
        )
        if db_session.scalar(taken) is None:
            return index
