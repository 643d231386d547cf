"""Numbers, money and moments as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.core.i18n import duration, local_date, local_time, percent, yuan


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
