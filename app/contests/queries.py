"""Reads of contests; what is secret stays with whoever calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests import jury_queries
from app.contests.models import (
    CardPlay,
    Contest,
    ContestCheck,
    ContestEntry,
    ContestProposal,
    ContestResult,
    ContestRound,
    ContestRulesVersion,
    PlaceScore,
    RoundPlace,
    RoundRoom,
    RoundSeal,
)
from app.contests.rules import ContestRules, parse_rules
from app.contests.scoring import EntryResult, PlacePart, entry_result, jury_points
from app.core.errors import NotFoundError
from app.rooms import queries as rooms
from app.rooms.clocks import RoomClock
from app.rooms.models import RoomSession
from app.studio.queries import scenario_of
from simulations.cards import cards_from
from simulations.rooms import minute_series
from simulations.scenarios import Scenario

_RULES: dict[str, ContestRules] = {}


@dataclass(frozen=True)
class StandingLane:
    """One contestant of a round, with the room of its present run.

    Attributes:
        has_opened: Whether anybody operated the room's page; nobody did is 未到场.
    """

    entry_id: int
    entry_public_id: str
    code: str
    lane: int
    public_name: str
    provider_id: int | None
    provider_name: str | None
    place_id: int
    person_id: int
    room_session_id: int | None
    room_public_id: str | None
    has_opened: bool


@dataclass(frozen=True)
class RoundStanding:
    """What a board needs of a round.

    Attributes:
        round_: The round.
        clock: Of every room of the present run; None before the rooms are there.
        duration_ticks: Length of the session; 0 before the rooms are there.
        lanes: By lane.
        cards: (incident, tick) of the present run.
    """

    round_: ContestRound
    clock: RoomClock | None
    duration_ticks: int
    lanes: tuple[StandingLane, ...]
    cards: tuple[tuple[str, int], ...]


def rules_of(db_session: Session, contest: Contest) -> ContestRules:
    """Return the rules that a contest pinned."""
    return rules_version(db_session, contest.rules_ref)


def rules_version(db_session: Session, ref: str) -> ContestRules:
    """Return a version of the rules.

    Raises:
        NotFoundError: If there is none.
    """
    if ref not in _RULES:
        rules_id, _, version = ref.partition("@")
        row = db_session.scalar(
            select(ContestRulesVersion).where(
                ContestRulesVersion.rules_id == rules_id,
                ContestRulesVersion.version == (int(version) if version.isdecimal() else -1),
            )
        )
        if row is None:
            raise NotFoundError(f"rules {ref}")
        return _RULES.setdefault(ref, parse_rules(row.body, ref))
    return _RULES[ref]


def forget_rules() -> None:
    """Forget the rules that this process has read; tests and a demonstration exchange them."""
    _RULES.clear()


def newest_rules(db_session: Session) -> list[ContestRules]:
    """Return the newest version of each set of rules."""
    newest = db_session.execute(
        select(ContestRulesVersion.rules_id, func.max(ContestRulesVersion.version)).group_by(
            ContestRulesVersion.rules_id
        )
    )
    return [rules_version(db_session, f"{rules_id}@{version}") for rules_id, version in newest]


def contest_of(db_session: Session, public_id: str, *, lock: bool = False) -> Contest:
    """Return a contest.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(Contest).where(Contest.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"contest {public_id}")
    return found


def contests(db_session: Session) -> Sequence[Contest]:
    """Return every contest, newest first."""
    return db_session.scalars(select(Contest).order_by(Contest.id.desc())).all()


def public_contests(db_session: Session) -> Sequence[Contest]:
    """Return the contests that are announced, newest first."""
    return db_session.scalars(
        select(Contest).where(Contest.published_at.is_not(None)).order_by(Contest.id.desc())
    ).all()


def public_contest(db_session: Session, public_id: str) -> Contest:
    """Return a contest that is announced.

    Raises:
        NotFoundError: If there is none, or it is still being planned.
    """
    found = contest_of(db_session, public_id)
    if found.published_at is None:
        raise NotFoundError(f"contest {public_id}")
    return found


def rounds_of(db_session: Session, contest_id: int) -> Sequence[ContestRound]:
    """Return a contest's rounds in order."""
    return db_session.scalars(
        select(ContestRound)
        .where(ContestRound.contest_id == contest_id)
        .order_by(ContestRound.ordinal)
    ).all()


def round_of(db_session: Session, public_id: str, *, lock: bool = False) -> ContestRound:
    """Return a round.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ContestRound).where(ContestRound.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"round {public_id}")
    return found


def seals_of(db_session: Session, round_ids: Iterable[int]) -> dict[int, list[RoundSeal]]:
    """Return the seals of some rounds, by round."""
    rows = db_session.scalars(
        select(RoundSeal).where(RoundSeal.round_id.in_(list(round_ids))).order_by(RoundSeal.id)
    )
    out: dict[int, list[RoundSeal]] = {}
    for row in rows:
        out.setdefault(row.round_id, []).append(row)
    return out


def entries_of(
    db_session: Session, contest_id: int, *, with_withdrawn: bool = False
) -> Sequence[ContestEntry]:
    """Return a contest's entries in the order they came."""
    query = select(ContestEntry).where(ContestEntry.contest_id == contest_id)
    if not with_withdrawn:
        query = query.where(ContestEntry.withdrawn_at.is_(None))
    return db_session.scalars(query.order_by(ContestEntry.id)).all()


def entry_or_none(db_session: Session, contest_id: int, person_id: int) -> ContestEntry | None:
    """Return somebody's entry in a contest, withdrawn or not."""
    return db_session.scalar(
        select(ContestEntry).where(
            ContestEntry.contest_id == contest_id, ContestEntry.person_id == person_id
        )
    )


def entry_of(db_session: Session, public_id: str, *, lock: bool = False) -> ContestEntry:
    """Return an entry.

    Raises:
        NotFoundError: If there is none.
    """
    query = select(ContestEntry).where(ContestEntry.public_id == public_id)
    found = db_session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError(f"entry {public_id}")
    return found


def places_of(db_session: Session, round_id: int) -> Sequence[tuple[RoundPlace, ContestEntry]]:
    """Return a round's places with their entries, by lane."""
    rows = db_session.execute(
        select(RoundPlace, ContestEntry)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .where(RoundPlace.round_id == round_id)
        .order_by(RoundPlace.lane)
    )
    return [(place, entry) for place, entry in rows]


def run_rooms(
    db_session: Session, round_: ContestRound, *, lock: bool = False
) -> list[tuple[RoundPlace, RoomSession]]:
    """Return the rooms of a round's present run, by lane."""
    query = (
        select(RoundPlace, RoomSession)
        .join(RoundRoom, RoundRoom.place_id == RoundPlace.id)
        .join(RoomSession, RoomSession.id == RoundRoom.room_session_id)
        .where(RoundPlace.round_id == round_.id, RoundRoom.run_no == round_.run_no)
        .order_by(RoundPlace.lane)
    )
    if lock:
        query = query.with_for_update(of=RoomSession)
    return [(place, room) for place, room in db_session.execute(query)]


def rooms_of_person(
    db_session: Session, contest_id: int, person_id: int
) -> list[tuple[ContestRound, RoundPlace, RoomSession | None]]:
    """Return somebody's places in a contest with the room of each round's present run."""
    rows = db_session.execute(
        select(ContestRound, RoundPlace, RoomSession)
        .join(RoundPlace, RoundPlace.round_id == ContestRound.id)
        .join(ContestEntry, ContestEntry.id == RoundPlace.entry_id)
        .outerjoin(
            RoundRoom,
            (RoundRoom.place_id == RoundPlace.id) & (RoundRoom.run_no == ContestRound.run_no),
        )
        .outerjoin(RoomSession, RoomSession.id == RoundRoom.room_session_id)
        .where(ContestRound.contest_id == contest_id, ContestEntry.person_id == person_id)
        .order_by(ContestRound.ordinal)
    )
    return [(round_, place, room) for round_, place, room in rows]


def cards_of(db_session: Session, round_: ContestRound) -> Sequence[CardPlay]:
    """Return the cards played in a round's present run, by tick."""
    return db_session.scalars(
        select(CardPlay)
        .where(CardPlay.round_id == round_.id, CardPlay.run_no == round_.run_no)
        .order_by(CardPlay.tick, CardPlay.id)
    ).all()


def round_standing_inputs(db_session: Session, round_: ContestRound) -> RoundStanding:
    """Return what a board needs of a round: who plays, their rooms, the one clock, the cards."""
    held = {place.id: room for place, room in run_rooms(db_session, round_)}
    some = next(iter(held.values()), None)
    return RoundStanding(
        round_=round_,
        clock=None if some is None else some.clock,
        duration_ticks=0 if some is None else some.duration_ticks,
        lanes=tuple(
            _lane(place, entry, held.get(place.id))
            for place, entry in places_of(db_session, round_.id)
        ),
        cards=tuple((card.incident, card.tick) for card in cards_of(db_session, round_)),
    )


def lived_series(
    db_session: Session, room_session_id: int, until_tick: int
) -> Mapping[str, Any] | None:
    """Return what a room showed by minute up to a tick; None of one that is still being planned.

    Args:
        db_session: A session to read with.
        room_session_id: The room.
        until_tick: Nothing that happened at this tick or later has any part in it: the delay of a
            transmission is a lower tick.
    """
    room = db_session.get_one(RoomSession, room_session_id)
    if room.is_planning:
        return None
    scenario = rooms.room_scenario(db_session, room)
    log = [one for one in rooms.log_of(db_session, room) if one.tick < until_tick]
    return minute_series(scenario, room.keys, log, until_tick)


def house_series(
    db_session: Session, round_: ContestRound, until_tick: int
) -> Mapping[str, Any] | None:
    """Return the house's own session on the round's keys, as `lived_series` does."""
    some = next((room for _, room in run_rooms(db_session, round_)), None)
    if some is None:
        return None
    scenario = rooms.room_scenario(db_session, some).with_plan(None)
    return minute_series(scenario, some.keys, (), until_tick)


def proposals_of(
    db_session: Session, contest_id: int, *, open_only: bool = False
) -> Sequence[ContestProposal]:
    """Return the two-person acts of a contest, newest first."""
    query = select(ContestProposal).where(ContestProposal.contest_id == contest_id)
    if open_only:
        query = query.where(ContestProposal.decided_at.is_(None))
    return db_session.scalars(query.order_by(ContestProposal.id.desc())).all()


def newest_score_or_none(db_session: Session, place_id: int, run_no: int) -> PlaceScore | None:
    """Return what a place's run came to, as it stands."""
    return db_session.scalar(
        select(PlaceScore)
        .where(PlaceScore.place_id == place_id, PlaceScore.run_no == run_no)
        .order_by(PlaceScore.id.desc())
        .limit(1)
    )


def scores_of_place(db_session: Session, place_id: int) -> Sequence[PlaceScore]:
    """Return everything that a place's rooms ever came to, oldest first."""
    return db_session.scalars(
        select(PlaceScore).where(PlaceScore.place_id == place_id).order_by(PlaceScore.id)
    ).all()


def checks_of(db_session: Session, contest_id: int) -> dict[str, ContestCheck]:
    """Return the ticked lines of the day's checklist, by code."""
    rows = db_session.scalars(select(ContestCheck).where(ContestCheck.contest_id == contest_id))
    return {row.code: row for row in rows}


def results_of(
    db_session: Session, contest: Contest, version: int | None = None
) -> Sequence[tuple[ContestResult, ContestEntry]]:
    """Return a version of a contest's results by rank, the newest if none is named."""
    rows = db_session.execute(
        select(ContestResult, ContestEntry)
        .join(ContestEntry, ContestEntry.id == ContestResult.entry_id)
        .where(
            ContestResult.contest_id == contest.id,
            ContestResult.version == (contest.result_version if version is None else version),
        )
        .order_by(ContestResult.rank.is_(None), ContestResult.rank, ContestEntry.code)
    )
    return [(result, entry) for result, entry in rows]


def final_results(
    db_session: Session, contest: Contest
) -> Sequence[tuple[ContestResult, ContestEntry]]:
    """Return the final results by rank; nothing before two people made them final."""
    return results_of(db_session, contest) if contest.state == "final" else []


def result_of_entry_or_none(
    db_session: Session, contest: Contest, entry_id: int
) -> ContestResult | None:
    """Return somebody's newest result."""
    return db_session.scalar(
        select(ContestResult).where(
            ContestResult.contest_id == contest.id,
            ContestResult.version == contest.result_version,
            ContestResult.entry_id == entry_id,
        )
    )


def standing_results(
    db_session: Session, contest: Contest, rules: ContestRules, *, stage: int | None = None
) -> list[EntryResult]:
    """Return what the scores and marks of now come to, without ranks; who never played is left out.

    Args:
        db_session: A session to read with.
        contest: The contest.
        rules: Its pinned rules.
        stage: Only this stage's rounds; all that count if left out.
    """
    parts: dict[str, list[PlacePart]] = {}
    for round_ in rounds_of(db_session, contest.id):
        if round_.kind == "rehearsal" or (stage is not None and round_.stage != stage):
            continue
        for place, entry in places_of(db_session, round_.id):
            score = newest_score_or_none(db_session, place.id, round_.run_no)
            if score is None or entry.withdrawn_at is not None:
                continue
            parts.setdefault(entry.public_id, []).append(
                PlacePart(
                    stage=round_.stage,
                    title=round_.title,
                    room_points=score.room_points,
                    forecast_points=score.forecast_points,
                    jury_points=jury_points(
                        jury_queries.marks_of_place(db_session, place.id),
                        rules.jury,
                        round_.stage,
                    ),
                    strikes=score.strikes,
                    shadows=tuple(score.shadows),
                    reason=score.reason,
                )
            )
    return [entry_result(entry, held, rules) for entry, held in parts.items()]


def _lane(place: RoundPlace, entry: ContestEntry, room: RoomSession | None) -> StandingLane:
    return StandingLane(
        entry_id=entry.id,
        entry_public_id=entry.public_id,
        code=entry.code,
        lane=place.lane,
        public_name=entry.public_name,
        provider_id=entry.provider_id,
        provider_name=entry.provider_name,
        place_id=place.id,
        person_id=entry.person_id,
        room_session_id=None if room is None else room.id,
        room_public_id=None if room is None else room.public_id,
        has_opened=room is not None and room.writer_epoch > 0,
    )


def scenario_of_round(db_session: Session, round_: ContestRound) -> Scenario:
    """Return the scenario of a round with the cards of its present run, without any plan."""
    scenario = scenario_of(db_session, round_.scenario_ref)
    pairs = [(card.incident, card.tick) for card in cards_of(db_session, round_)]
    return scenario.with_cards(cards_from(pairs))
