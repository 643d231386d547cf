from pathlib import Path

import pytest
import yaml

from simulations.engines.v1.theta import THETA
from simulations.loading import parse_scenario
from simulations.policies import competent
from simulations.search import Effort
from simulations.transfer import (
    competent_routine,
    routine_policy,
    transfer_study,
    tuned_routine,
)

TINY = yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text(encoding="utf-8"))
EFFORT = Effort(rounds=1, population=3, elite=2, seeds_per_round=1)


@pytest.fixture(scope="module")
def rooms(tiny, yardstick):
    other = tiny.model_copy(update={"id": "tiny-too", "level": "senior"})
    third = tiny.model_copy(update={"id": "tiny-three", "level": "intermediate"})
    return [(tiny, yardstick), (other, yardstick), (third, yardstick)]


@pytest.fixture(scope="module")
def holding():
    """Return the tiny room with timed releases, which the bare one does not offer."""
    return parse_scenario(
        {
            **TINY,
            "id": "holding",
            "holds": {
                "most_min": 5,
                "stay_ratio": 0.74,
                "build_min": 4,
                "burst_ratio": 1.8,
                "burst_min": 2,
                "bored_min": 4,
                "bored_ratio": 1.3,
                "vague_risk": 0.7,
                "pause_min": 8,
            },
        }
    )


class TestRoutine:
    def test_of_a_room_gives_its_competent_operator_back(self, tiny):
        policy = routine_policy(tiny, competent_routine(tiny))

        same = sum(
            a == pytest.approx(b) for a, b in zip(policy.theta, competent(tiny).theta, strict=True)
        )
        assert same >= len(policy.theta) - 8  # what lies outside a sane range is clamped

    def test_is_tuned_the_same_every_time(self, rooms, compiled):
        assert tuned_routine(rooms[:1], EFFORT) == tuned_routine(rooms[:1], EFFORT)

    def test_knows_the_levers_of_all_its_rooms(self, tiny, yardstick, holding, compiled):
        routine = tuned_routine([(tiny, yardstick), (holding, yardstick)], EFFORT)

        assert "hold_gap_min" in routine
        assert routine_policy(tiny, routine).name == "routine"

    def test_meets_a_lever_that_it_does_not_know(self, tiny, yardstick, holding, compiled):
        routine = tuned_routine([(tiny, yardstick)], EFFORT)

        policy = routine_policy(holding, routine)

        assert dict(zip(THETA, policy.theta, strict=True))["hold_gap_min"] > 0.0

    def test_numbers_are_shares(self, rooms, compiled):
        assert all(0.0 <= share <= 1.0 for share in tuned_routine(rooms[:1], EFFORT).values())


class TestTransferStudy:
    def test_counts_rooms_above_junior_only(self, rooms, compiled):
        told = []

        found = transfer_study(rooms, 2, EFFORT, progress=lambda *pair: told.append(pair))

        assert [row["cut"] for row in found["rooms"]] == [25.0, 55.0, 40.0]
        failing = [row["falls_below"] for row in found["rooms"][1:]]
        assert found["failing_fraction"] == sum(failing) / 2
        assert found["passed"] == (found["failing_fraction"] >= 0.5)
        assert told == [(1, 3), (2, 3), (3, 3)]

    def test_needs_two_rooms(self, rooms):
        with pytest.raises(ValueError, match="two rooms"):
            transfer_study(rooms[:1])
