"""Lead a meeting from stage to stage, with the real results that the panel is shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.analysis import queries as analysis
from app.core.errors import InvalidInputError, NotFoundError
from app.exams.treating import version_of
from app.standards import queries
from app.standards.acts import NotReadyError, PanelTooSmallError, check_stage, note
from app.standards.labels import SEATS
from app.standards.models import StandardMeeting
from question_bank.psychometrics.classical import LEAST_PERSONS, item_statistics
from question_bank.psychometrics.panels import LEAST_PANEL

ROUNDS_LEAST, ROUNDS_MOST = 2, 3
"""A cut rests on at least two rounds with a discussion between; a fourth moves nothing."""

SCORE_DIGITS = 4


@dataclass(frozen=True)
class RealResults:
    """What candidates really did at a blueprint.

    Attributes:
        facilities: By item version: (share correct, persons), with enough persons only.
        scores: (score fraction, persons), ascending, of every counted attempt.
    """

    facilities: Mapping[str, tuple[float, int]]
    scores: Sequence[tuple[float, int]]


def real_results(db_session: Session, blueprint_ref: str) -> RealResults:
    """Return facilities and scores of every attempt at a blueprint that counts.

    Reads all of its responses: not inside a transaction.
    """
    try:
        sample = analysis.sample_of(db_session, blueprint_ref)
    except NotFoundError:
        return RealResults({}, [])
    facilities = {
        one.item_ref: (float(one.facility), one.count)
        for one in item_statistics(sample.matrix)
        if one.count >= LEAST_PERSONS and one.facility is not None
    }
    counts: dict[float, int] = {}
    for score in sample.matrix.score_fractions:
        rounded = round(float(score), SCORE_DIGITS)
        counts[rounded] = counts.get(rounded, 0) + 1
    return RealResults(facilities, sorted(counts.items()))


def begin_training(
    db_session: Session, meeting: StandardMeeting, *, actor: str, now: datetime
) -> None:
    """Close the preparation, draw the seats, and let the judges practise on items apart.

    Raises:
        MeetingMovedOnError: If it was done before.
        PanelTooSmallError: If fewer than five judges without an interest are left.
        NotReadyError: If a declaration, the definition or an agreement is missing.
    """
    check_stage(meeting, "preparing")
    judges = queries.sitting_members(db_session, meeting.id)
    if len(judges) < LEAST_PANEL:
        raise PanelTooSmallError(f"{meeting!r}: {len(judges)}")
    if any(one.declared_at is None for one in judges):
        raise NotReadyError("not_everybody_declared", f"{meeting!r}")
    definition = queries.definition_or_none(db_session, meeting.id)
    if definition is None:
        raise NotReadyError("definition_missing", f"{meeting!r}")
    agreed = queries.agreed_member_ids(db_session, definition.id)
    if any(one.id not in agreed for one in judges):
        raise NotReadyError("not_everybody_agreed", f"{meeting!r}")
    seats = list(SEATS[: len(judges)])
    for one in judges:
        one.seat = seats.pop(secrets.randbelow(len(seats)))
    _go_to(db_session, meeting, "rating", 0, actor=actor, now=now)


def begin_discussion(
    db_session: Session,
    meeting: StandardMeeting,
    results: RealResults,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Close a round and show the panel how it judged, with the real results beside.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked.
        results: Of `real_results`; kept as they are now.
        actor: The coordinator.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If no round is open.
        NotReadyError: If a judge has not finished it.
    """
    check_stage(meeting, "rating")
    wanted = set(queries.subjects_in(meeting, meeting.round))
    given = queries.judgements_in(db_session, meeting, meeting.round)
    for one in queries.sitting_members(db_session, meeting.id):
        if wanted - set(given.get(one.id, {})):
            raise NotReadyError("ratings_missing", f"{meeting!r}: {one!r}")
    refs = {version_of(ref) for ref in [*meeting.item_refs, *meeting.training_refs]}
    meeting.facilities = {
        ref: [share, count] for ref, (share, count) in results.facilities.items() if ref in refs
    }
    meeting.cohort = [[score, count] for score, count in results.scores]
    _go_to(db_session, meeting, "discussing", meeting.round, actor=actor, now=now)


def begin_round(
    db_session: Session, meeting: StandardMeeting, *, actor: str, now: datetime
) -> None:
    """Open the next round after a discussion.

    Raises:
        MeetingMovedOnError: If there is no discussion.
        NotReadyError: After the third round.
    """
    check_stage(meeting, "discussing")
    if meeting.round >= ROUNDS_MOST:
        raise NotReadyError("rounds_used_up", f"{meeting!r}")
    _go_to(db_session, meeting, "rating", meeting.round + 1, actor=actor, now=now)


def ask_for_bounds(
    db_session: Session, meeting: StandardMeeting, *, actor: str, now: datetime
) -> None:
    """End the rounds and ask Hofstee's four questions.

    Raises:
        MeetingMovedOnError: If there is no discussion.
        NotReadyError: Before the second round.
    """
    check_stage(meeting, "discussing")
    if meeting.round < ROUNDS_LEAST:
        raise NotReadyError("rounds_left", f"{meeting!r}: round {meeting.round}")
    _go_to(db_session, meeting, "bounds", meeting.round, actor=actor, now=now)


def abandon(
    db_session: Session, meeting: StandardMeeting, reason: str, *, actor: str, now: datetime
) -> None:
    """End a meeting without a cut, for example when too few judges are left.

    Raises:
        MeetingMovedOnError: If the minutes are signed, or it has ended.
        InvalidInputError: Without a reason.
    """
    check_stage(meeting, "preparing", "rating", "discussing", "bounds", "signing")
    if not 2 <= len(reason) <= 200:
        raise InvalidInputError(f"{meeting!r}", [{"field": "reason", "code": "length"}])
    meeting.stage, meeting.ended_at = "abandoned", now
    db_session.flush()
    note(db_session, meeting, "abandoned", actor=actor, now=now, details={"reason": reason})


def _go_to(
    db_session: Session,
    meeting: StandardMeeting,
    stage: str,
    round_number: int,
    *,
    actor: str,
    now: datetime,
) -> None:
    meeting.stage, meeting.round = stage, round_number
    db_session.flush()
    details = {"stage": stage, "round": round_number}
    note(db_session, meeting, "stage_opened", actor=actor, now=now, details=details)
