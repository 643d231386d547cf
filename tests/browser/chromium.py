"""The system's own Chromium: found on the path, started, and killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The sandbox refuses to run as root, and containers forbid what it needs.
    "--no-sandbox",
)

START_WAIT_S = 30.0


def chromium_or_skip() -> str:
    """Return the browser's path; where there is none, skip by name (CI=true forbids that)."""
    for program in PROGRAMS:
        if found := shutil.which(program):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"no browser on the path ({', '.join(PROGRAMS)})")
    pytest.skip(f"no browser on the path ({', '.join(PROGRAMS)})")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A browser for the block, without a profile."""
    browser = playwright.chromium.launch(
        executable_path=chromium_or_skip(), args=list(ARGUMENTS), handle_sigint=False
    )
    try:
        yield browser
    finally:
        browser.close()


class OwnChromium:
    """A browser with a profile on the disk, in a process group of its own that can be killed."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self._playwright = playwright
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None

    def start(self) -> Page:
        """Start it on its profile; returns its one empty page."""
        port_file = self._profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                chromium_or_skip(),
                *ARGUMENTS,
                "--headless=new",
                "--accept-lang=zh-CN",
                "--remote-debugging-port=0",
                f"--user-data-dir={self._profile}",
                "--window-size=1440,900",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        port = self._port(port_file)
        self._browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = self._browser.contexts[0]
        return context.pages[0] if context.pages else context.new_page()

    def _port(self, port_file: Path) -> int:
        assert self._process is not None
        deadline = time.monotonic() + START_WAIT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            lines = port_file.read_text().split() if port_file.exists() else []
            if len(lines) > 1:  # the second line comes last: the file is complete
                return int(lines[0])
            time.sleep(0.05)
        raise AssertionError(f"the browser did not start in {START_WAIT_S} s")

    def kill(self) -> None:
        """End every process of the browser at once, as a power cut would."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._browser is not None:
            self._browser.close()
            self._browser = None
