"""Tables of contests. Seals, card plays, marks, votes, scores and results are only ever added.

A contest has rounds (heats, final, a rehearsal that counts for nothing); a round has places; a
place has a room for each run of the round. What a room did stands in the room's own chain: here
stand who played which round, what it came to, and who decided what.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id

STATES = ("draft", "published", "running", "judging", "protest", "final", "cancelled")
"""A contest's life. `protest`: results are told to the contestants and may be contested."""

ROUND_KINDS = ("rehearsal", "heat", "final")
LIVE_ENTRIES = text("withdrawn_at IS NULL")
OPEN_PROPOSALS = text("decided_at IS NULL")


@append_only
class ContestRulesVersion(Base):
    """One version of a contest's rules; `body` is `app.contests.rules.ContestRules`."""

    __tablename__ = "contest_rules_version"
    __table_args__ = (UniqueConstraint("rules_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rules_id: Mapped[str]
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime]

    @property
    def ref(self) -> str:
        return f"{self.rules_id}@{self.version}"


class Contest(Base):
    """A contest; its rules are pinned when it is planned. `state` is a projection of its acts."""

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'published', 'running', 'judging', 'protest', 'final', "
            "'cancelled')",
            name="state_known",
        ),
        CheckConstraint("entry_opens_at < entry_closes_at", name="entry_in_order"),
        CheckConstraint("seat_count BETWEEN 2 AND 500", name="seats_in_range"),
        Index("ix_contest_state_closes", "state", "entry_closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    rules_ref: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    seat_count: Mapped[int]
    entry_opens_at: Mapped[datetime]
    entry_closes_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    planned_by: Mapped[str]  # "person:<public id>", "cli:demo"
    planned_at: Mapped[datetime]
    published_at: Mapped[datetime | None]  # the contest is announced, entries may come
    seeded_at: Mapped[datetime | None]  # heats are filled
    told_at: Mapped[datetime | None]  # provisional results are told to the contestants
    protest_until: Mapped[datetime | None]
    finalised_at: Mapped[datetime | None]
    result_version: Mapped[int] = mapped_column(default=0, server_default="0")  # of the newest

    def __repr__(self) -> str:
        return f"Contest({self.public_id}, {self.state})"


class ContestRound(Base):
    """One room that many play at once: the same scenario, keys and start for all.

    `stage` orders what follows what; rounds of one stage (the heats) are played beside each
    other. `run_no` rises when a round that was stopped is started anew.
    """

    __tablename__ = "contest_round"
    __table_args__ = (
        UniqueConstraint("contest_id", "ordinal"),
        CheckConstraint("kind IN ('rehearsal', 'heat', 'final')", name="kind_known"),
        CheckConstraint("speed BETWEEN 1 AND 2", name="speed_in_range"),
        CheckConstraint("place_count BETWEEN 1 AND 500", name="places_in_range"),
        Index("ix_contest_round_due", "starts_at", "readied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    ordinal: Mapped[int]  # 1-based, over the contest
    stage: Mapped[int]  # 0 rehearsal, 1 heats, 2 final
    kind: Mapped[str]
    title: Mapped[str]
    scenario_ref: Mapped[str]
    speed: Mapped[float]
    place_count: Mapped[int]  # most contestants
    starts_at: Mapped[datetime]  # by the server's clock; planning, where there is some, begins
    clock_starts_at: Mapped[datetime | None]  # first tick of every room of this run
    ends_at: Mapped[datetime | None]  # last tick; none before it is ready, or while it stands
    run_no: Mapped[int] = mapped_column(default=0, server_default="0")
    seal_slot: Mapped[str] = mapped_column(default="main", server_default="main")  # of this run
    readied_at: Mapped[datetime | None]  # its rooms are there
    halted_at: Mapped[datetime | None]  # every clock stands
    scored_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"ContestRound({self.public_id}, {self.kind} {self.ordinal}, run {self.run_no})"


class RoundSeal(Base):
    """Keys of a round, committed to before the start; opened afterwards.

    The commitment is published when it is made. What it is of is sealed with the field key until
    then. `slot`: `main`, `reserve-1`, …: each with a nonce of its own, so that opening one tells
    nothing of the others.
    """

    __tablename__ = "round_seal"
    __table_args__ = (
        UniqueConstraint("round_id", "slot"),
        CheckConstraint("(opened_at IS NULL) = (opened IS NULL)", name="opened_whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("contest_round.id"))
    slot: Mapped[str]
    commitment: Mapped[str] = mapped_column(unique=True)  # "sha256:<hex>"
    document_sealed: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[str]
    opened_at: Mapped[datetime | None]
    opened: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ContestEntry(Base):
    """Somebody who entered. `provider_*` is whom they worked for then, by their own word."""

    __tablename__ = "contest_entry"
    __table_args__ = (
        UniqueConstraint("contest_id", "person_id"),
        UniqueConstraint("contest_id", "code"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_whole"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str]  # what jurors and voters see: random, says nothing of the order of entry
    public_name: Mapped[str]  # what the public sees
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("provider.id"))
    provider_name: Mapped[str | None]
    credential_number: Mapped[str | None]  # that met the entry condition, or went with it
    qualified_by: Mapped[
        str | None
    ]  # certificate | season:<year>:<points> | place:<contest>:<rank>
    seed_points: Mapped[float | None]  # what the seeding goes by
    seed_rank: Mapped[int | None]
    consented_at: Mapped[datetime]  # to be shown in public
    entered_at: Mapped[datetime]
    is_waiting: Mapped[bool] = mapped_column(default=False, server_default=false())
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]  # own | not_eligible | disqualified

    def __repr__(self) -> str:
        return f"ContestEntry({self.public_id}, {self.code})"


class RoundPlace(Base):
    """An entry's place in a round."""

    __tablename__ = "round_place"
    __table_args__ = (
        UniqueConstraint("round_id", "entry_id"),
        UniqueConstraint("round_id", "lane"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("contest_round.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("contest_entry.id"), index=True)
    lane: Mapped[int]  # 1-based


@append_only
class RoundRoom(Base):
    """The room of a place in one run of its round; earlier runs are kept."""

    __tablename__ = "round_room"
    __table_args__ = (UniqueConstraint("place_id", "run_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("round_place.id"))
    run_no: Mapped[int]
    room_session_id: Mapped[int] = mapped_column(ForeignKey("room_session.id"), unique=True)


@append_only
class CardPlay(Base):
    """A 突发 that the jury played for every room of a run at the same tick."""

    __tablename__ = "card_play"
    __table_args__ = (UniqueConstraint("round_id", "run_no", "incident"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("contest_round.id"))
    run_no: Mapped[int]
    incident: Mapped[str]  # of the scenario
    tick: Mapped[int]  # at whose start it takes effect
    reason: Mapped[str]
    played_by: Mapped[str]
    at: Mapped[datetime]


class ContestJuror(Base):
    """Somebody who judges a contest."""

    __tablename__ = "contest_juror"
    __table_args__ = (UniqueConstraint("contest_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    appointed_by: Mapped[str]
    appointed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class JuryTask(Base):
    """A juror is to mark one place of a round, knowing only its code."""

    __tablename__ = "jury_task"
    __table_args__ = (UniqueConstraint("place_id", "juror_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    place_id: Mapped[int] = mapped_column(ForeignKey("round_place.id"))
    juror_id: Mapped[int] = mapped_column(ForeignKey("contest_juror.id"), index=True)
    dealt_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]  # the juror said: I know who this is
    is_extra: Mapped[bool] = mapped_column(default=False, server_default=false())  # for a protest


@append_only
class JuryMark(Base):
    """A juror's marks of one place; once handed in they stand."""

    __tablename__ = "jury_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("jury_task.id"), unique=True)
    marks: Mapped[dict[str, int]] = mapped_column(JSON)  # by criterion
    comment: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


@append_only
class ContestReview(Base):
    """What a contestant wrote about a run of a round after its end; it stands."""

    __tablename__ = "contest_review"
    __table_args__ = (UniqueConstraint("place_id", "run_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("round_place.id"))
    run_no: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


@append_only
class PeerVote(Base):
    """A contestant's or certified operator's vote; apart from every score."""

    __tablename__ = "peer_vote"
    __table_args__ = (UniqueConstraint("contest_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("contest_entry.id"), index=True)
    at: Mapped[datetime]


@append_only
class PlaceScore(Base):
    """What a place's run came to; a correction is another row, and the newest counts.

    `room_points` is the twin's score; `shadows` are the scores of the same log before other
    viewers of the same day: what luck would have done, and no part of the score.
    """

    __tablename__ = "place_score"
    __table_args__ = (Index("ix_place_score_place_run", "place_id", "run_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("round_place.id"))
    run_no: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str]  # played | absent | protest:<public id>
    protest_id: Mapped[int | None] = mapped_column(ForeignKey("contest_protest.id"))
    room_points: Mapped[float]
    forecast_points: Mapped[float | None]  # None where none was asked for
    strikes: Mapped[int]
    uplift_ratio: Mapped[float]
    shadows: Mapped[list[float]] = mapped_column(JSON)
    log_head: Mapped[str]  # of the room's chain that it was made from
    rules_ref: Mapped[str]


class ContestProtest(Base):
    """A contestant contests a result; answered by somebody who scored none of it."""

    __tablename__ = "contest_protest"
    __table_args__ = (
        CheckConstraint("outcome IN ('upheld', 'declined')", name="outcome"),
        CheckConstraint(
            "(answered_at IS NULL) = (outcome IS NULL) AND (answered_at IS NULL) = "
            "(answered_by IS NULL)",
            name="answered_whole",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    place_id: Mapped[int] = mapped_column(ForeignKey("round_place.id"), index=True)
    about: Mapped[str]  # room | forecast | jury | technical
    body: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None] = mapped_column(Text)
    change: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # what it did

    def __repr__(self) -> str:
        return f"ContestProtest({self.public_id}, {self.outcome})"


class ContestProposal(Base):
    """An act that two people must will: one proposes, another confirms or declines."""

    __tablename__ = "contest_proposal"
    __table_args__ = (
        CheckConstraint(
            "act IN ('publish', 'resume', 'restart', 'disqualify', 'finalise', 'reopen', 'cancel')",
            name="act",
        ),
        CheckConstraint("outcome IN ('confirmed', 'declined')", name="outcome"),
        CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome <> 'confirmed' OR decider <> proposer", name="two_persons"
        ),
        Index(
            "uq_contest_proposal_open",
            "contest_id",
            "act",
            "subject",
            unique=True,
            sqlite_where=OPEN_PROPOSALS,
            postgresql_where=OPEN_PROPOSALS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    act: Mapped[str]
    subject: Mapped[str]  # public id of round or entry; empty for the contest
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str]
    proposer: Mapped[str]
    proposed_at: Mapped[datetime]
    decider: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class ContestCheck(Base):
    """A line of the day's checklist that somebody ticked."""

    __tablename__ = "contest_check"
    __table_args__ = (UniqueConstraint("contest_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    code: Mapped[str]  # of the rules' checklist
    done_by: Mapped[str]
    done_at: Mapped[datetime]


@append_only
class ContestResult(Base):
    """One contestant's line of one version of the results; the newest final version holds."""

    __tablename__ = "contest_result"
    __table_args__ = (UniqueConstraint("contest_id", "version", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("contest_entry.id"), index=True)
    version: Mapped[int]
    is_final: Mapped[bool]
    at: Mapped[datetime]
    rank: Mapped[int | None]  # shared ranks are equal; none for who never came
    total_points: Mapped[float]
    certified_points: Mapped[float]  # the machine's part alone: what the standard is held against
    low_points: Mapped[float]
    high_points: Mapped[float]  # 95 % interval of the total over viewers' luck
    meets_standard: Mapped[bool]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)  # app.contests.scoring.EntryResult
    claim_public_id: Mapped[str | None]  # certification.EvidenceClaim that a final result made
