"""A written answer from the candidate's page through three markers back to the candidate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.exam_desk import ExamDesk
from tests.browser.hall import Hall, Sitter
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.factories.kinds import KINDS_TERMS, publish_kinds_bank
from tests.factories.marking import MARY, MILO, MIRA, add_markers

pytestmark = pytest.mark.browser

CANDIDATES = 2
ANSWER = "同一款讲得太久，先换讲一款有货的。"


@pytest.fixture(scope="module")
def hall(new_instance: Callable[..., Settings], password_hash: str) -> Iterator[Hall]:
    """A server whose bank has one item of every kind, and three markers."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records:
            with records.app.app_context(), transaction() as db_session:
                publish_kinds_bank(db_session, now=clock.now(), forms=CANDIDATES)
                add_markers(db_session, password_hash, now=clock.now())
            yield Hall(product, records)
    finally:
        product.stop()


def write_and_submit(page: Page, sitter: Sitter) -> None:
    sign_in(page, sitter.account, cast.PASSWORD, target=sitter.exam_path)
    desk = ExamDesk(page)
    desk.wait_until_ready()
    desk.go_to(desk.positions_of("short_answer")[0])
    page.locator("#question textarea, .question textarea, textarea").first.fill(ANSWER)
    desk.expect_saved()
    desk.ask_to_submit()
    desk.submit()


def mark(page: Page, account: str, *digits: str) -> None:
    """Sign in, take the next response and mark it by keys alone."""
    sign_in(page, account, cast.PASSWORD, target="/marking")
    page.get_by_role("button", name="开始评阅").press("Enter")
    page.wait_for_url("**/marking/sheets/**")
    expect(page.get_by_text(ANSWER)).to_be_visible()
    for digit in digits:
        page.keyboard.press(digit)
    expect(page.locator("#total")).to_have_text(str(sum(map(int, digits))))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/marking$"))
    expect(page.get_by_text("已评", exact=True)).to_be_visible()


def test_two_disagree_a_third_decides_and_the_candidate_sees_it(hall: Hall, visits: Visits):
    sitter = hall.seat(exam=KINDS_TERMS)
    candidate = visits.open(hall.product.address)
    write_and_submit(candidate, sitter)
    expect(candidate.get_by_role("heading", name="待评阅")).to_be_visible()

    mark(visits.open(hall.product.address), MARY.account, "2", "2")
    candidate.reload()
    expect(candidate.get_by_role("heading", name="待评阅")).to_be_visible()
    mark(visits.open(hall.product.address), MILO.account, "0", "0")
    candidate.reload()
    expect(candidate.get_by_role("heading", name="待评阅")).to_be_visible()
    mark(visits.open(hall.product.address), MIRA.account, "2", "2")
    candidate.reload()

    expect(candidate.get_by_role("heading", name="未通过")).to_be_visible()
    expect(candidate.get_by_text("评阅得分 4 / 4")).to_be_visible()
    expect(candidate.get_by_text("3 位评阅员各自独立评分")).to_be_visible()


def test_a_draft_outlives_the_page_and_a_phone_is_enough(hall: Hall, visits: Visits):
    sitter = hall.seat(exam=KINDS_TERMS)
    write_and_submit(visits.open(hall.product.address), sitter)
    page = visits.open(hall.product.address, phone=True)
    sign_in(page, MARY.account, cast.PASSWORD, target="/marking")
    page.get_by_role("button", name="开始评阅").click()

    page.get_by_role("radio", name=re.compile("^2")).first.check()
    page.get_by_label("评语").fill("先看动作")
    expect(page.locator("#draft-state")).to_contain_text("草稿已保存")
    page.reload()

    expect(page.get_by_role("radio", name=re.compile("^2")).first).to_be_checked()
    expect(page.get_by_label("评语")).to_have_value("先看动作")
    assert findings(page)["overflow"] == []
    assert grave_faults(page) == []
