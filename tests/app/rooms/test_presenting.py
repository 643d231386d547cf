"""Words for what happens in a room: complete for every code of the engine."""

from __future__ import annotations

import pytest

from app.core.error_pages import message_of
from app.rooms import findings, labels, presenting
from simulations.actions import LEVERS, PACES, VERBS, parse_action
from simulations.engines.v1.codes import REFUSALS
from tests.factories.rooms import little_scenario

ACTIONS = {
    "pin": ({"product": "jeans"}, "讲解 02 牛仔裤"),
    "unpin": ({}, "结束讲解"),
    "list": ({"product": "coat"}, "上架 03 大衣"),
    "delist": ({"product": "coat"}, "下架 03 大衣"),
    "set_price": ({"product": "jeans", "price_fen": 6990}, "改价 02 牛仔裤 ¥69.90"),
    "coupon": ({"depth_fraction": 0.08, "minutes": 5}, "优惠券 减 8%，5 分钟"),
    "lucky_bag": ({"prize_fen": 6000, "minutes": 3}, "福袋 ¥60，3 分钟"),
    "red_packet": ({"amount_fen": 5000}, "红包 ¥50"),
    "traffic": ({"bid_fen": 60, "rate_fen_per_min": 1250}, "投流 出价 ¥0.60，每分钟 ¥12.50"),
    "restock": ({"product": "jeans", "units": 40}, "补货 02 牛仔裤 40 件"),
    "pace": ({"pace": "push"}, "节奏改为快"),
    "respond": (
        {"incident": "size-comments", "choice": "try-on"},
        "处置 尺码评论：上身试穿",
    ),
    "freight_cover": ({"on": True}, "开启退货补运费"),
    "hand_back": ({"lever": "pin"}, "讲解 交还主播"),
    "hold": (
        {"product": "jeans", "minutes": 3, "price_fen": 6990, "quantity": 20},
        "憋单 02 牛仔裤，3 分钟后放 20 件，¥69.90",
    ),
    "release": ({}, "放单"),
    "trust": ({"lever": "instant_refund", "on": True}, "开启极速退款"),
    "clip": ({"product": "jeans"}, "剪切片 02 牛仔裤"),
    "switch_host": ({"host": "lead"}, "换小测上台"),
    "break": ({"minutes": 4}, "休息 4 分钟"),
    "presale": ({"product": "coat", "ship_days": 5}, "预售 03 大衣，5 天内发货"),
    "staff": ({"count": 2}, "加派 2 名客服"),
    "boost": ({"amount_fen": 5000}, "粉条 ¥50"),
    "top_up": ({"amount_fen": 90000}, "追加投流预算 ¥900"),
}


@pytest.fixture
def in_request(app):
    with app.test_request_context("/"):
        yield


class TestActionWords:
    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_has_its_words(self, in_request, verb):
        fields, words = ACTIONS[verb]
        action = parse_action({"verb": verb, **fields})

        assert presenting.action_words(little_scenario(), action.to_dict()) == words

    def test_what_is_switched_off_is_said_so(self, in_request):
        scenario = little_scenario()

        assert (
            presenting.action_words(scenario, {"verb": "freight_cover", "on": False})
            == "关闭退货补运费"
        )
        stopped = {"verb": "traffic", "bid_fen": 0, "rate_fen_per_min": 0}
        assert presenting.action_words(scenario, stopped) == "暂停投流"

    def test_an_answered_warning_is_named(self, in_request):
        answered = {"verb": "respond", "incident": "compliance", "choice": "correct"}

        words = presenting.action_words(little_scenario(), answered)

        assert words == "处置 平台提醒：当场更正"


class TestLabels:
    def test_cover_every_code_of_the_engine(self):
        assert set(labels.LANE_OF_VERB) == set(labels.VERB) == set(VERBS)
        assert set(labels.LANE_OF_VERB.values()) == set(labels.LANES)
        assert set(labels.LEVER) == {lever.value for lever in LEVERS}
        assert set(labels.PACE) == {pace.value for pace in PACES}

    @pytest.mark.parametrize("code", [code for code in REFUSALS if code != "accepted"])
    def test_every_refusal_has_words_of_its_own(self, in_request, code):
        assert message_of(code) != message_of("no such code")


class TestShownEffects:
    def effect(self, worth, noise, verb="unpin"):
        return {
            "index": 0,
            "tick": 12,
            "action": {"verb": verb},
            "net_worth_fen": worth,
            "margin_worth_fen": worth // 2,
            "lived_noise_fen": noise,
        }

    def test_are_grey_where_luck_could_have_made_them(self, in_request):
        effects = [self.effect(10_000, 1000), self.effect(-900, 800), self.effect(-5000, None)]

        shown, _ = findings.shown_effects(little_scenario(), effects, ())

        assert [one["tone"] for one in shown] == ["good", "", "bad"]
        assert [one["has_interval"] for one in shown] == [True, True, False]
        told = [(one["low_fen"], one["high_fen"]) for one in shown[:2]]
        assert told == [(8000, 12_000), (-2500, 700)]  # 1.96 deviations, whole yuan
        assert all(-1 <= one["low"] <= one["mid"] <= one["high"] <= 1 for one in shown)

    def test_leave_out_levers_that_went_back(self, in_request):
        handed = self.effect(10_000, None, "hand_back")

        assert findings.shown_effects(little_scenario(), [handed], ()) == ([], [])
