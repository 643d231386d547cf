"""The score step by step, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from app.core.i18n import is_english, percent, yuan
from simulations import labels as room_labels

Json = dict[str, Any]

_: Callable[..., str] = gettext


def explained(step: Mapping[str, Any], result: Mapping[str, Any]) -> Json:
    """Return one step of the score in words and numbers."""
    code = step["code"]
    title = room_labels.message(code, "en" if is_english() else "zh")
    return {
        "code": code,
        "title": title,
        "words": _STEP_WORDS[code](step, result),
        "change": step.get("change"),
        "points": step["points"],
    }


def _growth_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "同一批顾客，去掉运气：你 %(own)s，主播自播 %(house)s，参照 %(reference)s"
        "（净成交 = 成交额 − 退货）。增长的对数 %(growth)s ÷ 参照的 %(span)s × 100",
        own=yuan(step["net_fen"]),
        house=yuan(step["house_net_fen"]),
        reference=yuan(step["reference_net_fen"]),
        growth=f"{step['growth_log']:.3f}".replace("-", "−"),
        span=f"{step['span_log']:.3f}",
    )


def _margin_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "毛利占净成交 %(value)s，门槛不低于 %(limit)s：得分 × %(factor)s",
        value=percent(step["value"]),
        limit=percent(step["limit"]),
        factor=f"{step['factor']:.2f}",
    )


def _roi_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    if step["value"] is None:
        return _("本场没有投流，不评这一项：得分 × 1.00")
    return _(
        "投流带来的成交是花费的 %(value)s 倍，门槛不低于 %(limit)s 倍：得分 × %(factor)s",
        value=f"{step['value']:.2f}",
        limit=f"{step['limit']:.1f}",
        factor=f"{step['factor']:.2f}",
    )


def _refund_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "退货占成交额 %(value)s，门槛不高于 %(limit)s：得分 × %(factor)s",
        value=percent(step["value"]),
        limit=percent(step["limit"]),
        factor=f"{step['factor']:.2f}",
    )


def _aim_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    def shown(value: float) -> str:
        return percent(value) if step["aim"] == "new_customers" else f"{value:,.0f}"

    return _(
        "%(aim)s：你 %(value)s，主播自播 %(house)s，目标 %(target)s",
        aim=room_labels.message(step["aim"], "en" if is_english() else "zh"),
        value=shown(step["value"]),
        house=shown(step["house_value"]),
        target=shown(step["target"]),
    )


def _strike_words(step: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return _(
        "被记违规 %(own)s 次，主播自播也会有 %(house)s 次；"
        "多出的 %(charged)s 次，每次扣 %(points)s 分",
        own=step["strikes"],
        house=step["house_strikes"],
        charged=step["charged"],
        points=f"{result['strike_points']:g}",
    )


_STEP_WORDS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "growth": _growth_words,
    "aim": _aim_words,
    "gate_margin": _margin_words,
    "gate_roi": _roi_words,
    "gate_refund": _refund_words,
    "strikes": _strike_words,
    "closed": lambda step, result: _("违规次数到上限，直播间被关闭：最高 0 分"),
    "clip": lambda step, result: _("得分在 −100 到 130 之间"),
    "final": lambda step, result: _("按一位小数计"),
}
