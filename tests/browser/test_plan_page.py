"""A plan made by clicks and keys: drafts stay, limits hold, the room starts as planned."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from app.accounts.queries import person_of_account_or_none
from app.accounts.services import register_person
from app.core import clock
from app.core.db import db, transaction
from app.rooms.models import RoomSession
from app.rooms.queries import rooms_of
from app.rooms.services import give_up, start_practice
from app.studio.queries import public_scenario_of
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.product import Product, Records
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

PLANNER = "planner@example.cn"
SCENARIO = "f6"
"""Has everything that can be planned: grades, teasers, stock, promises, goals and cash."""

SAVED = re.compile("^已保存 ")


class PlanPage:
    """The plan page as its candidate uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tray = page.locator("#tray > li")
        self.start = page.locator("#start")

    def expect_saved(self) -> None:
        expect(self.page.locator("#save-text")).to_have_text(SAVED)

    def pick(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("radio", name=name).check()

    def order(self) -> list[str]:
        return [str(row.get_attribute("data-code")) for row in self.tray.all()]

    def start_and_confirm(self) -> None:
        self.start.click()
        self.page.get_by_role("dialog").get_by_role("button", name="开播", exact=True).click()


@pytest.fixture(scope="module")
def cookies(server: Product, records: Records, password_hash: str, browser: Browser) -> Any:
    """The cookies of somebody new who signed in: each test opens a page with them."""
    with records.app.app_context():
        try:
            with transaction() as db_session:
                register_person(
                    db_session,
                    account=PLANNER,
                    display_name="规划的人",
                    password_hash=password_hash,
                    now=clock.now(),
                    actor="cli:test",
                )
        finally:
            db.session.remove()
    context = browser.new_context(base_url=server.address, locale="zh-CN")
    page = context.new_page()
    sign_in(page, PLANNER, cast.PASSWORD)
    state = context.storage_state()
    context.close()
    return state


def _person_id(db_session: Session) -> int:
    person = person_of_account_or_none(db_session, PLANNER)
    assert person is not None
    return person.id


@pytest.fixture
def desk(visits: Visits, server: Product, records: Records, cookies: Any) -> PlanPage:
    """A fresh practice room that waits for its plan, and its page."""
    with records.app.app_context():
        try:
            with transaction() as db_session:
                for old in rooms_of(db_session, _person_id(db_session)):
                    give_up(db_session, old, now=clock.now())
                scenario = public_scenario_of(db_session, SCENARIO)
                room_id = start_practice(
                    db_session, _person_id(db_session), scenario, is_demo=True, now=clock.now()
                ).public_id
        finally:
            db.session.remove()
    page = visits.open(server.address, state=cookies)
    page.goto(f"/rooms/{room_id}")
    expect(page).to_have_url(re.compile(f"/rooms/{room_id}/plan$"))
    desk = PlanPage(page)
    desk.expect_saved()
    return desk


def room_now(records: Records) -> RoomSession:
    with records.reading() as db_session:
        room = rooms_of(db_session, _person_id(db_session))[0]
        db_session.expunge(room)
        return room


def test_a_plan_by_clicks_and_keys_stands_after_a_reload_and_starts(desk, records):
    page = desk.page
    assert grave_faults(page) == []
    before = desk.order()

    desk.pick(re.compile("涨粉"))
    desk.pick(re.compile("S 级大场"))
    page.locator("input[name=preheat_videos][value='3']").check(force=True)
    grip = desk.tray.nth(2).get_by_role("button", name=re.compile("移动"))
    grip.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    desk.tray.nth(3).get_by_role("button", name=re.compile("上架或不上架")).click()
    page.get_by_label("投流预算", exact=True).first.fill("8.5万")
    page.get_by_label(re.compile("水乳套装 提前备货")).fill("100")
    page.get_by_role("button", name="按往场节奏分摊").click()
    page.get_by_role("checkbox", name=re.compile("极速退款")).check()
    page.get_by_role("textbox", name="你的诊断").fill("福利款占住现金，利润款排在没人的时候。")
    wanted = [before[2], before[0], before[1], *before[4:]]
    expect(page.locator("#tray-count")).to_have_text("11 个款")
    assert desk.order() == wanted
    desk.expect_saved()
    page.wait_for_timeout(1200)
    desk.expect_saved()

    page.reload()
    desk.expect_saved()
    assert desk.order() == wanted
    expect(page.get_by_label("投流预算", exact=True).first).to_have_value("85000")
    expect(page.get_by_role("radio", name=re.compile("S 级大场"))).to_be_checked()
    expect(page.get_by_role("textbox", name="你的诊断")).to_have_value(
        "福利款占住现金，利润款排在没人的时候。"
    )

    desk.start_and_confirm()
    expect(page).to_have_url(re.compile(r"/rooms/[^/]+$"))
    room = room_now(records)
    assert room.plan is not None
    assert room.plan["tray"] == wanted
    assert room.plan["traffic_budget_fen"] == 8_500_000
    assert room.plan["stock"] == [{"product": "toner-set", "units": 100}]
    assert room.plan["aim"] == "followers"
    assert sum(room.plan["hourly_gmv_fen"]) == 83_200_000
    assert room.diagnosis == "福利款占住现金，利润款排在没人的时候。"


def test_what_is_over_a_limit_cannot_start_and_is_not_kept(desk, records):
    page = desk.page
    page.get_by_label("投流预算", exact=True).first.fill("25万")

    expect(page.locator("#faults")).to_contain_text("规划的开支超过现金")
    expect(page.locator("#save-text")).to_have_text("没有保存：规划的开支超过现金")
    expect(desk.start).to_be_disabled()
    page.get_by_label("投流预算", exact=True).first.fill("很多")
    expect(page.locator("#faults")).to_contain_text("请填金额")
    page.wait_for_timeout(1000)
    assert (room_now(records).plan_draft or {}).get("traffic_budget_fen") != 25_000_000

    page.get_by_label("投流预算", exact=True).first.fill("60,000")
    desk.expect_saved()
    expect(desk.start).to_be_enabled()


def test_a_row_is_dragged_and_the_page_fits_every_width(desk):
    page = desk.page
    before = desk.order()
    desk.tray.nth(2).scroll_into_view_if_needed()
    grip = desk.tray.nth(0).locator(".grip").bounding_box()
    third = desk.tray.nth(2).bounding_box()
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 10, third["y"] + third["height"] - 4, steps=12)
    page.mouse.up()

    assert desk.order()[:3] == [before[1], before[2], before[0]]
    desk.expect_saved()
    for width in (1366, 768, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert grave_faults(page) == []


def test_what_could_not_be_sent_is_kept_and_another_page_takes_over(desk, visits):
    page = desk.page
    words = page.get_by_role("textbox", name="你的诊断")
    with visits.expecting("ERR_INTERNET_DISCONNECTED"):
        page.context.set_offline(True)
        words.fill("断网时写的。")
        expect(page.locator("#save-text")).to_have_text("改动留在本机，连上后保存")
        page.context.set_offline(False)
        desk.expect_saved()
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator("#save-text")).to_have_text(SAVED)
    expect(second.get_by_role("textbox", name="你的诊断")).to_have_value("断网时写的。")

    with visits.expecting("409"):
        words.fill("在旧的一页里写的。")
        expect(page.locator("#banner")).to_contain_text("已在另一处打开")
    page.get_by_role("button", name="在这里规划").click()
    desk.expect_saved()
    page.reload()
    expect(words).to_have_value("在旧的一页里写的。")
