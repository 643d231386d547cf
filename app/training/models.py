"""Tables of training: answers are facts, cards and standings follow from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base
from app.core.ids import new_public_id


@append_only
class PracticeAnswer(Base):
    """One answer to one item of the practice half."""

    __tablename__ = "practice_answer"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit_is_fraction"),
        CheckConstraint("confidence BETWEEN 1 AND 3", name="confidence_known"),
        CheckConstraint("recall BETWEEN 1 AND 4", name="recall_known"),
        CheckConstraint("seconds >= 0", name="seconds_not_negative"),
        Index("ix_practice_answer_person_item", "person_id", "item_id", "at"),
        Index("ix_practice_answer_person_at", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str]  # the page's idempotency key
    item_id: Mapped[str]
    item_ref: Mapped[str]  # the version, with the figures that were drawn
    skill: Mapped[str]  # of app.training.skill_map, as it stood then
    mode: Mapped[str]  # today | mistakes | weak | mixed | skill
    value: Mapped[str]  # canonical JSON
    credit: Mapped[float]
    confidence: Mapped[int | None]  # of question_bank.spacing.Confidence
    recall: Mapped[int]  # of question_bank.spacing.Recall, worked out from the answer
    seconds: Mapped[int | None]  # from showing to answering, by the device
    at: Mapped[datetime]


@append_only
class RecallChoice(Base):
    """How well an answer was known, as the person says; the newest of an answer counts."""

    __tablename__ = "practice_recall_choice"
    __table_args__ = (CheckConstraint("recall BETWEEN 1 AND 4", name="recall_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("practice_answer.id"), index=True)
    recall: Mapped[int]
    at: Mapped[datetime]


@append_only
class MistakeReason(Base):
    """Why an answer went wrong, as the person says (错因); the newest of an answer counts."""

    __tablename__ = "practice_mistake_reason"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('concept', 'reading', 'figures', 'memory', 'guess')", name="reason_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("practice_answer.id"), index=True)
    reason: Mapped[str]
    at: Mapped[datetime]


class ReviewCard(Base):
    """When an item comes again: a projection of a person's answers to it.

    `wrong_count` and `right_run` say whether it stands among the mistakes (错题本).
    """

    __tablename__ = "practice_review_card"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "item_id"),
        Index("ix_practice_review_card_due", "person_id", "due_at"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    item_id: Mapped[str]
    skill: Mapped[str]
    stability: Mapped[float]
    difficulty: Mapped[float]
    due_at: Mapped[datetime]
    last_at: Mapped[datetime]
    review_count: Mapped[int]
    lapse_count: Mapped[int]
    wrong_count: Mapped[int]
    right_run: Mapped[int]  # right answers since the last wrong one


class PracticeChoice(Base):
    """What a person chose for the queue; without a row the defaults hold."""

    __tablename__ = "practice_choice"
    __table_args__ = (
        CheckConstraint("retention BETWEEN 0.8 AND 0.95", name="retention_in_range"),
        CheckConstraint("daily_most BETWEEN 5 AND 200", name="daily_most_in_range"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    retention: Mapped[float]
    daily_most: Mapped[int]
    changed_at: Mapped[datetime]


class PlacementTest(Base):
    """One adaptive placement test; what stands in it follows from its pool, seed and answers."""

    __tablename__ = "placement_test"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_has_reason"),
        Index(
            "uq_placement_test_open",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    seed: Mapped[str]  # hex
    # [[item_ref, topic, skill, a, b, c, origin, [item ids that exclude it]], …]
    pool: Mapped[list[list[Any]]] = mapped_column(JSON)
    started_at: Mapped[datetime]
    next_ref: Mapped[str | None]  # the item that waits for an answer
    ended_at: Mapped[datetime | None]
    ending: Mapped[str | None]  # precise | longest | exhausted | stopped
    theta: Mapped[float | None]
    error: Mapped[float | None]
    # {skill: [theta, error, answers]}
    standings: Mapped[dict[str, list[float]] | None] = mapped_column(JSON(none_as_null=True))

    def __repr__(self) -> str:
        return f"PlacementTest({self.public_id}, person={self.person_id})"


@append_only
class PlacementAnswer(Base):
    """One answer in a placement test; placement is counted apart from practice and from exams."""

    __tablename__ = "placement_answer"
    __table_args__ = (
        UniqueConstraint("test_id", "position"),
        UniqueConstraint("test_id", "key"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit_is_fraction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("placement_test.id"))
    position: Mapped[int]  # from 1
    key: Mapped[str]
    item_id: Mapped[str] = mapped_column(index=True)
    item_ref: Mapped[str]
    value: Mapped[str]  # canonical JSON
    credit: Mapped[float]
    at: Mapped[datetime]


class SkillMean(Base):
    """The mean mastery of a skill among those who aim at a level: a projection, anew each day."""

    __tablename__ = "skill_mean"
    __table_args__ = (
        PrimaryKeyConstraint("level", "skill"),
        CheckConstraint("value_fraction BETWEEN 0 AND 1", name="value_is_fraction"),
        CheckConstraint("people_count > 0", name="people_positive"),
    )

    level: Mapped[str]
    skill: Mapped[str]  # of app.training.skill_map
    value_fraction: Mapped[float]
    people_count: Mapped[int]
    at: Mapped[datetime]


@append_only
class MockExam(Base):
    """A mock exam that was begun, with what was foretold of it before the first item was seen."""

    __tablename__ = "mock_exam"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    level: Mapped[str]
    exam_blueprint_ref: Mapped[str]
    length_fraction: Mapped[float]
    # of question_bank.passing.PassForecast; None where too few answers were there
    forecast: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    at: Mapped[datetime]
