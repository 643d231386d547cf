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


def check_words(code: str, title: str) -> str:
    """Return the words of a publishing check; pairs of operators are told by their names."""
    low, _, high = code.removeprefix("separates_").partition("-")
    if low in POLICY and high in POLICY:
        return str(gettext("%(low)s与%(high)s拉开距离", low=POLICY[low], high=POLICY[high]))
    return title


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
