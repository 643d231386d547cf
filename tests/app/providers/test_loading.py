"""Scheme files: exact numbers in, every fault out, with file, id and field."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from app.providers.errors import SchemeContentError
from app.providers.loading import load_scheme, load_schemes, parse_scheme
from tests.factories.schemes import LITTLE_SCHEME, scheme_body

PATH = Path("little.yaml")


def text_of(**changes: object) -> str:
    return yaml.safe_dump({"lang": "zh-Hans", "scheme": scheme_body(**changes)}, allow_unicode=True)


class TestParseScheme:
    def test_reads_what_was_written(self):
        assert parse_scheme(text_of(), PATH) == LITTLE_SCHEME

    def test_keeps_unquoted_numbers_exact(self):
        text = text_of().replace("points: '0.39'", "points: 0.39")

        assert parse_scheme(text, PATH).certified.levels[2].points == Decimal("0.39")

    def test_tells_every_fault_with_its_place(self):
        text = text_of().replace("full: '30'", "full: ten").replace("cap: '5.00'", "cap: 0.005")

        with pytest.raises(SchemeContentError) as caught:
            parse_scheme(text, PATH)

        field, cap = caught.value.problems
        assert field.startswith("scheme little: forces demand.modules share.full: Input should be")
        assert cap.startswith("scheme little: certified.cap: Value error, points have at most two")
        assert str(caught.value) == f"little.yaml: {field}\nlittle.yaml: {cap}"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "file: Input should be a valid dictionary"),
            ("lang: zh-Hans\nlang: en", "key 'lang' occurs twice"),
            ("lang: &a zh-Hans\nscheme: *a", "aliases are not allowed"),
            ("lang: [", "not readable as YAML"),
            ("lang: .inf", "'.inf' is no plain decimal number"),
            ("lang: 1_0.5", "lang: Input should be 'zh-Hans'"),
            ("lang: 12:30.5", "'12:30.5' is no plain decimal number"),
            ("lang: 2026-13-45", "not readable as YAML: month must be"),
            ("#" * 1_000_001, "longer than 1000000 characters"),
        ],
    )
    def test_refuses_other_texts(self, text, message):
        with pytest.raises(SchemeContentError, match=message):
            parse_scheme(text, PATH)

    def test_wants_the_file_named_after_the_scheme(self):
        with pytest.raises(SchemeContentError, match=r"the file must be named little\.yaml"):
            parse_scheme(text_of(), Path("large.yaml"))


class TestLoadScheme:
    def test_reads_a_file(self, tmp_path):
        path = tmp_path / "little.yaml"
        path.write_text(text_of(), encoding="utf-8")

        assert load_scheme(path) == LITTLE_SCHEME

    def test_says_which_file_it_cannot_read(self, tmp_path):
        with pytest.raises(SchemeContentError, match=r"none\.yaml: not readable"):
            load_scheme(tmp_path / "none.yaml")


class TestLoadSchemes:
    def test_reads_every_file_of_a_folder(self, tmp_path):
        (tmp_path / "little.yaml").write_text(text_of(), encoding="utf-8")

        assert load_schemes(tmp_path) == (LITTLE_SCHEME,)

    def test_wants_at_least_one(self, tmp_path):
        with pytest.raises(SchemeContentError, match="no scheme"):
            load_schemes(tmp_path)
