"""Months end in Beijing, not in Greenwich."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.providers.months import (
    computed_at,
    last_complete_month,
    month_before,
    parse_month,
    settled_at,
)

OCTOBER = date(2026, 10, 1)
MIDNIGHT = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
"""The moment at which December begins in Beijing."""


class TestLastCompleteMonth:
    def test_changes_at_midnight_in_beijing(self):
        assert last_complete_month(MIDNIGHT - timedelta(seconds=1)) == OCTOBER
        assert last_complete_month(MIDNIGHT) == date(2026, 11, 1)

    def test_of_january_is_december(self):
        assert last_complete_month(datetime(2027, 1, 15, tzinfo=UTC)) == date(2026, 12, 1)


class TestMonthBefore:
    @pytest.mark.parametrize(
        ("count", "month"),
        [(0, OCTOBER), (10, date(2025, 12, 1)), (-3, date(2027, 1, 1)), (22, date(2024, 12, 1))],
    )
    def test_counts_over_the_years(self, count, month):
        assert month_before(OCTOBER, count) == month


class TestParseMonth:
    def test_reads_what_the_page_writes(self):
        assert parse_month("2026-10") == OCTOBER

    @pytest.mark.parametrize("text", ["", "2026-13", "2026-1", "1926-10", "2026-10-01", "十月"])
    def test_takes_nothing_else(self, text):
        assert parse_month(text) is None


class TestComputedAt:
    def test_is_now_until_the_settlement(self):
        assert settled_at(OCTOBER) == MIDNIGHT
        assert computed_at(OCTOBER, MIDNIGHT - timedelta(days=1)) == MIDNIGHT - timedelta(days=1)
        assert computed_at(OCTOBER, MIDNIGHT + timedelta(days=1)) == MIDNIGHT
