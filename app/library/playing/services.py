"""Begin, operate, move and end playtests."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    SupersededSessionError,
)
from app.core.hashing import canonical_json
from app.library.playing.models import Playtest
from app.rooms import replaying
from app.rooms.acting import (
    ActionNotAdmissibleError,
    RoomNotStartedError,
    RoomOverError,
    SentAction,
)
from app.rooms.clocks import TICK_MS, RoomClock, changed_clock
from app.rooms.planning import PlanFirstError
from app.rooms.services import MOST_STEP_TICKS, RoomNotReadyError
from app.rooms.starting import has_cockpit
from app.studio.drafts import queries as drafts
from app.studio.drafts.bodies import parsed
from app.studio.drafts.calibrating import yardstick_of
from app.studio.drafts.models import ScenarioDraft
from simulations.actions import HandBack, Lever, parse_action
from simulations.errors import ActionRefusedError
from simulations.plans import parse_plan, plan_data
from simulations.policies import Policy, Reference, competent, house, log_of, novice
from simulations.rooms import LoggedAction, RoomState, admissible, new_keys, observe
from simulations.scenarios import TICKS_PER_MINUTE, Scenario

PLAYERS = ("house", "novice", "competent", "reference")
"""Who may operate until the minute that the author wants to see, by code of `labels.POLICY`."""

OWN = "own"
"""The author's own log instead of a player's: kept up to the minute, and cut behind it."""

LEAST_LEFT_MIN = 1
"""A jump leaves at least so many minutes to play."""

COUNTDOWN = timedelta(seconds=3)
SHOWN = 12
"""Playtests of a draft that its page lists."""


class NotAnAuthorError(ForbiddenError):
    """Raised when somebody who did not write in a draft would play it: they see what comes."""

    code = "playtest_no_author"


@dataclass(frozen=True)
class Done:
    """An action that a playtest took.

    Attributes:
        sequence: Its place in the log, from 1.
        tick: The tick at whose start it takes effect.
        duplicate: Whether the page had sent it before.
        state: The room with it.
    """

    sequence: int
    tick: int
    duplicate: bool
    state: RoomState


def playtest_of(
    db_session: Session, public_id: str, person_id: int, *, lock: bool = False
) -> Playtest:
    """Return a person's own playtest.

    Raises:
        NotFoundError: If there is none, or it is somebody else's.
    """
    query = select(Playtest).where(Playtest.public_id == public_id, Playtest.person_id == person_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"playtest {public_id} of person {person_id}")
    return found


def playtests_of(db_session: Session, draft: ScenarioDraft, person_id: int) -> Sequence[Playtest]:
    """Return a person's latest playtests of a draft, newest first."""
    return db_session.scalars(
        select(Playtest)
        .where(Playtest.draft_id == draft.id, Playtest.person_id == person_id)
        .order_by(Playtest.id.desc())
        .limit(SHOWN)
    ).all()


def own_draft(db_session: Session, public_id: str, person_id: int) -> ScenarioDraft:
    """Return a draft that this person wrote in.

    Raises:
        NotFoundError: If there is none, or this person may not see it.
        NotAnAuthorError: If somebody else wrote it: who saw what comes cannot judge it blind.
    """
    draft = drafts.draft_of(db_session, public_id, person_id)
    if person_id not in drafts.standing(db_session, draft).authors:
        raise NotAnAuthorError(f"{draft!r} is not person {person_id}'s")
    return draft


def begin(
    db_session: Session,
    draft: ScenarioDraft,
    person_id: int,
    *,
    player: str,
    minute: int,
    actor: str,
    now: datetime,
) -> Playtest:
    """Begin a playtest of a draft as it stands, with customers of its own.

    Args:
        db_session: The session of the caller's transaction.
        draft: A draft that this person wrote in.
        person_id: The author.
        player: Who plans it, and who operates until the minute; `OWN` plans on the plan page.
        minute: Where the author takes over, from 0; 0 where the author plans.
        actor: The author, for the audit log.
        now: The moment (aware).

    Raises:
        ScenarioError: If the draft contradicts itself.
        RoomNotReadyError: If the cockpit has no panel for something that it offers.
        InvalidInputError: If there is no such player or minute.
    """
    bare = parsed(draft.body, draft.scenario_id, draft.version)
    if not has_cockpit(bare):
        raise RoomNotReadyError(f"{draft!r} offers what the cockpit has no panel for")
    yardstick = yardstick_of(bare, draft.yardstick)
    is_planning = player == OWN and bare.planning is not None
    if is_planning and minute:
        raise InvalidInputError("minute", [{"field": "minute", "code": "range", "most": 0}])
    plan = None if is_planning else _policy(bare, yardstick, player).plan
    secret = new_keys(secrets.token_bytes).to_bytes()
    clock = RoomClock.starting(now + COUNTDOWN, bare.speed.practice[0], bare.duration_ticks)
    if is_planning:
        clock = clock.paused(now)  # it stands until the plan is fixed
    made = Playtest(
        draft_id=draft.id,
        person_id=person_id,
        title=draft.title or draft.scenario_id,
        scenario_id=draft.scenario_id,
        version=draft.version,
        body=draft.body,
        yardstick=draft.yardstick,
        plan=None if plan is None else plan_data(plan),
        macro_key=secret[:8],
        micro_key=secret[8:],
        duration_ticks=bare.duration_ticks,
        log=[],
        jumps=0,
        writer_epoch=0,
        created_at=now,
        starts_at=clock.starts_at,
        clock_at=clock.at,
        clock_ms=0,
        clock_speed=clock.speed,
        is_planning=is_planning,
        is_paused=clock.is_paused,
        closed_at=None,
    )
    db_session.add(made)
    db_session.flush()
    if minute:
        jump(made, player, minute, now=now)
    record_act(
        db_session,
        subject=f"scenario-draft:{draft.public_id}",
        action="scenario_draft.played",
        actor=actor,
        now=now,
        details={"playtest": made.public_id, "revision": draft.revision},
    )
    return made


def scenario_of(playtest: Playtest) -> Scenario:
    """Return the room of a playtest, as it was planned."""
    text = canonical_json([playtest.body, playtest.plan])
    return _room(text, playtest.scenario_id, playtest.version)


@lru_cache(maxsize=32)
def _room(text: str, scenario_id: str, version: int) -> Scenario:
    body, plan = json.loads(text)
    bare = parsed(body, scenario_id, version)
    return bare if plan is None else bare.with_plan(parse_plan(plan))


def yardstick_in(playtest: Playtest) -> Reference:
    """Return the reference that measures a playtest."""
    return yardstick_of(scenario_of(playtest).with_plan(None), playtest.yardstick)


def log_in(playtest: Playtest) -> tuple[LoggedAction, ...]:
    """Return a playtest's actions, in order."""
    return tuple(
        LoggedAction(one["tick"], parse_action(one["action"]))
        for one in playtest.log
        if "action" in one
    )


def state_in(playtest: Playtest, *, now: datetime) -> RoomState:
    """Return a playtest's room at a moment."""
    tick = max(playtest.clock.tick_at(now), last_tick(playtest))
    return _state(playtest, log_in(playtest), tick)


def act(playtest: Playtest, sent: SentAction, *, now: datetime) -> Done:
    """Do one action in a locked playtest; a repeat of the same key does nothing.

    Raises:
        RoomOverError, RoomNotStartedError: Not any more, or not yet.
        SupersededSessionError: Another page operates it.
        ActionNotAdmissibleError: The room does not allow it now; nothing was changed.
    """
    for place, one in enumerate(playtest.log, 1):
        if one["key"] == sent.key:
            return Done(place, one["tick"], True, state_in(playtest, now=now))
    check_open(playtest, now)
    if sent.writer_epoch != playtest.writer_epoch:
        raise SupersededSessionError(f"{playtest!r}: {sent.writer_epoch}")
    if not playtest.clock.has_started(now):
        raise RoomNotStartedError(f"{playtest!r}")
    scenario, log = scenario_of(playtest), log_in(playtest)
    tick = max(playtest.clock.tick_at(now), last_tick(playtest))
    try:
        admissible(scenario, _state(playtest, log, tick), sent.action)
    except ActionRefusedError as error:
        raise ActionNotAdmissibleError(error.code) from error
    _append(playtest, [LoggedAction(tick, sent.action)], sent.key, OWN)
    return Done(playtest.event_count, tick, False, state_in(playtest, now=now))


def change_clock(
    playtest: Playtest, change: str, payload: dict[str, Any], *, now: datetime
) -> None:
    """Pause, resume, step or speed a locked playtest; arguments as `rooms.services.change_clock`.

    Raises:
        RoomOverError: If it is over.
        InvalidInputError: If the change is none, or its amount is out of range.
    """
    check_open(playtest, now)
    if change == "speed" and payload.get("speed") not in scenario_of(playtest).speed.practice:
        raise InvalidInputError("speed", [{"field": "speed", "code": "out_of_range"}])
    if change == "stepped":
        ticks = payload.get("ticks")
        if type(ticks) is not int or not 1 <= ticks <= MOST_STEP_TICKS:
            raise InvalidInputError("ticks", [{"field": "ticks", "code": "out_of_range"}])
    set_clock(playtest, changed_clock(playtest.clock, change, payload, now))


def jump(playtest: Playtest, player: str, minute: int, *, now: datetime) -> None:
    """Put a locked playtest at a minute, operated until there by a player, and let it stand.

    The room is a pure function of its log: what a player does on these customers is written into
    the log, and the author goes on from there. Back works as well as on.

    Args:
        playtest: The playtest.
        player: One of `PLAYERS`, or `OWN` to keep what the author did until then.
        minute: From 0.
        now: The moment (aware).

    Raises:
        RoomOverError: If it was ended.
        InvalidInputError: If there is no such player or minute.
    """
    if not playtest.is_open:
        raise RoomOverError(f"{playtest!r}")
    _check_planned(playtest)
    last = playtest.duration_ticks // TICKS_PER_MINUTE - LEAST_LEFT_MIN
    if not 0 <= minute <= last:
        raise InvalidInputError("minute", [{"field": "minute", "code": "range", "most": last}])
    tick = minute * TICKS_PER_MINUTE
    kept = playtest.log
    if player != OWN:
        scenario = scenario_of(playtest)
        policy = _policy(scenario.with_plan(None), yardstick_in(playtest), player)
        played = log_of(scenario, replace(policy, plan=None), playtest.keys)
        kept = [_entry(one, f"{player}-{at}", player) for at, one in enumerate(played)]
    playtest.log = [one for one in kept if one["tick"] < tick]
    playtest.jumps += 1
    playtest.writer_epoch += 1
    clock = playtest.clock
    set_clock(playtest, replace(clock, at=now, room_ms=tick * TICK_MS, is_paused=True))
    playtest.starts_at = min(playtest.starts_at, now)


def finish(playtest: Playtest, *, now: datetime) -> None:
    """End a locked playtest: the host takes every lever back and goes on. A repeat does nothing."""
    if not playtest.is_open:
        return
    _check_planned(playtest)
    if not playtest.clock.is_over(now):
        scenario, state = scenario_of(playtest), state_in(playtest, now=now)
        holders = observe(scenario, state, exam=True)["levers"]
        held = [lever for lever in Lever if holders[lever.value] == "candidate"]
        for place, lever in enumerate(held):
            tick = state.tick + 1 + place // scenario.actions_per_tick
            if tick < playtest.duration_ticks:
                action = LoggedAction(tick, HandBack(lever=lever))
                _append(playtest, [action], f"finish-{place}", "house")
    playtest.closed_at = now


def policies_of(playtest: Playtest) -> dict[str, Policy]:
    """Return the players that an author's run is compared with, by code."""
    bare, yardstick = scenario_of(playtest).with_plan(None), yardstick_in(playtest)
    return {name: _policy(bare, yardstick, name) for name in PLAYERS}


def _policy(bare: Scenario, yardstick: Reference, player: str) -> Policy:
    if player == "house":
        return house()
    if player == "novice":
        return novice(bare)
    if player == "competent":
        return competent(bare)
    if player == "reference":
        return yardstick.policy
    raise InvalidInputError("player", [{"field": "player", "code": "unknown"}])


def _state(playtest: Playtest, log: tuple[LoggedAction, ...], tick: int) -> RoomState:
    # A jump writes another past: what a process keeps of the old one must not be found again.
    known_as = f"{playtest.public_id}:{playtest.jumps}"
    return replaying.state_at(
        known_as, scenario_of(playtest), playtest.keys, log, tick, sequence=len(log)
    )


def last_tick(playtest: Playtest) -> int:
    """Return the tick of the newest entry of the log."""
    return int(playtest.log[-1]["tick"]) if playtest.log else 0


def _append(playtest: Playtest, actions: Sequence[LoggedAction], key: str, by: str) -> None:
    playtest.log = [*playtest.log, *(_entry(one, key, by) for one in actions)]


def _entry(one: LoggedAction, key: str, by: str) -> dict[str, Any]:
    return {"tick": one.tick, "action": one.action.to_dict(), "key": key, "by": by}


def check_open(playtest: Playtest, now: datetime) -> None:
    """Refuse what comes after a playtest's end, or before its plan is fixed.

    Raises:
        RoomOverError, PlanFirstError: Not any more, or not yet.
    """
    if not playtest.is_open or playtest.clock.is_over(now):
        raise RoomOverError(f"{playtest!r}")
    _check_planned(playtest)


def _check_planned(playtest: Playtest) -> None:
    if playtest.is_planning:
        raise PlanFirstError(f"{playtest!r}")


def set_clock(playtest: Playtest, clock: RoomClock) -> None:
    """Let a locked playtest's clock be this one."""
    playtest.clock_at, playtest.clock_ms = clock.at, clock.room_ms
    playtest.clock_speed, playtest.is_paused = clock.speed, clock.is_paused
