"""A provider's week in a browser: invite, confirm, plan, give, be found; on a phone the board."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.clock import BEIJING
from app.demo import DEMO_PASSWORD
from tests.browser.layout import findings
from tests.browser.product import Product
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

MANAGER = "provider@demo.example"
NEW_COLLEAGUE = "marker3@demo.example"


def is_well_formed(page: Page) -> None:
    found = findings(page)
    assert (found["h1"], found["unlabelled"], found["twice"], found["overflow"]) == (1, [], [], [])


def test_a_providers_week(visits: Visits, server: Product):
    manager = visits.open(server.address)
    sign_in(manager, MANAGER, DEMO_PASSWORD, target="/provider/staff")
    manager.get_by_label("对方的邮箱或手机号").fill(NEW_COLLEAGUE)
    manager.get_by_role("button", name="发出邀请").click()
    expect(manager.locator("#invitations")).to_contain_text(NEW_COLLEAGUE)

    colleague = visits.open(server.address, phone=True)
    sign_in(colleague, NEW_COLLEAGUE, DEMO_PASSWORD, target="/invitations")
    colleague.get_by_role("button", name="确认我在这里任职").click()
    expect(colleague.get_by_text("任职中")).to_be_visible()
    colleague.get_by_role("button", name="共享学习进度", exact=True).click()
    expect(colleague.get_by_role("button", name="停止共享学习进度")).to_be_visible()
    is_well_formed(colleague)

    manager.goto("/provider/staff")
    expect(manager.locator("#progress")).to_contain_text("沈听澜")
    expect(manager.get_by_role("row", name=NEW_COLLEAGUE)).to_contain_text("未持证")

    # Twenty days ahead nothing of the demonstration stands in the way.
    day = clock.now().astimezone(BEIJING) + timedelta(days=20)
    manager.goto("/provider/board")
    manager.get_by_label("直播间").fill("青禾女装")
    manager.get_by_label("开播时间").fill(f"{day:%Y-%m-%d}T19:00")
    manager.get_by_role("button", name="加入排班").click()
    shift = manager.locator(".shift", has_text="青禾女装")
    expect(shift).to_contain_text("还没有操盘手")
    shift.get_by_text("人不能排").click()
    expect(shift.locator("details li", has_text="沈听澜")).to_contain_text("没有有效证书")
    # Who has operated such goods most is offered first.
    expect(shift.locator("select option[selected]")).to_contain_text("秦朗（同类目")
    shift.get_by_role("button", name="排定").click()
    expect(shift.locator(".who b")).to_have_text("秦朗")
    is_well_formed(manager)
    shift.get_by_role("button", name="取消这场直播").click()
    expect(shift).to_have_count(0)

    merchant = visits.open(server.address, phone=True)
    merchant.goto("/match")
    merchant.get_by_label("月 GMV").fill("80")
    merchant.get_by_label("类目").select_option(label="服饰鞋包")
    merchant.get_by_label("地区").select_option(label="浙江")
    merchant.get_by_role("button", name="看看谁合适").click()
    own = merchant.locator(".dpeople > li", has_text="云帆互动")
    expect(own).to_contain_text("近 180 天操盘过同类目")
    is_well_formed(merchant)

    colleague.get_by_role("button", name="结束任职").first.click()
    colleague.get_by_role("dialog").get_by_role("button", name="结束任职").click()
    expect(colleague.get_by_text("任职中")).to_have_count(0)
    manager.goto("/provider/staff")
    expect(manager.get_by_role("row", name=NEW_COLLEAGUE)).to_have_count(0)
