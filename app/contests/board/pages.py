"""Data of the contest's public pages. What is not final is not read here, so it cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contests import protest_queries
from app.contests import queries as contests
from app.contests.board import films, labels, rounds
from app.contests.board.moments import best_decisions
from app.contests.diplomas.services import diplomas_by_entry
from app.contests.models import Contest, ContestEntry, ContestResult, ContestRound, RoundSeal
from app.contests.presenting import way_kinds, way_words
from app.core.errors import NotFoundError
from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.presenting import action_words, session_clock
from app.studio.queries import scenario_of
from simulations.scenarios import TICK_S

Json = dict[str, Any]


def listed(db_session: Session, *, include_demo: bool) -> list[Json]:
    """Return the contests that anybody may know of, each with its rounds."""
    return [
        {"contest": one, "rounds": _shown_rounds(db_session, one)}
        for one in contests.public_contests(db_session)
        if one.state in labels.STATE and (include_demo or not one.is_demo)
    ]


def public_contest(db_session: Session, public_id: str, *, include_demo: bool) -> Contest:
    """Return a contest that anybody may know of.

    Raises:
        NotFoundError: If there is none.
    """
    contest = contests.public_contest(db_session, public_id)
    if contest.state not in labels.STATE or (contest.is_demo and not include_demo):
        raise NotFoundError(f"contest {public_id}")
    return contest


def contest_data(db_session: Session, contest: Contest, *, now: datetime) -> Json:
    """Return the context of a contest's page."""
    shown = _shown_rounds(db_session, contest)
    rules = contests.rules_of(db_session, contest)
    seals = contests.seals_of(db_session, [one.id for one in shown])
    final = contests.final_results(db_session, contest)
    lanes = {one.id: films.lanes_with_films(db_session, one) for one in shown} if final else {}
    return {
        "contest": contest,
        "rounds": shown,
        "rules": rules,
        "tie_words": [labels.TIE[one] for one in rules.ties],
        "ways": [way_words(rules, one) for one in way_kinds(rules)],
        "kind_words": labels.KIND,
        "state": labels.STATE[contest.state],
        "entry_count": _entry_count(db_session, contest),
        "is_open": contest.state == "published"
        and contest.entry_opens_at <= now <= contest.entry_closes_at,
        "seals": {one.public_id: [_seal(seal) for seal in seals.get(one.id, ())] for one in shown},
        "results": [_result(line, entry, shown, lanes) for line, entry in final],
        "highlights": _highlights(db_session, shown) if final else [],
        "votes": protest_queries.vote_counts(db_session, contest.id) if final else {},
        "diplomas": diplomas_by_entry(db_session, contest.id) if final else {},
        "now": now,
    }


def results_data(db_session: Session, contest: Contest) -> Json:
    """Return the final results as data.

    Raises:
        NotFoundError: If they are not final.
    """
    final = contests.final_results(db_session, contest)
    if not final:
        raise NotFoundError(f"results of {contest!r}")
    return {
        "contest": contest.public_id,
        "title": contest.title,
        "rules": contest.rules_ref,
        "version": contest.result_version,
        "results": [
            {
                "entry": entry.public_id,
                "name": entry.public_name,
                "provider": entry.provider_name,
                "rank": line.rank,
                "total_points": line.total_points,
                "low_points": line.low_points,
                "high_points": line.high_points,
                "certified_points": line.certified_points,
                "meets_standard": line.meets_standard,
                "parts": _parts(line),
            }
            for line, entry in final
            if entry.withdrawn_at is None
        ],
    }


def _shown_rounds(db_session: Session, contest: Contest) -> list[ContestRound]:
    return [
        one for one in contests.rounds_of(db_session, contest.id) if one.kind in rounds.SHOWN_KINDS
    ]


def _entry_count(db_session: Session, contest: Contest) -> int:
    return (
        db_session.scalar(
            select(func.count())
            .select_from(ContestEntry)
            .where(ContestEntry.contest_id == contest.id, ContestEntry.withdrawn_at.is_(None))
        )
        or 0
    )


def _seal(seal: RoundSeal) -> Json:
    return {
        "slot": seal.slot,
        "commitment": seal.commitment,
        "sealed_at": seal.sealed_at,
        "opened_at": seal.opened_at,
        "opened": seal.opened,
    }


def _result(
    line: ContestResult,
    entry: ContestEntry,
    shown: Sequence[ContestRound],
    lanes: Mapping[int, Mapping[int, int]],
) -> Json:
    return {
        "line": line,
        "entry": entry,
        "parts": _parts(line),
        "films": [
            {"round": one, "lane": lanes[one.id][entry.id]}
            for one in shown
            if entry.id in lanes.get(one.id, {})
        ],
    }


def _parts(line: ContestResult) -> list[Json]:
    """Return a result's rounds, without the shadows: they are many numbers with one meaning."""
    return [
        {name: value for name, value in part.items() if name != "shadows"}
        for part in line.detail.get("parts", ())
    ]


def _highlights(db_session: Session, shown: Sequence[ContestRound]) -> list[Json]:
    """Return the decisions that brought most, by round: replays without them tell their worth."""
    found = []
    for round_ in shown:
        lanes = {
            lane.racer.seat: lane
            for lane in rounds.lanes_of(db_session, round_)
            if lane.room is not None and not lane.room.is_held
        }
        effects = {seat: _effects(db_session, lane.room) for seat, lane in lanes.items()}
        scenario = scenario_of(db_session, round_.scenario_ref)
        for seat, one in best_decisions(effects):
            found.append(
                {
                    "round": round_,
                    "name": lanes[seat].racer.name,
                    "lane": seat,
                    "clock": session_clock(one["tick"] * TICK_S),
                    "words": action_words(scenario, one["action"]),
                    "worth_fen": one["net_worth_fen"],
                }
            )
    return found


def _effects(db_session: Session, room: RoomSession | None) -> list[Json]:
    score = None if room is None else rooms.score_or_none(db_session, room.id)
    debrief = None if score is None else rooms.debrief_or_none(db_session, score.id)
    return [] if debrief is None else debrief.effects
