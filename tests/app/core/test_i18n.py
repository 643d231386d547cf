"""Numbers, money and moments as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import render_template_string
from flask_babel import force_locale, gettext

from app.core.i18n import duration, local_date, local_time, locale_of, percent, yuan


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0"),
        (986_000, "¥9,860"),
        (3_990, "¥39.90"),
        (38_620_000, "¥38.62万"),
        (10_700_000_000, "¥1.07亿"),
        (-50_000, "−¥500"),
        (None, "—"),
    ],
)
def test_money(app, fen, text):
    with app.test_request_context():
        assert yuan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"), [(38_620_000, "¥386.2k"), (103_000_000, "¥1.03M"), (986_000, "¥9,860")]
)
def test_money_in_english(app, fen, text):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert yuan(fen) == text


def test_rates(app):
    assert percent(0.086) == "8.6%"
    assert percent(-0.0131) == "−1.3%"
    assert percent(None) == "—"


def test_moments_are_beijing_time(app):
    evening = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)

    assert local_time(evening) == "2026-11-22 00:30"
    assert local_date(evening) == "2026-11-22"
    assert local_date(date(2026, 1, 2)) == "2026-01-02"
    assert local_time(None) == "—"


def test_lengths_of_time(app):
    with app.test_request_context():
        assert duration(64) == "1′04″"
        assert duration(720) == "12 分钟"
        assert duration(4360) == "1:12:40"
        assert duration(None) == "—"


TEMPLATE = (
    "{% trans %}考试{% endtrans %}|{{ _('得分率 100%%') }}|"
    "{% trans name=name %}你好 {{ name }}{% endtrans %}"
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_templates_say_what_flask_babel_says(app, language):
    with app.test_request_context(headers={"Accept-Language": language}):
        said = [render_template_string(TEMPLATE, name="<b>") for _ in range(2)]
        plain = str(gettext("考试"))

    greeting = "你好 &lt;b&gt;"
    assert said == [f"{plain}|得分率 100%|{greeting}"] * 2
    assert plain == {"zh": "考试", "en": "Exams"}[language]


def test_a_language_that_is_forced_for_a_while_counts(app):
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert gettext("考试") == "考试"
        with force_locale(locale_of("en")):
            assert gettext("考试") == "Exams"
            assert render_template_string("{{ _('考试') }}") == "Exams"
        assert gettext("考试") == "考试"
