"""Reads of drafts: each also decides whether this person may know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.core.errors import NotFoundError
from app.studio.drafts.bodies import value_at
from app.studio.drafts.models import (
    ScenarioDraft,
    ScenarioDraftFact,
    ScenarioDraftStep,
    ScenarioRun,
)
from app.studio.drafts.standing import Fact, Stage, Standing, standing_of
from app.studio.models import ScenarioVersion

OPEN_STAGES = (Stage.DRAFT, Stage.REVIEW, Stage.ACCEPTED)


def draft_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> ScenarioDraft:
    """Return a draft that this person may see.

    Raises:
        NotFoundError: If there is none, or it holds data of an organisation that is not theirs.
    """
    query = select(ScenarioDraft).where(ScenarioDraft.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None or (found.organisation is not None and found.author_id != person_id):
        raise NotFoundError(f"scenario draft {public_id}")
    return found


def drafts(db_session: Session, person_id: int) -> Sequence[ScenarioDraft]:
    """Return the drafts that this person may see, the latest touched first."""
    return db_session.scalars(
        select(ScenarioDraft)
        .where(or_(ScenarioDraft.organisation.is_(None), ScenarioDraft.author_id == person_id))
        .order_by(ScenarioDraft.updated_at.desc())
        .limit(100)
    ).all()


def own_draft_or_none(db_session: Session, author_id: int, origin: str) -> ScenarioDraft | None:
    """Return the newest draft that a person began from somewhere, if it was not discarded."""
    return db_session.scalar(
        select(ScenarioDraft)
        .where(
            ScenarioDraft.author_id == author_id,
            ScenarioDraft.origin == origin,
            ScenarioDraft.stage != Stage.DISCARDED.value,
        )
        .order_by(ScenarioDraft.id.desc())
        .limit(1)
    )


def open_draft_or_none(
    db_session: Session, scenario_id: str, person_id: int
) -> ScenarioDraft | None:
    """Return the draft in which a scenario is being worked on, if this person may see it."""
    return db_session.scalar(
        select(ScenarioDraft).where(
            ScenarioDraft.scenario_id == scenario_id,
            ScenarioDraft.stage.in_([one.value for one in OPEN_STAGES]),
            or_(ScenarioDraft.organisation.is_(None), ScenarioDraft.author_id == person_id),
        )
    )


def facts_of(db_session: Session, draft: ScenarioDraft) -> list[Fact]:
    """Return what happened to a draft, in order."""
    rows = db_session.scalars(
        select(ScenarioDraftFact)
        .where(ScenarioDraftFact.draft_id == draft.id)
        .order_by(ScenarioDraftFact.sequence)
    )
    return [Fact(row.kind, row.person_id, row.at, row.payload) for row in rows]


def standing(db_session: Session, draft: ScenarioDraft) -> Standing:
    """Return where a draft stands by its facts."""
    return standing_of(facts_of(db_session, draft))


def last_step_or_none(db_session: Session, draft: ScenarioDraft) -> ScenarioDraftStep | None:
    """Return the newest save that was not undone."""
    return db_session.scalar(
        select(ScenarioDraftStep)
        .where(ScenarioDraftStep.draft_id == draft.id, ScenarioDraftStep.undone_at.is_(None))
        .order_by(ScenarioDraftStep.revision.desc())
        .limit(1)
    )


def undone_step_or_none(db_session: Session, draft: ScenarioDraft) -> ScenarioDraftStep | None:
    """Return the save that was taken back last, unless another one was made since."""
    last = last_step_or_none(db_session, draft)
    return db_session.scalar(
        select(ScenarioDraftStep)
        .where(
            ScenarioDraftStep.draft_id == draft.id,
            ScenarioDraftStep.undone_at.is_not(None),
            ScenarioDraftStep.revision > (0 if last is None else last.revision),
        )
        .order_by(ScenarioDraftStep.undone_at.desc(), ScenarioDraftStep.revision)
        .limit(1)
    )


def newest_run_or_none(
    db_session: Session, draft: ScenarioDraft, kind: str, status: str = ""
) -> ScenarioRun | None:
    """Return the newest run of a kind, of a status if one is named."""
    query = select(ScenarioRun).where(ScenarioRun.draft_id == draft.id, ScenarioRun.kind == kind)
    if status:
        query = query.where(ScenarioRun.status == status)
    return db_session.scalar(query.order_by(ScenarioRun.id.desc()).limit(1))


def corrections_of(db_session: Session, draft: ScenarioDraft) -> dict[str, dict[str, float]]:
    """Return what the newest thorough calibration of a draft adds to its previews.

    See `simulations.preview.corrections`; empty before there is one.
    """
    found = db_session.scalar(
        select(ScenarioRun.result["corrections"])
        .where(
            ScenarioRun.draft_id == draft.id,
            ScenarioRun.kind == "fine",
            ScenarioRun.status == "done",
        )
        .order_by(ScenarioRun.id.desc())
        .limit(1)
    )
    return found if isinstance(found, dict) else {}


def run_of(db_session: Session, draft: ScenarioDraft, public_id: str) -> ScenarioRun:
    """Return a run of a draft.

    Raises:
        NotFoundError: If it has none of that id.
    """
    run = db_session.scalar(
        select(ScenarioRun).where(
            ScenarioRun.draft_id == draft.id, ScenarioRun.public_id == public_id
        )
    )
    if run is None:
        raise NotFoundError(f"run {public_id} of {draft!r}")
    return run


def names_of(db_session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """Return display names by primary key."""
    rows = db_session.execute(
        select(Person.id, Person.display_name).where(Person.id.in_(set(person_ids)))
    )
    return {row.id: row.display_name for row in rows}


def live_versions(db_session: Session) -> Sequence[ScenarioVersion]:
    """Return the versions in use, by id: what a draft can begin from."""
    return db_session.scalars(
        select(ScenarioVersion)
        .where(ScenarioVersion.retired_at.is_(None))
        .order_by(ScenarioVersion.scenario_id, ScenarioVersion.version.desc())
    ).all()


def sample_or_none(db_session: Session, path: str) -> Any:
    """Return what a published scenario has at a path: something to begin a new part from."""
    for row in live_versions(db_session):
        found = value_at(row.body, path)
        if found not in (None, []):
            return found
    return None
