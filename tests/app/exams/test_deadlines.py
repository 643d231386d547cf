"""When an attempt ends: the table of limit, accommodation, window end and what is granted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInputError
from app.exams.deadlines import (
    allowed_time,
    credited_pause_s,
    first_deadline,
    moved_deadline,
)
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("late_min", "percent", "ends_after_min", "due_after_min"),
    [
        (0, 100, None, 60),
        (0, 150, None, 90),
        (0, 100, 60, 60),
        (20, 100, 60, 40 + 20),  # the end of the sitting cuts who comes late
        (20, 100, 90, 60 + 20),
        (0, 150, 60, 90),  # an accommodation is not eaten up by the end of the sitting
        (20, 150, 60, 90),
        (0, 125, 30, 45),
        (0, 300, 60, 180),
    ],
)
def test_first_deadline(late_min, percent, ends_after_min, due_after_min):
    ends_at = None if ends_after_min is None else NOON + ends_after_min * MINUTE

    due_at = first_deadline(
        NOON + late_min * MINUTE, limit_s=3600, time_percent=percent, ends_at=ends_at
    )

    assert due_at == NOON + due_after_min * MINUTE


def test_part_of_a_second_is_never_lost():
    assert allowed_time(7, 110) == timedelta(seconds=8)


@pytest.mark.parametrize(("limit_s", "percent"), [(0, 100), (-5, 100), (60, 99), (60, 301)])
def test_figures_out_of_range_are_refused(limit_s, percent):
    with pytest.raises(InvalidInputError):
        allowed_time(limit_s, percent)


def test_what_is_granted_only_moves_later():
    assert moved_deadline(NOON, granted_s=90) == NOON + timedelta(seconds=90)
    with pytest.raises(InvalidInputError):
        moved_deadline(NOON, granted_s=-1)


@pytest.mark.parametrize(
    ("length_s", "break_left_s", "credited_s"),
    [(0, None, 0), (10, None, 10), (10.2, None, 11), (-5, None, 0), (600, 300, 300), (60, 300, 60)],
)
def test_a_pause_is_given_back_and_a_break_as_far_as_it_goes(length_s, break_left_s, credited_s):
    resumed_at = NOON + timedelta(seconds=length_s)

    assert credited_pause_s(NOON, resumed_at, break_left_s=break_left_s) == credited_s


@given(
    late_s=st.integers(0, 7200),
    limit_s=st.integers(60, 14400),
    percent=st.integers(100, 300),
    window_s=st.integers(60, 14400),
)
def test_nobody_gets_more_than_their_time_nor_less_than_the_window_leaves(
    late_s, limit_s, percent, window_s
):
    started_at, ends_at = NOON + timedelta(seconds=late_s), NOON + timedelta(seconds=window_s)

    due_at = first_deadline(started_at, limit_s=limit_s, time_percent=percent, ends_at=ends_at)

    assert due_at <= started_at + allowed_time(limit_s, percent)
    standard = first_deadline(started_at, limit_s=limit_s, ends_at=ends_at)
    surplus = allowed_time(limit_s, percent) - timedelta(seconds=limit_s)
    assert due_at == standard + surplus  # the accommodation counts in full, always
