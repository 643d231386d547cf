"""Where operators work and what they sell: the choices of the public register."""

from __future__ import annotations

from enum import StrEnum

# fmt: off
REGIONS = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林",
    "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "广西", "海南",
    "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃",
    "青海", "宁夏", "新疆", "香港", "澳门", "台湾",
)
# fmt: on
"""Provinces, autonomous regions and municipalities, in the order of the national standard."""


class Field(StrEnum):
    """Goods that somebody has operated rooms for; the words are in `labels.py`."""

    FASHION = "fashion"
    BEAUTY = "beauty"
    FOOD = "food"
    HOME = "home"
    DIGITAL = "digital"
    CHILDREN = "children"
    FARM = "farm"
    JEWELLERY = "jewellery"
    SERVICES = "services"
