"""A chapter of the handbook: front matter, an opening case, and sections.

A file begins with YAML between two lines of `---` and goes on in Markdown. A heading `## 3.2 排品`
opens section 2 of chapter 3: items and debriefs name it by that number, so numbers are permanent.
Headings without a number are the chapter's card 操作卡 and its usual mistakes 常见错误; each
chapter has one of both. A link goes to another section, `[…](section:2.1)`; nothing else is linked.
The front matter may hold a figure and an example that the reader changes, each under a section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.handbook.errors import HandbookError
from app.handbook.examples import Example
from app.handbook.figures import Figure, drawn
from question_bank.loading import PlainLoader
from simulations.skills import SkillId

CARD, MISTAKES = "操作卡", "三个常见错误"
"""How the two sections that have no number begin."""

_HEADING = re.compile(r"^## +(?:(\d+\.\d+) +)?(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]*)\)")
_SECTION_LINK = re.compile(r"section:(\d+\.\d+)")


class Grade(StrEnum):
    """How far a source may be trusted; web figures give an order of magnitude and no more."""

    PRESS = "press"
    OFFICIAL = "official"
    TRADE = "trade"
    WEB = "web"
    ASSUMED = "assumed"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Strict):
    """Where a chapter's facts come from."""

    grade: Grade = Field(strict=False)
    text: str = Field(min_length=4, max_length=200)


class FrontMatter(_Strict):
    """What a chapter says about itself.

    Attributes:
        number: Its place, from 1.
        title: Its subject.
        question: The one question that it answers.
        level: The lowest level that needs it.
        lang: Of the text.
        skills: Skill → section that teaches it.
        drills: Scenario ids of drills that practise it.
        items: Ids of practice items that check whether it was understood.
        sources: Of its facts.
        example: A calculation that the reader changes.
        figure: A drawing.
    """

    number: int = Field(ge=1, le=99)
    title: str = Field(min_length=2, max_length=30)
    question: str = Field(min_length=8, max_length=80)
    level: Literal["junior", "intermediate", "senior"]
    lang: Literal["zh-Hans"]
    skills: dict[Annotated[SkillId, Field(strict=False)], str]
    drills: tuple[str, ...] = Field(strict=False, min_length=1)
    items: tuple[str, ...] = Field((), strict=False, max_length=8)
    sources: tuple[Source, ...] = Field(strict=False, min_length=1)
    example: Example | None = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Section:
    """A part of a chapter.

    Attributes:
        number: `3.2`; empty for the card and the mistakes.
        anchor: Its id in the chapter's page.
        title: Its heading, without the number.
        text: Markdown.
    """

    number: str
    anchor: str
    title: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """A chapter; `opening` is the Markdown before the first heading."""

    front: FrontMatter
    opening: str
    sections: tuple[Section, ...]

    @property
    def number(self) -> int:
        return self.front.number

    @property
    def title(self) -> str:
        return self.front.title


@dataclass(frozen=True)
class Handbook:
    """All chapters in their order."""

    chapters: tuple[Chapter, ...]

    @cached_property
    def _places(self) -> Mapping[str, tuple[Chapter, Section]]:
        return {
            section.number: (chapter, section)
            for chapter in self.chapters
            for section in chapter.sections
            if section.number
        }

    @property
    def section_numbers(self) -> frozenset[str]:
        return frozenset(self._places)

    def chapter_or_none(self, number: int) -> Chapter | None:
        return self.chapters[number - 1] if 1 <= number <= len(self.chapters) else None

    def section_or_none(self, number: str) -> tuple[Chapter, Section] | None:
        """Return a section with its chapter; none if no chapter has that number."""
        return self._places.get(number)

    def number_of_skill(self, skill: str) -> str:
        """Return the section that teaches a skill; empty if none does."""
        return next(
            (
                number
                for chapter in self.chapters
                for taught, number in chapter.front.skills.items()
                if taught.value == skill
            ),
            "",
        )


def parse_chapter(text: str, origin: str) -> Chapter:
    """Read one file.

    Args:
        text: Its content.
        origin: Its name, for errors.

    Raises:
        HandbookError: With everything that is wrong with it.
    """
    match = re.fullmatch(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    if match is None:
        raise HandbookError([f"{origin}: front matter between two lines of --- is missing"])
    try:
        read = yaml.load(match[1], Loader=PlainLoader)  # noqa: S506 - a SafeLoader
        front = FrontMatter.model_validate(read)
    except yaml.YAMLError as error:
        raise HandbookError([f"{origin}: front matter: {error}"]) from error
    except ValidationError as error:
        raise HandbookError(
            [
                f"{origin}: {'.'.join(map(str, one['loc'])) or 'front matter'}: {one['msg']}"
                for one in error.errors()
            ]
        ) from error
    heads = list(_HEADING.finditer(match[2]))
    opening = match[2][: heads[0].start()] if heads else match[2]
    ends = [*(head.start() for head in heads[1:]), len(match[2])]
    sections = tuple(
        Section(
            number=head[1] or "",
            anchor=f"s{head[1].replace('.', '-')}" if head[1] else f"part-{place}",
            title=head[2],
            text=match[2][head.end() : end].strip(),
        )
        for place, (head, end) in enumerate(zip(heads, ends, strict=True), 1)
    )
    chapter = Chapter(front, opening.strip(), sections)
    if problems := [f"{origin}: {problem}" for problem in _chapter_problems(chapter)]:
        raise HandbookError(problems)
    return chapter


def bound(chapters: Sequence[Chapter]) -> Handbook:
    """Return the chapters as a handbook.

    Raises:
        HandbookError: If numbers are missing or double, a skill is taught twice, or a link leads
            nowhere.
    """
    book = Handbook(tuple(sorted(chapters, key=lambda one: one.number)))
    numbers = [one.number for one in book.chapters]
    problems = []
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"chapters are numbered {numbers}, not 1 to {len(numbers)}")
    taught = [skill for one in book.chapters for skill in one.front.skills]
    problems += [f"{skill} is taught twice" for skill in set(taught) if taught.count(skill) > 1]
    for chapter in book.chapters:
        for link in links_of(chapter):
            target = _SECTION_LINK.fullmatch(link)
            if target is None or target[1] not in book.section_numbers:
                problems.append(f"chapter {chapter.number}: link {link!r} leads nowhere")
    if problems:
        raise HandbookError(problems)
    return book


def links_of(chapter: Chapter) -> Iterator[str]:
    """Yield where the chapter's links go, as written."""
    for text in (chapter.opening, *(section.text for section in chapter.sections)):
        yield from _LINK.findall(text)


def section_of_link(link: str) -> str | None:
    """Return the number of the section that a link names; none if it names none."""
    match = _SECTION_LINK.fullmatch(link)
    return match[1] if match else None


def _chapter_problems(chapter: Chapter) -> Iterator[str]:
    numbered = [one.number for one in chapter.sections if one.number]
    wanted = [f"{chapter.number}.{place}" for place in range(1, len(numbered) + 1)]
    if not numbered or numbered != wanted:
        yield f"sections are numbered {numbered}, not {chapter.number}.1, {chapter.number}.2, …"
    if not chapter.opening:
        yield "a chapter opens with a case before its first heading"
    others = [one.title for one in chapter.sections if not one.number]
    for name in (CARD, MISTAKES):
        if sum(title.startswith(name) for title in others) != 1:
            yield f"one section must begin with {name}"
    yield from (f"section {one.title} is empty" for one in chapter.sections if not one.text)
    front = chapter.front
    for skill, number in front.skills.items():
        if number not in numbered:
            yield f"skills.{skill}: the chapter has no section {number}"
    for name, part in (("example", front.example), ("figure", front.figure)):
        if part is not None and part.section not in numbered:
            yield f"{name}: the chapter has no section {part.section}"
    if front.figure is not None:
        try:
            drawn(front.figure, front.example)
        except ValueError as error:
            yield str(error)
