"""A simulated room as an item of an exam, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.bank.services import publish_bank
from app.certification import room_items
from app.certification.room_part import ScenarioOnTrialError
from app.core import clock
from app.core.errors import NotFoundError
from app.exams import queries as exams
from app.exams.drawing import store_form
from app.exams.models import AttemptScore
from app.exams.packing import attempt_pack
from app.exams.saving import AttemptClosedError, AttemptPausedError
from app.exams.services import start_attempt, submit_attempt
from app.exams.terms import ExamTerms
from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.services import close_finished_rooms
from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.packs import audit_pack
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.bank import single_item
from tests.factories.kinds import room_item
from tests.factories.rooms import publish_little_room

pytestmark = pytest.mark.both_databases

BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "with-room",
        "version": 1,
        "title": "带实操题",
        "level": "junior",
        "pool": "exam",
        "item_count": 2,
        "quotas": [],
    }
)
TERMS = ExamTerms(
    exam_code="with-room@1:theory",
    programme_ref="with-room@1",
    title="带实操题的考试",
    blueprint_ref="with-room@1",
    limit_s=1800,
    cut_fraction=0.5,
    is_demo=True,
)
OVER = timedelta(minutes=9)


@pytest.fixture
def attempt(db_session, person_of):
    bank = ItemBank([single_item("single-0"), room_item()], [])
    publish_bank(db_session, bank, [BLUEPRINT], is_public=False, actor="cli:test", now=NOON)
    store_form(db_session, assemble_form(bank, BLUEPRINT, seed=b"1" * 16), now=NOON)
    publish_little_room(db_session, now=NOON)
    found = start_attempt(db_session, person_of(cast.ALICE).id, TERMS, now=NOON)
    db_session.commit()
    return found


@pytest.fixture
def place(attempt):
    return next(at for at, ref in enumerate(attempt.item_refs, 1) if ref.startswith("room"))


def room_of(db_session, public_id) -> RoomSession:
    return next(
        room
        for room in rooms.rooms_of(db_session, db_session.query(RoomSession).first().person_id)
        if room.public_id == public_id
    )


def judged(db_session, now):
    """Let the sweepers do what they do every five seconds."""
    close_finished_rooms(db_session, now=now)
    db_session.commit()
    found = room_items.settle_played_rooms(db_session, now=now)
    db_session.commit()
    return found


def test_it_opens_once_and_is_found_again(db_session, attempt, place):
    first = room_items.open_item_room(db_session, attempt, place, now=NOON)
    again = room_items.open_item_room(db_session, attempt, place, now=NOON)

    room = room_of(db_session, first)
    assert again == first
    assert (room.mode, room.clock_speed, room.is_held) == ("exam", 4.0, True)


def test_an_idle_room_earns_nothing_and_completes_the_attempt(db_session, attempt, place):
    public_id = room_items.open_item_room(db_session, attempt, place, now=NOON)
    db_session.commit()
    submit_attempt(db_session, attempt, key="submit-0001", now=NOON + timedelta(minutes=2))
    db_session.commit()
    assert attempt.awaits_marks
    assert attempt.score_fraction is None

    judged(db_session, NOON + timedelta(minutes=3))

    record = exams.played_rooms(db_session, attempt.id)[place]
    assert (record.room, record.score, record.credit) == (public_id, 0.0, 0.0)
    assert not attempt.awaits_marks
    assert attempt.score_fraction == 0.0
    assert not room_of(db_session, public_id).is_held  # out with the attempt's result


def test_points_earn_their_share_of_the_full_score(db_session, attempt, place):
    public_id = room_items.open_item_room(db_session, attempt, place, now=NOON)
    db_session.commit()
    close_finished_rooms(db_session, now=NOON + OVER)
    room = room_of(db_session, public_id)
    held = rooms.score_or_none(db_session, room.id)
    db_session.add(
        type(held)(
            **{
                column.key: getattr(held, column.key)
                for column in held.__table__.columns
                if column.key not in {"id", "score", "reason"}
            },
            score=20.0,
            reason="corrected",
        )
    )
    db_session.commit()

    submit_attempt(db_session, attempt, key="submit-0001", now=NOON + OVER)
    db_session.commit()

    assert exams.played_rooms(db_session, attempt.id)[place].credit == pytest.approx(0.4)
    assert attempt.score_fraction == pytest.approx(0.2)


def test_a_room_that_was_never_opened_counts_as_unanswered_at_once(db_session, attempt, place):
    submit_attempt(db_session, attempt, key="submit-0001", now=NOON + timedelta(minutes=1))
    db_session.commit()

    assert not attempt.awaits_marks
    assert attempt.score_fraction == 0.0
    assert exams.played_rooms(db_session, attempt.id)[place].score is None


def test_settling_twice_changes_nothing(db_session, attempt, place):
    room_items.open_item_room(db_session, attempt, place, now=NOON)
    db_session.commit()
    submit_attempt(db_session, attempt, key="submit-0001", now=NOON + timedelta(minutes=2))
    db_session.commit()
    judged(db_session, NOON + timedelta(minutes=3))
    scores = db_session.query(AttemptScore).count()

    assert judged(db_session, NOON + timedelta(minutes=4)) == 0

    assert db_session.query(AttemptScore).count() == scores


def test_no_room_after_the_end_in_a_pause_or_at_another_item(db_session, attempt, place):
    other = 3 - place
    with pytest.raises(NotFoundError):
        room_items.open_item_room(db_session, attempt, other, now=NOON)
    attempt.paused_at = NOON
    with pytest.raises(AttemptPausedError):
        room_items.open_item_room(db_session, attempt, place, now=NOON)
    attempt.paused_at = None
    with pytest.raises(AttemptClosedError):
        late = attempt.due_at + timedelta(seconds=1)
        room_items.open_item_room(db_session, attempt, place, now=late)


def test_a_room_on_trial_counts_in_no_real_exam(db_session, attempt, place):
    attempt.is_demo = False

    with pytest.raises(ScenarioOnTrialError):
        room_items.open_item_room(db_session, attempt, place, now=NOON)

    assert db_session.query(RoomSession).count() == 0


def test_a_room_is_not_opened_twice(db_session, attempt, place):
    room_items.open_item_room(db_session, attempt, place, now=NOON)
    db_session.commit()
    close_finished_rooms(db_session, now=NOON + OVER)
    db_session.commit()

    with pytest.raises(room_items.RoomItemUsedError):
        room_items.open_item_room(db_session, attempt, place, now=NOON + OVER)


def test_the_pack_scores_it_again(db_session, attempt, place):
    room_items.open_item_room(db_session, attempt, place, now=NOON)
    db_session.commit()
    submit_attempt(db_session, attempt, key="submit-0001", now=NOON + timedelta(minutes=2))
    db_session.commit()
    judged(db_session, NOON + timedelta(minutes=3))

    audit = audit_pack(attempt_pack(db_session, attempt))

    assert audit.agrees, audit.verdicts


def test_the_page_leads_to_the_room(app, db_session, attempt, place):
    folder = f"/exams/attempts/{attempt.public_id}/items"
    attempt.due_at = clock.now() + timedelta(minutes=30)
    db_session.commit()
    alice, bob = sign_in(app, cast.ALICE), sign_in(app, cast.BOB)

    answers = [
        client.post(f"{folder}/{at}/room", headers=_token(client))
        for client, at in ((bob, place), (alice, 3 - place), (alice, 9), (alice, place))
    ]

    assert [one.status_code for one in answers] == [404, 404, 404, 303]
    assert answers[-1].headers["Location"].startswith("/rooms/")


def _token(client):
    return {"X-CSRFToken": csrf_token(client)}


def test_a_client_cannot_say_what_the_room_came_to(db_session, attempt, place):
    from question_bank.errors import InvalidResponseError
    from question_bank.responses import check_value

    with pytest.raises(InvalidResponseError):
        check_value(room_item(), {"room": "opened", "score": 100})
    with pytest.raises(InvalidResponseError):
        check_value(room_item(), {"room": "100"})
