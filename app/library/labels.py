"""Chinese words of the library."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.studio.realism import DOUBTFUL, LEAST_REAL_SHARE, LEAST_SESSIONS_RUN, REAL, UNREAL

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}
VOTE = {REAL: _("真实"), DOUBTFUL: _("可疑"), UNREAL: _("不真实")}
POLICY = {
    "house": _("主播自播"),
    "random": _("随机操作"),
    "novice": _("新手"),
    "competent": _("熟手"),
    "reference": _("参考策略"),
}

MESSAGES = {
    "realism_voted": _("你已经对这一版表过态；表态不能改"),
    "realism_not_blind": _("要先盲玩：第一次进这间房，从头玩到收播，且没有参与过它的编写和审定"),
    "realism_no_candidate": _("盲玩要进操盘台：请安全管理员给你加上考生角色"),
    "realism_no_operator": _("只有真正操盘过直播间的委员可以表态：至少 %(count)s 场")
    % {"count": LEAST_SESSIONS_RUN},
    "realism_unreal_minutes": _(
        "认为真实的分钟不到 %(share)s%%，不能判为可用于认证；请改判或写明理由"
    )
    % {"share": round(LEAST_REAL_SHARE * 100)},
}
