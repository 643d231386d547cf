"""One map for items, rooms, drills and the handbook: the shipped table holds together."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_babel import force_locale

from app.handbook.loading import shipped_handbook
from app.rooms.skill_words import SHOWN_SKILLS
from app.training.skill_map import PATH, SkillMapError, parse_skill_map, shipped_skill_map
from question_bank.loading import load_bank
from simulations.skills import SKILLS
from tests.factories.bank import single_item

TEXT = Path(PATH).read_text(encoding="utf-8")


def test_every_section_stands_in_the_handbook():
    book = shipped_handbook()

    for skill in shipped_skill_map().skills:
        assert set(skill.sections) <= book.section_numbers, skill.id


def test_the_section_that_teaches_a_room_skill_is_among_its_skills_sections():
    book, skill_map = shipped_handbook(), shipped_skill_map()

    for room_skill in SKILLS:
        taught = book.number_of_skill(room_skill.value)
        assert taught in skill_map.by_id[skill_map.skill_of_room(room_skill.value)].sections


def test_every_shipped_item_has_a_skill_and_every_skill_has_items_to_practise():
    skill_map = shipped_skill_map()
    practised = {skill_map.skill_of_item(item) for item in load_bank() if item.pool == "practice"}

    assert practised == set(skill_map.by_id)


def test_an_item_follows_its_section_and_else_its_topic():
    skill_map = shipped_skill_map()

    assert skill_map.skill_of_item(single_item("a-one", handbook="3.5")) == "stock"
    assert skill_map.skill_of_item(single_item("a-one", topic="supply")) == "selection"
    assert skill_map.skill_of_room("nonsense") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"3.5"', '"3.4"'), "section twice: 3.4"),
        (("room_skill: stock", "room_skill: null"), "room_skill: stock belong nowhere"),
        (("is_default: false", "is_default: true"), "each topic has exactly one"),
        (("id: stock", "id: selection"), "id twice: selection"),
        (("lang: zh-Hans", "lang: zh-Hans\nextra: 1"), "extra"),
        (("skills:", "skills: ["), "skill_map.yaml"),
    ],
)
def test_a_fault_in_the_table_is_named(change, words):
    with pytest.raises(SkillMapError, match=words):
        parse_skill_map(TEXT.replace(*change, 1), "skill_map.yaml")


def test_the_rooms_skills_are_called_what_the_engine_calls_them(app):
    with app.test_request_context("/"):
        shown = {one.id: (str(one.title), str(one.about)) for one in SHOWN_SKILLS.values()}

    assert shown == {one.id: (one.title, one.about) for one in SKILLS.values()}
    assert list(shown) == list(SKILLS)


def test_a_skill_has_its_name_in_the_readers_language(app):
    names = {}
    for language in ("zh", "en"):
        with app.test_request_context("/"), force_locale(language):
            names[language] = {one.title for one in shipped_skill_map().skills}

    assert "库存与上下架" in names["zh"]
    assert "Stock and listing" in names["en"]
    assert names["zh"].isdisjoint(names["en"])
