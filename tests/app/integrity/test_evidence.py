"""What belongs into a case file besides answers and times: exposure, old items, devices, gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from app.exams import signals
from app.exams.models import AttemptEvent
from app.integrity.demo import load_demo_integrity
from app.integrity.evidence import evidence_of, exam_signs
from app.integrity.exposure import Shown, shown_before
from app.integrity.gathering import signs_of_exam
from app.integrity.models import IntegrityCase
from app.integrity.presenting import shown_evidence
from app.integrity.process import process_of
from app.integrity.queries import sat_attempts
from app.integrity.rising import rises_of
from app.integrity.ties import settings_of
from question_bank.error_rates import simulated_exam
from tests import cast
from tests.conftest import NOON
from tests.factories.integrity import EXAM_CODE, add_sat_exam
from tests.factories.providers import employ, little_provider

ITEMS = 6
HERE = signals.Device("one session", "203.0.113.7", "Firefox/140")
THERE = signals.Device("another session", "198.51.100.9", "Chrome/148")


@pytest.fixture
def five(app, db_session, person_of):
    """Five sheets: Bob, Dave, Alice, Dave again, Alice again; Bob and Alice are colleagues."""
    alice, bob, dave = (person_of(one) for one in (cast.ALICE, cast.BOB, cast.DAVE))
    provider = little_provider(db_session, now=NOON - timedelta(days=9))
    for person in (alice, bob):
        employ(db_session, provider, person, now=NOON - timedelta(days=8))
    exam = simulated_exam(np.random.default_rng(2), persons=5, items=ITEMS)
    return add_sat_exam(db_session, exam, {0: bob.id, 2: alice.id, 4: alice.id}, dave.id, now=NOON)


class TestExposure:
    @pytest.mark.both_databases
    def test_counts_others_before_and_knows_colleagues(self, five, db_session):
        shown = shown_before(db_session, sat_attempts(db_session, EXAM_CODE))

        found = [shown[one.id] for one in five]

        assert [set(one.earlier.values()) for one in found] == [{0}, {1}, {2}, {2}, {3}]
        assert [set(one.colleagues.values()) for one in found] == [{0}, {0}, {1}, {0}, {1}]
        assert [one.colleague_count for one in found] == [0, 0, 1, 0, 1]
        assert [one.old for one in found] == [frozenset()] * 5  # all of the same afternoon

    def test_what_others_had_the_day_before_is_old_and_ones_own_is_not(
        self, five, db_session, person_of
    ):
        sat = sat_attempts(db_session, EXAM_CODE)
        for one in (five[1], five[2]):
            one.started_at -= timedelta(days=2)
        db_session.flush()

        shown = shown_before(db_session, sat)

        assert len(shown[five[0].id].old) == ITEMS
        assert len(shown[five[4].id].old) == ITEMS  # Dave had them, too
        five[1].started_at += timedelta(days=2)
        db_session.flush()
        assert shown_before(db_session, sat)[five[4].id].old == frozenset()

    def test_the_file_tells_the_figures(self, five, db_session):
        signs = signs_of_exam(db_session, EXAM_CODE)

        evidence = evidence_of(signs, five[2].id, process_of(db_session, five[2]), now=NOON)

        assert evidence["exposure"]["items"] == ITEMS
        assert evidence["exposure"]["by_colleagues"] == ITEMS
        assert evidence["exposure"]["colleague_count"] == 1
        assert evidence["gains"] == {"colleagues": None, "others": None}
        assert evidence["fit"] is None


class TestGains:
    def test_who_is_better_at_what_colleagues_had_seen_is_a_sign(self, app, db_session, person_of):
        exam = simulated_exam(np.random.default_rng(3), persons=110, items=40)
        exam.matrix.credits[7, :20], exam.matrix.credits[7, 20:] = 1.0, np.tile([1.0, 0, 0, 0], 5)
        attempts = add_sat_exam(db_session, exam, {}, person_of(cast.DAVE).id, now=NOON)
        ids = exam.matrix.item_refs
        told = Shown({}, dict.fromkeys(ids[:20], 1), {}, frozenset(), 1)
        sat = sat_attempts(db_session, EXAM_CODE)

        signs = exam_signs(sat, {one.id: told for one in attempts}, {})

        (gain,) = signs.gains["colleagues"].flagged
        assert signs.sat[gain.person].attempt.id == attempts[7].id
        assert "old_items" in signs.signs[gain.person]


class TestTies:
    def test_tell_what_two_sheets_have_in_common(self, five, db_session):
        for place, device in ((0, HERE), (2, HERE), (3, THERE)):
            five[place].writer_epoch = 1
            signals.note_opening(db_session, five[place], device, now=five[place].started_at)
        five[3].started_at += timedelta(hours=1)
        db_session.flush()

        settings = settings_of(db_session, sat_attempts(db_session, EXAM_CODE))
        bob, alice, dave = (settings[five[place].id] for place in (0, 2, 3))

        assert bob.ties_to(alice) == alice.ties_to(bob) == ["provider", "address", "start"]
        assert alice.ties_to(dave) == []

    def test_a_score_far_above_the_one_before_is_a_sign(self, five, db_session):
        sat = sat_attempts(db_session, EXAM_CODE)
        credits = dict.fromkeys(range(1, 41), 1.0)
        before = replace(sat[2], fraction=0.25, credits=credits)
        steady = replace(sat[4], fraction=0.5, credits=credits)
        risen = replace(sat[4], fraction=0.9, credits=credits)

        assert not rises_of([before, steady])[1].is_flagged
        assert rises_of([before, risen])[1].is_flagged
        assert rises_of([risen, before])[1].z < 0
        assert rises_of([sat[0], risen]) == {}  # two persons


class TestProcess:
    def test_tells_absences_devices_and_silences(self, five, db_session):
        attempt = five[2]
        began = attempt.started_at
        attempt.writer_epoch = 1
        signals.note_opening(db_session, attempt, HERE, now=began)
        attempt.writer_epoch = 2
        signals.note_opening(db_session, attempt, THERE, now=began + timedelta(minutes=2))
        events = db_session.query(AttemptEvent).filter_by(attempt_id=attempt.id)
        last = max(events, key=lambda one: one.sequence)
        db_session.add(
            AttemptEvent(
                attempt_id=attempt.id,
                sequence=last.sequence + 1,
                kind="submitted",
                key="submitted",
                fingerprint="f",
                payload="{}",
                at=last.at + timedelta(minutes=9),
                previous_hash="",
                hash="",
            )
        )
        db_session.flush()

        found = process_of(db_session, attempt)

        assert [one["changed"] for one in found["devices"]] == [
            [],
            ["device", "address", "user_agent"],
        ]
        assert (found["device_count"], found["address_count"]) == (2, 2)
        assert [one["seconds"] for one in found["gaps"]] == [540]

    def test_an_old_file_is_shown_without_what_it_never_had(self):
        shown = shown_evidence(
            {
                "population": 3,
                "similarity": None,
                "timing": None,
                "process": {"opened": 2, "late": 1},
            }
        )

        assert (shown["exposure"], shown["gains"], shown["fit"]) == (None, {}, None)
        assert (shown["process"]["opened"], shown["process"]["left_count"]) == (2, 0)


def test_a_demonstration_without_its_forms_has_no_case(app, db_session):
    load_demo_integrity()

    assert db_session.query(IntegrityCase).count() == 0
