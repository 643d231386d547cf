"""What a provider assigned to its people."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_public_id


class TrainingTask(Base):
    """Something to read, drill or practise until a day; taken back, the row ends.

    Whether it is done is read from the training itself, never written here.
    """

    __tablename__ = "training_task"
    __table_args__ = (
        CheckConstraint("kind IN ('chapter', 'drill', 'skill', 'cohort')", name="kind_known"),
        Index(
            "uq_training_task_open",
            "employment_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    employment_id: Mapped[int] = mapped_column(ForeignKey("employment.id"))
    kind: Mapped[str]  # chapter | drill | skill | cohort
    subject: Mapped[str]  # number, scenario id, skill id, public id of the cohort
    due_on: Mapped[date]
    assigned_by: Mapped[str]
    assigned_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
