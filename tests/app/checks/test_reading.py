"""Lists in files: what is read from them, and every kind of file that is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from app.checks import labels
from app.checks.reading import MAX_BYTES, MAX_ROWS, ListError, ListErrorCode, read_list

NUMBER = "CPS3-26-7QX4M3KD94-6"


def xlsx(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


class TestReadList:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_reads_csv_in_the_encodings_of_excel(self, encoding):
        text = f"序号,证书编号,姓名\r\n1,{NUMBER},欧阳朵\r\n\r\n2,x,𠮷田\r\n"

        pairs = read_list(text.encode(encoding))

        assert [(one.row, one.number, one.name) for one in pairs] == [
            (2, NUMBER, "欧阳朵"),
            (4, "x", "𠮷田"),
        ]

    def test_reads_a_workbook_with_its_columns_in_any_order(self):
        pairs = read_list(
            xlsx(["姓名（必填）", None, "证书编号"], ["张伟", "", NUMBER], [], ["", "", 7])
        )

        assert [(one.row, one.number, one.name) for one in pairs] == [
            (2, NUMBER, "张伟"),
            (4, "7", ""),
        ]

    def test_takes_off_what_protects_text_from_being_run(self):
        (pair,) = read_list("证书编号,姓名\n'=CMD(),'-a\n".encode())

        assert (pair.number, pair.name) == ("=CMD()", "-a")

    def test_drops_characters_that_nobody_sees(self):
        (pair,) = read_list(f"证书编号,姓名\n{NUMBER},张\u202e\u200b伟\n".encode())

        assert pair.name == "张伟"


BOMB = zipped(**{"xl/worksheets/sheet1.xml": b"0" * 21 * 1024 * 1024})
ENTITIES = zipped(
    **{
        "[Content_Types].xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        "xl/workbook.xml": b"<x/>",
    }
)


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", ListErrorCode.EMPTY),
            (b" \n ", ListErrorCode.EMPTY),
            (b"x" * (MAX_BYTES + 1), ListErrorCode.TOO_LARGE),
            ("证书编号,姓名\n".encode("utf-16"), ListErrorCode.NOT_TEXT),
            (b"\xff\xfe\xfd,\x81", ListErrorCode.NOT_TEXT),
            (b"\xd0\xcf\x11\xe0old", ListErrorCode.OLD_WORKBOOK),
            (b"PK\x03\x04broken", ListErrorCode.BAD_WORKBOOK),
            (BOMB, ListErrorCode.BAD_WORKBOOK),
            (ENTITIES, ListErrorCode.BAD_WORKBOOK),
            (zipped(**{"../../etc/x": b"1"}), ListErrorCode.BAD_WORKBOOK),
            ('证书编号,姓名\n"a,b\n'.encode(), ListErrorCode.BAD_QUOTES),
            ("编码,名字\na,b\n".encode(), ListErrorCode.NO_HEADINGS),
            ("证书编号,姓名,姓名\na,b,c\n".encode(), ListErrorCode.DOUBLE_HEADING),
            ("证书编号,姓名\n,\n".encode(), ListErrorCode.NO_ROWS),
            (
                "证书编号,姓名\n".encode() + b"a,b\n" * (MAX_ROWS + 1),
                ListErrorCode.TOO_MANY_ROWS,
            ),
            (xlsx(["证书编号", "姓名"], ["=1+1", "张伟"]), ListErrorCode.FORMULA),
        ],
        ids=[
            "empty",
            "blank",
            "too_large",
            "utf16",
            "no_text",
            "xls",
            "broken_zip",
            "bomb",
            "entities",
            "no_workbook",
            "quotes",
            "no_headings",
            "double_heading",
            "no_rows",
            "too_many_rows",
            "formula",
        ],
    )
    def test_a_file_is_refused_whole_and_says_why(self, data, code):
        with pytest.raises(ListError) as refused:
            read_list(data)

        assert refused.value.code is code

    def test_every_refusal_has_words(self):
        for code in ListErrorCode:
            assert "%(" not in labels.list_error_words(code, 7)
