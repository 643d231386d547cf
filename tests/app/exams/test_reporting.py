"""The score report: errors by hand, bands at their edges."""

from __future__ import annotations

import pytest

from app.exams.reporting import band_of, score_report, standard_error
from app.exams.treating import rekeyed, treated_score, version_of
from question_bank.scoring import ExamScore, TopicScore


@pytest.mark.parametrize(
    ("fraction", "items", "error"),
    [(0.5, 26, 0.1), (0.8, 17, 0.1), (1.0, 5, 0.15), (0.0, 5, 0.15), (0.5, 1, None)],
)
def test_standard_error_by_hand(fraction, items, error):
    found = standard_error(fraction, items)

    assert found == (None if error is None else pytest.approx(error))


@pytest.mark.parametrize(
    ("fraction", "error", "items", "band"),
    [
        (0.7, 0.1, 10, "above"),  # the cut exactly one error below counts as above
        (0.69, 0.1, 10, "near"),
        (0.5, 0.1, 10, "near"),
        (0.49, 0.1, 10, "below"),
        (0.9, 0.1, 3, "few"),
        (0.9, None, 1, "few"),
    ],
)
def test_bands_at_their_edges(fraction, error, items, band):
    assert band_of(fraction, error, cut=0.6, item_count=items) == band


def test_report_counts_what_was_counted():
    report = score_report(
        [1.0, 0.0, 1.0, 1.0, 0.5],
        [["traffic", 2.0, 3], ["supply", 1.0, 1]],
        fraction=0.75,
        cut=0.6,
    )

    assert report.error_fraction == pytest.approx((0.75 * 0.25 / 3) ** 0.5)  # four items counted
    assert [row.band for row in report.topics] == ["few", "few"]
    assert (report.low, report.high) == (0.5, 1.0)
    assert report.is_close


def test_treatments_by_hand():
    score = ExamScore((1.0, 0.0, 0.5), 0.5, 0.6, (TopicScore("a", 1.5, 3),))

    same = treated_score(score, ["a", "a", "b"], ["rekey"] * 3)
    assert same is score
    treated = treated_score(score, ["a", "a", "b"], ["drop", "credit_all", "rekey"])
    assert treated.fraction == 0.75
    assert treated.passed
    assert treated.credits == (1.0, 1.0, 0.5)
    assert treated.topics == (TopicScore("a", 1.0, 1), TopicScore("b", 0.5, 1))
    assert treated_score(score, ["a", "a", "b"], ["drop"] * 3).fraction == 0.0


def test_pinned_values_stay_with_another_version():
    assert version_of("calc-1@1#a=3;b=4") == "calc-1@1"
    assert rekeyed("calc-1@1#a=3;b=4", "calc-1@2") == "calc-1@2#a=3;b=4"
    assert rekeyed("calc-1@1", None) == "calc-1@1"
