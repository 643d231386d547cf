"""The exam page as somebody who sits there sees it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

SAVED = re.compile("^已保存 ")

KEEP_SAYINGS = """
const text = document.getElementById('save-text');
const said = (window.sayings = []);
new MutationObserver(() => said.push(text.textContent))
  .observe(text, {childList: true, characterData: true, subtree: true});
"""


COUNT_KEPT = """
() => new Promise((resolve) => {
  indexedDB.open('caopan-exam').onsuccess = ({target}) => {
    const store = target.result.transaction('changes').objectStore('changes');
    store.count().onsuccess = (event) => resolve(event.target.result);
  };
})
"""
"""How many changes the browser has on its disk; answered after every write before it."""

HOLD_THE_DISK = """
() => new Promise((resolve) => {
  indexedDB.open('caopan-exam').onsuccess = ({target}) => {
    const store = target.result.transaction('changes', 'readwrite').objectStore('changes');
    let isHeld = true;
    window.releaseTheDisk = () => { isHeld = false; };
    const hold = () => { if (isHeld) store.count().onsuccess = hold; };
    hold();
    resolve();
  };
})
"""
"""Keeps a transaction open, so that later writes wait for it as they would for a slow disk."""


class ExamDesk:
    """One open exam page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.saving = page.locator("#save-text")
        self.title = page.locator("#question-title")
        self.announced = page.locator("#announcements")
        self.submit_check = page.locator("#submit-dialog")

    @property
    def data(self) -> dict[str, Any]:
        """What the server put into the page: items, answers, addresses."""
        return self.page.evaluate("JSON.parse(document.getElementById('exam-data').textContent)")

    def wait_until_ready(self) -> None:
        expect(self.title).to_contain_text("第")
        expect(self.saving).not_to_have_text("正在打开…")

    def expect_item(self, position: int) -> None:
        expect(self.title).to_have_text(f"第 {position} 题")

    def go_to(self, position: int) -> None:
        """Go to an item by the navigator's cell."""
        self.cell(position).click()
        self.expect_item(position)

    def cell(self, position: int) -> Locator:
        return self.page.locator("#cells").get_by_role(
            "button", name=re.compile(f"^第 {position} 题(，|$)")
        )

    def option(self, letter: str) -> Locator:
        return self.page.locator(f".opt[data-letter={letter}]")

    def letter_of(self, choice_id: str) -> str:
        """Return the letter under which this candidate sees a choice of the shown item."""
        inputs = self.page.locator(".opt").filter(
            has=self.page.locator(f"input[value='{choice_id}']")
        )
        return inputs.get_attribute("data-letter") or ""

    def is_chosen(self, letter: str) -> bool:
        return self.option(letter).locator("input").is_checked()

    def choice_at(self, letter: str) -> str:
        """Return which choice of the shown item stands under a letter."""
        return self.option(letter).locator("input").get_attribute("value") or ""

    def positions_of(self, kind: str) -> list[int]:
        """Return the places of the items of a kind, such as `single_choice`."""
        return [item["position"] for item in self.data["items"] if item["kind"] == kind]

    def expect_saved(self) -> None:
        expect(self.saving).to_have_text(SAVED)

    def keep_sayings(self) -> None:
        """From now on remember everything that the page says about saving."""
        self.page.evaluate(KEEP_SAYINGS)

    def sayings(self) -> list[str]:
        return self.page.evaluate("window.sayings")

    def kept_on_disk(self) -> int:
        """Return how many changes the browser's disk has."""
        return self.page.evaluate(COUNT_KEPT)

    def hold_the_disk(self) -> None:
        """From now on the browser's disk is slow, until it is released."""
        self.page.evaluate(HOLD_THE_DISK)

    def release_the_disk(self) -> None:
        self.page.evaluate("window.releaseTheDisk()")

    def ask_to_submit(self) -> None:
        self.page.get_by_role("button", name="交卷检查").locator("visible=true").first.click()
        expect(self.submit_check).to_be_visible()

    def submit(self) -> None:
        """Confirm the check; leads to the result."""
        self.submit_check.get_by_role("button", name="仍要交卷").click()
        self.page.wait_for_url("**/result")
