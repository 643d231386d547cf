"""Addresses: a route's builder is written late; in templates, what never changes is made once.

A page's frame has some forty addresses, and to build one costs as much as a small statement.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from flask import Flask, has_request_context
from flask.globals import request_ctx
from werkzeug.routing import Rule

KEPT = 2000
"""Addresses that a process remembers: there are some hundred routes and static files."""


class LateRule(Rule):
    """A route that writes its builder of addresses when its first address is built.

    Werkzeug writes and compiles two functions a route as the route is registered: half a second
    of a start with five hundred routes.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        write = super()._compile_builder

        @cache
        def written() -> Callable[..., tuple[str, str]]:
            return write(append_unknown)

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return written()(rule, **values)

        return build


def register_addresses(app: Flask) -> None:
    """Give templates a `url_for` that remembers what never changes; the answers are Flask's."""

    @lru_cache(maxsize=KEPT)
    def made(script_name: str, method: str, endpoint: str, filename: str | None) -> str:
        # The adapter of the request looks at nothing else when it builds such an address.
        if filename is None:
            return app.url_for(endpoint)
        return app.url_for(endpoint, filename=filename)

    def url_for(endpoint: str, **values: Any) -> str:
        adapter = request_ctx.url_adapter if has_request_context() else None
        filename = values.get("filename")
        is_plain = not values or (endpoint == "static" and len(values) == 1 and filename)
        if adapter is None or not is_plain or endpoint.startswith("."):
            return app.url_for(endpoint, **values)
        return made(adapter.script_name, adapter.default_method, endpoint, filename)

    app.jinja_env.globals["url_for"] = url_for
