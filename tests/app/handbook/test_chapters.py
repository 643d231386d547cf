"""Chapters: what a file must have, what is refused and in which words, and the search."""

from __future__ import annotations

import pytest

from app.handbook.chapters import bound, links_of, parse_chapter
from app.handbook.errors import HandbookError
from app.handbook.loading import load_handbook
from app.handbook.rendering import plain_text, section_html
from app.handbook.searching import search

GOOD = """---
number: 1
title: 返场
question: 什么时候把讲过的款再讲一次？
level: junior
lang: zh-Hans
skills: {selection: "1.2"}
drills: [drill-encore]
sources: [{grade: assumed, text: 教学设定}]
---
开场的案例。

## 1.1 何时

歇过一阵，再 **返场**，见 [1.2](section:1.2)。

## 1.2 选哪款

看每分钟成交额。

## 操作卡：三问

有人要吗？

## 三个常见错误

- 太早
"""


def changed(before: str, after: str) -> str:
    assert GOOD.count(before) == 1
    return GOOD.replace(before, after)


class TestParse:
    def test_numbers_sections_and_keeps_the_opening(self):
        chapter = parse_chapter(GOOD, "01.md")

        assert [one.number for one in chapter.sections] == ["1.1", "1.2", "", ""]
        assert chapter.sections[1].anchor == "s1-2"
        assert chapter.opening == "开场的案例。"
        assert list(links_of(chapter)) == ["section:1.2"]

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            ("---\nnumber: 1", "number: 1", "front matter between"),
            ("level: junior", "level: beginner", "01.md: level"),
            ("level: junior", "level: junior\nauthor: 某人", "01.md: author"),
            ("grade: assumed", "grade: rumour", "sources.0.grade"),
            ('selection: "1.2"', 'selling: "1.2"', "skills"),
            ('selection: "1.2"', 'selection: "1.9"', "no section 1.9"),
            ("title: 返场", "title: [", "front matter"),
            ("## 1.2 选哪款", "## 1.3 选哪款", "sections are numbered"),
            ("## 操作卡：三问", "## 三问", "操作卡"),
            ("看每分钟成交额。", "", "section 选哪款 is empty"),
            ("开场的案例。", "", "opens with a case"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, before, after, words):
        with pytest.raises(HandbookError) as raised:
            parse_chapter(changed(before, after), "01.md")

        assert words in str(raised.value)
        assert all(problem.startswith("01.md") for problem in raised.value.problems)


class TestBound:
    def test_refuses_a_link_that_leads_nowhere(self):
        for target in ("section:9.9", "https://elsewhere.example/"):
            chapter = parse_chapter(changed("section:1.2", target), "01.md")

            with pytest.raises(HandbookError, match="leads nowhere"):
                bound([chapter])

    def test_refuses_a_gap_and_a_skill_that_is_taught_twice(self):
        two = parse_chapter(
            GOOD.replace("number: 1", "number: 3").replace("1.1", "3.1").replace("1.2", "3.2"), "3"
        )

        with pytest.raises(HandbookError) as raised:
            bound([parse_chapter(GOOD, "1"), two])

        assert "numbered [1, 3]" in str(raised.value)
        assert "selection is taught twice" in str(raised.value)

    def test_gathers_the_problems_of_all_files(self, tmp_path):
        (tmp_path / "1.md").write_text(changed("level: junior", "level: x"), encoding="utf-8")
        (tmp_path / "2.md").write_text("nothing", encoding="utf-8")

        with pytest.raises(HandbookError) as raised:
            load_handbook(tmp_path)

        assert [problem.split(":")[0] for problem in raised.value.problems] == ["1.md", "2.md"]


class TestText:
    def test_html_links_sections_and_lets_nothing_else_through(self):
        table = "| a | b |\n|---|---|\n| 1 | 2 |"

        html = section_html(f"见 [库存](section:3.5)。<script>x</script>\n\n{table}")

        assert '<a href="3#s3-5">库存</a>' in html
        assert "<script>" not in html
        assert "<td>1</td>" in html

    def test_plain_text_has_no_marks(self):
        assert plain_text("再 **返场**，见 [1.2](section:1.2)。") == "再 返场，见 1.2。"


class TestSearch:
    @pytest.fixture
    def book(self):
        return bound([parse_chapter(GOOD, "1")])

    def test_the_heading_counts_more(self, book):
        assert [hit.section.number for hit in search(book, "何时")] == ["1.1"]
        hit = search(book, "成交额")[0]
        assert (hit.before, hit.found) == ("看每分钟", "成交额")

    def test_all_words_are_wanted(self, book):
        assert search(book, "返场 歇过")[0].section.number == "1.1"
        assert search(book, "返场 没有这个词") == []

    def test_a_question_without_spaces_is_compared_by_pairs(self, book):
        assert [hit.section.number for hit in search(book, "每分钟的成交额")] == ["1.2"]

    @pytest.mark.parametrize("query", ["", "  ", "%", "x" * 300, "\x00"])
    def test_odd_questions_find_nothing(self, book, query):
        assert search(book, query) == []
