"""Chinese words of the public register."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

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

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

MESSAGES = {
    "no_certificate": _("要有一张有效的证书才能加入名录"),
}
