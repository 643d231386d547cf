"""Parts of pages that follow from what they are given alone: written once, then kept.

A macro that looks at nothing but its arguments, the language and where the application is mounted
writes the same text for the same arguments, whoever reads the page. `kept(template)` gives such
macros of a template by name; a process keeps what they wrote last. The template's own text stays
the only place where a part is written. A part of a person (a name, a token, an address of theirs)
has no place in one: it would be kept as often as there are people.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import Any

from flask import Flask, current_app
from flask.globals import request_ctx
from markupsafe import Markup

from app.core.i18n import language_of_now

PARTS_KEPT = 24_000
"""Parts that a process keeps; most have some 300 characters."""


MACROS_KEPT = 200
"""Templates whose macros a process keeps, each in a language and at a mount."""


class KeptMacros:
    """The macros of one template as functions; each is named as an attribute.

    They are those of one language and mount: whoever writes several parts of a page asks for both
    once.
    """

    def __init__(self, write: Callable[[str, tuple[Hashable, ...]], Markup]) -> None:
        self._write = write

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        write = self._write

        def macro(*given: Hashable) -> Markup:
            return write(name, given)

        setattr(self, name, macro)
        return macro


def mount_of_now() -> str:
    """Return where the application is mounted, as addresses in templates begin."""
    try:
        adapter = current_request_context().url_adapter
    except RuntimeError:  # no request: a command, a job
        return ""
    return "" if adapter is None else str(adapter.script_name)


# On the object behind the proxy: to go through it costs ten times as much.
current_request_context: Callable[[], Any] = request_ctx._get_current_object  # type: ignore[attr-defined]


def register_kept_parts(app: Flask) -> None:
    """Give templates `kept(template)`, and Python `kept_macros`."""

    @lru_cache(maxsize=PARTS_KEPT)
    def written(
        language: str, mount: str, template: str, name: str, given: tuple[Hashable, ...]
    ) -> Markup:
        macro: Any = getattr(app.jinja_env.get_template(template).module, name)
        part: Markup = macro(*given)
        return part

    @lru_cache(maxsize=MACROS_KEPT)
    def macros_of(language: str, mount: str, template: str) -> KeptMacros:
        return KeptMacros(partial(written, language, mount, template))

    def kept(template: str) -> KeptMacros:
        locale = language_of_now()
        return macros_of(locale.language if locale else "", mount_of_now(), template)

    app.extensions["kept_macros"] = kept
    app.jinja_env.globals["kept"] = kept


def kept_macros(template: str) -> KeptMacros:
    """Return the kept macros of a template, for a page's data that is put together in Python.

    They are those of the request's language; nobody keeps them longer than its page.
    """
    found: KeptMacros = current_app.extensions["kept_macros"](template)
    return found
