"""A scenario from idea to publication: one writes it, two review it, another puts it into use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.config import Settings
from app.core.db import db, transaction
from app.studio.drafts import calibrating, queries
from app.studio.drafts.models import ScenarioDraft
from app.studio.queries import scenario_of
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.factories.rooms import publish_little_room
from tests.factories.studio import QUICK
from tests.factories.workshop import AUTHOR, COORDINATOR, FIRST, SECOND, add_people

pytestmark = pytest.mark.browser

FIELD = "[data-path='audience.public_per_min']"
FIRST_WINDOW = ("move", "until")
SLIDER = "[data-slides='audience.public_per_min']"


@pytest.fixture(scope="module")
def product(new_instance: Callable[..., Settings], password_hash: str) -> Iterator[Product]:
    """A server with the people, and one published room to begin from."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records, records.app.app_context():
            with transaction() as db_session:
                add_people(db_session, password_hash, now=clock.now())
                publish_little_room(db_session, now=clock.now())
            yield product
    finally:
        product.stop()


def pass_checks(public_id: str) -> None:
    """Do the background's work, and let the little room's checks pass: it is no room for people."""
    assert "done" in (calibrating.calibrate_waiting(now=clock.now(), how=QUICK) or "")
    with transaction() as db_session:
        draft = db_session.query(ScenarioDraft).filter_by(public_id=public_id).one()
        run = queries.newest_run_or_none(db_session, draft, "release", "done")
        assert run is not None
        assert run.result is not None
        calibration = {**run.result["calibration"], "problems": []}
        run.result = {**run.result, "calibration": calibration}
    db.session.remove()


def accept(page: Page, account: str, path: str) -> None:
    sign_in(page, account, cast.PASSWORD, target=path)
    page.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_text("评审同意").first).to_be_visible()


def move_a_window(page: Page) -> None:
    """Move an incident's window by keys and resize it with the mouse; undo takes it back."""
    window, handle = (page.locator(f"[data-row='0'][data-part='{one}']") for one in FIRST_WINDOW)
    saved, undo = page.locator("[data-saved]"), page.get_by_role("button", name="撤销一步")
    start = int(window.get_attribute("aria-valuenow") or "")

    window.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(window).to_be_focused()
    expect(window).to_have_attribute("aria-valuenow", str(start - 4))
    expect(saved).to_have_text("已保存")

    expect(page.locator("[data-coarse]")).to_contain_text("已更新")
    before = window.get_attribute("aria-valuetext") or ""
    handle.hover()
    box = handle.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + 4, steps=3)
    page.mouse.up()
    expect(window).not_to_have_attribute("aria-valuetext", before)
    expect(window).to_have_attribute("aria-valuenow", str(start - 4))
    expect(saved).to_have_text("已保存")
    undo.click()
    expect(window).to_have_attribute("aria-valuetext", before)


def play_it(page: Page, back: str) -> None:
    """Play the draft from a minute on, with the hidden state beside it, and compare."""
    page.get_by_role("link", name="自己试一局").click()
    page.get_by_label("从第几分钟接手").fill("3")
    page.get_by_role("button", name="进入操盘台").click()
    expect(page.locator("#clock")).to_have_text("0:03:00")
    expect(page.get_by_role("heading", name="突发与合规")).to_be_visible()
    page.locator("#tray").get_by_role("button", name="讲解").nth(1).click()
    expect(page.locator("#log li").first).to_be_attached()
    page.locator("#finish").click()
    page.get_by_role("button", name="仍要收播").click()
    expect(page.locator("[data-plot=gmv] path.line.of-own")).to_be_attached()
    page.goto(back)


def test_from_idea_to_publication(product: Product, visits: Visits):
    author = visits.open(product.address)
    sign_in(author, AUTHOR.account, cast.PASSWORD, target="/studio")
    author.get_by_label("新场景的标题").fill("夜场清仓")
    author.get_by_role("button", name="开始写").click()
    expect(author.locator("[data-plot=scores] svg")).to_be_visible()
    novice = author.locator("[data-plot=scores] path.area").first
    drawn = novice.get_attribute("d")
    path = author.url.partition(product.address)[2]

    author.locator(SLIDER).focus()
    for _ in range(12):
        author.keyboard.press("ArrowRight")
    expect(novice).not_to_have_attribute("d", drawn or "")
    expect(author.locator("[data-saved]")).to_have_text("已保存")
    moved = author.locator(FIELD).input_value()
    assert grave_faults(author) == []
    found = findings(author)
    assert (found["unlabelled"], found["twice"], found["overflow"]) == ([], [], [])
    author.reload()
    expect(author.locator(FIELD)).to_have_value(moved)
    move_a_window(author)
    play_it(author, f"{product.address}{path}")
    author.get_by_role("button", name="提交评审").click()
    expect(author.get_by_text("评审中").first).to_be_visible()

    pass_checks(path.rpartition("/")[2])
    expect(author.locator("[data-plot=gmv] svg")).to_be_visible()
    accept(visits.open(product.address), FIRST.account, path)
    accept(visits.open(product.address), SECOND.account, path)
    office = visits.open(product.address)
    sign_in(office, COORDINATOR.account, cast.PASSWORD, target=path)
    office.get_by_role("button", name="发布", exact=True).click()
    expect(office.get_by_text("已发布").first).to_be_visible()

    db.session.remove()
    draft = db.session().query(ScenarioDraft).one()
    assert draft.published_ref is not None
    scenario = scenario_of(db.session(), draft.published_ref)
    assert f"{scenario.audience.public_per_min:g}" == moved
    assert scenario.title == "夜场清仓"
