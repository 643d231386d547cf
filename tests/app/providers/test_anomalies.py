"""Figures that look wrong, at the rule's edges; and the import that asks for a second look."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from app.providers import importing
from app.providers.anomalies import Oddity, odd_figures
from app.providers.indicators import CellErrorCode
from app.providers.models import IndicatorImport, MonthlyIndicator
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.providers import (
    AUGUST,
    MIDDLING,
    OCTOBER,
    SEPTEMBER,
    indicator_csv,
    report,
)
from tests.factories.schemes import LITTLE_SCHEME

JULY = date(2026, 7, 1)
SPANS = {"a": 1_000_000, "b": 1_000_000, "c": 1_000_000}
STEADY = [500_000, 510_000, 490_000, 500_000]


def kinds(values, earlier):
    return [(one.module_id, one.kind) for one in odd_figures(2, "P", values, earlier, SPANS)]


class TestRule:
    def test_far_is_over_six_robust_deviations(self):
        # Median 500 000, MAD 5 000: the least spread of 20 000 holds; six of them are 120 000.
        assert kinds({"a": 620_000}, {"a": STEADY}) == []
        assert kinds({"a": 620_001}, {"a": STEADY}) == [("a", Oddity.FAR)]
        assert kinds({"a": 379_999}, {"a": STEADY}) == [("a", Oddity.FAR)]

    def test_who_moves_much_may_move_much(self):
        assert kinds({"a": 900_000}, {"a": [300_000, 500_000, 700_000, 400_000]}) == []

    def test_with_two_months_there_is_nothing_to_be_far_from(self):
        assert kinds({"a": 10**9}, {"a": STEADY[:2]}) == []

    def test_a_month_that_repeats_the_last_one(self):
        earlier = {one: [1, 2, 300] for one in SPANS}

        assert ("", Oddity.REPEATED) in kinds(dict.fromkeys(SPANS, 300), earlier)
        assert ("", Oddity.REPEATED) not in kinds({"a": 300, "b": 300, "c": 301}, earlier)


class TestImport:
    @pytest.fixture
    def history(self, db_session, provider):
        for place, month in enumerate((JULY, AUGUST, SEPTEMBER)):
            values = (f"{17 + place}", *MIDDLING[1:3], "2.75", str(4 + place))
            report(db_session, ("YF-1", month, values), now=NOON, name=f"{month}.csv")
        db_session.commit()

    def post(self, client, data, name="十月.csv", **fields):
        return client.post(
            "/provider/indicators",
            data={"csrf_token": csrf_token(client), "file": (io.BytesIO(data), name), **fields},
            content_type="multipart/form-data",
        )

    def count(self, db_session):
        found = db_session.scalar(select(func.count()).select_from(IndicatorImport))
        db_session.rollback()
        return found

    def test_odd_figures_wait_for_somebody_to_look(self, app, db_session, history):
        data = indicator_csv(("YF-1", OCTOBER, ("90", *MIDDLING[1:])))
        carol = sign_in(app, cast.CAROL)

        dry = self.post(carol, data, dry_run="1")
        refused = self.post(carol, data)
        before = self.count(db_session)
        taken = self.post(carol, data, is_checked="1")

        assert (dry.status_code, refused.status_code, taken.status_code) == (200, 409, 303)
        assert "前几个月在" in dry.text
        assert before == 3
        assert self.count(db_session) == 4

    def test_a_workbook_is_read_as_it_is_shown(self, app, db_session, history):
        data = indicator_csv(("YF-1", OCTOBER, MIDDLING)).decode().splitlines()
        book = Workbook()
        for row, line in enumerate(data, 1):
            for column, text in enumerate(line.split(","), 1):
                cell = book.active.cell(row, column)
                if row > 1 and text.endswith("%"):
                    cell.value, cell.number_format = float(text[:-1]) / 100, "0.0%"
                elif row > 1 and column > 2 and text.replace(".", "").isdigit():
                    cell.value = float(text)
                else:
                    cell.value = text
        out = io.BytesIO()
        book.save(out)

        read = importing.check_indicator_file(db_session, out.getvalue(), "十月.xlsx", now=NOON)
        text = importing.check_indicator_file(
            db_session, "\n".join(data).encode(), "十月.csv", now=NOON
        )

        assert [row.values for row in read.rows] == [row.values for row in text.rows]

    def test_no_file_asserts_what_was_estimated(self, db_session, history, monkeypatch):
        module = LITTLE_SCHEME.modules[0]
        monkeypatch.setattr(importing, "ESTIMATED_MODULE_ID", module.id)
        data = indicator_csv(("YF-1", OCTOBER, MIDDLING))
        importing.check_indicator_file(db_session, data, "a.csv", now=NOON)
        provider_id = db_session.scalars(select(MonthlyIndicator.provider_id).limit(1)).one()
        made = IndicatorImport(
            at=NOON,
            actor="system:t",
            file_name=importing.ESTIMATE_FILE_NAME,
            sha256="0" * 64,
            scheme_ref=LITTLE_SCHEME.ref,
            row_count=1,
            new_count=1,
            corrected_count=0,
            unchanged_count=0,
        )
        db_session.add(made)
        db_session.flush()
        db_session.add(
            MonthlyIndicator(
                provider_id=provider_id,
                month=OCTOBER,
                module_id=module.id,
                value_e4=1,
                import_id=made.id,
            )
        )
        db_session.flush()

        with pytest.raises(importing.BadIndicatorFileError) as refused:
            importing.check_indicator_file(db_session, data, "a.csv", now=NOON)

        assert [(cell.line, cell.column, cell.code) for cell in refused.value.cells] == [
            (2, module.csv_column, CellErrorCode.ESTIMATED)
        ]
