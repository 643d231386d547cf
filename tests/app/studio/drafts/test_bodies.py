"""Values, paths, YAML and words of a draft's body."""

from __future__ import annotations

import pytest

from app.studio.drafts.bodies import (
    FaultyValueError,
    FaultyYamlError,
    body_changes,
    body_of_yaml,
    own_body,
    typed,
    value_at,
    with_value,
    written_number,
    yaml_of,
)
from app.studio.drafts.field_words import FIELD
from app.studio.drafts.fields import leaves, section_fields, stored
from app.studio.drafts.labels import SECTIONS, refusal_words
from app.studio.drafts.shapes import scenario_shape, shape_at
from tests.factories.rooms import little_scenario

BODY = own_body(little_scenario())


def row_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


class TestTyped:
    def test_reads_what_a_person_types(self):
        assert typed("market.bid_fen", "120") == 120
        assert typed("audience.public_wave_sd", "0.34") == 0.34
        assert typed("level", "senior") == "senior"
        assert typed("compliance.warning_texts", "a，b\n\nc") == ["a，b", "c"]
        assert typed("speed.practice", "1, 2，4") == [1.0, 2.0, 4.0]

    @pytest.mark.parametrize(
        ("path", "text", "code"),
        [
            ("market.bid_fen", "0", "range"),
            ("market.bid_fen", "1.5", "whole"),
            ("market.bid_fen", "viel", "number"),
            ("market.bid_fen", "", "required"),
            ("market.visitors_per_min", "nan", "number"),
            ("market.visitors_per_min", "0", "range"),
            ("level", "expert", "unknown"),
            ("story", "too short", "length"),
            ("market.nothing", "1", "no_such_place"),
            ("version", "7", "not_written"),
            ("products.0", "x", "no_value"),
        ],
    )
    def test_refuses_what_cannot_stand_there(self, path, text, code):
        with pytest.raises(FaultyValueError) as refused:
            typed(path, text)

        assert refused.value.errors[0]["code"] == code
        assert refused.value.errors[0]["field"] == path

    def test_the_allowed_range_is_the_models_own(self):
        shape = shape_at("products.0.refund_fraction")

        assert (shape.least, shape.most) == (0, 0.9)


class TestYaml:
    def test_a_scenario_survives_the_way_there_and_back(self):
        assert body_of_yaml(yaml_of(BODY), "x", 1) == BODY

    def test_a_value_out_of_range_is_named_with_its_line(self):
        text = yaml_of(with_value(BODY, "market.bid_fen", -3))

        with pytest.raises(FaultyYamlError) as refused:
            body_of_yaml(text, "x", 1)

        error = refused.value.errors[0]
        assert (error["field"], error["row"]) == ("market.bid_fen", row_of(text, "bid_fen: -3"))

    def test_a_field_written_twice_is_refused_with_the_second_line(self):
        text = yaml_of(BODY) + "duration_min: 7\n"

        with pytest.raises(FaultyYamlError) as refused:
            body_of_yaml(text, "x", 1)

        assert refused.value.errors == [
            {"field": "duration_min", "code": "twice", "row": row_of(text, "duration_min: 7")}
        ]

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("bid_fen: ", "bid_fen: -", "要求 1 ～ 100,000"),
            ("public_per_min: ", "public_per_min: many #", "要写数字"),
            ("public_per_min: ", "public_per_minn: ", "是不是 public_per_min"),
            ("level: ", "level: expert #", "只能写 junior, intermediate, senior"),
        ],
    )
    def test_a_refusal_says_what_may_stand_there(self, app, old, new, words):
        with pytest.raises(FaultyYamlError) as refused:
            body_of_yaml(yaml_of(BODY).replace(old, new, 1), "x", 1)

        assert any(words in line for line in refusal_words(refused.value.errors))

    def test_bad_syntax_is_named_with_its_line(self):
        text = yaml_of(BODY).replace("title:", "title: [", 1)

        with pytest.raises(FaultyYamlError) as refused:
            body_of_yaml(text, "x", 1)

        assert refused.value.errors[0]["code"] == "syntax"
        assert refused.value.errors[0]["row"] >= 1

    @pytest.mark.parametrize("text", ["", "- 1", "!!python/object/apply:os.getcwd []"])
    def test_what_is_no_mapping_is_refused(self, text):
        with pytest.raises(FaultyYamlError):
            body_of_yaml(text, "x", 1)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "plain"),
        [("6万", 60000), ("60,000", 60000), ("1.1 万", 11000), ("−0.5", -0.5), ("60000", 60000)],
    )
    def test_are_read_as_people_write_them(self, text, plain):
        assert float(written_number(text)) == plain

    @pytest.mark.parametrize("text", ["1,23", "万", "6万元", "", "1e999"])
    def test_what_is_none_stays_as_it_is(self, text):
        assert written_number(text) == text

    def test_money_in_wan_is_stored_in_fen(self):
        assert stored("target_gmv_fen", "1.88万") == 1_880_000


class TestPaths:
    def test_a_change_leaves_the_original_alone(self):
        changed = with_value(BODY, "products.1.stock", 5)

        assert value_at(changed, "products.1.stock") == 5
        assert body_changes(BODY, changed) == [
            ("products.1.stock", value_at(BODY, "products.1.stock"), 5)
        ]


class TestFields:
    def test_every_field_of_the_model_has_words_and_a_tab(self):
        def names(shape):
            for one in shape.parts:
                yield one.name
                yield from names(one)

        system = {"lang", "engine", "version", "plan", "opening", "cards", "drill"}
        top = {one.name for one in scenario_shape().parts}
        unnamed = {
            name
            for one in scenario_shape().parts
            if one.name not in system
            for name in (one.name, *names(one))
        } - set(FIELD)

        assert unnamed == set()
        assert top - {name for _code, _words, tab in SECTIONS for name in tab} == system | {"id"}

    def test_a_tab_sent_back_unchanged_changes_nothing(self, app):
        with app.test_request_context():
            for code, _words, _names in SECTIONS:
                for one in leaves(section_fields(BODY, BODY, code)):
                    if one.kind != "flag" and one.value != "":
                        assert typed(one.path, stored(one.path, one.value)) == value_at(
                            BODY, one.path
                        ), one.path
