"""Session results from files: real rows of every fault, corrections as new facts, estimates fed."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.providers.models import IndicatorImport, MonthlyIndicator
from app.providers.sessions import estimating, importing, queries
from app.providers.sessions.models import SessionResult, UpliftEstimate
from app.providers.sessions.reading import COLUMNS, SessionErrorCode
from tests import cast
from tests.app.providers.sessions.test_uplift import world
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import OCTOBER

HEAD = ",".join(COLUMNS)
GOOD = "S1,M1,食品饮料,2026-10-05 19:30,120,6000.50,YF-1,"
E = SessionErrorCode


def table(*rows, head=HEAD):
    return "\n".join((head, *rows)).encode()


def check(db_session, *rows, head=HEAD):
    return importing.check_session_file(db_session, table(*rows, head=head), "a.csv", now=NOON)


def take(db_session, *rows):
    return importing.import_sessions(
        db_session, check(db_session, *rows), actor="cli:test", now=NOON
    )


def faults(db_session, *rows, head=HEAD):
    with pytest.raises(importing.BadSessionFileError) as refused:
        check(db_session, *rows, head=head)
    return [(one.row, one.column, one.code) for one in refused.value.rows]


class TestFaults:
    def test_each_with_its_own_row_and_column(self, db_session, provider):
        rows = (
            GOOD,
            "",
            "S 2,M1,食品饮料,2026-10-05 19:30,120,1,,",
            "S3,M1,飞机,2026-10-05 19:30,120,1,,",
            "S4,M1,food,10月5日,120,1,,",
            "S5,M1,food,2026-12-05 19:30,120,1,,",
            "S6,M1,food,2026-10-05 19:30,0,1,,",
            "S7,M1,food,2026-10-05 19:30,60,1.005,,",
            "S8,M1,food,2026-10-05 19:30,60,1,NOPE,",
            "S9,M1,food,2026-10-05 19:30,60,1,,CPS1-26-3333333333-3",
            "S1,M1,food,2026-10-05 19:30,60,1,,",
            "S10,M1,food,2026-10-05 19:30,60,1",
        )

        assert faults(db_session, *rows) == [
            (4, "场次编号", E.BAD_REF),
            (5, "类目", E.UNKNOWN_CATEGORY),
            (6, "开播时间", E.BAD_MOMENT),
            (7, "开播时间", E.FUTURE),
            (8, "时长分钟", E.BAD_LENGTH),
            (9, "净成交额", E.BAD_AMOUNT),
            (10, "服务商编号", E.UNKNOWN_PROVIDER),
            (11, "服务商编号", E.PROVIDER_NEEDED),
            (12, "场次编号", E.DUPLICATE_ROW),
            (13, "", E.CELL_COUNT),
        ]
        assert db_session.scalar(select(func.count()).select_from(SessionResult)) == 0

    def test_columns(self, db_session, provider):
        assert faults(db_session, "S1", head="场次编号") == [
            (1, name, E.MISSING_COLUMN) for name in COLUMNS[1:6]
        ]
        assert faults(db_session, f"{GOOD},x", head=f"{HEAD},备注") == [
            (1, "备注", E.UNKNOWN_COLUMN)
        ]

    def test_an_operator_whom_nobody_knows(self, db_session, provider):
        row = "S1,M1,food,2026-10-05 19:30,60,1,YF-1,CPS1-26-3333333333-3"

        assert faults(db_session, row) == [(2, "操盘证书编号", E.UNKNOWN_CERTIFICATE)]

    def test_a_formula_in_a_workbook(self, db_session, provider):
        book = Workbook()
        book.active.append(list(COLUMNS))
        book.active.append(["S1", "M1", "food", "2026-10-05 19:30", 60, "=1+1", "", ""])
        out = io.BytesIO()
        book.save(out)

        with pytest.raises(importing.BadSessionFileError) as refused:
            importing.check_session_file(db_session, out.getvalue(), "a.xlsx", now=NOON)

        assert [(one.row, one.code) for one in refused.value.rows] == [(2, E.FORMULA)]


class TestImport:
    def test_a_workbook_says_what_the_text_says(self, db_session, provider):
        started = datetime(2026, 10, 5, 19, 30)  # noqa: DTZ001 - a workbook knows no zones
        book = Workbook()
        book.active.append(list(COLUMNS))
        book.active.append(["S1", "M1", "食品饮料", started, 120, 6000.5, "YF-1"])
        out = io.BytesIO()
        book.save(out)

        read = importing.check_session_file(db_session, out.getvalue(), "a.xlsx", now=NOON)

        assert read.values == check(db_session, GOOD).values
        assert read.rows[0].net_gmv_fen == 600_050

    def test_a_correction_is_a_newer_row_and_the_old_one_stays(self, db_session, provider):
        take(db_session, GOOD)
        done, is_new = take(db_session, GOOD.replace("6000.50", "5000"), GOOD.replace("S1", "S2"))
        again, is_again_new = take(
            db_session, GOOD.replace("6000.50", "5000"), GOOD.replace("S1", "S2")
        )

        assert (done.new_count, done.corrected_count, done.unchanged_count) == (1, 1, 0)
        assert is_new
        assert (again.id, is_again_new) == (done.id, False)
        held = queries.results_between(db_session, NOON - timedelta(days=90), NOON)
        assert {one.session_ref: one.net_gmv_fen for one in held} == {"S1": 500_000, "S2": 600_050}
        assert db_session.scalar(select(func.count()).select_from(SessionResult)) == 3

    def test_by_the_page_a_dry_run_changes_nothing(self, app, db_session, provider):
        db_session.commit()
        client = sign_in(app, cast.CAROL)

        def post(data, **fields):
            return client.post(
                "/provider/sessions",
                data={
                    "csrf_token": csrf_token(client),
                    "file": (io.BytesIO(data), "场次.csv"),
                    **fields,
                },
                content_type="multipart/form-data",
            )

        dry = post(table(GOOD), dry_run="1")
        bad = post(table(GOOD.replace("120", "0")))
        count = db_session.scalar(select(func.count()).select_from(SessionResult))
        db_session.commit()
        real = post(table(GOOD))

        assert "1 行全部可以导入" in dry.text
        assert bad.status_code == 422
        assert "时长应为 1 到 1440 分钟的整数" in bad.text
        assert count == 0
        assert real.status_code == 303
        assert db_session.scalar(select(func.count()).select_from(SessionResult)) == 1


class TestEstimates:
    def add(self, db_session, facts, name="w.csv"):
        rows = [
            f"{one.merchant}-{index},{one.merchant},food,"
            f"{one.started_at:%Y-%m-%d %H:%M},{one.minutes},{one.net_gmv_fen / 100:.2f},"
            f"{'YF-1' if one.is_operated else ''},"
            for index, one in enumerate(facts)
        ]
        checked = importing.check_session_file(db_session, table(*rows), name, now=NOON)
        importing.import_sessions(db_session, checked, actor="cli:test", now=NOON)

    def run(self, db_session):
        found = estimating.estimate_month(db_session, OCTOBER)
        return estimating.record_estimates(db_session, OCTOBER, found, actor="cli:test", now=NOON)

    def test_are_kept_once_with_all_that_they_rest_on(self, db_session, provider):
        assert not estimating.is_due(db_session, now=NOON)
        self.add(db_session, world(effect=0.3, noise=0.1))
        assert estimating.is_due(db_session, now=NOON)

        assert self.run(db_session) == 1
        assert self.run(db_session) == 0

        kept = db_session.scalars(select(UpliftEstimate)).one()
        assert kept.low_ratio < 0.35 < kept.high_ratio
        assert kept.counted_ratio == pytest.approx(kept.uplift_ratio, abs=0.2)
        assert kept.details["failures"] == []
        assert kept.details["merchants"] == 12
        (shown,) = queries.estimates_of(db_session, provider.id, 12)
        assert shown.id == kept.id

    def test_become_the_indicator_and_go_back_to_nothing(self, db_session, provider, monkeypatch):
        # The little scheme has no 实时操盘: its percent module stands in.
        module = next(
            one for one in estimating.schemes(db_session)[0].modules if one.unit == "percent"
        )
        monkeypatch.setattr(estimating, "MODULE_ID", module.id)
        facts = world(effect=0.12, noise=0.05)
        self.add(db_session, facts)
        self.run(db_session)
        first = db_session.scalars(select(MonthlyIndicator)).one()
        kept = db_session.scalars(select(UpliftEstimate)).one()

        assert first.value_e4 == pytest.approx(kept.counted_ratio * 1_000_000, abs=100)
        assert kept.import_id == first.import_id
        assert db_session.get_one(IndicatorImport, first.import_id).file_name == "uplift-estimate"

        # Corrected: all but two merchants were never operated.
        corrected = [
            one
            if one.merchant in {"m0", "m1"} or not one.is_operated
            else type(one)(
                one.merchant,
                one.category,
                one.started_at,
                one.minutes,
                one.net_gmv_fen,
                is_operated=False,
                is_helped=False,
            )
            for one in facts
        ]
        self.add(db_session, corrected, "again.csv")
        self.run(db_session)
        values = db_session.scalars(
            select(MonthlyIndicator.value_e4).order_by(MonthlyIndicator.id)
        ).all()
        assert values[1:] == [0]
        assert queries.estimate_or_none(db_session, provider.id, OCTOBER).counted_ratio is None
