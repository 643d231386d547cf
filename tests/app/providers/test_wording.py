"""Figures on the page are those that were computed, to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel

from app.providers import wording
from app.providers.five_force import Reading, score
from app.providers.standings import Place
from tests.factories.providers import MODULES
from tests.factories.schemes import LITTLE_SCHEME

SHARE, ROI, GPM, DISPUTES, LEAPS = (LITTLE_SCHEME.module(one) for one in MODULES)


@pytest.fixture(autouse=True)
def in_chinese():
    """The source language; no database is needed for words."""
    app = Flask(__name__)
    Babel(app, default_locale="zh_CN")
    with app.test_request_context():
        yield


def line(module, value):
    readings = {module.id: Reading(Decimal(value))} if value is not None else {}
    return score(LITTLE_SCHEME, readings, {}).module(module.id)


class TestValueText:
    @pytest.mark.parametrize(
        ("module", "value", "text"),
        [
            (SHARE, "31.40", "31.4%"),
            (SHARE, "-3.25", "−3.25%"),
            (ROI, "3.60", "3.6"),
            (GPM, "1811.92", "¥1,811.92"),
            (GPM, "-5", "−¥5"),
            (DISPUTES, "0.5", "0.5‰"),
            (LEAPS, "1400", "1,400"),
        ],
    )
    def test_writes_the_unit_and_no_needless_zeros(self, module, value, text):
        assert wording.value_text(module, Decimal(value)) == text

    def test_of_nothing_is_a_dash_and_never_zero(self):
        assert wording.value_text(SHARE, None) == "—"


class TestScoreWords:
    @pytest.mark.parametrize(
        ("module", "value", "words"),
        [
            (SHARE, "17.5", "(17.5 − 5) ÷ (30 − 5) × 100 = 50.00"),
            (ROI, "2", "(2 − 1) ÷ (4.01 − 1) × 100 ≈ 33.22"),
            (DISPUTES, "2.75", "(5 − 2.75) ÷ (5 − 0.5) × 100 = 50.00"),
            (SHARE, "-4", "未到起评值 5%，计 0.00"),
            (DISPUTES, "7", "未到起评值 5‰，计 0.00"),
            (DISPUTES, "0.1", "超过满分值 0.5‰，计 100.00"),
            (SHARE, "30", "(30 − 5) ÷ (30 − 5) × 100 = 100.00"),
            (SHARE, None, "没有数据，计 0.00"),
        ],
    )
    def test_can_be_followed_with_a_calculator(self, module, value, words):
        assert wording.score_words(module, line(module, value)) == words


class TestContributionWords:
    def test_says_when_it_was_rounded(self):
        exact, rounded = line(SHARE, "17.5"), line(ROI, "2")

        assert wording.contribution_words(exact) == "50.00 × 33.34 ÷ 100 = 16.67"
        assert wording.contribution_words(rounded) == "33.22 × 22.22 ÷ 100 ≈ 7.38"


class TestChanges:
    def test_of_points_carry_sign_and_tone(self):
        assert wording.point_change(Decimal("3.10"), Decimal("2")) == wording.Change(
            "▲ 1.10", "good"
        )
        assert wording.point_change(Decimal("1.9"), Decimal("2")).tone == "bad"
        assert wording.point_change(Decimal("2.00"), Decimal("2.00")).text == "0.00"
        assert wording.point_change(Decimal(2), None).text == "—"

    def test_of_a_place_are_good_towards_the_first(self):
        assert wording.place_change(Place(17, 512), Place(21, 512)) == wording.Change("▲ 4", "good")
        assert wording.place_change(Place(21, 512), Place(17, 512)).tone == "bad"
        assert wording.place_change(Place(1, 9), None).text == "—"


class TestPlaceText:
    def test_is_a_share_of_many_and_a_number_among_few(self):
        assert wording.place_text(Place(17, 512)) == "前 3.4%"
        assert wording.place_text(Place(2, 9)) == "2 / 9"
        assert wording.place_text(None) == "—"


class TestTenureText:
    @pytest.mark.parametrize(
        ("joined_on", "text"),
        [
            (date(2024, 7, 3), "入驻 2 年 4 个月"),
            (date(2024, 7, 22), "入驻 2 年 3 个月"),
            (date(2025, 11, 21), "入驻 1 年"),
            (date(2026, 10, 21), "入驻 1 个月"),
            (date(2026, 11, 1), "本月入驻"),
        ],
    )
    def test_counts_whole_months(self, joined_on, text):
        assert wording.tenure_text(joined_on, date(2026, 11, 21)) == text
