"""Issue many credentials at once: everybody whose results pass and who has none yet.

Results are decided as they come in; this is for what no result announces: a cut score that was
lowered, evidence that was imported, a programme that was corrected, a register that was restored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import deciding, sealing
from app.certification.models import Enrolment
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import db, transaction

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BulkIssue:
    """What a run did.

    Attributes:
        considered: Enrolments that were decided.
        numbers: The certificates issued, in order.
        sealed: Files that were drawn and signed.
    """

    considered: int
    numbers: tuple[str, ...]
    sealed: int


def issue_waiting(
    settings: Settings,
    field_keys: FieldKeys,
    *,
    programme_id: str | None,
    now: datetime,
    progress: Progress,
) -> BulkIssue:
    """Decide every active enrolment anew, issue what passes, and seal the files.

    Each enrolment is a transaction of its own under its lock, and an issue ends it: a run that is
    stopped has lost nothing, the next one goes on, and two at once issue nothing twice.

    Args:
        settings: Of this deployment.
        field_keys: Open the signing keys.
        programme_id: Only enrolments of this programme; None takes all.
        now: The moment (aware).
        progress: Told how many of how many are done.
    """
    ids = _active_ids(db.session(), programme_id)
    db.session().rollback()
    numbers = []
    for done, enrolment_id in enumerate(ids, 1):
        with transaction() as db_session:
            number = _reconsider(db_session, enrolment_id, settings, now)
        if number is not None:
            numbers.append(number)
        progress(done, len(ids))
    sealed = 0
    while piece := sealing.seal_waiting(settings, field_keys, now=now):
        sealed += piece
    logger.info("bulk issue: %d of %d enrolments, %d files", len(numbers), len(ids), sealed)
    return BulkIssue(len(ids), tuple(numbers), sealed)


def _active_ids(db_session: Session, programme_id: str | None) -> list[int]:
    query = select(Enrolment.id).where(
        Enrolment.withdrawn_at.is_(None), Enrolment.certified_at.is_(None)
    )
    if programme_id is not None:
        query = query.where(Enrolment.programme_id == programme_id)
    return list(db_session.scalars(query.order_by(Enrolment.id)))


def _reconsider(
    db_session: Session, enrolment_id: int, settings: Settings, now: datetime
) -> str | None:
    enrolment = db_session.get_one(
        Enrolment, enrolment_id, with_for_update=True, populate_existing=True
    )
    if not enrolment.is_active:  # ended since the list was made
        return None
    issued = deciding.reconsider(db_session, enrolment, settings=settings, now=now)
    return None if issued is None else issued.number
