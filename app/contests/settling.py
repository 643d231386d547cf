"""Settle a contest: judge rounds, make results, tell them, make them final, open them again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import claims
from app.certification.services import decide_claim
from app.contests import judging, jury_queries, protest_queries, queries, running, tracing
from app.contests.anchoring import results_anchor, scores_anchor
from app.contests.entering import fill_round
from app.contests.events import ContestResultFinal, ResultsTold, RoundScored
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestResult,
    ContestRound,
    PlaceScore,
    RoundPlace,
)
from app.contests.planning import ContestStageError, note, open_seals
from app.contests.rules import ContestRules, ScoreRules
from app.contests.scoring import (
    EntryResult,
    GivenForecast,
    RoomScore,
    advancing,
    ranked,
    score_room,
)
from app.core.crypto import FieldKeys
from app.core.db import transaction
from app.core.errors import ConflictError
from app.core.events import publish
from app.rooms import queries as rooms
from app.rooms.forecasts import forecasts_of
from app.rooms.models import RoomSession
from app.rooms.releasing import show_result
from app.rooms.scoring import Judged, judge, reading_session
from app.rooms.services import store_score
from app.studio.queries import reference_of
from certificates.validity import issue_day
from simulations.outcomes import Outcome
from simulations.rooms import RoomKeys

logger = logging.getLogger(__name__)


class NotAllMarkedError(ConflictError):
    """Raised when results are wanted while rooms or marks are still to come."""

    code = "contest_not_marked"


class ProtestsOpenError(ConflictError):
    """Raised when results would be made final while they may be contested."""

    code = "contest_protests_open"


@dataclass(frozen=True)
class JudgedPlace:
    """What a place's room came to, worked out before any lock was taken."""

    place_id: int
    run_no: int
    room: Judged | None  # None where the room was judged before
    score: RoomScore
    log_head: str
    is_absent: bool


def rounds_to_judge(db_session: Session, *, now: datetime) -> Sequence[ContestRound]:
    """Return the rounds whose time is over and that have no points yet, oldest first."""
    return db_session.scalars(
        select(ContestRound)
        .where(
            ContestRound.readied_at.is_not(None),
            ContestRound.scored_at.is_(None),
            ContestRound.halted_at.is_(None),
            ContestRound.ends_at < now,
        )
        .order_by(ContestRound.ends_at)
    ).all()


def judge_round(public_id: str, *, now: datetime) -> bool:
    """Close a round's rooms, judge them, and store their points; opens its own transactions.

    The judging replays a room some hundred times: no lock is held meanwhile, and what was judged
    counts only if the round is still in the run that was looked at.

    Returns:
        Whether the round has its points now.
    """
    with transaction() as db_session:
        round_ = queries.round_of(db_session, public_id, lock=True)
        is_over = round_.readied_at is not None and round_.scored_at is None
        if not is_over or not running.close_rooms(db_session, round_, now=now):
            return round_.scored_at is not None
    with reading_session() as reading:
        judged = judged_places(reading, queries.round_of(reading, public_id))
    with transaction() as db_session:
        round_ = queries.round_of(db_session, public_id, lock=True)
        contest = db_session.get_one(Contest, round_.contest_id, with_for_update=True)
        return store_places(db_session, contest, round_, judged, now=now)


def judged_places(db_session: Session, round_: ContestRound) -> list[JudgedPlace]:
    """Judge every room of a round's present run; pure in what is stored."""
    contest = db_session.get_one(Contest, round_.contest_id)
    rules = queries.rules_of(db_session, contest).score
    yardsticks: dict[RoomKeys, tuple[Outcome, Outcome]] = {}
    return [
        judged_place(db_session, place, room, round_.run_no, rules, yardsticks)
        for place, room in queries.run_rooms(db_session, round_)
    ]


def judged_place(
    db_session: Session,
    place: RoundPlace,
    room: RoomSession,
    run_no: int,
    rules: ScoreRules,
    yardsticks: dict[RoomKeys, tuple[Outcome, Outcome]],
) -> JudgedPlace:
    """Judge the room of one place."""
    scenario = rooms.room_scenario(db_session, room)
    reference = reference_of(db_session, scenario.with_plan(None))
    log = rooms.log_of(db_session, room)
    given = [
        GivenForecast(one.prompt, one.tick, one.forecast) for one in forecasts_of(db_session, room)
    ]
    place_id, head, keys = place.id, room.head_hash, room.keys
    is_absent, is_scored = room.writer_epoch == 0, room.scored_at is not None
    score = score_room(scenario, keys, log, given, reference, rules, yardsticks)
    return JudgedPlace(
        place_id=place_id,
        run_no=run_no,
        room=None if is_scored else judge(db_session, room),
        score=score,
        log_head=head,
        is_absent=is_absent,
    )


def store_places(
    db_session: Session,
    contest: Contest,
    round_: ContestRound,
    judged: Sequence[JudgedPlace],
    *,
    now: datetime,
) -> bool:
    """Store what a locked round's rooms came to; say whether the round has its points now."""
    if round_.scored_at is not None or not judged:
        return round_.scored_at is not None
    if any(one.run_no != round_.run_no for one in judged):
        return False  # it was started anew meanwhile
    held = {place.id: room for place, room in queries.run_rooms(db_session, round_, lock=True)}
    if any(held[one.place_id].head_hash != one.log_head for one in judged):
        return False
    scores = []
    for one in judged:
        room = held[one.place_id]
        if one.room is not None and room.scored_at is None:
            store_score(db_session, room, one.room, reason=str(room.closing), now=now)
        scores.append(
            PlaceScore(
                place_id=one.place_id,
                run_no=one.run_no,
                at=now,
                reason="absent" if one.is_absent else "played",
                protest_id=None,
                room_points=one.score.room_points,
                forecast_points=one.score.forecast_points,
                strikes=one.score.strikes,
                uplift_ratio=one.score.uplift_ratio,
                shadows=list(one.score.shadows),
                log_head=one.log_head,
                rules_ref=contest.rules_ref,
            )
        )
    db_session.add_all(scores)
    round_.scored_at = now
    details = {
        "round": round_.public_id,
        "rooms": len(judged),
        "run": round_.run_no,
        "anchor": scores_anchor(scores),
    }
    note(db_session, contest, "round_scored", "system:contests", now, details)
    if round_.kind != "rehearsal":
        counted = [
            one
            for one in queries.rounds_of(db_session, contest.id)
            if one.kind != "rehearsal" and one.scored_at is None
        ]
        if not counted:
            contest.state = "judging"
    else:
        for room in held.values():
            show_result(db_session, room, actor="system:contests", now=now)
    publish(db_session, RoundScored(contest.id, round_.id, now))
    return True


def fill_final(
    db_session: Session, contest: Contest, *, actor: str, now: datetime
) -> list[ContestEntry]:
    """Give the places of a locked contest's final to the best of the heats.

    The best by rank, as many as the final has places; who ties with the last of them is in only
    where there is room for all of the tie, by the final's `place_count`.

    Raises:
        ContestStageError: If there is no final, heats are not scored or marked, or it has begun.
    """
    rules = queries.rules_of(db_session, contest)
    rounds = queries.rounds_of(db_session, contest.id)
    finals = [one for one in rounds if one.kind == "final"]
    heats = [one for one in rounds if one.kind == "heat"]
    if len(finals) != 1 or not heats or finals[0].readied_at is not None:
        raise ContestStageError(f"{contest!r}: no final to fill")
    _check_marked(db_session, heats, rules)
    results = ranked(queries.standing_results(db_session, contest, rules, stage=1), rules)
    came = [one for one in results if _came(one)]
    chosen = advancing(came, finals[0].place_count)
    if len(chosen) > finals[0].place_count:
        last = next(one.rank for one in came if one.entry == chosen[-1])
        chosen = [one.entry for one in came if one.rank < last]
    entries = {one.public_id: one for one in queries.entries_of(db_session, contest.id)}
    order = [entries[one] for one in chosen]
    fill_round(db_session, finals[0], order)
    note(db_session, contest, "final_filled", actor, now, {"entries": chosen})
    return order


def tell(
    db_session: Session,
    contest: Contest,
    *,
    keys: FieldKeys,
    actor: str,
    now: datetime,
) -> list[EntryResult]:
    """Tell the contestants of a locked contest their results, and open the protest window.

    The seals are opened with them, and every room's debrief and replay: its customers retire.

    Raises:
        ContestStageError: If it is not the time.
        NotAllMarkedError: If points or marks are still to come.
    """
    if contest.state != "judging":
        raise ContestStageError(f"{contest!r}: {contest.state}")
    rules = queries.rules_of(db_session, contest)
    rounds = [one for one in queries.rounds_of(db_session, contest.id) if one.kind != "rehearsal"]
    _check_marked(db_session, rounds, rules)
    results = _store_results(db_session, contest, rules, is_final=False, now=now)
    for round_ in rounds:
        for _, room in queries.run_rooms(db_session, round_, lock=True):
            show_result(db_session, room, actor=actor, now=now)
    open_seals(db_session, contest, keys=keys, actor=actor, now=now)
    contest.state, contest.told_at = "protest", now
    contest.protest_until = now + timedelta(hours=rules.protests.window_h)
    note(db_session, contest, "told", actor, now, _version_details(db_session, contest))
    publish(db_session, ResultsTold(contest.id, contest.result_version, now))
    return results


def check_finalisable(db_session: Session, contest: Contest, *, now: datetime) -> None:
    """Refuse to make results final before they could be contested, and all protests answered.

    Raises:
        ContestStageError: If results were not told.
        ProtestsOpenError: If the window is open, or a protest unanswered.
        NotAllMarkedError: If a juror's mark that a protest asked for is still to come.
    """
    if contest.state != "protest" or contest.protest_until is None:
        raise ContestStageError(f"{contest!r}: {contest.state}")
    waiting = [
        one
        for one, *_ in protest_queries.protests_of(db_session, contest.id)
        if one.answered_at is None
    ]
    if now <= contest.protest_until or waiting:
        raise ProtestsOpenError(f"{contest!r}: {len(waiting)} unanswered")
    rounds = queries.rounds_of(db_session, contest.id)
    for round_ in rounds:
        for place, _ in queries.places_of(db_session, round_.id):
            tasks = jury_queries.tasks_of_place(db_session, place.id)
            if any(task.is_extra and mark is None for task, _, mark in tasks):
                raise NotAllMarkedError(f"{round_!r}")


def finalise(
    db_session: Session,
    contest: Contest,
    *,
    proposer: str,
    decider: str,
    now: datetime,
) -> list[EntryResult]:
    """Make the results of a locked contest final, and give certification what reaches its cut.

    Args:
        db_session: The session of the caller's transaction.
        contest: The contest.
        proposer: Who proposed it; neither of the two may be a contestant.
        decider: Who confirmed it.
        now: The moment (aware).

    Raises:
        ContestStageError, ProtestsOpenError, NotAllMarkedError: Not yet.
        SecondPersonRequiredError: If one of the two is a contestant whose result it makes.
    """
    check_finalisable(db_session, contest, now=now)
    rules = queries.rules_of(db_session, contest)
    results = _store_results(
        db_session, contest, rules, is_final=True, now=now, people=(proposer, decider)
    )
    contest.state, contest.finalised_at = "final", now
    note(
        db_session,
        contest,
        "finalised",
        decider,
        now,
        {**_version_details(db_session, contest), "proposer": proposer},
    )
    publish(
        db_session,
        ContestResultFinal(contest.id, contest.public_id, contest.result_version, now),
    )
    return results


def reopen(db_session: Session, contest: Contest, *, actor: str, now: datetime) -> None:
    """Take a locked contest's final results back to be corrected; what was final stays on record.

    Claims that no credential rests on are declined; credentials that do rest on one are listed by
    `credentials_at_stake` for the office, which acts on them by its own two people.

    Raises:
        ContestStageError: If they are not final.
    """
    if contest.state != "final":
        raise ContestStageError(f"{contest!r}: {contest.state}")
    for result, _ in queries.results_of(db_session, contest):
        if result.claim_public_id is None:
            continue
        claim = claims.claim_of(db_session, result.claim_public_id, lock=True)
        if tracing.credential_on(db_session, claim) is None:
            claims.take_back(db_session, claim, actor=actor, now=now)
    contest.state, contest.finalised_at = "protest", None
    note(db_session, contest, "reopened", actor, now, {"version": contest.result_version})


def _store_results(
    db_session: Session,
    contest: Contest,
    rules: ContestRules,
    *,
    is_final: bool,
    now: datetime,
    people: tuple[str, str] | None = None,
) -> list[EntryResult]:
    found = queries.standing_results(db_session, contest, rules)
    results = ranked([one for one in found if _came(one)], rules)
    results += [one for one in found if not _came(one)]  # without a rank
    standard = tracing.standard_of(db_session, rules)
    entries = {one.public_id: one for one in queries.entries_of(db_session, contest.id)}
    contest.result_version += 1
    for one in results:
        entry = entries[one.entry]
        came = _came(one)
        meets = came and standard is not None and one.certified_points >= standard
        claim_id = None
        if meets and people is not None:
            claim_id = _claim(db_session, contest, entry, one, people, now=now)
        db_session.add(
            ContestResult(
                contest_id=contest.id,
                entry_id=entry.id,
                version=contest.result_version,
                is_final=is_final,
                at=now,
                rank=one.rank if came else None,
                total_points=one.total_points,
                certified_points=one.certified_points,
                low_points=one.low_points,
                high_points=one.high_points,
                meets_standard=meets,
                detail=one.to_dict(),
                claim_public_id=claim_id,
            )
        )
    db_session.flush()
    return results


def _version_details(db_session: Session, contest: Contest) -> dict[str, object]:
    """Return what the audit log notes of the newest version of the results."""
    rows = [row for row, _ in queries.results_of(db_session, contest)]
    return {"version": contest.result_version, "anchor": results_anchor(rows)}


def _claim(
    db_session: Session,
    contest: Contest,
    entry: ContestEntry,
    result: EntryResult,
    people: tuple[str, str],
    *,
    now: datetime,
) -> str:
    """State a result that reaches the standard as evidence, and confirm it: two people did.

    A claim of an earlier version that a credential rests on already is left alone.
    """
    earlier = db_session.scalars(
        select(ContestResult.claim_public_id).where(
            ContestResult.contest_id == contest.id,
            ContestResult.entry_id == entry.id,
            ContestResult.claim_public_id.is_not(None),
        )
    )
    for claim_id in earlier:
        if (
            tracing.credential_on(db_session, claims.claim_of(db_session, str(claim_id)))
            is not None
        ):
            return str(claim_id)
    proposer, decider = people
    person = accounts.person(db_session, entry.person_id)
    version = contest.result_version
    claim = claims.enter(
        db_session,
        person,
        claims.NewClaim(
            kind="contest",
            amount=result.certified_points,
            happened_on=issue_day(now),
            title=contest.title if version <= 2 else f"{contest.title} v{version}",
            source=f"contest:{contest.public_id}/entry:{entry.public_id}/result:{version}",
        ),
        enterer=proposer,
        now=now,
    )
    decide_claim(db_session, claim, "confirmed", decider=decider, now=now)
    return claim.public_id


def _came(result: EntryResult) -> bool:
    return any(part.reason != "absent" for part in result.parts)


def _check_marked(db_session: Session, rounds: Sequence[ContestRound], rules: ContestRules) -> None:
    for round_ in rounds:
        left = judging.unmarked_count(db_session, round_, rules.jury)
        if round_.scored_at is None or left:
            raise NotAllMarkedError(f"{round_!r}: {left} marks to come")
