"""Old items against new ones: exact chances, who is told, and what is not computed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from question_bank.error_rates import simulated_exam
from question_bank.preknowledge import _upper_tail, gains_on_old, rasch_difficulties
from question_bank.psychometrics.matrices import ResponseMatrix


def flags(matrix, items, persons=slice(None)):
    found = np.zeros(matrix.credits.shape, dtype=bool)
    found[persons, items] = True
    return found


class TestUpperTail:
    def test_is_what_counting_every_pattern_gives(self):
        difficulty = np.array([-1.2, 0.3, 0.9, -0.4, 1.5, 0.0, -2.0])
        is_old = np.array([True, False, True, False, True, False, False])
        ability, right = 0.7, 4  # whatever the ability: it drops out

        chance = 1 / (1 + np.exp(difficulty - ability))
        share = {}
        for pattern in product((0, 1), repeat=7):
            answers = np.array(pattern)
            if answers.sum() == right:
                old = int(answers[is_old].sum())
                weight = float(np.prod(np.where(answers, chance, 1 - chance)))
                share[old] = share.get(old, 0.0) + weight
        total = sum(share.values())
        expected, tail = _upper_tail(
            np.exp(-difficulty[is_old]), np.exp(-difficulty[~is_old]), 2, right
        )

        assert tail == pytest.approx(sum(share[one] for one in share if one >= 2) / total)
        assert expected == pytest.approx(sum(one * share[one] for one in share) / total)


class TestGainsOnOld:
    def test_who_knew_the_old_items_is_told_and_nobody_else(self):
        exam = simulated_exam(np.random.default_rng(3))
        credits = exam.matrix.credits.copy()
        credits[5, :20], credits[5, 20:] = 1.0, np.tile([1.0, 0.0], 20)
        matrix = ResponseMatrix.of_credits(credits)

        found = gains_on_old(matrix, flags(matrix, range(20)))

        (told,) = found.flagged
        assert (told.person, told.right_old, told.right_new) == (5, 20, 20)
        assert told.expected < 15

    def test_an_able_person_is_not_suspect_for_being_right(self):
        exam = simulated_exam(np.random.default_rng(4))
        credits = exam.matrix.credits.copy()
        credits[0] = 1.0
        matrix = ResponseMatrix.of_credits(credits)

        found = gains_on_old(matrix, flags(matrix, range(20)))

        assert found.of(0).p_value == pytest.approx(1.0)

    def test_whose_items_are_all_old_is_not_looked_at(self):
        exam = simulated_exam(np.random.default_rng(5))
        is_old = flags(exam.matrix, range(20))
        is_old[7], is_old[8] = True, False

        found = gains_on_old(exam.matrix, is_old)

        assert found.of(7) is None
        assert found.of(8) is None
        assert found.level == pytest.approx(0.05 / 298)

    def test_forms_may_differ(self):
        exam = simulated_exam(np.random.default_rng(6), items=60)
        credits = exam.matrix.credits.copy()
        credits[:150, 40:], credits[150:, :20] = np.nan, np.nan
        matrix = ResponseMatrix.of_credits(credits)

        found = gains_on_old(matrix, flags(matrix, range(20, 30)))

        assert {(one.old, one.new) for one in found.persons} == {(10, 30)}
        assert found.flagged == ()

    def test_too_few_candidates_are_not_judged(self):
        matrix = simulated_exam(np.random.default_rng(1), persons=99).matrix

        assert gains_on_old(matrix, flags(matrix, range(20))) is None


def test_difficulties_come_back_from_simulated_answers():
    rng = np.random.default_rng(8)
    difficulty = np.linspace(-2, 2, 40)
    ability = rng.normal(0, 1, 2000)
    right = rng.random((2000, 40)) < 1 / (1 + np.exp(difficulty - ability[:, None]))

    found = rasch_difficulties(right, np.ones_like(right))

    assert np.abs(found - difficulty).max() < 0.25
    assert np.corrcoef(found, difficulty)[0, 1] > 0.995
