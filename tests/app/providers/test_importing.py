"""Monthly indicators come in whole or not at all, once, and never change: both databases."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.core.db import db, transaction
from app.providers import importing, queries, standings
from app.providers.importing import BadIndicatorFileError, NoSchemePublishedError
from app.providers.indicators import CellErrorCode
from app.providers.models import IndicatorImport, MonthlyIndicator
from tests.conftest import NOON
from tests.factories.providers import (
    AUGUST,
    MIDDLING,
    OCTOBER,
    SEPTEMBER,
    indicator_csv,
    report,
)
from tests.factories.schemes import LITTLE_SCHEME

pytestmark = pytest.mark.both_databases


def rows_of(db_session):
    return db_session.scalar(select(func.count()).select_from(MonthlyIndicator))


class TestCheckIndicatorFile:
    def test_names_every_fault_with_its_line(self, db_session, provider):
        data = indicator_csv(
            ("YF-1", OCTOBER, MIDDLING),
            ("YF-1", OCTOBER, MIDDLING),
            ("XX-9", SEPTEMBER, ("17.5", "many", "1200", "2.75", "4")),
        )

        with pytest.raises(BadIndicatorFileError) as refused:
            importing.check_indicator_file(db_session, data, "bad.csv", now=NOON)

        assert [(one["row"], one["code"]) for one in refused.value.errors] == [
            (3, CellErrorCode.DUPLICATE_ROW),
            (4, CellErrorCode.UNKNOWN_PROVIDER),
            (4, CellErrorCode.NOT_A_NUMBER),
        ]
        assert rows_of(db_session) == 0

    def test_refuses_the_month_that_is_not_over(self, db_session, provider):
        data = indicator_csv(("YF-1", NOON.date().replace(day=1), MIDDLING))

        with pytest.raises(BadIndicatorFileError) as refused:
            importing.check_indicator_file(db_session, data, "early.csv", now=NOON)

        assert refused.value.cells[0].code is CellErrorCode.FUTURE_MONTH

    def test_needs_a_scheme_in_effect(self, db_session):
        with pytest.raises(NoSchemePublishedError):
            importing.check_indicator_file(db_session, b"", "any.csv", now=NOON)


class TestImportIndicators:
    def take_in(self, db_session, *rows, now=NOON):
        file = importing.check_indicator_file(db_session, indicator_csv(*rows), "a.csv", now=now)
        return importing.import_indicators(db_session, file, actor="cli:test", now=now)

    def test_keeps_every_figure_exactly(self, db_session, provider):
        done, is_new = self.take_in(db_session, ("YF-1", OCTOBER, MIDDLING))

        readings = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)
        assert is_new
        assert (done.row_count, done.new_count, done.corrected_count) == (1, 5, 0)
        assert [readings[module.id].reading.value for module in LITTLE_SCHEME.modules] == [
            Decimal(value) for value in MIDDLING
        ]

    def test_of_the_same_file_twice_changes_nothing(self, db_session, provider):
        first, _ = self.take_in(db_session, ("YF-1", OCTOBER, MIDDLING))

        second, is_new = self.take_in(
            db_session, ("YF-1", OCTOBER, MIDDLING), now=NOON + timedelta(days=1)
        )

        assert (second.id, is_new) == (first.id, False)
        assert rows_of(db_session) == 5
        assert db_session.scalar(select(func.count()).select_from(IndicatorImport)) == 1

    def test_of_a_correction_adds_a_row_and_keeps_the_old(self, db_session, provider):
        self.take_in(db_session, ("YF-1", OCTOBER, MIDDLING))

        done, _ = self.take_in(db_session, ("YF-1", OCTOBER, ("18", *MIDDLING[1:])))

        assert (done.new_count, done.corrected_count, done.unchanged_count) == (0, 1, 4)
        assert rows_of(db_session) == 6
        reading = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)["share"]
        assert reading.reading.value == 18
        assert reading.provenance.file_name == "a.csv"

    def test_counts_anew_what_another_file_said_meanwhile(self, db_session, provider):
        data = indicator_csv(("YF-1", OCTOBER, MIDDLING))
        file = importing.check_indicator_file(db_session, data, "a.csv", now=NOON)
        self.take_in(db_session, ("YF-1", OCTOBER, ("18", *MIDDLING[1:])))

        done, _ = importing.import_indicators(db_session, file, actor="cli:test", now=NOON)

        assert (done.new_count, done.corrected_count, done.unchanged_count) == (0, 1, 4)
        readings = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)
        assert readings["share"].reading.value == Decimal("17.5")

    def test_leaves_what_a_file_does_not_say(self, db_session, provider):
        self.take_in(db_session, ("YF-1", OCTOBER, MIDDLING))

        self.take_in(db_session, ("YF-1", OCTOBER, ("18", "", "", "", "")))

        readings = standings.readings_of(db_session, provider.id, LITTLE_SCHEME, OCTOBER)
        assert len(readings) == 5
        assert readings["roi"].reading.value == Decimal("2.5")

    def test_rows_can_neither_be_changed_nor_deleted(self, db_session, provider):
        self.take_in(db_session, ("YF-1", OCTOBER, MIDDLING))
        row = db_session.scalar(select(MonthlyIndicator))
        row.value_e4 += 1

        with pytest.raises(DBAPIError, match="append-only"):
            db_session.flush()

    def test_at_once_is_one_import(self, app, db_session, provider):
        data = indicator_csv(("YF-1", OCTOBER, MIDDLING), ("YF-1", AUGUST, MIDDLING))
        file = importing.check_indicator_file(db_session, data, "a.csv", now=NOON)
        db_session.commit()
        db.session.remove()
        barrier, seen = Barrier(8), []

        def take():
            with app.app_context():
                barrier.wait()
                with transaction() as own:
                    done, is_new = importing.import_indicators(
                        own, file, actor="cli:test", now=NOON
                    )
                    seen.append((done.id, is_new))

        threads = [Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(is_new for _, is_new in seen) == [False] * 7 + [True]
        assert len({one for one, _ in seen}) == 1
        with transaction() as own:
            assert rows_of(own) == 10

    def test_is_all_or_nothing(self, app, db_session, provider, monkeypatch):
        file = importing.check_indicator_file(
            db_session, indicator_csv(("YF-1", OCTOBER, MIDDLING)), "a.csv", now=NOON
        )
        db_session.commit()
        db.session.remove()
        monkeypatch.setattr(importing, "record_act", _failing)

        with pytest.raises(RuntimeError), transaction() as own:
            importing.import_indicators(own, file, actor="cli:test", now=NOON)

        with transaction() as own:
            assert rows_of(own) == 0
            assert own.scalar(select(func.count()).select_from(IndicatorImport)) == 0


def _failing(*args, **kwargs):
    raise RuntimeError("the audit log is away")


class TestProvidersLacking:
    def test_counts_what_is_missing(self, db_session, provider, rival):
        report(db_session, ("YF-1", OCTOBER, ("17.5", "2.5", "", "", "")), now=NOON)

        lacking = queries.providers_lacking(db_session, OCTOBER, 5)

        assert [(one.code, count) for one, count in lacking] == [("LX-2", 5), ("YF-1", 3)]

    def test_is_empty_when_all_is_there(self, db_session, provider):
        report(db_session, ("YF-1", OCTOBER, MIDDLING), now=NOON)

        assert queries.providers_lacking(db_session, OCTOBER, 5) == []
