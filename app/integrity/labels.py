"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

MESSAGES = {
    "case_exists": _("这次考试已经立案"),
    "case_decided": _("这份案卷已经由两人结案，不能再改"),
    "already_stated": _("你已经提交过说明"),
    "nothing_proposed": _("还没有人提出结论"),
    "own_attempt": _("这是你自己的考试，不能经办"),
}

SIGN = {
    "similar": _("答案相似"),
    "cluster": _("成组相似"),
    "fast": _("答对过快"),
    "impossible": _("不足 1 秒作答"),
    "old_items": _("旧题答得偏好"),
    "misfit": _("对错反常"),
    "rise": _("比上次高出很多"),
    "away": _("多次离开页面"),
    "devices": _("换过设备"),
}

OLD_BY = {
    "colleagues": _("同一服务商的人此前见过的题"),
    "others": _("一天以前已有人见过的题"),
}

TIE = {
    "provider": _("同一服务商"),
    "sitting": _("同一场次"),
    "address": _("同一网络地址"),
    "start": _("两分钟内先后开始"),
}

CHANGED = {
    "device": _("另一次登录"),
    "address": _("网络地址变了"),
    "user_agent": _("浏览器变了"),
}

FINDING = {"no_concern": _("未见异常"), "concern": _("存在疑点")}
FINDING_TONE = {"no_concern": "good", "concern": "warn"}
