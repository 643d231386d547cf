"""Chinese words of the public register."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.directory.matching import Reason, Stage
from app.directory.regions import Field

FIELD = {
    Field.FASHION: _("服饰鞋包"),
    Field.BEAUTY: _("美妆个护"),
    Field.FOOD: _("食品饮料"),
    Field.HOME: _("家居日用"),
    Field.DIGITAL: _("数码家电"),
    Field.CHILDREN: _("母婴亲子"),
    Field.FARM: _("农产品"),
    Field.JEWELLERY: _("珠宝文玩"),
    Field.SERVICES: _("本地生活"),
}

STAGE = {
    Stage.COLD_START: _("冷启动（月 GMV 50 万以下）"),
    Stage.STEADY: _("稳定期（50–200 万，做营销大场）"),
    Stage.LEAP: _("跃迁期（200–500 万）"),
    Stage.LARGE: _("规模期（500 万以上）"),
}

FORCE = {
    "traffic": _("流量运营"),
    "live_ops": _("直播运营"),
    "anchor": _("主播孵化"),
    "supply": _("供应链"),
    "service": _("服务履约"),
}

REASON = {
    Reason.STRONG_FORCE: _("%(value)s得分在 75 以上，是你这个阶段需要的"),
    Reason.GOODS: _("近 180 天操盘过同类目 %(value)s 场"),
    Reason.DECLARED_GOODS: _("声明承接这个类目，近 180 天没有场次记录"),
    Reason.FREE: _("%(value)s 位持证操盘手现在可接新的工作"),
    Reason.UPLIFT: _("操盘提升估计为 %(value)s（计入评分的部分）"),
    Reason.NEAR: _("就在%(value)s"),
    Reason.NO_SCORE: _("本月还没有评分"),
}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

MESSAGES = {
    "no_certificate": _("要有一张有效的证书才能加入名录"),
}
