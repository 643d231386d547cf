"""The hall of an exam day: an instance of its own with a paper, candidates, attempts and rooms."""

from __future__ import annotations

import contextlib
import json
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.accounts.services import collect_identity, open_web_session, register_person
from app.bank.services import publish_bank
from app.certification.publishing import publish_programmes
from app.core import clock
from app.core.config import Settings
from app.core.db import transaction
from app.exams import services as exams
from app.exams.drawing import store_form
from app.exams.terms import ExamTerms
from app.prepare import migrate
from app.rooms.clocks import START_COUNTDOWN
from app.rooms.services import start_practice
from app.studio.services import publish_scenarios, store_finding
from question_bank.assembly import assemble_form
from question_bank.banks import ItemBank
from question_bank.blueprints import ExamBlueprint
from simulations.loading import CONTENT_DIR, shipped_scenarios
from simulations.policies import reference_path
from tests import cast
from tests.factories.bank import single_item
from tests.factories.certification import enrol_little, little_programme
from tests.faults.ground import application, settings_at
from tests.postgres import PostgresServer, free_port, postgres_or_skip

PAPER_ITEMS = 20
"""Items of the paper, as many as of the peers' attempts (performance A)."""

FORMS = 3
"""Distinct forms; candidates share them, each by a row of its own."""

LIMIT_S = 3 * 3600

PROGRAMME = little_programme(
    id="bench",
    is_demo=True,
    retake_days=0,
    max_per_quarter=None,
    theory={"blueprint_ref": "bench@1", "minutes": 60, "cut_fraction": 0.6},
    room={
        "scenario_ref": "f1@1",
        "speed": 4.0,
        "cut_score": 25.0,
        "room_weight": 1.0,
        "forecast_weight": 0.0,
    },
)


@dataclass(frozen=True)
class Seat:
    """A candidate: account, and what waits for it.

    Attributes:
        account: Signs in with `cast.PASSWORD`.
        secret: Of a session cookie that is signed in already.
        public_id: Of the open attempt or room; empty if there is none.
    """

    account: str
    secret: str
    public_id: str


@dataclass
class Hall:
    """An instance that no server serves yet."""

    settings: Settings
    postgres: PostgresServer | None

    @property
    def store(self) -> str:
        return "SQLite" if self.postgres is None else "PostgreSQL"

    def seats(self, count: int, *, attempts: bool = False, rooms: bool = False) -> list[Seat]:
        """Open accounts, signed in and enrolled, with an open attempt or room if wanted."""
        hashed = hash_password(cast.PASSWORD)
        out = []
        with application(self.settings) as app, transaction() as db_session:
            now = clock.now()
            for _ in range(count):
                account = f"c{secrets.token_hex(6)}@example.cn"
                register_person(
                    db_session, account=account, display_name="考生", password_hash=hashed, now=now
                )
                person = db_session.scalars(select(Person).where(Person.email == account)).one()
                secret = open_web_session(
                    db_session, person, address="127.0.0.1", user_agent="bench", now=now
                )
                public_id = ""
                if rooms:
                    scenario = shipped_scenarios()["f1"]
                    public_id = start_practice(
                        db_session, person.id, scenario, is_demo=True, now=now - START_COUNTDOWN
                    ).public_id
                elif attempts:
                    public_id = self._attempt(db_session, person.id, now)
                else:
                    self._enrol(app, db_session, person, now)
                out.append(Seat(account, secret, public_id))
        return out

    def _attempt(self, db_session, person_id, now) -> str:  # type: ignore[no-untyped-def]
        store_form(db_session, paper(secrets.randbelow(FORMS)), now=now)
        terms = ExamTerms(
            exam_code="bench@1:theory",
            programme_ref="bench@1",
            title="测速卷",
            blueprint_ref="bench@1",
            limit_s=LIMIT_S,
            cut_fraction=0.6,
            is_demo=True,
        )
        return exams.start_attempt(db_session, person_id, terms, now=now).public_id

    def _enrol(self, app, db_session, person, now) -> None:  # type: ignore[no-untyped-def]
        store_form(db_session, paper(secrets.randbelow(FORMS)), now=now)
        collect_identity(
            db_session,
            person.id,
            person.public_id,
            legal_name="测速",
            number=identity_number(),
            keys=app.extensions["field_keys"],
            now=now,
        )
        enrol_little(app, db_session, person.id, PROGRAMME, now=now)


def identity_number() -> str:
    """Return a resident identity number that nobody has, with its check character."""
    body = "110101" + "19900101" + f"{secrets.randbelow(1000):03d}"
    body = f"{110000 + secrets.randbelow(9999):06d}" + body[6:]
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def paper_bank() -> ItemBank:
    """Forty single-choice items with four choices each."""
    return ItemBank([single_item(f"bench-{n}") for n in range(2 * PAPER_ITEMS)])


PAPER = ExamBlueprint.model_validate(
    {
        "id": "bench",
        "version": 1,
        "title": "测速卷",
        "level": "junior",
        "pool": "exam",
        "item_count": PAPER_ITEMS,
        "quotas": [{"kind": "single_choice", "least": PAPER_ITEMS, "most": PAPER_ITEMS}],
    }
)

_PAPERS: dict[int, object] = {}


def paper(number: int):  # type: ignore[no-untyped-def]
    """Return one of the drawn forms."""
    if number not in _PAPERS:
        _PAPERS[number] = assemble_form(paper_bank(), PAPER, seed=bytes([number]) * 16)
    return _PAPERS[number]


@contextlib.contextmanager
def halls(stores: Sequence[str] = ("sqlite", "postgresql")) -> Iterator[list[Hall]]:
    """Prepare an instance on each store, for as long as the block runs."""
    with contextlib.ExitStack() as stack:
        out = []
        for store in stores:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caopan-hall-")))
            server = None
            url = ""
            if store == "postgresql":
                server = stack.enter_context(postgres_or_skip(durable=True))
                server.create_database("hall")
                url = server.url("hall")
            hall = Hall(settings_at(folder, free_port(), url), server)
            _prepare(hall.settings)
            out.append(hall)
        yield out


def _prepare(settings: Settings) -> None:
    with application(settings):
        migrate()
        with transaction() as db_session:
            now = clock.now()
            publish_bank(
                db_session, paper_bank(), [PAPER], is_public=False, actor="cli:bench", now=now
            )
            scenario = shipped_scenarios()["f1"]
            publish_scenarios(db_session, [scenario], is_public=True, actor="cli:bench", now=now)
            store_finding(
                db_session,
                scenario.content_hash(),
                "reference",
                json.loads(reference_path(scenario, CONTENT_DIR).read_text(encoding="utf-8")),
                engine_version=scenario.engine,
                now=now,
            )
            publish_programmes(db_session, (PROGRAMME,), actor="cli:bench", now=now)
