"""Put content into the bank: one path for shipped files and for what the committee writes."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.bank.models import BlueprintVersion, CaseVersion, ItemVersion, PilotChoice
from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import CaseGroup, Item, Pool

logger = logging.getLogger(__name__)


class VersionChangedError(ConflictError):
    """Raised when a published version would get other content: it needs a new version."""

    code = "version_changed"


def note_item_view(db_session: Session, ref: str, *, actor: str, now: datetime) -> None:
    """Put on record who saw an item's key, and when."""
    record_act(db_session, subject=f"item:{ref}", action="item.viewed", actor=actor, now=now)


def publish_bank(
    db_session: Session,
    bank: ItemBank,
    blueprints: list[ExamBlueprint],
    *,
    is_public: bool,
    actor: str,
    now: datetime,
    redraft: bool = False,
) -> int:
    """Publish what is new of a bank and its blueprints.

    Args:
        db_session: The session of the caller's transaction.
        bank: Items and cases in their strict shape.
        blueprints: Blueprints, each version once.
        is_public: Shipped with the product: never drawn in production.
        actor: Who publishes.
        now: The moment (aware).
        redraft: Let a changed text of a shipped version replace the stored one. Only for an
            instance that nobody has sat an exam on yet.

    Returns:
        How many versions were added or replaced.

    Raises:
        VersionChangedError: If a published version has other content now.
    """
    changed = 0
    held = {(row.item_id, row.version): row for row in db_session.scalars(select(ItemVersion))}
    for item in bank:
        changed += _publish_item(db_session, item, held, is_public, now, redraft)
    for case in bank.cases:
        changed += _publish_case(db_session, case, now, redraft)
    for blueprint in blueprints:
        changed += _publish_blueprint(db_session, blueprint, now, redraft)
    db_session.flush()
    if changed:
        record_act(
            db_session,
            subject="bank:content",
            action="content.published",
            actor=actor,
            now=now,
            details={"versions": changed, "public": is_public},
        )
        logger.info("published %d versions", changed)
    return changed


def publish_version(db_session: Session, item: Item, *, actor: str, now: datetime) -> None:
    """Publish one version that the committee wrote.

    A version in the pilot leaves the one in use alone; any other retires what was there.

    Args:
        db_session: The session of the caller's transaction.
        item: The version.
        actor: Who publishes.
        now: The moment (aware).

    Raises:
        VersionChangedError: If the version is published with other content.
    """
    rows = db_session.scalars(select(ItemVersion).where(ItemVersion.item_id == item.id))
    held = {(row.item_id, row.version): row for row in rows}
    _publish_item(db_session, item, held, False, now, False)
    db_session.flush()
    record_act(
        db_session,
        subject=f"item:{item.ref}",
        action="item.published",
        actor=actor,
        now=now,
        details={"hash": item.content_hash(), "pool": item.pool.value},
    )


def publish_blueprint(
    db_session: Session, blueprint: ExamBlueprint, *, actor: str, now: datetime
) -> None:
    """Publish a version of a blueprint that the committee wrote; older versions stay as they are.

    Args:
        db_session: The session of the caller's transaction.
        blueprint: The version.
        actor: Who publishes.
        now: The moment (aware).

    Raises:
        VersionChangedError: If the version is published with other content.
    """
    _publish_blueprint(db_session, blueprint, now, False)
    db_session.flush()
    record_act(
        db_session,
        subject=f"blueprint:{blueprint.id}",
        action="blueprint.published",
        actor=actor,
        now=now,
        details={"version": blueprint.version, "items": blueprint.item_count},
    )
    logger.info("published blueprint %s", blueprint.ref)


MOST_PILOTS = 10
"""Items in the pilot of one form: more would make the exam another one."""


def choose_pilot_count(
    db_session: Session, blueprint_id: str, count: int, *, person_id: int, actor: str, now: datetime
) -> None:
    """Decide how many items in the pilot each form of a blueprint carries from now on.

    Forms that were drawn before keep what they have.

    Args:
        db_session: The session of the caller's transaction.
        blueprint_id: Of an exam's blueprint, whatever its version.
        count: 0 to 10.
        person_id: Who decides.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        NotFoundError: If no exam is drawn by such a blueprint.
        InvalidInputError: If the count is out of range.
    """
    bodies = db_session.scalars(
        select(BlueprintVersion.body).where(BlueprintVersion.blueprint_id == blueprint_id)
    ).all()
    if not any(body["pool"] == Pool.EXAM.value for body in bodies):
        raise NotFoundError(f"exam blueprint {blueprint_id}")
    if not 0 <= count <= MOST_PILOTS:
        raise InvalidInputError(f"{count} pilots", [{"field": "count", "code": "range"}])
    db_session.add(
        PilotChoice(blueprint_id=blueprint_id, pilot_count=count, person_id=person_id, at=now)
    )
    db_session.flush()
    record_act(
        db_session,
        subject=f"blueprint:{blueprint_id}",
        action="blueprint.pilots_chosen",
        actor=actor,
        now=now,
        details={"count": count},
    )


def publish_case(db_session: Session, case: CaseGroup, *, actor: str, now: datetime) -> None:
    """Publish a version of a case group's material that the committee wrote.

    Its items are published at the same moment: that is how an item version keeps its material.

    Raises:
        VersionChangedError: If the version is published with other content.
    """
    _publish_case(db_session, case, now, False)
    db_session.flush()
    record_act(
        db_session,
        subject=f"case:{case.id}",
        action="case.published",
        actor=actor,
        now=now,
        details={"version": case.version, "items": list(case.item_ids)},
    )


def _publish_item(
    db_session: Session,
    item: Item,
    held: dict[tuple[str, int], ItemVersion],
    is_public: bool,
    now: datetime,
    redraft: bool,
) -> int:
    known = held.get((item.id, item.version))
    if known is not None:
        if known.content_hash == item.content_hash():
            return 0
        if not redraft:
            raise VersionChangedError(f"{item.ref} is published with other content")
        known.body = item.model_dump(mode="json")
        known.content_hash = item.content_hash()
        known.topic, known.kind, known.pool = item.topic.value, item.kind.value, item.pool.value
        return 1
    older = update(ItemVersion).where(
        ItemVersion.item_id == item.id, ItemVersion.retired_at.is_(None)
    )
    if item.pool is Pool.PILOT:  # tried out beside the version in use
        older = older.where(ItemVersion.pool == Pool.PILOT.value)
    db_session.execute(older.values(retired_at=now))
    db_session.add(
        ItemVersion(
            item_id=item.id,
            version=item.version,
            topic=item.topic.value,
            kind=item.kind.value,
            level=item.level,
            pool=item.pool.value,
            is_public=is_public,
            body=item.model_dump(mode="json"),
            content_hash=item.content_hash(),
            published_at=now,
        )
    )
    return 1


def _publish_case(db_session: Session, case: CaseGroup, now: datetime, redraft: bool) -> int:
    body = case.model_dump(mode="json")
    known = db_session.scalar(
        select(CaseVersion).where(
            CaseVersion.case_id == case.id, CaseVersion.version == case.version
        )
    )
    if known is None:
        db_session.add(
            CaseVersion(case_id=case.id, version=case.version, body=body, published_at=now)
        )
        return 1
    if known.body == body:
        return 0
    if not redraft:
        raise VersionChangedError(f"{case.ref} is published with other content")
    known.body = body
    return 1


def _publish_blueprint(
    db_session: Session, blueprint: ExamBlueprint, now: datetime, redraft: bool
) -> int:
    body = blueprint.model_dump(mode="json")
    known = db_session.scalar(
        select(BlueprintVersion).where(
            BlueprintVersion.blueprint_id == blueprint.id,
            BlueprintVersion.version == blueprint.version,
        )
    )
    if known is None:
        db_session.add(
            BlueprintVersion(
                blueprint_id=blueprint.id, version=blueprint.version, body=body, published_at=now
            )
        )
        return 1
    if ExamBlueprint.model_validate(known.body) == blueprint:  # an older body lacks new fields
        return 0
    if not redraft:
        raise VersionChangedError(f"{blueprint.ref} is published with other content")
    known.body = body
    return 1
