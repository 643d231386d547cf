"""Protests: a contestant contests a result, somebody who scored none of it answers.

What is upheld changes the result by a new score row that names the protest; nothing is rewritten.
Peers' votes stand here too: they are the other thing that contestants say of results.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.contests import judging, jury_queries, protest_queries, queries
from app.contests.entering import actor_of, eligible_credential
from app.contests.events import ProtestAnswered, ProtestFiled
from app.contests.models import (
    Contest,
    ContestEntry,
    ContestProtest,
    ContestRound,
    PeerVote,
    PlaceScore,
    RoundPlace,
)
from app.contests.planning import ContestStageError, note
from app.core.config import Settings
from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    SecondPersonRequiredError,
)
from app.core.events import publish

ABOUT = ("room", "forecast", "jury", "technical")
MOST_CHARS = 2000


class ProtestWindowError(ConflictError):
    """Raised when a result may not be contested yet, or any more."""

    code = "contest_no_protest"


class ProtestAnsweredError(ConflictError):
    """Raised when a protest was answered before."""

    code = "contest_protest_answered"


class VoteGivenError(ConflictError):
    """Raised when somebody would vote twice."""

    code = "contest_vote_given"


class MayNotVoteError(ForbiddenError):
    """Raised when somebody may not vote, or not for this entry."""

    code = "contest_may_not_vote"


@dataclass(frozen=True)
class Answer:
    """What is answered to a protest.

    Attributes:
        outcome: `upheld` or `declined`.
        words: For the contestant.
        room_points: What the room's points are from now on; None leaves them.
        forecast_points: Likewise.
        strikes: Likewise.
        asks_juror: Whether another juror marks the place too.
    """

    outcome: str
    words: str
    room_points: float | None = None
    forecast_points: float | None = None
    strikes: int | None = None
    asks_juror: bool = False

    @property
    def changes_score(self) -> bool:
        values = (self.room_points, self.forecast_points, self.strikes)
        return any(value is not None for value in values)


def file_protest(
    db_session: Session,
    contest: Contest,
    place: RoundPlace,
    *,
    about: str,
    body: str,
    actor: str,
    now: datetime,
) -> ContestProtest:
    """Take a contestant's protest about their own place.

    Raises:
        ProtestWindowError: If results are not told, the window is over, or one waits already.
        InvalidInputError: If it is about nothing known, too short or too long.
    """
    rules = queries.rules_of(db_session, contest)
    in_window = contest.protest_until is not None and now <= contest.protest_until
    if contest.state != "protest" or not in_window:
        raise ProtestWindowError(f"{contest!r}")
    if about not in ABOUT:
        raise InvalidInputError("about", [{"field": "about", "code": "unknown"}])
    words = body.strip()
    if not rules.protests.least_chars <= len(words) <= MOST_CHARS:
        raise InvalidInputError("body", [{"field": "body", "code": "length"}])
    for other, other_place, *_ in protest_queries.protests_of(db_session, contest.id):
        if other_place.id == place.id and other.about == about and other.answered_at is None:
            raise ProtestWindowError(f"{other!r} waits")
    protest = ContestProtest(place_id=place.id, about=about, body=words, filed_at=now)
    db_session.add(protest)
    db_session.flush()
    note(
        db_session,
        contest,
        "protest_filed",
        actor,
        now,
        {"protest": protest.public_id, "about": about},
    )
    publish(db_session, ProtestFiled(contest.id, protest.id, now))
    return protest


def answer_protest(
    db_session: Session,
    contest: Contest,
    protest: ContestProtest,
    place: RoundPlace,
    entry: ContestEntry,
    round_: ContestRound,
    answer: Answer,
    *,
    person_id: int,
    now: datetime,
) -> PlaceScore | None:
    """Answer a locked protest; one that is upheld changes the result by a new fact.

    Args:
        db_session: The session of the caller's transaction.
        contest: Its contest, locked.
        protest: The protest, locked.
        place: What it is about.
        entry: Whose it is.
        round_: Of the place.
        answer: The answer.
        person_id: Who answers: no juror of the contest, no colleague of the contestant, and not
            the contestant.
        now: The moment (aware).

    Returns:
        The new score row, if the answer makes one.

    Raises:
        ProtestAnsweredError: If it was answered.
        SecondPersonRequiredError: If who answers had a part in the score.
        InvalidInputError: If it is no answer, or changes something it does not uphold.
        ContestStageError: If the results are not open to be contested.
    """
    if protest.answered_at is not None:
        raise ProtestAnsweredError(f"{protest!r}")
    if contest.state != "protest":
        raise ContestStageError(f"{contest!r}: {contest.state}")
    jurors = {person.id for _, person in jury_queries.jurors_of(db_session, contest.id)}
    if person_id in jurors or judging.conflict_of(db_session, person_id, entry.person_id, now=now):
        raise SecondPersonRequiredError(f"{protest!r}: by one who scored, or a colleague")
    _check(answer)
    held = queries.newest_score_or_none(db_session, place.id, round_.run_no)
    if held is None:
        raise NotFoundError(f"score of {place.id}")
    actor = actor_of(db_session, person_id)
    score, change = None, _change(held, answer)
    protest.answered_by, protest.answered_at = actor, now
    protest.outcome, protest.answer = answer.outcome, answer.words.strip()
    protest.change = change or None
    if answer.asks_juror:
        judging.deal_extra(db_session, contest, place, entry, now=now)
    if answer.changes_score:
        score = PlaceScore(
            place_id=place.id,
            run_no=held.run_no,
            at=now,
            reason=f"protest:{protest.public_id}",
            protest_id=protest.id,
            room_points=_or(answer.room_points, held.room_points),
            forecast_points=answer.forecast_points
            if answer.forecast_points is not None
            else held.forecast_points,
            strikes=int(_or(answer.strikes, held.strikes)),
            uplift_ratio=held.uplift_ratio,
            # Luck moves a corrected score as it moved the one that was corrected.
            shadows=[
                round(one + _or(answer.room_points, held.room_points) - held.room_points, 1)
                for one in held.shadows
            ],
            log_head=held.log_head,
            rules_ref=held.rules_ref,
        )
        db_session.add(score)
    details = {"protest": protest.public_id, "outcome": answer.outcome, "change": change}
    note(db_session, contest, "protest_answered", actor, now, details)
    publish(db_session, ProtestAnswered(contest.id, protest.id, now))
    return score


def vote(
    db_session: Session,
    contest: Contest,
    entry: ContestEntry,
    person_id: int,
    *,
    settings: Settings,
    now: datetime,
) -> PeerVote:
    """Take a peer's one vote; it stands apart from every score.

    Contestants and holders of the certificate that the entry asks for may vote, for nobody they
    work with and not for themselves, from the end of the last round until the results are final.

    Raises:
        ContestStageError: If there is no vote, or not now.
        MayNotVoteError: If this person may not, or not for this entry.
        VoteGivenError: If they voted for somebody else before; the same again is fine.
    """
    rules = queries.rules_of(db_session, contest)
    if not rules.votes.open or contest.state not in {"judging", "protest"}:
        raise ContestStageError(f"{contest!r}: no vote now")
    own = queries.entry_or_none(db_session, contest.id, person_id)
    is_peer = own is not None and own.withdrawn_at is None
    if not is_peer:
        number = eligible_credential(db_session, contest, person_id, settings=settings, now=now)
        is_peer = number is not None
    conflict = judging.conflict_of(db_session, person_id, entry.person_id, now=now)
    if not is_peer or entry.withdrawn_at is not None or conflict in {"self", "colleague"}:
        raise MayNotVoteError(f"person {person_id} for {entry!r}")
    held = protest_queries.vote_or_none(db_session, contest.id, person_id)
    if held is None:
        given = PeerVote(contest_id=contest.id, person_id=person_id, entry_id=entry.id, at=now)
        try:
            with db_session.begin_nested():
                db_session.add(given)
        except IntegrityError:
            held = protest_queries.vote_or_none(db_session, contest.id, person_id)
            if held is None:
                raise
        else:
            return given
    if held.entry_id != entry.id:
        raise VoteGivenError(f"person {person_id}")
    return held


def _check(answer: Answer) -> None:
    faults: list[dict[str, object]] = []
    if answer.outcome not in {"upheld", "declined"}:
        faults.append({"field": "outcome", "code": "unknown"})
    if not answer.words.strip() or len(answer.words) > MOST_CHARS:
        faults.append({"field": "answer", "code": "length"})
    if answer.outcome == "declined" and (answer.changes_score or answer.asks_juror):
        faults.append({"field": "outcome", "code": "declined_changes"})
    if answer.room_points is not None and not -100 <= answer.room_points <= 130:
        faults.append({"field": "room_points", "code": "out_of_range"})
    if answer.forecast_points is not None and not 0 <= answer.forecast_points <= 100:
        faults.append({"field": "forecast_points", "code": "out_of_range"})
    if answer.strikes is not None and not 0 <= answer.strikes <= 20:
        faults.append({"field": "strikes", "code": "out_of_range"})
    if faults:
        raise InvalidInputError("answer", faults)


def _change(held: PlaceScore, answer: Answer) -> dict[str, Any]:
    """Return what an answer changes: {field: [before, after]}."""
    change: dict[str, Any] = {}
    for field in ("room_points", "forecast_points", "strikes"):
        after = getattr(answer, field)
        if after is not None:
            change[field] = [getattr(held, field), after]
    if answer.asks_juror:
        change["juror"] = [None, "extra"]
    return change


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
