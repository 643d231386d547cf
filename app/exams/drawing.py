"""Forms drawn ahead of the exam, and the one that a person gets: never what they saw last."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.bank import blueprint_queries
from app.bank import queries as bank_queries
from app.core.db import from_driver_json, read_rows
from app.core.errors import ConflictError, NotFoundError
from app.exams import queries
from app.exams.models import PreparedForm
from question_bank.assembly import ExamForm, assemble_form
from question_bank.exposure import exposure_of
from question_bank.items import split_ref

logger = logging.getLogger(__name__)

FORMS_AHEAD = 20
FORMS_AHEAD_DEMO = 5
"""Prepared forms kept for each blueprint, so that a start only reads; a demonstration's few
candidates do not let a laptop draw two hundred."""

EXPOSURE_FORMS = 1000
"""An item's exposure is counted over so many of the newest forms of its blueprint."""

LOOKED_AT = 30
"""Prepared forms that are looked at to find one without items of the last sitting."""


class NoFormError(ConflictError):
    """Raised when no form can be drawn for the exam now."""

    code = "no_form"


def draw_form(
    db_session: Session,
    blueprint_ref: str,
    *,
    include_public: bool,
    avoid: Collection[str] = (),
) -> ExamForm:
    """Draw a fresh form by a secret seed; takes about a second, so never inside a transaction.

    Args:
        db_session: A session to read with.
        blueprint_ref: `id@version`; where it caps exposure, the forms drawn so far are counted.
        include_public: Whether shipped items may be drawn.
        avoid: Item ids that are left out: what the person saw lately.

    Raises:
        InfeasibleBlueprintError: If the bank cannot fill the blueprint; names the cells.
    """
    blueprint = bank_queries.with_pilot_count(
        db_session, bank_queries.blueprint_of(db_session, blueprint_ref)
    )
    bank = bank_queries.live_bank(db_session, include_public=include_public)
    exposure = None
    if blueprint.max_exposure is not None:
        newest = queries.newest_forms(db_session, blueprint_ref, limit=EXPOSURE_FORMS)
        exposure = exposure_of([entry[0] for entry in form] for form in newest)
    seed = secrets.token_bytes(32)
    pilots = bank_queries.pilot_items(db_session, blueprint.level) if blueprint.pilot_count else []
    match = blueprint.match
    is_matched = match is not None and match.information is not None
    return assemble_form(
        bank,
        blueprint,
        seed=seed,
        avoid=avoid,
        exposure=exposure,
        pilots=pilots,
        information=blueprint_queries.cut_information(db_session, blueprint) if is_matched else {},
    )


def store_form(
    db_session: Session, form: ExamForm, *, now: datetime, used_at: datetime | None = None
) -> PreparedForm:
    """Keep a drawn form for a later start.

    Args:
        db_session: The session of the caller's transaction.
        form: As it was drawn.
        now: The moment (aware).
        used_at: If it is drawn for somebody in particular: the moment; nobody else gets it.
    """
    prepared = PreparedForm(
        blueprint_ref=form.blueprint_ref,
        form=[[r, list(order)] for r, order in zip(form.items, form.choice_orders, strict=True)],
        drawn_at=now,
        used_at=used_at,
    )
    db_session.add(prepared)
    db_session.flush()
    return prepared


FIND_LAST_FORMS = """
SELECT form FROM attempt WHERE person_id = :person_id ORDER BY started_at DESC LIMIT :most"""


def last_seen_items(db_session: Session, person_id: int, blueprint_ref: str) -> frozenset[str]:
    """Return the ids of the items that the person saw lately, whatever their version.

    Items that every form holds are not among them: they cannot be avoided.

    Args:
        db_session: A session to read with.
        person_id: Who is to get a form.
        blueprint_ref: `id@version` of its blueprint, which says how many attempts back count.
    """
    blueprint = bank_queries.blueprint_of(db_session, blueprint_ref)
    asked = {"person_id": person_id, "most": blueprint.avoid_sittings}
    forms = [from_driver_json(form) for (form,) in read_rows(db_session, FIND_LAST_FORMS, asked)]
    seen = frozenset[str]().union(*(item_ids(form) for form in forms))
    return seen - frozenset(blueprint.must_include)


def item_ids(form: Sequence[Sequence[Any]]) -> frozenset[str]:
    """Return the ids of a stored form's items, without versions and figures."""
    return frozenset(split_ref(entry[0])[0] for entry in form)


def least_seen_form_id(
    db_session: Session, blueprint_ref: str, seen: Collection[str]
) -> tuple[int, int] | None:
    """Return which waiting form shares the fewest items with what was seen, and how many.

    Args:
        db_session: A session to read with.
        blueprint_ref: `id@version`.
        seen: Item ids.

    Returns:
        The prepared form's key and the number of items in common; None if no form waits.
    """
    waiting = queries.waiting_forms(db_session, blueprint_ref, limit=LOOKED_AT if seen else 1)
    overlaps = [(len(item_ids(one.form) & frozenset(seen)), one.id) for one in waiting]
    if not overlaps:
        return None
    overlap, form_id = min(overlaps)
    return form_id, overlap


def take_form(
    db_session: Session, person_id: int, blueprint_ref: str, *, now: datetime
) -> list[list[Any]]:
    """Use up the waiting form that repeats least of what the person saw last.

    Raises:
        NoFormError: If no prepared form is left.
    """
    try:
        seen = last_seen_items(db_session, person_id, blueprint_ref)
    except NotFoundError as error:  # nothing can have been drawn by it
        raise NoFormError(f"no prepared form of {blueprint_ref}") from error
    best = least_seen_form_id(db_session, blueprint_ref, seen) if seen else None
    prepared = None
    if best is not None:
        prepared = _lock_waiting(db_session, blueprint_ref, form_id=best[0])
    if prepared is None:  # nothing to compare with, or somebody else took it just now
        prepared = _lock_waiting(db_session, blueprint_ref)
    if prepared is None:
        raise NoFormError(f"no prepared form of {blueprint_ref}")
    prepared.used_at = now
    return prepared.form


NEXT_WAITING = (
    select(PreparedForm)
    .where(PreparedForm.blueprint_ref == bindparam("blueprint_ref"), PreparedForm.used_at.is_(None))
    .order_by(PreparedForm.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .execution_options(populate_existing=True)
)

THAT_WAITING = NEXT_WAITING.where(PreparedForm.id == bindparam("form_id"))


def _lock_waiting(
    db_session: Session, blueprint_ref: str, *, form_id: int | None = None
) -> PreparedForm | None:
    if form_id is None:
        return db_session.scalar(NEXT_WAITING, {"blueprint_ref": blueprint_ref})
    asked = {"blueprint_ref": blueprint_ref, "form_id": form_id}
    return db_session.scalar(THAT_WAITING, asked)
