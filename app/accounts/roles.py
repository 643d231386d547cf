"""Roles; one person may hold several, and duties are kept apart for each object."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _


class Role(StrEnum):
    CANDIDATE = "candidate"
    COMMITTEE_MEMBER = "committee_member"
    REVIEWER = "reviewer"
    EXAMINER = "examiner"
    MARKER = "marker"
    JUROR = "juror"
    LECTURER = "lecturer"
    INVIGILATOR = "invigilator"
    APPEAL_HANDLER = "appeal_handler"
    PROVIDER_MANAGER = "provider_manager"
    MERCHANT = "merchant"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


LABEL_OF = {
    Role.CANDIDATE: _("考生"),
    Role.COMMITTEE_MEMBER: _("专家委员"),
    Role.REVIEWER: _("评审"),
    Role.EXAMINER: _("考官"),
    Role.MARKER: _("评阅员"),
    Role.JUROR: _("评委"),
    Role.LECTURER: _("认证合作讲师"),
    Role.INVIGILATOR: _("监考"),
    Role.APPEAL_HANDLER: _("申诉处理"),
    Role.PROVIDER_MANAGER: _("服务商管理员"),
    Role.MERCHANT: _("商家"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""Three distinct duties (等保 2.0): no person holds two of them."""
