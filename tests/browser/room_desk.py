"""A cockpit as its operator sees it, and the way to wait less long before it."""

from __future__ import annotations

import re
import secrets
import time
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.rooms.clocks import TICK_MS, RoomClock
from app.rooms.models import RoomSession
from app.studio.queries import scenario_of
from simulations.actions import Action, Respond
from simulations.policies import competent, log_of
from simulations.scenarios import Scenario
from simulations.states import LoggedAction
from tests.browser.product import Records

MOST_TRIES = 20
"""How often an action is sent again that came too fast."""


class RoomDesk:
    """One open cockpit of a room.

    Ten minutes are too long for a test. `reach` moves the room's start back in the database,
    as if the candidate had begun earlier: the product has no door for that, and needs none.
    """

    def __init__(self, page: Page, records: Records) -> None:
        self.page = page
        self._records = records
        self.public_id = page.url.rstrip("/").split("/")[-1]
        room = self._room()
        with records.reading() as db_session:
            self.scenario: Scenario = scenario_of(db_session, room.scenario_ref)
        self._keys = room.keys

    def wait_until_live(self) -> None:
        """Wait for the end of the countdown: from then on the room takes actions."""
        expect(self.page.locator("#countdown")).to_be_hidden()
        expect(self._row(1).get_by_role("button", name="讲解")).to_be_enabled()

    def expect_synced(self) -> None:
        expect(self.page.locator("#sync-text")).to_have_text(re.compile("^已同步 "))

    def pin(self, position: int) -> None:
        self._row(position).get_by_role("button", name="讲解", exact=True).click()
        expect(self._row(position)).to_have_class(re.compile("pinned"))
        self.expect_synced()

    def price(self, position: int, yuan: str) -> None:
        field = self._row(position).get_by_label(f"{position:02} 号售价，元")
        field.fill(yuan)
        field.press("Enter")
        expect(self._log()).to_contain_text(yuan)
        self.expect_synced()

    def give_lucky_bag(self) -> None:
        self.page.get_by_role("button", name="发福袋").click()
        expect(self._log()).to_contain_text("福袋")
        self.expect_synced()

    def buy_traffic(self, yuan_per_visit: str) -> None:
        field = self.page.get_by_label("出价（元/进房）", exact=True)
        field.fill(yuan_per_visit)
        field.press("Enter")
        expect(self._log()).to_contain_text("投流")
        self.expect_synced()

    def answer_incident(self, action: Respond) -> None:
        """Press the answer in the list of incidents."""
        answer = self.page.locator("#feed").get_by_role(
            "button", name=choice_text(self.scenario, action)
        )
        answer.click()
        expect(answer).to_be_hidden()
        self.expect_synced()

    def competent_play(self) -> list[LoggedAction]:
        """Return what a sound operator does in this very room."""
        return log_of(self.scenario, competent(self.scenario), self._keys)

    def act(self, action: Action) -> bool:
        """Send an action as the page does; returns whether the room accepted it."""
        body = {
            "key": secrets.token_urlsafe(12),
            "action": action.to_dict(),
            "writer_epoch": self._room().writer_epoch,
            "queued_ms": 0,
        }
        token = self.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
        for _ in range(MOST_TRIES):
            answer = self.page.request.post(
                f"/rooms/{self.public_id}/actions", data=body, headers={"X-CSRFToken": token}
            )
            if answer.status != 429:  # at most two actions a second
                break
            time.sleep(0.25)
        assert answer.status in (200, 409), answer.text()
        return answer.ok

    def reach(self, tick: int) -> None:
        """Let the room have begun so long ago that it is at a tick now; never back in time."""
        with self._records.app.app_context(), transaction() as db_session:
            room = self._room(db_session)
            now = clock.now()
            if room.clock.tick_at(now) >= tick:
                return
            wall = timedelta(milliseconds=tick * TICK_MS / room.clock_speed)
            moved = RoomClock.starting(now - wall, room.clock_speed, room.duration_ticks)
            room.starts_at = room.clock_at = moved.starts_at
            room.ends_at = moved.ends_at()

    def _row(self, position: int) -> Any:
        return self.page.locator("#tray tr").nth(position - 1)

    def _log(self) -> Any:
        return self.page.locator("#log")

    def _room(self, db_session: Any = None) -> RoomSession:
        query = select(RoomSession).where(RoomSession.public_id == self.public_id)
        if db_session is not None:
            found: RoomSession = db_session.scalars(query).one()
            return found
        with self._records.reading() as reading:
            found = reading.scalars(query).one()
            reading.expunge(found)
            return found


def choice_text(scenario: Scenario, action: Respond) -> str:
    """Return the words on an answer's button, without its price."""
    choices = [
        choice
        for incident in scenario.incidents
        if incident.id == action.incident
        for choice in incident.choices
    ] or list(scenario.compliance.choices)
    return next(choice.text for choice in choices if choice.id == action.choice)
