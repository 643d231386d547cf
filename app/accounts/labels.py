"""Chinese for this feature's codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

MESSAGES = {
    "sign_in_line": _("登录的人太多，正在排队，请稍后再试"),
    "account_taken": _("这个账号已经注册过，请直接登录"),
    "identity_taken": _("这个身份证号已经登记在另一个账号名下，请用那个账号登录，或联系管理员"),
    "own_account": _("不能改动自己的角色或账号，请另一位安全管理员操作"),
    "second_factor_required": _("你的角色要先开启动态验证码，才能打开这里"),
    "limited_session": _("这次是用准考证登录的，只能打开这场考试；其他页面请用账号登录"),
    "duties_apart": _("系统、安全、审计三种管理员不能由同一个人担任"),
}
