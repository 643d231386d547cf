"""What would move the score."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.errors import ReadingError
from app.providers.five_force import Reading, module_score, score
from app.providers.schemes import Direction, from_e4, from_hundredths, to_e4
from app.providers.what_if import (
    ModuleGain,
    OperatorGain,
    gains,
    steps_to,
    value_for_score,
    what_if,
)
from certificates.levels import Level
from tests.factories.schemes import LITTLE_SCHEME

MIDDLING = {
    "share": Reading(Decimal("20")),
    "roi": Reading(Decimal("2.5")),
    "gpm": Reading(Decimal(1000)),
    "disputes": Reading(Decimal("1.25")),
    "leaps": Reading(Decimal(5)),
}


class TestValueForScore:
    @given(st.sampled_from(LITTLE_SCHEME.modules), st.integers(1, 10_000).map(from_hundredths))
    def test_is_the_nearest_reportable_value_that_reaches_the_score(self, module, wanted):
        value = value_for_score(module, wanted)

        step = from_e4(module.step_e4)
        worse = value - step if module.direction is Direction.UP else value + step
        assert module_score(module, value) >= wanted
        assert module_score(module, worse) < wanted
        assert to_e4(value) % module.step_e4 == 0

    def test_is_the_floor_for_nothing(self):
        assert value_for_score(LITTLE_SCHEME.module("disputes"), Decimal(0)) == 5

    def test_is_the_full_value_for_a_full_score(self):
        assert value_for_score(LITTLE_SCHEME.module("disputes"), Decimal(100)) == Decimal("0.5")

    @pytest.mark.parametrize("wanted", ["-0.01", "100.01", "50.005"])
    def test_refuses_what_is_no_score(self, wanted):
        with pytest.raises(ReadingError):
            value_for_score(LITTLE_SCHEME.module("share"), Decimal(wanted))


class TestWhatIf:
    def test_replaces_only_what_is_asked(self):
        today = score(LITTLE_SCHEME, MIDDLING, {Level.JUNIOR: 4})

        then = what_if(
            LITTLE_SCHEME,
            today,
            values={"share": Decimal(30)},
            operators={Level.JUNIOR: 2, Level.INTERMEDIATE: 2},
        )

        readings = MIDDLING | {"share": Reading(Decimal(30))}
        assert then == score(LITTLE_SCHEME, readings, {Level.JUNIOR: 2, Level.INTERMEDIATE: 2})

    def test_changes_nothing_when_nothing_is_asked(self):
        readings = {"share": Reading(Decimal(7), is_carried=True)}
        today = score(LITTLE_SCHEME, readings, {Level.SENIOR: 1})

        assert what_if(LITTLE_SCHEME, today) == today

    def test_refuses_another_version(self):
        today = score(LITTLE_SCHEME, MIDDLING, {})

        with pytest.raises(ReadingError, match="scored by little@1, asked of little@2"):
            what_if(LITTLE_SCHEME.model_copy(update={"version": 2}), today)


class TestGains:
    def test_begins_where_most_points_are_left(self):
        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {}))

        # Left: share 13.34, roi 11.15, gpm 6.94, operators 5.00, leaps 4.76, disputes 2.78.
        assert [getattr(step, "module_id", "operators") for step in steps] == [
            "share",
            "roi",
            "gpm",
            "operators",
            "leaps",
            "disputes",
        ]

    def test_says_the_value_needed_and_the_points_gained(self):
        step = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {}))[0]

        # 60 → 68: 5 + 0.68 × 25 = 22; 33.34 × 0.08 = 2.67 (22.67 − 20.00).
        assert step == ModuleGain(
            module_id="share",
            value=Decimal(20),
            value_needed=Decimal(22),
            score=Decimal("60.00"),
            score_then=Decimal("68.00"),
            points=Decimal("2.67"),
            reserve_points=Decimal("13.34"),
        )

    def test_promotes_from_the_lowest_level_held(self):
        counts = {Level.JUNIOR: 26, Level.INTERMEDIATE: 11, Level.SENIOR: 2}

        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, counts))

        assert (
            OperatorGain(
                from_level=Level.JUNIOR,
                to_level=Level.INTERMEDIATE,
                operator_count=4,
                points=Decimal("0.28"),
                reserve_points=Decimal("1.60"),
            )
            in steps
        )

    def test_promotes_no_more_people_than_there_are(self):
        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {Level.INTERMEDIATE: 1}))

        step = next(step for step in steps if isinstance(step, OperatorGain))
        assert (step.from_level, step.operator_count) == (Level.INTERMEDIATE, 1)

    def test_certifies_newcomers_where_nobody_can_be_promoted(self):
        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {Level.SENIOR: 1}))

        step = next(step for step in steps if isinstance(step, OperatorGain))
        assert (step.from_level, step.to_level, step.points) == (
            None,
            Level.JUNIOR,
            Decimal("0.20"),
        )

    def test_asks_for_nobody_beyond_the_cap(self):
        # 4.95 points; one promotion brings 0.05 of its 0.07, a second one nothing.
        near = score(LITTLE_SCHEME, MIDDLING, {Level.JUNIOR: 99})
        full = score(LITTLE_SCHEME, MIDDLING, {Level.JUNIOR: 100})

        step = next(s for s in gains(LITTLE_SCHEME, near) if isinstance(s, OperatorGain))
        assert (step.operator_count, step.points) == (1, Decimal("0.05"))
        assert not any(isinstance(s, OperatorGain) for s in gains(LITTLE_SCHEME, full))

    def test_asks_for_a_missing_figure_itself(self):
        readings = {key: reading for key, reading in MIDDLING.items() if key != "share"}

        step = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, readings, {}))[0]

        assert (step.module_id, step.value, step.points) == ("share", None, Decimal("33.34"))

    def test_has_nothing_to_propose_at_the_top(self):
        readings = {module.id: Reading(module.full) for module in LITTLE_SCHEME.modules}

        assert gains(LITTLE_SCHEME, score(LITTLE_SCHEME, readings, {Level.SENIOR: 13})) == ()

    @given(st.dictionaries(st.sampled_from(Level), st.integers(0, 40)))
    def test_steps_add_up(self, counts):
        today = score(LITTLE_SCHEME, MIDDLING, counts)
        steps = gains(LITTLE_SCHEME, today)

        people = {line.level: line.operator_count for line in today.certified.levels}
        for step in steps:
            if isinstance(step, OperatorGain):
                people[step.to_level] += step.operator_count
                if step.from_level:
                    people[step.from_level] -= step.operator_count
        values = {s.module_id: s.value_needed for s in steps if isinstance(s, ModuleGain)}
        then = what_if(LITTLE_SCHEME, today, values=values, operators=people)
        assert then.total == today.total + sum(step.points for step in steps)


class TestStepsTo:
    def test_stops_as_soon_as_it_is_enough(self):
        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {}))

        assert steps_to(steps, steps[0].points + Decimal("0.01")) == steps[:2]
        assert steps_to(steps, steps[0].points) == steps[:1]

    def test_gives_all_when_none_suffice(self):
        steps = gains(LITTLE_SCHEME, score(LITTLE_SCHEME, MIDDLING, {}))

        assert steps_to(steps, Decimal(100)) == steps
