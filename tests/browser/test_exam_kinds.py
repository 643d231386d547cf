"""Every kind of item on the exam page: by keyboard alone, saved as it is meant, on a phone too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from tests import cast
from tests.browser.exam_desk import ExamDesk
from tests.browser.hall import Hall, Sitter
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits
from tests.factories.kinds import KINDS_TERMS, publish_kinds_bank

pytestmark = pytest.mark.browser

CANDIDATES = 6


@pytest.fixture(scope="module")
def hall(new_instance: Callable[..., Settings]) -> Iterator[Hall]:
    """A server whose bank has one item of every kind."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records:
            with records.app.app_context(), transaction() as db_session:
                publish_kinds_bank(db_session, now=clock.now(), forms=CANDIDATES)
            yield Hall(product, records)
    finally:
        product.stop()


def sit_down(page: Page, sitter: Sitter) -> ExamDesk:
    sign_in(page, sitter.account, cast.PASSWORD, target=sitter.exam_path)
    desk = ExamDesk(page)
    desk.wait_until_ready()
    return desk


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is where a keyboard user wants it."""
    for _ in range(60):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never reaches {selector}")


def step_to(desk: ExamDesk, kind: str, nth: int = 0) -> int:
    """Go to an item of a kind by the arrow keys; returns its place."""
    place = desk.positions_of(kind)[nth]
    while desk.title.inner_text() != f"第 {place} 题":
        now = int(re.sub(r"\D", "", desk.title.inner_text()))
        desk.page.keyboard.press("ArrowRight" if now < place else "ArrowLeft")
    desk.expect_item(place)
    return place


class TestKeyboardAlone:
    def test_every_kind_is_answered_saved_and_found_again(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(hall.product.address), sitter)
        page, keyboard = desk.page, desk.page.keyboard
        wanted: dict[int, Any] = {}

        place = step_to(desk, "ordering")
        for letter, times in self.moves(desk, place):
            keyboard.press(letter.lower())
            for _ in range(times):
                keyboard.press("ArrowUp")
        wanted[place] = {"order": ["d", "b", "a", "c"]}

        page.locator("#question-title").focus()
        place = step_to(desk, "matching")
        for prompt, choice in (("1", "展示数"), ("2", "曝光数"), ("3", "订单数")):
            tab_to(page, f"#match-{prompt}")
            option = page.locator(f"#match-{prompt} option", has_text=choice)
            keyboard.type(option.inner_text()[0])
        wanted[place] = {"pairs": {"1": "b", "2": "c", "3": "a"}}

        page.locator("#question-title").focus()
        place = step_to(desk, "fill_in")
        tab_to(page, "#blank-1")
        keyboard.type("ｈｏｌｄ单")
        keyboard.press("Tab")
        keyboard.type("30")
        keyboard.press("Tab")
        wanted[place] = {"blanks": {"1": "ｈｏｌｄ单", "2": "30"}}

        page.locator("#question-title").focus()
        charts = [n for n in desk.positions_of("hot_spot") if self.is_chart(desk, n)]
        place = step_to(desk, "hot_spot", desk.positions_of("hot_spot").index(charts[0]))
        keyboard.press("a")
        tab_to(page, ".region[data-region=c]")
        keyboard.press(" ")
        wanted[place] = {"selected": ["c"]}

        page.locator("#question-title").focus()
        console = next(n for n in desk.positions_of("hot_spot") if n not in charts)
        step_to(desk, "hot_spot", desk.positions_of("hot_spot").index(console))
        tab_to(page, ".region[data-region=b]")
        keyboard.press("Enter")
        keyboard.press("c")
        wanted[console] = {"selected": ["b", "c"]}

        page.locator("#question-title").focus()
        place = step_to(desk, "short_answer")
        tab_to(page, "#writing")
        keyboard.type("先换讲 another 款。")
        keyboard.press("Tab")
        wanted[place] = {"text": "先换讲 another 款。"}
        desk.expect_saved()

        saved = hall.saved(sitter)
        assert {position: value for position, (value, _) in saved.items()} == wanted
        page.reload()
        desk.wait_until_ready()
        assert {
            item["position"]: item["answer"] for item in desk.data["items"] if item["answer"]
        } == wanted

    @staticmethod
    def moves(desk: ExamDesk, place: int) -> list[tuple[str, int]]:
        """Return which letter to press and how often up, to put d, b, a, c in order."""
        item = next(one for one in desk.data["items"] if one["position"] == place)
        order = [choice["id"] for choice in item["choices"]]
        letters = {one: "ABCD"[n] for n, one in enumerate(order)}
        steps = []
        for target, one in enumerate("dbac"):
            now = order.index(one)
            steps.append((letters[one], now - target))
            order.insert(target, order.pop(now))
        return steps

    @staticmethod
    def is_chart(desk: ExamDesk, place: int) -> bool:
        item = next(one for one in desk.data["items"] if one["position"] == place)
        return "polyline" in item["picture"]

    def test_clearing_and_keeping_the_shown_order(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(hall.product.address), sitter)
        place = step_to(desk, "ordering")
        item = next(one for one in desk.data["items"] if one["position"] == place)
        shown = [choice["id"] for choice in item["choices"]]

        desk.page.get_by_role("button", name="就按现在的顺序作答").press("Enter")
        desk.expect_saved()
        assert hall.saved(sitter)[place][0] == {"order": shown}
        desk.page.get_by_role("button", name="清除本题作答").press("Enter")
        desk.expect_saved()

        assert hall.saved(sitter)[place][0] == {"order": []}


class TestAids:
    def test_sentences_are_highlighted_by_keyboard_and_stay(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(hall.product.address), sitter)
        page = desk.page
        step_to(desk, "ordering")
        stem = page.locator("#stem").inner_text().strip()

        page.keyboard.press("h")
        expect(desk.announced).to_contain_text(stem[:6])
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        assert self.marked(page) == [stem]
        page.reload()
        desk.wait_until_ready()

        assert self.marked(page) == [stem]

    def test_selected_words_are_marked_and_unmarked(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        page = sit_down(visits.open(hall.product.address), sitter).page
        select = """() => {
          const text = document.createTreeWalker(document.getElementById('stem'), NodeFilter.SHOW_TEXT).nextNode();
          getSelection().setBaseAndExtent(text, 1, text, 4);
        }"""

        page.evaluate(select)
        page.keyboard.press("h")
        once = self.marked(page)
        page.evaluate(select)
        page.keyboard.press("h")

        assert [len(words) for words in once] == [3]
        assert self.marked(page) == []

    def test_size_and_contrast_survive_a_reload(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(hall.product.address), sitter)
        page = desk.page
        before = page.locator("#stem").bounding_box()

        page.keyboard.press("v")
        page.get_by_role("radio", name=re.compile("特大")).check()
        page.get_by_role("switch", name=re.compile("高对比度")).check()
        page.keyboard.press("Escape")
        page.reload()
        desk.wait_until_ready()

        assert page.locator("#stem").bounding_box()["height"] > 1.3 * before["height"]
        assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--ink-1')") in {
            "#000",
            " #000",
        }
        assert findings(page)["overflow"] == []

    @staticmethod
    def marked(page: Page) -> list[str]:
        return page.evaluate("[...CSS.highlights.get('exam-marked')].map(String)")


class TestPhone:
    def test_every_kind_fits_into_390_pixels(self, hall: Hall, visits: Visits):
        sitter = hall.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(hall.product.address, phone=True), sitter)

        for item in desk.data["items"]:
            desk.expect_item(item["position"])
            assert findings(desk.page)["overflow"] == []
            desk.page.get_by_role("contentinfo").get_by_role("button").last.click()
