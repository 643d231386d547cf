"""The cockpit's levers by real clicks and keys: what is ordered, read back, forecast, taken over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from app.demo import DEMO_PASSWORD
from app.rooms.models import RoomEvent, RoomSession
from simulations.loading import shipped_scenarios
from tests.browser.axe import grave_faults
from tests.browser.product import Product, Records
from tests.browser.room_desk import RoomDesk
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

CANDIDATE = "candidate@demo.example"

SCENARIOS = shipped_scenarios()

TOO_FAST = "status of 429"
"""A test presses keys faster than a room takes actions; the page waits and sends again."""

REFUSED = "status of 409"
"""What Chromium puts into the console when the room does not allow something."""


class Cockpit:
    """A practice room on the page; its clock stands unless a test moves it."""

    def __init__(self, page: Page, records: Records, scenario_id: str) -> None:
        self.page = page
        page.goto("/rooms")
        start = page.locator(f"form[action$='/practice/{scenario_id}'] button")
        if not start.count():  # somebody's test left one open, perhaps one from a moment
            page.locator(".card", has_text=SCENARIOS[scenario_id].title).get_by_role(
                "link", name="继续这一场"
            ).click()
            token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
            key = page.url.rstrip("/").split("/")[-1]
            ended = page.request.post(
                f"{page.url.rstrip('/')}/finish",
                data={"key": key},
                headers={"X-CSRFToken": token},
            )
            assert ended.ok, ended.text()
            page.goto("/rooms")
        start.click()
        expect(page.locator("#tray tr").first).to_be_visible()
        RoomDesk(page, records).reach(1)  # nobody waits for the countdown here
        page.reload()
        expect(page.locator("#pause")).to_be_enabled()
        page.locator("#pause").click()
        expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")

    @property
    def public_id(self) -> str:
        return self.page.url.rstrip("/").split("/")[-1]

    def pass_minutes(self, count: int) -> None:
        """Step the practice clock on; every step is answered before the next."""
        for _ in range(count):
            clock = self.page.locator("#clock")
            before = clock.inner_text()
            self.page.locator("#step").click()
            expect(clock).not_to_have_text(before)

    def jump(self, minutes: int) -> None:
        """Step on by up to ten minutes at a time, as the page's button does by one."""
        token = self.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
        for begun in range(0, minutes, 10):
            answer = self.page.request.post(
                f"/rooms/{self.public_id}/clock",
                data={
                    "key": f"jump-to-{begun:08}",
                    "change": "step",
                    "ticks": 12 * min(10, minutes - begun),
                },
                headers={"X-CSRFToken": token},
            )
            assert answer.ok, answer.text()
        self.page.reload()
        expect(self.page.locator("#pause")).to_be_enabled()

    def key(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def expect_logged(self, words: str, fate: str = "") -> None:
        row = self.page.locator("#log li").filter(has_text=words).first
        expect(row).to_contain_text("#")
        if fate:
            expect(row.locator(".fate")).to_have_text(fate)

    def expect_nothing_logged(self, words: str) -> None:
        expect(self.page.locator("#log li").filter(has_text=words)).to_have_count(0)

    def lever(self, name: str) -> Locator:
        return self.page.locator("#levers button").filter(has_text=name)


@pytest.fixture
def open_room(
    server: Product, records: Records, visits: Visits
) -> Iterator[Callable[[str], Cockpit]]:
    def make(scenario_id: str) -> Cockpit:
        page = visits.open(server.address)
        sign_in(page, CANDIDATE, DEMO_PASSWORD)
        return Cockpit(page, records, scenario_id)

    with visits.expecting(TOO_FAST):
        yield make


def test_three_hosts_a_crew_and_every_lever_of_f8_by_keys(open_room, visits: Visits):
    room = open_room("f8")
    room.jump(4)

    room.key("2", "p")
    room.expect_logged("讲解 02", "已下达")
    expect(room.page.locator("#tray tr").nth(1)).to_contain_text("讲解已下达")
    room.pass_minutes(1)
    room.expect_logged("讲解 02", "已执行")
    expect(room.page.locator("#tray tr").nth(1)).to_have_class(re.compile("pinned"))

    room.key("3", "h", "Enter")
    room.expect_logged("憋单 03", "已下达")
    room.pass_minutes(1)
    expect(room.lever("憋单")).to_contain_text("03 号")
    room.key("h", "Enter")
    room.expect_logged("放单", "已下达")

    room.key("n", "Enter")
    room.expect_logged("换大鹏上台", "已下达")
    room.pass_minutes(1)
    expect(room.page.locator(".hosts li.now")).to_contain_text("大鹏")
    expect(room.page.locator(".owner", has_text="换人 · 我")).to_be_enabled()

    room.key("j", "Enter")
    room.expect_logged("粉条", "已下达")
    room.key("1", "k", "Enter")
    room.expect_logged("剪切片 01")
    expect(room.lever("切片")).to_contain_text("剪 01 号")

    room.key("z", "Enter")
    room.expect_logged("休息")
    room.key("q")
    expect(room.page.locator(".owner:focus")).to_be_visible()
    room.key("Enter")
    room.expect_logged("交还主播")

    assert grave_faults(room.page) == []
    room.key("?")
    expect(room.page.locator("#help-dialog")).to_contain_text("憋单、放单")


def test_promises_goals_and_a_vague_hold_of_f2_by_clicks(open_room, visits: Visits):
    room = open_room("f2")
    page = room.page
    room.pass_minutes(1)

    room.lever("运费险").click()
    page.get_by_role("button", name="开启运费险").click()
    room.expect_logged("开启运费险")
    expect(room.lever("运费险")).to_contain_text("已开")

    page.get_by_label("投放目标").select_option(label="涨粉")
    room.expect_logged("目标涨粉", "已下达")
    room.pass_minutes(1)
    expect(page.locator(".goalbox")).to_contain_text("学习期")

    room.lever("憋单").click()
    field(page, "价").fill("")
    field(page, "价").press("Tab")
    page.get_by_role("button", name="开始憋单").click()
    expect(page.locator("#benefit-budget")).to_contain_text("要么都说")
    field(page, "件").fill("")
    field(page, "件").press("Enter")
    room.expect_nothing_logged("憋单")
    expect(page.locator("#benefit-budget")).to_contain_text("平台也会提醒")
    page.get_by_role("button", name="开始憋单").click()
    room.expect_logged("没有说时间、数量和价格", "已下达")

    # Nothing moves in a paused room, yet a screen that is turned shows the phone's figures.
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#phone-gmv")).to_contain_text("¥")


def test_a_refusal_stands_at_its_control_and_changes_nothing(
    open_room, visits: Visits, records: Records
):
    room = open_room("f3")
    with visits.expecting(REFUSED):
        room.key("k", "Enter")
        expect(room.page.locator("#benefit-budget")).to_contain_text("讲得还不够")
        expect(room.page.locator("#log")).to_contain_text("没有执行")  # and stays told

    assert acted_count(records, room.public_id) == 0
    room.lever("预售").click()
    field(room.page, "几天发货").fill("5")
    room.page.get_by_role("button", name="开预售").click()
    room.expect_logged("5 天内发货")


def test_a_forecast_is_asked_for_given_by_keys_and_final(open_room, visits: Visits):
    room = open_room("f4")
    page = room.page
    room.jump(30)
    expect(page.locator("#forecast")).to_be_visible()

    assert grave_faults(page) == []
    room.key("t")
    page.keyboard.type("90")
    room.key("Tab")
    page.keyboard.type("80")
    room.key("Tab")
    page.keyboard.type("120")
    room.key("Enter")
    expect(page.locator("#forecast")).to_contain_text("从小到大")
    page.locator("#forecast-p50_fen").fill("101")
    page.locator("#forecast-p50_fen").press("Enter")

    room.expect_logged("成交预测 ¥90.00万 / ¥101.00万 / ¥120.00万")
    expect(page.locator("#forecast")).to_be_hidden()
    expect(page.locator("#timeline .l-bracket")).to_have_count(1)
    page.reload()
    room.expect_logged("成交预测 ¥90.00万")
    expect(page.locator("#forecast")).to_be_hidden()


def test_a_second_device_takes_over_and_loses_nothing(
    open_room, server: Product, visits: Visits, records: Records
):
    first = open_room("f1")
    first.key("1", "p")
    first.expect_logged("讲解 01")

    phone = visits.open(server.address, phone=True)
    sign_in(phone, CANDIDATE, DEMO_PASSWORD)
    phone.goto(f"/rooms/{first.public_id}")
    phone.get_by_role("button", name="权益").click()
    expect(phone.locator("#benefit-form button").last).to_be_enabled()
    expect(first.page.locator("#banner")).to_contain_text("另一处打开")

    phone.get_by_role("button", name="发福袋").click()
    phone.get_by_role("button", name="突发").click()
    expect(phone.locator("#log")).to_contain_text("福袋")
    expect(phone.locator("#log")).to_contain_text("讲解 01")

    first.page.get_by_role("button", name="在这里操作").click()
    expect(first.page.locator("#banner")).to_be_hidden()
    expect(first.page.locator("#log")).to_contain_text("福袋")
    first.key("2", "p")
    first.expect_logged("讲解 02")
    assert acted_count(records, first.public_id) == 3


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def acted_count(records: Records, public_id: str) -> int:
    with records.reading() as db_session:
        query = (
            select(func.count())
            .select_from(RoomEvent)
            .join(RoomSession, RoomSession.id == RoomEvent.room_session_id)
            .where(RoomSession.public_id == public_id, RoomEvent.kind == "acted")
        )
        return db_session.scalar(query) or 0
