"""What was left undone: honest gains, one moment for each thing, nothing that a gate punishes."""

import pytest

from simulations.actions import parse_action
from simulations.missed import LEAST_SHARE, SAME_WITHIN_TICKS, MomentKind, missed_actions
from simulations.outcomes import outcome_of
from simulations.policies import competent, house, log_of, novice
from simulations.policies import planned as planned_room
from simulations.states import LoggedAction


@pytest.fixture(scope="module")
def lived(tiny, keys, compiled):
    return log_of(tiny, novice(tiny), keys)


@pytest.fixture(scope="module")
def missed(tiny, keys, lived, yardstick):
    return missed_actions(tiny, keys, lived, yardstick)


def with_it(log, one):
    entry = LoggedAction(one.tick, parse_action(one.action))
    at = sum(held.tick <= one.tick for held in log)
    return [*log[:at], entry, *log[at:]]


class TestMissedActions:
    def test_are_worth_what_a_full_replay_with_them_says(self, tiny, keys, lived, missed):
        base = outcome_of(tiny, keys.twin, lived)

        assert missed
        for one in missed:
            other = outcome_of(tiny, keys.twin, with_it(lived, one))
            assert one.net_gain_fen == round(other.net_fen - base.net_fen)
            assert one.margin_gain_fen == round(other.margin_fen - base.margin_fen)
            assert one.net_gain_fen > LEAST_SHARE * base.net_fen
            assert one.points_gain > 0

    def test_come_greatest_first_and_tell_each_thing_once(self, missed):
        gains = [one.net_gain_fen for one in missed]
        subjects = [(one.action["verb"], one.action.get("product")) for one in missed]

        assert gains == sorted(gains, reverse=True)
        assert len(set(subjects)) == len(subjects)

    def test_leave_out_what_was_done_at_about_that_time(self, tiny, keys, lived, missed, yardstick):
        best = missed[0]

        again = missed_actions(tiny, keys, with_it(lived, best), yardstick, most=50)

        assert not any(
            one.action.get("product") == best.action.get("product")
            and one.action["verb"] == best.action["verb"]
            and abs(one.tick - best.tick) <= SAME_WITHIN_TICKS
            for one in again
        )

    def test_find_the_incident_that_nobody_answered(self, tiny, keys, yardstick, compiled):
        found = missed_actions(tiny, keys, [], yardstick, most=50)

        answers = [one for one in found if one.kind is MomentKind.INCIDENT]
        assert answers
        assert {one.action["verb"] for one in answers} == {"respond"}
        assert len({one.action["incident"] for one in answers}) == len(answers)

    def test_without_the_grid_only_answers_and_the_references_moments_are_tried(
        self, tiny, keys, lived, yardstick
    ):
        found = missed_actions(tiny, keys, lived, yardstick, most=50, with_grid=False)

        assert MomentKind.GRID not in {one.kind for one in found}

    def test_noise_is_measured_for_those_that_are_told(self, tiny, keys, lived, missed, yardstick):
        noisy = missed_actions(tiny, keys, lived, yardstick, noise_seeds=8)

        assert [one.net_gain_fen for one in noisy] == [one.net_gain_fen for one in missed]
        assert all(one.lived_noise_fen is not None and one.lived_noise_fen > 0 for one in noisy)
        assert all(one.lived_noise_fen is None for one in missed)

    def test_work_in_a_planned_room_with_every_mechanism(self, full, keys, yardstick, compiled):
        policy = competent(full)
        room = planned_room(full, policy.plan)

        found = missed_actions(room, keys, log_of(full, policy, keys), yardstick)

        assert all(one.to_dict()["net_gain_fen"] > 0 for one in found)

    def test_the_house_alone_has_missed_something_wherever_the_reference_gains(
        self, tiny, keys, yardstick, compiled
    ):
        assert log_of(tiny, house(), keys) == []
        assert missed_actions(tiny, keys, [], yardstick)
