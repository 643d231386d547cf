"""Lists to tick before, during and after a session; each entry leads to the section behind it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.handbook.chapters import Handbook
from app.handbook.errors import HandbookError
from app.handbook.loading import shipped_handbook
from question_bank.loading import PlainLoader

PATH = Path(__file__).with_name("content") / "checklists.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ListEntry(_Strict):
    """One thing to have done; `section` says why and how."""

    text: str = Field(min_length=4, max_length=60)
    section: str


class Checklist(_Strict):
    id: str = Field(pattern=r"^[a-z]+$")
    title: str = Field(min_length=2, max_length=12)
    when: str = Field(min_length=2, max_length=30)
    entries: tuple[ListEntry, ...] = Field(strict=False, min_length=3, max_length=16)


class _File(_Strict):
    lang: Literal["zh-Hans"]
    lists: tuple[Checklist, ...] = Field(strict=False, min_length=1)


def load_checklists(path: Path, book: Handbook) -> tuple[Checklist, ...]:
    """Read the lists of a file.

    Raises:
        HandbookError: If the file is not as it should be, or an entry names no section.
    """
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader)  # noqa: S506 - a SafeLoader
        lists = _File.model_validate(read).lists
    except yaml.YAMLError as error:
        raise HandbookError([f"{path.name}: {error}"]) from error
    except ValidationError as error:
        raise HandbookError(
            [
                f"{path.name}: {'.'.join(map(str, one['loc']))}: {one['msg']}"
                for one in error.errors()
            ]
        ) from error
    problems = [
        f"{path.name}: {one.id}: no section {entry.section}"
        for one in lists
        for entry in one.entries
        if entry.section not in book.section_numbers
    ]
    if problems:
        raise HandbookError(problems)
    return lists


@lru_cache(maxsize=1)
def shipped_checklists() -> tuple[Checklist, ...]:
    """Return the shipped lists, read once in a process."""
    return load_checklists(PATH, shipped_handbook())
