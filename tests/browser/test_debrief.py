"""The debrief and the replay as their reader uses them: by clicks, by keys, and through a break."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.demo import DEMO_PASSWORD
from app.rooms.drills import is_drill_room
from app.rooms.models import RoomDebrief, RoomScore
from app.rooms.queries import rooms_of
from tests.browser.product import Product, Records
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

CANDIDATE = "candidate@demo.example"

WEIGHED_WITHIN_S = 120


@pytest.fixture(scope="module")
def played(records: Records) -> str:
    """A whole session that the demonstration came with, weighed: other tests play here, too."""
    query = select(RoomScore.room_session_id).join(
        RoomDebrief, RoomDebrief.room_score_id == RoomScore.id
    )
    for _ in range(WEIGHED_WITHIN_S):
        with records.reading() as db_session:
            candidate = person_of_account_or_none(db_session, CANDIDATE)
            assert candidate is not None
            weighed = set(db_session.scalars(query))
            for room in rooms_of(db_session, candidate.id):
                is_old = room.created_at < clock.now() - timedelta(days=1)
                if room.id in weighed and is_old and not is_drill_room(room):
                    return room.public_id
        time.sleep(1)  # where preparing took too long, the scheduler weighs what is left
    pytest.fail("no session of the demonstration was weighed")


@pytest.fixture
def debrief(server: Product, played: str, visits: Visits) -> Page:
    """That session's debrief."""
    page = visits.open(server.address)
    sign_in(page, CANDIDATE, DEMO_PASSWORD, target=f"/rooms/{played}/result")
    expect(page.get_by_role("heading", level=1)).to_contain_text("复盘")
    return page


@pytest.fixture
def replay(debrief: Page) -> Page:
    return play_again(debrief)


def play_again(debrief: Page) -> Page:
    """Open the replay and wait for its first frame."""
    debrief.get_by_role("link", name="回放", exact=True).click()
    expect(debrief.locator("[data-figure=gmv]")).to_have_text("¥0")
    return debrief


def shown_clock(page: Page) -> str:
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
        stood = shown_clock(replay)
        replay.wait_for_timeout(400)
        assert shown_clock(replay) == stood

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
        self, debrief: Page, visits: Visits
    ):
        is_away = threading.Event()

        def answer(route: Route) -> None:
            if is_away.is_set():
                route.abort()
            else:
                route.continue_()

        # Chromium's renderer learns of a route some moments later: a route that is set on a page
        # that stands may miss the next request. This one is there before the page is.
        debrief.route("**/frames/*", answer)
        replay = play_again(debrief)

        is_away.set()
        with visits.expecting("frames", "Failed to load"):
            replay.keyboard.press("End")
            expect(replay.locator("#sync")).to_contain_text("没有载入")
        is_away.clear()

        replay.keyboard.press("ArrowLeft")

        expect(replay.locator("#sync")).to_be_empty()
        expect(replay.locator("[data-figure=gmv]")).not_to_have_text("¥0")


class TestDebrief:
    def test_every_effect_is_drawn_and_told(self, debrief: Page):
        rows = debrief.locator("table.cf tbody tr:has(td.eff)")

        expect(rows.nth(3)).to_be_visible()
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
        steps = debrief.get_by_role("link", name=re.compile("^专项：|^练这一项"))

        assert steps.count() >= 1
        steps.first.click()
        expect(debrief).to_have_url(re.compile(r"/rooms/drills"))
