"""Skills from a log: what the formula says, recomputed by hand from full replays."""

from math import log as ln

import pytest

from simulations.actions import COMPLIANCE_ID
from simulations.outcomes import outcome_of
from simulations.policies import competent, log_of, novice
from simulations.skill_scores import LEAST_VALUE_LOG, skill_scores
from simulations.skills import SKILLS, SkillId, skill_of_action


@pytest.fixture(scope="module")
def lived(tiny, keys, compiled):
    return log_of(tiny, competent(tiny), keys)


def by_skill(scores):
    return {one.skill: one for one in scores}


class TestSkillScores:
    def test_cover_every_skill_in_order(self, tiny, keys, lived, yardstick):
        assert [one.skill for one in skill_scores(tiny, keys, lived, yardstick)] == list(SKILLS)

    def test_value_is_the_growth_that_the_skills_actions_brought(
        self, tiny, keys, lived, yardstick
    ):
        scores = by_skill(skill_scores(tiny, keys, lived, yardstick))
        net = outcome_of(tiny, keys.twin, lived).net_fen

        for skill in (SkillId.SELECTION, SkillId.BENEFITS, SkillId.INCIDENTS):
            rest = [one for one in lived if skill_of_action(one.action.to_dict()) is not skill]
            without = outcome_of(tiny, keys.twin, rest).net_fen
            assert scores[skill].value_log == pytest.approx(ln(net / without), abs=1e-9), skill

    def test_points_are_the_share_of_the_best_value(self, tiny, keys, lived, yardstick):
        for one in skill_scores(tiny, keys, lived, yardstick):
            if one.points is None or one.best_log == 0:
                continue
            assert one.best_log >= LEAST_VALUE_LOG
            assert one.points == pytest.approx(
                100 * min(1, max(0, one.value_log / one.best_log))
            ), one.skill

    def test_who_did_nothing_has_no_points_where_there_was_something_to_win(
        self, tiny, keys, yardstick, compiled
    ):
        scores = by_skill(skill_scores(tiny, keys, [], yardstick))

        levers = [one for one in scores.values() if one.best_log >= LEAST_VALUE_LOG]
        assert levers
        assert {one.points for one in levers} == {0.0}
        assert scores[SkillId.COMPLIANCE].points == 100.0

    def test_a_skill_that_brought_nothing_is_not_measured(self, tiny, keys, lived, yardstick):
        for one in skill_scores(tiny, keys, lived, yardstick):
            is_lever = one.skill not in (SkillId.COMPLIANCE, SkillId.FORECAST)
            if is_lever and one.best_log < LEAST_VALUE_LOG:
                assert one.points is None
                assert one.level_points is None

    def test_the_competent_operator_stands_at_the_level(self, tiny, keys, yardstick, compiled):
        twin_log = log_of(tiny, competent(tiny), keys.twin)

        for one in skill_scores(tiny, keys.twin, twin_log, yardstick):
            assert one.points == one.level_points or one.skill is SkillId.FORECAST

    def test_warnings_and_strikes_beyond_the_houses_cost_compliance(
        self, tiny, keys, log, yardstick, compiled
    ):
        pushed = log((1, "pace", {"pace": "push"}))

        scores = by_skill(skill_scores(tiny, keys, pushed, yardstick))

        assert scores[SkillId.COMPLIANCE].points < 100.0

    def test_forecasts_are_averaged_and_one_that_was_not_given_counts(
        self, tiny, keys, lived, yardstick
    ):
        def of(points):
            return by_skill(skill_scores(tiny, keys, lived, yardstick, points))[SkillId.FORECAST]

        assert of(()).points is None
        assert of((90.0, 0.0)).points == 45.0

    def test_tell_a_novice_from_a_competent_operator(self, tiny, keys, lived, yardstick):
        def total(log):
            scores = skill_scores(tiny, keys, log, yardstick)
            return sum(one.points or 0.0 for one in scores)

        assert total(lived) > total(log_of(tiny, novice(tiny), keys))

    def test_hold_in_a_planned_room_with_every_mechanism(self, full, keys, yardstick, compiled):
        policy = competent(full)
        room = full.with_plan(policy.plan)

        scores = skill_scores(room, keys, log_of(full, policy, keys), yardstick)

        assert all(one.points is None or 0 <= one.points <= 100 for one in scores)
        assert scores[0].to_dict()["skill"] == "selection"


def test_an_answer_to_the_platform_is_compliance():
    warned = {"verb": "respond", "incident": COMPLIANCE_ID, "choice": "correct"}

    assert skill_of_action(warned) is SkillId.COMPLIANCE
