"""A cut score from the round to the signed and approved minutes, by three people in browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Person
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.standards import judging
from app.standards.models import StandardMeeting
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.layout import findings
from tests.browser.product import Product, Records, records_of
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.cast import CastMember
from tests.factories.standards import (
    APPROVER,
    COMMITTEE,
    Meeting,
    add_committee,
    publish_panel_bank,
)

pytestmark = pytest.mark.browser

OTHERS = (1, 2, 3, 4)
"""Judges who are not in a browser."""


@contextmanager
def meeting_in(records: Records) -> Iterator[Meeting]:
    """The meeting beside the server, for what the others do."""
    with records.app.app_context(), transaction() as db_session:
        row = db_session.scalars(select(StandardMeeting)).one()
        accounts = [one.account for one in (*COMMITTEE, APPROVER)]
        people = db_session.scalars(
            select(Person).where(Person.email.in_(accounts)).order_by(Person.id)
        ).all()
        yield Meeting(db_session, people, now=clock.now(), row=row)


@pytest.fixture(scope="module")
def desk(
    new_instance: Callable[..., Settings], password_hash: str
) -> Iterator[tuple[Product, Records]]:
    """A server with a meeting in its first round, which four of five judges have judged."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records:
            with records.app.app_context(), transaction() as db_session:
                now = clock.now()
                publish_panel_bank(db_session, now=now)
                meeting = Meeting(
                    db_session, add_committee(db_session, password_hash, now=now), now=now
                )
                meeting.judge_rounds(0)
                meeting.next_round()
                meeting.judge(places=OTHERS)
            yield product, records
    finally:
        product.stop()


def opened(
    visits: Visits, product: Product, who: CastMember, target: str, *, phone: bool = False
) -> Page:
    page = visits.open(product.address, phone=phone)
    sign_in(page, who.account, cast.PASSWORD, target=target)
    return page


def signed_by(page: Page, who: CastMember) -> None:
    page.get_by_role("link", name="打开纪要").click()
    page.get_by_label("签名", exact=True).fill(who.name)
    page.get_by_role("button", name="签署这一版").click()
    expect(page.get_by_text("已签名")).to_be_visible()


def test_rounds_minutes_approval_and_the_printed_file(
    desk: tuple[Product, Records], visits: Visits
):
    product, records = desk
    with meeting_in(records) as meeting:
        path = f"/standards/{meeting.row.public_id}"
    judge = opened(visits, product, COMMITTEE[1], path)
    leader = opened(visits, product, COMMITTEE[0], path)

    judge.get_by_role("link", name="开始评定").click()
    for place in range(1, 5):
        expect(judge.get_by_role("heading", name=f"第 {place} / 4 题")).to_be_visible()
        judge.wait_for_load_state()  # keys are bound by then
        for _ in range(3):  # 50 %, then a step each
            judge.keyboard.press("ArrowRight")
        expect(judge.get_by_role("radio", checked=True)).to_have_value("60")
        judge.keyboard.press("Enter")
    expect(judge.get_by_text("已评 4 / 4").first).to_be_visible()

    leader.reload()
    leader.get_by_role("button", name="结束这一轮，进入讨论").click()
    phone = opened(visits, product, COMMITTEE[1], f"{path}/rounds/1", phone=True)
    expect(phone.get_by_text("你的合格线")).to_be_visible()
    expect(phone.get_by_text("你离小组较远")).to_have_count(1)  # 60 % where the others say 82.5 %
    assert findings(phone)["overflow"] == []
    assert grave_faults(phone) == []

    leader.get_by_role("button", name="开始第 2 轮").click()
    with meeting_in(records) as meeting:
        meeting.judge(places=OTHERS)
    judge.goto(path)
    judge.get_by_role("button", name="其余沿用上一轮").click()
    leader.reload()
    leader.get_by_role("button", name="结束这一轮，进入讨论").click()
    leader.get_by_role("button", name="结束评定，用 Hofstee 核对").click()

    judge.reload()
    for label, share in (
        ("合格线最低可以是", "50"),
        ("合格线最高可以是", "70"),
        ("不合格的人至少有", "10"),
        ("不合格的人最多有", "40"),
    ):
        judge.get_by_label(label).select_option(share)
    judge.get_by_role("button", name="保存", exact=True).click()
    with meeting_in(records) as meeting:
        for place in OTHERS:
            judging.save_bounds(
                meeting.db_session,
                meeting.row,
                meeting.member(place),
                (0.5, 0.7, 0.1, 0.4),
                now=clock.now(),
            )
    leader.reload()
    leader.get_by_role("button", name="形成纪要").click()
    signed_by(leader, COMMITTEE[0])
    judge.reload()
    signed_by(judge, COMMITTEE[1])
    with meeting_in(records) as meeting:
        for place in OTHERS:
            meeting.sign(meeting.judges[place])

    approver = opened(visits, product, APPROVER, f"{path}/minutes")
    approver.get_by_label("批准", exact=True).check()
    approver.get_by_label("理由").fill("两轮收敛，同意")
    approver.get_by_role("button", name="提交决定").click()
    expect(approver.get_by_text("已批准").first).to_be_visible()
    with approver.expect_download() as download:
        approver.get_by_role("link", name="下载 PDF").click()
    pages = pypdfium2.PdfDocument(download.value.path())
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    pages.close()
    # Judge 2 said 0.6 throughout, the others 0.725, 0.60, 0.65 and 0.65: 3.225 / 5.
    assert "64.5%" in text
    assert re.search(r"第 2 轮", text)
    assert [name for name in ("Judge 1", "Judge 6", "Rita") if name not in text] == []
