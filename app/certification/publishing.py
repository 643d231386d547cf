"""Publish programmes: one path for shipped files and for what the committee writes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.bank.services import VersionChangedError
from app.certification import queries
from app.certification.models import ProgrammeVersion
from app.core import clock
from app.core.audit.services import record_act
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.studio import queries as studio
from certificates.errors import CertificateError
from certificates.loading import load_programmes
from certificates.programmes import CertificationProgramme

logger = logging.getLogger(__name__)


class UnknownContentError(NotFoundError):
    """Raised when a programme names a blueprint or a scenario that nobody published."""

    code = "unknown_content"


def publish_programmes(
    db_session: Session,
    programmes: Iterable[CertificationProgramme],
    *,
    actor: str,
    now: datetime,
    redraft: bool = False,
) -> int:
    """Publish what is new of some programmes.

    Args:
        db_session: The session of the caller's transaction.
        programmes: Programmes, each version once.
        actor: Who publishes.
        now: The moment (aware).
        redraft: Let a changed programme replace the stored version of the same number: a
            demonstration follows its checkout.

    Returns:
        How many versions were added or replaced.

    Raises:
        UnknownContentError: If a programme names an unknown blueprint or scenario.
        VersionChangedError: If a published version has other content now.
    """
    changed = 0
    for programme in programmes:
        _check_content(db_session, programme)
        body = programme.model_dump(mode="json")
        known = db_session.scalar(
            select(ProgrammeVersion).where(
                ProgrammeVersion.programme_id == programme.id,
                ProgrammeVersion.version == programme.version,
            )
        )
        if known is None:
            db_session.add(
                ProgrammeVersion(
                    programme_id=programme.id,
                    version=programme.version,
                    body=body,
                    published_at=now,
                )
            )
        elif known.body == body:
            continue
        elif redraft:
            known.body = body
            queries.forget_programmes()
        else:
            raise VersionChangedError(f"{programme.ref} is published with other content")
        changed += 1
        record_act(
            db_session,
            subject=f"programme:{programme.id}",
            action="programme.published",
            actor=actor,
            now=now,
            details={"ref": programme.ref},
        )
        logger.info("published programme %s", programme.ref)
    db_session.flush()
    return changed


def _check_content(db_session: Session, programme: CertificationProgramme) -> None:
    practice_ref = programme.theory.practice_blueprint_ref or programme.theory.blueprint_ref
    refresher = programme.refresher or programme.theory
    needs = (
        ("theory.blueprint_ref", programme.theory.blueprint_ref, bank.blueprint_of),
        ("theory.practice_blueprint_ref", practice_ref, bank.blueprint_of),
        ("room.scenario_ref", programme.room.scenario_ref, studio.scenario_of),
        ("renewal.refresher.blueprint_ref", refresher.blueprint_ref, bank.blueprint_of),
    )
    for field, ref, find in needs:
        try:
            find(db_session, ref)
        except NotFoundError as error:
            raise UnknownContentError(f"programme {programme.ref}: {field}: {ref}") from error


def load_shipped_programmes(redraft: bool) -> None:
    """Publish the programmes that come with the product: a step of `flask content load`."""
    try:
        programmes = load_programmes()
    except CertificateError as error:
        raise click.ClickException(str(error)) from error
    try:
        with transaction() as db_session:
            count = publish_programmes(
                db_session, programmes, actor="cli:content load", now=clock.now(), redraft=redraft
            )
    except (UnknownContentError, VersionChangedError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"programmes: {count} new of {len(programmes)}")
