"""Several markers at the same instant, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.exams import queries as exams
from app.exams.models import Attempt
from app.marking import dealing, queries
from app.marking.models import MarkingSheet, Settlement
from tests import cast
from tests.conftest import NOON
from tests.factories.marking import FULL, NONE, add_markers, deal, give, mark_by, two_answers
from tests.factories.marking import written_attempt as written

pytestmark = pytest.mark.both_databases

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def no_controls_by_chance(monkeypatch):
    monkeypatch.setattr(dealing, "control_is_due", lambda *args, **kwargs: False)


def at_once(app, *works):
    """Run each work in a thread and transaction of its own; return what they returned or raised."""
    start = threading.Barrier(len(works))
    out = [None] * len(works)

    def run(place, work):
        with app.app_context():
            start.wait()
            try:
                with transaction() as db_session:
                    out[place] = work(db_session)
            except dealing.NothingToMarkError as error:
                out[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return out


def test_a_response_goes_to_two_of_three(app, db_session, person_of, password_hash):
    ids = [one.id for one in add_markers(db_session, password_hash, now=NOON)]
    written(db_session, person_of(cast.ALICE).id, now=NOON)
    db_session.commit()
    db.session.remove()

    def take(marker_id):
        return lambda s: dealing.deal_next(s, marker_id, is_arbiter=False, now=LATER).public_id

    out = at_once(app, *(take(one) for one in ids))

    assert sum(isinstance(one, str) for one in out) == 2, out
    assert db.session().scalar(select(func.count()).select_from(MarkingSheet)) == 2


def test_one_marker_on_two_pages_gets_one_sheet(app, db_session, person_of, password_hash):
    mary = add_markers(db_session, password_hash, now=NOON)[0].id
    written(db_session, person_of(cast.ALICE).id, now=NOON)
    db_session.commit()
    db.session.remove()

    def take(s):
        return dealing.deal_next(s, mary, is_arbiter=False, now=LATER).public_id

    first, second = at_once(app, take, take)

    assert first == second
    assert isinstance(first, str)


def test_the_last_two_responses_settled_at_once_score_the_attempt_once(
    app, db_session, person_of, password_hash
):
    mary, milo, mira = add_markers(db_session, password_hash, now=NOON)
    attempt_id = two_answers(db_session, person_of(cast.ALICE).id, now=NOON).id
    mark_by(db_session, mary, FULL, now=NOON)
    mark_by(db_session, mary, NONE, now=NOON)
    sheets = [(deal(db_session, one, now=LATER).public_id, one.id) for one in (milo, mira)]
    db_session.commit()
    db.session.remove()

    def mark(public_id, marker_id, points):
        return lambda s: (
            give(s, queries.sheet_of(s, public_id, marker_id, lock=True), points, now=LATER).total
        )

    # Whoever got the first response agrees with its mark, the other with the second's.
    with app.app_context():
        refs = {one.public_id: one.rubric_ref for one in db.session().scalars(select(MarkingSheet))}
        db.session.remove()
    works = [
        mark(public_id, marker, FULL if refs[public_id] == "short-0@1" else NONE)
        for public_id, marker in sheets
    ]
    if len({refs[public_id] for public_id, _ in sheets}) == 1:
        pytest.fail("both markers were dealt the same response")

    at_once(app, *works)

    read = db.session()
    assert read.scalar(select(func.count()).select_from(Settlement)) == 2
    attempt = read.get_one(Attempt, attempt_id)
    assert not attempt.awaits_marks
    assert [one.reason for one in exams.scores_of(read, attempt_id)] == ["submitted", "marked"]
    assert attempt.score_fraction == pytest.approx(1 / 2)
