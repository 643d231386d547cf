"""Cuts that standard-setting panels found, on their way into the next version of a programme."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.programmes import drafts
from app.programmes.models import ApprovedCut, ProgrammeDraft
from certificates.programmes import CertificationProgramme

logger = logging.getLogger(__name__)


def propose_cut(
    db_session: Session,
    *,
    blueprint_ref: str,
    cut_fraction: float,
    standard_error: float,
    minutes_hash: str,
    session_id: str,
    approved_by: str,
    now: datetime,
) -> None:
    """Keep an approved cut, and put it into the next version of whatever programme uses it.

    Of each programme whose newest version names the blueprint the open draft gets the cut (one is
    opened if there is none). A draft that waits for its second person is left alone: the editor
    lists the cut, and whoever edits takes it over. Said twice it is kept once.

    Args:
        db_session: The session of the caller's transaction.
        blueprint_ref: The blueprint that the panel rated.
        cut_fraction: In [0, 1].
        standard_error: Of the cut, as a fraction.
        minutes_hash: SHA-256 of the signed minutes.
        session_id: Public id of the standard-setting session.
        approved_by: Who approved it, `person:<public id>`.
        now: The moment (aware).
    """
    known = db_session.scalar(select(ApprovedCut).where(ApprovedCut.session_id == session_id))
    if known is not None:
        return
    cut = ApprovedCut(
        session_id=session_id,
        blueprint_ref=blueprint_ref,
        cut_fraction=cut_fraction,
        standard_error=standard_error,
        minutes_hash=minutes_hash,
        approved_by=approved_by,
        approved_at=now,
    )
    db_session.add(cut)
    db_session.flush()
    for programme in certification.programmes(db_session):
        if programme.theory.blueprint_ref != blueprint_ref or programme.is_demo:
            continue
        draft = drafts.open_draft(
            db_session, programme.id, actor=approved_by, now=now, comment=f"cut {session_id}"
        )
        if draft.state == "draft":
            take_over(db_session, draft, cut, actor=approved_by, now=now)
    logger.info("cut of %s: %.4f from %s", blueprint_ref, cut_fraction, session_id)


def take_over(
    db_session: Session, draft: ProgrammeDraft, cut: ApprovedCut, *, actor: str, now: datetime
) -> None:
    """Put an approved cut into a draft.

    Raises:
        DraftStateError: If the draft is not open for writing.
    """
    body = copy.deepcopy(draft.body)
    body["theory"]["cut_fraction"] = round(cut.cut_fraction, 4)
    drafts.save_draft(
        db_session,
        draft,
        body,
        revision=draft.revision,
        actor=actor,
        now=now,
        kind="cut",
        comment=f"{cut.session_id} {cut.minutes_hash}",
    )


def cuts_for(db_session: Session, programme: CertificationProgramme) -> Sequence[ApprovedCut]:
    """Return the approved cuts of a programme's blueprint, newest first."""
    return db_session.scalars(
        select(ApprovedCut)
        .where(ApprovedCut.blueprint_ref == programme.theory.blueprint_ref)
        .order_by(ApprovedCut.id.desc())
    ).all()


def cut_of(db_session: Session, session_id: str) -> ApprovedCut | None:
    """Return the cut of a standard-setting session, if one was approved."""
    return db_session.scalar(select(ApprovedCut).where(ApprovedCut.session_id == session_id))
