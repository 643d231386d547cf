"""Visits to the product: pages that are watched for what must never happen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    StorageState,
)
from playwright.sync_api import Error as BrowserError

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    # Four times the dots only cost four times the painting, unless somebody looks at them.
    "device_scale_factor": 2 if "PICTURES" in os.environ else 1,
    "is_mobile": True,
    "has_touch": True,
}

TIMEOUT_MS = 20_000
NAVIGATION_TIMEOUT_MS = 40_000

REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  window.reportViolation(`${event.violatedDirective} blocked ${event.blockedURI} on ${location}`));
"""


class Visits:
    """Opens watched pages in contexts of their own, and knows what went wrong on any of them."""

    def __init__(self, browser: Browser, pictures: Path) -> None:
        self._browser = browser
        self._pictures = pictures
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []
        self._expected: tuple[str, ...] = ()
        self.problems: list[str] = []

    def open(self, address: str, *, phone: bool = False, state: StorageState | None = None) -> Page:
        """Return a fresh visitor's page that resolves paths against `address`.

        Args:
            address: Where the product answers.
            phone: Whether the visitor comes with a phone instead of a desktop.
            state: Cookies of an earlier visit, to be signed in at once.
        """
        context = self._browser.new_context(
            **(PHONE if phone else DESKTOP),  # type: ignore[arg-type]
            base_url=address,
            storage_state=state,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        self._contexts.append(context)
        self.watch_context(context)
        return context.new_page()

    def watch_context(self, context: BrowserContext) -> None:
        """Watch the context's pages, those that it has and those that it will open."""
        context.set_default_timeout(TIMEOUT_MS)
        context.set_default_navigation_timeout(NAVIGATION_TIMEOUT_MS)
        context.expose_function("reportViolation", self._note)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._watch)
        for page in context.pages:
            self._watch(page)

    @contextmanager
    def expecting(self, *patterns: str) -> Iterator[None]:
        """Within the block, problems that match a pattern are part of the test."""
        held = self._expected
        self._expected = (*held, *patterns)
        try:
            yield
        finally:
            self._expected = held

    def check(self) -> None:
        """Fail if a page broke its policy, threw an error or was answered by a 5xx."""
        assert self.problems == [], self.problems

    def photograph(self) -> None:
        """Leave a picture of every open page below test-results/."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self._pages, 1):
            if page.is_closed():
                continue
            try:
                page.screenshot(path=self._pictures / f"page-{number}.png", timeout=5000)
            except BrowserError:
                continue  # a page that hangs or whose browser was killed has no picture

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page) -> None:
        self._pages.append(page)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._note(f"error on {page.url}: {error}"))
        page.on("crash", lambda _: self._note(f"crash on {page.url}"))
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self._note(f"console on {message.page.url if message.page else where}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"{response.status} for {response.request.method} {response.url}")

    def _note(self, problem: str) -> None:
        if not any(re.search(pattern, problem) for pattern in self._expected):
            self.problems.append(problem)
