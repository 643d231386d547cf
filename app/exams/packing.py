"""Put together the attempt pack: one file from which anybody can score an attempt again."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import person
from app.bank import queries as bank_queries
from app.core.errors import ConflictError
from app.exams import queries
from app.exams.models import Attempt, AttemptEvent, LateAnswer
from app.exams.treating import rekeyed, version_of
from question_bank.packs import (
    AttemptPack,
    PackedAttempt,
    PackedEvent,
    PackedItem,
    PackedLate,
    PackedResponse,
    PackedScore,
    PackedVersion,
    gaps_of,
)


class AttemptOpenError(ConflictError):
    """Raised when a pack is asked for of an attempt that goes on: it would hold the keys."""

    code = "attempt_open"


def attempt_pack(db_session: Session, attempt: Attempt) -> AttemptPack:
    """Return everything that a closed attempt rests on, keys included.

    Who may have it is the caller's matter: the candidate where the result page shows the items,
    examiners and appeal handlers always.

    Args:
        db_session: A session to read with.
        attempt: A closed attempt.

    Raises:
        AttemptOpenError: If the attempt is not over.
    """
    if attempt.closed_at is None or attempt.closing is None:
        raise AttemptOpenError(f"{attempt!r}")
    events = [_event(row) for row in queries.events_of(db_session, attempt.id)]
    form = _form(db_session, attempt)
    return AttemptPack(
        attempt=PackedAttempt(
            public_id=attempt.public_id,
            candidate=person(db_session, attempt.person_id).public_id,
            exam_code=attempt.exam_code,
            ordinal=attempt.ordinal,
            programme_ref=attempt.programme_ref,
            blueprint_ref=attempt.blueprint_ref,
            title=attempt.title,
            is_demo=attempt.is_demo,
            cut_fraction=attempt.cut_fraction,
            limit_s=attempt.limit_s,
            started_at=attempt.started_at,
            due_at=attempt.due_at,
            closed_at=attempt.closed_at,
            closing=attempt.closing,
            event_count=attempt.event_count,
            head_hash=attempt.head_hash,
        ),
        form=form,
        versions=_versions(db_session, form),
        events=events,
        responses=[
            PackedResponse(
                position=position,
                value=json.loads(row.value),
                flagged=row.flagged,
                client_sequence=row.client_sequence,
                at=row.at,
            )
            for position, row in sorted(queries.responses_of(db_session, attempt.id).items())
        ],
        late=_late(db_session, attempt),
        gaps=gaps_of(events),
        scores=[
            PackedScore(
                at=row.at,
                fraction=row.fraction,
                passed=row.passed,
                credits=row.credits,
                head_hash=row.head_hash,
                reason=row.reason,
            )
            for row in queries.scores_of(db_session, attempt.id)
        ],
    )


def _event(row: AttemptEvent) -> PackedEvent:
    return PackedEvent(
        sequence=row.sequence,
        kind=row.kind,
        key=row.key,
        payload=row.payload,
        at=row.at,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def _form(db_session: Session, attempt: Attempt) -> list[PackedItem]:
    """Return the form's places with what a regrade in force makes of each."""
    regrades = queries.standing_regrades(db_session, [version_of(ref) for ref in attempt.item_refs])
    places = []
    for position, (ref, order) in enumerate(attempt.form, 1):
        regrade = regrades.get(version_of(ref))
        places.append(
            PackedItem(
                position=position,
                ref=ref,
                order=order,
                scored_ref=ref if regrade is None else rekeyed(ref, regrade.new_ref),
                treatment="rekey" if regrade is None else regrade.treatment,
            )
        )
    return places


def _versions(db_session: Session, form: list[PackedItem]) -> list[PackedVersion]:
    refs = {version_of(ref) for place in form for ref in (place.ref, place.scored_ref)}
    rows = [bank_queries.item_version(db_session, ref) for ref in sorted(refs)]
    return [PackedVersion(body=row.body, content_hash=row.content_hash) for row in rows]


def _late(db_session: Session, attempt: Attempt) -> list[PackedLate]:
    rows = db_session.scalars(
        select(LateAnswer).where(LateAnswer.attempt_id == attempt.id).order_by(LateAnswer.id)
    )
    return [
        PackedLate(
            position=row.position,
            value=json.loads(row.value),
            client_sequence=row.client_sequence,
            received_at=row.received_at,
            reason=row.reason,
        )
        for row in rows
    ]
