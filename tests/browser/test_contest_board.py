"""The contest's board in a real browser: the big screen at its size, the board on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.contests.models import Contest
from app.contests.queries import rounds_of
from app.core.db import transaction
from app.demo import DEMO_PASSWORD
from tests.browser.product import Product, Records
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

LEAST_PX = 18
"""No word of the big screen is smaller (readable at ten metres)."""

SMALL_WORDS = """
(least) => [...document.querySelectorAll('.big *')].filter((one) =>
  [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
  && one.getClientRects().length && !one.closest('svg')
  && parseFloat(getComputedStyle(one).fontSize) < least - 0.01
).map((one) => one.className + ' ' + one.textContent)
"""

SHIFTS = """
() => new Promise((resolve) => {
  let total = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) total += entry.value;
  }).observe({type: 'layout-shift', buffered: false});
  setTimeout(() => resolve(total), 4000);
})
"""
"""How much the page moved by itself while it asked for news."""


@pytest.fixture(scope="module")
def round_over(records: Records) -> str:
    """The last round of the demonstration's finished contest."""
    with records.reading() as db_session:
        contest = db_session.scalars(select(Contest).where(Contest.state == "final")).one()
        return rounds_of(db_session, contest.id)[-1].public_id


def open_board(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("#rows .rw").first).to_be_visible(timeout=60_000)
    expect(page.locator("#minis figure").first).to_be_visible()


class TestBigScreen:
    def test_it_fills_its_size_and_nothing_on_it_is_small(
        self, server: Product, visits: Visits, round_over: str
    ):
        page = visits.open(server.address)
        page.set_viewport_size({"width": 1920, "height": 1080})
        open_board(page, f"/live/rounds/{round_over}/screen")

        assert page.evaluate(SMALL_WORDS, LEAST_PX) == []
        size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert page.evaluate(size) == [1920, 1080]
        assert page.evaluate(SHIFTS) < 0.01
        box = page.locator(".big").bounding_box()
        assert box is not None
        assert round(box["height"]) == 1080

    def test_without_the_server_it_keeps_the_picture_and_says_so(
        self, server: Product, visits: Visits, round_over: str
    ):
        page = visits.open(server.address)
        open_board(page, f"/live/rounds/{round_over}/screen")
        rows = page.locator("#rows .rw").count()

        with visits.expecting("503"):
            page.route("**/*.json", lambda route: route.fulfill(status=503, body="{}"))
            expect(page.locator("#away")).to_be_visible(timeout=20_000)
            assert page.locator("#rows .rw").count() == rows
            page.close()  # it goes on asking, and nobody expects that any more


def test_a_phone_shows_every_contestant(server: Product, visits: Visits, round_over: str):
    page = visits.open(server.address, phone=True)
    open_board(page, f"/live/rounds/{round_over}")

    names = page.locator("#rows [data-part=name]").all_text_contents()

    assert len(names) == page.locator("#minis figure").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


class TestUnveiling:
    @pytest.fixture
    def judged(self, records: Records) -> Iterator[str]:
        """The finished contest as it was before its results were final: its round, to unveil."""

        def turn(state: str) -> str:
            with records.app.app_context(), transaction() as db_session:
                query = select(Contest).where(Contest.title.contains("秋季"))
                contest = db_session.scalars(query).one()
                contest.state = state
                return rounds_of(db_session, contest.id)[-1].public_id

        yield turn("judging")
        turn("final")

    def test_the_organiser_unveils_one_by_one_and_then_all(
        self, server: Product, visits: Visits, judged: str
    ):
        page = visits.open(server.address)
        sign_in(page, "examiner@demo.example", DEMO_PASSWORD)
        page.goto(f"/live/rounds/{judged}/jury")
        left = int(re.findall(r"还有 (\d+) 位", page.locator("main").inner_text())[0])

        page.get_by_role("button", name="揭晓下一位").click()
        expect(page.locator("main")).to_contain_text(f"还有 {left - 1} 位")
        page.get_by_role("button", name="全部揭晓").click()

        expect(page.get_by_text("已全部揭晓")).to_be_visible()
        expect(page.get_by_role("button", name="揭晓下一位")).to_have_count(0)
