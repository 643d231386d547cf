"""Limits that all processes share, counted in parcels."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.rate_limits import RateCount, SharedTally
from tests.conftest import NOON

LIMIT, WINDOW_S = 30, 60


@pytest.fixture
def hit(db_session):
    """Count one more in a process, and give the parcel away as the routes do."""

    def once(tally: SharedTally, key: str = "a", now=NOON) -> int:
        wait_s, parcel = tally.hit(key, limit=LIMIT, now=now)
        if parcel:
            tally.store(db_session, key, parcel, now=now)
        return wait_s

    return once


def test_one_process_allows_exactly_the_limit(hit):
    tally = SharedTally(window_s=WINDOW_S)

    waits = [hit(tally) for _ in range(LIMIT + 2)]

    assert waits == [0] * LIMIT + [WINDOW_S, WINDOW_S]


def test_who_looks_now_and_then_costs_no_write(db_session, hit):
    tally = SharedTally(window_s=WINDOW_S)

    for _ in range(LIMIT // 3 - 1):
        hit(tally)

    assert db_session.scalar(select(RateCount)) is None


@pytest.mark.both_databases
def test_processes_share_the_count_but_for_a_parcel(hit):
    here, there = SharedTally(window_s=WINDOW_S), SharedTally(window_s=WINDOW_S)

    allowed = sum(hit(tally) == 0 for _ in range(LIMIT) for tally in (here, there))

    assert LIMIT <= allowed <= LIMIT + LIMIT // 3


def test_the_next_window_begins_anew_and_keys_do_not_mix(hit):
    tally = SharedTally(window_s=WINDOW_S)
    for _ in range(LIMIT):
        hit(tally)

    assert hit(tally) == WINDOW_S
    assert hit(tally, key="b") == 0
    assert hit(tally, now=NOON + timedelta(seconds=WINDOW_S)) == 0


def test_what_could_not_be_stored_is_offered_again():
    tally = SharedTally(window_s=WINDOW_S)

    parcels = [tally.hit("a", limit=LIMIT, now=NOON)[1] for _ in range(LIMIT // 3 + 1)]

    assert parcels == [0] * (LIMIT // 3 - 1) + [LIMIT // 3, LIMIT // 3 + 1]
