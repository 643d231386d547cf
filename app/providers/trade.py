"""What is sold in a room: the categories of sessions, providers and merchants."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _


class Category(StrEnum):
    """Goods; the codes are those of the public register's fields."""

    FASHION = "fashion"
    BEAUTY = "beauty"
    FOOD = "food"
    HOME = "home"
    DIGITAL = "digital"
    CHILDREN = "children"
    FARM = "farm"
    JEWELLERY = "jewellery"
    SERVICES = "services"


CATEGORY = {
    Category.FASHION: _("服饰鞋包"),
    Category.BEAUTY: _("美妆个护"),
    Category.FOOD: _("食品饮料"),
    Category.HOME: _("家居日用"),
    Category.DIGITAL: _("数码家电"),
    Category.CHILDREN: _("母婴亲子"),
    Category.FARM: _("农产品"),
    Category.JEWELLERY: _("珠宝文玩"),
    Category.SERVICES: _("本地生活"),
}

FILE_WORDS = {
    "服饰鞋包": Category.FASHION,
    "美妆个护": Category.BEAUTY,
    "食品饮料": Category.FOOD,
    "家居日用": Category.HOME,
    "数码家电": Category.DIGITAL,
    "母婴亲子": Category.CHILDREN,
    "农产品": Category.FARM,
    "珠宝文玩": Category.JEWELLERY,
    "本地生活": Category.SERVICES,
    **{one.value: one for one in Category},
}
"""How files write a category, whatever language their reader has."""
