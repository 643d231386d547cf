"""The skills (能力) that rooms ask for: one list for drills, debriefs and items.

A skill is a group of decisions that are learned together. The groups follow the five forces of the
source articles (流量运营, 直播运营, 主播孵化, 供应链, 服务履约) and the two subjects that exams
add to them, compliance and data; a force that holds several crafts is split by the controls that
each craft uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulations.verbs import COMPLIANCE_ID


class SkillId(StrEnum):
    """The permanent id of a skill; stored in content and links, never renamed."""

    SELECTION = "selection"
    STOCK = "stock"
    PACING = "pacing"
    TRAFFIC = "traffic"
    BENEFITS = "benefits"
    INCIDENTS = "incidents"
    COMPLIANCE = "compliance"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Skill:
    """What a skill is called, what it decides, and where it belongs.

    Attributes:
        id: Its permanent id.
        title: Its Chinese name.
        about: What it decides, in a line for a candidate.
        topic: The topic of the item bank that teaches it, as `question_bank` names topics.
        verbs: The actions that carry it, as `simulations.verbs` names them; a compliance warning
            is answered by the same verb as an incident and counts for compliance.
    """

    id: SkillId
    title: str
    about: str
    topic: str
    verbs: frozenset[str]


SKILLS: Mapping[SkillId, Skill] = {
    skill.id: skill
    for skill in (
        Skill(
            SkillId.SELECTION,
            "选品排品",
            "讲哪一个、讲多久、什么时候换下一个",
            "supply",
            frozenset({"pin", "unpin"}),
        ),
        Skill(
            SkillId.STOCK,
            "库存与上下架",
            "什么时候补、补多少，什么该上架、什么该下架",
            "supply",
            frozenset({"restock", "presale", "list", "delist"}),
        ),
        Skill(
            SkillId.PACING,
            "节奏控场",
            "什么时候快、什么时候慢，主播什么时候该歇、该换",
            "live_ops",
            frozenset({"pace", "switch_host", "break", "hold", "release"}),
        ),
        Skill(
            SkillId.TRAFFIC,
            "投流",
            "什么时候买人、出多少价，什么时候收手",
            "traffic",
            frozenset({"traffic", "boost", "clip", "top_up"}),
        ),
        Skill(
            SkillId.BENEFITS,
            "福利与价格",
            "福袋、红包、优惠券、补运费和改价：用在哪一刻，花多少",
            "live_ops",
            frozenset({"lucky_bag", "red_packet", "coupon", "freight_cover", "trust", "set_price"}),
        ),
        Skill(
            SkillId.INCIDENTS,
            "突发应变",
            "看懂苗头，在损失变大之前选对处置",
            "service",
            frozenset({"respond", "staff"}),
        ),
        Skill(
            SkillId.COMPLIANCE,
            "合规",
            "不说过头话；平台提醒来了，及时更正",
            "compliance",
            frozenset(),
        ),
        Skill(
            SkillId.FORECAST,
            "预测复盘",
            "开播不久就估准全场，知道差在哪里",
            "data_review",
            frozenset(),
        ),
    )
}
"""Every skill, in the order in which pages list them."""

_SKILL_OF_VERB: Mapping[str, SkillId] = {
    verb: skill.id for skill in SKILLS.values() for verb in skill.verbs
}


def skill_of_action(action: Mapping[str, Any]) -> SkillId | None:
    """Return the skill that an action carries.

    Args:
        action: As `Action.to_dict` writes it.

    Returns:
        The skill; none for handing a lever back, which decides nothing by itself.
    """
    if action["verb"] == "respond" and action["incident"] == COMPLIANCE_ID:
        return SkillId.COMPLIANCE
    return _SKILL_OF_VERB.get(action["verb"])
