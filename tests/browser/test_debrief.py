"""The debrief and the replay as their reader uses them: by clicks, by keys, and through a break."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.demo import DEMO_PASSWORD
from tests.browser.product import Product
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

CANDIDATE = "candidate@demo.example"


@pytest.fixture
def debrief(server: Product, visits: Visits) -> Page:
    """The newest debrief of the demonstration's candidate."""
    page = visits.open(server.address)
    sign_in(page, CANDIDATE, DEMO_PASSWORD, target="/rooms")
    page.get_by_role("link", name="看结果").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("复盘")
    return page


@pytest.fixture
def replay(debrief: Page) -> Page:
    debrief.get_by_role("link", name="回放", exact=True).click()
    expect(debrief.locator("[data-figure=gmv]")).to_have_text("¥0")
    return debrief


def clock(page: Page) -> str:
    return page.locator("#clock").inner_text()


class TestReplay:
    def test_keys_go_to_any_moment_and_play(self, replay: Page):
        end = replay.locator("#end").inner_text()

        replay.keyboard.press("ArrowRight")
        expect(replay.locator("#clock")).to_have_text("0:00:10")
        replay.keyboard.press("Shift+ArrowRight")
        expect(replay.locator("#clock")).to_have_text("0:01:10")
        replay.keyboard.press("ArrowLeft")
        expect(replay.locator("#clock")).to_have_text("0:01:00")
        replay.keyboard.press("End")
        expect(replay.locator("#clock")).to_have_text(end)
        expect(replay.locator("[data-figure=gmv]")).not_to_have_text("¥0")
        replay.keyboard.press("Home")
        expect(replay.locator("[data-figure=gmv]")).to_have_text("¥0")

        for _ in range(2):
            replay.keyboard.press("ArrowUp")
        expect(replay.get_by_role("radio", name="32×")).to_be_checked()
        replay.keyboard.press(" ")
        expect(replay.get_by_role("button", name="暂停")).to_be_visible()
        expect(replay.locator("#clock")).to_have_text(re.compile("0:0([1-9]:..|0:[3-5].)"))
        replay.keyboard.press(" ")
        stood = clock(replay)
        replay.wait_for_timeout(400)
        assert clock(replay) == stood

    def test_an_action_leads_to_its_moment_and_the_scrub_bar_to_any(self, replay: Page):
        action = replay.locator("#log button", has_text="讲解").nth(2)
        at, told = action.locator("span").all_inner_texts()[:2]
        name = told.split(" ", 2)[2]

        action.click()

        expect(replay.locator("#clock")).to_have_text(re.compile(at[:-1]))
        expect(replay.locator("#tray tr.is-pinned th span").first).to_have_text(name)
        # At one moment there may be several steps: the last of them is the present one.
        expect(replay.locator("#log [aria-current=step]")).to_contain_text(at)

        bar = replay.get_by_role("slider", name="时刻")
        bar.fill("90")
        expect(replay.locator("#clock")).to_have_text("0:15:00")
        assert "0:15:00" in str(bar.get_attribute("aria-valuetext"))

    def test_what_did_not_load_says_so_and_loads_when_asked_again(
        self, replay: Page, visits: Visits
    ):
        def refuse(route: Route) -> None:
            route.abort()

        replay.route("**/frames/*", refuse)
        with visits.expecting("frames", "Failed to load"):
            replay.keyboard.press("End")
            expect(replay.locator("#sync")).to_contain_text("没有载入")
        replay.unroute("**/frames/*", refuse)

        replay.keyboard.press("ArrowLeft")

        expect(replay.locator("#sync")).to_be_empty()
        expect(replay.locator("[data-figure=gmv]")).not_to_have_text("¥0")


class TestDebrief:
    def test_every_effect_is_drawn_and_told(self, debrief: Page):
        rows = debrief.locator("table.cf tbody tr:has(td.eff)")

        assert rows.count() >= 4
        expect(rows.locator("td.eff svg")).to_have_count(rows.count())
        expect(debrief.get_by_text("如果多做这一步")).to_be_visible()
        expect(debrief.locator(".dimrow meter").first).to_be_visible()

    def test_a_missed_moment_is_practised_from_there(self, debrief: Page):
        missed = debrief.locator("tr.gap").first
        told = missed.locator("td").nth(1).inner_text()

        missed.get_by_role("button", name=re.compile("再练")).click()

        expect(debrief).to_have_url(re.compile(r"/rooms/[^/]+$"))
        expect(debrief.locator("#log")).to_be_attached()
        assert told != ""

    def test_a_skill_leads_to_its_drills(self, debrief: Page):
        steps = debrief.get_by_role("link", name="练这一项")

        assert steps.count() >= 1
        steps.first.click()
        expect(debrief).to_have_url(re.compile(r"skill="))
