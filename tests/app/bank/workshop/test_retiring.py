"""Many items out of use at once, and what becomes of items in the pilot."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.bank import queries as bank
from app.bank.models import ItemVersion
from app.bank.services import publish_bank
from app.bank.workshop.models import ItemDraft
from app.bank.workshop.remarks import bank_remarks
from app.bank.workshop.retiring import shortages, torn_groups
from app.core.db import db, transaction
from question_bank.assembly import assemble_form, missing_cells
from question_bank.banks import ItemBank
from question_bank.blueprints import Quota
from question_bank.items import ItemKind
from question_bank.loading import load_bank
from tests.app.bank.workshop.conftest import text_of
from tests.conftest import NOON
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank
from tests.factories.rooms import publish_little_room
from tests.factories.workshop import AUTHOR, COORDINATOR, FIRST, SECOND


@pytest.fixture
def refs(desks) -> list[str]:
    """Return the versions of the little bank, published."""
    with transaction() as db_session:
        publish_bank(
            db_session, little_bank(), [LITTLE_BLUEPRINT], is_public=True, actor="cli:t", now=NOON
        )
    return sorted(item.ref for item in little_bank())


def retired() -> set[str]:
    db.session.remove()
    rows = db.session().scalars(select(ItemVersion).where(ItemVersion.retired_at.is_not(None)))
    return {f"{row.item_id}@{row.version}" for row in rows}


class TestTornGroups:
    """A group that loses an item is said so, and the rest of it is not drawn."""

    def test_the_second_person_reads_what_becomes_of_it(self, desks, refs):
        group = little_bank().cases[0]
        said = {"ref": [f"{group.item_ids[1]}@1"], "reason": "这一问的口径改了"}
        desks(AUTHOR).post("/retirements", said)
        page = desks(COORDINATOR).get("/retirements")
        assert "案例组“材料”少 1 题，余下 2 题不再抽取" in text_of(page)
        assert "案例题只剩 0 题，每卷要 3 题" in text_of(page)
        asked = page.text.partition("/bank/workshop/retirements/")[2].partition("/")[0]

        desks(COORDINATOR).post(f"/retirements/{asked}/approve")

        held = bank.live_bank(db.session(), include_public=True)
        assert [case.id for case in held.torn_cases] == [group.id]
        loose = LITTLE_BLUEPRINT.model_copy(update={"quotas": [], "item_count": 11})
        drawn = assemble_form(held, loose, seed=bytes(16))
        assert not any(ref.startswith(group.id) for ref in drawn.items)
        assert missing_cells(held, loose.model_copy(update={"item_count": 12}))

    def test_a_group_that_leaves_whole_is_not_torn(self):
        held = little_bank()
        group = held.cases[0]

        (told,) = torn_groups(held, [f"{one}@1" for one in group.item_ids])

        assert (told.leaving, told.staying) == (group.item_ids, ())
        assert torn_groups(held, ["single-0@1"]) == []


class TestBulkRetirement:
    def test_a_second_person_takes_them_out_and_sees_what_runs_short(self, desks, refs):
        said = {"ref": refs, "reason": "工具改版，这些题过时了"}
        desks(AUTHOR).post("/retirements", said)
        page = desks(COORDINATOR).get("/retirements")
        assert "组不出卷" in text_of(page)
        asked = page.text.partition("/bank/workshop/retirements/")[2].partition("/")[0]
        desks(AUTHOR).post(f"/retirements/{asked}/approve", status=403)
        assert retired() == set()

        desks(COORDINATOR).post(f"/retirements/{asked}/approve")

        assert retired() == set(refs)
        desks(COORDINATOR).post(f"/retirements/{asked}/decline", status=409)

    def test_without_a_reason_nothing_is_asked_and_the_choice_is_kept(self, desks, refs):
        page = desks(AUTHOR).post("/retirements", {"ref": refs[:2], "reason": ""}, status=422)

        assert refs[1] in page.text
        assert "没有申请" in text_of(page)
        desks(AUTHOR).post("/retirements", {"ref": ["no-such@1"], "reason": "写错了"}, status=404)

    def test_only_what_gets_short_by_it_is_told(self):
        items = list(little_bank())
        quota = Quota(kind=items[0].kind, least=1)
        alike = [item.ref for item in items if item.kind is items[0].kind]
        blueprint = LITTLE_BLUEPRINT.model_copy(update={"quotas": [quota], "item_count": 1})

        assert shortages(ItemBank(items), [blueprint], alike[1:]) == []
        (gap,) = [one for one in shortages(ItemBank(items), [blueprint], alike) if one.quota]
        assert (gap.have, gap.needed) == (0, 1)


class TestPilotDecision:
    def in_pilot(self, desks) -> str:
        public_id = desks(AUTHOR).submit()
        for reader in (FIRST, SECOND):
            desks(reader).read(public_id)
        return public_id

    def test_what_the_pilot_showed_sends_it_back_to_its_author(self, desks):
        public_id = self.in_pilot(desks)
        desks(AUTHOR).post(f"/drafts/{public_id}/recall", {"reason": "自己的题"}, status=403)
        desks(COORDINATOR).post(f"/drafts/{public_id}/recall", {"reason": ""}, status=422)

        desks(COORDINATOR).post(f"/drafts/{public_id}/recall", {"reason": "B 没有人选，换一个"})

        assert bank.pilot_items(db.session(), "junior") == []
        page = desks(AUTHOR).get(f"/drafts/{public_id}")
        assert "B 没有人选，换一个" in page.text
        assert 'name="stem"' in page.text
        desks(AUTHOR).post(f"/drafts/{public_id}/submit")
        for reader in (FIRST, SECOND):
            desks(reader).read(public_id)
        (again,) = bank.pilot_items(db.session(), "junior")
        assert again.version == 2

    def test_the_page_of_results_decides(self, desks):
        public_id = self.in_pilot(desks)

        page = desks(COORDINATOR).client.get("/analysis/pilots").text

        for act in ("publish", "recall"):
            assert f"/drafts/{public_id}/{act}" in page
        (item,) = bank.pilot_items(db.session(), "junior")
        assert f"/versions/{item.ref}/retire" in page
        own = desks(AUTHOR).client.get("/analysis/pilots").text
        assert f"/drafts/{public_id}/recall" not in own

    def test_any_exam_carries_as_many_as_the_committee_says(self, desks, refs):
        desks(COORDINATOR).post("/pilot-counts/little", {"count": "3"})
        desks(COORDINATOR).post("/pilot-counts/little", {"count": "11"}, status=422)
        desks(COORDINATOR).post("/pilot-counts/none", {"count": "1"}, status=404)

        assert bank.with_pilot_count(db.session(), LITTLE_BLUEPRINT).pilot_count == 3
        assert db.session().scalars(select(ItemDraft)).all() == []


def test_a_room_item_may_name_any_published_scenario(app, desks):
    with transaction() as db_session:
        ref = publish_little_room(db_session, now=NOON).ref
    item = next(item for item in load_bank() if item.kind is ItemKind.ROOM)

    def said(wanted: str) -> set[str]:
        room = item.room.model_copy(update={"scenario_ref": wanted})
        found = bank_remarks(db.session(), item.model_copy(update={"room": room}))
        return {one.text for one in found if one.part == "answer"}

    assert said(ref) == set()
    assert said("no-such@1") == {"没有已发布、在用的场景 no-such@1"}
