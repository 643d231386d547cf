"""Tables of standard setting. What people judged, said and signed is only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


class StandardMeeting(Base):
    """定标会议: a panel judges one form of one blueprint, in rounds.

    `facilities` and `cohort` are snapshots of real results, taken before the first discussion
    and before the minutes, so that the minutes can be worked out again.
    """

    __tablename__ = "standard_meeting"
    __table_args__ = (
        CheckConstraint("method IN ('angoff', 'ebel')", name="method"),
        CheckConstraint(
            "stage IN ('preparing', 'rating', 'discussing', 'bounds', 'signing', 'signed',"
            " 'approved', 'declined', 'abandoned')",
            name="stage",
        ),
        CheckConstraint("round BETWEEN 0 AND 3", name="round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    blueprint_ref: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    method: Mapped[str]
    cut_step: Mapped[float] = mapped_column(default=0.01, server_default="0.01")
    item_refs: Mapped[list[str]] = mapped_column(JSON)  # of the form, in its order
    training_refs: Mapped[list[str]] = mapped_column(JSON)  # judged in round 0, never counted
    coordinator_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    stage: Mapped[str] = mapped_column(index=True)
    round: Mapped[int]  # 0 is the training round
    facilities: Mapped[dict[str, list[float]]] = mapped_column(JSON)  # ref → [share, persons]
    cohort: Mapped[list[list[float]]] = mapped_column(JSON)  # [score fraction, persons], ascending
    convened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def refs_now(self) -> list[str]:
        """What is judged in the present round."""
        return self.refs_in(self.round)

    def refs_in(self, round_number: int) -> list[str]:
        """Return what is judged in a round."""
        return self.item_refs if round_number else self.training_refs

    def __repr__(self) -> str:
        return f"StandardMeeting({self.public_id}, {self.blueprint_ref}, {self.stage})"


class StandardMember(Base):
    """A judge of a meeting; the seat (甲, 乙, …) is drawn when the training begins."""

    __tablename__ = "standard_member"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        UniqueConstraint("meeting_id", "seat"),
        CheckConstraint("(left_at IS NULL) = (left_reason IS NULL)", name="left_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("standard_meeting.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    seat: Mapped[str | None]
    invited_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]
    interest: Mapped[str] = mapped_column(Text)  # declared; empty for none
    left_at: Mapped[datetime | None]
    left_reason: Mapped[str | None]

    @property
    def is_sitting(self) -> bool:
        return self.left_at is None

    def __repr__(self) -> str:
        return f"StandardMember({self.id}, meeting={self.meeting_id})"


@append_only
class StandardDefinition(Base):
    """刚好合格者: the borderline candidate in words; the newest number stands."""

    __tablename__ = "standard_definition"
    __table_args__ = (UniqueConstraint("meeting_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("standard_meeting.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


@append_only
class StandardAgreement(Base):
    """A judge agrees to one wording of the definition."""

    __tablename__ = "standard_agreement"
    __table_args__ = (UniqueConstraint("definition_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("standard_definition.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("standard_member.id"))
    at: Mapped[datetime]


@append_only
class StandardRating(Base):
    """One judgement; of a judge's judgements of a subject in a round the newest counts.

    The subject is an item's ref, or `cell:<difficulty>/<importance>` of Ebel's grid. An Angoff
    rating and a cell carry the expected share, an item of Ebel's method its place in the grid.
    """

    __tablename__ = "standard_rating"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        CheckConstraint("expected_fraction BETWEEN 0 AND 1", name="expected_is_fraction"),
        CheckConstraint(
            "(expected_fraction IS NULL) = (difficulty IS NOT NULL)"
            " AND (difficulty IS NULL) = (importance IS NULL)",
            name="share_or_place",
        ),
        Index("ix_standard_rating_round", "member_id", "round"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("standard_member.id"))
    round: Mapped[int]
    subject: Mapped[str]
    expected_fraction: Mapped[float | None]
    difficulty: Mapped[str | None]
    importance: Mapped[str | None]
    key: Mapped[str]  # the client's idempotency key
    at: Mapped[datetime]


@append_only
class StandardBounds(Base):
    """A judge's answers to Hofstee's four questions; the newest count."""

    __tablename__ = "standard_bounds"
    __table_args__ = (
        CheckConstraint(
            "least_cut_fraction <= most_cut_fraction AND least_fail_fraction <= most_fail_fraction",
            name="in_order",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("standard_member.id"), index=True)
    least_cut_fraction: Mapped[float]
    most_cut_fraction: Mapped[float]
    least_fail_fraction: Mapped[float]
    most_fail_fraction: Mapped[float]
    at: Mapped[datetime]


@append_only
class StandardComment(Base):
    """What somebody said about an item in a discussion; shown without a name."""

    __tablename__ = "standard_comment"
    __table_args__ = (Index("ix_standard_comment_round", "meeting_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("standard_meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    round: Mapped[int]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


@append_only
class StandardExclusion(Base):
    """An item is left out of the cut, or taken in again; the newest act on it counts."""

    __tablename__ = "standard_exclusion"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("standard_meeting.id"), index=True)
    subject: Mapped[str]
    excluded: Mapped[bool]
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


@append_only
class StandardMinutes(Base):
    """定标纪要: everything the cut rests on; `content_hash` is what people sign."""

    __tablename__ = "standard_minutes"
    __table_args__ = (UniqueConstraint("meeting_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("standard_meeting.id"))
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str]
    at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"StandardMinutes(meeting={self.meeting_id}, version={self.version})"


@append_only
class StandardSignature(Base):
    """Somebody's name under one version of the minutes."""

    __tablename__ = "standard_signature"
    __table_args__ = (
        UniqueConstraint("minutes_id", "person_id"),
        CheckConstraint("part IN ('coordinator', 'judge')", name="part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("standard_minutes.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    part: Mapped[str]
    name: Mapped[str]
    content_hash: Mapped[str]
    at: Mapped[datetime]


@append_only
class StandardDecision(Base):
    """A person who was not at the meeting approves or declines what the minutes propose."""

    __tablename__ = "standard_decision"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'declined')", name="outcome"),
        CheckConstraint("cut_fraction BETWEEN 0 AND 1", name="cut_is_fraction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("standard_minutes.id"), unique=True)
    blueprint_ref: Mapped[str] = mapped_column(index=True)
    cut_fraction: Mapped[float]
    standard_error: Mapped[float]
    outcome: Mapped[str]
    reason: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
