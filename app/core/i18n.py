"""Languages, and the filters that write numbers, money and moments for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale
from flask import Flask, g, has_request_context, request
from flask import session as web_session
from flask_babel import Babel, Domain, get_locale, get_translations, gettext
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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


@lru_cache(maxsize=2 * len(LOCALES))
def locale_of(name: str) -> Locale:
    """Return a language by its name; to read it anew costs as much as several statements."""
    return Locale.parse(name)


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
    written = moment.astimezone(BEIJING).isoformat(" ", "seconds" if seconds else "minutes")
    return written.removesuffix("+08:00")


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


WORDS_KEPT = 16_000
"""Words in a language that a process remembers: every message of the catalogue in both."""


@lru_cache(maxsize=WORDS_KEPT)
def _translated(locale: Locale | None, message: str) -> str:
    """Return a message's words in the language of now, which is `locale`."""
    text: str = get_translations().ugettext(message)
    return text


@lru_cache(maxsize=WORDS_KEPT)
def _marked(locale: Locale | None, message: str) -> Markup:
    """Return a message without variables as a template writes it, in the language of now."""
    # A template's message is always a format string, so that `%%` is one sign in all of them.
    return Markup(_translated(locale, message)) % {}  # noqa: S704 - our own words


def language_of_now() -> Locale | None:
    """Return what `get_locale` does, where it left it: a page asks some hundred times."""
    try:
        # On the object behind the proxy: to go through it costs ten times as much.
        held = current_g().__dict__.get("_flask_babel")
    except RuntimeError:  # no application: a command, a job
        held = None
    known: Locale | None = getattr(held, "babel_locale", None)
    return get_locale() if known is None else known


current_g: Callable[[], Any] = g._get_current_object


@pass_eval_context
def words(context: EvalContext, message: str, /, **variables: Any) -> str:
    """Translate a template's message; what it says in a language is looked up once."""
    locale = language_of_now()
    if context.autoescape and not variables:
        return _marked(locale, message)
    text = _translated(locale, message)
    return (Markup(text) if context.autoescape else text) % variables  # noqa: S704 - our own words


class RememberedDomain(Domain):
    """The catalogue as Python code asks it; what a message says in a language is looked up once."""

    def gettext(self, string: str, **variables: Any) -> str:
        text = _translated(language_of_now(), string)
        return text % variables if variables else text


def register_i18n(app: Flask) -> None:
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    babel = Babel(app, locale_selector=lambda: locale_of(choose_locale()))
    babel.domain_instance = RememberedDomain()
    for name in (percent, yuan, local_time, local_date, duration):
        app.add_template_filter(name)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(gettext=words, _=words)
    app.context_processor(lambda: {"locale": str(get_locale()), "is_english": is_english()})
