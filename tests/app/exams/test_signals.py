"""What an exam page tells beside answers: kept once, bounded, and never in an answer's way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import db, transaction
from app.exams import queries, services, signals
from app.exams.models import AttemptSignal
from tests import cast
from tests.app.exams.test_routes import Desk
from tests.factories.exams import start_little_attempt

LEFT = {"kind": "left", "ago_s": 12.5, "seconds": 4.25}
HERE = signals.Device("a session's hash", "203.0.113.7", "Firefox/140")


@pytest.fixture
def attempt_id(app, db_session, person_of):
    """Alice's attempt, begun a minute ago."""
    now = clock.now() - timedelta(minutes=1)
    public_id = start_little_attempt(db_session, person_of(cast.ALICE).id, now=now).public_id
    db_session.commit()
    db.session.remove()
    return public_id


def kept(public_id):
    attempt = queries.attempt_by_public_id(db.session(), public_id)
    return signals.signals_of(db.session(), attempt.id)


@pytest.mark.both_databases
def test_are_kept_once_whatever_is_sent_again(app, attempt_id):
    attempt = queries.attempt_by_public_id(db.session(), attempt_id)
    told = signals.read_told({"signals": [LEFT, {**LEFT, "kind": "offline"}]})
    now = clock.now()

    for _ in range(2):
        assert signals.keep_told(attempt, told, HERE, key="key-00000001", now=now)

    assert [(one.kind, one.seconds) for one in kept(attempt_id)] == [
        ("left", 4.25),
        ("offline", 4.25),
    ]
    assert kept(attempt_id)[0].at == now - timedelta(seconds=12.5)
    assert signals.absences_of(db.session(), [attempt.id]) == {attempt.id: (1, 4.25, 0)}


def test_another_device_or_address_is_noted(app, attempt_id):
    now = clock.now()
    with transaction() as db_session:
        attempt = queries.attempt_by_public_id(db_session, attempt_id, lock=True)
        services.open_page(db_session, attempt, now=now)
        signals.note_opening(db_session, attempt, HERE, now=now)
    told = signals.read_told({"signals": [LEFT]})
    elsewhere = signals.Device(HERE.session, "198.51.100.9", HERE.user_agent)
    for number, device in enumerate((HERE, elsewhere, elsewhere)):
        attempt = queries.attempt_by_public_id(db.session(), attempt_id)
        signals.keep_told(attempt, told, device, key=f"key-0000000{number}", now=clock.now())

    found = [one for one in kept(attempt_id) if one.kind in {"opened", "moved"}]

    assert [(one.kind, one.address) for one in found] == [
        ("opened", HERE.address),
        ("moved", elsewhere.address),
    ]
    assert HERE.session not in {one.device for one in found}


def test_no_page_fills_the_table(app, attempt_id, monkeypatch):
    monkeypatch.setattr(signals, "MOST_KEPT", 3)
    attempt = queries.attempt_by_public_id(db.session(), attempt_id)

    signals.keep_told(
        attempt, [signals.Told("left", 1, 1)] * 5, HERE, key="key-00000001", now=clock.now()
    )

    assert len(kept(attempt_id)) == 3


def test_what_began_before_the_exam_begins_with_it(app, attempt_id):
    attempt = queries.attempt_by_public_id(db.session(), attempt_id)
    started_at = attempt.started_at

    signals.keep_told(
        attempt, [signals.Told("left", 3600, 3590)], HERE, key="key-00000001", now=clock.now()
    )

    assert kept(attempt_id)[0].at == started_at


class TestPage:
    def test_is_told_by_its_script(self, as_alice, attempt_id):
        desk = Desk(as_alice, attempt_id)
        desk.open()

        answer = desk.post("signals", {"key": "key-00000001", "signals": [LEFT]})

        assert (answer.status_code, answer.json) == (200, {"kept": True})
        assert [one.kind for one in kept(attempt_id)] == ["left", "opened"]

    def test_takes_nothing_long_after_the_end(self, as_alice, attempt_id):
        desk = Desk(as_alice, attempt_id)
        desk.open()
        desk.post("submit", {"key": "submit-key-1"})
        late = clock.now() + signals.AFTER_CLOSE + timedelta(seconds=5)
        attempt = queries.attempt_by_public_id(db.session(), attempt_id)
        told = signals.read_told({"signals": [LEFT]})

        answer = desk.post("signals", {"key": "key-00000001", "signals": [LEFT]})

        assert answer.json == {"kept": True}
        assert not signals.keep_told(attempt, told, HERE, key="key-00000002", now=late)

    def test_anothers_attempt_is_not_found(self, as_bob, attempt_id):
        answer = Desk(as_bob, attempt_id).post(
            "signals", {"key": "key-00000001", "signals": [LEFT]}
        )

        assert answer.status_code == 404
        assert db.session.query(AttemptSignal).count() == 0

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            (None, "signals"),
            ([], "signals"),
            ([LEFT] * 41, "signals"),
            (["left"], "signals.0.kind"),
            ([LEFT, {**LEFT, "kind": "opened"}], "signals.1.kind"),
            ([{**LEFT, "seconds": -1}], "signals.0.seconds"),
            ([{**LEFT, "ago_s": "1"}], "signals.0.ago_s"),
            ([{**LEFT, "ago_s": float("nan")}], "signals.0.ago_s"),
            ([{**LEFT, "seconds": True}], "signals.0.seconds"),
        ],
        ids=["none", "empty", "many", "text", "servers", "negative", "words", "nan", "bool"],
    )
    def test_refuses_what_it_cannot_read_and_says_where(self, as_alice, attempt_id, sent, field):
        answer = Desk(as_alice, attempt_id).post(
            "signals", {"key": "key-00000001", "signals": sent}
        )

        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == field
        assert db.session.query(AttemptSignal).count() == 0
