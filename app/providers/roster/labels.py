"""Chinese for the board of planned sessions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.providers.roster.rules import Obstacle

OBSTACLE = {
    Obstacle.NO_CERTIFICATE: _("没有有效证书"),
    Obstacle.LEVEL: _("等级不够"),
    Obstacle.EXPIRES: _("开播那天证书已到期"),
    Obstacle.OVERLAP: _("与另一场时间冲突"),
    Obstacle.CHANGEOVER: _("与同日另一场间隔不足 30 分钟"),
    Obstacle.REST: _("与前后一天的场次间隔不足 10 小时"),
    Obstacle.DAY: _("当日将超过 8 小时"),
    Obstacle.WEEK: _("本周将超过 40 小时"),
    Obstacle.ROW: _("将连续工作超过 6 天"),
    Obstacle.DECLINED: _("本人已说不能来"),
}

MESSAGES = {
    "session_begun": _("这一场已经开播，不能再改"),
    "too_many_sessions": _("这一周已有 300 场，不能再加"),
    "may_not_operate": _("按规则，这位操盘手不能操盘这一场"),
}
