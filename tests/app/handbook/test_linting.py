"""What editors are told: length, parts, an engine's figure that is not the engine's, copies."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.handbook.chapters import bound, parse_chapter
from app.handbook.cli import handbook_cli
from app.handbook.linting import lint, prints_of, read_prints, write_prints
from app.handbook.loading import CONTENT_DIR, shipped_handbook

SENTENCE = "主播在镜头前卖货而操盘手在她身后看着每一个数字的变化"


def test_the_shipped_chapters_are_good_enough():
    assert lint(shipped_handbook(), read_prints()) == []
    assert len(shipped_handbook().chapters) >= 16


def test_a_copied_sentence_is_found_and_named():
    prints = frozenset(prints_of(f"报道写道：{SENTENCE}。"))
    book = with_text("看每分钟的净成交", f"都说{SENTENCE}，其实看每分钟的净成交")

    found = [one for one in lint(book, prints) if "word for word" in one]

    assert len(found) == 1
    assert found[0].startswith("chapter 1: stands word for word in a published text: 主播在镜头前")


def test_prints_keep_nothing_that_can_be_read(tmp_path):
    count = write_prints([SENTENCE, SENTENCE], tmp_path / "prints")

    assert count == len(SENTENCE) - 11
    assert SENTENCE.encode() not in (tmp_path / "prints").read_bytes()
    assert read_prints(tmp_path / "prints") == frozenset(prints_of(SENTENCE))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("values: [25, 30, 20, 15, 10]", "values: [25, 30, 20, 15, 10, 5]", "each label"),
        ("formula: gmv-base", "formula: gmv-bass", "bass"),
        ('section: "1.4"', 'section: "1.9"', "no section 1.9"),
    ],
    ids=["labels", "formula", "section"],
)
def test_a_broken_figure_or_example_stops_the_start(before, after, words):
    with pytest.raises(Exception, match=words):
        with_text(before, after)


def test_each_lack_is_told():
    book = with_text("items: [junior-live-ops-002, ", "items: [")
    short = parse_chapter(
        text_of_first()
        .split("## 1.2")[0]
        .replace('section: "1.4"', 'section: "1.1"')
        .replace('section: "1.2"', 'section: "1.1"')
        + "## 操作卡\n\n三问\n\n## 三个常见错误\n\n- 一\n",
        "01.md",
    )

    assert lint(book) == ["chapter 1: 4 items, 5 different ones expected"]
    told = " ".join(lint(bound([short])))
    assert "1200 to 2500 expected" in told
    assert "1 usual mistakes, 3 expected" in told


def test_a_figure_that_is_not_the_engines_is_told():
    path = next(CONTENT_DIR.glob("06-*.md"))
    text = path.read_text("utf-8").replace("values: [7.9, ", "values: [8.9, ")
    chapters = [one for one in shipped_handbook().chapters if one.number != 6]

    problems = lint(bound([*chapters, parse_chapter(text, path.name)]))

    assert len(problems) == 1
    assert problems[0].startswith("chapter 6: figure: the engine gives")


class TestCommand:
    def test_says_how_long_each_chapter_is(self):
        result = CliRunner().invoke(handbook_cli, ["check"])

        assert result.exit_code == 0, result.output
        assert " 1  12" in result.output

    def test_names_the_file_that_is_broken(self, tmp_path):
        (tmp_path / "01.md").write_text("no front matter", encoding="utf-8")

        result = CliRunner().invoke(handbook_cli, ["check", str(tmp_path)])

        assert result.exit_code == 1
        assert "01.md" in result.output


def text_of_first() -> str:
    return next(CONTENT_DIR.glob("01-*.md")).read_text("utf-8")


def with_text(before: str, after: str):
    """Return the shipped handbook with its first chapter changed."""
    text = text_of_first()
    marked = text.replace(before, after, 1) if before in text else text + "\n" + after
    rest = [one for one in shipped_handbook().chapters if one.number != 1]
    return bound([parse_chapter(marked, "01.md"), *rest])
