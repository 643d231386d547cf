"""The skill map (技能图): one list that items, drills, rooms and the handbook share.

An item belongs to the skill that teaches its handbook section, else to its topic's default skill;
a room's skill carries the same name in `simulations.skills`. The table itself is content,
`content/skill_map.yaml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.i18n import is_english
from question_bank.items import Item, Topic
from simulations.skills import SkillId

PATH = Path(__file__).with_name("content") / "skill_map.yaml"


class SkillMapError(Exception):
    """Raised when the table cannot be used; names the file and every fault."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedSkill(_Strict):
    """One skill.

    Attributes:
        id: Permanent; stored with answers.
        title: Its name in the reader's language.
        about: What it decides, in a line, likewise.
        topic: The topic of the bank that it belongs to.
        is_default: Whether it takes the topic's items that name no section.
        room_skill: Its name in rooms; None where rooms do not measure it.
        sections: Handbook sections that teach it, the first of them the introduction.
    """

    id: Annotated[str, Field(pattern=r"^[a-z_]{3,20}$")]
    title_zh: str = Field(alias="title", min_length=2, max_length=12)
    about_zh: str = Field(alias="about", min_length=4, max_length=40)
    title_en: str = Field(min_length=3, max_length=40)
    about_en: str = Field(min_length=10, max_length=120)
    topic: Topic
    is_default: bool
    room_skill: SkillId | None
    sections: tuple[Annotated[str, Field(pattern=r"^\d+\.\d+$")], ...] = Field(min_length=1)

    @property
    def title(self) -> str:
        return self.title_en if is_english() else self.title_zh

    @property
    def about(self) -> str:
        return self.about_en if is_english() else self.about_zh


class _Table(_Strict):
    lang: Literal["zh-Hans"]
    skills: tuple[MappedSkill, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [one.id for one in self.skills]
        sections = [number for one in self.skills for number in one.sections]
        rooms = [one.room_skill for one in self.skills if one.room_skill is not None]
        defaults = [one.topic for one in self.skills if one.is_default]
        named: dict[str, Sequence[str]] = {"id": ids, "section": sections, "room_skill": rooms}
        for name, found in named.items():
            if twice := sorted(one for one, count in Counter(found).items() if count > 1):
                raise ValueError(f"{name} twice: {', '.join(twice)}")
        if sorted(defaults) != sorted(Topic):
            raise ValueError("each topic has exactly one skill with is_default")
        if missing := set(SkillId) - set(rooms):
            raise ValueError(f"room_skill: {', '.join(sorted(missing))} belong nowhere")
        return self


@dataclass(frozen=True)
class SkillMap:
    """The skills in the order of the table."""

    skills: tuple[MappedSkill, ...]

    @cached_property
    def by_id(self) -> Mapping[str, MappedSkill]:
        return {one.id: one for one in self.skills}

    @cached_property
    def _by_section(self) -> Mapping[str, str]:
        return {number: one.id for one in self.skills for number in one.sections}

    @cached_property
    def _by_topic(self) -> Mapping[Topic, str]:
        return {one.topic: one.id for one in self.skills if one.is_default}

    @cached_property
    def _by_room_skill(self) -> Mapping[str, str]:
        return {one.room_skill.value: one.id for one in self.skills if one.room_skill is not None}

    def skill_of_item(self, item: Item) -> str:
        """Return the skill that an item asks for."""
        return self._by_section.get(item.handbook) or self._by_topic[item.topic]

    def skill_of_room(self, room_skill: str) -> str | None:
        """Return the skill that a room's skill is; None for a name that is none."""
        return self._by_room_skill.get(room_skill)


def parse_skill_map(text: str, origin: str) -> SkillMap:
    """Read the table.

    Raises:
        SkillMapError: With everything that is wrong with it.
    """
    try:
        return SkillMap(_Table.model_validate(yaml.safe_load(text)).skills)
    except yaml.YAMLError as error:
        raise SkillMapError(f"{origin}: {error}") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise SkillMapError(f"{origin}: {'; '.join(faults)}") from error


@lru_cache(maxsize=1)
def shipped_skill_map() -> SkillMap:
    """Return the shipped table, read once in a process."""
    return parse_skill_map(PATH.read_text(encoding="utf-8"), PATH.name)
