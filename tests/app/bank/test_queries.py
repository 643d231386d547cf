"""Searching the bank, on both databases: the stem lives in a JSON column."""

from __future__ import annotations

import pytest

from app.bank import queries, services
from app.bank.queries import ItemSearch
from app.core.errors import NotFoundError
from question_bank.banks import ItemBank
from tests.conftest import NOON
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank, single_item

pytestmark = pytest.mark.both_databases


@pytest.fixture
def bank(db_session):
    services.publish_bank(
        db_session, little_bank(), [LITTLE_BLUEPRINT], is_public=False, actor="cli:test", now=NOON
    )
    newer = single_item("single-1", version=2, stem="ROI 达到 100% 就赚钱吗？先看什么？")
    services.publish_bank(
        db_session, ItemBank([newer]), [], is_public=False, actor="cli:test", now=NOON
    )


def refs(db_session, page=1, size=50, **wanted):
    rows, total = queries.items_found(db_session, ItemSearch(**wanted), page=page, size=size)
    return [f"{row.item_id}@{row.version}" for row in rows], total


class TestItemsFound:
    def test_finds_words_of_the_stem_as_they_stand(self, db_session, bank):
        assert refs(db_session, text="roi 达到 100%") == (["single-1@2"], 1)
        assert refs(db_session, text="0%") == (["single-1@2"], 1)
        assert refs(db_session, text="先看_么") == ([], 0)

    def test_finds_parts_of_the_id(self, db_session, bank):
        assert refs(db_session, text="TRUTH") == (["truth-0@1", "truth-1@1"], 2)

    def test_narrows_by_kind_and_state(self, db_session, bank):
        assert refs(db_session, kind="numeric")[0] == ["numeric-0@1", "numeric-1@1"]
        assert refs(db_session, state="retired") == (["single-1@1"], 1)

    def test_pages_without_gaps(self, db_session, bank):
        everything, total = refs(db_session)

        pages = [refs(db_session, page=n, size=5)[0] for n in (1, 2, 3, 4)]

        assert [ref for page in pages for ref in page] == everything
        assert len(everything) == total == 14


class TestItemVersion:
    def test_finds_each_version(self, db_session, bank):
        assert queries.item_version(db_session, "single-1@1").retired_at == NOON
        assert queries.item_version(db_session, "single-1@2").retired_at is None

    def test_anything_else_is_not_found(self, db_session, bank):
        for ref in ("single-1@3", "single-1", "nobody@1", "'; --@1", ""):
            with pytest.raises(NotFoundError):
                queries.item_version(db_session, ref)


class TestNewestRefs:
    def test_keeps_the_order_and_leaves_out_what_is_not_there(self, db_session, bank):
        found = queries.newest_refs(db_session, ["truth-1", "nobody", "single-1"])

        assert found == ["truth-1@1", "single-1@2"]
