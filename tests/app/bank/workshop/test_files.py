"""Items in and out: a dry run with real places, all or nothing, and two persons for what leaves."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.bank import services as bank_services
from app.bank.workshop.models import ItemDraft
from app.core.audit.models import AuditEntry
from app.core.db import db, transaction
from question_bank.interchange.exchange import FORMATS, import_items
from tests.app.bank.workshop.conftest import text_of
from tests.conftest import NOON
from tests.factories.bank import multiple_item, single_item, truth_item
from tests.factories.workshop import AUTHOR, COORDINATOR

ITEMS = [
    single_item("one-a", key="b"),
    multiple_item("one-b"),
    truth_item("one-c"),
]


def upload(desk, data, name="csv", status=200, **given):
    sent = {"file": (BytesIO(data), f"items.{name}"), "format": name, **given}
    return desk.post("/imports", sent, status=status)


def drafts():
    db.session.remove()
    return db.session().scalar(select(func.count()).select_from(ItemDraft))


def taken(desk, page):
    batch = batch_of(page)
    desk.post(f"/imports/{batch}/take")
    return batch


def batch_of(page) -> str:
    return re.search(r"/imports/(\w+)/take", page.text)[1]


@pytest.fixture
def in_use(app):
    """The first item is in use."""
    with transaction() as db_session:
        bank_services.publish_version(db_session, ITEMS[0], actor="cli:test", now=NOON)
    db.session.remove()


class TestImport:
    def test_keeps_what_was_chosen_beside_a_file_with_faults(self, desks):
        page = upload(desks(AUTHOR), b"::q1:: What {=a ~b", "gift", status=422, level="senior")

        assert '<option value="gift" selected>' in page.text
        assert '<option value="senior" selected>' in page.text

    @pytest.mark.parametrize("name", ["xlsx", "gift", "moodle", "qti30"])
    def test_every_format_becomes_drafts_with_the_same_content(self, desks, name):
        page = upload(desks(AUTHOR), FORMATS[name].write(ITEMS), name)
        assert drafts() == 0

        taken(desks(AUTHOR), page)

        assert drafts() == 3
        found = desks(AUTHOR).get("/drafts/" + _draft_of("one-b")).text
        assert ITEMS[1].stem in found
        assert "可以提交" in found

    def test_gb18030_is_read(self, desks):
        data = FORMATS["csv"].write(ITEMS).decode("utf-8-sig").encode("gb18030")

        taken(desks(AUTHOR), upload(desks(AUTHOR), data))

        assert drafts() == 3

    def test_every_fault_is_told_by_its_row_and_nothing_is_taken(self, desks):
        lines = FORMATS["csv"].write(ITEMS).decode("utf-8-sig").splitlines(keepends=True)
        text = "".join(lines).replace("单选题", "猜谜题").replace("判断题", "抢答题")

        page = upload(desks(AUTHOR), text.encode(), status=422)

        told = text_of(page)
        assert "第 2 行 题型“猜谜题”不认识" in told
        assert "第 4 行" in told
        assert "没有收下任何题" in told
        assert "/take" not in page.text
        assert drafts() == 0

    def test_what_is_in_use_becomes_a_new_version_and_what_is_the_same_is_left(self, desks, in_use):
        changed = single_item("one-a", key="b", stem="第 one-a 题：再下一步先做什么？")

        same = upload(desks(AUTHOR), FORMATS["yaml"].write(ITEMS[:1]), "yaml", status=422)
        page = upload(desks(AUTHOR), FORMATS["yaml"].write([changed]), "yaml")
        taken(desks(AUTHOR), page)

        assert "one-a@1" in same.text
        assert "新版本 1" in text_of(page)
        assert db.session().scalar(select(ItemDraft.base_version)) == 1

    def test_it_is_taken_once_and_by_its_owner(self, desks):
        batch = taken(desks(AUTHOR), upload(desks(AUTHOR), FORMATS["yaml"].write(ITEMS), "yaml"))

        desks(AUTHOR).post(f"/imports/{batch}/take", status=409)
        desks(COORDINATOR).post(f"/imports/{batch}/take", status=404)
        assert drafts() == 3

    def test_somebody_elses_draft_meanwhile_stops_the_whole_file(self, desks):
        page = upload(desks(AUTHOR), FORMATS["yaml"].write(ITEMS), "yaml")
        taken(
            desks(COORDINATOR), upload(desks(COORDINATOR), FORMATS["yaml"].write(ITEMS[2:]), "yaml")
        )

        desks(AUTHOR).post(f"/imports/{batch_of(page)}/take", status=409)

        assert drafts() == 1

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("xlsx", b"PK\x03\x04 no archive"),
            ("moodle", b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>'),
            ("yaml", b"lang: zh-Hans\nitems:\n  - &a {id: x}\n  - *a\n"),
            ("csv", "题型,题干\n单选题,=HYPERLINK(1)\n".encode()),
            ("gift", b"\xff\xfe\x00"),
        ],
    )
    def test_a_hostile_file_is_refused(self, desks, name, data):
        upload(desks(AUTHOR), data, name, status=422)

        assert drafts() == 0


class TestExport:
    def test_leaves_with_a_second_person_once_and_is_on_record(self, desks, in_use):
        asked = {"format": "yaml", "refs": "one-a@1", "reason": "送外部专家复核"}
        desks(AUTHOR).post("/exports", asked)
        page = desks(COORDINATOR).get("/exports").text
        public_id = page.partition("/exports/")[2].partition("/approve")[0]
        desks(AUTHOR).post(f"/exports/{public_id}/approve", status=403)
        desks(AUTHOR).post(f"/exports/{public_id}/file", status=409)

        desks(COORDINATOR).post(f"/exports/{public_id}/approve")
        desks(COORDINATOR).post(f"/exports/{public_id}/file", status=409)  # not who asked
        file = desks(AUTHOR).post(f"/exports/{public_id}/file", status=200)

        assert import_items(file.data, "yaml").items == (ITEMS[0],)
        desks(AUTHOR).post(f"/exports/{public_id}/file", status=409)
        acts = db.session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert "item.exported" in acts

    @pytest.mark.parametrize(
        ("changes", "status"),
        [({"reason": ""}, 422), ({"format": "doc"}, 422), ({"refs": "nobody@1"}, 404)],
    )
    def test_is_not_asked_for_without_reason_format_and_items(self, desks, in_use, changes, status):
        asked = {"format": "yaml", "refs": "one-a@1", "reason": "送外部专家复核", **changes}

        desks(AUTHOR).post("/exports", asked, status=status)


def _draft_of(item_id: str) -> str:
    return str(db.session().scalar(select(ItemDraft.public_id).where(ItemDraft.item_id == item_id)))


def test_what_an_entry_lacks_is_told_in_words_and_becomes_a_draft(desks):
    data = "题型,题干,选项A,选项B,选项C,选项D,答案\n单选题,讲解太久先做什么好呢,甲,乙,丙,丁,B\n"

    page = upload(desks(AUTHOR), data.encode(), topic="live_ops", level="junior", pool="exam")

    told = text_of(page)
    assert "第 2 行 解析：还没有填" in told
    assert "Field required" not in told
    taken(desks(AUTHOR), page)
    assert drafts() == 1
