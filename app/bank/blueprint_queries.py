"""Reads of blueprint versions, and of the calibration that forms are matched by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank.models import BlueprintVersion, ItemCalibration
from app.core.errors import NotFoundError
from question_bank.blueprints import ExamBlueprint

if TYPE_CHECKING:  # NumPy is for the processes that draw forms
    from question_bank.calibrations import ItemParameters


def blueprint_versions(db_session: Session, blueprint_id: str) -> Sequence[BlueprintVersion]:
    """Return the versions of a blueprint, newest first."""
    return db_session.scalars(
        select(BlueprintVersion)
        .where(BlueprintVersion.blueprint_id == blueprint_id)
        .order_by(BlueprintVersion.version.desc())
    ).all()


def newest_blueprint(db_session: Session, blueprint_id: str) -> ExamBlueprint:
    """Return the newest version of a blueprint.

    Raises:
        NotFoundError: If there is none of that id.
    """
    rows = blueprint_versions(db_session, blueprint_id)
    if not rows:
        raise NotFoundError(f"blueprint {blueprint_id}")
    return ExamBlueprint.model_validate(rows[0].body)


def calibration_or_none(db_session: Session, level: str) -> ItemCalibration | None:
    """Return the calibration in use for a level's items, if one was read."""
    return db_session.scalar(
        select(ItemCalibration)
        .where(ItemCalibration.level == level)
        .order_by(ItemCalibration.id.desc())
        .limit(1)
    )


def item_parameters(db_session: Session, level: str) -> dict[str, ItemParameters]:
    """Return the parameters in use of a level's items, by item id, all on one scale."""
    from question_bank.calibrations import ItemParameters

    row = calibration_or_none(db_session, level)
    if row is None:
        return {}
    return {
        item_id: ItemParameters(one["a"], one["b"], one["c"])
        for item_id, one in row.parameters.items()
    }


def cut_information(db_session: Session, blueprint: ExamBlueprint) -> dict[str, float]:
    """Return how much each calibrated item tells at a blueprint's cut, by item id.

    Args:
        db_session: A session to read with.
        blueprint: The blueprint; one whose forms are not matched has no cut to ask at.
    """
    if blueprint.match is None:
        return {}
    from question_bank.calibrations import information_at_cut

    parameters = item_parameters(db_session, blueprint.level)
    return information_at_cut(parameters, blueprint.match.expected_fraction)
