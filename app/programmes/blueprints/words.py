"""Chinese for the codes of blueprint drafts."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.bank import labels as bank
from app.programmes.blueprints.checking import Fault
from app.programmes.blueprints.documents import percent_text
from question_bank.assembly import EXPECTED, INFORMATION
from question_bank.blueprint_changes import BlueprintChange
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.programming import Shortfall

MESSAGES = {
    "blueprint_draft_state": _("这份蓝图草稿的状态已经变了，请刷新再看"),
    "blueprint_draft_changed": _("这份草稿刚刚被别人保存过：下面是对方保存后的内容，请重新修改"),
    "blueprint_exists": _("这个编号已经有蓝图或草稿，请换一个"),
    "blueprint_unfit": _("草稿有错误，或者题库按它组不出卷，改好以后才能提交或发布"),
    "calibration_unread": _("这个文件不是本系统读得懂的 QTI 使用数据"),
}

EVENT = {
    "opened": _("开始起草"),
    "edited": _("修改"),
    "proposed": _("提交批准"),
    "returned": _("退回"),
    "published": _("批准并发布"),
    "discarded": _("放弃"),
}

PART = {
    "title": _("名称"),
    "level": _("级别"),
    "pool": _("题库部分"),
    "item_count": _("题数"),
    "avoid_sittings": _("不重复最近几次"),
    "max_exposure": _("曝光上限（百分数）"),
    "expected_fraction": _("期望得分（百分数）"),
    "slack_marks": _("期望得分容差（分）"),
    "information": _("合格线处信息量"),
    "information_slack": _("信息量容差（百分数）"),
    "match": _("各卷等值"),
    "quota": _("配额"),
    "quotas": _("配额"),
    "section": _("分节"),
    "sections": _("分节"),
    "must_include": _("必选题"),
    "enemies": _("互斥组"),
    "document": _("蓝图"),
}

SHARES = ("max_exposure", "expected_fraction", "information_slack")

FAULT = {
    "bounds": _("最多不能少于最少"),
    "pilot_pool": _("试测题另外加进试卷，不能单独组卷"),
    "one_section": _("只有一节就没有节与节之间的界线：写两节以上，或者不分节"),
    "section_counts": _("各节题数之和要等于全卷题数"),
    "too_many_must": _("必选题比全卷的题还多"),
    "lonely_enemy": _("每行至少写两道题的编号"),
    "enemies_must": _("同一行里有两道题都是必选题，不可能都进又都不进"),
    "unknown_items": _("题库的这一部分没有在用的 %(detail)s"),
    "string_pattern_mismatch": _("题目编号只有小写字母、数字和短横线"),
    "string_too_short": _("请填写"),
    "string_too_long": _("太长"),
    "too_long": _("太多"),
    "int_parsing": _("要填整数"),
    "int_type": _("请填写整数"),
    "int_from_float": _("要填整数"),
    "float_parsing": _("要填数字"),
    "enum": _("没有这个选项"),
}

DONE = {
    "propose": _("已提交，等待第二人批准"),
    "return": _("已退回"),
    "discard": _("草稿已放弃"),
    "approve": _("已发布：在认证项目里选用新版以后，考试才按它组卷"),
}

FLAG = {
    "in_case": (_("案例"), _("案例题"), _("非案例")),
    "law": (_("法规"), _("法规题"), _("非法规")),
    "computes": (_("计算"), _("要计算"), _("不计算")),
    "parametric": (_("参数"), _("参数题"), _("非参数题")),
}
"""What a yes-or-no selector is called: its head, yes, no."""

LIMITED = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def fault_words(fault: Fault) -> str:
    """Return what is to be mended, and where."""
    part = str(PART.get(fault.part, fault.part))
    where = (
        part if fault.place is None else gettext("%(part)s第 %(n)s 行", part=part, n=fault.place)
    )
    if fault.code in LIMITED:
        text = gettext("数字超出了范围")
    elif fault.code in FAULT:
        text = str(FAULT[fault.code]) % {"detail": fault.detail}
    else:
        text = gettext("写法不对")
    return str(gettext("%(where)s：%(text)s", where=where, text=text))


def shortfall_words(shortfall: Shortfall, blueprint: ExamBlueprint) -> str:
    """Return one row that the bank cannot meet, with the figures."""
    row = shortfall.row
    if row.name in (EXPECTED, INFORMATION):
        name = PART["expected_fraction"] if row.name == EXPECTED else PART["information"]
        gap, words = (
            (shortfall.short, _("%(name)s：最接近的卷还差 %(gap)s（要 %(least)s 到 %(most)s）"))
            if shortfall.short
            else (shortfall.over, _("%(name)s：最接近的卷超出 %(gap)s（要 %(least)s 到 %(most)s）"))
        )
        bounds = {"least": f"{row.least:.2f}", "most": f"{row.most:.2f}"}
        return str(words) % {"name": name, "gap": f"{gap:.2f}", **bounds}
    name = _row_name(row.name, blueprint)
    if shortfall.short > 0:
        short = gettext(
            "%(name)s：要 %(least)s 道，可用 %(held)s 道，还差 %(short)s 道",
            name=name,
            least=f"{row.least:g}",
            held=round(sum(row.weights)),
            short=max(1, round(shortfall.short)),
        )
        return str(short)
    over = gettext(
        "%(name)s：最多 %(most)s 道，其他要求却会带进来多 %(over)s 道",
        name=name,
        most=f"{row.most:g}",
        over=max(1, round(shortfall.over)),
    )
    return str(over)


def _row_name(name: str, blueprint: ExamBlueprint) -> str:
    for quota in blueprint.quotas:
        if quota.name == name:
            return bank.quota_name(quota)
    if name.startswith("section "):
        return str(gettext("分节“%(title)s”", title=name.removeprefix("section ")))
    if name.startswith("must include "):
        return str(gettext("必选题 %(item)s", item=name.removeprefix("must include ")))
    return str(gettext("全卷"))


def change_words(change: BlueprintChange) -> tuple[str, str, str]:
    """Return a change's name, what was before, and what is now; empty for nothing."""
    part, filled = change.part, change.after if change.after is not None else change.before
    name = str(PART.get(part, part))
    if part == "quota":
        name = gettext("配额：%(quota)s", quota=_quota_name(filled))
    return name, _value(part, change.before), _value(part, change.after)


def _quota_name(quota: dict[str, Any]) -> str:
    try:
        return bank.quota_name(Quota.model_validate(quota | {"least": 0, "most": None}))
    except ValueError:
        return str(gettext("写法不对"))


def _value(part: str, value: Any) -> str:
    if value is None:
        return ""
    if part == "quota":
        least, most = value.get("least") or 0, value.get("most")
        if most is None:
            return str(gettext("至少 %(n)s 道", n=least))
        return str(gettext("%(least)s 到 %(most)s 道", least=least, most=most))
    if part == "section":
        return _section(value)
    if part == "enemies":
        return " · ".join(value)
    if part == "level":
        return str(bank.LEVEL.get(value, value))
    if part == "pool":
        return str(bank.POOL.get(value, value))
    return percent_text(value) if part in SHARES else str(value)


def _section(section: dict[str, Any]) -> str:
    parts = [str(section.get("title") or "")]
    parts += [str(bank.TOPIC.get(one, one)) for one in section.get("topics") or ()]
    parts += [str(bank.KIND.get(one, one)) for one in section.get("kinds") or ()]
    if section.get("item_count") is not None:
        parts.append(gettext("%(n)s 道", n=section["item_count"]))
    if section.get("minutes") is not None:
        parts.append(gettext("%(n)s 分钟", n=section["minutes"]))
    return " · ".join(one for one in parts if one)
