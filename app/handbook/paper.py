"""The whole handbook on paper: contents, chapters with figures and examples, lists to tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.handbook.chapters import Chapter, Handbook
from app.handbook.charting import number_text
from app.handbook.checklists import Checklist
from app.handbook.examples import Example, work_out
from app.handbook.figures import Figure, drawn
from app.handbook.labels import GRADE
from app.standards.paper import BRAND, INNER, MARGIN, MUTED, WELL, Paper, drawn_twice

BAR_HEIGHT, BAR_STEP, LABEL_WIDTH = 8.0, 15.0, 110.0

_WORDS = {"text", "code_inline"}
_MARKDOWN = MarkdownIt("js-default", {"html": False, "linkify": False}).disable(["image"])


def draw_handbook(book: Handbook, lists: Sequence[Checklist], fonts_dir: Path) -> bytes:
    """Return the handbook as a PDF file; the same chapters give the same bytes.

    Args:
        book: The chapters.
        lists: Printed after the last chapter.
        fonts_dir: Where the certificate's fonts are.

    Raises:
        PaperFontsError: If a font is missing.
    """
    first_pages: dict[str, int] = {}

    def draw(paper: Paper) -> None:
        _contents(paper, book, first_pages)
        for chapter in book.chapters:
            paper.new_page()
            first_pages[str(chapter.number)] = paper.page
            _chapter(paper, chapter)
        paper.new_page()
        first_pages["lists"] = paper.page
        _lists(paper, lists)

    title = gettext("操盘手手册")
    return drawn_twice(draw, title=title, foot=title, fonts_dir=fonts_dir)


def _contents(paper: Paper, book: Handbook, first_pages: dict[str, int]) -> None:
    paper.y -= 40
    paper.text(MARGIN, paper.y, gettext("操盘手手册"), 24, bold=True)
    paper.y -= 40
    rows = [(f"{one.number}  {one.title}", str(one.number)) for one in book.chapters]
    for words, key in [*rows, (gettext("检查单"), "lists")]:
        paper.room(20)
        paper.text(MARGIN, paper.y, words, 11)
        page = str(first_pages.get(key, ""))
        paper.text(MARGIN + INNER, paper.y, page, 11, colour=MUTED, right=True)
        paper.y -= 20


def _chapter(paper: Paper, chapter: Chapter) -> None:
    front = chapter.front
    paper.y -= 14
    paper.text(MARGIN, paper.y, f"{chapter.number}  {chapter.title}", 17, bold=True, colour=BRAND)
    paper.y -= 22
    paper.paragraph(front.question, 10, MUTED)
    paper.y -= 8
    _text(paper, chapter.opening)
    for section in chapter.sections:
        paper.title(f"{section.number}  {section.title}" if section.number else section.title)
        _text(paper, section.text)
        if front.figure is not None and front.figure.section == section.number:
            _figure(paper, front.figure, front.example)
        if front.example is not None and front.example.section == section.number:
            _example(paper, front.example)
    paper.title(gettext("出处"))
    for source in front.sources:
        paper.paragraph(f"{GRADE[source.grade]}  {source.text}", 8.5, MUTED)


def _text(paper: Paper, markdown: str) -> None:
    for words, size in _blocks(_MARKDOWN.parse(markdown)):
        paper.paragraph(words, size)
        paper.y -= 4


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[str, float]]:
    """Yield each paragraph with its size in points; rows of a table become one line each."""
    mark = ""
    numbers: list[int] = []  # of open lists: 0 for bullets, else the next number
    heads: list[str] = []
    cells: list[str] = []
    for before, token in pairwise([tokens[0], *tokens]):
        if token.type == "bullet_list_open":
            numbers.append(0)
        elif token.type == "ordered_list_open":
            numbers.append(1)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            numbers.pop()
        elif token.type == "list_item_open":
            mark = f"{numbers[-1]}. " if numbers[-1] else "・"
            numbers[-1] += bool(numbers[-1])
        elif token.type == "thead_close":
            heads, cells = cells, []
        elif token.type == "tr_close" and heads:
            yield _row(heads, cells), 9.0
            cells = []
        elif token.type == "table_close":
            heads = []
        elif token.type == "inline":
            parts = [child for child in token.children or () if child.type in _WORDS]
            words = "".join(child.content for child in parts)
            if before.type in {"th_open", "td_open"}:
                cells.append(words)
            else:
                yield mark + words, 9.5
                mark = ""


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    rest = "；".join(
        f"{head}：{cell}" for head, cell in zip(heads[1:], cells[1:], strict=True) if cell
    )
    return f"・{cells[0]}　{rest}"


def _figure(paper: Paper, figure: Figure, example: Example | None) -> None:
    shown = drawn(figure, example)
    name, values = shown.series[0]
    paper.room(40 + BAR_STEP * len(values))
    unit = f"（{figure.unit}）" if figure.unit else ""
    paper.text(MARGIN, paper.y, f"{figure.title}：{name}{unit}", 9, bold=True)
    paper.y -= 16
    most = max(abs(value) for value in values) or 1.0
    room = INNER - LABEL_WIDTH - 60
    for label, value in zip(shown.labels, values, strict=True):
        paper.text(MARGIN, paper.y, label, 8.5)
        paper.canvas.setFillColor(BRAND if value >= 0 else MUTED)
        paper.canvas.rect(
            MARGIN + LABEL_WIDTH,
            paper.y - 1,
            max(0.5, room * abs(value) / most),
            BAR_HEIGHT,
            stroke=0,
            fill=1,
        )
        paper.text(MARGIN + INNER, paper.y, number_text(value), 8.5, right=True)
        paper.y -= BAR_STEP
    paper.paragraph(figure.text, 8.5, MUTED)
    paper.y -= 4


def _example(paper: Paper, example: Example) -> None:
    worked = work_out(example, {})
    height = 30.0 + 14 * (len(worked.entries) + len(worked.lines))
    paper.room(height + 30)
    paper.canvas.setFillColor(WELL)
    paper.canvas.rect(MARGIN, paper.y - height + 12, INNER, height, stroke=0, fill=1)
    paper.text(
        MARGIN + 8, paper.y - 4, gettext("算例：%(title)s", title=example.title), 9.5, bold=True
    )
    paper.y -= 20
    for entry in worked.entries:
        _pair(paper, entry.given.label, f"{entry.text} {entry.given.unit}", is_result=False)
    for line in worked.lines:
        _pair(paper, line.step.label, f"{line.text} {line.step.unit}", is_result=True)
    paper.y -= 8
    paper.paragraph(example.reading, 8.5, MUTED)
    paper.y -= 4


def _pair(paper: Paper, label: str, value: str, *, is_result: bool) -> None:
    paper.text(MARGIN + 8, paper.y, label, 9, colour=MUTED, bold=False)
    paper.text(MARGIN + INNER - 8, paper.y, value.strip(), 9, bold=is_result, right=True)
    paper.y -= 14


def _lists(paper: Paper, lists: Sequence[Checklist]) -> None:
    for one in lists:
        paper.title(f"{one.title}  {one.when}")
        for entry in one.entries:
            paper.room(18)
            paper.canvas.rect(MARGIN, paper.y - 1.5, 8, 8, stroke=1, fill=0)
            paper.text(MARGIN + 16, paper.y, entry.text, 9.5)
            paper.text(MARGIN + INNER, paper.y, entry.section, 8.5, colour=MUTED, right=True)
            paper.y -= 16
