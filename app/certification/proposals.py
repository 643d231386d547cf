"""Acts on credentials by two persons: one proposes with a reason, another confirms or declines."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.certification import acts, files, issuing, queries
from app.certification.models import CredentialProposal, CredentialRecord
from app.certification.queries import HeldCredential
from app.certification.reasons import (
    ReinstatementReason,
    RevocationReason,
    SupersessionReason,
    SuspensionReason,
)
from app.core.audit.services import record_act
from app.core.config import Settings
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from certificates.errors import HolderNameError
from certificates.names import pdf_text
from certificates.validity import CredentialStatus

logger = logging.getLogger(__name__)

ACTS_OF_STATUS = {
    CredentialStatus.VALID: ("suspend", "revoke", "correct"),
    CredentialStatus.SUSPENDED: ("reinstate", "revoke", "correct"),
    CredentialStatus.EXPIRED: ("revoke",),
}
"""What may be proposed; of a credential that was revoked or replaced, nothing."""

REASONS = {
    "suspend": SuspensionReason,
    "reinstate": ReinstatementReason,
    "revoke": RevocationReason,
    "correct": SupersessionReason,
}


class ProposalOpenError(ConflictError):
    """Raised when another act on the credential waits for its second person."""

    code = "proposal_open"


class ProposalDecidedError(ConflictError):
    """Raised when somebody confirmed or declined the proposal before."""

    code = "proposal_decided"


class NameUnprintableError(InvalidInputError):
    """Raised when a corrected name cannot be printed.

    Attributes:
        characters: Those that no font has; empty if the text is no name.
    """

    code = "unprintable_name"

    def __init__(self, characters: tuple[str, ...] = ()) -> None:
        super().__init__("name", [{"field": "corrected_name", "code": "unprintable"}])
        self.characters = characters


@dataclass(frozen=True)
class Draft:
    """What one person proposes.

    Attributes:
        act: `suspend`, `reinstate`, `revoke` or `correct`.
        reason: A code of that act's reasons.
        comment: On what it rests.
        until_at: First moment at which a suspension is over (aware); None leaves it open.
        corrected_name: The right name, for `correct` alone.
    """

    act: str
    reason: str
    comment: str
    until_at: datetime | None = None
    corrected_name: str | None = None


def allowed_acts(held: HeldCredential) -> tuple[str, ...]:
    """Return the acts that make sense for a credential now."""
    return ACTS_OF_STATUS.get(held.status, ())


def check_name(name: str, settings: Settings) -> str:
    """Return a corrected name as it will be printed; reads fonts, so outside of a transaction.

    Raises:
        NameUnprintableError: If the text is no name, or a character has no glyph.
    """
    try:
        clean = pdf_text(name)
    except HolderNameError as error:
        raise NameUnprintableError from error
    if lacking := files.unprintable_characters(clean, settings.fonts_dir):
        raise NameUnprintableError(lacking)
    return clean


def propose(
    db_session: Session,
    record: CredentialRecord,
    draft: Draft,
    *,
    proposer: str,
    now: datetime,
) -> CredentialProposal:
    """Propose an act; nothing happens to the credential yet.

    Args:
        db_session: The session of the caller's transaction.
        record: The credential, locked.
        draft: What is to be done.
        proposer: `person:<public id>`.
        now: The moment (aware).

    Raises:
        CredentialEndedError: If the act makes no sense for the credential's status.
        InvalidInputError: If the reason is not of the act, or the end is not after now.
        ProposalOpenError: If another proposal waits.
        SecondPersonRequiredError: If the proposer is the holder.
    """
    held = queries.held_credential(db_session, record, at=now)
    if draft.act not in allowed_acts(held):
        raise acts.CredentialEndedError(f"{record!r} is {held.status}: no {draft.act}")
    if draft.reason not in set(REASONS[draft.act]):
        raise InvalidInputError("reason", [{"field": "reason", "code": "of_another_act"}])
    if draft.until_at is not None and draft.until_at <= now:
        raise InvalidInputError("until_at", [{"field": "until_on", "code": "not_after_now"}])
    if proposer == _holder(db_session, record):
        raise SecondPersonRequiredError(f"{record!r}: {proposer} is the holder")
    proposal = CredentialProposal(
        credential_id=record.id,
        act=draft.act,
        reason=draft.reason,
        comment=draft.comment,
        until_at=draft.until_at,
        corrected_name=draft.corrected_name,
        proposer=proposer,
        proposed_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(proposal)
    except IntegrityError as error:
        raise ProposalOpenError(f"{record!r}") from error
    _audit(db_session, record, proposal, "proposed", actor=proposer, now=now)
    return proposal


def confirm(
    db_session: Session,
    proposal: CredentialProposal,
    *,
    decider: str,
    verify_base_url: str,
    now: datetime,
) -> CredentialRecord:
    """Do what was proposed: page, status list and every count change with this transaction.

    Args:
        db_session: The session of the caller's transaction.
        proposal: The proposal, locked.
        decider: `person:<public id>`; not the proposer, and neither is the holder.
        verify_base_url: The public address, for a certificate that is issued anew.
        now: The moment (aware).

    Returns:
        The credential, or its successor if its name was corrected.

    Raises:
        ProposalDecidedError: If somebody was first.
        SecondPersonRequiredError: If the two persons are one, or one is the holder.
        CredentialEndedError: If the credential has ended since.
        NotSuspendedError: If a suspension to be ended has ended since.
        InvalidInputError: If a suspension's planned end has passed since.
    """
    record = _decide(db_session, proposal, decider, "confirmed", now)
    two = {"actor": proposal.proposer, "second_person": decider}
    if proposal.act == "suspend":
        reason = SuspensionReason(proposal.reason)
        acts.suspend_credential(
            db_session, record, reason=reason, **two, now=now, until_at=proposal.until_at
        )
    elif proposal.act == "reinstate":
        ended = ReinstatementReason(proposal.reason)
        acts.reinstate_credential(db_session, record, reason=ended, **two, now=now)
    elif proposal.act == "revoke":
        why = RevocationReason(proposal.reason)
        acts.revoke_credential(db_session, record, reason=why, **two, now=now)
    else:
        assert proposal.corrected_name is not None, "the table's check"
        identity = accounts.legal_identity_or_none(db_session, record.person_id)
        if identity is not None:
            identity.legal_name = proposal.corrected_name
        record = issuing.reissue_corrected(
            db_session,
            record,
            holder_name=proposal.corrected_name,
            **two,
            verify_base_url=verify_base_url,
            now=now,
        )
    return record


def decline(
    db_session: Session, proposal: CredentialProposal, *, decider: str, now: datetime
) -> None:
    """End a proposal without effect; its proposer may do that too.

    Raises:
        ProposalDecidedError: If somebody was first.
    """
    _decide(db_session, proposal, decider, "declined", now)


def proposal_of(db_session: Session, public_id: str, *, lock: bool = False) -> CredentialProposal:
    """Return a proposal.

    Raises:
        NotFoundError: If there is none of that id.
    """
    query = select(CredentialProposal).where(CredentialProposal.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"proposal {public_id}")
    return found


def proposals_on(db_session: Session, record: CredentialRecord) -> Sequence[CredentialProposal]:
    """Return every proposal on a credential, newest first."""
    return db_session.scalars(
        select(CredentialProposal)
        .where(CredentialProposal.credential_id == record.id)
        .order_by(CredentialProposal.id.desc())
    ).all()


def open_proposals(db_session: Session) -> list[tuple[CredentialProposal, CredentialRecord]]:
    """Return the proposals that wait for a second person, oldest first."""
    rows = db_session.execute(
        select(CredentialProposal, CredentialRecord)
        .join(CredentialRecord, CredentialRecord.id == CredentialProposal.credential_id)
        .where(CredentialProposal.decided_at.is_(None))
        .order_by(CredentialProposal.id)
    )
    return [(proposal, record) for proposal, record in rows]


def _decide(
    db_session: Session, proposal: CredentialProposal, decider: str, outcome: str, now: datetime
) -> CredentialRecord:
    if proposal.decided_at is not None:
        raise ProposalDecidedError(f"{proposal!r} was {proposal.outcome}")
    record = db_session.scalar(
        select(CredentialRecord)
        .where(CredentialRecord.id == proposal.credential_id)
        .with_for_update()
    )
    assert record is not None, "a foreign key"
    if outcome == "confirmed" and decider == proposal.proposer:
        raise SecondPersonRequiredError(f"{proposal!r}: proposed and confirmed by {decider}")
    proposal.decider, proposal.decided_at, proposal.outcome = decider, now, outcome
    db_session.flush()
    _audit(db_session, record, proposal, outcome, actor=decider, now=now)
    return record


def _holder(db_session: Session, record: CredentialRecord) -> str:
    public_id = db_session.scalar(select(Person.public_id).where(Person.id == record.person_id))
    return f"person:{public_id}"


def _audit(
    db_session: Session,
    record: CredentialRecord,
    proposal: CredentialProposal,
    outcome: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    record_act(
        db_session,
        subject=f"credential:{record.number}",
        action=f"proposal.{outcome}",
        actor=actor,
        now=now,
        details={"proposal": proposal.public_id, "act": proposal.act, "reason": proposal.reason},
    )
    logger.info("%r on %s: %s", proposal, record.number, outcome)
