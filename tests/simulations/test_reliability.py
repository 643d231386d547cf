import pytest

from simulations.batch import seeds, twin_outcome
from simulations.policies import competent, novice
from simulations.reliability import (
    nearly_equal,
    ranking_study,
    reliability,
    seeds_to_rank,
    seeds_to_tell,
)


class TestReliability:
    def test_is_one_without_luck(self):
        assert reliability([[1, 1, 1], [2, 2, 2], [3, 3, 3]])["own_keys"] == 1.0

    def test_keeps_the_worlds_apart_from_the_persons(self):
        found = reliability([[1, 11], [2, 12], [3, 13]])

        assert found["same_keys"] == 1.0
        assert found["own_keys"] < 0.1
        assert found["luck_share"] == pytest.approx(1.0 - found["own_keys"])

    def test_of_all_equal_scores_is_nothing(self):
        assert reliability([[5, 5], [5, 5]])["own_keys"] == 0.0

    def test_more_sessions_are_more_reliable(self):
        found = reliability([[1, 6, 3], [4, 2, 9], [8, 12, 7]])

        assert found["own_keys"] < found["own_keys_3_sessions"] < 1.0


class TestSeedsToTell:
    def test_grows_with_the_noise(self):
        quiet, loud = ([-s, 0, s] for s in (0.01, 0.2))

        assert seeds_to_tell(quiet) < seeds_to_tell(loud)

    def test_follows_the_normal_law(self):
        # sd 0.06 and a gap of 5 %: (1.96 + 1.645)^2 * 0.06^2 / ln(1.05)^2 = 19.7.
        assert seeds_to_tell([-0.06, 0, 0.06]) == 20

    def test_ranking_takes_fewer_than_proving(self):
        noise = [-0.06, 0, 0.06]

        assert seeds_to_rank(noise) < seeds_to_tell(noise)


class TestNearlyEqual:
    def test_lies_between_the_two(self, tiny, compiled):
        keys = seeds(6)
        strong, weak = competent(tiny), novice(tiny)

        other = nearly_equal(tiny, strong, weak, keys)

        def net(policy):
            return sum(twin_outcome(tiny, policy, pair).net_fen for pair in keys)

        assert other.theta != strong.theta
        assert net(other) < net(strong)


class TestRankingStudy:
    def test_common_keys_rank_better(self, tiny, compiled):
        study = ranking_study(tiny, competent(tiny), novice(tiny), seeds(20))

        for path in ("lived", "twin"):
            row = study[path]
            assert row["sd_paired"] < row["sd_unpaired"]
            assert row["seeds_to_rank_paired"] <= row["seeds_to_rank_unpaired"]
            assert row["seeds_to_tell_paired"] <= row["seeds_to_tell_unpaired"]
