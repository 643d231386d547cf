"""Languages, and the filters that write numbers, money and moments for people."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask, has_request_context, request
from flask import session as web_session
from flask_babel import Babel, get_locale, gettext
from flask_login import current_user

from app.core.clock import BEIJING

LOCALES = ("zh_CN", "en")
"""Chinese is the source language; `translations/en` is complete (a test checks)."""

WAN_FEN = 1_000_000
"""10,000 yuan in fen."""

YI_FEN = 10_000_000_000
"""100 million yuan in fen."""


def choose_locale() -> str:
    """Return the language of this request: chosen, then the person's, then the browser's."""
    if not has_request_context():  # a command, a job, the start's announcement
        return "zh_CN"
    chosen = web_session.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    return "en" if best == "en" else "zh_CN"


def is_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def percent(fraction: float | None, digits: int = 1) -> str:
    """Write a fraction as percent; missing is `—`, never 0."""
    return "—" if fraction is None else f"{fraction * 100:.{digits}f}%".replace("-", "−")


def yuan(fen: int | float | None, digits: int = 2) -> str:
    """Write money: `¥9,860`, `¥38.62万`, `¥1.07亿`; English `¥386.2k`, `¥1.03M`."""
    if fen is None:
        return "—"
    sign = "−" if fen < 0 else ""
    size = abs(round(fen))
    if is_english():
        if size >= 100_000_000:
            return f"{sign}¥{size / 100_000_000:.2f}M"
        if size >= WAN_FEN:
            return f"{sign}¥{size / 100_000:.1f}k"
    elif size >= YI_FEN:
        return f"{sign}¥{size / YI_FEN:.{digits}f}亿"
    elif size >= WAN_FEN:
        return f"{sign}¥{size / WAN_FEN:.{digits}f}万"
    if size % 100 == 0 or size >= 100_000:
        return f"{sign}¥{round(size / 100):,}"
    return f"{sign}¥{size / 100:,.2f}"


def local_time(moment: datetime | None, seconds: bool = False) -> str:
    """Write a moment in Beijing time."""
    if moment is None:
        return "—"
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def local_date(day: date | datetime | None) -> str:
    """Write a day, a moment's in Beijing time."""
    if day is None:
        return "—"
    if isinstance(day, datetime):
        day = day.astimezone(BEIJING).date()
    return day.isoformat()


def duration(seconds: float | None) -> str:
    """Write a length of time: `1′04″`, `12 分钟`, `1:12:40`."""
    if seconds is None:
        return "—"
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{left:02d}"
    if left == 0:
        return str(gettext("%(n)s 分钟", n=minutes))
    return f"{minutes}′{left:02d}″"


def register_i18n(app: Flask) -> None:
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    Babel(app, locale_selector=choose_locale)
    for name in (percent, yuan, local_time, local_date, duration):
        app.add_template_filter(name)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.context_processor(lambda: {"locale": str(get_locale()), "is_english": is_english()})
