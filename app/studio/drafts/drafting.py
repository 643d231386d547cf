"""Write scenario drafts: begin, change, undo, take a YAML text, discard."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, InvalidInputError
from app.core.ids import new_public_id
from app.studio import queries as versions
from app.studio.drafts import entries, queries
from app.studio.drafts.bodies import (
    Body,
    body_changes,
    body_of_yaml,
    typed,
    with_value,
)
from app.studio.drafts.models import ScenarioDraft, ScenarioDraftFact, ScenarioDraftStep
from app.studio.drafts.shapes import shape_at
from app.studio.drafts.standing import Fact, Stage, Standing, standing_of
from app.studio.models import ScenarioVersion
from simulations.drills import DRILL_PREFIX

logger = logging.getLogger(__name__)

MOST_CHANGES = 200
"""Changed places in one save."""


class ScenarioChangedElsewhereError(ConflictError):
    """Raised when somebody saved the draft since the page was opened; nothing was changed."""

    code = "scenario_changed"


class ScenarioDraftOpenError(ConflictError):
    """Raised when the scenario is being worked on already."""

    code = "scenario_open"


class NothingToUndoError(ConflictError):
    """Raised when no save is left to take back."""

    code = "nothing_to_undo"


def create_draft(
    db_session: Session,
    *,
    author_id: int,
    body: Mapping[str, Any],
    origin: str,
    actor: str,
    now: datetime,
    yardstick: Mapping[str, Any] | None = None,
    organisation: str | None = None,
    scenario_id: str = "",
    version: int = 1,
) -> ScenarioDraft:
    """Begin a draft.

    Args:
        db_session: The session of the caller's transaction.
        author_id: Who begins it.
        body: A scenario as plain data; id and version in it are not used.
        origin: `new:<ref>`, `version:<ref>`, or where else it comes from.
        actor: The author, for the audit log.
        now: The moment (aware).
        yardstick: Stored data of a reference to measure by until its own was searched; the one of
            a published scenario of the same level if left out.
        organisation: Whose data it is made of; then only the author sees it.
        scenario_id: Of a scenario that it is the next version of; a new one if left out.
        version: That it would be published as.

    Raises:
        ScenarioDraftOpenError: If the scenario is being worked on already.
        InvalidInputError: If there is nothing to measure by.
    """
    kept = deepcopy({name: one for name, one in body.items() if name not in ("id", "version")})
    for name in ("plan", "opening", "cards", "lang", "engine"):
        kept.pop(name, None)
    draft = ScenarioDraft(
        scenario_id=scenario_id or f"s-{new_public_id()[:8].lower()}",
        version=version,
        author_id=author_id,
        organisation=organisation,
        origin=origin,
        body=kept,
        first_body=kept,
        yardstick=dict(yardstick or _some_yardstick(db_session, str(kept.get("level")))),
        stage=Stage.DRAFT.value,
        created_at=now,
        updated_at=now,
        **_shown(kept),
    )
    try:
        with db_session.begin_nested():
            db_session.add(draft)
    except IntegrityError as error:
        raise ScenarioDraftOpenError(scenario_id) from error
    add_fact(db_session, draft, "created", author_id, {"origin": origin}, actor=actor, now=now)
    return draft


def begin_from(
    db_session: Session,
    row: ScenarioVersion,
    *,
    as_version: bool,
    title: str = "",
    author_id: int,
    actor: str,
    now: datetime,
) -> ScenarioDraft:
    """Begin a new scenario from a published one, or the next version of it.

    Args:
        db_session: The session of the caller's transaction.
        row: The published version.
        as_version: Whether it becomes the scenario's next version; otherwise a scenario of its own.
        title: Of the new scenario; as the original's if empty.
        author_id: Who begins it.
        actor: The author, for the audit log.
        now: The moment (aware).

    Raises:
        ScenarioDraftOpenError: If that scenario is being worked on already.
        InvalidInputError: If it is a drill, or the title is too long.
    """
    if row.scenario_id.startswith(DRILL_PREFIX):
        raise InvalidInputError("drill", [{"field": "base", "code": "drill"}])
    body = dict(row.body)
    if title:
        body = with_value(body, "title", typed("title", title))
    newest = db_session.scalar(
        select(func.max(ScenarioVersion.version)).where(
            ScenarioVersion.scenario_id == row.scenario_id
        )
    )
    return create_draft(
        db_session,
        author_id=author_id,
        body=body,
        origin=f"{'version' if as_version else 'new'}:{row.ref}",
        actor=actor,
        now=now,
        yardstick=versions.finding_or_none(db_session, row.content_hash, "reference"),
        scenario_id=row.scenario_id if as_version else "",
        version=(newest or 0) + 1 if as_version else 1,
    )


def add_fact(
    db_session: Session,
    draft: ScenarioDraft,
    kind: str,
    person_id: int,
    payload: Mapping[str, Any] | None = None,
    *,
    actor: str,
    now: datetime,
) -> Standing:
    """Append to a locked draft's facts, bring its projections in line, and put it on record."""
    facts = queries.facts_of(db_session, draft)
    facts.append(Fact(kind, person_id, now, dict(payload or {})))
    db_session.add(
        ScenarioDraftFact(
            draft_id=draft.id,
            sequence=len(facts),
            kind=kind,
            person_id=person_id,
            at=now,
            payload=dict(payload or {}),
        )
    )
    standing = standing_of(facts)
    draft.stage, draft.round, draft.updated_at = standing.stage.value, standing.round, now
    db_session.flush()
    record_act(
        db_session,
        subject=f"scenario-draft:{draft.public_id}",
        action=f"scenario_draft.{kind}",
        actor=actor,
        now=now,
        details={"scenario": f"{draft.scenario_id}@{draft.version}", "round": draft.round},
    )
    logger.info("%r %s", draft, kind)
    return standing


def changed_body(body: Body, changes: Iterable[tuple[str, Any]]) -> Body:
    """Return the body with typed values at their paths.

    Raises:
        FaultyValueError: With every value that cannot stand at its place.
    """
    errors: list[dict[str, object]] = []
    for path, text in changes:
        try:
            body = with_value(body, path, typed(path, text))
        except InvalidInputError as error:
            errors.extend(error.errors)
            refused = error
    if errors:
        refused.errors = errors
        raise refused
    return body


def change(
    db_session: Session,
    draft: ScenarioDraft,
    changes: Sequence[tuple[str, Any]],
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> bool:
    """Save some values of a draft; say whether anything changed.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        changes: Paths and what was typed there.
        revision: Of the page that saves.
        person_id: Who saves; they are an author from then on.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        ScenarioStageError: If it is no draft any more.
        ScenarioChangedElsewhereError: If somebody else saved since.
        FaultyValueError: If a value cannot stand at its place; then nothing is saved.
    """
    if len(changes) > MOST_CHANGES:
        raise InvalidInputError("changes", [{"field": "changes", "code": "too_many"}])
    _check_open(db_session, draft, revision)
    new = changed_body(draft.body, changes)
    return _save(db_session, draft, new, person_id=person_id, actor=actor, now=now)


def replace_by_yaml(
    db_session: Session,
    draft: ScenarioDraft,
    text: str,
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> bool:
    """Replace a draft's body by a YAML text; arguments and refusals as `change`.

    Raises:
        FaultyYamlError: With the line of each fault; then nothing is saved.
    """
    _check_open(db_session, draft, revision)
    new = body_of_yaml(text, draft.scenario_id, draft.version)
    return _save(db_session, draft, new, person_id=person_id, actor=actor, now=now)


def rearrange(
    db_session: Session,
    draft: ScenarioDraft,
    act: str,
    path: str,
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> bool:
    """Add or drop an entry of a list, or a part that a scenario may have or leave out.

    A new entry is a copy of the last one, or of a published scenario's, under another id.

    Args:
        db_session: The session of the caller's transaction.
        draft: The draft, locked.
        act: `add` or `drop`.
        path: Of the list or part; of the entry for a `drop` in a list.
        revision: Of the page that saves.
        person_id: Who saves.
        actor: The same person, for the audit log.
        now: The moment (aware).

    Raises:
        InvalidInputError: If nothing can be added or dropped there.
        ScenarioStageError, ScenarioChangedElsewhereError: As `change`.
    """
    _check_open(db_session, draft, revision)
    try:
        shape = shape_at(path)
        if act == "add":
            new = entries.added(db_session, draft.body, path, shape.kind)
        else:
            new = entries.dropped(draft.body, path, shape.kind)
    except KeyError as error:
        raise InvalidInputError(path, [{"field": path, "code": "no_such_place"}]) from error
    return _save(db_session, draft, new, person_id=person_id, actor=actor, now=now)


def undo(
    db_session: Session,
    draft: ScenarioDraft,
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Take the newest save back; arguments and refusals as `change`.

    Raises:
        NothingToUndoError: If none is left.
    """
    _check_open(db_session, draft, revision)
    step = queries.last_step_or_none(db_session, draft)
    if step is None:
        raise NothingToUndoError(repr(draft))
    body = draft.body
    for one in reversed(step.changes):
        body = with_value(body, one["path"], one["old"])
    step.undone_at = now
    _join(db_session, draft, person_id, actor=actor, now=now)
    _store(draft, body, now=now)
    db_session.flush()


def redo(
    db_session: Session,
    draft: ScenarioDraft,
    *,
    revision: int,
    person_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Put back what was last taken back; arguments and refusals as `change`.

    Raises:
        NothingToUndoError: If nothing was taken back since the newest save.
    """
    _check_open(db_session, draft, revision)
    step = queries.undone_step_or_none(db_session, draft)
    if step is None:
        raise NothingToUndoError(repr(draft))
    body = draft.body
    for one in step.changes:
        body = with_value(body, one["path"], one["new"])
    step.undone_at = None
    _join(db_session, draft, person_id, actor=actor, now=now)
    _store(draft, body, now=now)
    db_session.flush()


def discard(
    db_session: Session, draft: ScenarioDraft, *, person_id: int, actor: str, now: datetime
) -> None:
    """Give a draft up; what happened to it stays on record.

    Raises:
        ScenarioStageError: If it was handed in.
    """
    queries.standing(db_session, draft).check_stage(Stage.DRAFT)
    add_fact(db_session, draft, "discarded", person_id, actor=actor, now=now)


def _check_open(db_session: Session, draft: ScenarioDraft, revision: int) -> None:
    queries.standing(db_session, draft).check_stage(Stage.DRAFT)
    if revision != draft.revision:
        raise ScenarioChangedElsewhereError(
            f"{draft!r}: page has revision {revision}, stored {draft.revision}"
        )


def _save(
    db_session: Session,
    draft: ScenarioDraft,
    body: Body,
    *,
    person_id: int,
    actor: str,
    now: datetime,
) -> bool:
    found = body_changes(draft.body, body)
    if not found:
        return False
    db_session.add(
        ScenarioDraftStep(
            draft_id=draft.id,
            revision=draft.revision + 1,
            person_id=person_id,
            at=now,
            changes=[{"path": path, "old": old, "new": new} for path, old, new in found],
            undone_at=None,
        )
    )
    _join(db_session, draft, person_id, actor=actor, now=now)
    _store(draft, body, now=now)
    db_session.flush()
    return True


def _join(
    db_session: Session, draft: ScenarioDraft, person_id: int, *, actor: str, now: datetime
) -> None:
    if person_id not in queries.standing(db_session, draft).authors:
        add_fact(db_session, draft, "joined", person_id, actor=actor, now=now)


def _store(draft: ScenarioDraft, body: Body, *, now: datetime) -> None:
    draft.body = body
    draft.revision += 1
    draft.updated_at = now
    for name, value in _shown(body).items():
        setattr(draft, name, value)


def _shown(body: Mapping[str, Any]) -> dict[str, str]:
    return {"title": str(body.get("title", ""))[:60], "level": str(body.get("level", ""))[:20]}


def _some_yardstick(db_session: Session, level: str) -> dict[str, Any]:
    rows = sorted(queries.live_versions(db_session), key=lambda row: row.level != level)
    for row in rows:
        found = versions.finding_or_none(db_session, row.content_hash, "reference")
        if found is not None:
            return {**found, "plan": None}
    raise InvalidInputError("no reference", [{"field": "yardstick", "code": "none"}])
