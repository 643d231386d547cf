"""Check a case group while it is typed: its material, its items, and what they are together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from flask_babel import gettext
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.bank.workshop import case_queries
from app.bank.workshop.bodies import exhibit_of
from app.bank.workshop.checking import Checked, Remark, shape_remarks
from app.bank.workshop.lifecycle import Stage
from app.bank.workshop.models import CaseDraft, ItemDraft
from app.bank.workshop.remarks import checked_draft
from app.bank.workshop.sheets import Sheet
from question_bank.items import CaseGroup, Item
from question_bank.likeness import NEAR_DUPLICATE, likeness, pairs_of

LEAST_ITEMS, MOST_ITEMS = 2, 6
"""Items of a group, as the schema of `question_bank.items.CaseGroup` has it."""

TITLE_CHARS = (4, 40)


@dataclass(frozen=True)
class CheckedMember:
    """An item of the group at one of its revisions."""

    draft_id: int
    revision: int
    found: Checked


@dataclass(frozen=True)
class CheckedCase:
    """A group as far as it can be read.

    Attributes:
        body: Title and exhibit; None while their shape is wrong.
        remarks: What of the group as a whole is to be mended, errors first.
        members: Its items, each with its own remarks.
    """

    body: dict[str, Any] | None
    remarks: tuple[Remark, ...]
    members: tuple[CheckedMember, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it may be handed in."""
        return (
            self.body is not None
            and all(one.severity != "error" for one in self.remarks)
            and all(one.found.is_ready for one in self.members)
        )


def compiled_case(sheet: Sheet) -> dict[str, Any]:
    """Return title and exhibit as far as they are typed."""
    body: dict[str, Any] = {"title": sheet["title"]} if sheet["title"] else {}
    if exhibit := exhibit_of(sheet):
        body["exhibit"] = exhibit
    return body


def material_body(db_session: Session, draft: ItemDraft) -> dict[str, Any]:
    """Return the shared material that an item's draft stands with: title and exhibit.

    In a group that is being written as it is typed, in one that was handed in as it stands since;
    an item that is revised by itself has the published material. Empty for an item of no group.
    """
    group = case_queries.case_of_draft_or_none(db_session, draft)
    if group is not None and group.stage in (Stage.DRAFT, Stage.DISCARDED):
        return compiled_case(Sheet.of_json(group.sheet))
    if group is not None:
        return case_queries.submitted_body(db_session, group)
    case_id = Sheet.of_json(draft.sheet)["case_id"]
    row = case_queries.newest_case_or_none(db_session, case_id) if case_id else None
    return {} if row is None else {name: row.body[name] for name in ("title", "exhibit")}


def group_body(body: dict[str, Any], draft: CaseDraft) -> dict[str, Any]:
    """Return the fields of a `CaseGroup` that do not depend on its publication."""
    return {"id": draft.case_id, "pool": draft.pool, **body}


def checked_case(db_session: Session, draft: CaseDraft, sheet: Sheet) -> CheckedCase:
    """Check a group with everything that belongs to it.

    Args:
        db_session: A session to read with.
        draft: The group.
        sheet: Its material, perhaps newer than what is stored.
    """
    rows = case_queries.members(db_session, draft)
    members = tuple(
        CheckedMember(row.id, row.revision, checked_draft(db_session, row)) for row in rows
    )
    body = compiled_case(sheet)
    remarks = [*_of_material(body, draft), *_of_members(draft, rows, members)]
    errors = any(one.severity == "error" and one.part != "members" for one in remarks)
    return CheckedCase(None if errors else body, tuple(sorted(set(remarks))), members)


def _of_material(body: dict[str, Any], draft: CaseDraft) -> Iterator[Remark]:
    title = body.get("title", "")
    if not TITLE_CHARS[0] <= len(title) <= TITLE_CHARS[1]:
        words = gettext("标题 %(n)s 字，要 4 到 40 字", n=len(title))
        yield Remark("error", "title", "", words)
    exhibit = body.get("exhibit", {})
    if not exhibit:
        yield Remark("error", "exhibit", "", gettext("材料里还没有内容"))
        return
    held = {**group_body(body, draft), "title": "-", "version": 1, "item_ids": ("a", "b")}
    try:
        CaseGroup.model_validate(held)
    except ValidationError as error:
        yield from shape_remarks(error.errors())
        return
    if not (exhibit.get("table") or exhibit.get("chart")):
        words = gettext("案例材料最好有一张表或图，让考生从数据里找依据")
        yield Remark("warning", "exhibit", "", words)


def _of_members(
    draft: CaseDraft, rows: Sequence[ItemDraft], members: Sequence[CheckedMember]
) -> Iterator[Remark]:
    def error(text: str, place: str = "") -> Remark:
        return Remark("error", "members", place, text)

    if not LEAST_ITEMS <= len(rows) <= MOST_ITEMS:
        yield error(gettext("现在有 %(n)s 道题，要 2 到 6 道", n=len(rows)))
    names = [gettext("第 %(n)s 题", n=place) for place in range(1, len(rows) + 1)]
    items: list[tuple[str, Item]] = []
    for name, member in zip(names, members, strict=True):
        if not member.found.is_ready:
            yield error(gettext("还有错误没有改好"), name)
        if member.found.item is not None:
            items.append((name, member.found.item))
    for name, item in items:
        if item.level != draft.level or item.pool.value != draft.pool:
            yield error(gettext("级别和题池要和全组相同"), name)
        if item.case_id != draft.case_id:
            yield error(gettext("这道题不在本组里，请删去重写"), name)
    for (one, a), (other, b) in combinations(items, 2):
        if a.skeleton == b.skeleton:
            yield error(gettext("考点骨架和%(other)s相同，换一个决策", other=one), other)
        if likeness(pairs_of(a.stem), pairs_of(b.stem)) >= NEAR_DUPLICATE:
            yield error(gettext("题干和%(other)s太像，换一问", other=one), other)
