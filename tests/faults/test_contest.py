"""A contest of forty through real HTTP, from entry to the final results, killed twice on the way.

Afterwards every acknowledged action stands in its room's log, every room's points and every total
are what the pure functions make of the logs, the keys are those that were committed to before the
start, and who reaches the standard has one credential.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.roles import Role
from app.certification import queries as certification
from app.contests import jury_queries, planning, proposals, protest_queries, queries, settling
from app.contests.models import Contest
from app.core import clock
from app.core.config import ROOT, Settings
from app.core.db import db, transaction
from app.rooms.models import RoomEvent
from simulations.actions import parse_action
from simulations.policies import parse_reference
from simulations.rooms import LoggedAction
from simulations.scoring import room_result
from tests.factories.certification import little_programme, publish_little_programme
from tests.factories.contests import certify_entrant, grand_programme, little_rules, new_person
from tests.factories.rooms import REFERENCE_THETA, little_scenario
from tests.faults.browsers import Browser, NoAnswerError, found, signed_in
from tests.faults.ground import account_of, application
from tests.faults.server import Server, running

pytestmark = pytest.mark.faults

BOTS = 40
SEED = 20_211_230
WINDOW_S = 8.0
"""The protest window of this contest; a real one has hours."""

ACTIONS = (
    {"verb": "pin", "product": "jeans"},
    {"verb": "pin", "product": "coat"},
    {"verb": "pin", "product": "socks"},
    {"verb": "pace", "pace": "slow"},
    {"verb": "lucky_bag", "prize_fen": 5000, "minutes": 5},
    {"verb": "set_price", "product": "jeans", "price_fen": 7500},
    {"verb": "traffic", "bid_fen": 60, "rate_fen_per_min": 1000},
)


@dataclass
class Bot:
    """A contestant: a browser, a room, and what was acknowledged."""

    browser: Browser
    number: int
    path: str = ""
    epoch: int = 0
    acked: dict[str, tuple[dict[str, Any], int, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def enter_room(self) -> None:
        page = until_answered(lambda: self.browser.page(self.path))
        self.browser.csrf = found(r'name="csrf-token" content="([^"]+)"', page)
        answer = until_answered(lambda: self.post("state", {"take_over": True}))
        self.epoch = answer["writer_epoch"]

    def act(self, action: dict[str, Any]) -> None:
        """Do one action, asked again under its key until a definite answer comes."""
        key = secrets.token_hex(8)
        answer = until_answered(
            lambda: self.post(
                "actions",
                {"key": key, "action": action, "writer_epoch": self.epoch, "queued_ms": 0},
            )
        )
        if "sequence" in answer:
            self.acked[key] = action, answer["sequence"], answer["tick"]
        else:
            self.refused.add(key)

    def post(self, door: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = self.browser.headers("application/json")
        line = self.browser.lines[0]
        body = {"key": secrets.token_hex(8), **body}
        line.write("POST", f"{self.path}/{door}", json.dumps(body).encode(), headers)
        answer = line.read()
        if answer.status >= 500:
            raise NoAnswerError(f"{answer.status} {answer.text[:300]}")
        return answer.json


def until_answered(ask: Callable[[], Any]) -> Any:
    """Ask until there is an answer: a server that was killed comes back."""
    said = ""
    for _ in range(1200):
        try:
            return ask()
        except NoAnswerError as error:
            said = str(error)
            time.sleep(0.1)
    raise AssertionError(f"no answer: {said}")


def lay_contest(settings: Settings, password_hash: str) -> tuple[str, str]:
    """Certify forty, plan and announce a contest; returns its and its round's public id."""
    with application(settings) as app, transaction() as db_session:
        now = clock.now()
        publish_little_programme(
            db_session, little_programme(), grand_programme(), now=now - timedelta(days=9)
        )
        for number in range(BOTS):
            person = db_session.scalars(
                select(Person).where(Person.email == account_of(number))
            ).one()
            certify_entrant(app, db_session, person, now=now)
        for name, role in (
            ("examiner", Role.EXAMINER),
            ("committee", Role.COMMITTEE_MEMBER),
            ("appeals", Role.APPEAL_HANDLER),
            ("juror0", Role.JUROR),
            ("juror1", Role.JUROR),
            ("juror2", Role.JUROR),
        ):
            new_person(db_session, name, role, now=now, password_hash=password_hash)
        rules = little_rules(window_h=WINDOW_S / 3600)
        planning.publish_rules(db_session, rules, now=now)
        contest = planning.plan_contest(
            db_session,
            planning.NewContest(
                title="四十人赛",
                summary="",
                rules_ref=rules.ref,
                seat_count=BOTS,
                entry_opens_at=now - timedelta(minutes=1),
                entry_closes_at=now + timedelta(minutes=5),
            ),
            actor="person:planner",
            is_demo=True,
            now=now,
        )
        round_ = planning.plan_round(
            db_session,
            contest,
            planning.NewRound(
                kind="final",
                title="决赛",
                scenario_ref="little@1",
                speed=2,
                place_count=BOTS,
                starts_at=now + timedelta(minutes=6),
            ),
            keys=app.extensions["field_keys"],
            actor="person:planner",
            now=now,
        )
        proposal = proposals.propose(
            db_session, contest, "publish", reason="按规程", actor="person:planner", now=now
        )
        proposals.decide(
            db_session,
            contest,
            proposal,
            "confirmed",
            keys=app.extensions["field_keys"],
            actor="person:second",
            now=now,
        )
        return contest.public_id, round_.public_id


def move_clock(settings: Settings, round_id: str, change: timedelta) -> None:
    """Let so much time have passed while the server was down, for the contest and its rooms."""
    with application(settings), transaction() as db_session:
        round_ = queries.round_of(db_session, round_id)
        contest = db_session.get_one(Contest, round_.contest_id)
        contest.entry_closes_at -= change
        contest.entry_opens_at -= change
        round_.starts_at -= change
        if round_.ends_at is not None and round_.clock_starts_at is not None:
            round_.clock_starts_at -= change
            round_.ends_at -= change
        for _, room in queries.run_rooms(db_session, round_):
            assert room.ends_at is not None
            room.starts_at -= change
            room.clock_at -= change
            room.ends_at -= change


def press(browser: Browser, path: str, **form: str) -> None:
    """Post a form of the organiser's page, with its token."""
    answer = until_answered(
        lambda: browser.request("POST", path, {"csrf_token": browser.csrf, **form})
    )
    assert answer.status == 303, f"{path}: {answer.status} {_refusal(answer.text)}"


def with_token(browser: Browser, path: str) -> str:
    """Load a page and remember its token."""
    page = until_answered(lambda: browser.page(path))
    browser.csrf = found(r'name="csrf[-_]token" (?:content|value)="([^"]+)"', page)
    return page


def _refusal(text: str) -> str:
    return " ".join(re.findall(r"<h1>(.*?)</h1>|note bad.*?<span>(.*?)</span>", text)[0:1] or [""])


class TestContestOfForty:
    def test_comes_to_what_the_logs_say(
        self, new_instance: Callable[[], Settings], password_hash: str, tmp_path: Path
    ):
        settings = new_instance()
        contest_id, round_id = lay_contest(settings, password_hash)
        desk = f"/contests/desk/{contest_id}"
        with running(settings) as server:
            bots = self.enter(server, contest_id)
            before = json.loads(bots[0].browser.page(f"/contests/{contest_id}/data.json"))
            move_clock(settings, round_id, timedelta(minutes=6))
            staff = ["examiner", "committee", "appeals", "juror0", "juror1", "juror2"]
            with signed_in(server.address, [f"{one}@contest.example" for one in staff]) as browsers:
                examiner, committee, appeals, *jurors = browsers
                with_token(examiner, desk)
                press(examiner, f"{desk}/seeding")
                press(examiner, f"{desk}/rounds/{round_id}/ready")
                move_clock(settings, round_id, timedelta(seconds=30))

                self.play(server, bots, contest_id)
                server.kill()
                move_clock(settings, round_id, timedelta(minutes=20))
                server.start()

                with application(settings):
                    assert settling.judge_round(round_id, now=clock.now())
                self.mark(settings, examiner, jurors, desk, round_id)
                press(examiner, f"{desk}/tell")
                self.protest(settings, bots[0], appeals, contest_id, round_id)
                time.sleep(WINDOW_S)
                press(examiner, f"{desk}/proposals", act="finalise", reason="公示期满")
                with application(settings):
                    contest = queries.contest_of(db.session(), contest_id)
                    waiting = queries.proposals_of(db.session(), contest.id, open_only=True)
                    proposal_id = waiting[0].public_id
                with_token(committee, desk)
                press(committee, f"{desk}/proposals/{proposal_id}", outcome="confirmed")
            opened = bots[0].browser.request(
                "GET", f"/contests/{contest_id}/seals/{round_id}/main.json"
            )
            for bot in bots:
                bot.browser.close()

        published = before["rounds"][0]["seals"][0]["commitment"]
        assert self.verified(tmp_path, opened.text, published) == 0
        assert self.verified(tmp_path, opened.text, "sha256:" + "0" * 64) == 1
        with application(settings):
            self.check(db.session(), contest_id, bots)

    def enter(self, server: Server, contest_id: str) -> list[Bot]:
        """Sign forty in and enter them through the page."""
        bots = [Bot(Browser(server.address), number) for number in range(BOTS)]

        def enter(bot: Bot) -> None:
            bot.browser.sign_in(account_of(bot.number))
            with_token(bot.browser, f"/contests/{contest_id}")
            press(
                bot.browser,
                f"/contests/{contest_id}/entry",
                public_name=f"选手{bot.number}",
                consent="y",
            )

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(enter, bots))
        return bots

    def play(self, server: Server, bots: Sequence[Bot], contest_id: str) -> None:
        """Let everybody act, and kill the server in the middle of it."""
        acted = threading.Semaphore(0)

        def play(bot: Bot) -> None:
            rng = random.Random(SEED + bot.number)
            hall = until_answered(
                lambda: bot.browser.request("GET", f"/contests/{contest_id}/hall.json")
            )
            bot.path = hall.json["rounds"][0]["room_url"]
            bot.enter_room()
            for action in rng.sample(ACTIONS, 3):
                bot.act(action)
                acted.release()

        with ThreadPoolExecutor(4) as pool:
            played = [pool.submit(play, bot) for bot in bots]
            for _ in range(BOTS):
                acted.acquire()
            server.kill()
            server.start()
            for one in played:
                one.result()

    def mark(
        self,
        settings: Settings,
        examiner: Browser,
        jurors: Sequence[Browser],
        desk: str,
        round_id: str,
    ) -> None:
        """Appoint three jurors, deal, and let each mark what was dealt."""
        with application(settings):
            people = [
                db.session()
                .scalars(select(Person).where(Person.email == f"juror{number}@contest.example"))
                .one()
                .public_id
                for number in range(3)
            ]
        for public_id in people:
            press(examiner, f"{desk}/jurors", person=public_id)
        press(examiner, f"{desk}/rounds/{round_id}/jury")
        for number, juror in enumerate(jurors):
            page = with_token(juror, "/contests/jury")
            for task in sorted(set(re.findall(r"/contests/jury/([a-z0-9]{12})", page))):
                marks = {"plan": "2", "decisions": str(number + 1), "composure": "3"}
                press(juror, f"/contests/jury/{task}", compliance="4", **marks)

    def protest(
        self,
        settings: Settings,
        bot: Bot,
        appeals: Browser,
        contest_id: str,
        round_id: str,
    ) -> None:
        """Let the first bot protest, and the appeal handler uphold it."""
        with_token(bot.browser, f"/contests/{contest_id}/result")
        press(
            bot.browser,
            f"/contests/{contest_id}/rounds/{round_id}/protests",
            about="technical",
            body="服务器两次中断期间我无法操作，请按中断前的状态复核得分。",
        )
        with application(settings):
            contest = queries.contest_of(db.session(), contest_id)
            protest_id = protest_queries.protests_of(db.session(), contest.id)[0][0].public_id
        with_token(appeals, f"/contests/desk/{contest_id}")
        press(
            appeals,
            f"/contests/desk/{contest_id}/protests/{protest_id}",
            outcome="upheld",
            answer="日志证实中断，按规则更正。",
            room_points="50",
        )

    def verified(self, folder: Path, text: str, published: str) -> int:
        """Return what the command line says of an opened seal."""
        path = folder / "seal.json"
        path.write_text(text)
        command = [sys.executable, "-m", "simulations", "commitment", str(path)]
        return subprocess.run(
            [*command, "--expect", published], cwd=ROOT, check=False, capture_output=True
        ).returncode

    def check(self, db_session: Session, contest_id: str, bots: Sequence[Bot]) -> None:
        """Compare what is stored with what was acknowledged and what the logs come to."""
        contest = queries.contest_of(db_session, contest_id)
        rules = queries.rules_of(db_session, contest)
        scenario = little_scenario()
        reference = parse_reference(
            scenario,
            {
                "scenario_ref": scenario.ref,
                "scenario_hash": scenario.content_hash(),
                "theta": REFERENCE_THETA,
                "span_floor_log": 0.2,
            },
        )
        round_ = queries.rounds_of(db_session, contest.id)[0]
        results = {entry.id: result for result, entry in queries.final_results(db_session, contest)}
        by_path = {bot.path: bot for bot in bots}
        held = {place.id: room for place, room in queries.run_rooms(db_session, round_)}
        assert len(held) == BOTS
        assert len({room.keys for room in held.values()}) == 1
        acknowledged = 0
        for place, entry in queries.places_of(db_session, round_.id):
            room = held[place.id]
            bot = by_path[f"/rooms/{room.public_id}"]
            stored = {
                event.key: (json.loads(event.payload), event.sequence)
                for event in db_session.scalars(
                    select(RoomEvent).where(
                        RoomEvent.room_session_id == room.id, RoomEvent.kind == "acted"
                    )
                )
            }
            assert stored.keys() == bot.acked.keys(), f"{room!r}: lost, doubled or phantom"
            for key, (action, sequence, tick) in bot.acked.items():
                payload, at = stored[key]
                assert (at, payload["tick"]) == (sequence, tick)
                assert payload["action"].items() >= action.items()
            acknowledged += len(stored)
            log = [
                LoggedAction(payload["tick"], parse_action(payload["action"]))
                for payload, _ in sorted(stored.values(), key=lambda one: one[1])
            ]
            points = room_result(scenario, room.keys, log, reference).points
            if bot.number == 0:
                points = 50.0  # the protest
            marks = jury_queries.marks_of_place(db_session, place.id)
            shares = [
                sum(one.weight * mark[one.code] / 4 for one in rules.jury.criteria)
                for mark in marks
            ]
            jury = sum(shares) / len(shares)
            score = rules.score
            total = (score.room_weight * points + score.jury_weight * round(100 * jury, 1)) / (
                score.room_weight + score.jury_weight
            )
            assert results[entry.id].total_points == round(total, 1), f"{room!r}"
            assert results[entry.id].certified_points == points
            credentials = certification.credentials_of(db_session, entry.person_id, at=clock.now())
            assert (len(credentials) == 2) == results[entry.id].meets_standard
        assert acknowledged > BOTS
        ordered = sorted(results.values(), key=lambda one: (one.rank is None, one.rank or 0))
        assert ordered[0].total_points == max(one.total_points for one in results.values())
