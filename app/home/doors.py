"""The demonstration's doors on the landing page: whom a visitor can be, and what is to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import LABEL_OF, Role
from app.certification.queries import credentials_of
from app.demo import DEMO_PASSWORD, PEOPLE

HOLDER_ACCOUNT = "operator@demo.example"
"""The demonstration's certified operator."""

SIGHTS = {
    Role.CANDIDATE: _("还没有证书：报名、考试、操盘、训练，一路走到证书"),
    Role.COMMITTEE_MEMBER: _("出题、定标、发布项目，看题库和评分规则的全貌"),
    Role.REVIEWER: _("审题、审场景，当第二个签字的人"),
    Role.EXAMINER: _("安排考试、发布成绩、评阅复盘"),
    Role.MARKER: _("盲评简答与复盘，看评阅一致性"),
    Role.LECTURER: _("开课、带班、记学时"),
    Role.JUROR: _("给大赛选手盲评打分"),
    Role.INVIGILATOR: _("监考台：签到、延时、公告、收卷"),
    Role.APPEAL_HANDLER: _("答复申诉，处理证书异议"),
    Role.PROVIDER_MANAGER: _("五力评分、持证团队、排班、批量核验"),
    Role.MERCHANT: _("按阶段和类目找服务商与操盘手"),
    Role.SYSTEM_ADMIN: _("运行状况、指标导入、数据推送"),
    Role.SECURITY_ADMIN: _("人员、角色、停用与找回密码"),
    Role.AUDIT_ADMIN: _("审计日志，一键校验全部链条"),
}
"""What each role's first pages show."""

HOLDER_SIGHT = _("已经持证：证书、分享链接、任职、名录、续证")


@dataclass(frozen=True)
class Door:
    """One way in: the role's name, what is to be seen, the account, and others like it."""

    label: str
    sight: str
    account: str
    password: str
    others: tuple[str, ...] = ()


def doors() -> list[Door]:
    """Return one door for each role, the candidate's and the certified operator's first."""
    accounts: dict[Role, list[str]] = {}
    for one in PEOPLE:
        accounts.setdefault(one.role, []).append(one.account)
    out = []
    for role, own in accounts.items():
        others = tuple(one for one in own[1:] if one != HOLDER_ACCOUNT)
        out.append(Door(str(LABEL_OF[role]), str(SIGHTS[role]), own[0], DEMO_PASSWORD, others))
        if HOLDER_ACCOUNT in own:
            label = str(_("持证操盘手"))
            out.append(Door(label, str(HOLDER_SIGHT), HOLDER_ACCOUNT, DEMO_PASSWORD))
    return out


def sample_number_or_none(db_session: Session, *, now: datetime) -> str | None:
    """Return the number of a certificate that a visitor may check: the demonstration's own."""
    person = person_of_account_or_none(db_session, HOLDER_ACCOUNT)
    if person is None:
        return None
    held = credentials_of(db_session, person.id, at=now)
    return next((one.record.number for one in held if one.is_valid), None)
