"""Tables of diplomas."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.append_only import append_only
from app.core.db import Base


@append_only
class Diploma(Base):
    """What one final version of a contest's results says of one contestant, with a number.

    A later version that says otherwise makes another diploma; this one stays as a record of what
    was said, and its page tells that it was corrected.
    """

    __tablename__ = "contest_diploma"
    __table_args__ = (UniqueConstraint("entry_id", "result_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("contest_entry.id"))
    result_version: Mapped[int]
    rank: Mapped[int]
    name: Mapped[str]  # as the entry named the contestant in public then
    provider_name: Mapped[str | None]
    total_points: Mapped[float]
    issued_at: Mapped[datetime]

    def __repr__(self) -> str:
        return f"Diploma({self.number}, rank {self.rank})"


@append_only
class DiplomaFile(Base):
    """A diploma's signed sheet, as it was drawn and signed once; every download gives it out."""

    __tablename__ = "contest_diploma_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    diploma_id: Mapped[int] = mapped_column(ForeignKey("contest_diploma.id"), unique=True)
    sha256: Mapped[str] = mapped_column(index=True)  # 64 hexadecimal digits
    file_kid: Mapped[str]  # the key that signed it
    signed_at: Mapped[datetime]
    stamped_at: Mapped[datetime | None]  # by the time-stamping authority; none without a stamp
    stamped_by: Mapped[str | None]
    data: Mapped[bytes] = deferred(mapped_column(LargeBinary))
