"""The exam page under bad luck: no network, a killed browser, a killed server, a second tab."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from app.core.config import Settings
from tests import cast
from tests.browser.chromium import OwnChromium
from tests.browser.exam_desk import ExamDesk
from tests.browser.hall import Hall, Sitter
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import fill_in, sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

MINUTE_S = 60

NO_SERVER = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
)
"""What the browser's console holds after the network or the server was away."""

SOON_S = 8
"""How long before its moment a page is opened that waits for one; a busy machine needs some."""

SUPERSEDED = "status of 409"
"""What it holds when an older page is told that another one writes now."""


@pytest.fixture(scope="module")
def hall(new_instance: Callable[..., Settings]) -> Iterator[Hall]:
    """A server on an instance of its own; no scheduler, so that a page must do its part."""
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        product.start()
        with records_of(settings) as records:
            yield Hall(product, records)
    finally:
        product.stop()


def sit_down(page: Page, sitter: Sitter) -> ExamDesk:
    """Sign in and open the exam page."""
    sign_in(page, sitter.account, cast.PASSWORD, target=sitter.exam_path)
    desk = ExamDesk(page)
    desk.wait_until_ready()
    return desk


def sit_down_soon_before(page: Page, hall: Hall, minutes: int) -> tuple[ExamDesk, Sitter]:
    """Open the exam page of an attempt that has little more than some minutes left."""
    account = hall.next_account()
    sign_in(page, account, cast.PASSWORD)
    sitter = hall.seat(account, minutes * MINUTE_S + SOON_S)
    page.goto(sitter.exam_path)
    desk = ExamDesk(page)
    desk.wait_until_ready()
    return desk, sitter


class TestKeyboard:
    def test_letters_choose_and_are_saved(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        single, multiple = (
            desk.positions_of(kind)[0] for kind in ("single_choice", "multiple_choice")
        )

        desk.go_to(single)
        desk.page.keyboard.press("c")
        desk.page.keyboard.press("b")
        wanted_one = desk.choice_at("B")
        desk.go_to(multiple)
        desk.page.keyboard.press("a")
        desk.page.keyboard.press("d")
        wanted_many = {desk.choice_at("A"), desk.choice_at("D")}
        desk.expect_saved()

        saved = hall.saved(sitter)
        assert saved[single] == ({"selected": [wanted_one]}, False)
        assert set(saved[multiple][0]["selected"]) == wanted_many

    def test_arrows_move_m_flags_n_leads_to_the_navigator(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        keyboard = desk.page.keyboard

        keyboard.press("ArrowRight")
        desk.expect_item(2)
        keyboard.press("m")
        keyboard.press("ArrowRight")
        keyboard.press("ArrowLeft")
        desk.expect_item(2)
        keyboard.press("n")

        expect(desk.cell(2)).to_be_focused()
        expect(desk.cell(2)).to_have_accessible_name(re.compile("已标记"))
        desk.expect_saved()
        assert hall.saved(sitter)[2][1] is True

    def test_x_strikes_out_and_single_keys_can_be_switched_off(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        keyboard = desk.page.keyboard
        desk.go_to(desk.positions_of("single_choice")[0])

        keyboard.press("x")
        keyboard.press("a")
        expect(desk.option("A")).to_have_class(re.compile("out"))
        assert not desk.is_chosen("A")
        keyboard.press("?")
        desk.page.get_by_role("switch", name="使用单键快捷键").uncheck()
        keyboard.press("Escape")
        keyboard.press("b")

        assert not desk.is_chosen("B")

    def test_letters_typed_into_the_number_field_stay_there(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        place = desk.positions_of("numeric")[0]
        desk.go_to(place)
        field = desk.page.get_by_label("你的答案")

        field.press_sequentially("m2")
        expect(desk.page.get_by_role("alert").filter(has_text="只填数字")).to_be_visible()
        expect(desk.saving).to_have_text(f"第 {place} 题还没有保存")
        field.fill("２.５０")
        field.press("Tab")
        desk.expect_saved()

        assert hall.saved(sitter) == {place: ({"number": "2.50"}, False)}


class TestOffline:
    def test_answers_survive_a_killed_browser(
        self, hall: Hall, visits: Visits, playwright: Playwright, tmp_path: Path
    ):
        sitter = hall.seat()
        chromium = OwnChromium(playwright, tmp_path)
        try:
            with visits.expecting(*NO_SERVER):
                wanted = answer_three_without_network(chromium, visits, hall, sitter)
            chromium.kill()
            assert hall.saved(sitter) == {}

            page = chromium.start()
            visits.watch_context(page.context)
            page.goto(hall.product.address + sitter.exam_path)
            if "/sign-in" in page.url:  # the cookie had not reached the disk
                fill_in(page, sitter.account, cast.PASSWORD)
            ExamDesk(page).expect_saved()
        finally:
            chromium.kill()

        assert {place: value for place, (value, _) in hall.saved(sitter).items()} == wanted

    def test_nothing_is_called_saved_before_the_server_has_it(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        desk.go_to(desk.positions_of("single_choice")[0])
        desk.page.keyboard.press("a")
        desk.expect_saved()
        desk.keep_sayings()

        with visits.expecting(*NO_SERVER):
            desk.page.context.set_offline(True)
            for number, letter in enumerate("bcd", 1):
                desk.page.keyboard.press(letter)
                expect(desk.saving).to_have_text(f"离线，已存在本机 {number} 条")
            said = desk.sayings()
            expect(desk.page.locator("#banners")).to_contain_text("待上传 3 条")
            last = desk.choice_at("D")
            desk.page.context.set_offline(False)
            desk.expect_saved()

        assert not [words for words in said if words.startswith("已保存")]
        assert [value for value, _ in hall.saved(sitter).values()] == [{"selected": [last]}]

    def test_nothing_is_called_kept_before_the_disk_has_it(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        desk.go_to(desk.positions_of("single_choice")[0])

        with visits.expecting(*NO_SERVER):
            desk.page.context.set_offline(True)
            desk.page.keyboard.press("a")
            expect(desk.saving).to_have_text("离线，已存在本机 1 条")
            desk.hold_the_disk()
            desk.page.keyboard.press("b")
            said = desk.saving.inner_text()
            desk.release_the_disk()
            expect(desk.saving).to_have_text("离线，已存在本机 2 条")
            desk.page.context.set_offline(False)
            desk.expect_saved()

        assert "2" not in said

    def test_submitting_waits_for_the_network(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        desk.go_to(desk.positions_of("single_choice")[0])

        with visits.expecting(*NO_SERVER):
            desk.page.context.set_offline(True)
            desk.page.keyboard.press("a")
            desk.ask_to_submit()
            yes = desk.submit_check.get_by_role("button", name="仍要交卷")
            expect(yes).to_be_disabled()
            desk.page.context.set_offline(False)
            expect(yes).to_be_enabled()
        desk.submit()

        assert hall.closing(sitter) == "submitted"
        assert len(hall.saved(sitter)) == 1


def answer_three_without_network(
    chromium: OwnChromium, visits: Visits, hall: Hall, sitter: Sitter
) -> dict[int, Any]:
    """Open the exam page, cut the network, answer the first three items; return the answers."""
    page = chromium.start()
    visits.watch_context(page.context)
    address = hall.product.address
    sign_in(page, sitter.account, cast.PASSWORD, target=sitter.exam_path, address=address)
    desk = ExamDesk(page)
    desk.wait_until_ready()
    page.context.set_offline(True)
    wanted: dict[int, Any] = {}
    for item in desk.data["items"][:3]:
        place = item["position"]
        desk.go_to(place)
        if item["kind"] == "numeric":
            page.get_by_label("你的答案").fill("2.5")
            page.get_by_label("你的答案").press("Tab")
            wanted[place] = {"number": "2.5"}
        else:
            page.keyboard.press("a")
            wanted[place] = {"selected": [desk.choice_at("A")]}
        expect(desk.saving).to_have_text(f"离线，已存在本机 {len(wanted)} 条")
    assert desk.kept_on_disk() == 3
    return wanted


class UnsteadyNetwork:
    """What becomes of each save on its way, in turn; the server sees some of them more than once."""

    FATES = ("lost", "unanswered", "slow", "doubled", "late_again")

    def __init__(self, page: Page) -> None:
        self.met: Counter[str] = Counter()
        self._fates = cycle(self.FATES)
        self._old: list[dict[str, Any]] = []
        self._page = page
        page.route("**/save", self._carry)

    def heal(self) -> None:
        self._page.unroute("**/save")

    def _carry(self, route: Route) -> None:
        fate = next(self._fates)
        self.met[fate] += 1
        if fate == "lost":
            route.abort("connectionreset")
            return
        if fate == "slow":
            time.sleep(0.4)
        if fate == "late_again" and self._old:
            self._deliver(route, self._old[0])  # once more, behind newer ones
        answer = route.fetch()
        self._old.append({"headers": route.request.headers, "post_data": route.request.post_data})
        if fate == "unanswered":
            route.abort("connectionreset")
            return
        if fate == "doubled":
            answer = route.fetch()
            assert answer.json()["duplicate"] is True
        route.fulfill(response=answer)

    @staticmethod
    def _deliver(route: Route, old: dict[str, Any]) -> None:
        assert route.fetch(**old).json()["duplicate"] is True


class TestUnsteady:
    """F5 on the page: saves lost, unanswered, slow, doubled and delivered again; a reload between."""

    def test_every_answer_arrives_once_and_the_newest_counts(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        page = desk.page
        places = desk.positions_of("single_choice")
        with visits.expecting(*NO_SERVER):
            network = UnsteadyNetwork(page)
            for letter in "abc":
                for place in places:
                    desk.go_to(place)
                    page.keyboard.press(letter)
                if letter == "b":
                    page.reload()
                    desk.wait_until_ready()
            wanted = {}
            for place in places:
                desk.go_to(place)
                wanted[place] = ({"selected": [desk.choice_at("C")]}, False)
            desk.expect_saved()
            network.heal()

        assert hall.saved(sitter) == wanted
        assert min(network.met[fate] for fate in network.FATES) >= 1
        sequences = hall.saved_sequences(sitter)
        assert len(sequences) == len(set(sequences))  # no change was applied twice


class TestAbsences:
    def test_the_rule_is_told_and_leaving_the_page_is_noted(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        page = desk.page
        expect(page.locator("#banners")).to_contain_text("只在核查时给人看，不影响计分")

        page.evaluate("dispatchEvent(new Event('blur'))")
        page.wait_for_timeout(1300)
        with page.expect_response("**/signals") as told:
            page.evaluate("dispatchEvent(new Event('focus'))")
        assert told.value.json() == {"kept": True}
        desk.go_to(desk.positions_of("single_choice")[0])
        page.keyboard.press("a")
        desk.expect_saved()

        (left,) = [one for one in hall.signals(sitter) if one[0] == "left"]
        assert 1.2 <= left[1] < 10
        kept = "Object.keys(sessionStorage).filter((name) => name.startsWith('absences:'))"
        assert page.evaluate(kept) == []


class TestAnotherTab:
    def test_the_first_turns_read_only_and_can_take_over(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        first = sit_down(visits.open(hall.product.address), sitter)
        place = first.positions_of("single_choice")[0]
        second = ExamDesk(first.page.context.new_page())

        second.page.goto(sitter.exam_path)
        second.wait_until_ready()
        expect(first.saving).to_have_text("已在另一处打开")
        first.go_to(place)
        first.page.keyboard.press("a")
        assert not first.is_chosen("A")
        second.go_to(place)
        second.page.keyboard.press("b")
        second.expect_saved()
        chosen = second.choice_at("B")
        first.page.get_by_role("button", name="在此处继续作答").click()
        expect(second.saving).to_have_text("已在另一处打开")
        first.wait_until_ready()
        first.go_to(place)

        assert first.is_chosen(first.letter_of(chosen))
        assert hall.saved(sitter)[place][0] == {"selected": [chosen]}

    def test_another_device_turns_the_first_read_only(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        first = sit_down(visits.open(hall.product.address), sitter)
        sit_down(visits.open(hall.product.address), sitter)

        with visits.expecting(SUPERSEDED):
            first.go_to(first.positions_of("single_choice")[0])
            first.page.keyboard.press("a")
            expect(first.saving).to_have_text("已在另一处打开")

        assert hall.saved(sitter) == {}


class TestTime:
    def test_ten_five_and_one_minutes_are_announced(self, hall: Hall, visits: Visits):
        desks = {
            minutes: sit_down_soon_before(visits.open(hall.product.address), hall, minutes)[0]
            for minutes in (10, 5, 1)
        }

        for minutes, desk in desks.items():
            expect(desk.announced).to_have_text(f"考试还剩 {minutes} 分钟。")
            timer = desk.page.get_by_role("timer")
            assert timer.get_attribute("aria-live") is None

    def test_the_page_submits_when_time_is_over(self, hall: Hall, visits: Visits):
        desk, sitter = sit_down_soon_before(visits.open(hall.product.address), hall, 0)
        desk.go_to(desk.positions_of("single_choice")[0])
        desk.page.keyboard.press("a")

        desk.page.wait_for_url("**/result")

        assert hall.closing(sitter) == "submitted"
        assert len(hall.saved(sitter)) == 1

    def test_what_never_arrived_is_kept_until_the_person_takes_it_off(
        self, hall: Hall, visits: Visits
    ):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        page, place = desk.page, desk.positions_of("single_choice")[0]
        with visits.expecting(*NO_SERVER, SUPERSEDED):
            page.context.set_offline(True)
            desk.go_to(place)
            page.keyboard.press("a")
            expect(desk.saving).to_have_text("离线，已存在本机 1 条")
            answer = {"selected": [desk.choice_at("A")]}
            other = sit_down(visits.open(hall.product.address), sitter)
            other.ask_to_submit()
            other.submit()
            page.context.set_offline(False)
            save = page.get_by_role("link", name="保存留档文件")
            expect(save).to_be_focused()  # and not what leads away from it

            page.get_by_role("button", name="查看结果").click()
            page.wait_for_url("**/result")
        expect(page.get_by_text(f"题号 {place}")).to_be_visible()
        with page.expect_download() as told:
            save.click()
        changes = json.loads(told.value.path().read_text(encoding="utf-8"))["changes"]
        page.get_by_role("button", name="从这台设备删除").click()
        page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
        expect(save).to_be_hidden()

        assert [(one["position"], one["value"]) for one in changes] == [(place, answer)]
        assert desk.kept_on_disk() == 0
        assert hall.saved(sitter) == {}


class TestServer:
    def test_a_killed_server_loses_nothing(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address), sitter)
        places = desk.positions_of("single_choice")
        desk.go_to(places[0])
        desk.page.keyboard.press("a")
        desk.expect_saved()

        with visits.expecting(*NO_SERVER):
            hall.product.kill()
            desk.go_to(places[1])
            desk.page.keyboard.press("b")
            expect(desk.saving).to_have_text("离线，已存在本机 1 条")
            hall.product.start()
            desk.expect_saved()

        assert sorted(hall.saved(sitter)) == places[:2]


class TestPhone:
    def test_question_navigator_and_check_fit_into_390_pixels(self, hall: Hall, visits: Visits):
        sitter = hall.seat()
        desk = sit_down(visits.open(hall.product.address, phone=True), sitter)
        page = desk.page

        for item in desk.data["items"]:
            desk.expect_item(item["position"])
            assert findings(page)["overflow"] == []
            page.get_by_role("contentinfo").get_by_role("button").last.click()
        expect(desk.submit_check).to_be_visible()
        assert findings(page)["overflow"] == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="题目导航").click()
        expect(page.get_by_role("dialog", name="题目导航")).to_be_visible()
        assert findings(page)["overflow"] == []
