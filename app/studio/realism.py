"""The trial (试行): a room counts once two who run rooms have played it blind and found it real.

The rule is one: outside a demonstration a scenario version counts for a credential only if two
committee members confirmed it after a first, finished play, and none of them rejected it. What was
voted is of that version's content; another version begins its trial anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.studio.models import ScenarioVersion
from app.studio.queries import version_of
from app.studio.realism_models import RealismVote

NEEDED = 2
"""Members who confirm."""

LEAST_SESSIONS_RUN = 10
"""Real sessions that a member has run: who never did cannot say whether a room is like one."""

LEAST_REAL_SHARE = 0.8
"""Share of the minutes that must be real for a confirmation."""

REAL, DOUBTFUL, UNREAL = "r", "d", "u"
VOTES = (REAL, DOUBTFUL, UNREAL)
REMARK_MOST = 2000


class AlreadyVotedError(ConflictError):
    """Raised when the member has voted on this version: a vote is never changed."""

    code = "realism_voted"


class NotBlindError(ForbiddenError):
    """Raised when the member has not played this very room to its end, for the first time."""

    code = "realism_not_blind"


class NotAnOperatorError(ForbiddenError):
    """Raised when the member does not run rooms."""

    code = "realism_no_operator"


class UnrealMinutesError(InvalidInputError):
    """Raised when a room is confirmed in which too many minutes are not real."""

    code = "realism_unreal_minutes"


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a version's trial is.

    Attributes:
        confirmed: Members who confirmed.
        rejected: Members who rejected.
        minutes: For each minute the share of votes that found it real; empty without votes.
    """

    confirmed: int
    rejected: int
    minutes: tuple[float, ...]

    @property
    def is_over(self) -> bool:
        """Say whether the room is confirmed."""
        return self.confirmed >= NEEDED and self.rejected == 0


def votes_of(db_session: Session, version: ScenarioVersion) -> Sequence[RealismVote]:
    """Return the votes on a version's present content, oldest first."""
    return db_session.scalars(
        select(RealismVote)
        .where(
            RealismVote.scenario_version_id == version.id,
            RealismVote.content_hash == version.content_hash,
        )
        .order_by(RealismVote.id)
    ).all()


def trial_of(db_session: Session, version: ScenarioVersion) -> Trial:
    """Return how far a version's trial is."""
    votes = votes_of(db_session, version)
    length = max((len(one.minutes) for one in votes), default=0)
    shares = tuple(
        sum(one.minutes[at : at + 1] == REAL for one in votes) / len(votes) for at in range(length)
    )
    confirmed = sum(one.confirms for one in votes)
    return Trial(confirmed, len(votes) - confirmed, shares)


def counts_for_credentials(db_session: Session, ref: str, *, in_demo: bool) -> bool:
    """Say whether a room may count for a credential.

    Args:
        db_session: A session to read with.
        ref: `id@version` of the scenario.
        in_demo: Whether the deployment is a demonstration, where nothing real is certified.

    Raises:
        NotFoundError: If there is no such version.
    """
    return in_demo or trial_of(db_session, version_of(db_session, ref)).is_over


def vote(
    db_session: Session,
    ref: str,
    *,
    person_id: int,
    room_ref: str,
    was_blind: bool,
    sessions_run: int,
    minutes: str,
    remark: str,
    confirms: bool,
    actor: str,
    now: datetime,
) -> RealismVote:
    """Record a member's judgement, minute by minute.

    Args:
        db_session: The session of the caller's transaction.
        ref: The version that was played.
        person_id: The member.
        room_ref: The room's public id.
        was_blind: Whether it was the member's first room of this scenario, played to its end; the
            caller knows the rooms.
        sessions_run: Real sessions that the member has run.
        minutes: A letter of `VOTES` for each minute of the session.
        remark: What was real and what was not, in words.
        confirms: Whether the room may count.
        actor: The member, for the audit log.
        now: The moment (aware).

    Raises:
        NotAnOperatorError: If the member does not run rooms.
        NotBlindError: If the room was not played blind.
        AlreadyVotedError: If the member has voted on this version.
        InvalidInputError: If a minute has no vote, or a rejection has no reason.
        UnrealMinutesError: If it is confirmed although too many minutes are not real.
    """
    version = version_of(db_session, ref)
    if sessions_run < LEAST_SESSIONS_RUN:
        raise NotAnOperatorError(f"person {person_id} has run {sessions_run} sessions")
    if not was_blind:
        raise NotBlindError(f"person {person_id} has not played {ref} blind to its end")
    if len(minutes) != int(version.body["duration_min"]) or set(minutes) - set(VOTES):
        raise InvalidInputError(f"{ref}: a vote for each of its minutes is needed")
    if not confirms and not remark.strip():
        raise InvalidInputError(f"{ref}: a rejection needs a reason")
    if confirms and minutes.count(REAL) < LEAST_REAL_SHARE * len(minutes):
        raise UnrealMinutesError(f"{ref}: {minutes.count(REAL)} of {len(minutes)} minutes real")
    known = db_session.scalar(
        select(RealismVote.id).where(
            RealismVote.scenario_version_id == version.id, RealismVote.person_id == person_id
        )
    )
    if known is not None:
        raise AlreadyVotedError(f"person {person_id} on {ref}")
    made = RealismVote(
        scenario_version_id=version.id,
        content_hash=version.content_hash,
        person_id=person_id,
        room_ref=room_ref,
        sessions_run=sessions_run,
        minutes=minutes,
        remark=remark.strip()[:REMARK_MOST],
        confirms=confirms,
        voted_at=now,
    )
    db_session.add(made)
    db_session.flush()
    record_act(
        db_session,
        subject=f"scenario:{version.scenario_id}",
        action="scenario.realism_voted",
        actor=actor,
        now=now,
        details={"ref": ref, "confirms": confirms, "room": room_ref},
    )
    return made


def retire(
    db_session: Session, ref: str, *, reason: str, actor: str, now: datetime
) -> ScenarioVersion:
    """Take a version out of use: nothing new starts in it; what pinned it goes on.

    Raises:
        InvalidInputError: Without a reason.
        ConflictError: If it is retired already.
    """
    version = version_of(db_session, ref)
    if not reason.strip():
        raise InvalidInputError(f"{ref}: a reason is needed")
    if version.retired_at is not None:
        raise ConflictError(f"{ref} is retired")
    version.retired_at = now
    db_session.flush()
    record_act(
        db_session,
        subject=f"scenario:{version.scenario_id}",
        action="scenario.retired",
        actor=actor,
        now=now,
        details={"ref": ref, "reason": reason.strip()[:200]},
    )
    return version
