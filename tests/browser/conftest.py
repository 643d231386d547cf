"""A browser, a product, and visitors whose pages are watched."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from app.core.config import ROOT
from tests.browser.chromium import chromium_or_skip, launched
from tests.browser.product import Product, Records, records_of
from tests.browser.visits import TIMEOUT_MS, Visits
from tests.faults.conftest import laid_ground, new_instance  # noqa: F401 - fixtures
from tests.faults.ground import settings_at
from tests.once import made_once
from tests.postgres import free_port

RESULTS = ROOT / "test-results"
"""Pictures of failed tests, and of every page."""


expect.set_options(timeout=TIMEOUT_MS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Generator[None, None, None]:
    """Fail a test, too, whose pages did what no page may; photograph what failed."""
    visits = item.funcargs.get("visits")
    try:
        yield
        if isinstance(visits, Visits):
            visits.check()
    except BaseException:
        if isinstance(visits, Visits):
            visits.photograph()
        raise


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    chromium_or_skip()
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright) as started:
        yield started


@pytest.fixture
def visits(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """Opens pages; see `Visits`."""
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    opened = Visits(browser, RESULTS / name)
    yield opened
    opened.close()


def _prepare(folder: Path) -> None:
    Product(settings_at(folder, free_port())).prepare()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demonstration of this worker's own, served and swept as `make run` does."""
    chromium_or_skip()
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copytree(made_once(tmp_path_factory, "prepared", _prepare), folder, dirs_exist_ok=True)
    product = Product(settings_at(folder, free_port()))
    try:
        product.start()
        product.start_scheduler()
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="package")
def records(server: Product) -> Iterator[Records]:
    """The server's database."""
    with records_of(server.settings) as opened:
        yield opened
