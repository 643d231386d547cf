"""A sitting in the browser: console and candidates side by side, barriers, breaks, no network."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.queries import person_of_account_or_none
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.exams.models import Attempt
from app.exams.queries import attempt_by_public_id
from app.sittings.models import Seat
from tests import cast
from tests.browser.axe import grave_faults
from tests.browser.exam_desk import ExamDesk
from tests.browser.hall import Hall, Sitter
from tests.browser.layout import findings
from tests.browser.product import Product, records_of
from tests.browser.signing_in import sign_in
from tests.browser.test_exam_page import NO_SERVER, SUPERSEDED, sit_down
from tests.browser.visits import Visits
from tests.factories.certification import publish_little_programme
from tests.factories.kinds import KINDS_TERMS, publish_kinds_bank
from tests.factories.sections import PARTED_TERMS, publish_parted_bank
from tests.factories.sittings import INES, add_sitting, add_staff, seat_started
from tests.faults.ground import account_of

pytestmark = pytest.mark.browser

CANDIDATES = 24
SEATED = 4
"""The first so many have a seat in the sitting, and their exam has begun."""

SEEN_WITHIN_MS = 5000
"""How soon a candidate sees what the invigilator did."""

HEAL_MS = 10_000
"""How soon after the network is back everything is on the server (F6)."""

AFTERNOON = timedelta(minutes=50)


class Day(Hall):
    """A hall in which a sitting is under way."""

    sitting: str

    def seat_of(self, number: int) -> Sitter:
        """Return who sits at a seat of the sitting."""
        with self.records.reading() as db_session:
            person = person_of_account_or_none(db_session, account_of(number))
            assert person is not None
            seat = db_session.query(Seat).filter_by(person_id=person.id).one()
            attempt = db_session.get_one(Attempt, seat.attempt_id)
            return Sitter(account_of(number), attempt.public_id)

    def change(self, sitter: Sitter, act: Callable[[Attempt], object]) -> None:
        """Change an attempt's row as an accommodation or the passing of time would."""
        with self.records.app.app_context(), transaction() as db_session:
            act(attempt_by_public_id(db_session, sitter.attempt, lock=True))

    def due_at(self, sitter: Sitter) -> datetime:
        with self.records.reading() as db_session:
            return attempt_by_public_id(db_session, sitter.attempt).due_at


@pytest.fixture(scope="module")
def day(new_instance: Callable[..., Settings], password_hash: str) -> Iterator[Day]:
    settings = new_instance(workers=1)
    product = Product(settings)
    try:
        with records_of(settings) as records:
            hall = Day(product, records)
            hall.sitting = open_sitting(hall, password_hash)
            product.start()
            yield hall
    finally:
        product.stop()


def open_sitting(hall: Day, password_hash: str) -> str:
    """Plan a sitting whose window is open, with candidates who have begun; returns its id."""
    app, now = hall.records.app, clock.now()
    with app.app_context(), transaction() as db_session:
        add_staff(db_session, password_hash, now=now)
        people = [person_of_account_or_none(db_session, hall.next_account()) for _ in range(SEATED)]
        publish_little_programme(db_session, now=now)
        sitting = add_sitting(
            db_session,
            opens_at=now - timedelta(minutes=1),
            ends_at=now + AFTERNOON,
            seat_count=SEATED,
            is_practice=True,
        )
        for person in people:
            seat_started(app, db_session, sitting, person, now=now)
        publish_kinds_bank(db_session, now=now, forms=CANDIDATES)
        publish_parted_bank(db_session, now=now, forms=CANDIDATES)
        return sitting.public_id


def console_of(day: Day, visits: Visits) -> Page:
    page = visits.open(day.product.address)
    sign_in(page, INES.account, cast.PASSWORD, target=f"/sittings/manage/{day.sitting}")
    return page


def act(console: Page, name: str, *, number: int, text: str = "") -> None:
    """Do something at the console to whoever sits at a seat."""
    console.get_by_role("checkbox", name=re.compile(f"^选择 {number} 号")).check()
    if text:
        console.get_by_label("事由或公告（考生会看到）").fill(text)
    console.locator(".actgrid").get_by_role("button", name=name, exact=True).click()


def left_s(page: Page) -> int:
    """Return what the page's timer shows, in seconds."""
    parts = page.get_by_role("timer").inner_text().split(":")
    return sum(int(part) * 60**place for place, part in enumerate(reversed(parts)))


class TestConsole:
    def test_more_time_is_seen_within_five_seconds(self, day: Day, visits: Visits):
        desk = sit_down(visits.open(day.product.address), day.seat_of(0))
        console = console_of(day, visits)
        before, due = left_s(desk.page), day.due_at(day.seat_of(0))

        console.get_by_label("加时").fill("7")
        act(console, "加时", number=1, text="网络中断")
        # A page asks after 0.8 to 1.2 of this; how fast a busy machine paints is no matter of it.
        assert 1.2 * desk.data["poll_after_ms"] < SEEN_WITHIN_MS
        expect(desk.page.locator("#banners")).to_contain_text("考试时间已调整")

        assert day.due_at(day.seat_of(0)) == due + timedelta(minutes=7)
        assert 6.5 * 60 < left_s(desk.page) - before <= 7 * 60
        assert "加时 7 分钟" in console.locator("#acts").inner_text()

    def test_an_announcement_reaches_the_page_once_and_stays(self, day: Day, visits: Visits):
        desk = sit_down(visits.open(day.product.address), day.seat_of(1))
        console = console_of(day, visits)

        act(console, "发公告", number=2, text="第 3 题的单位是元")
        band = desk.page.locator("#banners").get_by_text("第 3 题的单位是元")
        expect(band).to_be_visible()
        desk.page.wait_for_timeout(SEEN_WITHIN_MS)
        assert band.count() == 1
        desk.page.reload()
        desk.wait_until_ready()

        expect(band).to_be_visible()

    def test_a_pause_covers_the_page_and_gives_its_time_back(self, day: Day, visits: Visits):
        sitter = day.seat_of(2)
        desk = sit_down(visits.open(day.product.address), sitter)
        console = console_of(day, visits)
        dialog = desk.page.get_by_role("dialog", name="考试已暂停")
        desk.go_to(desk.positions_of("single_choice")[0])

        act(console, "暂停", number=3, text="消防演习")
        expect(dialog).to_be_visible()
        expect(dialog).to_contain_text("消防演习")
        expect(dialog.get_by_role("button")).to_be_hidden()
        stands_at = left_s(desk.page)
        desk.page.keyboard.press("Escape")
        desk.page.keyboard.press("a")
        desk.page.wait_for_timeout(2500)
        expect(dialog).to_be_visible()
        assert left_s(desk.page) == stands_at
        assert day.saved(sitter) == {}
        act(console, "恢复", number=3)
        expect(dialog).to_be_hidden()

        assert stands_at - left_s(desk.page) <= 8
        desk.page.keyboard.press("a")
        desk.expect_saved()

    def test_shows_who_fell_silent_and_what_waits(self, day: Day, visits: Visits):
        console = console_of(day, visits)

        expect(console.locator("tr[data-seat]")).to_have_count(SEATED)
        assert findings(console)["overflow"] == []
        assert grave_faults(console) == []


class TestBreak:
    def test_is_taken_and_ended_by_the_candidate(self, day: Day, visits: Visits):
        sitter = day.seat()
        day.change(sitter, lambda attempt: setattr(attempt, "break_left_s", 90))
        desk = sit_down(visits.open(day.product.address), sitter)
        due = day.due_at(sitter)
        dialog = desk.page.get_by_role("dialog", name="休息中")
        desk.go_to(desk.positions_of("single_choice")[0])

        desk.page.get_by_role("button", name="休息（余 01:30）").locator("visible=true").click()
        expect(dialog).to_contain_text(re.compile("休息时间还剩 01:[12]"))
        assert grave_faults(desk.page) == []
        desk.page.wait_for_timeout(2000)
        dialog.get_by_role("button", name="结束休息，继续考试").press("Enter")
        expect(dialog).to_be_hidden()

        assert timedelta(seconds=2) <= day.due_at(sitter) - due <= timedelta(seconds=20)
        desk.page.keyboard.press("a")
        desk.expect_saved()

    def test_is_not_offered_without_break_time(self, day: Day, visits: Visits):
        desk = sit_down(visits.open(day.product.address), day.seat())

        expect(desk.page.locator("[data-do=break]:visible")).to_have_count(0)


class TestSections:
    def leave(self, desk: ExamDesk) -> None:
        """Go through the barrier by keyboard, from the section's last item."""
        desk.page.keyboard.press("ArrowRight")
        dialog = desk.page.locator("#barrier-dialog")
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("button", name="离开并进入下一部分")).to_be_enabled()
        desk.page.keyboard.press("Tab")
        desk.page.keyboard.press("Enter")

    def test_are_passed_once_and_stay_shut(self, day: Day, visits: Visits):
        sitter = day.seat(exam=PARTED_TERMS)
        desk = sit_down(visits.open(day.product.address), sitter)
        assert [item["position"] for item in desk.data["items"]] == [1, 2, 3, 4]
        desk.page.keyboard.press("b")
        wanted = desk.choice_at("B")
        desk.expect_saved()
        desk.go_to(4)

        self.leave(desk)
        desk.expect_item(5)
        desk.page.keyboard.press("ArrowLeft")
        desk.expect_item(4)
        desk.go_to(1)
        assert desk.is_chosen(desk.letter_of(wanted))
        desk.page.keyboard.press("a")
        expect(desk.option("A").locator("input")).to_be_disabled()
        expect(
            desk.page.get_by_text("已离开，只能查看").locator("visible=true").first
        ).to_be_visible()
        assert grave_faults(desk.page) == []
        desk.page.reload()
        desk.wait_until_ready()

        desk.expect_item(5)
        assert day.saved(sitter) == {1: ({"selected": [wanted]}, False)}

    def test_an_older_tab_leads_nobody_through(self, day: Day, visits: Visits):
        sitter = day.seat(exam=PARTED_TERMS)
        first = sit_down(visits.open(day.product.address), sitter)
        first.page.keyboard.press("a")
        first.expect_saved()
        second = sit_down(visits.open(day.product.address), sitter)

        with visits.expecting(SUPERSEDED):
            first.page.evaluate("document.querySelector('[data-do=submit-check]').click()")
            # The page may have noticed already and have closed the question: then nothing is clicked.
            yes = first.page.locator("button", has_text="离开并进入下一部分")
            yes.evaluate("button => button.click()")
            expect(first.saving).to_have_text("已在另一处打开")
        # A question that opened now would stand before the button that takes the exam back.
        first.page.evaluate("document.querySelector('[data-do=submit-check]').click()")
        expect(first.page.locator("#barrier-dialog")).to_be_hidden()
        second.go_to(4)
        self.leave(second)
        second.expect_item(5)
        first.page.get_by_role("button", name="在此处继续作答").click()
        first.wait_until_ready()

        first.expect_item(5)

    def test_a_section_whose_time_is_over_leads_on(self, day: Day, visits: Visits):
        sitter = day.seat(exam=PARTED_TERMS)
        desk = sit_down(visits.open(day.product.address), sitter)
        desk.go_to(4)
        self.leave(desk)
        desk.expect_item(5)
        assert left_s(desk.page) <= 2 * 60
        soon = clock.now() + timedelta(seconds=8)
        day.change(sitter, lambda attempt: setattr(attempt, "section_due_at", soon))
        desk.page.reload()
        desk.wait_until_ready()
        desk.page.keyboard.press("a")

        desk.expect_item(7)
        expect(desk.page.get_by_role("button", name="交卷检查").first).to_be_visible()
        assert 5 in day.saved(sitter)
        assert left_s(desk.page) > 3 * 60
        desk.ask_to_submit()
        desk.submit()
        assert day.closing(sitter) == "submitted"

    def test_a_page_that_opens_after_a_sections_end_goes_on_at_once(self, day: Day, visits: Visits):
        sitter = day.seat(exam=PARTED_TERMS)
        desk = sit_down(visits.open(day.product.address), sitter)
        desk.go_to(4)
        self.leave(desk)
        desk.expect_item(5)
        gone = clock.now() - timedelta(seconds=5)
        day.change(sitter, lambda attempt: setattr(attempt, "section_due_at", gone))
        passed: list[int] = []
        desk.page.on(
            "response",
            lambda one: passed.append(one.status) if one.url.endswith("/sections") else None,
        )
        desk.page.reload()

        desk.expect_item(7)
        assert passed == [200]

    def test_fit_into_390_pixels(self, day: Day, visits: Visits):
        desk = sit_down(visits.open(day.product.address, phone=True), day.seat(exam=PARTED_TERMS))
        page = desk.page

        page.get_by_role("button", name="题目导航").click()
        assert findings(page)["overflow"] == []
        assert grave_faults(page) == []
        page.get_by_role("button", name="进入下一部分").locator("visible=true").first.click()
        expect(page.locator("#barrier-dialog")).to_be_visible()

        assert findings(page)["overflow"] == []
        assert grave_faults(page) == []


class TestNoNetwork:
    """F6 and F10 on the page: no network in mid-exam, reloaded in vain, taken over elsewhere."""

    def test_a_reload_without_network_loses_nothing(self, day: Day, visits: Visits):
        sitter = day.seat()
        desk = sit_down(visits.open(day.product.address), sitter)
        page, wanted = desk.page, {}
        with visits.expecting(*NO_SERVER):
            page.context.set_offline(True)
            for place in desk.positions_of("single_choice"):
                desk.go_to(place)
                page.keyboard.press("a")
                wanted[place] = ({"selected": [desk.choice_at("A")]}, False)
            expect(desk.saving).to_have_text(f"离线，已存在本机 {len(wanted)} 条")
            with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
                page.reload()
            # What was under way when the network went may have arrived; its answer did not.
            assert day.saved(sitter).items() <= wanted.items()
            page.context.set_offline(False)
            healed = time.monotonic()
            page.goto(sitter.exam_path)
            desk.expect_saved()

        assert time.monotonic() - healed < HEAL_MS / 1000
        assert day.saved(sitter) == wanted

    def test_another_browser_takes_over_and_the_first_ones_answers_are_asked_about(
        self, day: Day, visits: Visits, browser: Browser
    ):
        sitter = day.seat()
        first = sit_down(visits.open(day.product.address), sitter)
        place = first.positions_of("single_choice")[0]
        first.go_to(place)
        with visits.expecting(*NO_SERVER, SUPERSEDED):
            first.page.context.set_offline(True)
            first.page.keyboard.press("a")
            expect(first.saving).to_have_text("离线，已存在本机 1 条")
            second = sit_down(visits.open(day.product.address), sitter)
            second.go_to(place)
            second.page.keyboard.press("b")
            there = second.choice_at("B")
            second.expect_saved()
            first.page.context.set_offline(False)
            expect(first.saving).to_have_text("已在另一处打开")
            expect(first.page.locator("#banners")).to_contain_text("本机还有 1 条没有上传的作答")
            first.page.get_by_role("button", name="在此处继续作答").click()
            conflict = first.page.get_by_role("dialog", name="有几题在两处答得不一样")
            expect(conflict).to_be_visible()
            assert day.saved(sitter)[place][0] == {"selected": [there]}
            conflict.get_by_role("radio", name=re.compile("^本机")).check()
            conflict.get_by_role("button", name="按以上选择继续").click()
            first.expect_saved()

        first.go_to(place)
        assert first.is_chosen("A")
        assert day.saved(sitter)[place][0] == {"selected": [first.choice_at("A")]}


class TestAids:
    def test_the_scratch_pad_is_the_attempts_own_and_survives_a_reload(
        self, day: Day, visits: Visits
    ):
        sitter = day.seat()
        desk = sit_down(visits.open(day.product.address), sitter)
        page = desk.page
        page.get_by_role("button", name="草稿纸").locator("visible=true").click()
        page.get_by_role("textbox", name="草稿纸", exact=True).fill("240×0.35")
        page.reload()
        desk.wait_until_ready()

        page.get_by_role("button", name="草稿纸").locator("visible=true").click()
        expect(page.get_by_role("textbox", name="草稿纸", exact=True)).to_have_value("240×0.35")
        desk.ask_to_submit()
        desk.submit()
        kept = page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('exam:'))")
        assert kept == []

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [("1,200*(1-35%)", "780"), ("0.1+0.2", "0.3"), ("（3－1）÷4", "0.5"), ("2+", "算式不完整")],
        ids=["percent", "decimals", "full-width", "incomplete"],
    )
    def test_the_calculator_by_keyboard(self, day: Day, visits: Visits, typed: str, shown: str):
        page = calculator_page(day, visits)
        screen = page.locator("#calculator-screen")

        screen.fill(typed)
        screen.press("Enter")

        expect(page.locator("#calculator-past")).to_contain_text(shown)
        page.keyboard.press("Escape")
        expect(screen).to_be_hidden()

    def test_the_calculator_and_the_clock_are_whole_at_200_percent(self, day: Day, visits: Visits):
        page = calculator_page(day, visits)
        page.set_viewport_size({"width": 720, "height": 450})
        page.mouse.wheel(0, 400)

        expect(page.get_by_role("heading", name="计算器")).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("button", name="等于")).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("timer")).to_be_in_viewport(ratio=1)


def calculator_page(day: Day, visits: Visits) -> Page:
    desk = sit_down(visits.open(day.product.address), day.seat_of(3))
    desk.page.get_by_role("button", name="计算器").locator("visible=true").click()
    return desk.page


class TestAccessible:
    @pytest.mark.parametrize("phone", [False, True], ids=["1440", "390"])
    def test_every_kind_and_the_check_are_clean(self, day: Day, visits: Visits, phone: bool):
        sitter = day.seat(exam=KINDS_TERMS)
        desk = sit_down(visits.open(day.product.address, phone=phone), sitter)

        faults = {}
        for item in desk.data["items"]:
            desk.expect_item(item["position"])
            faults[item["kind"]] = grave_faults(desk.page)
            desk.page.get_by_role("contentinfo").get_by_role("button").last.click()
        expect(desk.submit_check).to_be_visible()
        faults["check"] = grave_faults(desk.page)

        assert {kind: found for kind, found in faults.items() if found} == {}
