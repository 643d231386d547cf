"""Publish schemes, admit providers, appoint who acts for them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.bank.services import VersionChangedError
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.providers.models import (
    Provider,
    ProviderField,
    ProviderManager,
    ProviderTier,
    SchemeVersion,
)
from app.providers.schemes import Scheme

logger = logging.getLogger(__name__)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
"""A 服务商编号, as files of indicators may write it; a test holds the two together."""


class ProviderTakenError(ConflictError):
    """Raised when a provider of this code exists."""

    code = "provider_taken"


def publish_schemes(
    db_session: Session,
    schemes: Iterable[Scheme],
    *,
    actor: str,
    now: datetime,
    redraft: bool = False,
) -> int:
    """Publish what is new of some schemes.

    Args:
        db_session: The session of the caller's transaction.
        schemes: Schemes, each version once.
        actor: Who publishes.
        now: The moment (aware).
        redraft: Let a changed scheme replace the stored version of the same number: only in a
            demonstration, which follows its checkout.

    Returns:
        How many versions were added or replaced.

    Raises:
        VersionChangedError: If a published version has other content now.
    """
    changed = 0
    for scheme in schemes:
        body = scheme.model_dump(mode="json")
        known = db_session.scalar(
            select(SchemeVersion).where(
                SchemeVersion.scheme_id == scheme.id, SchemeVersion.version == scheme.version
            )
        )
        if known is None:
            db_session.add(
                SchemeVersion(
                    scheme_id=scheme.id, version=scheme.version, body=body, published_at=now
                )
            )
        # Compared as schemes: a body that was stored before a field came to be says the same.
        elif Scheme.model_validate(known.body) == scheme:
            continue
        elif redraft:
            known.body = body
        else:
            raise VersionChangedError(f"{scheme.ref} is published with other content")
        changed += 1
        record_act(
            db_session,
            subject=f"scheme:{scheme.id}",
            action="scheme.published",
            actor=actor,
            now=now,
            details={"ref": scheme.ref},
        )
        logger.info("published scheme %s", scheme.ref)
    db_session.flush()
    return changed


def admit_provider(
    db_session: Session,
    *,
    code: str,
    name: str,
    city: str,
    field: ProviderField,
    tier: ProviderTier,
    joined_on: date,
    actor: str,
    now: datetime,
    is_demo: bool = False,
) -> Provider:
    """Add a provider.

    Args:
        db_session: The session of the caller's transaction.
        code: 服务商编号: letters, digits and dashes, at most 32.
        name: Chinese name.
        city: Where it is.
        field: What it serves.
        tier: How far it is admitted.
        joined_on: Since when.
        actor: Who admits it.
        now: The moment (aware).
        is_demo: Of a demonstration.

    Raises:
        InvalidInputError: If the code is none.
        ProviderTakenError: If the code is taken.
    """
    if not _CODE.fullmatch(code):
        raise InvalidInputError(f"code {code!r}", [{"field": "code", "code": "bad_provider"}])
    provider = Provider(
        code=code,
        name=name,
        city=city,
        field=field.value,
        tier=tier.value,
        joined_on=joined_on,
        is_demo=is_demo,
    )
    try:
        with db_session.begin_nested():
            db_session.add(provider)
    except IntegrityError as error:
        raise ProviderTakenError(f"provider {code}") from error
    _audit_provider(db_session, provider, "admitted", actor, now, code=code)
    logger.info("%r admitted", provider)
    return provider


def appoint_manager(
    db_session: Session, provider: Provider, person: Person, *, actor: str, now: datetime
) -> None:
    """Let a person act for a provider, with the role that this takes; once is enough.

    Raises:
        OwnAccountError: If the actor is that person.
    """
    grant_role(db_session, person, Role.PROVIDER_MANAGER, actor=actor, now=now)
    held = db_session.scalar(
        select(ProviderManager.id).where(
            ProviderManager.provider_id == provider.id, ProviderManager.person_id == person.id
        )
    )
    if held is not None:
        return
    db_session.add(ProviderManager(provider_id=provider.id, person_id=person.id, since=now))
    db_session.flush()
    _audit_provider(db_session, provider, "manager_appointed", actor, now, person=person.public_id)
    logger.info("%r manages %r", person, provider)


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
