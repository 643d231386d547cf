"""A little contest in the little room: two heats of it or one round, jurors, certified entrants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person, RoleGrant
from app.accounts.roles import Role
from app.accounts.services import collect_identity, register_person
from app.contests import entering, judging, planning, proposals, queries, running
from app.contests.models import Contest, ContestEntry, ContestRound
from app.contests.rules import ContestRules, load_rules, parse_rules
from app.rooms.chains import append_to
from app.rooms.models import RoomSession
from app.rooms.services import open_page
from certificates.programmes import CertificationProgramme
from simulations.actions import parse_action
from tests.factories.certification import (
    add_attempt,
    certify,
    enrol_little,
    little_programme,
    publish_little_programme,
)

PLANNER, SECOND = "person:planner", "person:second"
"""Two organisers, as the audit log names them."""

OPENS = timedelta(hours=-1)
CLOSES = timedelta(hours=1)
STARTS = timedelta(hours=2)
"""From the moment at which a little contest is planned."""

GOOD_LOG: tuple[tuple[int, dict[str, Any]], ...] = (
    (12, {"verb": "pin", "product": "jeans"}),
    (24, {"verb": "lucky_bag", "prize_fen": 5000, "minutes": 5}),
    (72, {"verb": "pin", "product": "coat"}),
    (132, {"verb": "pin", "product": "jeans"}),
    (192, {"verb": "pin", "product": "coat"}),
    (252, {"verb": "pin", "product": "jeans"}),
)
"""What a good operator does in the little room."""


def little_rules(*, window_h: float = 24, with_review: bool = False, **more: Any) -> ContestRules:
    """The shipped rules, for the little programmes, with few shadows."""
    body = load_rules()[0].model_dump(mode="json")
    body["id"], body["programme_id"] = "little-contest", "grand"
    body["entry"] = {"level": "junior"}
    body["score"] |= {"shadow_count": 4, "futures": 10}
    body["protests"] |= {"window_h": window_h}
    if not with_review:
        body["review"] = None
        weights = {"plan": 0.25, "decisions": 0.35, "composure": 0.2, "compliance": 0.2}
        body["jury"]["criteria"] = [
            one | {"weight": weights[one["code"]]}
            for one in body["jury"]["criteria"]
            if one["code"] in weights
        ]
    return parse_rules(body | more)


def certify_entrant(app: Flask, db_session: Session, person: Person, *, now: datetime) -> None:
    """Certify somebody at the entry level; enrol them in the grand programme, theory passed."""
    collect_identity(
        db_session,
        person.id,
        person.public_id,
        legal_name=f"选手{person.id}",
        number=identity_number(person.id),
        keys=app.extensions["field_keys"],
        now=now,
    )
    certify(app, db_session, person.id, little_programme(), at=now - timedelta(days=3))
    grand = grand_programme()
    enrol_little(app, db_session, person.id, grand, now=now - timedelta(days=2))
    add_attempt(db_session, person.id, 0.9, at=now - timedelta(days=1), programme=grand)


def grand_programme(cut_score: float = 5.0) -> CertificationProgramme:
    """A programme whose practical part a contest stands for, by a low standard."""
    return little_programme(
        id="grand",
        level="senior",
        title="直播电商操盘手认证（高级）",
        title_en="Senior",
        room={
            "scenario_ref": "little@1",
            "speed": 2.0,
            "cut_score": cut_score,
            "room_weight": 1.0,
            "forecast_weight": 0.0,
        },
        contest={"cut_score": cut_score},
    )


def little_contest(
    db_session: Session,
    *,
    now: datetime,
    keys: Any,
    kinds: Sequence[str] = ("final",),
    seats: int = 40,
    rules: ContestRules | None = None,
    cut_score: float = 5.0,
) -> Contest:
    """Publish the little content and a contest with rounds of these kinds, announced by two."""
    publish_little_programme(
        db_session, little_programme(), grand_programme(cut_score), now=now - timedelta(days=9)
    )
    queries.forget_rules()
    held = rules or little_rules()
    planning.publish_rules(db_session, held, now=now)
    contest = planning.plan_contest(
        db_session,
        planning.NewContest(
            title="小小操盘赛",
            summary="",
            rules_ref=held.ref,
            seat_count=seats,
            entry_opens_at=now + OPENS,
            entry_closes_at=now + CLOSES,
        ),
        actor=PLANNER,
        is_demo=True,
        now=now,
    )
    for number, kind in enumerate(kinds, 1):
        planning.plan_round(
            db_session,
            contest,
            planning.NewRound(
                kind=kind,
                title=f"{kind} {number}",
                scenario_ref="little@1",
                speed=2,
                place_count=max(2, seats),
                starts_at=now + STARTS + timedelta(days=number - 1),
            ),
            keys=keys,
            actor=PLANNER,
            now=now,
        )
    two_people(db_session, contest, "publish", keys=keys, now=now)
    return contest


def two_people(
    db_session: Session,
    contest: Contest,
    act: str,
    *,
    keys: Any,
    now: datetime,
    subject: str = "",
    **payload: Any,
) -> None:
    """Propose an act by one and confirm it by another."""
    proposal = proposals.propose(
        db_session,
        contest,
        act,
        subject=subject,
        payload=payload,
        reason="按规程",
        actor=PLANNER,
        now=now,
    )
    proposals.decide(db_session, contest, proposal, "confirmed", keys=keys, actor=SECOND, now=now)


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(serial: int) -> str:
    """Return an identity number of a region that was never given out, with its check character."""
    digits = f"99000119900101{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def new_person(
    db_session: Session, name: str, *roles: Role, now: datetime, password_hash: str = "x"
) -> Person:
    """Open an account."""
    return register_person(
        db_session,
        account=f"{name}@contest.example",
        display_name=name,
        password_hash=password_hash,
        now=now,
        roles=roles or (Role.CANDIDATE,),
        actor="cli:test",
    )


def enter_certified(
    app: Flask, db_session: Session, contest: Contest, person: Person, *, now: datetime
) -> ContestEntry:
    """Certify somebody at the entry level, enrol them in the grand programme, and enter them."""
    certify_entrant(app, db_session, person, now=now)
    return entering.enter(
        db_session,
        contest,
        person.id,
        public_name=person.display_name,
        settings=app.config["SETTINGS"],
        now=now,
    )


def with_jurors(db_session: Session, contest: Contest, count: int, *, now: datetime) -> list[int]:
    """Appoint so many jurors; returns their person ids."""
    found = []
    for number in range(count):
        person = new_person(db_session, f"juror{number}", Role.JUROR, now=now)
        judging.appoint(db_session, contest, person, actor=PLANNER, now=now)
        found.append(person.id)
    return found


def ready(
    app: Flask, db_session: Session, contest: Contest, round_: ContestRound, *, now: datetime
) -> list[RoomSession]:
    """Make a round's rooms and return them by lane."""
    running.ready_round(
        db_session,
        contest,
        round_,
        keys=app.extensions["field_keys"],
        settings=app.config["SETTINGS"],
        actor=PLANNER,
        now=now,
    )
    return [room for _, room in queries.run_rooms(db_session, round_)]


def operate(
    db_session: Session,
    room: RoomSession,
    log: Sequence[tuple[int, dict[str, Any]]],
    *,
    now: datetime,
) -> None:
    """Open a room and put actions into its log, as its operator's would stand there."""
    open_page(db_session, room, now=now)
    for tick, data in log:
        action = parse_action(data).to_dict()
        append_to(db_session, room, "acted", {"action": action, "tick": tick}, now=now)
        room.last_tick = tick
    db_session.flush()


def give_role(db_session: Session, person: Person, role: Role, *, now: datetime) -> None:
    """Grant a role, once."""
    held = db_session.scalar(
        select(RoleGrant.id).where(RoleGrant.person_id == person.id, RoleGrant.role == role)
    )
    if held is None:
        db_session.add(
            RoleGrant(person_id=person.id, role=role, granted_at=now, granted_by="cli:test")
        )
        db_session.flush()
