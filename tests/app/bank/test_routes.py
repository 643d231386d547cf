"""The committee's pages of the item bank: counts, supply, search, one item with its key."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.bank import queries, services
from app.core import clock
from app.core.audit.models import AuditChain, AuditEntry
from app.core.db import db, transaction
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from question_bank.items import CaseGroup, Item
from tests import cast
from tests.conftest import NOON, sign_in

RATIONALE = "先看清分母是谁，再算比例；把两个口径混在一起，得到的数字没有意义，复盘也会跟着走偏。"


def an_item(item_id, **changes):
    values = {
        "id": item_id,
        "version": 1,
        "kind": "single_choice",
        "topic": "traffic",
        "level": "junior",
        "cognitive": "apply",
        "pool": "exam",
        "skeleton": "分清口径再比较",
        "situation": True,
        "computes": False,
        "law": False,
        "stem": f"题干 {item_id}：哪一种做法最合适？",
        "choices": {"a": "甲", "b": "乙", "c": "丙", "d": "丁"},
        "key": ["b"],
        "distractors": {"a": "混了口径", "c": "漏了退款", "d": "只看一天"},
        "rationale": RATIONALE,
        "source": "行业通行口径",
        **changes,
    }
    return Item.model_validate(values)


def true_false(item_id, **changes):
    return an_item(
        item_id,
        kind="true_false",
        choices={},
        key=False,
        distractors={"true": "把成交额当成利润"},
        **changes,
    )


ITEMS = [
    an_item("traffic-001", stem="ROI 达到 100% 时，这条计划赚钱吗？请选最合适的判断。"),
    an_item("traffic-002", pool="practice"),
    an_item("supply-001", topic="supply", computes=True, enemies=["supply-002"]),
    true_false("supply-002", topic="supply"),
    an_item(
        "traffic-003",
        kind="numeric",
        choices={},
        key=None,
        distractors={},
        numeric={"value": 40, "tolerance": 0.5, "unit": "%", "decimals": 0},
        mistakes={"46.7": "三个数直接平均"},
        case_id="two-rooms",
    ),
    true_false("traffic-004", case_id="two-rooms"),
]
CASE = CaseGroup.model_validate(
    {
        "id": "two-rooms",
        "version": 1,
        "pool": "exam",
        "title": "两个直播间",
        "exhibit": {
            "text": "甲房人多，乙房人少。",
            "table": {
                "caption": "两房对比",
                "columns": ["房间", "成交额"],
                "rows": [["甲", 12000]],
            },
            "chart": {
                "kind": "line",
                "title": "在线人数",
                "unit": "人",
                "x": ["0", "1"],
                "series": [{"name": "甲", "values": [1, 2]}],
            },
        },
        "item_ids": ["traffic-003", "traffic-004"],
    }
)
BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "small",
        "version": 1,
        "title": "小卷",
        "level": "junior",
        "pool": "exam",
        "item_count": 3,
        "quotas": [
            {"topic": "traffic", "least": 2, "most": 2},
            {"topic": "supply", "kind": "single_choice", "least": 3, "most": 3},
            {"in_case": True, "most": 0},
        ],
    }
)


@pytest.fixture
def bank(app):
    """A bank of six items; `traffic-002` has a second version."""
    with transaction() as db_session:
        services.publish_bank(
            db_session,
            ItemBank(ITEMS, [CASE]),
            [BLUEPRINT],
            is_public=True,
            actor="cli:test",
            now=NOON,
        )
        newer = an_item("traffic-002", version=2, pool="practice", stem="新的题干：哪一种更合适？")
        services.publish_bank(
            db_session, ItemBank([newer]), [], is_public=True, actor="cli:test", now=clock.now()
        )
    db.session.remove()


@pytest.fixture
def as_committee(app, bank):
    return sign_in(app, cast.CAROL)


def listed(client, **query):
    page = client.get("/bank", query_string=query)
    assert page.status_code == 200
    return re.findall(r'href="/bank/items/([^"]+)"', page.text)


class TestIndex:
    def test_lists_what_is_live(self, as_committee):
        assert listed(as_committee) == [
            "supply-001@1",
            "supply-002@1",
            "traffic-001@1",
            "traffic-002@2",
            "traffic-003@1",
            "traffic-004@1",
        ]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"topic": "supply"}, ["supply-001@1", "supply-002@1"]),
            ({"kind": "true_false"}, ["supply-002@1", "traffic-004@1"]),
            ({"pool": "practice"}, ["traffic-002@2"]),
            ({"state": "retired"}, ["traffic-002@1"]),
            ({"state": "", "pool": "practice"}, ["traffic-002@2", "traffic-002@1"]),
            ({"q": "SUPPLY-00"}, ["supply-001@1", "supply-002@1"]),
            ({"q": "roi 达到 100%"}, ["traffic-001@1"]),
            ({"q": "100%"}, ["traffic-001@1"]),
            ({"q": "%"}, ["traffic-001@1"]),
            ({"topic": "supply", "kind": "true_false"}, ["supply-002@1"]),
            ({"topic": "nonsense"}, []),
        ],
    )
    def test_narrows_by_the_address(self, as_committee, query, expected):
        assert listed(as_committee, **query) == expected

    def test_the_newest_can_come_first(self, as_committee):
        assert listed(as_committee, sort="newest")[0] == "traffic-002@2"

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 500, "７"])
    def test_an_odd_page_is_the_first(self, as_committee, page):
        assert len(listed(as_committee, page=page)) == 6

    def test_a_page_beyond_the_last_is_empty(self, as_committee):
        assert listed(as_committee, page="2") == []

    def test_says_which_cell_of_a_blueprint_lacks_items(self, as_committee):
        page = as_committee.get("/bank")

        assert "有缺口" in page.text
        assert "缺 2" in page.text

    def test_does_not_show_a_key(self, as_committee):
        page = as_committee.get("/bank")

        assert "正确答案" not in page.text
        assert RATIONALE not in page.text

    def test_looking_at_the_list_is_no_view_of_a_key(self, as_committee):
        as_committee.get("/bank")

        assert views() == []


class TestItem:
    def test_shows_key_rationale_and_named_mistakes(self, as_committee):
        page = as_committee.get("/bank/items/traffic-001@1")

        assert page.text.count("正确答案</span>") == 1
        for words in (RATIONALE, "混了口径", "漏了退款", "只看一天"):
            assert words in page.text

    def test_shows_a_number_with_tolerance_and_its_material(self, as_committee):
        page = as_committee.get("/bank/items/traffic-003@1")

        assert "40%（±0.5）" in page.text
        assert "三个数直接平均" in page.text
        assert "甲房人多" in page.text
        assert "12,000" in page.text
        assert "/bank/items/traffic-004@1" in page.text

    def test_shows_a_true_false_item(self, as_committee):
        page = as_committee.get("/bank/items/supply-002@1")

        assert "把成交额当成利润" in page.text

    def test_links_the_items_that_exclude_it_and_its_versions(self, as_committee):
        assert "/bank/items/supply-002@1" in as_committee.get("/bank/items/supply-001@1").text
        assert "/bank/items/traffic-002@1" in as_committee.get("/bank/items/traffic-002@2").text

    def test_every_view_is_on_record(self, as_committee):
        for _ in range(2):
            as_committee.get("/bank/items/traffic-001@1")

        carol = db.session().scalar(
            select(AuditEntry.actor).where(AuditEntry.action == "session.opened")
        )
        assert views() == [("item:traffic-001@1", carol)] * 2

    @pytest.mark.parametrize(
        "ref", ["traffic-001@2", "traffic-001", "nobody@1", "traffic-001@x", "@", "%25@1"]
    )
    def test_what_is_not_there_is_not_found_and_not_on_record(self, as_committee, ref):
        assert as_committee.get(f"/bank/items/{ref}").status_code == 404
        assert views() == []


class TestAccess:
    def test_is_for_committee_and_reviewers_alone(self, app, bank):
        for member in (cast.ALICE, cast.DAVE, cast.SYS, cast.SEC, cast.AUD):
            client = sign_in(app, member)
            assert client.get("/bank").status_code == 403
            assert client.get("/bank/items/traffic-001@1").status_code == 403
        assert views() == []

    def test_a_stranger_signs_in_first(self, bank, stranger):
        assert stranger.get("/bank/items/traffic-001@1").status_code == 302


class TestBlueprintSupplies:
    def test_counts_the_items_of_pool_and_level_that_fit(self, bank):
        supply = queries.blueprint_supplies(db.session(), include_public=True)[0]

        assert supply.fitting_counts == (3, 1, 2)
        assert supply.is_short

    def test_shipped_items_do_not_count_in_production(self, bank):
        supply = queries.blueprint_supplies(db.session(), include_public=False)[0]

        assert supply.fitting_counts == (0, 0, 0)


def views():
    db.session.remove()
    rows = db.session().execute(
        select(AuditChain.subject, AuditEntry.actor)
        .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
        .where(AuditEntry.action == "item.viewed")
        .order_by(AuditEntry.id)
    )
    return [tuple(row) for row in rows]
