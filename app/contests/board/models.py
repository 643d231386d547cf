"""Tables of the board. A snapshot is a projection, made anew each second; steps are facts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


class BoardSnapshot(Base):
    """A round's published board: the public's bytes and the jury's side by side.

    Whoever answers a public question reads the public columns and nothing else of a running
    round, so what the jury knows cannot slip into them. The tags are those of the bytes.
    """

    __tablename__ = "contest_board"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("contest_round.id"), unique=True)
    round_public_id: Mapped[str] = mapped_column(unique=True)  # what a watcher asks by
    board: Mapped[bytes] = mapped_column(LargeBinary)
    board_etag: Mapped[str]
    curves: Mapped[bytes] = mapped_column(LargeBinary)
    curves_etag: Mapped[str]
    jury: Mapped[bytes] = mapped_column(LargeBinary)
    jury_etag: Mapped[str]
    is_settled: Mapped[bool]  # the round is over and unveiled: nothing of it changes any more
    published_at: Mapped[datetime]  # the last change of any of the three

    def __repr__(self) -> str:
        return f"BoardSnapshot({self.round_public_id}, {self.board_etag})"


@append_only
class BoardStep(Base):
    """One contestant was unveiled: the `ordinal`th from the last, or everybody who was left."""

    __tablename__ = "contest_board_step"
    __table_args__ = (
        UniqueConstraint("round_id", "run_no", "ordinal"),
        CheckConstraint("ordinal >= 1", name="ordinal_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("contest_round.id"))
    run_no: Mapped[int]  # of the round: one that was stopped starts anew
    ordinal: Mapped[int]
    actor: Mapped[str]
    at: Mapped[datetime]
