"""Two people of a meeting at the same instant, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.standards import judging, minutes, queries, services
from app.standards.judging import Judgement
from app.standards.models import StandardMeeting, StandardRating
from tests.conftest import NOON
from tests.factories.standards import NO_RESULTS, Meeting, add_committee, publish_panel_bank

pytestmark = pytest.mark.both_databases


@pytest.fixture
def meeting(db_session, password_hash):
    publish_panel_bank(db_session, now=NOON)
    return Meeting(db_session, add_committee(db_session, password_hash, now=NOON), now=NOON)


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
            except ConflictError as error:
                out[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return out


def locked(db_session, public_id, person_id):
    return queries.meeting_of(db_session, public_id, person_id, lock=True)


def test_the_last_two_signatures_at_once_end_the_signing(app, db_session, meeting):
    meeting.judge_rounds(2)
    content_hash = meeting.close().content_hash
    for person in (meeting.leader, *meeting.judges[:3]):
        meeting.sign(person)
    last = [(one.id, one.display_name) for one in meeting.judges[3:]]
    public_id = meeting.row.public_id
    db_session.commit()
    db.session.remove()

    def signing(person_id, name):
        return lambda s: (
            minutes.sign(
                s,
                locked(s, public_id, person_id),
                person_id=person_id,
                name=name,
                content_hash=content_hash,
                actor="person:one",
                now=NOON,
            ).name
        )

    assert sorted(at_once(app, *(signing(*one) for one in last))) == ["Judge 5", "Judge 6"]
    assert db.session().scalars(select(StandardMeeting.stage)).one() == "signed"


def test_a_judgement_is_in_the_round_or_refused_never_after_its_end(app, db_session, meeting):
    meeting.prepare()
    meeting.judge()
    judge, leader, public_id = meeting.judges[0].id, meeting.leader.id, meeting.row.public_id
    subject, before = meeting.row.training_refs[0], 15
    db_session.commit()
    db.session.remove()

    def save(s):
        held = locked(s, public_id, judge)
        return judging.save_judgement(
            s,
            held,
            queries.member_or_none(s, held.id, judge),
            subject,
            Judgement(expected_fraction=0.9),
            round_number=0,
            key="at-the-same-time",
            now=NOON,
        ).id

    def close(s):
        held = locked(s, public_id, leader)
        services.begin_discussion(s, held, NO_RESULTS, actor="person:leader", now=NOON)
        return s.scalar(select(func.count()).select_from(StandardRating))

    saved, counted = at_once(app, save, close)

    now = db.session().scalar(select(func.count()).select_from(StandardRating))
    assert counted == now  # nothing came after the panel's figures were closed
    assert now == (before if isinstance(saved, ConflictError) else before + 1)
