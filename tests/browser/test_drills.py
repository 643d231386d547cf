"""Drills and the tutorial in a real browser: whole, by real clicks and keys, wide and narrow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.queries import person_of_account_or_none
from app.demo import DEMO_PASSWORD
from app.rooms import drills
from app.rooms.models import TutorialProgress
from app.rooms.tutorial import STEPS
from tests.browser.axe import grave_faults
from tests.browser.product import Product, Records
from tests.browser.room_desk import RoomDesk
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

OPERATOR = "operator@demo.example"

KEYS = {
    "pin": ("1", "p"),
    "price": ("[",),
    "benefits": ("f", "Enter"),
    "traffic": (".",),
    "pace": ("g",),
    "incident": ("e", "Enter"),
    "log": ("l",),
}
"""What each step of the tutorial waits for, by keyboard."""

TAPS = {
    "pin": "#tray tr:first-child .opsrow button:has-text('讲解')",
    "price": "#tray tr:first-child button:has-text('−')",
    "benefits": "#benefit-form .btn-primary",
    "traffic": "#traffic button:has-text('+')",
    "pace": "#host .seg button:first-child",
    "incident": "#feed button:has-text('尺子')",
    "log": "#log-scroll",
}
"""The same by touch."""


def open_at(visits: Visits, server: Product, path: str, *, phone: bool = False) -> Page:
    page = visits.open(server.address, phone=phone)
    sign_in(page, OPERATOR, DEMO_PASSWORD, target=path)
    page.goto(path)
    return page


def start(page: Page, speed: str = "8×") -> None:
    """Start the drill on the page, or go on in the room of it that is open; wait for the start."""
    go_on = page.get_by_role("link", name="继续这一关")
    if go_on.count():
        go_on.click()
    else:
        page.locator(".speed-choice label", has_text=speed).click()
        page.get_by_role("button", name=re.compile("开始这一关|再练一次|开始引导")).click()
    expect(page.locator("#countdown")).to_be_hidden(timeout=20_000)


def step_minutes(page: Page, count: int) -> None:
    """Step the paused practice clock on; every step is answered before the next."""
    for _ in range(count):
        clock = page.locator("#clock")
        before = clock.inner_text()
        page.locator("#step").click()
        expect(clock).not_to_have_text(before)


def test_a_whole_drill_by_clicks_and_keys(server: Product, records: Records, visits: Visits):
    page = open_at(visits, server, "/rooms/drills")
    page.get_by_role("link", name=re.compile("断货在即")).click()
    expect(page.get_by_role("heading", name="断货在即")).to_be_visible()
    expect(page.get_by_text("参考打法在第二分钟前后")).to_have_count(0)

    start(page)
    expect(page.locator("#pause")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    page.keyboard.press("p")
    expect(page.locator("#log")).to_contain_text("讲解 01")
    step_minutes(page, 1)
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page.locator("#log")).to_contain_text("补货 01")
    page.get_by_role("button", name="发福袋").click()
    expect(page.locator("#log")).to_contain_text("福袋")
    while not page.locator("#over-dialog").is_visible():
        page.locator("#step").click()
        page.wait_for_timeout(400)
    page.locator("#over-dialog").get_by_role("link", name="去看结果").click()

    result = page.locator(".drill-result")
    expect(result).to_contain_text("第一次练这一关", timeout=20_000)
    expect(result).to_contain_text("参考打法在第二分钟前后")
    with records.reading() as db_session:
        person = person_of_account_or_none(db_session, OPERATOR)
        assert person is not None
        [own] = drills.record_of(db_session, person.id, "drill-stock-out").tries
        stars, points = own.stars, own.points
    expect(result.locator(".stars")).to_have_attribute("aria-label", f"{stars} 星，共 3 星")
    # Until all is weighed the page comes again every few seconds: not while it is looked at.
    page.reload()
    page.evaluate("for (let timer = 0; timer < 10000; timer += 1) clearTimeout(timer)")
    assert grave_faults(page) == []

    page.goto("/rooms/drills/drill-stock-out")
    expect(page.get_by_text("参考打法在第二分钟前后")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("看复盘"))).to_contain_text(f"{abs(points):.1f}")
    page.goto("/rooms/drills")
    card = page.locator(".drill-link", has_text="断货在即")
    expect(card.locator(".stars")).to_have_attribute("aria-label", f"{stars} 星，共 3 星")


def test_on_a_phone_what_runs_out_is_reordered_in_two_taps(
    server: Product, records: Records, visits: Visits
):
    page = open_at(visits, server, "/rooms/drills/drill-stock-out", phone=True)
    start(page, "1×")
    RoomDesk(page, records).reach(60)

    alert = page.locator("#phone-alert")
    alert.get_by_role("button", name="01 号补货").click(timeout=60_000)
    page.get_by_role("button", name=re.compile(r"^补 \d+ 件$")).click()

    expect(page.locator("#tray tr", has_text="头层牛皮小白鞋")).to_contain_text("在途")
    expect(page.locator("#tray tr.pinned .stockcell")).to_contain_text("5 分钟卖")
    expect(alert).to_be_hidden()
    give_up(page)


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(KEYS, id="keys-1440", marks=pytest.mark.long),
        pytest.param(TAPS, id="taps-390"),
    ],
)
def test_the_tutorial_from_the_first_panel_to_the_last(
    server: Product, records: Records, visits: Visits, acts
):
    page = open_at(visits, server, "/rooms/drills/drill-tutorial", phone=acts is TAPS)
    start(page, "1×")
    guide = page.locator(".guide")
    expect(guide).to_be_visible()
    expect(guide).to_have_attribute("data-step", STEPS[0].id)
    assert [fault for fault in grave_faults(page) if "guide" in fault] == []

    for step in STEPS:
        expect(guide).to_have_attribute("data-step", step.id)
        expect(page.locator(".guide-mark")).to_be_visible()
        expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
        following = guide.locator(".btn-primary")
        if step.wants:
            if step.id == "incident":
                expect(page.locator(TAPS["incident"])).to_be_visible()
            if following.is_disabled():
                act(page, acts, step.id)
        expect(following).to_be_enabled()
        following.click()

    expect(guide).to_have_attribute("data-step", "over")
    guide.get_by_role("button", name="知道了").click()
    expect(guide).to_have_count(0)
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "false")
    with records.reading() as db_session:
        person = person_of_account_or_none(db_session, OPERATOR)
        assert person is not None
        held = db_session.scalars(
            select(TutorialProgress).where(TutorialProgress.person_id == person.id)
        ).one()
        assert held.finished_at is not None
    give_up(page)


def act(page: Page, acts: dict, step: str) -> None:
    """Do what a step waits for, by keys or by a tap."""
    if isinstance(acts[step], str):
        page.locator(acts[step]).first.click()
        return
    for key in acts[step]:
        page.keyboard.press(key)


def give_up(page: Page) -> None:
    """End the practice room, so that the next test begins with a new one."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    room = page.url.rstrip("/").split("/")[-1]
    answer = page.request.post(
        f"/rooms/{room}/finish",
        data={"key": f"finish-{room}"},
        headers={"X-CSRFToken": token},
    )
    assert answer.ok, answer.text()


def test_the_tutorial_goes_on_where_it_was_left_and_can_be_left_for_good(
    server: Product, visits: Visits
):
    page = open_at(visits, server, "/rooms/drills/drill-tutorial")
    start(page, "1×")
    guide = page.locator(".guide")
    expect(guide).to_have_attribute("data-step", "board")
    guide.get_by_role("button", name="下一步").click()
    expect(guide).to_have_attribute("data-step", "pin")

    page.reload()
    expect(guide).to_have_attribute("data-step", "pin")
    guide.get_by_role("button", name="跳过这一步").click()
    expect(guide).to_have_attribute("data-step", "price")
    guide.get_by_role("button", name="退出引导").click()

    expect(guide).to_have_count(0)
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "false")
    give_up(page)
    page.goto("/rooms/drills")
    expect(page.get_by_role("link", name="认识操盘台")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("三分钟认识操盘台")).to_have_count(0)
