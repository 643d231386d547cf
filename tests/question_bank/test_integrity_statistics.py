"""Answer similarity and response times: how often they are wrong, and what they say of odd data."""

from __future__ import annotations

import time

import numpy as np
import pytest

from question_bank.error_rates import error_rates, simulated_exam
from question_bank.psychometrics.matrices import NOT_SHOWN, OMITTED, ResponseMatrix
from question_bank.similarity import FAMILY_ALPHA, similar_pairs
from question_bank.timing import unusual_times


@pytest.fixture(scope="module")
def rates():
    return error_rates(seed=20_261_122, runs=40, fit_runs=0)


class TestErrorRates:
    def test_honest_exams_are_seldom_flagged(self, rates):
        # 5 % of 40 runs are 2; more than 4 would be a broken index (chance below 5 %).
        assert rates.honest_with_pair <= 4
        assert rates.honest_with_person <= 2
        assert rates.honest_with_item <= 2
        assert rates.honest_with_gain <= 4

    def test_most_of_those_who_share_four_fifths_are_caught(self, rates):
        assert rates.caught_pairs[0.8] >= 0.7
        assert rates.caught_pairs[0.8] > rates.caught_pairs[0.6] > rates.caught_pairs[0.4]

    def test_those_who_knew_a_third_of_the_items_are_caught(self, rates):
        assert rates.caught_persons >= 0.8
        assert rates.caught_gains >= 0.4


class TestSimilarPairs:
    def test_planted_copies_are_the_strongest(self):
        exam = simulated_exam(np.random.default_rng(5), pairs=3, share=0.9)

        found = similar_pairs(exam.matrix)

        first = {frozenset((one.first, one.second)) for one in found.flagged[:3]}
        assert first == {frozenset(pair) for pair in exam.copied}

    def test_the_direction_does_not_matter(self):
        exam = simulated_exam(np.random.default_rng(6), persons=120, pairs=1, share=0.9)
        backwards = exam.matrix.resampled(np.arange(119, -1, -1))

        one, other = similar_pairs(exam.matrix), similar_pairs(backwards)

        assert one.flagged[0].z == pytest.approx(other.flagged[0].z, rel=0.05)
        assert {119 - one.flagged[0].first, 119 - one.flagged[0].second} == {
            other.flagged[0].first,
            other.flagged[0].second,
        }

    def test_a_group_that_copied_from_one_is_told_as_one(self):
        exam = simulated_exam(np.random.default_rng(7), persons=150)
        options, credits = exam.matrix.options.copy(), exam.matrix.credits.copy()
        options[1:4, :54], credits[1:4, :54] = options[0, :54], credits[0, :54]
        matrix = ResponseMatrix(
            exam.matrix.person_ids,
            exam.matrix.item_refs,
            credits,
            options,
            exam.matrix.option_names,
            exam.matrix.seconds,
        )

        assert similar_pairs(matrix).clusters == ((0, 1, 2, 3),)

    def test_too_few_candidates_are_not_judged(self):
        assert similar_pairs(simulated_exam(np.random.default_rng(1), persons=99).matrix) is None

    def test_pairs_with_few_common_items_are_left_out(self):
        exam = simulated_exam(np.random.default_rng(8), persons=100, items=40)
        options, credits = exam.matrix.options.copy(), exam.matrix.credits.copy()
        options[:50, :20], credits[:50, :20] = NOT_SHOWN, np.nan
        options[50:, 20:], credits[50:, 20:] = NOT_SHOWN, np.nan
        matrix = ResponseMatrix(
            exam.matrix.person_ids,
            exam.matrix.item_refs,
            credits,
            options,
            exam.matrix.option_names,
            exam.matrix.seconds,
        )

        found = similar_pairs(matrix)

        assert (found.pair_count, found.flagged) == (0, ())

    def test_blank_sheets_are_not_alike(self):
        exam = simulated_exam(np.random.default_rng(9), persons=120)
        options, credits = exam.matrix.options.copy(), exam.matrix.credits.copy()
        options[:5], credits[:5] = OMITTED, 0.0
        matrix = ResponseMatrix(
            exam.matrix.person_ids,
            exam.matrix.item_refs,
            credits,
            options,
            exam.matrix.option_names,
            exam.matrix.seconds,
        )

        found = similar_pairs(matrix)

        assert all(one.first >= 5 and one.second >= 5 for one in found.flagged)

    def test_the_bound_grows_with_the_number_of_pairs(self):
        small = similar_pairs(simulated_exam(np.random.default_rng(2), persons=100).matrix)
        large = similar_pairs(simulated_exam(np.random.default_rng(2), persons=300).matrix)

        assert 4.2 < small.bound < large.bound < 5.2
        assert FAMILY_ALPHA == 0.05

    def test_a_thousand_sheets_of_sixty_items_take_seconds(self):
        matrix = simulated_exam(np.random.default_rng(3), persons=1000).matrix
        start = time.process_time()

        similar_pairs(matrix)
        unusual_times(matrix)

        assert time.process_time() - start < 10


class TestUnusualTimes:
    def test_too_few_candidates_are_not_judged(self):
        assert unusual_times(simulated_exam(np.random.default_rng(1), persons=29).matrix) is None

    def test_a_quick_person_is_not_suspect(self):
        exam = simulated_exam(np.random.default_rng(2))
        seconds = exam.matrix.seconds.copy()
        seconds[0] /= 3
        matrix = ResponseMatrix(
            exam.matrix.person_ids,
            exam.matrix.item_refs,
            exam.matrix.credits,
            exam.matrix.options,
            exam.matrix.option_names,
            seconds,
        )

        assert unusual_times(matrix).persons == ()

    def test_a_leaked_item_is_told_with_the_moment(self):
        exam = simulated_exam(np.random.default_rng(4))
        seconds = exam.matrix.seconds.copy()
        seconds[180:, 7] *= 0.35
        matrix = ResponseMatrix(
            exam.matrix.person_ids,
            exam.matrix.item_refs,
            exam.matrix.credits,
            exam.matrix.options,
            exam.matrix.option_names,
            seconds,
        )

        found = unusual_times(matrix)

        assert [one.item for one in found.items] == [7]
        assert 150 <= found.items[0].since <= 250

    def test_an_answer_within_a_second_was_not_read(self):
        exam = simulated_exam(np.random.default_rng(5))
        exam.matrix.seconds[3, 4] = 0.6

        found = unusual_times(exam.matrix)

        assert np.argwhere(found.impossible).tolist() == [[3, 4]]

    def test_missing_times_say_nothing(self):
        exam = simulated_exam(np.random.default_rng(6))
        exam.matrix.seconds[:] = np.nan

        found = unusual_times(exam.matrix)

        assert (found.persons, found.items) == ((), ())
