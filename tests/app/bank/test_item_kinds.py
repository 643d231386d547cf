"""The committee's page of an item shows the key of every kind, and how figures are drawn."""

from __future__ import annotations

import pytest

from app.bank import queries
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from question_bank.errors import ParameterError
from tests import cast
from tests.conftest import NOON, sign_in
from tests.factories.kinds import kinds_bank, publish_kinds_bank


@pytest.fixture
def as_committee(app):
    with transaction() as db_session:
        publish_kinds_bank(db_session, now=NOON, forms=0)
    return sign_in(app, cast.CAROL)


class TestItemPage:
    @pytest.mark.parametrize(
        ("ref", "words"),
        [
            ("ordering-0@1", ["第一步", "把第二步排在第一步之前", "排序"]),
            ("matching-0@1", ["展示数", "把商品曝光当成直播间展示"]),
            ("fill-in-0@1", ["憋单 / HOLD 单", "30 件", "（1）返场", "把再讲一遍当成攒人"]),
            ("hot-spot-0@1", ['class="region key" data-region="c"', "还在常态"]),
            ("short-0@1", ["参考答案", "判断原因", "2 分"]),
            ("parametric-0@1", ["count*price*0.9", "多减一成", "100 – 1000", "每隔 10"]),
        ],
    )
    def test_shows_the_key_and_the_named_mistakes(self, as_committee, ref, words):
        page = as_committee.get(f"/bank/items/{ref}")

        assert page.status_code == 200
        for word in words:
            assert word in page.text

    def test_an_example_fills_the_figures_in(self, as_committee):
        text = as_committee.get("/bank/items/parametric-0@1").text

        assert "{count}" not in text
        assert "卖了 " in text

    def test_every_kind_stands_in_the_table_of_the_bank(self, as_committee):
        text = as_committee.get("/bank").text

        for kind in ("排序", "配对", "填空", "点图", "简答"):
            assert f'<th scope="col" class="r">{kind}</th>' in text


class TestItemsOf:
    def test_fills_in_what_a_ref_pins(self, as_committee):
        ref = "parametric-0@1#count=200,price=30"

        (item,) = queries.items_of(db.session(), [ref])

        assert item.ref == ref
        assert item.stem == kinds_bank().item(ref).stem
        assert queries.item_of(db.session, ref) is item

    @pytest.mark.parametrize(
        ("ref", "error"),
        [
            ("parametric-0@1#count=205,price=30", ParameterError),
            ("single-0@1#count=200", ParameterError),
            ("parametric-0@9#count=200,price=30", NotFoundError),
        ],
    )
    def test_refuses_what_was_never_shown(self, as_committee, ref, error):
        with pytest.raises(error):
            queries.items_of(db.session(), [ref])
