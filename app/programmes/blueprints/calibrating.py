"""Calibrated figures come in: what a usage data file says of items that the bank knows."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank.models import ItemCalibration, ItemVersion
from app.core.audit.services import record_act
from app.core.errors import InvalidInputError
from question_bank.interchange.qti.usage import ItemUsage
from question_bank.items import split_ref
from question_bank.psychometrics.irt import A_RANGE

logger = logging.getLogger(__name__)

LEAST_CASES = 200
"""Persons behind an item's figures below which they match no form; as in `irt.LEAST_PERSONS`."""

DIFFICULTIES = (-10.0, 10.0)
"""What lies outside is no place on a scale with standard deviation 1."""


class CalibrationRefusedError(InvalidInputError):
    """Raised when a file has nothing for a level's items; says what it has."""

    code = "calibration_unread"


@dataclass(frozen=True)
class Taken:
    """What of a file came in.

    Attributes:
        row: The calibration that is in use now.
        passed_over: Items of the file that were left out, with why: `unknown`, `level`, `few`,
            `figures`.
    """

    row: ItemCalibration
    passed_over: tuple[tuple[str, str], ...]


def take_calibration(
    db_session: Session,
    usages: Sequence[ItemUsage],
    data: bytes,
    *,
    level: str,
    file_name: str,
    note: str,
    person_id: int,
    actor: str,
    now: datetime,
) -> Taken:
    """Put the parameters of a file into use for a level; the one before stays on record.

    Args:
        db_session: The session of the caller's transaction.
        usages: The file as `usage.read_usage` understood it.
        data: The file itself, for its hash.
        level: Whose items are meant; others in the file are passed over.
        file_name: As it was uploaded.
        note: Where the figures come from.
        person_id: Who takes it in.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        CalibrationRefusedError: If no item of the level has usable parameters.
    """
    ids = {split_ref(one.ref)[0] for one in usages}
    rows = db_session.execute(
        select(ItemVersion.item_id, ItemVersion.level).where(ItemVersion.item_id.in_(ids))
    )
    levels = {row.item_id: row.level for row in rows}
    parameters: dict[str, dict[str, float]] = {}
    passed_over = []
    for one in usages:
        item_id = split_ref(one.ref)[0]
        fault = _fault(one, levels.get(item_id), level)
        if fault:
            passed_over.append((one.ref, fault))
            continue
        guess = one.figures.get("irt_c")
        parameters[item_id] = {
            "a": one.figures["irt_a"].value,
            "b": one.figures["irt_b"].value,
            "c": guess.value if guess else 0.0,
            "n": float(one.count),
        }
    if not parameters:
        raise CalibrationRefusedError(f"{len(usages)} items, none usable for {level}")
    row = ItemCalibration(
        level=level,
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        note=note,
        parameters=parameters,
        person_id=person_id,
        at=now,
    )
    db_session.add(row)
    db_session.flush()
    record_act(
        db_session,
        subject=f"calibration:{row.public_id}",
        action="calibration.taken",
        actor=actor,
        now=now,
        details={"level": level, "items": len(parameters), "sha256": row.sha256},
    )
    logger.info("calibration %s of %d items", row.public_id, len(parameters))
    return Taken(row, tuple(passed_over))


def _fault(one: ItemUsage, held_level: str | None, level: str) -> str:
    if held_level is None:
        return "unknown"
    if held_level != level:
        return "level"
    if one.count < LEAST_CASES:
        return "few"
    slope, place = one.figures.get("irt_a"), one.figures.get("irt_b")
    guess = one.figures.get("irt_c")
    is_sound = (
        slope is not None
        and place is not None
        and A_RANGE[0] <= slope.value <= A_RANGE[1]
        and DIFFICULTIES[0] <= place.value <= DIFFICULTIES[1]
        and (guess is None or 0 <= guess.value < 1)
    )
    return "" if is_sound else "figures"


def newest_calibrations(db_session: Session, *, limit: int) -> Sequence[ItemCalibration]:
    """Return calibrations, newest first."""
    query = select(ItemCalibration).order_by(ItemCalibration.id.desc()).limit(limit)
    return db_session.scalars(query).all()
