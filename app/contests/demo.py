"""Two contests of the demonstration: one that is over, with all that it left, and one to enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.queries import person_of_account_or_none
from app.certification.demo import add_demo_credential
from app.contests import (
    entering,
    judging,
    jury_queries,
    planning,
    proposals,
    protesting,
    queries,
    reviewing,
    settling,
)
from app.contests import running as contest_running
from app.contests.models import Contest, ContestRound
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.rooms.chains import append_to
from app.rooms.forecasts import SentForecast, give_forecast
from app.rooms.models import RoomSession
from app.rooms.queries import room_scenario
from app.rooms.services import open_page, settle_plan
from app.rooms.starting import PLAN_GRACE
from app.studio import queries as studio
from simulations.asking import forecast_prompts
from simulations.crowd import population
from simulations.engines.registry import engine_is_compiled
from simulations.forecasting import Forecast
from simulations.outcomes import Outcome
from simulations.policies import Policy, log_of
from simulations.rooms import LoggedAction, replay
from simulations.scenarios import TICK_S, TICKS_PER_MINUTE, Scenario
from simulations.states import summary_of

NAMES = ("宋砚青", "陆以宁", "白景行", "何若溪", "林语桐", "周以南")
AGO = timedelta(days=12)
RULES_REF = "open-contest@2"
CONTEST_SCENARIO, SHORT_SCENARIO = "f7@1", "f1-demo@1"
"""The contest's own room; without the compiled engine a short one, so that loading stays quick."""

SPEED = 2.0
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
MARKS = (
    (2, 3, 2, 4, 2),
    (3, 3, 3, 4, 3),
    (1, 2, 2, 3, 1),
    (3, 4, 3, 4, 4),
    (2, 2, 3, 4, 2),
    (4, 4, 3, 4, 3),
)
VOTES = (3, 5, 3, 5, 5, 3)
"""Whom each contestant votes for, by lane from 0; who stands at their own place gives none."""

KEPT_PACES = (0.70, 0.52, 0.55, 0.50, 0.46, 0.45)
"""Share of the pace so far that each thinks the host keeps alone; the last ones judge best."""

SPREAD = (0.94, 1.0, 1.06)
"""P10, P50 and P90 of a forecast over its middle."""

THOUGHT_TICKS = 3 * TICKS_PER_MINUTE
"""How long after it was asked for a forecast is given."""

REVIEW = (
    "开场前十分钟先看停留和点击，不急着放量；主推款点击回升以后再把投放加到计划的一半。"
    "中段换品偏晚，前一款讲了太久，转化已经掉下来才切走，这一步少做了不少成交。"
    "突发之后先把违规话术停掉，再用福袋把人气拉回来，恢复比上一场快。"
    "下一场要改两处：每款讲满六分钟就看一次数据再决定留不留；"
    "预算分三段放，前一段回报不到目标就不放下一段，用复盘表逐段对照。"
)
"""What the invented contestants wrote after the final."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def load_demo_contests() -> None:
    """Add the demonstration's contests, unless there are any."""
    now = clock.now()
    settings: Settings = current_app.config["SETTINGS"]
    keys: FieldKeys = current_app.extensions["field_keys"]
    with transaction() as db_session:
        if db_session.scalar(select(Contest.id).limit(1)) is not None:
            return
        scenario_ref = CONTEST_SCENARIO if engine_is_compiled() else SHORT_SCENARIO
        try:
            scenario = studio.scenario_of(db_session, scenario_ref)
            queries.rules_version(db_session, RULES_REF)
        except NotFoundError:  # another selection of content
            return
        staff = {
            name: person_of_account_or_none(db_session, f"{name}@demo.example")
            for name in ("examiner", "committee", "appeals", "juror", "juror2", "juror3")
        }
        if any(person is None for person in staff.values()):
            return
        people = {name: person for name, person in staff.items() if person is not None}
        past = _Past(db_session, settings, keys, people, scenario, now)
        past.play_all()
        round_id, ended = past.round.public_id, past.ended
        _open(db_session, keys, people, scenario, now)
    settling.judge_round(round_id, now=ended)
    with transaction() as db_session:
        past.db_session = db_session
        past.settle()


class _Past:
    """The contest that is over, taken through its stages at their own moments."""

    def __init__(
        self,
        db_session: Session,
        settings: Settings,
        keys: FieldKeys,
        people: dict[str, Person],
        scenario: Scenario,
        now: datetime,
    ) -> None:
        self.db_session, self.settings, self.keys = db_session, settings, keys
        self.people, self.scenario, self.now = people, scenario, now
        self.start = now - AGO

    def play_all(self) -> None:
        """Plan, enter, seed and play; what follows needs the rooms judged, without a lock."""
        contestants = self.contestants()
        self.contest, self.round = contest, round_ = _plan(
            self.db_session,
            self.keys,
            self.people,
            "操盘手公开赛 · 秋季",
            "六位操盘手，同一个直播间、同一批观众。",
            self.scenario,
            opens_at=self.start - 9 * DAY,
            starts_at=self.start,
            kinds=("final",),
            now=self.start - 10 * DAY,
        )
        for number, person in enumerate(contestants):
            entering.enter(
                self.db_session,
                contest,
                person.id,
                public_name=NAMES[number],
                settings=self.settings,
                now=self.start - 5 * DAY,
            )
        entering.seed(
            self.db_session,
            contest,
            actor=_actor(self.people["examiner"]),
            settings=self.settings,
            now=self.start - HOUR / 2,
        )
        self.play(contest, round_)
        assert round_.ends_at is not None, "it has its rooms"
        self.ended = round_.ends_at + timedelta(seconds=1)

    def contestants(self) -> list[Person]:
        """Open the contestants' accounts, each with a demonstration certificate."""
        found = []
        for number, name in enumerate(NAMES):
            person = accounts.register_person(
                self.db_session,
                account=f"contest{number + 1}@demo.example",
                display_name=name,
                password_hash=self.people["examiner"].password_hash,
                now=self.start - 20 * DAY,
                actor="cli:demo",
                is_demo=True,
            )
            accounts.collect_identity(
                self.db_session,
                person.id,
                person.public_id,
                legal_name=name,
                number=_identity_number(number),
                keys=self.keys,
                now=self.start - 20 * DAY,
            )
            add_demo_credential(self.db_session, person, settings=self.settings, now=self.now)
            found.append(person)
        return found

    def play(self, contest: Contest, round_: ContestRound) -> None:
        """Make the rooms, and let operators of rising skill play them."""
        contest_running.ready_round(
            self.db_session,
            contest,
            round_,
            keys=self.keys,
            settings=self.settings,
            actor=_actor(self.people["examiner"]),
            now=self.start - timedelta(minutes=5),
        )
        rooms = [room for _, room in queries.run_rooms(self.db_session, round_)]
        reference = studio.reference_of(self.db_session, self.scenario)
        crowd = population(self.scenario, reference.policy, len(rooms))
        for room, policy, kept in zip(rooms, crowd, KEPT_PACES, strict=True):
            open_page(self.db_session, room, now=round_.starts_at)
            if room.plan_due_at is not None:
                settle_plan(self.db_session, room, now=room.plan_due_at + PLAN_GRACE)
            self._operate(room, replace(policy, plan=None), kept)

    def _operate(self, room: RoomSession, policy: Policy, kept: float) -> None:
        """Act as a policy does, and foretell what the room asks for."""
        scenario = room_scenario(self.db_session, room)
        asked = [prompt.tick + THOUGHT_TICKS for prompt in forecast_prompts(scenario)]
        log = log_of(scenario, policy, room.keys)
        for number, one in enumerate(log):
            while asked and asked[0] < one.tick:
                self._foretell(room, scenario, log[:number], asked.pop(0), kept)
            payload = {"action": one.action.to_dict(), "tick": one.tick}
            at = _moment(room, one.tick)
            append_to(self.db_session, room, "acted", payload, now=at, key=f"demo-{number:06d}")
            room.last_tick = one.tick
        for tick in asked:
            self._foretell(room, scenario, log, tick, kept)
        self.db_session.flush()

    def _foretell(
        self,
        room: RoomSession,
        scenario: Scenario,
        log: Sequence[LoggedAction],
        tick: int,
        kept: float,
    ) -> None:
        """State what people at a cockpit do: part of the pace so far, drawn out to the end."""
        so_far = Outcome.of(summary_of(replay(scenario, room.keys, log, tick))).gmv_fen
        middle = so_far * scenario.duration_ticks / tick * kept
        stated = Forecast(*(round(middle * share) for share in SPREAD))
        sent = SentForecast(f"demo-forecast-{tick}", stated, room.writer_epoch)
        give_forecast(self.db_session, room, scenario, sent, now=_moment(room, tick))

    def settle(self) -> None:
        """Mark, tell, answer a protest, make it final."""
        contest, round_, ended = self.contest, self.round, self.ended
        examiner, committee = (_actor(self.people[name]) for name in ("examiner", "committee"))
        for name in ("juror", "juror2", "juror3"):
            judging.appoint(self.db_session, contest, self.people[name], actor=examiner, now=ended)
        for place, entry in queries.places_of(self.db_session, round_.id):
            reviewing.write_review(
                self.db_session,
                contest,
                round_,
                place,
                entry,
                REVIEW,
                actor=_actor(self.db_session.get_one(Person, entry.person_id)),
                now=ended + HOUR / 2,
            )
        dealt_at = ended + 2 * HOUR
        judging.deal_tasks(self.db_session, contest, round_, actor=examiner, now=dealt_at)
        self._mark(contest, round_, ended + DAY)
        settling.tell(self.db_session, contest, keys=self.keys, actor=examiner, now=ended + 2 * DAY)
        self._vote(contest, round_, ended + 2 * DAY + HOUR / 2)
        self._protest(contest, round_, ended + 2 * DAY + HOUR)
        proposal = proposals.propose(
            self.db_session,
            contest,
            "finalise",
            reason="公示期满，申诉已答复",
            actor=examiner,
            now=ended + 4 * DAY,
        )
        proposals.decide(
            self.db_session,
            contest,
            proposal,
            "confirmed",
            keys=self.keys,
            actor=committee,
            now=ended + 4 * DAY + HOUR,
        )

    def _mark(self, contest: Contest, round_: ContestRound, at: datetime) -> None:
        rules = queries.rules_of(self.db_session, contest).jury
        criteria = rules.criteria_of(round_.stage)
        for number, (place, _) in enumerate(queries.places_of(self.db_session, round_.id)):
            for other, (task, _, _) in enumerate(
                jury_queries.tasks_of_place(self.db_session, place.id)
            ):
                given = MARKS[(number + other) % len(MARKS)] if other else MARKS[number]
                judging.hand_in(
                    self.db_session,
                    task,
                    contest,
                    {one.code: given[i] for i, one in enumerate(criteria)},
                    comment="",
                    actor="cli:demo",
                    now=at,
                )

    def _vote(self, contest: Contest, round_: ContestRound, at: datetime) -> None:
        entries = [entry for _, entry in queries.places_of(self.db_session, round_.id)]
        for voter, lane in zip(entries, VOTES, strict=True):
            if voter is entries[lane]:
                continue
            protesting.vote(
                self.db_session,
                contest,
                entries[lane],
                voter.person_id,
                settings=self.settings,
                now=at,
            )

    def _protest(self, contest: Contest, round_: ContestRound, at: datetime) -> None:
        place, entry = queries.places_of(self.db_session, round_.id)[0]
        protest = protesting.file_protest(
            self.db_session,
            contest,
            place,
            about="technical",
            body="第三十分钟前后画面停住约二十秒，当时正要换品，请核对日志。",
            actor=_actor(self.db_session.get_one(Person, entry.person_id)),
            now=at,
        )
        protesting.answer_protest(
            self.db_session,
            contest,
            protest,
            place,
            entry,
            round_,
            protesting.Answer(
                outcome="declined",
                words="日志显示该时段心跳正常、操作都已确认，停顿来自选手端网络，不影响评分。",
            ),
            person_id=self.people["appeals"].id,
            now=at + HOUR,
        )


def _open(
    db_session: Session,
    keys: FieldKeys,
    people: dict[str, Person],
    scenario: Scenario,
    now: datetime,
) -> None:
    """Announce the contest that takes entries."""
    _plan(
        db_session,
        keys,
        people,
        "操盘手公开赛 · 冬季",
        "两组预赛，前几名进决赛；持任一级有效证书即可报名。",
        scenario,
        opens_at=now - DAY,
        starts_at=now + 21 * DAY,
        kinds=("rehearsal", "heat", "heat", "final"),
        now=now - 2 * DAY,
    )


def _plan(
    db_session: Session,
    keys: FieldKeys,
    people: dict[str, Person],
    title: str,
    summary: str,
    scenario: Scenario,
    *,
    opens_at: datetime,
    starts_at: datetime,
    kinds: Sequence[str],
    now: datetime,
) -> tuple[Contest, ContestRound]:
    """Plan a contest and let two people announce it; returns it with its last round."""
    examiner, committee = _actor(people["examiner"]), _actor(people["committee"])
    contest = planning.plan_contest(
        db_session,
        planning.NewContest(
            title=title,
            summary=summary,
            rules_ref=RULES_REF,
            seat_count=40,
            entry_opens_at=opens_at,
            entry_closes_at=starts_at - HOUR,
        ),
        actor=examiner,
        is_demo=True,
        now=now,
    )
    names = {"rehearsal": "彩排", "heat": "预赛", "final": "决赛"}
    for number, kind in enumerate(kinds):
        heat = f"{names[kind]} {'ABCD'[number - 1]} 组" if kind == "heat" else names[kind]
        days = {"rehearsal": timedelta(), "heat": DAY, "final": 3 * DAY}[kind]
        round_ = planning.plan_round(
            db_session,
            contest,
            planning.NewRound(
                kind=kind,
                title=heat,
                scenario_ref=scenario.ref,
                speed=SPEED,
                place_count=12 if kind == "final" else 40,
                starts_at=starts_at + (days if len(kinds) > 1 else timedelta()),
            ),
            keys=keys,
            actor=examiner,
            now=now,
        )
    proposal = proposals.propose(
        db_session, contest, "publish", reason="方案已由委员会通过", actor=examiner, now=now
    )
    proposals.decide(
        db_session, contest, proposal, "confirmed", keys=keys, actor=committee, now=now + HOUR
    )
    return contest, round_


def _moment(room: RoomSession, tick: int) -> datetime:
    """Return when a tick of a room is, by the wall clock."""
    return room.starts_at + timedelta(seconds=tick * TICK_S / room.clock_speed)


def _identity_number(serial: int) -> str:
    """Return an identity number of a region that was never given out, with its check character."""
    digits = f"99000119880808{serial + 101:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def _actor(person: Person) -> str:
    return f"person:{person.public_id}"
