"""Names of the skills in the reader's language; `simulations.skills` has them in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from simulations.skills import SkillId


@dataclass(frozen=True)
class ShownSkill:
    """A skill as pages show it."""

    id: SkillId
    title: LazyString
    about: LazyString


SHOWN_SKILLS: Mapping[SkillId, ShownSkill] = {
    one.id: one
    for one in (
        ShownSkill(SkillId.SELECTION, _("选品排品"), _("讲哪一个、讲多久、什么时候换下一个")),
        ShownSkill(
            SkillId.STOCK, _("库存与上下架"), _("什么时候补、补多少，什么该上架、什么该下架")
        ),
        ShownSkill(
            SkillId.PACING, _("节奏控场"), _("什么时候快、什么时候慢，主播什么时候该歇、该换")
        ),
        ShownSkill(SkillId.TRAFFIC, _("投流"), _("什么时候买人、出多少价，什么时候收手")),
        ShownSkill(
            SkillId.BENEFITS,
            _("福利与价格"),
            _("福袋、红包、优惠券、补运费和改价：用在哪一刻，花多少"),
        ),
        ShownSkill(SkillId.INCIDENTS, _("突发应变"), _("看懂苗头，在损失变大之前选对处置")),
        ShownSkill(SkillId.COMPLIANCE, _("合规"), _("不说过头话；平台提醒来了，及时更正")),
        ShownSkill(SkillId.FORECAST, _("预测复盘"), _("开播不久就估准全场，知道差在哪里")),
    )
}
"""In the order in which pages list them."""
