"""A version of the rules from its effect to its publication, and a manager's plan, in browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.demo import DEMO_PASSWORD
from tests.browser.axe import grave_faults
from tests.browser.layout import findings
from tests.browser.product import Product
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser


def opened(visits: Visits, server: Product, who: str, target: str, *, phone: bool = False) -> Page:
    page = visits.open(server.address, phone=phone)
    sign_in(page, f"{who}@demo.example", DEMO_PASSWORD, target=target)
    return page


def test_a_second_person_sees_who_moves_and_publishes(server: Product, visits: Visits):
    proposer = opened(visits, server, "committee", "/office/five-force")
    proposer.get_by_role("link", name="scheme-2026@3", exact=True).click()
    expect(proposer.get_by_text("提交的人不能决定")).to_be_visible()
    expect(proposer.get_by_role("button", name="提交决定")).to_have_count(0)

    second = opened(visits, server, "reviewer", proposer.url.removeprefix(server.address))
    table = second.get_by_role("table", name="各服务商的变化，变动大的在前")
    expect(table.get_by_role("row")).to_have_count(10)  # a head and nine providers
    expect(table.get_by_role("row", name="云帆互动")).to_contain_text("→")
    second.get_by_label("发布").check()
    second.get_by_label("理由").fill("看过升降，同意")
    second.get_by_role("button", name="提交决定").click()

    expect(second.get_by_role("heading", level=1)).to_contain_text("已发布")
    expect(second.get_by_role("button", name="提交决定")).to_have_count(0)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_manager_plans_the_next_tier(server: Product, visits: Visits, phone: bool):
    page = opened(visits, server, "provider", "/provider/plan", phone=phone)

    page.get_by_label("高级", exact=True).fill("3")
    page.get_by_label("到哪个月").select_option(index=4)
    page.get_by_role("button", name="算一算").click()

    expect(page.get_by_text("仍达到核心层")).to_be_visible()
    assert findings(page)["overflow"] == []
    assert grave_faults(page) == []
