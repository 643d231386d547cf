"""An item's life with three people: written by one, read blind by two, seen as candidates see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.bank.queries import pilot_items
from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.factories.workshop import AUTHOR, FIRST, SECOND, SINGLE, add_people

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def product(new_instance: Callable[..., Settings], password_hash: str) -> Iterator[Product]:
    """A server with the workshop's people."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records, records.app.app_context():
            with transaction() as db_session:
                add_people(db_session, password_hash, now=clock.now())
            yield product
    finally:
        product.stop()


def write(page: Page) -> str:
    """Write the item by keyboard, with the checks and the preview at hand; return its path."""
    sign_in(page, AUTHOR.account, cast.PASSWORD, target="/bank/workshop/new")
    page.get_by_role("button", name="开始写").click()
    page.wait_for_url("**/drafts/*")
    path = page.url.partition("/bank/")[2]
    for name, text in SINGLE.items():
        control = page.locator(f"#f-{name}")
        if name.endswith("is_key") or name == "situation":
            control.check()
        elif name in ("topic", "level", "cognitive", "pool"):
            control.select_option(text)
        elif name != "kind":
            control.fill(text)
    expect(page.locator("#findings")).to_contain_text("可以提交")
    expect(page.locator("#preview .opt").nth(1)).to_contain_text("换讲承接款")
    return f"/bank/{path}"


def assert_form(page: Page) -> None:
    found = findings(page)
    assert (found["unlabelled"], found["twice"], found["overflow"]) == ([], [], [])


def read(page: Page, account: str, path: str, letter: str) -> None:
    sign_in(page, account, cast.PASSWORD, target=path)
    page.get_by_role("button", name="打开盲做").click()
    mistake = page.get_by_text(SINGLE["choices-0-mistake"], exact=True)
    expect(mistake).to_have_count(0)
    page.get_by_role("radio", name=letter).check()
    page.get_by_role("button", name="提交答案").click()
    expect(mistake).to_be_visible()
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.get_by_text("已通过")).to_be_visible()


def test_written_by_one_and_accepted_by_two_it_is_tried_out(product: Product, visits: Visits):
    author = visits.open(product.address)
    path = write(author)

    author.locator("#f-choices-1-text").press("Alt+ArrowUp")
    expect(author.locator("#f-choices-0-text")).to_have_value(SINGLE["choices-1-text"])
    expect(author.locator("#preview .opt").first).to_contain_text("换讲承接款")
    assert grave_faults(author) == []
    assert_form(author)
    author.get_by_role("button", name="提交评审").click()
    expect(author.get_by_text("评审中", exact=True)).to_be_visible()

    read(visits.open(product.address), FIRST.account, path, "A")
    phone = visits.open(product.address, phone=True)
    read(phone, SECOND.account, path, "A")

    assert_form(phone)
    author.reload()
    expect(author.get_by_text("试测中", exact=True)).to_be_visible()
    db.session.remove()
    item = pilot_items(db.session(), "junior")[0]
    assert (item.key, item.choices["a"]) == (["a"], SINGLE["choices-1-text"])
