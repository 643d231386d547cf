"""The page's fixed sentences, and how it writes dates and points."""

from datetime import date
from decimal import Decimal

ROMAN = {1: "I", 2: "II", 3: "III"}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Not `calendar.month_name`, which speaks the locale of whoever runs the process."""

STATEMENT = "经统一考核，理论与实操成绩均达到合格标准，特认证为"
STATEMENT_EN = (
    "has met the standard in theory and in the operation of a live room, and is certified as"
)
DEMO_STATEMENT = "完成演示考试与演示直播间，成绩达到合格线，获得演示证书"
DEMO_STATEMENT_EN = (
    "has passed the demonstration examination and room, and receives a demonstration certificate as"
)

DISCLAIMER = "本证书为行业能力认证，非国家职业资格。"
DISCLAIMER_EN = "An industry certification; not a national vocational qualification."
DEMO_NOTE = "本证书由公开的演示试题与演示直播间生成，仅供体验，不作为认证依据；非国家职业资格。"
DEMO_NOTE_EN = "Demonstration only: it certifies nothing."


def points(value: Decimal) -> str:
    """Return points as they are printed: 83 or 83.3."""
    return str(value).removesuffix(".0")


def chinese_date(day: date) -> str:
    """Return a date as on the page: 2026 年 7 月 18 日."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def english_date(day: date) -> str:
    """Return a date as on the page: 18 July 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
