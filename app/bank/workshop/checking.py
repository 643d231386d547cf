"""Check a draft while it is typed: the schema, then every rule of the lint, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.bank.workshop import rule_words
from app.bank.workshop.bodies import Body
from question_bank.items import Item, Pool
from question_bank.lint import lint_item
from question_bank.schema import ID_PATTERN

PART_OF_FIELD = {
    "key": "answer",
    "choices": "answer",
    "distractors": "answer",
    "numeric": "answer",
    "mistakes": "answer",
    "prompts": "answer",
    "matches": "answer",
    "blanks": "answer",
    "picture": "answer",
    "rubric": "answer",
    "room": "answer",
    "parametric": "answer",
    "spans": "answer",
    "tiles": "answer",
    "formulas": "answer",
    "sensible": "answer",
    "derived": "answer",
    "one_of": "answer",
    "most": "answer",
    "least": "answer",
    "criteria": "answer",
    "levels": "answer",
    "accept": "answer",
    "exhibit": "exhibit",
    "title": "title",
    "stem": "stem",
    "rationale": "rationale",
    "checks": "checks",
    "enemies": "enemies",
    "source": "source",
}
"""Where on the page a field of an item is typed; the others are among its properties."""


@dataclass(frozen=True, order=True)
class Remark:
    """One thing to mend.

    Attributes:
        severity: `error` bars submission, `warning` wants a look.
        part: Where: stem, answer, rationale, exhibit, checks, source, enemies, properties.
        place: Which of several, in words, such as 选项 B; may be empty.
        text: What is wrong and how to mend it, in words.
    """

    severity: str
    part: str
    place: str
    text: str


@dataclass(frozen=True)
class Checked:
    """A draft as far as it can be read.

    Attributes:
        item: The item; None while its shape is wrong.
        remarks: Errors first.
    """

    item: Item | None
    remarks: tuple[Remark, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it may be submitted."""
        return self.item is not None and all(one.severity != "error" for one in self.remarks)


def checked(body: Body, item_id: str, version: int) -> Checked:
    """Check a body; takes some hundredths of a second, more with drawn figures.

    Args:
        body: Fields of the item.
        item_id: Its id.
        version: The version that it is to become.
    """
    if not re.fullmatch(ID_PATTERN, item_id):
        raise ValueError(f"{item_id!r} is no item id")
    try:
        item = Item.model_validate({**body, "id": item_id, "version": version})
    except ValidationError as error:
        return Checked(None, tuple(sorted(set(shape_remarks(error.errors())))))
    found = {
        Remark(one.severity, *rule_words.part_of(one.rule, one.message, item), text)
        for one in lint_item(item)
        for text in [rule_words.of_finding(one.rule, one.message)]
    }
    if item.pool is Pool.PILOT:  # where it goes by itself, after two acceptances
        found.add(Remark("error", "properties", "", rule_words.no_pilot_pool()))
    return Checked(item, tuple(sorted(found)))


def shape_remarks(errors: list[ErrorDetails]) -> Iterator[Remark]:
    """Say what is wrong with the shape of a draft, each with its place."""
    for one in errors:
        loc = [str(part) for part in one["loc"]]
        message = _message(one)
        field = loc[0] if loc else message.partition(":")[0].partition(",")[0]
        part = PART_OF_FIELD.get(field, "properties" if loc else "answer")
        yield Remark(
            "error", part, rule_words.place_of(loc), rule_words.of_fault(one["type"], message, one)
        )


def _message(error: ErrorDetails) -> str:
    raised: Any = error.get("ctx", {}).get("error")
    return str(raised) if raised is not None else error["msg"]
