"""Indicator files: all or nothing, and every error at its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers import indicators
from app.providers.indicators import (
    CellErrorCode,
    IndicatorFile,
    IndicatorRow,
    parse_indicators,
    template_csv,
)
from tests.factories.schemes import LITTLE_SCHEME

OCTOBER = date(2026, 10, 1)
HEADER = "服务商编号,月份,列share,列roi,列gpm,列disputes,列leaps"
ROW = 'P001,2026-10,31.4%,3.6,"1,234",1.7‰,14'


def parse(text: str | bytes, **kwargs: object) -> IndicatorFile:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_indicators(data, LITTLE_SCHEME, last_month=OCTOBER, **kwargs)


def complaints(file: IndicatorFile) -> list[tuple[int, str, str]]:
    """Return line, column and code of every error; a file with errors has no rows."""
    assert file.rows == ()
    return [(error.line, error.column, error.code.value) for error in file.errors]


class TestParseIndicatorCsv:
    def test_reads_a_row(self):
        file = parse(f"{HEADER}\n{ROW}\n")

        assert file.errors == ()
        assert file.rows == (
            IndicatorRow(
                line=2,
                provider_code="P001",
                month=OCTOBER,
                values={
                    "share": Decimal("31.4"),
                    "roi": Decimal("3.6"),
                    "gpm": Decimal(1234),
                    "disputes": Decimal("1.7"),
                    "leaps": Decimal(14),
                },
            ),
        )

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_reads_what_editors_and_spreadsheets_write(self, encoding, line_end):
        text = line_end.join([HEADER, ROW, ""])

        file = parse(text.encode(encoding))

        assert [row.line for row in file.rows] == [2]

    @pytest.mark.parametrize(
        "month",
        ["2026-10", "2026/10", "2026.10", "2026年10月", "202610", "2026-10-01", "2026/10/1",
         "2026年10月1日", "２０２６年１０月"],
    )  # fmt: skip
    def test_reads_months_as_people_write_them(self, month):
        assert parse(f"{HEADER}\nP001,{month},,3.6,,,").rows[0].month == OCTOBER

    def test_takes_an_empty_cell_as_not_there_yet(self):
        file = parse(f"{HEADER}\nP001,2026-09,,3.6,—,,0")

        assert file.rows[0].values == {"roi": Decimal("3.6"), "leaps": Decimal(0)}

    def test_passes_over_blank_lines_and_padding(self):
        file = parse(f"{HEADER},,\n\n,,,,,,,,\n{ROW},,\n")

        assert [row.line for row in file.rows] == [4]

    def test_takes_columns_in_any_order(self):
        file = parse("月份,列gpm,列share,列roi,列leaps,列disputes,服务商编号\n2026-10,,,2,,,P9")

        assert (file.rows[0].provider_code, file.rows[0].values) == ("P9", {"roi": Decimal(2)})

    def test_tells_all_errors_at_their_lines(self):
        text = "\n".join(
            [
                HEADER,
                "P001,2026-10,31.4,3.6,6万,1.7‰,14",
                "",
                "P 2,2026-13,31.4%,x,,600%,1.5",
                'P003,2026-10,"1\n",,,,',
                "P001,2026-10,30%,,,,",
                "P004,2026-11,30.001%,,,,",
                "P005,2026-10,,,,,",
                "P006,2026-10,,,1,234,,",
            ]
        )

        assert complaints(parse(text)) == [
            (2, "列share", "unit_needed"),
            (4, "服务商编号", "bad_provider"),
            (4, "月份", "bad_month"),
            (4, "列roi", "not_a_number"),
            (4, "列leaps", "too_precise"),
            (5, "列share", "unit_needed"),
            (7, "服务商编号", "duplicate_row"),
            (8, "月份", "future_month"),
            (8, "列share", "too_precise"),
            (9, "", "no_value"),
            (10, "", "cell_count"),
        ]

    def test_says_what_was_given_and_what_is_allowed(self):
        error = parse(f"{HEADER}\nP001,2026-10,-101%,,,,").errors[0]

        assert error.code is CellErrorCode.OUT_OF_RANGE
        assert (error.given, error.detail) == ("-101%", "-100–100000")

    def test_names_the_line_of_the_first_of_two_equal_rows(self):
        error = parse(f"{HEADER}\n{ROW}\n\n{ROW}").errors[0]

        assert (error.line, error.code, error.detail) == (4, CellErrorCode.DUPLICATE_ROW, "2")

    def test_shortens_what_was_given(self):
        error = parse(f"{HEADER}\nP001,2026-10,{'9' * 500},,,,").errors[0]

        assert error.given == "9" * 40

    def test_checks_providers_when_told_which_exist(self):
        file = parse(f"{HEADER}\n{ROW}\nP404,2026-10,,1,,,", provider_codes=["P001"])

        assert complaints(file) == [(3, "服务商编号", "unknown_provider")]

    def test_tells_every_error_of_the_header_and_reads_on(self):
        text = "服务商编号,月份,列share,列share,列roi,备注,列gpm\nP001,2026-10,5,,,,"

        assert complaints(parse(text)) == [
            (1, "列share", "duplicate_column"),
            (1, "备注", "unknown_column"),
            (1, "列disputes", "missing_column"),
            (1, "列leaps", "missing_column"),
            (2, "列share", "unit_needed"),
        ]

    def test_stops_where_rows_cannot_be_told_apart(self):
        text = f"{HEADER.replace('月份', '月')}\n{ROW}"

        assert complaints(parse(text)) == [
            (1, "月", "unknown_column"),
            (1, "月份", "missing_column"),
        ]

    @pytest.mark.parametrize(
        ("data", "complaint"),
        [
            (b"", (0, "", "no_rows")),
            (HEADER.encode(), (0, "", "no_rows")),
            (HEADER.replace(",", ";").encode(), (1, "", "not_commas")),
            (HEADER.replace(",", "\t").encode(), (1, "", "not_commas")),
            (b"PK\x03\x04whatever", (0, "", "bad_workbook")),
            (HEADER.encode("utf-16"), (0, "", "not_text")),
            (HEADER.encode("utf-16-le"), (0, "", "not_text")),
            (b"\xff\xff\xff", (0, "", "not_text")),
            (f'{HEADER}\n{ROW}\n"P002,2026-10,,1,,,\n'.encode(), (3, "", "bad_quotes")),
            (f'{HEADER}\n"P"002,2026-10,,1,,,\n'.encode(), (2, "", "bad_quotes")),
        ],
    )
    def test_says_why_a_file_cannot_be_read(self, data, complaint):
        assert complaints(parse(data)) == [complaint]

    def test_refuses_a_file_that_is_too_large(self, monkeypatch):
        monkeypatch.setattr(indicators, "MAX_BYTES", 100)

        assert complaints(parse(f"{HEADER}\n{ROW}")) == [(0, "", "file_too_large")]

    def test_refuses_too_many_rows(self, monkeypatch):
        monkeypatch.setattr(indicators, "MAX_ROWS", 1)

        assert complaints(parse(f"{HEADER}\n{ROW}\n{ROW}\n{ROW}")) == [(3, "", "too_many_rows")]

    @given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
    def test_answers_any_bytes(self, data):
        file = parse(HEADER.encode() + b"\n" + data)

        assert bool(file.rows) != bool(file.errors)

    @given(st.lists(st.sampled_from([",", "\n", '"', "P1", "2026-10", "3%", "1", "‰", " "])))
    def test_answers_anything_that_looks_like_a_table(self, pieces):
        file = parse(f"{HEADER}\n{''.join(pieces)}")

        assert bool(file.rows) != bool(file.errors)


class TestTemplateCsv:
    def test_opens_in_a_spreadsheet(self):
        data = template_csv(LITTLE_SCHEME)

        assert data == b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n"

    def test_has_a_row_to_fill_in_for_each_report(self):
        text = template_csv(LITTLE_SCHEME, [("P001", OCTOBER), ("P002", OCTOBER)]).decode()

        filled = text.replace("P001,2026年10月,,", "P001,2026年10月,30%,")
        filled = filled.replace("P002,2026年10月,,", "P002,2026年10月,4‰,")
        file = parse(filled)
        assert [(row.provider_code, row.values) for row in file.rows] == [
            ("P001", {"share": Decimal(30)}),
            ("P002", {"share": Decimal("0.4")}),
        ]
