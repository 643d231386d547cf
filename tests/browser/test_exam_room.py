"""A whole room that counts, by real clicks and keys: from entering to the debrief after release."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.db import transaction
from app.demo import DEMO_PASSWORD
from app.rooms.services import start_room
from app.rooms.terms import RoomTerms
from app.studio.services import publish_scenarios, store_finding
from simulations.scenarios import Scenario
from tests.browser.product import Product, Records
from tests.browser.room_desk import RoomDesk
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.factories.rooms import LITTLE, REFERENCE_THETA, little_scenario

pytestmark = pytest.mark.browser

OPERATOR, EXAMINER = "operator@demo.example", "examiner@demo.example"

MINUTES = 10
"""The shortest session there is."""

TOO_FAST = "status of 429"
"""A test presses keys faster than a room takes actions; the page waits and sends again."""

TITLE = "小考房间"


def short_room() -> Scenario:
    """Return the little room in ten minutes, as fast as 初级 may be: 45 seconds for each answer."""
    incident = {**LITTLE["incidents"][0], "from_min": 3, "until_min": 4, "lasts_min": 3}
    return little_scenario(
        id="short-exam",
        duration_min=MINUTES,
        phases=[{"title": "开场", "until_min": 4}, {"title": "收尾", "until_min": MINUTES}],
        incidents=[incident],
    )


@pytest.fixture
def room_id(records: Records) -> str:
    """A room of the exam, just begun; its result waits for an examiner."""
    scenario, now = short_room(), clock.now()
    body = {
        "scenario_ref": scenario.ref,
        "scenario_hash": scenario.content_hash(),
        "theta": REFERENCE_THETA,
        "span_floor_log": 0.2,
    }
    terms = RoomTerms(
        exam_code="short-exam@1:room",
        programme_ref="junior-demo@1",
        title=TITLE,
        scenario_ref=scenario.ref,
        speed=4,
        cut_score=25,
        is_demo=True,
        is_held=True,
    )
    with records.app.app_context(), transaction() as db_session:
        publish_scenarios(db_session, [scenario], is_public=False, actor="cli:test", now=now)
        store_finding(
            db_session, scenario.content_hash(), "reference", body, engine_version="1", now=now
        )
        person = person_of_account_or_none(db_session, OPERATOR)
        assert person is not None
        return start_room(db_session, person.id, terms, now=now).public_id


def press(page: Page, words: str, *keys: str) -> None:
    """Press keys, and see in the log what they did."""
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("#log")).to_contain_text(words)


def test_a_whole_exam_room_from_entering_to_the_released_debrief(
    server: Product, records: Records, visits: Visits, room_id: str
):
    page = visits.open(server.address)
    sign_in(page, OPERATOR, DEMO_PASSWORD, target=f"/rooms/{room_id}")
    desk = RoomDesk(page, records)
    desk.wait_until_live()
    expect(page.locator("#pause")).to_have_count(0)
    expect(page.locator("#host")).not_to_contain_text("%")

    with visits.expecting(TOO_FAST):
        press(page, "讲解 02", "2", "p")
        press(page, "改价 02", "[")
        press(page, "投流", ".")
        press(page, "节奏改为", "g")
        press(page, "补货 02", "s", "Enter")
        desk.give_lucky_bag()
        desk.expect_synced()

        desk.reach(50)
        answer = page.locator("#feed").get_by_role("button", name=re.compile("上身试穿"))
        expect(answer).to_be_visible()
        page.keyboard.press("e")
        page.keyboard.press("Enter")
        expect(page.locator("#log")).to_contain_text("处置 尺码评论")
        desk.expect_synced()

    page.reload()
    for words in ("讲解 02", "改价 02", "投流", "补货 02", "福袋", "处置 尺码评论"):
        expect(page.locator("#log")).to_contain_text(words)

    desk.reach(desk.scenario.duration_ticks - 2)
    over = page.get_by_role("dialog", name="本场结束")
    expect(over).to_be_visible()
    over.get_by_role("link", name="去看结果").click()
    expect(page.get_by_text("成绩等待发布")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("region", name="结论")).to_have_count(0)

    examiner = visits.open(server.address)
    sign_in(examiner, EXAMINER, DEMO_PASSWORD, target="/results")
    row = examiner.get_by_role("row", name=re.compile(TITLE))
    row.get_by_role("button", name=re.compile("发布")).click()
    expect(examiner.get_by_role("status").filter(has_text="已发布")).to_be_visible()

    page.reload()
    verdict = page.get_by_role("region", name="结论")
    expect(verdict).to_contain_text("实操得分")
    expect(verdict).to_contain_text("合格线 25 分")
    expect(page.get_by_text("处置 尺码评论：上身试穿").first).to_be_attached()
