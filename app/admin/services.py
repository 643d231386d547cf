"""Acts of the back office that belong to no other feature."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit.services import AuditFault, record_act


def record_verification(
    db_session: Session, *, entries: int, faults: list[AuditFault], actor: str, now: datetime
) -> None:
    """Put on record that the log was checked, and what was found: checking is evidence too."""
    record_act(
        db_session,
        subject="audit:log",
        action="audit.verified",
        actor=actor,
        now=now,
        details={
            "entries": entries,
            "faults": [f"{fault.subject} {fault.sequence} {fault.fault}" for fault in faults[:20]],
            "fault_count": len(faults),
        },
    )
