"""Chinese for this feature's codes; the room's own refusals have their words in `simulations`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from flask_babel.speaklater import LazyString

from app.core.i18n import is_english
from simulations import labels as room_labels

CLOSING = {
    "finished": _("播完"),
    "early": _("提前收播"),
    "abandoned": _("已放弃，不评分"),
}

MODE = {"practice": _("练习"), "exam": _("实操考试")}

ROLE = {
    "hook": _("引流"),
    "benefit": _("福利"),
    "hit": _("爆款"),
    "follow": _("承接"),
    "profit": _("利润"),
    "image": _("形象"),
    "test": _("测试"),
}
"""What a product is on the tray for."""

LEVER = {
    "pin": _("讲解"),
    "price": _("价格"),
    "traffic": _("投流"),
    "benefits": _("权益"),
    "pace": _("节奏"),
    "shelf": _("货架"),
    "freight": _("补运费"),
    "stage": _("换人"),
}

PACE = {"slow": _("慢"), "normal": _("标准"), "push": _("快")}

ENERGY = {
    "fresh": _("体力充沛"),
    "steady": _("体力平稳"),
    "tired": _("有些累"),
    "spent": _("很疲惫"),
}

MOOD = {"high": _("情绪高"), "steady": _("情绪平稳"), "low": _("情绪低落")}

TONE = {"ask": _("提问"), "complain": _("不满")}
"""Flags of comments; the other tones ask for nothing."""

VOICE = {"clear": _("嗓音清亮"), "hoarse": _("嗓子有些哑"), "failing": _("快说不出话")}

STRAIN = {"calm": _("从容"), "tense": _("吃紧"), "strained": _("顶不住")}
"""How much the crew has on its hands; strained, it does not follow orders."""

ORDER = {
    "open": _("已下达"),
    "confirmed": _("已执行"),
    "failed": _("没做成"),
    "replaced": _("被取代"),
    "declined": _("没听从"),
}
"""What became of an order to the crew, in a word; `simulations.labels` has the reason."""

CHANNEL = {"fans": _("粉丝"), "public": _("推荐"), "paid": _p("channel", "投流")}
"""Where visitors come from."""

FUNNEL = {
    "entered": _("进房"),
    "saw": _("看到商品"),
    "clicked": _("点击商品"),
    "bought": _("成交"),
}

LANES = {
    "pin": _("讲解"),
    "price": _("改价"),
    "stock": _("货架"),
    "traffic": _("投流"),
    "lever": _("权益"),
    "host": _("主播"),
}
"""Lanes of the action strip, from top to bottom; the codes are classes of the style sheet."""

LANE_OF_VERB = {
    "pin": "pin",
    "unpin": "pin",
    "set_price": "price",
    "list": "stock",
    "delist": "stock",
    "restock": "stock",
    "traffic": "traffic",
    "coupon": "lever",
    "lucky_bag": "lever",
    "red_packet": "lever",
    "freight_cover": "lever",
    "pace": "host",
    "respond": "host",
    "hand_back": "host",
    "hold": "pin",
    "release": "pin",
    "trust": "lever",
    "clip": "traffic",
    "switch_host": "host",
    "break": "host",
    "presale": "stock",
    "staff": "host",
    "boost": "traffic",
    "top_up": "traffic",
}

VERB = {
    "pin": _("讲解"),
    "unpin": _("结束讲解"),
    "list": _("上架"),
    "delist": _("下架"),
    "set_price": _("改价"),
    "coupon": _("优惠券"),
    "lucky_bag": _("福袋"),
    "red_packet": _("红包"),
    "traffic": _("投流"),
    "restock": _("补货"),
    "pace": _("节奏"),
    "respond": _("处置"),
    "freight_cover": _("补运费"),
    "hand_back": _("交还主播"),
    "hold": _("憋单"),
    "release": _("放单"),
    "trust": _("信任保障"),
    "clip": _("切片"),
    "switch_host": _("换主播"),
    "break": _("休息"),
    "presale": _("预售"),
    "staff": _("加派客服"),
    "boost": _("粉条"),
    "top_up": _("追加投流预算"),
}

TRUST = {
    "instant_refund": _("极速退款"),
    "freight_insurance": _("运费险"),
    "keep_goods": _("退款不退货"),
    "tenfold": _("假一赔十"),
}

GOAL = {"visits": _("进房"), "followers": _("涨粉"), "orders": _("订单"), "roi": _("ROI")}


GATE = {
    "gate_margin": _("毛利"),
    "gate_roi": _("投流产出"),
    "gate_refund": _("退货"),
}
"""The score's gates, in a word."""

MOMENT = {
    "incident": _("突发没有处置"),
    "reference": _("参照在这一刻做了"),
    "grid": _("这一刻做最值"),
}
"""Why something that was not done is told, by the kind of `simulations.missed`."""


def _room_message(code: str) -> LazyString:
    return LazyString(lambda: room_labels.message(code, "en" if is_english() else "zh"))


MESSAGES = {
    **{code: _room_message(code) for code in room_labels.MESSAGES},
    "room_not_started": _("还没有开播，倒计时结束后再操作"),
    "action_expired": _("断开超过 30 秒，这一步已经过时，没有执行"),
    "no_forecast_asked": _("现在没有要填的预测，或填写时间已过"),
    "forecast_given": _("这次预测已经提交，不能再改"),
    "forecast_not_rising": _("三个数要从小到大：偏低、最可能、偏高"),
    "room_halted": _("全场暂停，恢复后再操作"),
    "card_too_late": _("这张突发卡现在打不出来了：它已有苗头，或离收播太近"),
    "no_early_finish": _("大赛的房间同时开播、同时收播；想歇手，把控制交还主播即可"),
    "clock_is_fixed": _("考试房间的时钟由考试规定，不能暂停、快进或变速"),
    "no_retry_in_exam": _("考试房间不能重来"),
    "linked_once": _("营期里的每一场只播一次，下一场接着这一场的粉丝和库存；回练习室开下一场"),
    "room_not_scored": _("这一场还没有评分"),
    "scenario_not_public": _("这个场景不开放练习"),
    "room_not_ready": _("这个房间还没有准备好，暂时不能开始"),
}
"""Words of refusals, by code; a page and a JSON answer use the same."""

ORDER_REASON = {code: MESSAGES[f"order_{code}"] for code in ORDER}
AIM = {
    "new_customers": _p("aim", "新客订单占比"),
    "followers": _p("aim", "新增粉丝"),
    "repeat": _p("aim", "老客复购订单"),
}
"""The secondary goals that a plan may declare, short enough for the cockpit's line of facts."""
