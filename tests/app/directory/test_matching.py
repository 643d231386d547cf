"""Matching by hand, its fairness as properties, and consent through the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.directory.matching import (
    STAGE_FORCES,
    Need,
    Offer,
    Reason,
    Stage,
    matches,
    serves,
)
from app.providers.trade import Category
from tests import cast
from tests.conftest import csrf_token, sign_in

DAY = date(2026, 11, 22)
WAN = 10_000 * 100
NEED = Need(80 * WAN, Category.FASHION, "浙江")
OFFER = Offer(
    key="a",
    categories=frozenset({"fashion"}),
    regions=frozenset({"全国"}),
    stages=frozenset(Stage),
    home="浙江",
    forces={"live_ops": 80.0, "traffic": 60.0, "supply": 50.0, "anchor": 90.0, "service": 10.0},
    sessions={"fashion": 25},
    free=1,
    uplift=0.2,
)


class TestRule:
    @pytest.mark.parametrize(
        ("wan", "stage"),
        [
            (0, Stage.COLD_START),
            (49, Stage.COLD_START),
            (50, Stage.STEADY),
            (199, Stage.STEADY),
            (200, Stage.LEAP),
            (500, Stage.LARGE),
        ],
    )
    def test_the_stage_follows_from_the_gmv(self, wan, stage):
        assert replace(NEED, monthly_gmv_fen=wan * WAN).stage is stage

    def test_by_hand(self):
        # 稳定期: 0.5·0.80 + 0.3·0.60 + 0.2·0.50 = 0.68; 0.5·0.68 + 0.2·25/50 + 0.2·1/5 + 0.1.
        (match,) = matches(NEED, [OFFER], day=DAY)

        assert match.fit == pytest.approx(0.34 + 0.1 + 0.04 + 0.1)
        assert match.reasons == (
            (Reason.STRONG_FORCE, "live_ops"),
            (Reason.GOODS, "25"),
            (Reason.FREE, "1"),
            (Reason.UPLIFT, "20.0%"),
            (Reason.NEAR, "浙江"),
        )

    def test_weights_of_every_stage_sum_to_one(self):
        assert all(sum(one.values()) == pytest.approx(1) for one in STAGE_FORCES.values())

    @pytest.mark.parametrize(
        "change",
        [
            {"stages": frozenset({Stage.LARGE})},
            {"regions": frozenset({"广东"})},
            {"categories": frozenset({"food"}), "sessions": {}},
        ],
    )
    def test_who_does_not_serve_such_merchants_is_not_listed(self, change):
        assert not serves(replace(OFFER, **change), NEED)

    def test_operated_goods_count_as_declared(self):
        assert serves(replace(OFFER, categories=frozenset()), NEED)

    def test_without_a_score_it_is_listed_and_said_so(self):
        (match,) = matches(NEED, [replace(OFFER, forces={})], day=DAY)

        assert (Reason.NO_SCORE, "") in match.reasons


class TestFairness:
    def test_equals_take_turns_over_days(self):
        offers = [replace(OFFER, key=key) for key in "abcd"]

        firsts = Counter(
            matches(NEED, offers, day=DAY + timedelta(days=n))[0].offer.key for n in range(200)
        )

        assert set(firsts) == set("abcd")
        assert min(firsts.values()) > 25

    def test_the_order_of_the_input_is_no_matter(self):
        offers = [replace(OFFER, key=key) for key in "abcd"]

        assert matches(NEED, offers, day=DAY) == matches(NEED, offers[::-1], day=DAY)

    def test_better_in_anything_is_never_listed_later(self):
        worse = replace(OFFER, key="worse")
        for better in (
            {"forces": {**OFFER.forces, "live_ops": 100.0}},
            {"sessions": {"fashion": 50}},
            {"free": 5},
        ):
            listed = matches(NEED, [worse, replace(OFFER, key="better", **better)], day=DAY)
            assert [one.offer.key for one in listed] == ["better", "worse"]


LISTING = {
    "home": "浙江",
    "categories": "fashion",
    "stages": ["cold_start", "steady"],
    "nationwide": "1",
    "introduction": "女装日播",
    "consent": "1",
}


class TestConsent:
    def test_nobody_is_shown_who_did_not_agree_or_left(self, app, db_session, provider, stranger):
        name = provider.name
        db_session.commit()
        dave = sign_in(app, cast.DAVE)
        ask = "/match?gmv=80&category=fashion&region=浙江"

        def save(**changes):
            fields = {"csrf_token": csrf_token(dave), **LISTING, **changes}
            return dave.post("/provider/listing", data=fields)

        before = stranger.get(ask)
        refused = save(consent="")
        still = stranger.get(ask)
        joined = save()
        shown = stranger.get(ask)
        dave.post("/provider/listing/leave", data={"csrf_token": csrf_token(dave)})
        left = stranger.get(ask)

        assert name not in before.text
        assert refused.status_code == 422
        assert name not in still.text
        assert joined.status_code == 303
        assert name in shown.text
        assert "声明承接这个类目" in shown.text
        assert "noindex" in shown.headers["X-Robots-Tag"]
        assert name not in left.text

    def test_what_is_asked_wrongly_is_said(self, app, stranger):
        assert "以万元计" in stranger.get("/match?gmv=八十&category=fashion&region=浙江").text
        assert "请选择类目和地区" in stranger.get("/match?gmv=8&category=x&region=浙江").text
        assert "以万元计" in stranger.get("/match?gmv=NaN&category=fashion&region=浙江").text
