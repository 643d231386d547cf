"""Propose a version and publish it by a second person; put providers into tiers; red lines."""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.providers import loading, queries, services
from app.providers.errors import SchemeContentError
from app.providers.matrix import TIERS
from app.providers.models import Provider, ProviderTier
from app.providers.months import last_complete_month, month_before
from app.providers.rules.models import RedLineFinding, SchemeProposal, TierDecision
from app.providers.rules.standing import ProviderStanding
from app.providers.schemes import Scheme

logger = logging.getLogger(__name__)


class BadSchemeError(InvalidInputError):
    """Raised when a proposed scheme cannot be used.

    Attributes:
        problems: One line for each fault, with its place.
    """

    code = "bad_scheme"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class SchemeVersionTakenError(ConflictError):
    """Raised when the version exists, or another of the scheme waits for its decision."""

    code = "scheme_version_taken"


class SchemeTooEarlyError(ConflictError):
    """Raised when a version would change months that are scored already."""

    code = "scheme_too_early"


class ProposalDecidedError(ConflictError):
    """Raised when a proposal was decided before."""

    code = "rule_decided"


class TierNotEarnedError(ConflictError):
    """Raised when a provider does not meet what a tier takes."""

    code = "tier_not_earned"


def read_scheme(text: str) -> Scheme:
    """Read a scheme from YAML.

    Raises:
        BadSchemeError: With every fault.
    """
    try:
        return loading.read_scheme(text, Path("scheme"))
    except SchemeContentError as error:
        raise BadSchemeError(error.problems) from error


def earliest_effect(now: datetime) -> date:
    """Return the first month that a new version may score: the one after the present."""
    return month_before(last_complete_month(now), -2)


def propose_scheme(
    db_session: Session, scheme: Scheme, comment: str, *, actor: str, now: datetime
) -> SchemeProposal:
    """Lay a version before a second person.

    Args:
        db_session: The session of the caller's transaction.
        scheme: The version, with a number that is not published yet.
        comment: What it changes and why.
        actor: Who proposes.
        now: The moment (aware).

    Raises:
        SchemeVersionTakenError: If the version is published or another one waits.
        SchemeTooEarlyError: If it would score months that have begun.
    """
    if any(one.ref == scheme.ref for one in queries.schemes(db_session)):
        raise SchemeVersionTakenError(scheme.ref)
    if scheme.effective_on < earliest_effect(now):
        raise SchemeTooEarlyError(f"{scheme.ref} from {scheme.effective_on}")
    proposal = SchemeProposal(
        scheme_id=scheme.id,
        version=scheme.version,
        body=scheme.model_dump(mode="json"),
        comment=comment,
        state="proposed",
        proposed_by=actor,
        proposed_at=now,
    )
    try:
        with db_session.begin_nested():
            db_session.add(proposal)
    except IntegrityError as error:
        raise SchemeVersionTakenError(f"a version of {scheme.id} waits") from error
    _audit_scheme(db_session, proposal, "proposed", actor, now)
    return proposal


def decide_proposal(
    db_session: Session,
    public_id: str,
    *,
    publish: bool,
    reason: str,
    actor: str,
    now: datetime,
) -> SchemeProposal:
    """Publish a proposed version, or decline it, by another person than who proposed it.

    Raises:
        NotFoundError: If there is no such proposal.
        ProposalDecidedError: If it was decided before.
        SecondPersonRequiredError: If the actor proposed it.
        SchemeTooEarlyError: If it waited so long that its first month has begun.
    """
    proposal = proposal_of(db_session, public_id, lock=True)
    if proposal.state != "proposed":
        raise ProposalDecidedError(f"{proposal!r}")
    if proposal.proposed_by == actor:
        raise SecondPersonRequiredError(f"{proposal!r} was proposed by {actor}")
    if publish:
        scheme = Scheme.model_validate(proposal.body)
        if scheme.effective_on < earliest_effect(now):
            raise SchemeTooEarlyError(f"{scheme.ref} from {scheme.effective_on}")
        services.publish_schemes(db_session, [scheme], actor=actor, now=now)
    proposal.state = "published" if publish else "declined"
    proposal.decided_by, proposal.decided_at, proposal.reason = actor, now, reason
    db_session.flush()
    _audit_scheme(db_session, proposal, proposal.state, actor, now)
    return proposal


def proposal_of(db_session: Session, public_id: str, *, lock: bool = False) -> SchemeProposal:
    """Return a proposal.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(SchemeProposal).where(SchemeProposal.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"scheme proposal {public_id}")
    return found


def proposals(db_session: Session) -> list[SchemeProposal]:
    """Return every proposal, newest first."""
    return list(db_session.scalars(select(SchemeProposal).order_by(SchemeProposal.id.desc())))


def waiting_count(db_session: Session, actor: str) -> int:
    """Return how many proposed versions somebody may decide: those of others."""
    query = (
        select(func.count())
        .select_from(SchemeProposal)
        .where(SchemeProposal.state == "proposed", SchemeProposal.proposed_by != actor)
    )
    return db_session.scalar(query) or 0


def move_to_tier(
    db_session: Session,
    standing: ProviderStanding,
    tier: ProviderTier,
    *,
    scheme_ref: str,
    month: date,
    reason: str,
    actor: str,
    now: datetime,
) -> TierDecision:
    """Put a provider into a tier that it earns, or into a lower one.

    Up it goes only where every requirement of the tier's cell is met (严准入); down at any time,
    with a reason.

    Raises:
        TierNotEarnedError: If it does not meet the tier's cell, or holds the tier already.
    """
    provider = standing.provider
    if provider.tier == tier.value:
        raise TierNotEarnedError(f"{provider!r} is in {tier}")
    is_up = TIERS.index(tier.value) > TIERS.index(provider.tier)
    cells = [one for one in standing.cells if one.cell.tier == tier.value]
    if is_up and not any(one.is_met for one in cells):
        raise TierNotEarnedError(f"{provider!r} does not meet {tier}")
    decision = TierDecision(
        provider_id=provider.id,
        kind="moved",
        tier=tier.value,
        tier_before=provider.tier,
        scheme_ref=scheme_ref,
        month=month,
        reason=reason,
        decided_by=actor,
        at=now,
    )
    db_session.add(decision)
    provider.tier = tier.value
    db_session.flush()
    _audit_provider(db_session, provider, "tier_moved", actor, now, tier=tier.value, reason=reason)
    return decision


def invite_to_top(
    db_session: Session,
    provider: Provider,
    *,
    scheme_ref: str,
    month: date,
    reason: str,
    actor: str,
    now: datetime,
) -> TierDecision:
    """Ask a provider to the tier that nobody enters without being asked (邀约制)."""
    decision = TierDecision(
        provider_id=provider.id,
        kind="invited",
        tier=ProviderTier.STRATEGIC.value,
        tier_before=provider.tier,
        scheme_ref=scheme_ref,
        month=month,
        reason=reason,
        decided_by=actor,
        at=now,
    )
    db_session.add(decision)
    db_session.flush()
    _audit_provider(db_session, provider, "invited", actor, now, reason=reason)
    return decision


def record_finding(
    db_session: Session,
    provider: Provider,
    scheme: Scheme,
    red_line: str,
    *,
    month: date,
    reason: str,
    actor: str,
    now: datetime,
) -> RedLineFinding:
    """Freeze a provider's rating for crossing a red line of the scheme.

    Raises:
        NotFoundError: If the scheme has no such line.
    """
    line = next((one for one in scheme.red_lines if one.id == red_line), None)
    if line is None:
        raise NotFoundError(f"{scheme.ref} has no red line {red_line!r}")
    finding = RedLineFinding(
        provider_id=provider.id,
        red_line=line.id,
        month=month,
        until_month=month_before(month, -line.months),
        reason=reason,
        found_by=actor,
        at=now,
    )
    db_session.add(finding)
    db_session.flush()
    _audit_provider(db_session, provider, "red_line", actor, now, line=line.id, reason=reason)
    return finding


def lift_finding(
    db_session: Session, finding_id: int, *, reason: str, actor: str, now: datetime
) -> RedLineFinding:
    """Take a finding back, by another person than who recorded it.

    Raises:
        NotFoundError: If there is no such finding.
        ProposalDecidedError: If it was taken back before.
        SecondPersonRequiredError: If the actor recorded it.
    """
    finding = db_session.get(RedLineFinding, finding_id)
    if finding is None or finding.lifts_id is not None:
        raise NotFoundError(f"finding {finding_id}")
    if finding.found_by == actor:
        raise SecondPersonRequiredError(f"finding {finding_id} was recorded by {actor}")
    lift = RedLineFinding(
        provider_id=finding.provider_id,
        red_line=finding.red_line,
        month=finding.month,
        until_month=finding.until_month,
        reason=reason,
        found_by=actor,
        at=now,
        lifts_id=finding.id,
    )
    try:
        with db_session.begin_nested():
            db_session.add(lift)
    except IntegrityError as error:
        raise ProposalDecidedError(f"finding {finding_id}") from error
    provider = queries.provider(db_session, finding.provider_id)
    _audit_provider(db_session, provider, "red_line_lifted", actor, now, reason=reason)
    return lift


def _audit_scheme(
    db_session: Session, proposal: SchemeProposal, act: str, actor: str, now: datetime
) -> None:
    record_act(
        db_session,
        subject=f"scheme:{proposal.scheme_id}",
        action=f"scheme_proposal.{act}",
        actor=actor,
        now=now,
        details={"ref": proposal.ref},
    )
    logger.info("%r: %s", proposal, act)


def _audit_provider(
    db_session: Session, provider: Provider, act: str, actor: str, now: datetime, **details: str
) -> None:
    record_act(
        db_session,
        subject=f"provider:{provider.public_id}",
        action=f"provider.{act}",
        actor=actor,
        now=now,
        details=dict(details),
    )
