"""Chinese words of the programs' way in."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.api.platform import PlatformScope
from app.api.tokens import Scope
from app.api.webhooks import Kind

SCOPE = {
    Scope.VERIFY: _("批量核验证书"),
    Scope.STAFF: _("读取在职名单与到期情况"),
    Scope.OBJECTIONS: _("提出、查看和撤回评分异议"),
}

PLATFORM_SCOPE = {
    PlatformScope.FEEDS.value: _("取持证人数与评分"),
    PlatformScope.REPORTS.value: _("报送月度指标"),
    PlatformScope.APPLICATIONS.value: _("取服务商准入申请"),
}

KIND = {
    Kind.SUSPENDED: _("证书被暂停"),
    Kind.REINSTATED: _("证书恢复"),
    Kind.REVOKED: _("证书被撤销"),
    Kind.SUPERSEDED: _("证书被替代"),
    Kind.EXPIRING: _("30 天内到期"),
    Kind.COUNTS: _("持证人数有变"),
    Kind.TEST: _("测试消息"),
}

FAILURE = {
    "https_only": _("只能用 https"),
    "unknown_host": _("找不到这个主机"),
    "private_address": _("地址在内网，不能访问"),
    "timeout": _("超时"),
    "tls": _("证书（TLS）无效"),
    "no_connection": _("连接不上"),
}

MESSAGES = {
    "too_many_tokens": _("令牌太多了，请先停用不再使用的"),
    "token_refused": _("访问令牌无效、已停用或已到期"),
    "scope_missing": _("这个令牌没有所需的权限"),
    "odd_figures": _("有看起来不对的数，核对后再报送"),
    "too_many_platform_tokens": _("平台令牌太多了，请先停用不再使用的"),
    "too_many_endpoints": _("最多登记 5 个通知地址"),
}


def failure_words(code: str | None) -> str:
    """Return why a message was not delivered."""
    if code is None:
        return ""
    if code.startswith("status_"):
        return str(gettext("对方回答 %(status)s", status=code.removeprefix("status_")))
    return str(FAILURE.get(code, code))
