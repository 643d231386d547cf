"""Plan a contest: its terms, its rounds, and the sealed keys of each."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests import queries
from app.contests.events import RoundTurned
from app.contests.models import (
    ROUND_KINDS,
    Contest,
    ContestCheck,
    ContestRound,
    ContestRulesVersion,
    RoundSeal,
)
from app.contests.rules import ContestRules
from app.core.audit.services import record_act
from app.core.crypto import FieldKeys
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.events import publish
from app.rooms.staging import check_stageable
from app.studio.queries import scenario_of
from simulations.commitments import Seal, new_seal, parse_seal
from simulations.rooms import new_keys

logger = logging.getLogger(__name__)

STAGE_OF = {"rehearsal": 0, "heat": 1, "final": 2}
MAIN = "main"
MOST_REASON = 400


class ContestStageError(ConflictError):
    """Raised when a contest's state does not allow an act (any more, or yet)."""

    code = "contest_stage"


class RulesTakenError(ConflictError):
    """Raised when published rules would be changed under the same version."""

    code = "contest_rules_taken"


@dataclass(frozen=True)
class NewContest:
    """The terms of a contest that is planned."""

    title: str
    summary: str
    rules_ref: str
    seat_count: int
    entry_opens_at: datetime
    entry_closes_at: datetime


@dataclass(frozen=True)
class NewRound:
    """The terms of a round that is planned."""

    kind: str
    title: str
    scenario_ref: str
    speed: float
    place_count: int
    starts_at: datetime


def publish_rules(db_session: Session, rules: ContestRules, *, now: datetime) -> bool:
    """Add a version of the rules; the same again does nothing. Says whether it was added.

    Raises:
        RulesTakenError: If the version is there with another text.
    """
    body = rules.model_dump(mode="json")
    held = db_session.scalar(
        select(ContestRulesVersion).where(
            ContestRulesVersion.rules_id == rules.id, ContestRulesVersion.version == rules.version
        )
    )
    if held is not None:
        if held.body != body:
            raise RulesTakenError(f"rules {rules.ref}")
        return False
    db_session.add(
        ContestRulesVersion(rules_id=rules.id, version=rules.version, body=body, published_at=now)
    )
    db_session.flush()
    return True


def plan_contest(
    db_session: Session, terms: NewContest, *, actor: str, is_demo: bool, now: datetime
) -> Contest:
    """Plan a contest; nobody sees it until two people publish it.

    Raises:
        InvalidInputError: If entry would close before it opens, or has closed already.
        NotFoundError: If there are no such rules.
    """
    queries.rules_version(db_session, terms.rules_ref)
    if not terms.entry_opens_at < terms.entry_closes_at:
        raise InvalidInputError("entry", [{"field": "entry_closes_at", "code": "before_opening"}])
    contest = Contest(
        title=terms.title,
        summary=terms.summary,
        rules_ref=terms.rules_ref,
        seat_count=terms.seat_count,
        entry_opens_at=terms.entry_opens_at,
        entry_closes_at=terms.entry_closes_at,
        is_demo=is_demo,
        planned_by=actor,
        planned_at=now,
    )
    db_session.add(contest)
    db_session.flush()
    note(db_session, contest, "planned", actor, now, {"rules": terms.rules_ref})
    return contest


def plan_round(
    db_session: Session,
    contest: Contest,
    terms: NewRound,
    *,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> ContestRound:
    """Add a round to a locked contest that is being planned, and seal its keys.

    Raises:
        ContestStageError: If the contest is announced already.
        InvalidInputError: If the kind is none, the speed too high, or the start too early.
        RoomNotReadyError: If the scenario could not be played at this speed.
        NotFoundError: If there is no such scenario.
    """
    if contest.state != "draft":
        raise ContestStageError(f"{contest!r}: rounds are planned before it is announced")
    if terms.kind not in ROUND_KINDS:
        raise InvalidInputError("kind", [{"field": "kind", "code": "unknown"}])
    if not 1 <= terms.speed <= 2:
        raise InvalidInputError("speed", [{"field": "speed", "code": "out_of_range"}])
    _check_start(contest, terms.kind, terms.starts_at, now)
    scenario = scenario_of(db_session, terms.scenario_ref)
    check_stageable(db_session, scenario, terms.speed)
    ordinal = (
        db_session.scalar(
            select(func.max(ContestRound.ordinal)).where(ContestRound.contest_id == contest.id)
        )
        or 0
    )
    round_ = ContestRound(
        contest_id=contest.id,
        ordinal=ordinal + 1,
        stage=STAGE_OF[terms.kind],
        kind=terms.kind,
        title=terms.title,
        scenario_ref=scenario.ref,
        speed=terms.speed,
        place_count=terms.place_count,
        starts_at=terms.starts_at,
    )
    db_session.add(round_)
    db_session.flush()
    count = queries.rules_of(db_session, contest).rounds.reserve_count
    for slot in (MAIN, *(f"reserve-{number}" for number in range(1, count + 1))):
        _seal(db_session, contest, round_, slot, keys=keys, actor=actor, now=now)
    note(
        db_session,
        contest,
        "round_planned",
        actor,
        now,
        {"round": round_.public_id, "scenario": scenario.ref, "kind": terms.kind},
    )
    return round_


def move_round(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    *,
    starts_at: datetime,
    speed: float,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Give a locked round another start, another speed, or both: for everybody alike.

    A slower speed is how a contest gives time to who needs more: the clock is one for all, so all
    get it. What is sealed stays as it is.

    Raises:
        ContestStageError: If the round has its rooms, or the contest is over.
        InvalidInputError: If the start is too early, the speed out of range, nothing changes, or
            there is no reason.
        RoomNotReadyError: If the scenario could not be played at this speed.
    """
    if round_.readied_at is not None or contest.state not in {"draft", "published", "running"}:
        raise ContestStageError(f"{round_!r}: it has its rooms, or the contest is over")
    _check_start(contest, round_.kind, starts_at, now)
    if not 1 <= speed <= 2:
        raise InvalidInputError("speed", [{"field": "speed", "code": "out_of_range"}])
    if (starts_at, speed) == (round_.starts_at, round_.speed):
        raise InvalidInputError("starts_at", [{"field": "starts_at", "code": "unchanged"}])
    if not 2 <= len(reason.strip()) <= MOST_REASON:
        raise InvalidInputError("reason", [{"field": "reason", "code": "length"}])
    check_stageable(db_session, scenario_of(db_session, round_.scenario_ref), speed)
    details = {
        "round": round_.public_id,
        "from": [round_.starts_at.isoformat(), round_.speed],
        "to": [starts_at.isoformat(), speed],
        "reason": reason.strip(),
    }
    round_.starts_at, round_.speed = starts_at, speed
    note(db_session, contest, "round_moved", actor, now, details)
    if contest.published_at is not None:
        publish(db_session, RoundTurned(contest.id, round_.id, "moved", now))


def _check_start(contest: Contest, kind: str, starts_at: datetime, now: datetime) -> None:
    """Refuse a start that is past, or of a counted round before entry has closed."""
    least = now if kind == "rehearsal" else max(now, contest.entry_closes_at)
    if starts_at <= least:
        raise InvalidInputError("starts_at", [{"field": "starts_at", "code": "too_early"}])


def seal_of(db_session: Session, round_: ContestRound, slot: str) -> RoundSeal:
    """Return a seal of a round.

    Raises:
        NotFoundError: If there is none in that slot.
    """
    found = db_session.scalar(
        select(RoundSeal).where(RoundSeal.round_id == round_.id, RoundSeal.slot == slot)
    )
    if found is None:
        raise NotFoundError(f"seal {slot} of {round_!r}")
    return found


def read_sealed(row: RoundSeal, round_: ContestRound, keys: FieldKeys) -> Seal:
    """Return what a seal holds; only whoever makes the rooms asks."""
    text = keys.decrypt(row.document_sealed, place=_place_of(round_, row.slot))
    return parse_seal(json.loads(text))


def open_seals(
    db_session: Session, contest: Contest, *, keys: FieldKeys, actor: str, now: datetime
) -> int:
    """Open every seal of a contest whose rooms are all judged: used ones and reserves alike.

    Returns:
        How many were opened now.
    """
    opened = 0
    for round_ in queries.rounds_of(db_session, contest.id):
        for row in queries.seals_of(db_session, [round_.id]).get(round_.id, []):
            if row.opened_at is None:
                row.opened = read_sealed(row, round_, keys).document()
                row.opened_at = now
                opened += 1
    if opened:
        note(db_session, contest, "seals_opened", actor, now, {"count": opened})
    db_session.flush()
    return opened


def tick_off(
    db_session: Session, contest: Contest, code: str, *, done: bool, actor: str, now: datetime
) -> None:
    """Tick a line of the day's checklist of a locked contest, or take the tick back.

    Raises:
        NotFoundError: If the checklist has no such line.
    """
    if code not in {one.code for one in queries.rules_of(db_session, contest).checklist}:
        raise NotFoundError(f"checklist line {code}")
    held = queries.checks_of(db_session, contest.id).get(code)
    if done and held is None:
        db_session.add(ContestCheck(contest_id=contest.id, code=code, done_by=actor, done_at=now))
    elif not done and held is not None:
        db_session.delete(held)
    else:
        return
    note(db_session, contest, "checked" if done else "unchecked", actor, now, {"line": code})


def note(
    db_session: Session,
    contest: Contest,
    verb: str,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Write an act into the contest's chain of the audit log."""
    db_session.flush()
    record_act(
        db_session,
        subject=f"contest:{contest.public_id}",
        action=f"contest.{verb}",
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r: %s", contest, verb)


def _seal(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    slot: str,
    *,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> None:
    seal = new_seal(
        f"contest:{contest.public_id}/round:{round_.public_id}/{slot}",
        scenario_of(db_session, round_.scenario_ref),
        new_keys(secrets.token_bytes),
        secrets.token_bytes,
    )
    text = json.dumps(seal.document(), sort_keys=True)
    db_session.add(
        RoundSeal(
            round_id=round_.id,
            slot=slot,
            commitment=seal.commitment,
            document_sealed=keys.encrypt(text, place=_place_of(round_, slot)),
            sealed_at=now,
            sealed_by=actor,
        )
    )


def _place_of(round_: ContestRound, slot: str) -> str:
    return f"round_seal/document_sealed/{round_.public_id}/{slot}"
