"""Compute a contest again: seals, logs, scores, corrections, marks, results, claims."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import claims
from app.contests import jury_queries, queries
from app.contests.anchoring import results_anchor, scores_anchor
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestProtest,
    ContestResult,
    ContestRound,
    JuryMark,
    PlaceScore,
    RoundPlace,
    RoundSeal,
)
from app.contests.planning import read_sealed
from app.contests.rechecking.findings import Explanation, Report
from app.contests.rechecking.logs import verified_log
from app.contests.rules import ContestRules
from app.contests.scoring import EntryResult, PlacePart, RoomScore, ranked, score_room
from app.core.audit.models import AuditEntry
from app.core.audit.services import chain_of
from app.core.crypto import FieldKeys
from app.core.hashing import canonical_json, digest
from app.rooms import queries as rooms
from app.rooms.models import RoomSession
from app.rooms.staging import cards_of as cards_of_room
from app.studio.queries import reference_of, scenario_of
from simulations.commitments import Seal, SealError, is_commitment_to, parse_seal
from simulations.errors import RoomError
from simulations.outcomes import Outcome
from simulations.rooms import RoomKeys
from simulations.scoring import room_result

SCORED = ("room_points", "forecast_points", "strikes", "uplift_ratio")
CORRECTED = ("room_points", "forecast_points", "strikes")


def recheck(db_session: Session, contest: Contest, *, keys: FieldKeys) -> Report:
    """Compute a contest again from what was sealed and logged, and compare it with its rows.

    Reads only; replays every room some tens of times, so it is no work for a web request.

    Args:
        db_session: A session to read with.
        contest: A contest of which rounds were scored.
        keys: Open the seals.
    """
    report = Report()
    rules = queries.rules_of(db_session, contest)
    noted = _contest_chain(db_session, contest, report)
    for round_ in queries.rounds_of(db_session, contest.id):
        seal = _check_seals(db_session, round_, keys, report)
        if round_.scored_at is not None:
            _check_round(db_session, round_, rules, seal, noted, report)
    _check_marks(db_session, contest, report)
    _check_results(db_session, contest, rules, noted, report)
    return report


def _contest_chain(db_session: Session, contest: Contest, report: Report) -> list[AuditEntry]:
    """Verify the contest's chain of the audit log; return its entries."""
    entries, fault = chain_of(db_session, f"contest:{contest.public_id}")
    report.count("acts", len(entries))
    if fault is not None:
        report.expect("audit_broken", f"#{fault.sequence}", fault.fault, "")
    return entries


def _check_seals(
    db_session: Session, round_: ContestRound, keys: FieldKeys, report: Report
) -> Seal | None:
    """Check every commitment of a round; return the seal of its present run, if it can be read."""
    used = None
    for row in queries.seals_of(db_session, [round_.id]).get(round_.id, []):
        report.count("seals")
        where = f"{round_.title} · {row.slot}"
        seal = _opened(row, round_, keys)
        if seal is None or not is_commitment_to(seal, row.commitment):
            stored = row.commitment
            report.expect("seal_broken", where, stored, "" if seal is None else seal.commitment)
        elif row.opened is not None:
            report.expect("seal_broken", where, row.opened, seal.document())
        if seal is not None and row.slot == round_.seal_slot:
            used = seal
    return used


def _opened(row: RoundSeal, round_: ContestRound, keys: FieldKeys) -> Seal | None:
    """Return what a seal holds; None if it cannot be read any more."""
    try:
        if row.opened is not None:
            parse_seal(row.opened)
        return read_sealed(row, round_, keys)
    except (SealError, ValueError):
        return None


def _check_round(
    db_session: Session,
    round_: ContestRound,
    rules: ContestRules,
    seal: Seal | None,
    noted: Sequence[AuditEntry],
    report: Report,
) -> None:
    scenario = scenario_of(db_session, round_.scenario_ref)
    if seal is not None:
        hashed = scenario.content_hash()
        report.expect("scenario_changed", round_.title, hashed, seal.scenario_hash)
    yardsticks: dict[RoomKeys, tuple[Outcome, Outcome]] = {}
    held = {place.id: room for place, room in queries.run_rooms(db_session, round_)}
    firsts: list[PlaceScore] = []
    played = tuple(sorted((one.incident, one.tick) for one in queries.cards_of(db_session, round_)))
    for place, entry in queries.places_of(db_session, round_.id):
        room = held.get(place.id)
        if room is None:  # withdrawn before the rooms were made
            continue
        where = f"{round_.title} · {entry.code}"
        report.count("rooms")
        if seal is not None:
            # By hash: the keys are nobody's to read before the seals are opened.
            held_keys = digest((room.macro_key + room.micro_key).hex())
            sealed_keys = digest(seal.keys.to_bytes().hex())
            report.expect("keys_differ", where, held_keys, sealed_keys)
        rows = [
            one
            for one in queries.scores_of_place(db_session, place.id)
            if one.run_no == round_.run_no
        ]
        if not rows:
            report.expect("score_missing", where, "", room.public_id)
            continue
        firsts.append(rows[0])
        _check_room(db_session, room, rows[0], rules, played, yardsticks, where, report)
        _check_corrections(db_session, rows, where, report)
    for act in noted:
        details = json.loads(act.details)
        is_this = (details.get("round"), details.get("run")) == (round_.public_id, round_.run_no)
        if act.action == "contest.round_scored" and is_this and "anchor" in details:
            anchor = scores_anchor(firsts)
            report.expect("anchor_differs", round_.title, anchor, details["anchor"])


def _check_room(
    db_session: Session,
    room: RoomSession,
    row: PlaceScore,
    rules: ContestRules,
    played: tuple[tuple[str, int], ...],
    yardsticks: dict[RoomKeys, tuple[Outcome, Outcome]],
    where: str,
    report: Report,
) -> None:
    """Verify a room's log and compute its first score from it."""
    log = verified_log(db_session, room)
    report.count("events", log.events)
    if log.fault is not None:
        report.expect("log_broken", f"{where} · #{log.fault}", "", "-")
    report.expect("log_head", where, row.log_head, log.head)
    report.expect("cards_differ", where, log.cards, played)
    report.expect("cards_differ", where, tuple(sorted(cards_of_room(room.cards))), log.cards)
    if log.plan is not None:
        report.expect("plan_differs", where, room.plan or {}, log.plan)
    try:
        scenario = rooms.room_scenario(db_session, room)
        reference = reference_of(db_session, scenario.with_plan(None))
        score = score_room(
            scenario, room.keys, log.actions, log.forecasts, reference, rules.score, yardsticks
        )
        result = room_result(scenario, room.keys, log.actions, reference).to_dict()
    except (RoomError, ValueError) as error:  # what was put there could never have happened
        report.expect("score_differs", where, row.room_points, str(error))
        return
    report.count("scores")
    _compare_score(row, score, where, report)
    kept = rooms.score_or_none(db_session, room.id)
    if kept is not None and canonical_json(kept.result) != canonical_json(result):
        stored, found = canonical_json(kept.result), canonical_json(result)
        report.expect("room_score_differs", where, stored, found)


def _compare_score(row: PlaceScore, score: RoomScore, where: str, report: Report) -> None:
    for name in SCORED:
        stored, found = getattr(row, name), getattr(score, name)
        report.expect("score_differs", f"{where} · {name}", stored, found)
    report.expect("score_differs", f"{where} · shadows", list(row.shadows), list(score.shadows))


def _check_corrections(
    db_session: Session, rows: Sequence[PlaceScore], where: str, report: Report
) -> None:
    """Check that every later score is what an upheld protest made of the one before it."""
    for before, after in pairwise(rows):
        report.count("corrections")
        protest = (
            None if after.protest_id is None else db_session.get(ContestProtest, after.protest_id)
        )
        if protest is None or protest.outcome != "upheld" or not protest.change:
            report.expect("correction_differs", where, after.reason, "")
            continue
        for name in CORRECTED:
            old, new = protest.change.get(name, (getattr(before, name),) * 2)
            pair = getattr(before, name), getattr(after, name)
            report.expect("correction_differs", f"{where} · {name}", pair, (old, new))


def _check_marks(db_session: Session, contest: Contest, report: Report) -> None:
    """Compare each juror's marks with what the audit log noted when they were handed in."""
    for round_ in queries.rounds_of(db_session, contest.id):
        for place, entry in queries.places_of(db_session, round_.id):
            for task, _, mark in jury_queries.tasks_of_place(db_session, place.id):
                if mark is None:
                    continue
                report.count("marks")
                where = f"{round_.title} · {entry.code} · {task.public_id}"
                acts, fault = chain_of(db_session, f"jury:{task.public_id}")
                if fault is not None:
                    report.expect("audit_broken", where, fault.fault, "")
                marked = [json.loads(one.details) for one in acts if one.action == "jury.marked"]
                noted = marked[-1].get("marks") if marked else None
                report.expect("mark_differs", where, dict(mark.marks), noted)


def _check_results(
    db_session: Session,
    contest: Contest,
    rules: ContestRules,
    noted: Sequence[AuditEntry],
    report: Report,
) -> None:
    """Check every version's fingerprint and claims, and compute the newest one again."""
    for act in noted:
        details = json.loads(act.details)
        if act.action in {"contest.told", "contest.finalised"} and "anchor" in details:
            version = int(details["version"])
            rows = [row for row, _ in queries.results_of(db_session, contest, version)]
            anchor = results_anchor(rows)
            report.expect("anchor_differs", f"v{version}", anchor, details["anchor"])
    if not contest.result_version:
        return
    lines = list(queries.results_of(db_session, contest))
    for row, entry in lines:
        _check_claim(db_session, row, entry, report)
    found = queries.standing_results(db_session, contest, rules)
    for one in found:
        code = next(entry.code for _, entry in lines if entry.public_id == one.entry)
        report.lines[code] = [explained(part, rules) for part in one.parts]
    if _is_superseded(db_session, contest, lines):
        return
    came = [one for one in found if any(part.reason != "absent" for part in one.parts)]
    computed: dict[str, EntryResult] = {one.entry: one for one in found}
    computed |= {one.entry: one for one in ranked(came, rules)}
    for row, entry in lines:
        report.count("results")
        _compare_result(row, computed.get(entry.public_id), entry.code, report)


def _compare_result(
    row: ContestResult, computed: EntryResult | None, code: str, report: Report
) -> None:
    where = f"v{row.version} · {code}"
    if computed is None:
        report.expect("result_differs", where, row.total_points, "")
        return
    rank = computed.rank or None
    report.expect("result_differs", f"{where} · rank", row.rank, rank)
    for name in ("total_points", "certified_points", "low_points", "high_points"):
        report.expect(
            "result_differs", f"{where} · {name}", getattr(row, name), getattr(computed, name)
        )
    same = canonical_json(row.detail) == canonical_json(computed.to_dict())
    report.expect("result_differs", f"{where} · detail", same, True)


def _check_claim(
    db_session: Session, row: ContestResult, entry: ContestEntry, report: Report
) -> None:
    """Check that what certification was told is what the version that told it says."""
    if row.claim_public_id is None:
        return
    report.count("claims")
    claim = claims.claim_of(db_session, row.claim_public_id)
    version = claim.source.rpartition(":")[2]
    stated = db_session.scalar(
        select(ContestResult.certified_points).where(
            ContestResult.contest_id == row.contest_id,
            ContestResult.entry_id == row.entry_id,
            ContestResult.version == (int(version) if version.isdecimal() else 0),
        )
    )
    report.expect("claim_differs", f"{entry.code} · {claim.public_id}", claim.amount, stated)


def _is_superseded(
    db_session: Session, contest: Contest, lines: Sequence[tuple[ContestResult, ContestEntry]]
) -> bool:
    """Say whether something that counts came after the newest version: it waits for another."""
    made_at = max((row.at for row, _ in lines), default=None)
    if made_at is None:
        return True
    if any(entry.withdrawn_at is not None and entry.withdrawn_at > made_at for _, entry in lines):
        return True
    places = select(RoundPlace.id).where(
        RoundPlace.round_id.in_([one.id for one in queries.rounds_of(db_session, contest.id)])
    )
    later: list[Any] = [
        db_session.scalar(
            select(PlaceScore.id)
            .where(PlaceScore.place_id.in_(places), PlaceScore.at > made_at)
            .limit(1)
        )
    ]
    for round_ in queries.rounds_of(db_session, contest.id):
        for place, _ in queries.places_of(db_session, round_.id):
            tasks = jury_queries.tasks_of_place(db_session, place.id)
            later += [mark for _, _, mark in tasks if _is_later(mark, made_at)]
    return any(one is not None for one in later)


def _is_later(mark: JuryMark | None, moment: Any) -> bool:
    return mark is not None and mark.at > moment


def explained(part: PlacePart, rules: ContestRules) -> Explanation:
    """Return how the points of one round are made.

    A part that was not judged has no weight; the others share it in proportion.
    """
    score = rules.score
    parts = [
        ("room", part.room_points, score.room_weight),
        ("forecast", part.forecast_points, score.forecast_weight),
        ("jury", part.jury_points, score.jury_weight),
    ]
    judged = [(name, value, weight) for name, value, weight in parts if value is not None]
    whole = sum(weight for _, _, weight in judged)
    terms = tuple((name, value, weight / whole) for name, value, weight in judged)
    return Explanation(part.title, terms, sum(value * weight for _, value, weight in terms))
