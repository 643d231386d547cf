"""The phase before minute 0 (开播前规划): drafts are kept, then one plan is fixed and time runs.

Every save is one event of the room's chain, under the room's lock, acknowledged after the commit.
A plan that breaks a rule of the scenario changes nothing. In a room that counts the phase has an
end; what was last saved is the plan then, so that nothing is ever lost and no start hangs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import (
    ConflictError,
    InvalidInputError,
    RateLimitedError,
    SupersededSessionError,
)
from app.core.hashing import canonical_json
from app.rooms.chains import append_to, is_known
from app.rooms.clocks import START_COUNTDOWN, RoomClock
from app.rooms.models import RoomEvent, RoomSession
from app.rooms.starting import PLAN_GRACE, actor_of
from app.studio.queries import scenario_of
from simulations.errors import PlanRefusedError
from simulations.planning import Plan
from simulations.plans import parse_plan, plan_data
from simulations.scenarios import Scenario

logger = logging.getLogger(__name__)

RATE_DRAFTS = 6
RATE_WINDOW = timedelta(seconds=3)
"""At most two drafts a second, counted over three, so that a quick pair is no offence."""

MOST_DRAFTS = 1500
"""Drafts that a room keeps; somebody who changes something every second needs fewer."""

FIELD_OF_RULE = {
    "grade_not_offered": "grade",
    "preheat_over_limit": "preheat_videos",
    "tray_unknown_product": "tray",
    "tray_duplicate": "tray",
    "tray_too_small": "tray",
    "tray_too_large": "tray",
    "trust_not_offered": "trust",
    "stock_over_limit": "stock",
    "aim_not_offered": "aim",
    "targets_wrong_count": "hourly_gmv_fen",
    "plan_over_purse": "total",
    "plan_over_cash": "total",
}
"""The part of the plan that a rule is about; others are about the whole."""


class PlanNotAllowedError(InvalidInputError):
    """Raised when the scenario does not allow a plan: nothing was saved; `errors` has each rule."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(
            f"plan: {', '.join(codes)}",
            [{"field": FIELD_OF_RULE.get(code, "plan"), "code": code} for code in codes],
        )
        self.code = codes[0]


class PlanClosedError(ConflictError):
    """Raised when the room is not being planned: the plan is fixed, or there never was one."""

    code = "plan_closed"


class PlanTimeOverError(ConflictError):
    """Raised when the phase is over; what was saved last is the plan."""

    code = "plan_time_over"


class DraftLimitError(ConflictError):
    """Raised when a room has kept as many drafts as it may."""

    code = "plan_draft_limit"


class PlanFirstError(ConflictError):
    """Raised when somebody would steer a room's clock, or end it, before its plan is fixed."""

    code = "plan_first"


@dataclass(frozen=True)
class SentPlan:
    """A draft or a plan as the page sent it.

    Attributes:
        key: Idempotency key, one for each save.
        writer_epoch: The page that writes; an older page is refused.
        plan: The plan; none: this save is about the words only.
        diagnosis: The person's words about the account; none: this save is about the plan only.
    """

    key: str
    writer_epoch: int
    plan: Plan | None
    diagnosis: str | None

    @property
    def content(self) -> dict[str, Any]:
        """Return what is saved, as an event's payload has it."""
        parts = {
            "plan": None if self.plan is None else plan_data(self.plan),
            "diagnosis": self.diagnosis,
        }
        return {name: value for name, value in parts.items() if value is not None}

    @property
    def sent(self) -> str:
        """Return what a repeat must match."""
        return canonical_json({"planned": self.content})


def allowed_scenario(scenario: Scenario, plan: Plan) -> Scenario:
    """Return a scenario with a plan.

    Raises:
        PlanNotAllowedError: If the scenario does not allow it.
    """
    try:
        return scenario.with_plan(plan)
    except PlanRefusedError as error:
        raise PlanNotAllowedError(error.codes) from error


def save_draft(db_session: Session, room: RoomSession, sent: SentPlan, *, now: datetime) -> None:
    """Keep a draft; a repeat of the same key does nothing.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        sent: The draft.
        now: The moment (aware).

    Raises:
        PlanClosedError, PlanTimeOverError, SupersededSessionError: Not here, or not any more.
        PlanNotAllowedError: The scenario does not allow the plan; nothing was saved.
        RateLimitedError, DraftLimitError: Too many saves.
        IdempotencyKeyReusedError: The key came before with something else.
    """
    if is_known(db_session, room, sent.key, sent.sent):
        return
    _check_open(room, sent.writer_epoch, now)
    _check_rate(db_session, room, now)
    if sent.plan is not None:
        allowed_scenario(scenario_of(db_session, room.scenario_ref), sent.plan)
    append_to(db_session, room, "drafted", sent.content, now=now, key=sent.key, sent=sent.sent)
    _keep(room, sent.content)
    db_session.flush()


def submit_plan(db_session: Session, room: RoomSession, sent: SentPlan, *, now: datetime) -> None:
    """Fix the plan and let the countdown run; a repeat of the same key does nothing.

    Args:
        db_session: The session of the caller's transaction.
        room: A locked room.
        sent: The plan; without one the last draft, without a draft the house's.
        now: The moment (aware).

    Raises:
        PlanClosedError, PlanTimeOverError, SupersededSessionError: Not here, or not any more.
        PlanNotAllowedError: The scenario does not allow the plan; nothing was changed.
        IdempotencyKeyReusedError: The key came before with something else.
    """
    if is_known(db_session, room, sent.key, sent.sent):
        return
    _check_open(room, sent.writer_epoch, now)
    _keep(room, sent.content)
    _fix(db_session, room, "submitted", at=now, now=now, key=sent.key, sent=sent.sent)


def take_due_plan(db_session: Session, room: RoomSession, *, now: datetime) -> bool:
    """Fix the last draft, or the house's plan, of a locked room that counts and ran out of time.

    The session starts when the phase was over, whoever looks and however late: as in a live room,
    time does not wait. Says whether a plan was fixed now.
    """
    due_at = room.plan_due_at
    if not room.is_planning or not room.is_exam or due_at is None or now < due_at + PLAN_GRACE:
        return False
    if room.plan_draft is not None:
        try:
            _fix(db_session, room, "draft", at=due_at, now=now)
        except PlanNotAllowedError:
            # Checked when it was saved: only a demonstration's redrafted scenario comes here.
            logger.exception("%r: the draft is not allowed any more", room)
            room.plan_draft = None
    if room.plan_draft is None:
        _fix(db_session, room, "house", at=due_at, now=now)
    return True


def offer_earlier_plan(
    db_session: Session, room: RoomSession, earlier: RoomSession, *, now: datetime
) -> None:
    """Put the plan and the words of an earlier practice room into a new one, as its first draft."""
    if not room.is_planning or earlier.plan is None:
        return
    content = {"plan": earlier.plan, "diagnosis": earlier.diagnosis or ""}
    append_to(db_session, room, "drafted", {**content, "from": earlier.public_id}, now=now)
    _keep(room, content)
    db_session.flush()


def inherit_plan(
    db_session: Session, room: RoomSession, origin: RoomSession, *, now: datetime
) -> None:
    """Give a room that goes on from a moment of another the other's plan: it was fixed there."""
    if origin.planned_at is None:
        return
    room.plan, room.diagnosis, room.planned_at = origin.plan, origin.diagnosis, now
    payload = {"plan": origin.plan or {}, "source": "origin", "room": origin.public_id}
    append_to(db_session, room, "planned", payload, now=now)


def _check_open(room: RoomSession, writer_epoch: int, now: datetime) -> None:
    if not room.is_planning or room.plan_due_at is None:
        raise PlanClosedError(f"{room!r}")
    if now >= room.plan_due_at + PLAN_GRACE:
        raise PlanTimeOverError(f"{room!r}")
    if writer_epoch != room.writer_epoch:
        raise SupersededSessionError(f"{room!r}: {writer_epoch} < {room.writer_epoch}")


def _check_rate(db_session: Session, room: RoomSession, now: datetime) -> None:
    drafts = select(func.count()).where(
        RoomEvent.room_session_id == room.id, RoomEvent.kind == "drafted"
    )
    if (db_session.scalar(drafts.where(RoomEvent.at > now - RATE_WINDOW)) or 0) >= RATE_DRAFTS:
        raise RateLimitedError(f"{room!r}: {RATE_DRAFTS} in {RATE_WINDOW}", retry_after_s=1)
    if (db_session.scalar(drafts) or 0) >= MOST_DRAFTS:
        raise DraftLimitError(f"{room!r}: {MOST_DRAFTS}")


def _keep(room: RoomSession, content: dict[str, Any]) -> None:
    if "plan" in content:
        room.plan_draft = content["plan"]
    if "diagnosis" in content:
        room.diagnosis = content["diagnosis"]


def _fix(
    db_session: Session,
    room: RoomSession,
    source: str,
    *,
    at: datetime,
    now: datetime,
    key: str = "",
    sent: str = "",
) -> None:
    plan = parse_plan(room.plan_draft or {})
    planned = allowed_scenario(scenario_of(db_session, room.scenario_ref), plan)
    if room.starts_together and room.plan_due_at is not None:
        at = room.plan_due_at  # who plans fast does not start before the others
    clock = RoomClock.starting(at + START_COUNTDOWN, room.clock_speed, room.duration_ticks)
    data = plan_data(plan)
    payload = {
        "plan": data,
        "diagnosis": room.diagnosis or "",
        "source": source,
        "scenario_hash": planned.content_hash(),
        "starts_at": clock.starts_at.isoformat(),
    }
    append_to(db_session, room, "planned", payload, now=now, key=key, sent=sent)
    room.plan, room.planned_at = data, now
    room.starts_at, room.clock_at, room.is_paused = clock.starts_at, clock.at, clock.is_paused
    room.clock_ms, room.ends_at = clock.room_ms, clock.ends_at()
    db_session.flush()
    record_act(
        db_session,
        subject=f"room:{room.public_id}",
        action="room.planned",
        actor=actor_of(db_session, room.person_id) if sent else "system:planning",
        now=now,
        details={"source": source, "hash": planned.content_hash(), "head": room.head_hash},
    )
    logger.info("%r planned: %s", room, source)
