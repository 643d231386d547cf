"""Chinese for acts of the audit log and for what is counted on the health page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

ACTION = {
    "person.registered": _("开户"),
    "person.disabled": _("停用账号"),
    "person.enabled": _("恢复账号"),
    "profile.changed": _("修改资料"),
    "password.changed": _("修改密码"),
    "session.opened": _("登录"),
    "sessions.ended": _("退出其他设备"),
    "second_factor.enrolled": _("开启动态验证码"),
    "second_factor.cleared": _("重置动态验证码"),
    "identity.collected": _("登记实名信息"),
    "role.granted": _("授予角色"),
    "role.ended": _("收回角色"),
    "attempt.started": _("开始考试"),
    "attempt.submitted": _("交卷"),
    "attempt.overdue": _("超时交卷"),
    "room.started": _("开始操盘"),
    "room.finished": _("操盘结束"),
    "room.scored": _("操盘评分"),
    "decision.made": _("认定"),
    "credential.issued": _("颁发证书"),
    "credential.revoked": _("撤销证书"),
    "content.published": _("发布内容"),
    "item.viewed": _("查看题目与答案"),
    "audit.verified": _("校验审计日志"),
}
"""Acts that the log's readers know by name; others are shown by their code."""

FAULT = {
    "altered": _("内容被改动"),
    "missing": _("缺少记录"),
    "reordered": _("顺序被打乱"),
    "cut": _("结尾被删去"),
}

ROLE_ACTS = (
    "role.granted",
    "role.ended",
    "person.disabled",
    "person.enabled",
    "second_factor.cleared",
    "person.registered",
)
"""What the security administrator sees of a person's record; the rest is the auditor's."""
