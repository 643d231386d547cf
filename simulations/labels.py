"""Chinese and English texts for the codes of this package; the page may translate them further."""

MESSAGES: dict[str, tuple[str, str]] = {
    # An action that is no action (`ActionError`).
    "unknown_verb": ("没有这种操作", "There is no such action"),
    "missing_field": ("缺少必填项", "A required field is missing"),
    "unknown_field": ("多了不认识的项", "There is an unknown field"),
    "out_of_range": ("数值超出允许范围", "The value is out of range"),
    "wrong_type": ("数据类型不对", "The value is of the wrong type"),
    # An action that the room refuses now (`ActionRefusedError`).
    "room_over": ("本场已结束", "The session is over"),
    "room_closed": ("直播间已被平台关闭", "The platform has closed the room"),
    "too_many_actions": ("操作太密，请稍等一下再点", "Too many actions at once; wait a moment"),
    "unknown_product": ("货盘里没有这个商品", "No such product on the tray"),
    "not_listed": ("商品未上架", "The product is not listed"),
    "sold_out": ("商品已售罄", "The product is sold out"),
    "already_pinned": ("正在讲解这个商品", "This product is being presented"),
    "nothing_pinned": ("当前没有讲解商品", "No product is being presented"),
    "already_listed": ("商品已在架上", "The product is already listed"),
    "already_delisted": ("商品已下架", "The product is already delisted"),
    "price_out_of_range": ("售价超出允许范围", "The price is out of range"),
    "price_unchanged": ("售价没有变化", "The price is unchanged"),
    "benefit_running": ("上一个还没结束", "The previous one is still running"),
    "benefit_cooling": ("冷却中，请稍后再发", "Cooling down; try again later"),
    "benefit_out_of_range": ("力度或时长超出允许范围", "Strength or length is out of range"),
    "benefit_budget_spent": ("权益预算不够", "The benefit budget does not suffice"),
    "traffic_out_of_range": ("出价或花费速度超出允许范围", "Bid or rate is out of range"),
    "traffic_budget_spent": ("投流预算已用完", "The traffic budget is spent"),
    "traffic_unchanged": ("投放没有变化", "The order is unchanged"),
    "restock_not_offered": ("这个商品不能补货", "This product cannot be reordered"),
    "restock_pending": ("上一批补货还在路上", "The previous order is still on its way"),
    "restock_over_limit": ("超过可补数量", "More than can be ordered"),
    "restock_too_late": ("补货到不了，本场来不及", "It would arrive after the session"),
    "pace_unchanged": ("讲解节奏没有变化", "The pace is unchanged"),
    "unknown_choice": ("没有这个处置选项", "There is no such answer"),
    "incident_not_active": ("这件事现在不需要处置", "The incident is not active"),
    "incident_answered": ("这件事已经处置过", "The incident has been answered"),
    "no_warning": ("没有待处理的平台提醒", "There is no open warning"),
    "freight_unchanged": ("退货补运费状态没有变化", "The freight cover is unchanged"),
    "lever_not_held": ("这项本来就由主播掌握", "The host already holds this lever"),
    # Steps of a score's explanation (`simulations.scoring`).
    "growth": ("净成交相对主播自播的增长", "Growth of net GMV over the house"),
    "gate_margin": ("毛利门槛", "Margin gate"),
    "gate_roi": ("投流产出门槛", "Traffic ROI gate"),
    "gate_refund": ("退货门槛", "Refund gate"),
    "strikes": ("违规扣分", "Strikes"),
    "closed": ("直播间被关闭，不得正分", "The room was closed: no positive score"),
    "clip": ("分数上下限", "Bounds of the score"),
    "final": ("实操得分", "Room score"),
}
"""Code to (Chinese, English)."""


def message(code: str, lang: str = "zh") -> str:
    """Return the text of a code in Chinese (`zh`) or English (`en`); KeyError if unknown."""
    chinese, english = MESSAGES[code]
    return english if lang == "en" else chinese
