"""The main job, end to end: from registration to a certificate that counts for a provider."""

from __future__ import annotations

import re
import secrets
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from app.bank.queries import items_of
from app.demo import DEMO_PASSWORD
from app.exams.models import Attempt
from question_bank.items import Item
from simulations.actions import Respond
from tests.browser.exam_desk import ExamDesk
from tests.browser.product import Product, Records
from tests.browser.room_desk import RoomDesk
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

MANAGER = "provider@demo.example"
NAME, MASKED = "江晓宁", "江**"
PASSWORD = "qiu-tian-de-feng-8"
REGION_NEVER_GIVEN = "990001"
PDF_DPI = 200

ASKED_AGAIN = "status of 422"
"""What Chromium puts into the console when a form comes back with its errors."""

TOO_FAST = "status of 429"
"""Buttons of the room pressed faster than twice a second: the page sends again by itself."""


def test_a_newcomer_becomes_a_certified_operator_who_counts_for_a_provider(
    server: Product, records: Records, visits: Visits, tmp_path: Path
):
    account = f"jiang-{secrets.token_hex(4)}@example.cn"
    manager = visits.open(server.address)
    sign_in(manager, MANAGER, DEMO_PASSWORD)
    before = standing_seen_on_the_scorecard(manager)

    candidate = visits.open(server.address)
    register(candidate, account)
    with visits.expecting(ASKED_AGAIN):
        enrol_in_the_demonstration(candidate)
    sit_the_theory_exam(candidate, records)
    with visits.expecting(TOO_FAST):
        operate_the_room(candidate, records)
    see_the_scored_result(candidate)
    number = find_the_certificate(candidate)
    link = read_the_printed_link(download_the_certificate(candidate, tmp_path), number)
    verify_as_a_stranger(visits.open(server.address, phone=True), link, number)

    invite(manager, account)
    confirm_employment(candidate)

    after = standing_seen_on_the_scorecard(manager)
    assert after["certified"] == before["certified"] + 1
    assert after["staff"] == before["staff"] + 1
    assert after["total"] > before["total"]


def register(page: Page, account: str) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="注册").first.click()
    page.get_by_label("邮箱或手机号").fill(account)
    page.get_by_label("称呼").fill(NAME)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一次密码").fill(PASSWORD)
    page.get_by_role("button", name="注册并登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{NAME}，下一步")


def enrol_in_the_demonstration(page: Page) -> None:
    programme = demonstration(page)
    programme.get_by_role("link", name="报名").click()
    page.get_by_label("证件姓名").fill(NAME)
    page.get_by_label("身份证号").fill(made_up_number())
    page.get_by_role("button", name="确认报名").click()
    expect(page.get_by_role("alert").filter(has_text="没有同意就不能报名").first).to_be_visible()
    page.get_by_label("我同意为认证目的处理上述身份信息").check()
    page.get_by_role("button", name="确认报名").click()
    expect(page.get_by_role("status").filter(has_text="报名成功")).to_be_visible()


def sit_the_theory_exam(page: Page, records: Records) -> None:
    demonstration(page).get_by_role("button", name="开始理论考试").click()
    desk = ExamDesk(page)
    desk.wait_until_ready()
    items = items_of_the_attempt(page, records)
    assert len(items) == 10
    for position, item in enumerate(items, 1):
        desk.expect_item(position)
        answer(desk, item, by_keyboard=position % 2 == 0)
        page.keyboard.press("ArrowRight")
    expect(desk.submit_check).to_be_visible()
    expect(desk.submit_check).to_contain_text("全部作答都已存到服务器")
    desk.submit()
    expect(page.get_by_role("heading", name="通过", exact=True)).to_be_visible()
    text = "".join(page.get_by_role("main").text_content().split())
    for item in items:
        assert "".join(item.rationale.split())[:12] in text


def answer(desk: ExamDesk, item: Item, *, by_keyboard: bool) -> None:
    """Give the right answer to the item on the page."""
    if item.numeric is not None:
        field = desk.page.get_by_label("你的答案")
        field.fill(f"{item.numeric.value:.{item.numeric.decimals}f}")
        field.press("Tab")
        desk.page.locator("#question-title").focus()  # arrows belong to the field otherwise
        return
    right = item.key if isinstance(item.key, tuple | list) else [str(item.key).lower()]
    for choice in right:
        letter = desk.letter_of(choice)
        if by_keyboard:
            desk.page.keyboard.press(letter.lower())
        else:
            desk.option(letter).locator("label").click()
        expect(desk.option(letter).locator("input")).to_be_checked()


def operate_the_room(page: Page, records: Records) -> None:
    """Play the first minutes and an incident by hand, the rest as a sound operator would."""
    demonstration(page).get_by_role("button", name="开始实操考试").click()
    page.wait_for_url(re.compile("/rooms/[0-9a-z]+$"))
    desk = RoomDesk(page, records)
    desk.wait_until_live()
    desk.pin(3)
    desk.price(3, "78")
    desk.give_lucky_bag()
    desk.buy_traffic("0.65")
    answered_by_hand = False
    for entry in desk.competent_play():
        desk.reach(entry.tick)
        if isinstance(entry.action, Respond) and not answered_by_hand:
            desk.answer_incident(entry.action)
            answered_by_hand = True
        else:
            desk.act(entry.action)
    assert answered_by_hand
    desk.reach(desk.scenario.duration_ticks)
    over = page.get_by_role("dialog", name="本场结束")
    expect(over).to_be_visible()
    over.get_by_role("link", name="去看结果").click()


def see_the_scored_result(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("复盘")
    verdict = page.get_by_role("region", name="结论")
    expect(verdict).to_contain_text("实操得分")
    expect(verdict).to_contain_text("到合格线")
    expect(verdict).not_to_contain_text("未到合格线")
    expect(verdict).to_contain_text("主播自播")


def find_the_certificate(page: Page) -> str:
    """Return the number of the candidate's own certificate."""
    page.get_by_role("link", name="证书", exact=True).first.click()
    certificate = page.get_by_role("article")
    expect(certificate).to_contain_text("有效")
    expect(certificate).to_contain_text("演示")
    expect(certificate).to_contain_text(NAME)
    found = re.search(r"CPS1-\d\d-\w+-\w", certificate.inner_text())
    assert found
    return found[0]


def download_the_certificate(page: Page, folder: Path) -> Path:
    with page.expect_download() as caught:
        page.get_by_role("link", name="下载 PDF").click()
    path = folder / "certificate.pdf"
    caught.value.save_as(path)
    return path


def read_the_printed_link(path: Path, number: str) -> str:
    """Return what the QR code of the printed certificate says."""
    document = pypdfium2.PdfDocument(path)
    try:
        text = "".join(document[0].get_textpage().get_text_range().split())
        picture = document[0].render(scale=PDF_DPI / 72).to_pil()
    finally:
        document.close()
    assert NAME in text
    assert number in text
    assert "演示" in text
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def verify_as_a_stranger(page: Page, link: str, number: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("有效")
    main = page.get_by_role("main")
    expect(main).to_contain_text(number)
    expect(main).to_contain_text(MASKED)
    expect(main).to_contain_text("演示")
    assert NAME not in page.content()


def invite(page: Page, account: str) -> None:
    page.get_by_role("link", name="持证操盘手", exact=True).first.click()
    page.get_by_label("对方的邮箱或手机号").fill(account)
    page.get_by_role("button", name="发出邀请").click()
    expect(page.get_by_role("status").filter(has_text="邀请已发出")).to_be_visible()


def confirm_employment(page: Page) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("请你确认任职")).click()
    page.get_by_role("button", name="确认我在这里任职").click()
    expect(page.get_by_role("status").filter(has_text="已确认任职")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("任职中")


def standing_seen_on_the_scorecard(page: Page) -> dict[str, Any]:
    """Return the provider's total, its staff and how many of them are certified, as shown."""
    page.goto("/provider/staff")
    line = page.get_by_role("main").locator("header, .page-head").first.inner_text()
    staff, certified = (int(n) for n in re.findall(r"(\d+) 人", line)[:2])
    page.goto("/provider")
    words = page.get_by_role("region", name="总分").inner_text()
    total = re.search(r"总分\D*(\d+\.\d+)", words)
    assert total, words
    return {"staff": staff, "certified": certified, "total": Decimal(total[1])}


def demonstration(page: Page) -> Locator:
    """Go to the exams; return the part of the page that is the demonstration's programme."""
    page.get_by_role("link", name="考试", exact=True).first.click()
    return page.get_by_role("region", name=re.compile("（初级）演示"))


def items_of_the_attempt(page: Page, records: Records) -> list[Item]:
    public_id = page.url.split("/")[-1]
    with records.reading() as db_session:
        attempt = db_session.scalars(select(Attempt).where(Attempt.public_id == public_id)).one()
        return list(items_of(db_session, attempt.item_refs))


def made_up_number() -> str:
    """Return an identity number of a region that was never given out, with its check character."""
    body = f"{REGION_NEVER_GIVEN}19990909{secrets.randbelow(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]
