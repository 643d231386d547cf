"""A demonstration's candidates at all three levels, a season of decisions, and a draft.

Results that nobody sat say so: their evidence is `demo:…`, the certificates carry the mark 演示.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Person
from app.accounts.passwords import hash_password
from app.certification import claims, deciding, issuing, queries, services
from app.core import clock
from app.core.config import Settings
from app.core.crypto import FieldKeys
from app.core.db import transaction
from app.core.ids import new_secret
from app.programmes import drafts
from app.programmes.blueprints import drafting
from app.programmes.seasons import season_at
from app.providers import queries as providers
from app.providers import staffing
from certificates.credentials import Holder
from certificates.decisions import Verdict, decide
from certificates.levels import Level
from certificates.outcomes import ContestOutcome, Logged, Outcome, RoomOutcome, TheoryOutcome
from certificates.programmes import CertificationProgramme

ACTOR = "cli:demo"
COMMITTEE_ACCOUNT = "committee@demo.example"
LECTURER_ACCOUNT = "lecturer@demo.example"
CANDIDATE_ACCOUNT = "candidate@demo.example"
SEASON_PROGRAMME = "intermediate"
DRAFTED_BLUEPRINT = "intermediate-theory"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Climber:
    """Somebody who holds certificates up to a level; nobody can sign in as them."""

    account: str
    name: str
    number: str
    levels: tuple[str, ...]


# Identity numbers of a region code that was never given out, with right check characters.
CLIMBERS = (
    Climber("level-2@demo.example", "温书白", "990001199307150016", ("junior", "intermediate")),
    Climber(
        "level-3@demo.example", "江暮云", "990001199002110018", ("junior", "intermediate", "senior")
    ),
)

SEASON = (
    # Theory, first room, second room, provider's code or none.
    (0.81, 52.0, 47.5, "LX-0024"),
    (0.76, 44.0, 41.0, "LX-0024"),
    (0.71, 46.5, 58.0, "LX-0024"),
    (0.70, 41.2, 40.3, "LX-0024"),
    (0.88, 63.0, 66.4, "LX-0024"),
    (0.73, 38.0, 52.0, "LX-0024"),
    (0.64, None, None, "LX-0024"),
    (0.79, 43.1, 49.0, "QH-0539"),
    (0.72, 45.0, 43.9, "QH-0539"),
    (0.69, None, None, "QH-0539"),
    (0.75, 36.4, None, "QH-0539"),
    (0.84, 57.3, 44.4, ""),
    (0.71, 42.0, 42.6, ""),
    (0.78, 40.5, 40.0, ""),
    (0.62, None, None, ""),
    (0.74, 48.8, 35.2, ""),
    (0.70, 61.0, 55.1, ""),
    (0.68, None, None, ""),
)
"""Best results of a season's candidates in the 中级 programme."""


def load_demo_programmes() -> None:
    """Fill the demonstration's programmes: a step of `flask demo load`."""
    settings: Settings = current_app.config["SETTINGS"]
    keys: FieldKeys = current_app.extensions["field_keys"]
    now = clock.now()
    # Nobody knows the secret behind it: these accounts are rows of a list, not sign-ins.
    locked = hash_password(new_secret())
    with transaction() as db_session:
        if accounts.person_of_account_or_none(db_session, CLIMBERS[0].account) is not None:
            return
        for one in CLIMBERS:
            _climb(db_session, one, locked, settings=settings, keys=keys, now=now)
        _hold_season(db_session, locked, settings=settings, now=now)
        _state_practice(db_session, now=now)
        _draft_next(db_session, now=now)
    click.echo(f"demonstration programmes: {len(SEASON)} decided candidates, 2 drafts")


def _climb(
    db_session: Session,
    one: Climber,
    locked: str,
    *,
    settings: Settings,
    keys: FieldKeys,
    now: datetime,
) -> None:
    person = _open_account(db_session, one.account, one.name, locked, now=now)
    account_services.collect_identity(
        db_session,
        person.id,
        person.public_id,
        legal_name=one.name,
        number=one.number,
        keys=keys,
        now=now,
    )
    held: frozenset[Level] = frozenset()
    for place, programme_id in enumerate(one.levels):
        programme = queries.newest_programme(db_session, programme_id)
        at = now - (300 - 110 * place) * DAY
        results: list[Outcome] = [_theory(programme, person, 0.86, at=at - 9 * DAY)]
        if programme.contest is not None:
            evidence = f"demo:{person.public_id}:{programme.id}"
            results.append(ContestOutcome(evidence_id=evidence, score=68.2, finished_at=at - DAY))
        else:
            results += _rooms(programme, person, (51.3, 49.8), at=at - DAY)
        _certify(db_session, person, programme, results, held, settings=settings, at=at)
        held |= {programme.level}


def _hold_season(db_session: Session, locked: str, *, settings: Settings, now: datetime) -> None:
    season = season_at(now).before
    programme = queries.newest_programme(db_session, SEASON_PROGRAMME)
    for number, (theory, first, second, provider_code) in enumerate(SEASON, 1):
        name = f"演示考生{number:02d}"
        account = f"season-{number:02d}@demo.example"
        at = season.begin_at + (10 + 4 * number) * DAY
        begun = season.begin_at - 30 * DAY
        person = _open_account(db_session, account, name, locked, now=begun)
        if provider_code:
            _employ(db_session, provider_code, person, account, now=begun + DAY)
        results = [
            _theory(programme, person, theory, at=at - 3 * DAY),
            *_rooms(programme, person, (first, second), at=at - DAY),
        ]
        held = frozenset({Level.JUNIOR})
        _certify(db_session, person, programme, results, held, settings=settings, at=at)


def _certify(
    db_session: Session,
    person: Person,
    programme: CertificationProgramme,
    results: list[Outcome],
    held: frozenset[Level],
    *,
    settings: Settings,
    at: datetime,
) -> None:
    """Decide on results that nobody sat; issue what passes, marked as a demonstration."""
    enrolment = services.add_enrolment(
        db_session, person.id, programme, actor=ACTOR, now=at - 20 * DAY
    )
    for kind, least in (("sessions", 10), ("training", 24)):
        _log(db_session, person, kind, float(max(least, _demanded(programme, kind))), at=at)
    logged = Logged(
        sessions=programme.least_logged("sessions"),
        training_hours=float(programme.least_logged("training")),
    )
    decision = decide(programme, results, on=at, held_levels=held, logged=logged)
    record = deciding.record_decision(db_session, enrolment, decision, actor=ACTOR)
    if decision.verdict is Verdict.PASSED:
        issuing.issue_credential(
            db_session,
            enrolment,
            record,
            programme=programme,
            decision=decision,
            holder=Holder(name=person.display_name),
            reason="demonstration",
            actor=ACTOR,
            is_demo=True,
            verify_base_url=settings.public_base_url,
            now=at,
        )


def _demanded(programme: CertificationProgramme, kind: str) -> int:
    return programme.least_logged("sessions" if kind == "sessions" else "training")


def _log(db_session: Session, person: Person, kind: str, amount: float, *, at: datetime) -> None:
    claim = claims.NewClaim(
        kind=kind,
        amount=amount,
        happened_on=(at - 12 * DAY).date(),
        title="演示记录",
        source="演示环境自带，没有对应的真实场次",
    )
    row = claims.enter(db_session, person, claim, enterer=ACTOR, now=at - 11 * DAY)
    claims.decide_claim(db_session, row, "confirmed", decider="cli:demo-second", now=at - 10 * DAY)


def _theory(
    programme: CertificationProgramme, person: Person, fraction: float, *, at: datetime
) -> TheoryOutcome:
    return TheoryOutcome(
        evidence_id=f"demo:{person.public_id}:{programme.id}",
        blueprint_ref=programme.theory.blueprint_ref,
        score_fraction=fraction,
        finished_at=at,
    )


def _rooms(
    programme: CertificationProgramme,
    person: Person,
    scores: tuple[float | None, float | None],
    *,
    at: datetime,
) -> list[Outcome]:
    return [
        RoomOutcome(
            evidence_id=f"demo:{person.public_id}:{programme.id}",
            scenario_ref=room.scenario_ref,
            score=score,
            finished_at=at,
        )
        for room, score in zip(programme.rooms.values(), scores, strict=False)
        if score is not None
    ]


def _open_account(
    db_session: Session, account: str, name: str, locked: str, *, now: datetime
) -> Person:
    return account_services.register_person(
        db_session,
        account=account,
        display_name=name,
        password_hash=locked,
        now=now,
        actor=ACTOR,
        is_demo=True,
    )


def _employ(
    db_session: Session, provider_code: str, person: Person, account: str, *, now: datetime
) -> None:
    provider = providers.provider_by_code(db_session, provider_code)
    invitation = staffing.invite_staff(db_session, provider, account, "", actor=ACTOR, now=now)
    staffing.accept_invitation(
        db_session, person.id, invitation.public_id, now=now + timedelta(hours=5)
    )


def _state_practice(db_session: Session, *, now: datetime) -> None:
    """Give the candidate some practice: confirmed by the committee, and one that waits."""
    people = {
        account: accounts.person_of_account_or_none(db_session, account)
        for account in (CANDIDATE_ACCOUNT, COMMITTEE_ACCOUNT, LECTURER_ACCOUNT)
    }
    candidate, committee, lecturer = people.values()
    if candidate is None or committee is None or lecturer is None:
        return
    enterer = f"person:{lecturer.public_id}"
    rows = (
        claims.NewClaim(
            "sessions", 6, (now - 40 * DAY).date(), "云帆互动 · 服饰日播", "场次台账 2026-10"
        ),
        claims.NewClaim(
            "training", 12, (now - 33 * DAY).date(), "操盘基础课（12 学时）", "签到表与结课测验"
        ),
        claims.NewClaim(
            "sessions", 5, (now - 9 * DAY).date(), "云帆互动 · 家居专场", "场次台账 2026-11"
        ),
    )
    for place, row in enumerate(rows):
        claim = claims.enter(
            db_session, candidate, row, enterer=enterer, now=now - (8 - place) * DAY
        )
        if place < 2:
            claims.decide_claim(
                db_session,
                claim,
                "confirmed",
                decider=f"person:{committee.public_id}",
                now=now - (6 - place) * DAY,
            )


def _draft_next(db_session: Session, *, now: datetime) -> None:
    """Draft the next version of the 中级 programme and its blueprint, for the committee."""
    committee = accounts.person_of_account_or_none(db_session, COMMITTEE_ACCOUNT)
    if committee is None:
        return
    actor = f"person:{committee.public_id}"
    draft = drafts.open_draft(
        db_session, SEASON_PROGRAMME, actor=actor, now=now - 2 * DAY, comment="赛季总结会的建议"
    )
    body = copy.deepcopy(draft.body)
    body["theory"]["cut_fraction"] = 0.72
    body["room"]["cut_score"] = 42.0
    drafts.save_draft(
        db_session,
        draft,
        body,
        revision=draft.revision,
        actor=actor,
        now=now - DAY,
        comment="理论与第一场实操各收紧一点，先看效果",
    )
    blueprint = drafting.open_draft(db_session, DRAFTED_BLUEPRINT, actor=actor, now=now - 2 * DAY)
    drafting.save_draft(
        db_session,
        blueprint,
        copy.deepcopy(blueprint.body) | {"max_exposure": 0.25},
        revision=blueprint.revision,
        actor=actor,
        now=now - DAY,
        comment="一道题最多出现在四分之一的试卷里",
    )
