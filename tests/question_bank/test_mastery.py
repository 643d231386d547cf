"""Mastery of skills: what evidence counts, and what it does to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from question_bank.difficulty import Curve
from question_bank.mastery import (
    COMPETENT,
    Evidence,
    Mastery,
    Source,
    masteries,
    mastery_at,
    room_evidence,
    weight_of,
    whole_posterior,
)
from question_bank.study_paths import GOAL, hours_of, study_path

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
PLAIN = Curve(1.0, -0.9, 0.0)


def answers(skill, credit, count, *, source=Source.PRACTICE, days=0):
    at = NOON - timedelta(days=days)
    return [Evidence(skill, PLAIN, credit, source, at) for _ in range(count)]


def of(evidence, skill="a"):
    found = masteries(evidence, ["a", "b"], level="junior", now=NOON)
    return next(one for one in found if one.skill == skill)


def test_a_just_competent_person_masters_sixty_per_cent():
    assert mastery_at(-0.5, "junior") == pytest.approx(COMPETENT)
    assert mastery_at(-0.5, "senior") < 0.2


def test_right_answers_raise_a_skill_above_the_others():
    evidence = answers("a", 1.0, 12) + answers("b", 0.0, 12)

    assert of(evidence, "a").low > of(evidence, "b").high


def test_a_skill_nobody_asked_about_follows_the_whole_with_a_wide_interval():
    strong = of(answers("a", 1.0, 20), "b")
    weak = of(answers("a", 0.0, 20), "b")

    assert strong.value > 0.7 > 0.4 > weak.value
    assert (strong.weight, strong.last_at) == (0, None)
    assert (
        strong.high - strong.low
        > of(answers("a", 1.0, 20), "a").high - of(answers("a", 1.0, 20), "a").low
    )


def test_old_evidence_fades_and_a_year_ends_it():
    fresh, old, gone = (answers("a", 1.0, 1, days=days)[0] for days in (0, 60, 366))

    assert weight_of(old, NOON) == pytest.approx(weight_of(fresh, NOON) / 2)
    assert weight_of(gone, NOON) == 0


def test_a_repeat_counts_less_than_the_first_time():
    first, again = answers("a", 1.0, 10), answers("a", 1.0, 10, source=Source.REPEAT)

    assert of(first).value > of(again).value
    assert set(of(first + again).by_source) == {Source.PRACTICE, Source.REPEAT}


def test_a_room_at_the_competent_operators_points_says_competent():
    rooms = [room_evidence("a", 55, 55, "junior", NOON) for _ in range(8)]

    assert of(rooms).value == pytest.approx(COMPETENT, abs=0.12)
    assert of([room_evidence("a", 95, 55, "junior", NOON)] * 3).value > of(rooms).value


def test_nothing_known_is_the_prior():
    weights, count = whole_posterior([], now=NOON)

    assert (count, weights.sum()) == (0, pytest.approx(1.0))


def mastery(skill, value, high):
    return Mastery(skill, 0.0, 1.0, value, 0.0, high, 1.0, {}, NOON)


def test_a_path_counts_its_own_hours_and_begins_with_the_largest_gap():
    found = [mastery("a", 0.5, 0.65), mastery("b", 0.66, 0.8), mastery("c", 0.9, 0.95)]

    path = study_path(
        found,
        {"a": ["1.1", "1.2"], "b": ["2.1", "2.2"]},
        {"a": ["drill-x", "drill-y", "drill-z"]},
        {"a": 20, "b": 2},
    )

    assert [one.skill for one in path] == ["a", "b"]
    assert (path[0].sections, path[0].items, path[0].drills) == (
        ("1.1", "1.2"),
        20,  # the gap would take 24, there are no more
        ("drill-x", "drill-y"),
    )
    assert path[0].minutes == 2 * 8 + 20 * 1.5 + 2 * 20
    assert (path[1].sections, path[1].items, path[1].is_certain) == (("2.1",), 2, False)
    assert path[0].is_certain
    assert path[0].gap == pytest.approx(GOAL - 0.5)
    assert hours_of(path) == 1.5
