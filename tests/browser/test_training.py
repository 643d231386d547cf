"""A newcomer's first week, compressed: placement, path, practice without a network, mistakes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.accounts.passwords import hash_password
from app.accounts.queries import person_of_account_or_none
from app.accounts.services import register_person
from app.core import clock
from app.core.db import transaction
from app.training.models import PracticeAnswer, ReviewCard
from app.training.placing import LEAST_ANSWERS
from tests.browser.axe import grave_faults
from tests.browser.product import Product, Records
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

ACCOUNT, PASSWORD = "first-week@example.cn", "a-first-week-2026"


def answer_somehow(page: Page) -> None:
    """Answer the question that stands there, whatever its kind; right or wrong is chance."""
    body = page.locator("#question-body")
    expect(page.locator("#question-title")).to_have_text(re.compile(r"\S"))  # it is drawn
    if body.locator(".opt").count():
        body.locator(".opt label").first.click()
    elif body.locator("#number").count():
        body.locator("#number").fill("2")
    elif body.locator(".gap-field").count() or page.locator(".stem .gap-field").count():
        for field in page.locator(".gap-field").all():
            field.fill("1")
    elif body.locator("select").count():
        for select in body.locator("select").all():
            select.select_option(index=1)
    elif body.locator(".region").count():
        body.locator(".region").first.click()
    else:
        body.locator(".ordering .btn").first.click()


@pytest.fixture
def page(server: Product, records: Records, visits: Visits) -> Page:
    with records.app.app_context(), transaction() as db_session:
        register_person(
            db_session,
            account=ACCOUNT,
            display_name="第一周",
            password_hash=hash_password(PASSWORD),
            now=clock.now(),
            actor="cli:test",
        )
    opened = visits.open(server.address, phone=True)
    sign_in(opened, ACCOUNT, PASSWORD, target="/training")
    return opened


def test_a_newcomers_first_week(page: Page, records: Records, visits: Visits):
    expect(page.get_by_role("heading", name="先做一次定位测评")).to_be_visible()
    page.get_by_role("link", name="开始测评").first.click()
    page.get_by_role("button", name="开始测评").click()
    for place in range(1, LEAST_ANSWERS + 1):
        answer_somehow(page)
        page.keyboard.press("Tab")
        page.get_by_role("button", name="确定，下一题").click()
        expect(page.locator("#tally")).to_have_text(re.compile(rf"^第 {place + 1} 题"))
    page.reload()  # who leaves finds the same question again
    expect(page.locator("#tally")).to_have_text(re.compile(rf"^第 {LEAST_ANSWERS + 1} 题"))
    page.get_by_role("button", name="结束").click()
    page.get_by_role("button", name="结束测评").click()
    expect(page.get_by_role("heading", name="你的学习路径")).to_be_visible()
    assert grave_faults(page) == []

    page.goto("/training/practice?mode=weak")
    answer_somehow(page)
    page.get_by_role("button", name="不太确定").click()
    expect(page.locator(".explained")).to_be_visible()
    page.locator("[data-recall='1']").click()
    expect(page.locator("#due")).to_have_text(re.compile("天后再来"))
    assert grave_faults(page) == []

    page.locator("#next").click()
    with visits.expecting("ERR_INTERNET_DISCONNECTED"):
        page.context.set_offline(True)
        answer_somehow(page)
        page.get_by_role("button", name="有把握").click()
        expect(page.locator("#explanation")).to_contain_text("没有网络")
        page.context.set_offline(False)
        expect(page.locator("#save-state")).to_have_text("")

    page.goto("/training")
    expect(page.get_by_role("heading", name="到目标的路")).to_be_visible()
    with records.reading() as db_session:
        person = person_of_account_or_none(db_session, ACCOUNT)
        assert person is not None
        answers = db_session.query(PracticeAnswer).filter_by(person_id=person.id).count()
        cards = db_session.query(ReviewCard).filter_by(person_id=person.id).count()
    assert (answers, cards) == (2, 2)
