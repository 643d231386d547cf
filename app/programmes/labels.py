"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.core.i18n import is_english
from certificates.diffs import Scalar
from certificates.effects import Outcome
from certificates.lint import Problem
from certificates.programmes import CertificationProgramme

MESSAGES = {
    "draft_state": _("这份草稿的状态已经变了，请刷新再看"),
    "programme_draft_changed": _("这份草稿刚刚被别人保存过：下面是对方保存后的内容，请重新修改"),
    "programme_exists": _("这个编号已经有项目或草稿，请换一个"),
    "draft_problems": _("草稿里还有错误，改好以后才能提交或发布"),
}

STATE = {
    "draft": _("起草中"),
    "proposed": _("等待第二人批准"),
    "published": _("已发布"),
    "discarded": _("已放弃"),
}

STATE_TONE = {"draft": "info", "proposed": "warn", "published": "good", "discarded": ""}

EVENT = {
    "opened": _("开始起草"),
    "edited": _("修改"),
    "cut": _("采用定标会议的合格线"),
    "proposed": _("提交批准"),
    "returned": _("退回"),
    "published": _("批准并发布"),
    "discarded": _("放弃"),
}

FIELD = {
    "id": _("项目编号"),
    "version": _("版本"),
    "level": _("级别"),
    "title": _("名称"),
    "title_en": _("英文名称"),
    "is_demo": _("演示项目"),
    "theory": _("理论考试"),
    "theory.blueprint_ref": _("理论 · 命题蓝图"),
    "theory.practice_blueprint_ref": _("理论 · 练习蓝图"),
    "theory.minutes": _("理论 · 时长（分钟）"),
    "theory.cut_fraction": _("理论 · 合格线"),
    "room": _("实操考试"),
    "room.scenario_ref": _("实操 · 场景"),
    "room.speed": _("实操 · 倍速"),
    "room.cut_score": _("实操 · 合格线"),
    "room.room_weight": _("实操 · 操盘占比"),
    "room.forecast_weight": _("实操 · 预判占比"),
    "room.held_until_release": _("实操 · 成绩等待发布"),
    "second_room": _("实操（二）"),
    "second_room.scenario_ref": _("实操（二）· 场景"),
    "second_room.speed": _("实操（二）· 倍速"),
    "second_room.cut_score": _("实操（二）· 合格线"),
    "second_room.room_weight": _("实操（二）· 操盘占比"),
    "second_room.forecast_weight": _("实操（二）· 预判占比"),
    "second_room.held_until_release": _("实操（二）· 成绩等待发布"),
    "written": _("诊断与复盘"),
    "written.texts": _("诊断与复盘 · 内容"),
    "written.cut_fraction": _("诊断与复盘 · 合格线"),
    "contest": _("大赛"),
    "contest.cut_score": _("大赛 · 成绩标准"),
    "validity_years": _("证书有效期（年）"),
    "part_valid_months": _("成绩保留（月）"),
    "retake_days": _("再考间隔（天）"),
    "max_per_quarter": _("每季度最多次数"),
    "prerequisites": _("前提"),
    "prerequisites.credential": _("前提 · 持有证书"),
    "prerequisites.sessions": _("前提 · 操盘场次"),
    "prerequisites.training": _("前提 · 培训学时"),
    "renewal": _("续证"),
    "renewal.window_days": _("续证 · 到期前（天）"),
    "renewal.refresher": _("复训考试"),
    "renewal.refresher.blueprint_ref": _("复训考试 · 命题蓝图"),
    "renewal.refresher.minutes": _("复训考试 · 时长（分钟）"),
    "renewal.refresher.cut_fraction": _("复训考试 · 合格线"),
}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

OUTCOME = {
    Outcome.PASSED: _("通过"),
    Outcome.FAILED: _("未通过"),
    Outcome.INCOMPLETE: _("未完成"),
    Outcome.UNKNOWN: _("无法判断"),
}

GROUP = {
    "small": _("1–4 名操盘手的服务商"),
    "medium": _("5–19 名操盘手的服务商"),
    "large": _("20 名以上操盘手的服务商"),
    "none": _("未挂靠服务商"),
}

GROUP_SHORT = {
    "": _("全部"),
    "small": _("1–4 人"),
    "medium": _("5–19 人"),
    "large": _("20 人以上"),
    "none": _("未挂靠"),
}

TEXT = {"diagnosis": _("账号诊断"), "review": _("复盘")}


def field_words(field: str) -> str:
    """Return the name of a field of a programme."""
    return str(FIELD.get(field) or FIELD.get(field.rpartition(".")[0]) or field)


def value_words(field: str, value: Scalar) -> str:
    """Return the value of a field as people read it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(gettext("是") if value else gettext("否"))
    if field in {"level", "prerequisites.credential"}:
        return str(LEVEL.get(str(value), value))
    if field == "written.texts":
        return "、".join(str(TEXT.get(one, one)) for one in str(value).split("、"))
    if isinstance(value, float) and field.endswith(("_fraction", "_weight")):
        return f"{value * 100:.4g}%"
    return f"{value:g}" if isinstance(value, float) else str(value)


def problem_words(problem: Problem) -> str:
    """Return what is wrong and how to mend it."""
    given = [str(LEVEL.get(one, one)) for one in problem.given] + ["", "", ""]
    a, b, c = given[:3]
    words: dict[str, str] = {
        "schema": gettext("填写的值不能用：%(a)s", a=a),
        "not_first": gettext("第一版的版本号应为 1"),
        "not_next": gettext(
            "版本号 %(a)s 应比已发布的 %(b)s 大 1：请放弃草稿，从新版重新起草", a=a, b=b
        ),
        "changed": gettext("不能改：%(b)s → %(a)s。请另立项目", a=a, b=b),
        "nothing_changed": gettext("与已发布的版本完全相同"),
        "unknown_blueprint": gettext("没有已发布的命题蓝图 %(a)s", a=a),
        "unknown_scenario": gettext("没有已发布的场景 %(a)s", a=a),
        "other_level": gettext("%(a)s 是%(b)s的，项目是%(c)s的：请换成同级的", a=a, b=b, c=c),
        "pace": gettext(
            "平均每题 %(a)s 秒（%(b)s 题 %(c)s 分钟），一般在 30–240 秒", a=a, b=b, c=c
        ),
        "same_as_theory": gettext("%(a)s 是理论考试的蓝图，复训考试要用自己的", a=a),
        "odd_cut": gettext("合格线 %(a)s 分少见，请核对", a=a),
        "speed_of_level": gettext("倍速 %(a)s 不合本级：应在 %(b)s–%(c)s 之间", a=a, b=b, c=c),
        "on_trial": gettext("场景 %(a)s 还在试行：要两位操盘过直播间的委员盲玩确认", a=a),
        "no_forecast_asked": gettext("场景 %(a)s 不问预判，预判占比应为 0", a=a),
        "outside_calibration": gettext(
            "合格线 %(a)s 在校准得出的 %(b)s–%(c)s 之外：新手与胜任者分得较差", a=a, b=b, c=c
        ),
        "level_not_below": gettext("前提里的%(a)s证书不低于本级", a=a),
        "level_missing": gettext("缺少前提：持有有效的%(a)s证书", a=a),
        "twice": gettext("同一种前提写了两次"),
        "unlimited": gettext("正式项目要限制再考：填写间隔天数或每季度次数"),
        "no_diagnosis_asked": gettext("场景 %(a)s 没有开播前的规划，写不了诊断", a=a),
        "below_room": gettext("大赛标准 %(a)s 低于实操合格线 %(b)s：两条路应是同一标准", a=a, b=b),
        "part_lapses_first": gettext("再考间隔 %(a)s 天比成绩保留的 %(b)s 个月还长", a=a, b=b),
    }
    return words[problem.code]


def title_of(programme: CertificationProgramme) -> str:
    """Return a programme's title in the reader's language."""
    return programme.title_en if is_english() else programme.title
