"""Where facts lead, and who may do what next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.bank.workshop.lifecycle import (
    DecidedError,
    Fact,
    MissedError,
    NotReaderError,
    OwnDraftError,
    SeatsTakenError,
    SolvedBeforeError,
    Stage,
    StageError,
    UnsolvedError,
    standing_of,
)
from app.core.errors import ForbiddenError

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
AUTHOR, ONE, TWO, THREE = 1, 2, 3, 4


def solved(credit=1.0, is_ambiguous=False):
    return {
        "value": {"selected": ["b"]},
        "credit": credit,
        "seconds": 90,
        "is_ambiguous": is_ambiguous,
        "remark": "",
    }


def after(*steps):
    """Standing after `(kind, person)` or `(kind, person, payload)`, a minute apart."""
    facts = [
        Fact(step[0], step[1], NOON + timedelta(minutes=n), dict(step[2]) if step[2:] else {})
        for n, step in enumerate([("created", AUTHOR), *steps])
    ]
    return standing_of(facts)


READ = (("submitted", AUTHOR), ("opened", ONE), ("solved", ONE, solved()))
BOTH = (*READ, ("accepted", ONE), ("opened", TWO), ("solved", TWO, solved()))


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        ((), Stage.DRAFT),
        ((("submitted", AUTHOR),), Stage.REVIEW),
        ((*READ, ("accepted", ONE)), Stage.REVIEW),
        ((*BOTH, ("accepted", TWO)), Stage.ACCEPTED),
        ((*BOTH, ("sent_back", TWO)), Stage.DRAFT),
        ((*BOTH, ("accepted", TWO), ("piloted", TWO)), Stage.PILOT),
        ((*BOTH, ("accepted", TWO), ("piloted", TWO), ("published", THREE)), Stage.LIVE),
        ((("submitted", AUTHOR), ("withdrawn", AUTHOR)), Stage.DRAFT),
        ((("discarded", AUTHOR),), Stage.DISCARDED),
    ],
)
def test_facts_lead_to_a_stage(steps, stage):
    assert after(*steps).stage is stage


def test_a_new_round_begins_without_the_readers_of_the_last():
    standing = after(*BOTH, ("sent_back", TWO), ("submitted", AUTHOR))

    assert (standing.round, standing.opened, standing.accepted) == (2, {}, ())
    standing.check_may_open(THREE)


def test_only_two_read_a_round_until_one_steps_back():
    two = (*READ, ("opened", TWO))

    with pytest.raises(SeatsTakenError):
        after(*two).check_may_open(THREE)
    after(*two, ("stepped_back", TWO)).check_may_open(THREE)


def test_the_author_never_reads_the_own_draft():
    with pytest.raises(OwnDraftError):
        after(("submitted", AUTHOR)).check_may_open(AUTHOR)
    with pytest.raises(OwnDraftError):
        after().check_other(AUTHOR)


def test_nobody_else_writes_in_a_draft():
    with pytest.raises(ForbiddenError):
        after().check_author(ONE, Stage.DRAFT)
    with pytest.raises(StageError):
        after(("submitted", AUTHOR)).check_author(AUTHOR, Stage.DRAFT)


def test_the_blind_answer_comes_first_and_once():
    opened = after(("submitted", AUTHOR), ("opened", ONE))

    with pytest.raises(UnsolvedError):
        opened.check_may_decide(ONE, accepts=False)
    with pytest.raises(SolvedBeforeError):
        after(*READ).check_may_solve(ONE)
    with pytest.raises(NotReaderError):
        opened.check_may_solve(TWO)


@pytest.mark.parametrize("payload", [solved(credit=0.5), solved(is_ambiguous=True)])
def test_who_missed_it_can_only_send_it_back(payload):
    standing = after(("submitted", AUTHOR), ("opened", ONE), ("solved", ONE, payload))

    with pytest.raises(MissedError):
        standing.check_may_decide(ONE, accepts=True)
    standing.check_may_decide(ONE, accepts=False)


def test_one_reader_does_not_accept_twice():
    with pytest.raises(DecidedError):
        after(*READ, ("accepted", ONE)).check_may_decide(ONE, accepts=True)


def test_the_key_is_seen_after_solving_and_by_whoever_publishes():
    opened = after(("submitted", AUTHOR), ("opened", ONE))

    assert opened.sees_key(AUTHOR)
    assert not opened.sees_key(ONE)
    assert after(*READ).sees_key(ONE)
    assert not after(*READ).sees_key(THREE)
    assert after(*BOTH, ("accepted", TWO)).sees_key(THREE)
    assert not after().sees_key(THREE)
