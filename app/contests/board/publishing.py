"""The second's work: what rooms sold becomes the public's board and the jury's, side by side.

One process does it, the one that claims the job's slot; everybody else only reads what it wrote.
So a score is worked out once, however many watch, and a web process never replays a room for a
watcher. Two numbers are kept of everything: what the public may see, worked out at the public's
tick, and what jury and organisers see now. Neither is ever derived from the other.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.contests import queries as contests
from app.contests.board import rounds
from app.contests.board.bodies import Body, Phase, Race, View, jury_body, public_bodies
from app.contests.board.models import BoardSnapshot
from app.contests.board.rounds import Lane
from app.contests.board.standings import Lived, shown_tick, standings
from app.contests.board.tracks import Tracks
from app.contests.models import CardPlay, Contest, ContestRound
from app.core import clock
from app.core.db import db, transaction
from app.rooms import queries as rooms
from app.rooms.clocks import RoomClock
from simulations.commentary import comments
from simulations.rooms import RoomKeys, RoomState
from simulations.scenarios import TICK_S, Scenario
from simulations.series import incident_marks

EVERY_S = 1.0
"""Seconds between two publications of a running round."""

SLOT_S = 5
"""Period of the job: it publishes so long, then the next slot is anybody's."""

LAST_START_S = 4.2
"""A slot's last publication begins before this, so that the slot ends in time."""

_TRACKS = Tracks()
"""The rooms that this process follows."""

_PUBLISHED: dict[str, tuple[object, ...]] = {}
"""By round: what its bodies, as this process last made them, depend on (`_standing`)."""


@dataclass(frozen=True)
class Field:
    """Everybody's room in one run, as its readers are to see it.

    Attributes:
        lanes: Who races.
        clock: The clock of every room.
        house: The room left to itself, with the jury's cards.
        keys: Every room's.
        cards: What the jury played for all.
    """

    lanes: Sequence[Lane]
    clock: RoomClock
    house: Scenario
    keys: RoomKeys
    cards: Sequence[CardPlay]


@dataclass(frozen=True)
class _Made:
    """A round's bodies on their way to the database, and what they follow from."""

    round_id: int
    public_id: str
    run_no: int
    public: tuple[Body, Body]
    jury: Body
    is_settled: bool
    standing: tuple[object, ...]


def publish_for_a_slot(*, now: datetime) -> int:
    """Publish every running round once a second until the slot ends; say how many changed.

    Each publication is a transaction of its own, and nothing is computed within it.
    """
    began, changed = time.monotonic(), 0
    while True:
        at = time.monotonic()
        changed += publish_boards(db.session(), now=now)
        if not rounds.rounds_to_publish(db.session(), now=now):
            return changed
        db.session.remove()
        if time.monotonic() - began + EVERY_S > LAST_START_S:
            return changed
        time.sleep(max(0.0, EVERY_S - (time.monotonic() - at)))
        now = clock.now()


def publish_boards(db_session: Session, *, now: datetime) -> int:
    """Publish the boards of all rounds that may have changed; say how many did."""
    made = []
    for round_ in rounds.rounds_to_publish(db_session, now=now):
        standing = _standing(db_session, round_, now=now)
        if standing is None or _PUBLISHED.get(round_.public_id) == standing:
            continue
        bodies = bodies_of(db_session, round_, now=now)
        if bodies is not None:
            made.append(_Made(round_.id, round_.public_id, round_.run_no, *bodies, standing))
    db_session.rollback()
    changed = 0
    for one in made:
        with transaction() as writing:
            changed += _store(writing, one, now=now)
        _PUBLISHED[one.public_id] = one.standing
    return changed


def bodies_of(
    db_session: Session, round_: ContestRound, *, now: datetime, tracks: Tracks = _TRACKS
) -> tuple[tuple[Body, Body], Body, bool] | None:
    """Return the public's two bodies, the jury's, and whether the round is settled.

    None while the round has no room to be shown.

    Args:
        db_session: A session to read with.
        round_: A round that was readied.
        now: The moment (aware).
        tracks: Where rooms are followed; another one starts anew.
    """
    contest = db_session.get_one(Contest, round_.contest_id)
    field = field_of(db_session, round_)
    if field is None:
        return None
    rules = contests.rules_of(db_session, contest)
    freeze = rules.board.freeze_tick(field.house.duration_ticks)
    count = rounds.unveiled_count(db_session, round_)
    is_unveiled = contest.state == "final" or count >= len(field.lanes)
    tick = field.clock.tick_at(now)
    seen = shown_tick(
        tick,
        delay_ticks=int(rules.board.delay_s * field.clock.speed / TICK_S),
        over_ticks=_over_ticks(field.clock, now),
        freeze_tick=freeze,
        is_unveiled=is_unveiled,
    )
    race = Race(
        public_id=round_.public_id,
        run=round_.run_no,
        phase=_phase(field.clock, now, seen, freeze, count, is_unveiled=is_unveiled),
        duration_ticks=field.house.duration_ticks,
        freeze_tick=freeze,
        delay_s=rules.board.delay_s,
        clock=_clock(field.clock),
        racers=[lane.racer for lane in field.lanes],
        unveiled_count=count,
    )
    public = _view(db_session, field, seen, tracks, f"public:{round_.public_id}")
    jury = _view(db_session, field, tick, tracks, f"jury:{round_.public_id}")
    final = jury if field.clock.is_over(now) else None
    settled = race.phase is Phase.FINAL and round_.scored_at is not None
    return public_bodies(race, public, final), jury_body(race, jury), settled


def _standing(
    db_session: Session, round_: ContestRound, *, now: datetime
) -> tuple[object, ...] | None:
    """Return what the bodies of a round follow from; None before it has rooms.

    While it is the same (the same tick, nobody acted, nothing was played or unveiled) there is
    nothing new to work out. The delay is of whole ticks, so the public's tick follows.
    """
    lanes = rounds.lanes_of(db_session, round_)
    some = next((lane.room for lane in lanes if lane.room is not None), None)
    if some is None:
        return None
    contest = db_session.get_one(Contest, round_.contest_id)
    return (
        round_.run_no,
        some.clock,
        some.clock.tick_at(now),
        min(_over_ticks(some.clock, now), some.duration_ticks),
        some.clock.has_started(now),
        tuple((one.racer, one.room and (one.room.event_count, one.room.cards)) for one in lanes),
        rounds.unveiled_count(db_session, round_),
        contest.state,
        round_.scored_at,
    )


def field_of(db_session: Session, round_: ContestRound) -> Field | None:
    """Return the round's rooms; None if none was opened."""
    lanes = [lane for lane in rounds.lanes_of(db_session, round_) if lane.room is not None]
    if not lanes:
        return None
    room = lanes[0].room
    assert room is not None
    cards = contests.cards_of(db_session, round_)
    house = contests.scenario_of_round(db_session, round_)
    return Field(lanes, room.clock, house, room.keys, cards)


def _over_ticks(clock_: RoomClock, now: datetime) -> int:
    ends_at = clock_.ends_at()
    if ends_at is None or now <= ends_at:
        return 0
    return int((now - ends_at).total_seconds() * clock_.speed / TICK_S)


def _phase(
    clock_: RoomClock,
    now: datetime,
    seen: int,
    freeze: int | None,
    count: int,
    *,
    is_unveiled: bool,
) -> Phase:
    if not clock_.has_started(now):
        return Phase.WAITING
    is_frozen = freeze is not None and seen >= freeze and not is_unveiled
    if not clock_.is_over(now):
        return Phase.FROZEN if is_frozen else Phase.LIVE
    if is_frozen:
        return Phase.UNVEILING if count else Phase.OVER
    return Phase.FINAL if seen >= clock_.duration_ticks else Phase.LIVE


def _clock(clock_: RoomClock) -> dict[str, Any]:
    """Return the anchor that the countdown is worked out from; it moves only with the clock."""
    return {
        "starts_at": clock_.starts_at.isoformat(),
        "at": clock_.at.isoformat(),
        "room_ms": clock_.room_ms,
        "speed": clock_.speed,
        "is_paused": clock_.is_paused,
    }


def _view(db_session: Session, field: Field, tick: int, tracks: Tracks, name: str) -> View:
    """Return the numbers at a tick; nothing in them comes from a later one."""
    lived: dict[int, Lived] = {}
    states: dict[int, tuple[Scenario, RoomState]] = {}
    for lane in field.lanes:
        assert lane.room is not None
        scenario = rooms.room_scenario(db_session, lane.room)
        log = rooms.log_of(db_session, lane.room)
        track = f"{name}:{lane.room.public_id}"
        lived[lane.racer.seat], state = tracks.lived(track, scenario, field.keys, log, tick)
        states[lane.racer.seat] = scenario, state
    house, house_state = tracks.lived(f"{name}:house", field.house, field.keys, (), tick)
    leader = next((one.seat for one in standings(lived, house)), None)
    return View(
        tick=tick,
        lived=lived,
        house=house,
        incidents=_incidents(field, house_state, tick),
        comments=() if leader is None else comments(states[leader][0], states[leader][1].numbers),
    )


def _incidents(field: Field, house: RoomState, tick: int) -> list[dict[str, Any]]:
    """Return what befell every room: the same for all, whatever was answered."""
    cards = {one.incident for one in field.cards}
    found = []
    for one in incident_marks(field.house, house.numbers):
        if one["start_tick"] is not None and one["start_tick"] <= tick:
            found.append(
                {
                    "tick": int(one["start_tick"]),
                    "title": one["title"],
                    "is_card": one["id"] in cards,
                    "is_over": one["end_tick"] is not None and one["end_tick"] <= tick,
                }
            )
    return sorted(found, key=lambda one: (one["tick"], one["title"]))


def _store(db_session: Session, made: _Made, *, now: datetime) -> bool:
    """Write a round's bodies if any changed, unless its run ended meanwhile; say whether."""
    round_ = db_session.get_one(ContestRound, made.round_id, with_for_update=True)
    if round_.run_no != made.run_no:
        return False
    held = db_session.scalar(
        select(BoardSnapshot).where(BoardSnapshot.round_id == made.round_id).with_for_update()
    )
    (board, curves), jury = made.public, made.jury
    tags = (board.etag, curves.etag, jury.etag, made.is_settled)
    if held is None:
        held = BoardSnapshot(round_id=made.round_id, round_public_id=made.public_id)
        db_session.add(held)
    elif (held.board_etag, held.curves_etag, held.jury_etag, held.is_settled) == tags:
        return False
    held.board, held.board_etag = board.data, board.etag
    held.curves, held.curves_etag = curves.data, curves.etag
    held.jury, held.jury_etag = jury.data, jury.etag
    held.is_settled, held.published_at = made.is_settled, now
    db_session.flush()
    return True
