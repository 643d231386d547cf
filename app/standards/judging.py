"""Take judgements, one at a time and only ever added; comments; Hofstee's four answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import IdempotencyKeyReusedError, InvalidInputError, NotFoundError
from app.standards import queries
from app.standards.acts import InterestDeclaredError, check_stage
from app.standards.models import (
    StandardBounds,
    StandardComment,
    StandardMeeting,
    StandardMember,
    StandardRating,
)
from question_bank.psychometrics.panels import is_step
from question_bank.psychometrics.standards import DIFFICULTIES, IMPORTANCES

logger = logging.getLogger(__name__)

COMMENT_CHARS = 400

BOUNDS = (
    "least_cut_fraction",
    "most_cut_fraction",
    "least_fail_fraction",
    "most_fail_fraction",
)


@dataclass(frozen=True)
class Judgement:
    """What a judge says of a subject: a share, or a place in Ebel's grid.

    Attributes:
        expected_fraction: Share of just competent candidates who get it right.
        difficulty, importance: Codes of `question_bank.psychometrics.standards`.
    """

    expected_fraction: float | None = None
    difficulty: str | None = None
    importance: str | None = None


def judgement_sent(body: Mapping[str, Any], *, wants_share: bool) -> Judgement:
    """Return a judgement from a JSON body or a posted form.

    Args:
        body: `expected` in percent (a whole number, or its digits), or `difficulty` and
            `importance`.
        wants_share: Whether the subject is judged by a share.

    Raises:
        InvalidInputError: If it is missing, no step of 5 %, or no cell of the grid.
    """
    if wants_share:
        given = body.get("expected")
        text = str(given) if type(given) in (int, str) else ""
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise InvalidInputError("expected", [{"field": "expected", "code": "no_step"}])
        return Judgement(expected_fraction=int(text) / 100)
    return Judgement(
        difficulty=str(body.get("difficulty", "")), importance=str(body.get("importance", ""))
    )


def save_judgement(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    subject: str,
    judgement: Judgement,
    *,
    round_number: int,
    key: str,
    now: datetime,
) -> StandardRating:
    """Add a judgement of the present round; a repeat with the same key returns the first.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked: the round cannot close meanwhile.
        member: The judge's own place.
        subject: An item of the round, or a cell.
        judgement: What is said of it.
        round_number: The round that the judge's page shows.
        key: Idempotency key.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If the round is closed, or another one is open.
        InterestDeclaredError: If the judge left.
        NotFoundError: If the subject is not of the round.
        InvalidInputError: If the share is no step, or the place is not in the grid.
        IdempotencyKeyReusedError: If the key came with another judgement.
    """
    before = queries.rating_by_key_or_none(db_session, member.id, key)
    if before is not None:
        same = (before.round, before.subject, _said(before)) == (round_number, subject, judgement)
        if not same:
            raise IdempotencyKeyReusedError(key)
        return before
    check_stage(meeting, "rating")
    if not member.is_sitting:
        raise InterestDeclaredError(f"{member!r}")
    if round_number != meeting.round:
        check_stage(meeting, f"round {round_number}")
    if subject not in queries.subjects_in(meeting, meeting.round):
        raise NotFoundError(f"{meeting!r}: subject {subject}")
    _check(meeting, subject, judgement)
    return _add(db_session, meeting, member, subject, judgement, key=key, now=now)


def _said(rating: StandardRating) -> Judgement:
    return Judgement(rating.expected_fraction, rating.difficulty, rating.importance)


def is_share(meeting: StandardMeeting, subject: str) -> bool:
    """Say whether a subject is judged by a share: Angoff's items and Ebel's cells are."""
    return meeting.method == "angoff" or subject in queries.CELL_SUBJECTS


def _check(meeting: StandardMeeting, subject: str, judgement: Judgement) -> None:
    if is_share(meeting, subject):
        share = judgement.expected_fraction
        if share is None or not is_step(share):
            raise InvalidInputError(subject, [{"field": "expected", "code": "no_step"}])
        return
    errors: list[dict[str, object]] = []
    if judgement.difficulty not in DIFFICULTIES:
        errors.append({"field": "difficulty", "code": "no_cell"})
    if judgement.importance not in IMPORTANCES:
        errors.append({"field": "importance", "code": "no_cell"})
    if errors:
        raise InvalidInputError(subject, errors)


def _add(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    subject: str,
    judgement: Judgement,
    *,
    key: str,
    now: datetime,
) -> StandardRating:
    rating = StandardRating(
        member_id=member.id,
        round=meeting.round,
        subject=subject,
        expected_fraction=judgement.expected_fraction,
        difficulty=judgement.difficulty,
        importance=judgement.importance,
        key=key,
        at=now,
    )
    db_session.add(rating)
    db_session.flush()
    return rating


def keep_the_rest(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    *,
    round_number: int,
    now: datetime,
) -> int:
    """Judge what is left of a round as in the round before; says how many subjects that were.

    Doing it twice adds nothing the second time.

    Raises:
        MeetingMovedOnError: If the round is closed, or there was none before it.
        InterestDeclaredError: If the judge left.
    """
    check_stage(meeting, "rating")
    if not member.is_sitting:
        raise InterestDeclaredError(f"{member!r}")
    if round_number != meeting.round or round_number < 2:
        check_stage(meeting, f"round {round_number}")
    earlier = queries.judgements_in(db_session, meeting, round_number - 1, member_id=member.id)
    given = queries.judgements_in(db_session, meeting, round_number, member_id=member.id)
    before, done = earlier.get(member.id, {}), given.get(member.id, {})
    count = 0
    for subject in queries.subjects_in(meeting, round_number):
        if subject in before and subject not in done:
            key = f"kept-{round_number}-{before[subject].id}"
            _add(db_session, meeting, member, subject, _said(before[subject]), key=key, now=now)
            count += 1
    logger.info("%r: %d judgements kept", member, count)
    return count


def add_comment(
    db_session: Session,
    meeting: StandardMeeting,
    subject: str,
    text: str,
    *,
    person_id: int,
    now: datetime,
) -> StandardComment:
    """Say something about an item in the discussion; it is shown without a name.

    Raises:
        MeetingMovedOnError: If there is no discussion.
        NotFoundError: If the item is not of the round.
        InvalidInputError: If it is empty or too long.
    """
    check_stage(meeting, "discussing")
    if subject not in meeting.refs_now:
        raise NotFoundError(f"{meeting!r}: subject {subject}")
    if not 2 <= len(text) <= COMMENT_CHARS:
        raise InvalidInputError(subject, [{"field": "text", "code": "length"}])
    comment = StandardComment(
        meeting_id=meeting.id,
        person_id=person_id,
        round=meeting.round,
        subject=subject,
        text=text,
        at=now,
    )
    db_session.add(comment)
    db_session.flush()
    return comment


def save_bounds(
    db_session: Session,
    meeting: StandardMeeting,
    member: StandardMember,
    shares: Sequence[float | None],
    *,
    now: datetime,
) -> StandardBounds:
    """Take a judge's four answers; until the minutes they may be given anew.

    Args:
        db_session: The session of the caller's transaction.
        meeting: The meeting, locked.
        member: The judge's own place.
        shares: In the order of `BOUNDS`; None for what was not answered.
        now: The moment (aware).

    Raises:
        MeetingMovedOnError: If the questions are not asked now.
        InterestDeclaredError: If the judge left.
        InvalidInputError: Naming each answer that is missing, no step, or the wrong way round.
    """
    check_stage(meeting, "bounds")
    if not member.is_sitting:
        raise InterestDeclaredError(f"{member!r}")
    errors: list[dict[str, object]] = [
        {"field": name, "code": "no_step"}
        for name, share in zip(BOUNDS, shares, strict=True)
        if share is None or not is_step(share)
    ]
    if not errors:
        low_cut, high_cut, low_fail, high_fail = (share or 0.0 for share in shares)
        if low_cut > high_cut:
            errors.append({"field": "most_cut_fraction", "code": "not_in_order"})
        if low_fail > high_fail:
            errors.append({"field": "most_fail_fraction", "code": "not_in_order"})
    if errors:
        raise InvalidInputError(f"{member!r}", errors)
    bounds = StandardBounds(member_id=member.id, at=now, **dict(zip(BOUNDS, shares, strict=True)))
    db_session.add(bounds)
    db_session.flush()
    return bounds
