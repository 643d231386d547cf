"""Reads of providers and their people; those of one's own things also decide who may know.

How many certified operators a provider has is never stored: it is read, for a moment, from
certificates valid at that moment and employments that run at it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, or_, select, true
from sqlalchemy.orm import Session

from app.accounts.models import LegalIdentity, Person
from app.certification.queries import valid_credentials
from app.core.errors import NotFoundError
from app.providers.models import (
    Employment,
    IndicatorImport,
    MonthlyIndicator,
    Provider,
    ProviderManager,
    SchemeVersion,
    StaffInvitation,
)
from app.providers.schemes import Scheme
from certificates.levels import Level
from certificates.names import mask_name

DECLINED_SHOWN = timedelta(days=14)
"""How long a declined invitation stays on the manager's list."""


@dataclass(frozen=True)
class StaffMember:
    """Somebody who works for a provider, as the manager sees it.

    Attributes:
        public_id: Of the employment.
        name: The display name.
        account: The account that was invited: the manager typed it.
        since: Beginning of the employment.
        level: Highest level of a valid certificate; None if there is none.
        legal_name: Masked as on the public page; empty without a certificate.
        number: Of that certificate.
        valid_until: Its last day.
        days_left: Until that day.
    """

    public_id: str
    name: str
    account: str
    since: datetime
    level: Level | None = None
    legal_name: str = ""
    number: str = ""
    valid_until: date | None = None
    days_left: int | None = None


@dataclass(frozen=True)
class ReceivedInvitation:
    """An invitation that waits for a person's answer."""

    public_id: str
    provider_name: str
    provider_city: str
    note: str
    account: str
    invited_at: datetime


@dataclass(frozen=True)
class OwnEmployment:
    """One employment of a person, running or ended."""

    public_id: str
    provider_name: str
    provider_city: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    ended_by_self: bool


def provider_of_manager(db_session: Session, person_id: int) -> Provider:
    """Return the provider that a person manages; of several the first.

    Raises:
        NotFoundError: If the person manages none.
    """
    found = managed_provider_or_none(db_session, person_id)
    if found is None:
        raise NotFoundError(f"person {person_id} manages no provider")
    return found


def managed_provider_or_none(db_session: Session, person_id: int) -> Provider | None:
    """Return the provider that a person manages, of several the first; None if there is none."""
    return db_session.scalar(
        select(Provider)
        .join(ProviderManager, ProviderManager.provider_id == Provider.id)
        .where(ProviderManager.person_id == person_id)
        .order_by(ProviderManager.id)
        .limit(1)
    )


def manages_employer_of(
    db_session: Session, manager_id: int, person_id: int, *, at: datetime
) -> bool:
    """Say whether somebody manages a provider for which a person works at a moment (aware)."""
    found = db_session.scalar(
        select(Employment.id)
        .join(ProviderManager, ProviderManager.provider_id == Employment.provider_id)
        .where(
            ProviderManager.person_id == manager_id,
            Employment.person_id == person_id,
            running_at(at),
        )
    )
    return found is not None


def provider(db_session: Session, provider_id: int) -> Provider:
    """Return one provider by its key.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.get(Provider, provider_id)
    if found is None:
        raise NotFoundError(f"provider {provider_id}")
    return found


def provider_by_code(db_session: Session, code: str) -> Provider:
    """Return the provider of a code.

    Raises:
        NotFoundError: If there is none.
    """
    found = db_session.scalar(select(Provider).where(Provider.code == code))
    if found is None:
        raise NotFoundError(f"provider {code}")
    return found


def provider_ids_by_code(db_session: Session) -> dict[str, int]:
    """Return every provider's key by its code, in the order of codes."""
    rows = db_session.execute(select(Provider.code, Provider.id).order_by(Provider.code))
    return {row.code: row.id for row in rows}


def providers(db_session: Session) -> Sequence[Provider]:
    """Return every provider, by code."""
    return db_session.scalars(select(Provider).order_by(Provider.code)).all()


def peer_ids(db_session: Session, one: Provider) -> frozenset[int]:
    """Return the keys of the providers of the same tier and field, this one among them."""
    return frozenset(
        db_session.scalars(
            select(Provider.id).where(Provider.tier == one.tier, Provider.field == one.field)
        )
    )


def schemes(db_session: Session) -> tuple[Scheme, ...]:
    """Return every published version of every scheme."""
    bodies = db_session.scalars(select(cast(SchemeVersion.body, Text)).order_by(SchemeVersion.id))
    return tuple(_scheme(body) for body in bodies)


@lru_cache(maxsize=32)
def _scheme(body: str) -> Scheme:
    """Read a stored version; the text is the key: reading one takes longer than scoring by it."""
    return Scheme.model_validate(json.loads(body))


def providers_lacking(
    db_session: Session, month: date, module_count: int
) -> list[tuple[Provider, int]]:
    """Return the providers whose figures for a month are not all there, by code.

    Args:
        db_session: A session to read with.
        month: Its first day.
        module_count: How many figures there should be.

    Returns:
        Each with how many figures it lacks.
    """
    reported = func.count(MonthlyIndicator.module_id.distinct())
    rows = db_session.execute(
        select(Provider, reported)
        .outerjoin(
            MonthlyIndicator,
            and_(MonthlyIndicator.provider_id == Provider.id, MonthlyIndicator.month == month),
        )
        .group_by(Provider.id)
        .having(reported < module_count)
        .order_by(Provider.code)
    )
    return [(one, module_count - count) for one, count in rows]


def recent_imports(db_session: Session, count: int) -> Sequence[IndicatorImport]:
    """Return the newest imports of indicators."""
    return db_session.scalars(
        select(IndicatorImport).order_by(IndicatorImport.id.desc()).limit(count)
    ).all()


def running_at(at: datetime) -> ColumnElement[bool]:
    """Return the condition that an employment runs at a moment; it ends before its end."""
    return and_(
        Employment.started_at <= at, or_(Employment.ended_at.is_(None), Employment.ended_at > at)
    )


def certified_counts(
    db_session: Session, at: datetime, *, include_demo: bool, provider_id: int | None = None
) -> dict[int, dict[Level, int]]:
    """Return how many certified operators each provider has at a moment, by level.

    An operator counts where the employment runs that they confirmed themselves, once, at the
    highest level of which a certificate is valid at that moment (reliability T08).

    Args:
        db_session: A session to read with.
        at: The moment (aware); a later one than now foretells what is left if nothing is renewed.
        include_demo: Whether demonstration certificates count: in a demonstration only.
        provider_id: Count for one provider only.

    Returns:
        By the provider's key; a provider without certified operators has no entry.
    """
    valid = valid_credentials(at, include_demo=include_demo).subquery()
    number = case({level.value: level.number for level in Level}, value=valid.c.level)
    best = (
        select(Employment.provider_id, func.max(number).label("number"))
        .join(valid, valid.c.person_id == Employment.person_id)
        .where(
            running_at(at), true() if provider_id is None else Employment.provider_id == provider_id
        )
        .group_by(Employment.provider_id, Employment.person_id)
        .subquery()
    )
    rows = db_session.execute(
        select(best.c.provider_id, best.c.number, func.count().label("people")).group_by(
            best.c.provider_id, best.c.number
        )
    )
    counts: dict[int, dict[Level, int]] = {}
    for row in rows:
        counts.setdefault(row.provider_id, {})[Level.of_number(row.number)] = row.people
    return counts


def certified_count_by_level(
    db_session: Session, provider_id: int, at: datetime, *, include_demo: bool
) -> dict[Level, int]:
    """Return how many certified operators one provider has at a moment, every level named."""
    found = certified_counts(db_session, at, include_demo=include_demo, provider_id=provider_id)
    own = found.get(provider_id, {})
    return {level: own.get(level, 0) for level in Level}


def staff_of(
    db_session: Session, provider_id: int, at: datetime, *, today: date, include_demo: bool
) -> list[StaffMember]:
    """Return who works for a provider at a moment: highest level first, then who expires first.

    Args:
        db_session: A session to read with.
        provider_id: The provider's key.
        at: The moment (aware).
        today: Its day in Beijing, for the days that are left.
        include_demo: Whether demonstration certificates count.
    """
    valid = valid_credentials(at, include_demo=include_demo).subquery()
    rows = db_session.execute(
        select(
            Employment.public_id,
            Employment.started_at,
            Person.display_name,
            StaffInvitation.account,
            LegalIdentity.legal_name,
            valid.c.level,
            valid.c.number,
            valid.c.valid_until,
        )
        .join(Person, Person.id == Employment.person_id)
        .join(StaffInvitation, StaffInvitation.id == Employment.invitation_id)
        .outerjoin(LegalIdentity, LegalIdentity.person_id == Employment.person_id)
        .outerjoin(valid, valid.c.person_id == Employment.person_id)
        .where(Employment.provider_id == provider_id, running_at(at))
    )
    members: dict[str, StaffMember] = {}
    for row in rows:
        member = StaffMember(row.public_id, row.display_name, row.account, row.started_at)
        if row.level is not None:
            member = StaffMember(
                row.public_id,
                row.display_name,
                row.account,
                row.started_at,
                level=Level(row.level),
                legal_name=mask_name(row.legal_name or ""),
                number=row.number,
                valid_until=row.valid_until,
                days_left=(row.valid_until - today).days,
            )
        held = members.get(row.public_id)
        if held is None or _standing(member) > _standing(held):
            members[row.public_id] = member
    return sorted(
        members.values(),
        key=lambda member: (-_standing(member)[0], member.valid_until or date.max, member.name),
    )


def _standing(member: StaffMember) -> tuple[int, date]:
    """Return what ranks one person's certificates: the level, then the longest validity."""
    if member.level is None or member.valid_until is None:
        return (0, date.min)
    return (member.level.number, member.valid_until)


def listed_invitations(
    db_session: Session, provider_id: int, *, now: datetime
) -> Sequence[StaffInvitation]:
    """Return a provider's invitations that wait or were declined of late, newest first."""
    declined = and_(
        StaffInvitation.answer == "declined", StaffInvitation.answered_at > now - DECLINED_SHOWN
    )
    return db_session.scalars(
        select(StaffInvitation)
        .where(
            StaffInvitation.provider_id == provider_id,
            or_(StaffInvitation.answered_at.is_(None), declined),
        )
        .order_by(StaffInvitation.invited_at.desc(), StaffInvitation.id.desc())
    ).all()


def invitations_of(db_session: Session, provider_id: int) -> Sequence[StaffInvitation]:
    """Return every invitation that a provider ever sent."""
    return db_session.scalars(
        select(StaffInvitation).where(StaffInvitation.provider_id == provider_id)
    ).all()


def sent_invitation(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> StaffInvitation:
    """Return an invitation that a provider sent.

    Raises:
        NotFoundError: If there is none, or it is another provider's.
    """
    query = select(StaffInvitation).where(
        StaffInvitation.public_id == public_id, StaffInvitation.provider_id == provider_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"invitation {public_id} of provider {provider_id}")
    return found


def account_names(person: Person) -> list[str]:
    """Return the accounts that a person signs in with."""
    return [name for name in (person.email, person.phone) if name]


def invitations_for(db_session: Session, person_id: int) -> list[ReceivedInvitation]:
    """Return the invitations that wait for a person's answer, newest first."""
    person = db_session.get(Person, person_id)
    names = [] if person is None else account_names(person)
    rows = db_session.execute(
        select(StaffInvitation, Provider.name, Provider.city)
        .join(Provider, Provider.id == StaffInvitation.provider_id)
        .where(StaffInvitation.account.in_(names), StaffInvitation.answered_at.is_(None))
        .order_by(StaffInvitation.invited_at.desc(), StaffInvitation.id.desc())
    )
    return [
        ReceivedInvitation(
            public_id=invitation.public_id,
            provider_name=name,
            provider_city=city,
            note=invitation.note,
            account=invitation.account,
            invited_at=invitation.invited_at,
        )
        for invitation, name, city in rows
    ]


def running_employment_or_none(db_session: Session, person_id: int) -> Employment | None:
    """Return the person's employment that runs, if any."""
    return db_session.scalar(
        select(Employment).where(Employment.person_id == person_id, Employment.ended_at.is_(None))
    )


def last_end_or_none(db_session: Session, person_id: int) -> datetime | None:
    """Return when the person's last employment ended."""
    return db_session.scalar(
        select(Employment.ended_at)
        .where(Employment.person_id == person_id, Employment.ended_at.is_not(None))
        .order_by(Employment.ended_at.desc())
        .limit(1)
    )


def employments_of(db_session: Session, person_id: int) -> list[OwnEmployment]:
    """Return a person's employments, the running one first, then newest first."""
    rows = db_session.execute(
        select(Employment, Provider.name, Provider.city, Person.public_id)
        .join(Provider, Provider.id == Employment.provider_id)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.person_id == person_id)
        .order_by(Employment.ended_at.is_not(None), Employment.started_at.desc())
    )
    return [
        OwnEmployment(
            public_id=employment.public_id,
            provider_name=name,
            provider_city=city,
            started_at=employment.started_at,
            ended_at=employment.ended_at,
            end_reason=employment.end_reason,
            ended_by_self=employment.ended_by == f"person:{public_id}",
        )
        for employment, name, city, public_id in rows
    ]


def employment_at(
    db_session: Session, public_id: str, provider_id: int, *, lock: bool = False
) -> Employment:
    """Return an employment at a provider.

    Raises:
        NotFoundError: If there is none, or it is at another provider.
    """
    return _employment(db_session, public_id, Employment.provider_id == provider_id, lock=lock)


def own_employment(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> Employment:
    """Return a person's own employment.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    return _employment(db_session, public_id, Employment.person_id == person_id, lock=lock)


def _employment(
    db_session: Session, public_id: str, owner: ColumnElement[bool], *, lock: bool
) -> Employment:
    query = select(Employment).where(Employment.public_id == public_id, owner)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db_session.scalar(query)
    if found is None:
        raise NotFoundError(f"employment {public_id}")
    return found
