"""造风者计划: who has which benefit, how far a goal is, who stands in which stage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.loading import load_schemes
from app.providers.matrix import TIERS
from app.providers.windmaker.programme import (
    FIELDS,
    benefits_of,
    progress,
    reached_count,
    shipped_programme,
    stage_counts,
)
from tests import cast
from tests.conftest import sign_in

PROGRAMME = shipped_programme()
TARGETS = {target.id: target for target in PROGRAMME.targets}
YI = 100_000_000


def year(gmv, months=12):
    return {date(2026, month, 1): {"monthly-gmv": Decimal(gmv)} for month in range(1, months + 1)}


class TestContent:
    def test_has_the_targets_of_the_sources(self):
        assert [(t.providers, int(t.at_least)) for t in PROGRAMME.targets] == [
            (100, 10 * YI),
            (200, YI),
            (50, 50),
            (100, 20),
        ]

    def test_measures_what_the_newest_scheme_reports(self):
        newest = max(load_schemes(), key=lambda one: (one.effective_on, one.version))
        known = {column.id for column in newest.columns}

        assert {one.column for one in (*PROGRAMME.tasks, *PROGRAMME.targets)} <= known
        assert {stage.from_column for stage in PROGRAMME.stages} <= known

    @pytest.mark.parametrize("field", FIELDS)
    def test_a_higher_tier_loses_nothing(self, field):
        held = [{one.id for one in benefits_of(PROGRAMME, tier, field)} for tier in TIERS]

        assert held[0] < held[1] < held[2]


class TestProgress:
    def test_sums_a_year_and_says_of_how_many_months(self):
        target = TARGETS["gmv-100m"]

        assert progress(target, year(YI // 12 + 1)).is_done
        short = progress(target, year(YI // 12, months=7))
        assert (short.is_done, short.month_count) == (False, 7)
        assert short.held == 7 * (YI // 12)

    def test_takes_the_newest_twelve_months_only(self):
        history = {date(2025, 12, 1): {"monthly-gmv": Decimal(YI)}} | year(1)

        assert not progress(TARGETS["gmv-100m"], history).is_done

    def test_takes_a_count_as_it_was_reported_last(self):
        history = {
            date(2026, 1, 1): {"leap": Decimal(60)},
            date(2026, 2, 1): {"leap": Decimal(19)},
        }

        assert not progress(TARGETS["leap-20"], history).is_done

    def test_nothing_reported_is_nothing_reached(self):
        found = progress(TARGETS["leap-20"], {})

        assert (found.held, found.is_done) == (None, False)
        assert reached_count(TARGETS["leap-20"], [{}, year(1)]) == 0


class TestStages:
    def test_a_stage_holds_what_the_next_does_not(self):
        figures = {
            "served-merchants": Decimal(42),
            "merchants-50": Decimal(15),
            "merchants-200": Decimal(6),
            "merchants-500": Decimal(2),
        }

        assert [count for _, count in stage_counts(PROGRAMME, figures)] == [27, 9, 4, 2]

    def test_a_missing_figure_is_no_zero(self):
        counts = [count for _, count in stage_counts(PROGRAMME, {"merchants-500": Decimal(2)})]

        assert counts == [None, None, None, 2]

    @given(st.lists(st.integers(0, 500), min_size=4, max_size=4))
    def test_stages_share_out_the_served(self, drawn):
        falling = sorted(drawn, reverse=True)
        figures = {
            stage.from_column: Decimal(count)
            for stage, count in zip(PROGRAMME.stages, falling, strict=True)
        }

        assert sum(count or 0 for _, count in stage_counts(PROGRAMME, figures)) == falling[0]


def test_the_page_is_for_managers_and_the_committee(app, db_session, provider):
    db_session.commit()

    assert "造风者计划" in sign_in(app, cast.CAROL).get("/windmakers").text
    page = sign_in(app, cast.DAVE).get("/windmakers")
    assert "核心" in page.text
    assert "已享有" in page.text
    assert sign_in(app, cast.ALICE).get("/windmakers").status_code == 403
