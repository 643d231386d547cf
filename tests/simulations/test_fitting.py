"""A room fitted to a session: it finds what is known, and says what it cannot know."""

import json
from dataclasses import replace
from math import log

import pytest

from simulations.fitting import event_minutes, fit
from simulations.loading import parse_scenario, shipped_scenarios
from simulations.recordings import Recording, recording_from
from simulations.replicas import guessed_roles
from simulations.solving import inverse_of
from simulations.states import keys_of_seed
from tests.simulations.synthetic import known_room, session_of, true_factors

LEAVE = 1.25
APPEALS = (1.3, 0.8, 1.1)


@pytest.fixture(scope="module")
def base(compiled):
    return shipped_scenarios()["f1-demo"]


@pytest.fixture(scope="module")
def room(base):
    """A room big enough that chance does not hide its numbers."""
    return known_room(base, leave=LEAVE, appeals=APPEALS, traffic=12.0)


@pytest.fixture(scope="module")
def recordings(room):
    return [session_of(room, seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def fits(recordings, base):
    return [fit(one, base) for one in recordings]


class TestRecovery:
    def test_the_intervals_hold_the_known_numbers(self, room, recordings, fits):
        held = []
        for recording, found in zip(recordings, fits, strict=True):
            truth = true_factors(room, recording, found, LEAVE)
            held += [
                one.low <= truth[one.name] <= one.high
                for one in found.estimates
                if one.name in truth and one.is_identified
            ]

        # 90 % intervals: of some thirty, eight in ten must hold whatever the seeds are.
        assert len(held) >= 20
        assert sum(held) / len(held) >= 0.8

    def test_leaving_is_found_within_a_tenth(self, fits):
        for found in fits:
            leave = next(one for one in found.estimates if one.name == "leave")
            assert abs(log(leave.value / LEAVE)) < 0.1
            # The base's own rate is ruled out: the fit has learned something.
            assert leave.low > 1.0

    def test_the_fitted_room_is_like_the_session(self, recordings, fits):
        for recording, found in zip(recordings, fits, strict=True):
            assert found.online_error < 0.1
            assert sum(found.gmv_fen) == pytest.approx(recording.gmv_fen, rel=0.12)

    def test_prices_that_never_moved_tell_nothing_of_elasticity(self, fits):
        assert "elasticity" not in {one.name for one in fits[0].estimates}

    def test_prices_that_moved_are_used(self, room, base):
        found = fit(session_of(room, 4, cut=0.8), base)

        elasticity = next(one for one in found.estimates if one.name == "elasticity")
        assert elasticity.low < 1.0 < elasticity.high

    def test_a_product_shown_for_a_moment_is_not_said_to_be_known(self, room, base):
        quiet = known_room(base, leave=LEAVE, appeals=APPEALS, traffic=0.3)
        found = fit(session_of(quiet, 5), base)

        appeals = [one for one in found.estimates if one.name.startswith("appeal:")]
        assert any(not one.is_identified for one in appeals)

    def test_minutes_that_are_skipped_do_not_pull(self, recordings, base):
        minutes = list(recordings[0].minutes)
        for at in range(20, 25):
            minutes[at] = replace(minutes[at], gmv_fen=minutes[at].gmv_fen * 30)
        spoilt = Recording(tuple(minutes))

        pulled = fit(spoilt, base).estimates[2].value
        left_out = fit(spoilt, base, skipped=frozenset(range(20, 25))).estimates[2].value

        assert abs(log(left_out)) < abs(log(pulled))

    def test_is_deterministic(self, recordings, base, fits):
        assert fit(recordings[0], base).to_dict() == fits[0].to_dict()


class TestRoom:
    def test_is_a_scenario_that_plays_like_the_session(self, recordings, fits):
        room = parse_scenario(fits[0].body)

        from simulations.batch import twin_outcome
        from simulations.policies import house

        outcome = twin_outcome(room, house(), keys_of_seed(3))
        assert room.duration_min == len(recordings[0].minutes)
        assert outcome.visitors == pytest.approx(recordings[0].entries, rel=0.35)

    def test_is_secure_and_says_what_is_lent(self, fits, base):
        body = fits[0].body

        assert body["exposure"] == "secure"
        assert base.id in body["source"]
        assert body["incidents"] == []

    def test_its_report_is_plain_data(self, fits):
        json.dumps(fits[0].to_dict())

    def test_a_recording_survives_storage(self, recordings):
        assert recording_from(json.loads(json.dumps(recordings[0].to_data()))) == recordings[0]

    def test_the_best_seller_is_the_hit_and_the_cheapest_the_hook(self, recordings):
        roles = guessed_roles(recordings[0])

        assert sorted(roles) == sorted(recordings[0].products)
        assert list(roles.values()).count("hit") == 1

    def test_events_are_found(self, recordings):
        minutes = list(recordings[0].minutes)
        minutes[7] = replace(minutes[7], event="福袋")

        assert event_minutes(minutes) == [7]


class TestInverse:
    def test_undoes_the_matrix(self):
        matrix = [[4.0, 2.0, 0.5], [2.0, 5.0, 1.0], [0.5, 1.0, 3.0]]
        inverse = inverse_of(matrix)
        for i in range(3):
            for j in range(3):
                product = sum(matrix[i][k] * inverse[k][j] for k in range(3))
                assert product == pytest.approx(float(i == j))

    def test_refuses_what_is_not_positive_definite(self):
        with pytest.raises(ValueError, match="positive definite"):
            inverse_of([[1.0, 2.0], [2.0, 1.0]])
