"""The shipped chapters: every skill, every number that an item names, every drill."""

from __future__ import annotations

import re

from app.handbook.checklists import shipped_checklists
from app.handbook.exercises import SHOWN_KINDS
from app.handbook.loading import shipped_handbook
from app.handbook.searching import search
from question_bank.items import Pool
from question_bank.loading import CONTENT, load_bank
from simulations.drill_loading import shipped_drills
from simulations.skills import SKILLS

BOOK = shipped_handbook()


def test_every_skill_has_its_section():
    for skill in SKILLS:
        assert BOOK.number_of_skill(skill.value) in BOOK.section_numbers, skill


def test_every_number_that_an_item_names_is_there():
    named = {
        number
        for path in (CONTENT / "items").rglob("*.yaml")
        for number in re.findall(r'^\s*handbook: "(.+)"$', path.read_text("utf-8"), re.MULTILINE)
    }

    assert named
    assert named <= BOOK.section_numbers


def test_every_drill_is_practised_from_some_chapter_and_exists():
    named = {drill for chapter in BOOK.chapters for drill in chapter.front.drills}

    assert named == set(shipped_drills())


def test_the_words_of_the_trade_are_found_where_they_are_taught():
    for word, number in {"返场": "6.4", "福袋": "7.1", "保本": "4.5", "绝对化": "9.2"}.items():
        assert search(BOOK, word)[0].section.number == number


def test_every_item_of_a_chapter_is_a_practice_item_that_reads_on_paper():
    bank = {one.id: one for one in load_bank()}

    for chapter in BOOK.chapters:
        for item_id in chapter.front.items:
            assert bank[item_id].pool is Pool.PRACTICE, item_id
            assert bank[item_id].kind in SHOWN_KINDS, item_id


def test_every_list_names_sections_that_are_there():
    lists = shipped_checklists()

    assert [one.id for one in lists] == ["before", "during", "after"]
