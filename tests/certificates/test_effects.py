"""A draft applied to decided cases: who would end otherwise, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certificates.decisions import Part, Verdict
from certificates.effects import LEAST_SHOWN, DecidedCase, Outcome, effect_of, outcome_of

PARTS = (Part.THEORY, Part.ROOM)
CASE = DecidedCase(
    case_id=1,
    verdict=Verdict.PASSED,
    achieved={Part.THEORY: 0.7, Part.ROOM: 30.0},
    lapsed=frozenset(),
    missing_levels=frozenset(),
    sessions=4,
    training_hours=10.0,
    group="small",
)


def draft(programme, **changes):
    return programme.__class__.model_validate(programme.model_dump(mode="json") | changes)


class TestOutcomeOf:
    @pytest.mark.parametrize(
        ("cut", "outcome"), [(0.7, Outcome.PASSED), (0.71, Outcome.FAILED)], ids=["at", "above"]
    )
    def test_a_cut_decides_and_equality_passes(self, programme, cut, outcome):
        theory = programme.theory.model_dump() | {"cut_fraction": cut}

        assert outcome_of(CASE, draft(programme, theory=theory), PARTS) is outcome

    def test_more_practice_demanded_leaves_it_incomplete(self, programme):
        wanted = [{"kind": "sessions", "count": 5}]

        assert outcome_of(CASE, draft(programme, prerequisites=wanted), PARTS) is Outcome.INCOMPLETE

    def test_a_part_that_nobody_sat_cannot_be_told(self, programme):
        second = programme.room.model_dump() | {"scenario_ref": "room-b@1"}
        harder = programme.theory.model_dump() | {"cut_fraction": 0.9}

        assert outcome_of(CASE, draft(programme, second_room=second), PARTS) is Outcome.UNKNOWN
        failed = draft(programme, second_room=second, theory=harder)
        assert outcome_of(CASE, failed, PARTS) is Outcome.FAILED

    def test_a_contest_case_is_judged_by_the_contests_cut(self, programme):
        case = replace(CASE, by_contest=True)

        assert (
            outcome_of(case, draft(programme, contest={"cut_score": 30}), PARTS) is Outcome.PASSED
        )
        assert (
            outcome_of(case, draft(programme, contest={"cut_score": 31}), PARTS) is Outcome.FAILED
        )

    def test_a_lapsed_part_is_not_met(self, programme):
        case = replace(CASE, lapsed=frozenset({Part.THEORY}))

        assert outcome_of(case, programme, PARTS) is Outcome.INCOMPLETE


def test_counts_moves_and_hides_small_groups(programme):
    cases = [replace(CASE, case_id=number) for number in range(LEAST_SHOWN)]
    low = {Part.THEORY: 0.65, Part.ROOM: 30.0}
    cases.append(replace(CASE, case_id=10, group="large", achieved=low))
    cases.append(
        replace(
            CASE, case_id=11, group="large", verdict=Verdict.FAILED, achieved={Part.THEORY: 0.5}
        )
    )
    theory = programme.theory.model_dump() | {"cut_fraction": 0.68}

    effect = effect_of(
        cases, draft(programme, theory=theory), demanded=PARTS, groups=("small", "large")
    )

    assert effect.newly_failed == (10,)
    assert effect.newly_passed == ()
    assert effect.moves[Verdict.PASSED, Outcome.FAILED] == 1
    assert (effect.everybody.passed_before, effect.everybody.passed_after) == (6, 5)
    small, large = effect.groups
    assert (small.before_fraction, small.after_fraction) == (1.0, 1.0)
    assert (large.n, large.before_fraction) == (2, None)
