"""Spaced repetition: our cards are the library's cards; the forecast adds up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from question_bank.spacing import (
    Confidence,
    Recall,
    Review,
    due_by_day,
    expected_load,
    recall_fraction,
    recall_of,
    replayed,
    reviewed,
    streak_days,
)

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
BEIJING = timedelta(hours=8)


@given(
    st.lists(
        st.tuples(st.sampled_from(Recall), st.integers(0, 60 * 24 * 90)), min_size=1, max_size=12
    )
)
def test_every_history_gives_the_librarys_card(history):
    reference = Scheduler(
        learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False
    )
    card, at, reviews = Card(card_id=1), NOON, []
    for recall, minutes in history:
        at += timedelta(minutes=minutes)
        card, _ = reference.review_card(card, Rating(int(recall)), at)
        reviews.append(Review(recall, at))

    state = replayed(reviews)

    assert state is not None
    assert (state.stability, state.difficulty) == (card.stability, card.difficulty)
    assert (state.due_at, state.last_at) == (card.due, card.last_review)
    assert state.review_count == len(history)
    assert recall_fraction(state, at + timedelta(days=9)) == pytest.approx(
        reference.get_card_retrievability(card, at + timedelta(days=9))
    )


def test_known_reviews_stand_further_and_further_apart():
    state, days = None, []
    at = NOON
    for _ in range(4):
        state = reviewed(state, Review(Recall.GOOD, at))
        days.append((state.due_at - at).days)
        at = state.due_at

    # FSRS 6 with its published parameters: the beginning of the library's own test history.
    assert days == [2, 11, 46, 163]


def test_a_lapse_brings_the_item_back_soon():
    state = replayed([Review(Recall.GOOD, NOON), Review(Recall.GOOD, NOON + timedelta(days=2))])

    lapsed = reviewed(state, Review(Recall.AGAIN, state.due_at))

    assert lapsed.lapse_count == 1
    assert (lapsed.due_at - lapsed.last_at).days < (state.due_at - state.last_at).days


def test_remembering_better_means_coming_more_often():
    kept = replayed([Review(Recall.GOOD, NOON)] * 1, retention=0.95)
    loose = replayed([Review(Recall.GOOD, NOON)] * 1, retention=0.8)

    assert kept.due_at < loose.due_at


def test_a_review_before_the_last_one_is_refused():
    state = reviewed(None, Review(Recall.GOOD, NOON))

    with pytest.raises(ValueError, match="before the last one"):
        reviewed(state, Review(Recall.GOOD, NOON - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("credit", "confidence", "recall"),
    [
        (0.0, Confidence.SURE, Recall.AGAIN),
        (0.49, None, Recall.AGAIN),
        (0.5, Confidence.SURE, Recall.HARD),
        (1.0, Confidence.GUESSED, Recall.HARD),
        (1.0, Confidence.UNSURE, Recall.GOOD),
        (1.0, None, Recall.GOOD),
        (1.0, Confidence.SURE, Recall.EASY),
    ],
)
def test_what_an_answer_shows(credit, confidence, recall):
    assert recall_of(credit, confidence) is recall


class TestForecast:
    def test_what_is_overdue_counts_today_and_days_are_the_peoples(self):
        today = date(2026, 11, 21)
        due = [
            NOON - timedelta(days=30),
            datetime(2026, 11, 21, 15, 59, tzinfo=UTC),  # 23:59 in Beijing
            datetime(2026, 11, 21, 16, 0, tzinfo=UTC),  # midnight there
            NOON + timedelta(days=3),
        ]

        assert due_by_day(due, today=today, days=3, zone_offset=BEIJING) == [2, 1, 0]

    def test_an_emptied_queue_brings_items_back(self):
        states = [reviewed(None, Review(Recall.AGAIN, NOON)) for _ in range(3)]

        load = expected_load(states, now=NOON, days=14, zone_offset=BEIJING)

        assert load[1] == 3
        assert sum(load) > 3


class TestStreak:
    def test_a_day_that_is_not_over_breaks_nothing(self):
        today = date(2026, 11, 21)
        days = [today - timedelta(days=n) for n in (1, 2, 4)]

        assert streak_days(days, today) == 2
        assert streak_days([*days, today], today) == 3
        assert streak_days([today - timedelta(days=2)], today) == 0
