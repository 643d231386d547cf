"""A committee of seven, a meeting on the little bank, and shortcuts through its stages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.roles import Role
from app.bank.services import publish_bank
from app.exams.drawing import store_form
from app.standards import judging, minutes, panel, queries, services
from app.standards.judging import Judgement
from app.standards.models import StandardMeeting, StandardMember, StandardMinutes
from app.standards.services import RealResults
from question_bank.assembly import ExamForm
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from tests.cast import CastMember
from tests.factories.bank import single_item

COMMITTEE = tuple(
    CastMember(f"Judge {n}", f"judge{n}@example.cn", (Role.COMMITTEE_MEMBER,)) for n in range(1, 7)
)
"""The first leads, five judge."""

APPROVER = CastMember("Rita", "rita@example.cn", (Role.REVIEWER,))

BLUEPRINT = ExamBlueprint.model_validate(
    {
        "id": "panel",
        "version": 1,
        "title": "四道题的卷",
        "level": "junior",
        "pool": "exam",
        "item_count": 4,
        "quotas": [],
    }
)
ITEMS = tuple(f"panel-{n}@1" for n in range(4))
DEFINITION = (
    "能照货盘排品、挂链、改价不出错，看得懂进房和成交，"
    "但还不会把几个数合起来找原因，要人提醒下一步。"
)

RATINGS = (
    (0.60, 0.80, 0.40, 0.70),
    (0.70, 0.90, 0.50, 0.80),
    (0.50, 0.70, 0.60, 0.60),
    (0.60, 0.85, 0.45, 0.70),
    (0.65, 0.75, 0.55, 0.65),
)
"""By judge, by item: judges' means 0.625, 0.725, 0.60, 0.65, 0.65; the panel's 0.65."""

CUT = 0.65

EBEL_PLACES = (
    ("easy", "essential"),
    ("easy", "essential"),
    ("hard", "important"),
    ("medium", "important"),
)
"""By item; with 90 % in easy cells and 50 % elsewhere the cut is 0.7."""

NO_RESULTS = RealResults({}, [])


def add_committee(db_session: Session, password_hash: str, *, now: datetime) -> list[Person]:
    """Open the accounts of the committee and of its approver."""
    return [
        accounts.register_person(
            db_session,
            account=one.account,
            display_name=one.name,
            password_hash=password_hash,
            now=now,
            roles=one.roles,
            actor="cli:test",
        )
        for one in (*COMMITTEE, APPROVER)
    ]


def publish_panel_bank(db_session: Session, *, now: datetime) -> None:
    """Publish a form of four items, and three more to practise on."""
    items = [single_item(f"panel-{n}") for n in range(4)]
    more = [single_item(f"spare-{n}") for n in range(3)]
    publish_bank(
        db_session,
        ItemBank([*items, *more]),
        [BLUEPRINT],
        is_public=False,
        actor="cli:test",
        now=now,
    )
    orders = tuple(tuple("abcd") for _ in ITEMS)
    store_form(db_session, ExamForm(BLUEPRINT.ref, ITEMS, orders), now=now)


class Meeting:
    """A meeting that is led through its stages by name; convened here unless it is given."""

    def __init__(
        self,
        db_session: Session,
        people: Sequence[Person],
        *,
        now: datetime,
        method: str = "angoff",
        row: StandardMeeting | None = None,
    ) -> None:
        self.db_session = db_session
        self.leader, *self.judges, self.approver = people
        self.now = now
        self.row = row or panel.convene(
            db_session,
            BLUEPRINT.ref,
            method=method,
            coordinator_id=self.leader.id,
            judge_ids=[one.id for one in self.judges],
            actor="person:leader",
            now=now,
        )

    @property
    def act(self) -> dict[str, object]:
        return {"actor": "person:leader", "now": self.now}

    def member(self, place: int) -> StandardMember:
        found = queries.member_or_none(self.db_session, self.row.id, self.judges[place].id)
        assert found is not None
        return found

    def prepare(self) -> None:
        definition = panel.write_definition(
            self.db_session, self.row, DEFINITION, person_id=self.leader.id, now=self.now
        )
        for place in range(len(self.judges)):
            member = self.member(place)
            panel.declare_interest(self.db_session, self.row, member, "", **self.act)
            panel.agree(self.db_session, self.row, member, definition.number, now=self.now)
        services.begin_training(self.db_session, self.row, **self.act)

    def judge(
        self, ratings: Sequence[Sequence[float]] = RATINGS, *, places: Sequence[int] = ()
    ) -> None:
        """Let everybody, or some, judge the open round; in the training, all say a half."""
        if self.row.method == "ebel":
            self.judge_grid()
            return
        for place in places or range(len(self.judges)):
            for at, ref in enumerate(self.row.refs_now):
                share = ratings[place][at] if self.row.round else 0.5
                self.rate(place, ref, share)

    def judge_grid(self) -> None:
        """Let everybody put the items where `EBEL_PLACES` says: 90 % in easy cells, else 50 %."""
        for place in range(len(self.judges)):
            for at, subject in enumerate(queries.subjects_in(self.row, self.row.round)):
                given = Judgement(None, *EBEL_PLACES[at % 4])
                if judging.is_share(self.row, subject):
                    given = Judgement(expected_fraction=0.9 if "easy" in subject else 0.5)
                judging.save_judgement(
                    self.db_session,
                    self.row,
                    self.member(place),
                    subject,
                    given,
                    round_number=self.row.round,
                    key=f"key-{self.row.round}-{subject}",
                    now=self.now,
                )

    def rate(self, place: int, ref: str, share: float, key: str = "") -> None:
        judging.save_judgement(
            self.db_session,
            self.row,
            self.member(place),
            ref,
            Judgement(expected_fraction=share),
            round_number=self.row.round,
            key=key or f"key-{self.row.round}-{ref}",
            now=self.now,
        )

    def discuss(self, results: RealResults = NO_RESULTS) -> None:
        services.begin_discussion(self.db_session, self.row, results, **self.act)

    def next_round(self) -> None:
        services.begin_round(self.db_session, self.row, **self.act)

    def judge_rounds(self, count: int = 2, results: RealResults = NO_RESULTS) -> None:
        """Prepare, and go through the training and so many rounds."""
        self.prepare()
        self.judge()
        self.discuss(results)
        for _ in range(count):
            self.next_round()
            self.judge()
            self.discuss(results)

    def close(self, shares: Sequence[float] = (0.5, 0.7, 0.1, 0.4)) -> StandardMinutes:
        services.ask_for_bounds(self.db_session, self.row, **self.act)
        for place in range(len(self.judges)):
            judging.save_bounds(
                self.db_session, self.row, self.member(place), list(shares), now=self.now
            )
        return minutes.close_meeting(self.db_session, self.row, **self.act)

    def sign(self, person: Person, name: str = "", content_hash: str = "") -> None:
        held = queries.minutes_of(self.db_session, self.row)
        minutes.sign(
            self.db_session,
            self.row,
            person_id=person.id,
            name=name or person.display_name,
            content_hash=content_hash or held.content_hash,
            **self.act,
        )

    def sign_all(self) -> None:
        for person in (self.leader, *self.judges):
            self.sign(person)

    def decide(self, person: Person, outcome: str = "approved") -> None:
        minutes.decide(
            self.db_session,
            self.row,
            outcome=outcome,
            reason="与培训目标一致",
            content_hash=queries.minutes_of(self.db_session, self.row).content_hash,
            person_id=person.id,
            **self.act,
        )
