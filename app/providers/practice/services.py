"""What a manager may state of own staff, and who may not confirm it.

The rule of the second party: a manager states live sessions and hours of training of people who
worked for the provider on that day; a committee member or reviewer confirms it who neither works
for that provider nor manages it, and who is not the one who stated it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.certification import claims
from app.certification.models import EvidenceClaim
from app.core.errors import InvalidInputError, NotFoundError
from app.providers.models import Employment, Provider, ProviderManager
from app.providers.queries import employment_at
from certificates.validity import end_of_day, issue_day

KINDS = ("sessions", "training")
"""What a provider can know; results of a contest come from the contest."""


def state_practice(
    db_session: Session,
    provider: Provider,
    employment_id: str,
    claim: claims.NewClaim,
    *,
    enterer: str,
    now: datetime,
) -> EvidenceClaim:
    """State something of somebody who works, or worked, for the provider.

    Args:
        db_session: The session of the caller's transaction.
        provider: The manager's.
        employment_id: Public id of the employment.
        claim: What is stated.
        enterer: The manager, `person:<public id>`.
        now: The moment (aware).

    Raises:
        NotFoundError: If the employment is at another provider.
        InvalidInputError: If it is of another kind, or did not happen during the employment, or is
            no usable claim.
        SecondPersonRequiredError: If the manager states it of themselves.
        ClaimTakenError: If it was entered before.
    """
    employment = employment_at(db_session, employment_id, provider.id)
    if claim.kind not in KINDS:
        raise _refusal("kind", "unknown")
    began = issue_day(employment.started_at)
    is_over = (
        employment.ended_at is not None and end_of_day(claim.happened_on) > employment.ended_at
    )
    left_on = None if employment.ended_at is None else issue_day(employment.ended_at)
    if claim.happened_on < began or (is_over and claim.happened_on != left_on):
        raise _refusal("happened_on", "not_employed")
    person = db_session.get_one(Person, employment.person_id)
    return claims.enter(
        db_session, person, claim, enterer=enterer, now=now, provider_code=provider.code
    )


def _refusal(field: str, code: str) -> InvalidInputError:
    return InvalidInputError(f"practice: {field}", [{"field": field, "code": code}])


def take_back(
    db_session: Session, provider: Provider, public_id: str, *, actor: str, now: datetime
) -> None:
    """Take an entry of the provider back before it is decided; any of its managers may.

    Raises:
        NotFoundError: If it is not the provider's.
        ClaimDecidedError: If somebody confirmed or declined it.
        SecondPersonRequiredError: If it is on the manager who would.
    """
    claim = claims.claim_of(db_session, public_id, lock=True)
    if claim.provider_code != provider.code:
        raise NotFoundError(f"claim {public_id} of provider {provider.code}")
    claims.decide_claim(db_session, claim, "declined", decider=actor, now=now)


def stated_by(
    db_session: Session, provider: Provider, *, limit: int
) -> list[tuple[EvidenceClaim, str]]:
    """Return a provider's entries with the operator's name, newest first."""
    rows = db_session.execute(
        select(EvidenceClaim, Person.display_name)
        .join(Person, Person.id == EvidenceClaim.person_id)
        .where(EvidenceClaim.provider_code == provider.code)
        .order_by(EvidenceClaim.id.desc())
        .limit(limit)
    )
    return [(claim, name) for claim, name in rows]


def belongs_to(db_session: Session, actor: str, provider_code: str) -> bool:
    """Say whether somebody works for a provider now, or manages it.

    Args:
        db_session: A session to read with.
        actor: `person:<public id>`; anything else belongs nowhere.
        provider_code: The provider.
    """
    kind, _, public_id = actor.partition(":")
    if kind != "person":
        return False
    works = select(Employment.provider_id).where(
        Employment.person_id == Person.id, Employment.ended_at.is_(None)
    )
    manages = select(ProviderManager.provider_id).where(ProviderManager.person_id == Person.id)
    found = db_session.scalar(
        select(Person.id)
        .join(Provider, Provider.code == provider_code)
        .where(
            Person.public_id == public_id,
            or_(
                Provider.id.in_(works.correlate(Person)), Provider.id.in_(manages.correlate(Person))
            ),
        )
    )
    return found is not None


def staff_choices(db_session: Session, provider: Provider) -> Sequence[tuple[str, str]]:
    """Return who works for a provider now, as employment and name."""
    rows = db_session.execute(
        select(Employment.public_id, Person.display_name)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.provider_id == provider.id, Employment.ended_at.is_(None))
        .order_by(Person.display_name, Employment.id)
    )
    return [(public_id, name) for public_id, name in rows]
