"""Marks become credits, and markers are watched, by rules that anybody can work out again."""

from __future__ import annotations

from itertools import product
from math import comb

import pytest

from question_bank.answers import Rubric
from question_bank.marking import (
    CONTROL_FIRST,
    CONTROL_GAP,
    CONTROLS_WATCHED,
    STOP_AT,
    Given,
    Rule,
    check_points,
    control_is_due,
    is_miss,
    resolve,
    settled_mark,
    standing_of,
    tolerance_points,
)

LEVELS = [
    {"points": 2, "text": "清楚"},
    {"points": 1, "text": "一半"},
    {"points": 0, "text": "没有"},
]
RUBRIC = Rubric.model_validate(
    {
        "criteria": [
            {"id": one, "text": "看什么", "levels": LEVELS}
            for one in ("cause", "evidence", "action")
        ],
        "model_answer": "讲得太久，先换讲有货的承接款，再看五分钟点击率回没回来。",
    }
)


class TestTolerance:
    @pytest.mark.parametrize(
        ("most", "points"), [(1, 1), (6, 1), (10, 1), (11, 2), (20, 2), (60, 6)]
    )
    def test_is_a_tenth_rounded_up(self, most, points):
        assert tolerance_points(most) == points


class TestResolve:
    @pytest.mark.parametrize(
        ("marks", "points", "rule", "wanted"),
        [
            ([], None, None, 2),
            ([4], None, None, 1),
            ([4, 4], 4.0, Rule.MEAN, 0),
            ([4, 5], 4.5, Rule.MEAN, 0),
            ([4, 6], None, None, 1),
            ([2, 6, 5], 5.5, Rule.NEAREST, 0),
            ([2, 6, 1], 1.5, Rule.NEAREST, 0),
            ([4, 6, 5], 5.0, Rule.THIRD, 0),
            ([0, 6, 3], None, None, 1),
            ([0, 6, 3, 2], 2.0, Rule.ARBITER, 0),
        ],
        ids=lambda value: str(value),
    )
    def test_follows_the_rule(self, marks, points, rule, wanted):
        found = resolve(marks, most=6)

        assert (found.points, found.rule, found.wanted) == (points, rule, wanted)

    def test_the_order_of_the_first_two_says_nothing(self):
        for first, second, third in product(range(7), repeat=3):
            if resolve([first, second], most=6).is_settled:
                one, other = resolve([first, second], most=6), resolve([second, first], most=6)
            else:
                one = resolve([first, second, third], most=6)
                other = resolve([second, first, third], most=6)
            assert one == other

    def test_never_leaves_the_range_of_its_marks(self):
        for marks in product(range(7), repeat=4):
            for count in (2, 3, 4):
                found = resolve(marks[:count], most=6)
                if found.points is not None:
                    assert min(marks[:count]) <= found.points <= max(marks[:count])
                    break

    @pytest.mark.parametrize("marks", [[7, 1], [-1, 1], [1, 1, 1, 1, 1]])
    def test_refuses_what_it_has_no_rule_for(self, marks):
        with pytest.raises(ValueError, match="marks"):
            resolve(marks, most=6)


class TestSettledMark:
    def given(self, *totals):
        spread = {0: (0, 0, 0), 3: (1, 1, 1), 4: (2, 1, 1), 5: (2, 2, 1), 6: (2, 2, 2)}
        names = ("cause", "evidence", "action")
        return [
            Given(sheet=f"sheet{n}", points=dict(zip(names, spread[total], strict=True)))
            for n, total in enumerate(totals)
        ]

    def test_keeps_every_mark_and_the_rule(self):
        found = settled_mark(3, "item@1", RUBRIC, self.given(4, 5))

        assert (found.points, found.most, found.credit) == (4.5, 6, 0.75)
        assert found.rule is Rule.MEAN
        assert len(found.marks) == 2

    def test_refuses_marks_that_do_not_suffice(self):
        with pytest.raises(ValueError, match="1 marks are lacking"):
            settled_mark(3, "item@1", RUBRIC, self.given(0, 6))

    def test_refuses_points_of_no_level(self):
        wrong = Given(sheet="x", points={"cause": 3, "evidence": 0, "action": 0})

        with pytest.raises(ValueError, match="cause"):
            settled_mark(3, "item@1", RUBRIC, [wrong, *self.given(4)])


class TestCheckPoints:
    def test_keeps_levels_and_names_the_rest(self):
        held, wrong = check_points(RUBRIC, {"cause": 1, "evidence": 9, "style": 1, "action": None})

        assert held == {"cause": 1}
        assert sorted(wrong) == ["evidence", "style"]


class TestStanding:
    @pytest.mark.parametrize(
        ("misses", "standing"),
        [
            ([], "sound"),
            ([True], "sound"),
            ([True, True], "warned"),
            ([True, False, True, False, True], "stopped"),
            ([True, True, True, False, False], "stopped"),
            ([True, True, True, False, False, False], "warned"),
            ([True, True, True, *[False] * 5], "sound"),
        ],
        ids=lambda value: value if isinstance(value, str) else "".join(str(int(m)) for m in value),
    )
    def test_looks_at_the_latest_controls_only(self, misses, standing):
        assert standing_of(misses) == standing

    def test_equality_with_the_tolerance_is_no_miss(self):
        assert not is_miss(5, 4, most=6)
        assert is_miss(6, 4, most=6)

    @pytest.mark.parametrize(("chance", "most"), [(0.05, 0.0012), (0.10, 0.0086)])
    def test_a_sound_marker_is_hardly_ever_stopped(self, chance, most):
        n = CONTROLS_WATCHED
        stopped = sum(
            comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(STOP_AT, n + 1)
        )

        assert stopped == pytest.approx(most, rel=0.05)


class TestControlIsDue:
    def test_the_first_comes_early(self):
        never = [control_is_due(n, has_had_one=False, draw=0.999) for n in range(CONTROL_FIRST)]

        assert never == [False] * (CONTROL_FIRST - 1) + [True]

    def test_no_run_goes_on_for_ever_and_two_never_stand_together(self):
        assert control_is_due(CONTROL_GAP - 1, has_had_one=True, draw=0.999)
        assert not control_is_due(0, has_had_one=True, draw=0.0)

    def test_between_them_it_is_chance(self):
        assert control_is_due(5, has_had_one=True, draw=0.05)
        assert not control_is_due(5, has_had_one=True, draw=0.5)
