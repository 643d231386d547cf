import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.errors import HolderNameError
from certificates.names import MAX_NAME_LENGTH, disguised_characters, mask_name, pdf_text


class TestPdfText:
    @pytest.mark.parametrize(
        ("typed", "clean"),
        [
            ("张伟", "张伟"),
            ("  张\t伟\n", "张 伟"),
            ("张\u3000伟", "张 伟"),
            ("𠮷田", "𠮷田"),
            ("古丽米热·买买提", "古丽米热·买买提"),
            ("e\u0301", "é"),
            ("张\u202e伟\u200b\ufeff", "张伟"),
            ("葛\U000e0100城", "葛城"),
            ("张\x00\x1b[31m伟", "张[31m伟"),
            ("O’Brien", "O'Brien"),
            ('<img src="file:///etc/passwd">', '<img src="file:///etc/passwd">'),
            ("张\u3164伟", "张伟"),
        ],
    )
    def test_cleans(self, typed, clean):
        assert pdf_text(typed) == clean

    @pytest.mark.parametrize("typed", ["", " ", "\u200b\u202e", "\u3164\u2800", "\ue000"])
    def test_refuses_what_shows_nothing(self, typed):
        with pytest.raises(HolderNameError) as caught:
            pdf_text(typed)
        assert caught.value.code == "empty"

    def test_refuses_a_long_text_and_never_cuts_it(self):
        assert len(pdf_text("张" * MAX_NAME_LENGTH)) == MAX_NAME_LENGTH
        with pytest.raises(HolderNameError) as caught:
            pdf_text("张" * (MAX_NAME_LENGTH + 1))
        assert caught.value.code == "too_long"

    @given(st.text(max_size=80))
    def test_a_clean_text_is_clean_for_good(self, typed):
        try:
            clean = pdf_text(typed, max_length=500)
        except HolderNameError:
            return

        assert pdf_text(clean, max_length=500) == clean
        assert not {unicodedata.category(each) for each in clean} & {"Cc", "Cf", "Cs", "Co", "Zl"}


class TestDisguisedCharacters:
    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("\u0410lice", "lice"),  # a Cyrillic A, then Latin letters
            ("Al\u0456ce", "\u0456"),
            ("\U0001d400lice", "\U0001d400"),
            ("王\U0001f437", "\U0001f437"),
            ("㊣伟", "㊣"),
            ("\u1112\u1161", "\u1112\u1161"),
        ],
    )
    def test_names_what_passes_for_something_else(self, name, found):
        assert "".join(disguised_characters(name)) == found

    @pytest.mark.parametrize(
        "name",
        [
            "张伟",
            "古丽米热·买买提",
            "〇𠮷喆",
            "María-José O'Neill Ñandú",
            "Жанар Әлиева",
            "张伟 Wei",
            "<b>Robert</b>",
        ],
    )
    def test_finds_nothing_in_a_name(self, name):
        assert disguised_characters(name) == ()


class TestMaskName:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张伟", "张*"),
            ("欧阳娜娜", "欧***"),
            ("古丽米热·买买提", "古***·***"),
            ("John O'Neill-Smith", "J*** *'*****-*****"),
            ("𠮷田", "𠮷*"),
            ("x\u0323y", "x*"),
            ("王", "王"),
        ],
    )
    def test_shows_the_first_character_alone(self, name, masked):
        assert mask_name(name) == masked
