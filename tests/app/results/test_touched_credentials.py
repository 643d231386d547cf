"""A regrade names the credentials that rest on what it moves, and revokes none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.bank.services import publish_bank
from app.certification import queries as certification
from app.core.audit.models import AuditChain, AuditEntry
from app.exams import regrading
from app.exams.models import Attempt, AttemptResponse
from app.exams.services import submit_attempt
from app.results import services
from app.results.services import touched_credentials
from question_bank.banks import ItemBank
from tests import cast
from tests.conftest import NOON
from tests.factories.bank import little_bank
from tests.factories.certification import add_room, little_programme
from tests.factories.sittings import enrolled_sitting, seat_started

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)
RIGHT = {
    "single": '{"selected":["a"]}',
    "case-one": '{"selected":["a"]}',
    "multiple": '{"selected":["a","b"]}',
    "numeric": '{"number":"2.5"}',
}


@pytest.fixture
def alice(person_of):
    return person_of(cast.ALICE)


@pytest.fixture
def attempt(app, db_session, alice):
    """Everything right; with one item wrong it would not pass. The room was passed too."""
    sitting = enrolled_sitting(app, db_session, [alice], opens_at=NOON)
    seat = seat_started(app, db_session, sitting, alice, now=NOON)
    attempt = db_session.get_one(Attempt, seat.attempt_id)
    attempt.cut_fraction = 0.9
    for position, ref in enumerate(attempt.item_refs, 1):
        value = next(value for kind, value in RIGHT.items() if ref.startswith(kind))
        db_session.add(
            AttemptResponse(
                attempt_id=attempt.id,
                position=position,
                value=value,
                flagged=False,
                client_sequence=position,
                at=NOON,
            )
        )
    submit_attempt(db_session, attempt, key="submit-0001", now=NOON)
    sitting.ended_at = NOON
    services.plan_release(db_session, sitting, publish_at=NOON, actor="person:eva", now=NOON)
    services.publish_results(db_session, now=NOON)
    add_room(db_session, alice.id, 47.0, at=NOON + DAY, programme=little_programme())
    return attempt


def another_key(db_session, attempt):
    """Propose that a single-choice item's key is `b` after all; returns the regrade."""
    ref = next(one for one in attempt.item_refs if one.startswith("single"))
    body = little_bank().item(ref).model_dump(mode="json")
    body.update(version=2, key=["b"], distractors=dict.fromkeys("acd", "错因"))
    item = type(little_bank().item(ref)).model_validate(body)
    publish_bank(db_session, ItemBank([item]), [], is_public=False, actor="cli:test", now=NOON)
    return regrading.propose_regrade(
        db_session,
        ref,
        treatment="rekey",
        new_ref=item.ref,
        reason="答案有误",
        actor="person:carol",
        now=NOON + 2 * DAY,
    )


def test_a_credential_that_rests_on_a_falling_score_is_named_then_marked(
    app, db_session, alice, attempt
):
    (held,) = certification.credentials_of(db_session, alice.id, at=NOON + 2 * DAY)
    number = held.record.number
    regrade = another_key(db_session, attempt)

    preview = touched_credentials(db_session, regrading.preview_regrade(db_session, regrade))
    assert [one.record.number for one in preview] == [number]
    assert entries_about(db_session, number) == []
    services.apply_regrade(db_session, regrade, actor="person:eva", now=NOON + 2 * DAY)

    assert attempt.passed is False
    assert entries_about(db_session, number) == ["credential.basis_moved"]
    after = touched_credentials(db_session, regrading.preview_regrade(db_session, regrade))
    assert [one.record.number for one in after] == [number]
    (still,) = certification.credentials_of(db_session, alice.id, at=NOON + 3 * DAY)
    assert still.record.number == number
    assert still.status == held.status  # a regrade revokes nothing by itself


def test_one_that_moves_up_touches_no_credential(app, db_session, alice, attempt):
    ref = next(one for one in attempt.item_refs if one.startswith("single"))
    regrade = regrading.propose_regrade(
        db_session,
        ref,
        treatment="credit_all",
        new_ref=None,
        reason="题目有误",
        actor="person:carol",
        now=NOON + 2 * DAY,
    )

    assert touched_credentials(db_session, regrading.preview_regrade(db_session, regrade)) == []


def entries_about(db_session, number):
    return db_session.scalars(
        select(AuditEntry.action)
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .where(AuditChain.subject == f"credential:{number}", AuditEntry.action.like("%basis%"))
    ).all()
