"""A case group through the pages: material and items written, read and put into use as one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.bank import queries as bank
from app.bank.models import CaseVersion, ItemVersion
from app.bank.workshop.demo_cases import hand_in_case
from app.bank.workshop.models import CaseDraft, ItemDraft
from app.core.db import db, transaction
from tests.app.bank.workshop.conftest import text_of
from tests.conftest import NOON
from tests.factories.workshop import AUTHOR, COORDINATOR, FIRST, SECOND, SINGLE

MATERIAL = {
    "title": "加投之后自然进房往下走",
    "exhibit_text": "一间女装日播，全场讲同一款上衣，第 20 分钟起每 10 分钟加投 900 元。",
    "exhibit_caption": "每 10 分钟数据",
    "exhibit_table": "时段\t自然进房\t付费进房\n0–10 分\t2000\t0\n20–30 分\t1400\t1500",
}
FIRST_ITEM = {
    **SINGLE,
    "stem": "把两段数据按先后看，最先变化的是哪一项？",
    "skeleton": "先看谁先变",
}
SECOND_ITEM = {
    **SINGLE,
    "stem": "要把自然进房拉回原来的水平，下一场先改哪一处？",
    "skeleton": "承接修好再放量",
}


def begin(desks, material=None) -> str:
    """Begin a group with its material; return its id."""
    start = {"topic": "live_ops", "level": "junior", "pool": "exam"}
    public_id = desks(AUTHOR).post("/cases", start).location.rpartition("/")[2]
    data = {"revision": 1, **(MATERIAL if material is None else material)}
    desks(AUTHOR).post(f"/cases/{public_id}", data, json=True, status=200)
    return public_id


def add(desks, case: str, sheet) -> str:
    """Add an item to a group and type it in; return its id."""
    said = {"kind": sheet["kind"], "topic": sheet["topic"]}
    draft = desks(AUTHOR).post(f"/cases/{case}/items", said).location.rpartition("/")[2]
    write(desks, draft, sheet)
    return draft


def write(desks, draft: str, sheet, revision: int = 1) -> None:
    row = db.session().scalars(select(ItemDraft).where(ItemDraft.public_id == draft)).one()
    case_id = row.sheet["fields"]["case_id"]
    desks(AUTHOR).save(draft, {**sheet, "case_id": case_id}, revision)


def handed_in(desks) -> tuple[str, list[str]]:
    case = begin(desks)
    drafts = [add(desks, case, FIRST_ITEM), add(desks, case, SECOND_ITEM)]
    desks(AUTHOR).post(f"/cases/{case}/submit")
    return case, drafts


def read(desks, drafts) -> None:
    for draft in drafts:
        for reader in (FIRST, SECOND):
            desks(reader).read(draft)


def live_bank():
    db.session.remove()
    return bank.live_bank(db.session(), include_public=True)


class TestWholeLife:
    def test_material_and_items_go_into_use_at_one_moment(self, desks):
        case, drafts = handed_in(desks)
        read(desks, drafts)
        assert len(live_bank()) == 0  # no pilot for items of a case, and none goes alone

        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "两题都有两位通过"})

        held = live_bank()
        (group,) = held.cases
        assert [item.case_id for item in held] == [group.id, group.id]
        assert group.item_ids == tuple(item.id for item in held)
        assert group.exhibit.table.rows[1] == ["20–30 分", 1400, 1500]

    def test_candidates_get_the_items_in_the_order_that_the_author_gave_them(self, desks):
        case, drafts = begin(desks), []
        for sheet in (FIRST_ITEM, SECOND_ITEM):
            drafts.append(add(desks, case, sheet))
        desks(AUTHOR).post(f"/cases/{case}/items/{drafts[0]}/up")  # the first stays the first
        moved = desks(AUTHOR).post(f"/cases/{case}/items/{drafts[1]}/up")
        assert moved.location.endswith(f"#item-{drafts[1]}")
        desks(COORDINATOR).post(f"/cases/{case}/items/{drafts[1]}/down", status=403)
        desks(AUTHOR).post(f"/cases/{case}/submit")
        desks(AUTHOR).post(f"/cases/{case}/items/{drafts[1]}/down", status=409)
        read(desks, drafts)

        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "两题都有两位通过"})

        held = live_bank()
        stems = {item.id: item.stem for item in held}
        assert [stems[one] for one in held.cases[0].item_ids] == [
            SECOND_ITEM["stem"],
            FIRST_ITEM["stem"],
        ]

    def test_a_reader_solves_each_item_with_the_material_before_them(self, desks):
        case, (draft, _) = handed_in(desks)
        assert "加投 900 元" in text_of(desks(FIRST).get(f"/cases/{case}"))
        desks(FIRST).post(f"/drafts/{draft}/open")

        blind = text_of(desks(FIRST).get(f"/drafts/{draft}"))

        assert "加投 900 元" in blind
        assert "最先变化的是哪一项" in blind
        assert "讲太久了" not in blind

    def test_who_sat_the_old_version_keeps_its_material(self, desks):
        case, drafts = handed_in(desks)
        read(desks, drafts)
        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "两题都有两位通过"})
        (group,) = live_bank().cases
        old = list(live_bank())

        newer = desks(AUTHOR).post(f"/cases/versions/{group.id}").location.rpartition("/")[2]
        changed = MATERIAL["exhibit_text"].replace("900", "600")
        data = {"revision": 1, **MATERIAL, "exhibit_text": changed}
        desks(AUTHOR).post(f"/cases/{newer}", data, json=True, status=200)
        members = (
            db.session()
            .scalars(select(ItemDraft).join(CaseDraft).where(CaseDraft.public_id == newer))
            .all()
        )
        second = members[1].public_id
        desks(AUTHOR).post(f"/cases/{newer}/items/{second}/drop")
        third = {
            **SECOND_ITEM,
            "stem": "加投的两段里，付费进房换来了多少成交机会？",
            "skeleton": "付费进房看承接",
        }
        added = add(desks, newer, third)
        desks(AUTHOR).post(f"/cases/{newer}/submit")
        read(desks, [members[0].public_id, added])
        desks(COORDINATOR).post(f"/cases/{newer}/publish", {"reason": "材料改小了加投"})

        held = live_bank()
        assert held.cases[0].version == 2
        assert "600" in held.cases[0].exhibit.text
        assert [item.version for item in held] == [2, 1]
        assert old[1].id not in {item.id for item in held}  # the one that was left out is retired
        assert "900" in bank.case_of(db.session(), old[0]).exhibit.text
        assert "600" in bank.case_of(db.session(), next(iter(held))).exhibit.text


class TestTogether:
    def test_what_is_not_ready_is_named_and_nothing_is_handed_in(self, desks):
        case = begin(desks, {"title": "短"})
        draft = add(desks, case, FIRST_ITEM)
        write(desks, draft, {**FIRST_ITEM, "choices-1-is_key": ""}, revision=2)

        page = text_of(desks(AUTHOR).post(f"/cases/{case}/submit", status=422))

        for said in ("标题 1 字", "材料里还没有内容", "现在有 1 道题", "还有错误没有改好"):
            assert said in page
        assert db.session().scalars(select(ItemDraft.stage)).all() == ["draft"]

    def test_two_items_with_one_decision_are_refused(self, desks):
        case = begin(desks)
        add(desks, case, FIRST_ITEM)
        add(desks, case, {**SECOND_ITEM, "skeleton": FIRST_ITEM["skeleton"]})

        page = text_of(desks(AUTHOR).post(f"/cases/{case}/submit", status=422))

        assert "考点骨架和第 1 题相同" in page

    def test_an_item_goes_no_step_that_the_group_takes(self, desks):
        case = begin(desks)
        drafts = [add(desks, case, FIRST_ITEM), add(desks, case, SECOND_ITEM)]
        desks(AUTHOR).post(f"/drafts/{drafts[0]}/submit", status=409)
        desks(AUTHOR).post(f"/drafts/{drafts[0]}/discarded", status=409)
        desks(AUTHOR).post(f"/cases/{case}/submit")
        read(desks, drafts[:1])

        desks(COORDINATOR).post(f"/drafts/{drafts[0]}/publish", {"reason": "只发一道"}, status=409)
        early = desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "先发"}, status=422)
        assert "4 到 400 字" in early.text
        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "还没读完就发"}, status=409)

        assert db.session().scalars(select(ItemVersion)).all() == []
        assert db.session().scalars(select(CaseVersion)).all() == []

    def test_an_item_that_was_sent_back_is_handed_in_again_by_itself(self, desks):
        case, drafts = handed_in(desks)
        desks(FIRST).read(drafts[0], {"selected": "a"}, "send_back")
        desks(AUTHOR).post(f"/drafts/{drafts[0]}/submit")
        read(desks, drafts)

        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "两题都有两位通过"})

        assert len(live_bank()) == 2

    def test_opening_the_material_again_voids_every_acceptance(self, desks):
        case, drafts = handed_in(desks)
        read(desks, drafts)

        desks(AUTHOR).post(f"/cases/{case}/reopen")

        db.session.remove()
        assert set(db.session().scalars(select(ItemDraft.stage))) == {"draft"}
        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "已经撤回的"}, status=409)
        assert 'name="exhibit_table"' in desks(AUTHOR).get(f"/cases/{case}").text


class TestWhoMay:
    def test_the_author_does_not_publish_the_own_group(self, desks):
        case, drafts = handed_in(desks)
        read(desks, drafts)

        desks(AUTHOR).post(f"/cases/{case}/publish", {"reason": "自己写的自己发"}, status=403)

        assert len(live_bank()) == 0

    def test_nobody_else_sees_or_touches_what_is_not_handed_in(self, desks):
        case = begin(desks)

        assert desks(FIRST).get(f"/cases/{case}").status_code == 404
        desks(COORDINATOR).post(f"/cases/{case}", {"revision": 2, "title": "别人的"}, status=403)
        desks(COORDINATOR).post(
            f"/cases/{case}/items", {"kind": "single_choice", "topic": "anchor"}, status=403
        )

    def test_a_second_page_never_overwrites_unseen(self, desks):
        case = begin(desks)

        late = desks(AUTHOR).post(
            f"/cases/{case}", {"revision": 1, "title": "另一个标题"}, json=True, status=409
        )

        assert "另一个标题" in late.json["conflict"]
        assert db.session().scalars(select(CaseDraft.title)).one() == MATERIAL["title"]

    @pytest.mark.both_databases
    def test_one_group_is_worked_on_once(self, desks):
        case, drafts = handed_in(desks)
        read(desks, drafts)
        desks(COORDINATOR).post(f"/cases/{case}/publish", {"reason": "两题都有两位通过"})
        (group,) = live_bank().cases
        desks(AUTHOR).post(f"/cases/versions/{group.id}")

        desks(COORDINATOR).post(f"/cases/versions/{group.id}", status=409)


def test_the_demonstration_has_a_group_that_is_half_read(app, desks):
    with transaction() as db_session:
        author = person_of_account_or_none(db_session, AUTHOR.account)
        hand_in_case(db_session, author, actor="cli:test", now=NOON)
    db.session.remove()

    page = text_of(desks(FIRST).get(""))

    assert "换了封面以后的三段数据" in page
    assert "2 题，0 题已通过" in page
