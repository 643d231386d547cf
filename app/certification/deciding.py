"""Decide an enrolment on its results; a decision that passes issues the credential."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import issuing, queries, standing
from app.certification.models import CredentialRecord, DecisionRecord, Enrolment
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.db import from_driver_json, read_rows, to_driver
from certificates.credentials import Holder
from certificates.decisions import Decision, Reason, Verdict

logger = logging.getLogger(__name__)


def reconsider(
    db_session: Session, enrolment: Enrolment, *, settings: Settings, now: datetime
) -> CredentialRecord | None:
    """Decide an enrolment anew; record what changed, and issue the credential if it passed.

    Decision, credential, event and audit stand or fall with the caller's transaction.

    Args:
        db_session: The session of the caller's transaction.
        enrolment: An active enrolment, locked.
        settings: Of this deployment.
        now: The moment (aware).

    Returns:
        The credential if this decision issued one.
    """
    programme = queries.programme_of(db_session, enrolment.programme_ref)
    decision = standing.decision_on(
        db_session, enrolment, programme, now=now, include_demo=settings.is_demo
    )
    record_id = keep_decision(db_session, enrolment, decision, actor="system:certification")
    if decision.verdict is not Verdict.PASSED:
        return None
    record = db_session.get_one(DecisionRecord, record_id)
    identity = accounts.legal_identity_or_none(db_session, enrolment.person_id)
    assert identity is not None, "enrolling collects the identity"
    return issuing.issue_credential(
        db_session,
        enrolment,
        record,
        programme=programme,
        decision=decision,
        holder=Holder(name=identity.legal_name),
        reason="decision",
        actor="system:certification",
        is_demo=settings.is_demo,
        verify_base_url=settings.public_base_url,
        now=decision.decided_at,
    )


def record_decision(
    db_session: Session, enrolment: Enrolment, decision: Decision, *, actor: str
) -> DecisionRecord:
    """Keep a decision with its reasons, as `keep_decision` does; return its row."""
    record_id = keep_decision(db_session, enrolment, decision, actor=actor)
    return db_session.get_one(DecisionRecord, record_id)


FIND_LAST = """
SELECT id, verdict, reasons, evidence_ids FROM decision_record
WHERE enrolment_id = :enrolment_id ORDER BY id DESC LIMIT 1"""

ADD_DECISION = """
INSERT INTO decision_record (enrolment_id, programme_ref, at, verdict, reasons, evidence_ids)
VALUES (:enrolment_id, :programme_ref, :at, :verdict, :reasons, :evidence_ids) RETURNING id"""


def keep_decision(
    db_session: Session, enrolment: Enrolment, decision: Decision, *, actor: str
) -> int:
    """Keep a decision with its reasons; one that says what the last said is not kept again.

    On the driver, for every exam that ends asks it; most decide nothing yet.

    Returns:
        The row's key: of the new decision, or of the last one if that said the same.
    """
    reasons = [reason_json(reason) for reason in decision.reasons]
    evidence_ids = list(decision.evidence_ids)
    said = decision.verdict.value, reasons, evidence_ids
    for last_id, verdict, *lists in read_rows(
        db_session, FIND_LAST, {"enrolment_id": enrolment.id}
    ):
        if (verdict, *map(from_driver_json, lists)) == said:
            return int(last_id)
    added = {
        "enrolment_id": enrolment.id,
        "programme_ref": decision.programme_ref,
        "at": to_driver(decision.decided_at),
        "verdict": decision.verdict.value,
        "reasons": json.dumps(reasons),
        "evidence_ids": json.dumps(evidence_ids),
    }
    [(record_id,)] = read_rows(db_session, ADD_DECISION, added)
    record_act(
        db_session,
        subject=f"enrolment:{enrolment.public_id}",
        action=f"decision.{decision.verdict}",
        actor=actor,
        now=decision.decided_at,
        details={"reasons": [reason["code"] for reason in reasons], "evidence": evidence_ids},
    )
    logger.info("%r decided: %s", enrolment, decision.verdict)
    return int(record_id)


def reason_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as JSON values: code, numbers in the part's unit, moments as ISO text."""
    out: dict[str, Any] = {"code": reason.code.value}
    if reason.achieved is not None:
        out["achieved"] = reason.achieved
    if reason.required is not None:
        out["required"] = reason.required
    if reason.counts_until is not None:
        out["counts_until"] = reason.counts_until.isoformat()
    if reason.level is not None:
        out["level"] = reason.level.value
    return out
