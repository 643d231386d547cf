"""The write path against a model of it: whatever pages and invigilators do, in whatever order.

The model is a dict of the newest answers, a dict of what was acknowledged, and a clock. At the end
of each story the attempt is handed in, and its pack has to come to the same by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.core.db import transaction
from app.core.errors import IdempotencyKeyReusedError, SupersededSessionError
from app.exams import packing, queries, running
from app.exams.handing import hand_in, take_pen
from app.exams.models import Attempt
from app.exams.saving import (
    PAUSE_GRACE,
    SAVE_GRACE,
    Acknowledgement,
    AttemptClosedError,
    AttemptPausedError,
    Change,
    DeadlinePassedError,
    save_response,
)
from app.exams.services import start_attempt
from app.exams.signals import Device
from app.exams.terms import Arrangement
from question_bank.packs import audit_pack
from tests import cast
from tests.conftest import NOON
from tests.factories.bank import little_form
from tests.factories.exams import TERMS, publish_little_bank

STORIES, STEPS = 20, 25
DEVICE = Device(session="0" * 64, address="10.0.0.1", user_agent="a browser")
SELECTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "single": ({"selected": ["a"]}, {"selected": ["b"]}, {"selected": []}),
    "multiple": ({"selected": ["a", "b"]}, {"selected": ["a"]}, {"selected": []}),
    "truth": ({"selected": ["true"]}, {"selected": ["false"]}, {"selected": []}),
    "numeric": ({"number": "2.5"}, {"number": "1.71"}, {"number": ""}),
}
"""Answers that may be given, by the beginning of an item's id; others are left blank."""
picks = st.integers(0, 10**6)


class SavePath(RuleBasedStateMachine):
    """One attempt, its pages, and what a person who saw every acknowledgement would know."""

    def __init__(self, person_id: int, number: int) -> None:
        super().__init__()
        self.now, self.person_id, self.keys = NOON, person_id, count(1)
        drawn = little_form(0)  # the same in every story
        form = [list(pair) for pair in zip(drawn.items, drawn.choice_orders, strict=True)]
        terms = replace(TERMS, exam_code=f"little@1:story-{number}")
        with transaction() as db_session:
            attempt = start_attempt(
                db_session, person_id, terms, now=self.now, arrangement=Arrangement(form=form)
            )
            self.public_id, self.due_at = attempt.public_id, attempt.due_at
            self.row_id, refs = attempt.id, attempt.item_refs
        self.places = [
            (place, SELECTIONS[kind])
            for place, ref in enumerate(refs, 1)
            for kind in SELECTIONS
            if ref.startswith(kind)
        ]
        self.newest: dict[int, tuple[int, dict[str, Any], bool]] = {}
        self.acknowledged: dict[str, tuple[Change, int]] = {}
        self.late: set[str] = set()
        self.sequence = self.epoch = 0
        self.paused_at = self.submit_key = None
        self.take_over()

    def expected(self, change: Change) -> type[Exception] | None:
        """Return how a change that was never sent before is refused now; None if it is saved."""
        if self.submit_key is not None:
            return AttemptClosedError
        if self.paused_at is not None and self.now > self.paused_at + PAUSE_GRACE:
            return AttemptPausedError
        if self.paused_at is None and self.now > self.due_at + SAVE_GRACE:
            return DeadlinePassedError
        return None if change.writer_epoch == self.epoch else SupersededSessionError

    def send(self, change: Change) -> Acknowledgement:
        return save_response(self.public_id, self.person_id, change, now=self.now)

    def next_key(self) -> str:
        return f"key-{next(self.keys):08}"

    @rule(pick=picks, flagged=st.booleans(), behind=st.integers(0, 3), pages_ago=st.integers(0, 2))
    def save(self, pick: int, flagged: bool, behind: int, pages_ago: int) -> None:
        """Send a new change: at times behind a newer one, at times from an older page."""
        place, values = self.places[pick % len(self.places)]
        self.sequence += 1
        change = Change(
            key=self.next_key(),
            position=place,
            value=values[pick % len(values)],
            flagged=flagged,
            client_sequence=max(1, self.sequence - behind),
            writer_epoch=max(1, self.epoch - max(0, pages_ago - 1)),
        )
        refusal = self.expected(change)
        if refusal is not None:
            with pytest.raises(refusal):
                self.send(change)
            if refusal in (AttemptClosedError, DeadlinePassedError):
                self.late.add(change.key)
            return
        done = self.send(change)
        assert (done.ack, done.duplicate) == (change.client_sequence, False)
        self.acknowledged[change.key] = change, done.server_sequence
        if change.client_sequence > self.newest.get(place, (0,))[0]:
            self.newest[place] = change.client_sequence, change.value, flagged

    @precondition(lambda self: self.acknowledged)
    @rule(pick=picks)
    def repeat(self, pick: int) -> None:
        """Send again what was acknowledged, from whatever page, at whatever time."""
        change, server_sequence = self.known(pick)
        done = self.send(replace(change, writer_epoch=1 + pick % self.epoch))
        assert (done.duplicate, done.server_sequence) == (True, server_sequence)

    @precondition(lambda self: self.acknowledged)
    @rule(pick=picks)
    def reuse_the_key(self, pick: int) -> None:
        """Send something else under a key that was acknowledged."""
        change, _ = self.known(pick)
        with pytest.raises(IdempotencyKeyReusedError):
            self.send(replace(change, flagged=not change.flagged))

    @rule()
    def take_over(self) -> None:
        """Open the page anew; the one before may not write any more."""
        if self.submit_key is not None:
            with pytest.raises(AttemptClosedError):
                take_pen(self.public_id, self.person_id, DEVICE, now=self.now)
            return
        state = take_pen(self.public_id, self.person_id, DEVICE, now=self.now)
        self.epoch += 1
        assert state["writer_epoch"] == self.epoch

    @rule(seconds=st.sampled_from((1, 3, 7, 30, 240)))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.now < self.due_at)
    @rule(seconds=st.sampled_from((0, 2, 3, 6)))
    def wait_until_the_end(self, seconds: int) -> None:
        """Go to the deadline, to the end of its grace, or past it."""
        self.now = self.due_at + timedelta(seconds=seconds)

    @precondition(lambda self: self.submit_key is None)
    @rule()
    def pause_or_resume(self) -> None:
        """Stop the clock, or let it go on; a pause is given back whole."""
        act = {"key": self.next_key(), "actor": "person:ines", "now": self.now}
        if self.paused_at is not None:
            self.change(lambda db_session, row: running.resume_attempt(db_session, row, **act))
            self.due_at += self.now - self.paused_at
            self.paused_at = None
        elif self.now <= self.due_at + SAVE_GRACE:
            act["reason"] = "停电"
            self.change(lambda db_session, row: running.pause_attempt(db_session, row, **act))
            self.paused_at = self.now

    @precondition(lambda self: len(self.acknowledged) > 2)
    @rule()
    def submit(self) -> None:
        """Hand in; once more changes nothing."""
        self.submit_key = self.submit_key or self.next_key()
        hand_in(self.public_id, self.person_id, key=self.submit_key, now=self.now)

    def known(self, pick: int) -> tuple[Change, int]:
        return list(self.acknowledged.values())[pick % len(self.acknowledged)]

    def change(self, act: Callable[[Any, Attempt], object]) -> None:
        with transaction() as db_session:
            act(db_session, queries.attempt_by_public_id(db_session, self.public_id, lock=True))

    def teardown(self) -> None:
        """Nothing acknowledged is lost, nothing counts twice, and the pack says so by itself."""
        self.submit_key = self.submit_key or self.next_key()
        hand_in(self.public_id, self.person_id, key=self.submit_key, now=self.now)
        with transaction() as db_session:
            attempt = queries.attempt_by_public_id(db_session, self.public_id)
            held = queries.responses_of(db_session, self.row_id)
            saved = [
                (one.key, one.sequence, one.payload)
                for one in queries.events_of(db_session, self.row_id)
                if one.kind == "saved"
            ]
            late = [one.key for one in queries.late_answers_of(db_session, self.row_id)]
            audit = audit_pack(packing.attempt_pack(db_session, attempt))
            found = {
                place: (row.client_sequence, json.loads(row.value), row.flagged)
                for place, row in held.items()
            }
        assert found == self.newest
        assert saved == [
            (key, sequence, change.payload) for key, (change, sequence) in self.acknowledged.items()
        ]
        assert sorted(late) == sorted(self.late)
        assert [one.name for one in audit.verdicts if not one.agrees] == []


def test_no_story_loses_or_doubles_an_answer(app, db_session, person_of):
    person_id = person_of(cast.ALICE).id
    publish_little_bank(db_session, now=NOON, forms=0)
    db_session.commit()
    stories = count(1)
    run_state_machine_as_test(
        lambda: SavePath(person_id, next(stories)),
        settings=settings(max_examples=STORIES, stateful_step_count=STEPS, deadline=None),
    )
