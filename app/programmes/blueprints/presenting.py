"""What the pages of blueprints are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.bank import blueprint_queries
from app.bank import queries as bank
from app.bank.models import ItemCalibration
from app.certification import queries as certification
from app.core.errors import NotFoundError
from app.programmes.blueprints import drafting, words
from app.programmes.blueprints.models import BlueprintDraft, BlueprintDraftEvent
from question_bank.blueprint_changes import BlueprintChange, blueprint_changes
from question_bank.blueprints import ExamBlueprint


@dataclass(frozen=True)
class ShownChange:
    """One part of two versions, in words."""

    name: str
    before: str
    after: str
    state: str


@dataclass(frozen=True)
class BlueprintRow:
    """One blueprint on the list.

    Attributes:
        blueprint: The newest published version.
        version_count: Published versions.
        published_at: When the newest one was.
        uses: Which version each published programme's newest version draws by: title and version.
        draft: The open draft, if any.
    """

    blueprint: ExamBlueprint
    version_count: int
    published_at: datetime
    uses: tuple[tuple[str, int], ...]
    draft: BlueprintDraft | None


@dataclass(frozen=True)
class ShownEvent:
    """Something that was done to a draft, in words."""

    event: BlueprintDraftEvent
    who: str
    what: str
    changes: tuple[ShownChange, ...]


@dataclass(frozen=True)
class DraftPage:
    """Everything about one draft but its check.

    Attributes:
        draft: The draft.
        base: The newest published version; None before the first.
        changes: What differs from it.
        events: What was done, newest first.
        calibration: Of the draft's level, if there is one.
        may_approve: Whether the reader wrote none of it.
    """

    draft: BlueprintDraft
    base: ExamBlueprint | None
    changes: tuple[ShownChange, ...]
    events: tuple[ShownEvent, ...]
    calibration: ItemCalibration | None
    may_approve: bool


@dataclass(frozen=True)
class VersionPage:
    """Two published versions side by side."""

    blueprint: ExamBlueprint
    versions: tuple[tuple[int, datetime], ...]
    before: int
    after: int
    changes: tuple[ShownChange, ...]


def blueprint_rows(db_session: Session) -> list[BlueprintRow]:
    """Return a row for each published blueprint, exams before practice, by level and id."""
    newest: dict[str, ExamBlueprint] = {}
    for one in bank.blueprints(db_session):
        if one.id not in newest or newest[one.id].version < one.version:
            newest[one.id] = one
    held = {one.blueprint_id: one for one in drafting.drafts(db_session)}
    uses = _uses(db_session)
    out = []
    for blueprint in newest.values():
        rows = blueprint_queries.blueprint_versions(db_session, blueprint.id)
        out.append(
            BlueprintRow(
                blueprint=blueprint,
                version_count=len(rows),
                published_at=rows[0].published_at,
                uses=tuple(uses.get(blueprint.id, ())),
                draft=held.get(blueprint.id),
            )
        )
    levels = ["junior", "intermediate", "senior"]
    return sorted(
        out,
        key=lambda row: (
            row.blueprint.pool.value,
            levels.index(row.blueprint.level) if row.blueprint.level in levels else len(levels),
            row.blueprint.id,
        ),
    )


def _uses(db_session: Session) -> dict[str, list[tuple[str, int]]]:
    out: dict[str, list[tuple[str, int]]] = {}
    for programme in certification.programmes(db_session):
        refresher = programme.renewal.refresher if programme.renewal else None
        refs = {
            programme.theory.blueprint_ref,
            programme.theory.practice_blueprint_ref,
            None if refresher is None else refresher.blueprint_ref,
        }
        for ref in sorted(filter(None, refs)):
            blueprint_id, version = certification.split_ref(ref)
            out.setdefault(blueprint_id, []).append((programme.title, version))
    return out


def first_drafts(db_session: Session) -> list[BlueprintDraft]:
    """Return the open drafts of blueprints that no version is published of."""
    return [
        one
        for one in drafting.drafts(db_session)
        if not blueprint_queries.blueprint_versions(db_session, one.blueprint_id)
    ]


def shown_changes(changes: Iterable[BlueprintChange]) -> tuple[ShownChange, ...]:
    """Return changes in words."""
    return tuple(ShownChange(*words.change_words(one), one.state) for one in changes)


def draft_page(db_session: Session, draft: BlueprintDraft, *, me: str) -> DraftPage:
    """Return what a draft's page shows beside the check.

    Args:
        db_session: A session to read with.
        draft: The draft.
        me: The reader, `person:<public id>`.
    """
    published = blueprint_queries.blueprint_versions(db_session, draft.blueprint_id)
    base = ExamBlueprint.model_validate(published[0].body) if published else None
    before = {} if base is None else base.model_dump(mode="json")
    return DraftPage(
        draft=draft,
        base=base,
        changes=shown_changes(blueprint_changes(before, draft.body)) if base else (),
        events=_shown_events(db_session, draft),
        calibration=blueprint_queries.calibration_or_none(db_session, str(draft.body["level"])),
        may_approve=me not in drafting.writers_of(db_session, draft),
    )


def _shown_events(db_session: Session, draft: BlueprintDraft) -> tuple[ShownEvent, ...]:
    events = drafting.events_of(db_session, draft)
    people = {one.actor.partition(":")[2] for one in events if one.actor.startswith("person:")}
    names = accounts.display_names(db_session, people)
    return tuple(
        ShownEvent(
            event=one,
            who=names.get(one.actor.partition(":")[2], one.actor),
            what=str(words.EVENT[one.kind]),
            changes=shown_changes(BlueprintChange(**change) for change in one.changes),
        )
        for one in events
    )


def version_page(
    db_session: Session, blueprint_id: str, before: str | None, after: str | None
) -> VersionPage:
    """Return two published versions side by side; the newest two if none is named.

    Raises:
        NotFoundError: If there is no such blueprint or version.
    """
    rows = blueprint_queries.blueprint_versions(db_session, blueprint_id)
    if not rows:
        raise NotFoundError(f"blueprint {blueprint_id}")
    bodies = {str(row.version): row.body for row in rows}
    newest = str(rows[0].version)
    older = str(rows[1].version) if len(rows) > 1 else newest
    chosen = before or older, after or newest
    if not set(chosen) <= set(bodies):
        raise NotFoundError(f"blueprint {blueprint_id}: versions {chosen}")
    old, new = (ExamBlueprint.model_validate(bodies[one]) for one in chosen)
    changes = blueprint_changes(old.model_dump(mode="json"), new.model_dump(mode="json"))
    return VersionPage(
        blueprint=new,
        versions=tuple((row.version, row.published_at) for row in rows),
        before=old.version,
        after=new.version,
        changes=shown_changes(changes),
    )
