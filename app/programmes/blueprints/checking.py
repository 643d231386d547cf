"""What stands against a blueprint's draft: faults of the document, and what the bank lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.bank import blueprint_queries
from app.bank import queries as bank
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.feasibility import Feasibility, feasibility_of


@dataclass(frozen=True)
class Fault:
    """Something to be mended before the draft can be drawn by.

    Attributes:
        part: Field of the document: `item_count`, `quotas`, `sections`, …
        place: Which quota, section or line of it, from 1; None for the part as a whole.
        code: What is wrong.
        detail: The ids or figures that it is about; may be empty.
    """

    part: str
    place: int | None
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Checked:
    """What a check of one revision said.

    Attributes:
        revision: That was checked.
        blueprint: The blueprint; None if the document is none.
        faults: What is to be mended.
        feasibility: What the bank makes of it; None as long as there are faults.
    """

    revision: int
    blueprint: ExamBlueprint | None
    faults: tuple[Fault, ...]
    feasibility: Feasibility | None

    @property
    def is_fit(self) -> bool:
        """Whether a form can be drawn by it; that some repeat items is told and no hindrance."""
        return not self.faults and self.feasibility is not None and self.feasibility.is_drawable


def checked_body(
    db_session: Session, body: dict[str, Any], revision: int, *, include_public: bool
) -> Checked:
    """Check a document; takes up to some seconds of drawing, so never inside a transaction.

    Args:
        db_session: A session to read with.
        body: The document as it was typed.
        revision: Of the draft that it is, or will be, the body of.
        include_public: Whether shipped items may be drawn.
    """
    try:
        blueprint = ExamBlueprint.model_validate(body)
    except ValidationError as error:
        return Checked(revision, None, tuple(_faults(error)), None)
    held = bank.live_bank(db_session, include_public=include_public)
    lacking = tuple(_unknown_items(blueprint, held))
    if lacking:
        return Checked(revision, blueprint, lacking, None)
    information = blueprint_queries.cut_information(db_session, blueprint)
    found = feasibility_of(held, blueprint, information=information)
    return Checked(revision, blueprint, (), found)


def _faults(error: ValidationError) -> Iterable[Fault]:
    for one in error.errors():
        location = one["loc"]
        part = str(location[0]) if location else PART_OF.get(one["type"], "document")
        place = next((at + 1 for at in location[1:2] if isinstance(at, int)), None)
        context = one.get("ctx", {})
        yield Fault(part, place, one["type"], str(context.get("pattern", one["input"]))[:60])


PART_OF = {
    "pilot_pool": "pool",
    "one_section": "sections",
    "section_counts": "sections",
    "too_many_must": "must_include",
    "lonely_enemy": "enemies",
    "enemies_must": "enemies",
}
"""Where a contradiction of the document as a whole is mended."""


def _unknown_items(blueprint: ExamBlueprint, held: ItemBank) -> Iterable[Fault]:
    """Yield ids of items that no form of this blueprint can hold."""
    known = {
        item.id for item in held if item.pool is blueprint.pool and item.level == blueprint.level
    }
    named: Sequence[tuple[str, Sequence[str]]] = (
        ("must_include", blueprint.must_include),
        *(("enemies", group) for group in blueprint.enemies),
    )
    for part, ids in named:
        lacking = [one for one in ids if one not in known]
        if lacking:
            yield Fault(part, None, "unknown_items", "、".join(lacking))
