"""Chinese words of what a calibration found: strategies that were tried, and what stopped them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.studio.drafts.labels import POLICY

STRATEGY: Mapping[str, object] = {
    "dump-prices": _("全场砸价到底"),
    "cut-prices-30": _("全场七折并补货"),
    "coupon-all-day": _("整场发最大的券"),
    "bag-after-bag": _("大福袋一个接一个"),
    "small-bag-after-bag": _("小福袋一个接一个"),
    "packet-after-packet": _("红包一个接一个"),
    "unlimited-traffic": _("投流不设上限"),
    "push-all-day": _("整场逼单"),
    "push-and-answer": _("整场逼单并处置提醒"),
    "best-seller-for-ever": _("一直讲最好卖的一款"),
    "repin-every-30-s": _("每 30 秒换一次讲解"),
    "freight-cover-only": _("只开补运费"),
    "restock-to-the-roof": _("补货补到顶"),
    "all-gates-on": _("搜索：门槛全开"),
    "margin-off": _("搜索：不管毛利"),
    "roi-off": _("搜索：不管投产比"),
    "refund-off": _("搜索：不管退货"),
    "strikes-off": _("搜索：不管违规"),
    "all-gates-off": _("搜索：什么都不管"),
}

ACTION: Mapping[str, object] = {
    "pin": _("讲解"),
    "price": _("改价"),
    "restock": _("补货"),
    "coupon": _("优惠券"),
    "bag": _("福袋"),
    "packet": _("红包"),
    "traffic": _("投流"),
    "pace": _("节奏"),
    "freight cover": _("补运费"),
    "vague hold": _("憋单，不说数量"),
    "stated hold": _("憋单，说明数量"),
    "clip": _("切片"),
    "presale": _("预售"),
    "trust": _("信任保障"),
    "host": _("换主播"),
    "break": _("休息"),
    "staff": _("加派客服"),
    "boost": _("粉条"),
    "top up": _("追加预算"),
}
"""Single actions by the first words of their names in `simulations.exploits`."""

STOPPED_BY: Mapping[str | None, object] = {
    "gate_margin": _("毛利门槛"),
    "gate_roi": _("投产比门槛"),
    "gate_refund": _("退货门槛"),
    "strikes": _("违规扣分"),
    "model": _("本身就不挣分"),
    None: _("没有被拦"),
}


CHECK: Mapping[str, tuple[object, object]] = {
    "house_is_zero": (
        _("主播自播恰为 0 分"),
        _("引擎或计分有误：空操作必须与主播自播逐位相同，请停止发布并报告"),
    ),
    "random_below_house": (
        _("随机操作不胜过主播自播"),
        _("收紧毛利、退货或违规的限值，或降低权益与投流的单次效果"),
    ),
    "novice_below_25": (
        _("新手均分低于 25"),
        _("照本宣科就能得分：加大轮换、库存或突发的难度，或提高高手能争取的空间"),
    ),
    "competent_above_25": (
        _("熟手均分高于 25"),
        _("熟手也过不了：检查毛利与退货限值是否过紧，突发是否来不及处理"),
    ),
    "reference_unshrunk": (
        _("参考策略不被门槛压低"),
        _("参考策略自己碰到了门槛：重新搜索参考策略，或放宽过紧的限值"),
    ),
    "separates": (
        _("相邻水平拉开距离"),
        _("两档水平分不开：让区分两者的操作（选品、补货、处置、投流）影响更大"),
    ),
    "reliability": (
        _("单场得分的信度（各用各的种子）"),
        _("运气占比过大：减小突发时间窗、隐藏款倍数或场次质量的波动"),
    ),
    "degenerate_below_cut": (
        _("手工极端打法到不了合格线"),
        _("看“检查详情”里得分最高的极端打法，收紧能拦住它的门槛，或降低该操作的效果"),
    ),
    "repeat_below_cut": (
        _("单一重复操作到不了合格线"),
        _("重复一个操作就能合格，是哪个见“检查详情”：加强它的疲劳、冷却或成本"),
    ),
    "nothing_beats_reference": (
        _("对抗搜索不超过参考策略 5 分"),
        _("搜索找到了更强的打法：若合理就重新搜索参考策略，若取巧就补上拦它的门槛"),
    ),
    "house_margin": (
        _("主播自播的毛利率合理"),
        _("调整成本、退货或自播投流，使不操作也不亏、也不暴利"),
    ),
    "reference_ratio": (
        _("参考策略的净成交倍数在案例范围内"),
        _("可争取的空间超出案例：调整流量、库存或价格弹性"),
    ),
    "reference_ratio_low": (
        _("参考策略的净成交倍数在案例范围内"),
        _("可争取的空间比案例小：让好的选品、补货、投流和处置换来更多成交，或放宽过紧的限值"),
    ),
    "twin_bias": (
        _("实况与孪生均值一致（对数差）"),
        _("小库存的取整在实况里咬得更重：加大过小的库存或合并规格"),
    ),
}
"""Title and remedy of each of `simulations.publishing`'s checks, in the reader's language."""

PERCENT = ("house_margin",)
"""Checks whose value is a share of a sum."""


def check_words(code: str, title: str) -> str:
    """Return the words of a publishing check; pairs of operators are told by their names."""
    low, _, high = code.removeprefix("separates_").partition("-")
    if low in POLICY and high in POLICY:
        return str(gettext("%(low)s与%(high)s拉开距离", low=POLICY[low], high=POLICY[high]))
    return str(CHECK[code][0]) if code in CHECK else title


def remedy_words(code: str, remedy: str, *, is_low: bool = False) -> str:
    """Return what would mend a failed check; the report's own words if the check is a new one.

    Args:
        code: Of the check.
        remedy: Of the report; empty if the check passed.
        is_low: Whether the value is below its least, which one check is mended otherwise for.
    """
    found = CHECK.get("separates" if code.startswith("separates_") else code)
    found = CHECK.get(f"{code}_low", found) if is_low else found
    return str(found[1]) if found and remedy else remedy


def check_figures(code: str, value: float, least: float | None, most: float | None) -> str:
    """Return what was measured and what is allowed: `0.874（≥ 0.85）`, `23.2%（2% – 70%）`."""
    digits = 3
    while digits < 6 and _is_in(float(f"{value:.{digits}g}"), least, most) != _is_in(
        value, least, most
    ):
        digits += 1  # 25.004 is not shown as a 25 that is refused
    shown = _figure(code, value, digits)
    if least is not None and most is not None:
        bounds = f"{_figure(code, least)} – {_figure(code, most)}"
    else:
        bounds = f"≥ {_figure(code, least)}" if least is not None else f"≤ {_figure(code, most)}"
    return str(gettext("%(value)s（%(bounds)s）", value=shown, bounds=bounds))


def _is_in(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _figure(code: str, number: float | None, digits: int = 6) -> str:
    number = number or 0.0
    shown = f"{100 * number:.{digits}g}%" if code in PERCENT else f"{number:.{digits}g}"
    return shown.replace("-", "−")


def strategy_words(code: str) -> str:
    """Return the words of a strategy, the code itself if it is a new one."""
    return str(STRATEGY.get(code, code))


def repeat_words(name: str) -> str:
    """Return the words of a repeated single action: `bag 5000` is 福袋 ¥50."""
    for code in sorted(ACTION, key=len, reverse=True):
        if name == code or name.startswith(f"{code} "):
            return f"{ACTION[code]} {_figures(code, name[len(code) :].split())}".strip()
    return name


def _figures(code: str, given: list[str]) -> str:
    """Return what stands behind an action's name, with units; products stay as codes."""
    if code == "coupon":
        return f"{float(given[0]):.0%}"
    if code in {"bag", "packet", "boost"}:
        return _yuan(given[0])
    if code == "price":
        return f"{given[0]} {_yuan(given[1])}"
    if code == "traffic":
        bid, rate = map(_yuan, given)
        return str(gettext("出价 %(bid)s，每分钟 %(rate)s", bid=bid, rate=rate))
    return " ".join(given)


def _yuan(fen: str) -> str:
    return f"¥{float(fen) / 100:,.10g}"
