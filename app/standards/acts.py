"""What every act on a meeting shares: its refusals, the stage it belongs to, its record."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.audit.services import record_act
from app.core.errors import ConflictError, ForbiddenError
from app.standards.models import StandardMeeting, StandardMember

logger = logging.getLogger(__name__)


class MeetingMovedOnError(ConflictError):
    """Raised when an act belongs to a stage that is over, or has not begun."""

    code = "meeting_moved_on"


class PanelTooSmallError(ConflictError):
    """Raised when fewer than five judges would be left."""

    code = "panel_too_small"


class PanelTooLargeError(ConflictError):
    """Raised when an eleventh judge would be invited."""

    code = "panel_too_large"


class AlreadyInvitedError(ConflictError):
    """Raised when somebody has a place in the meeting already."""

    code = "judge_invited"


class NotReadyError(ConflictError):
    """Raised when the next stage wants something that is missing; `code` names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InterestDeclaredError(ForbiddenError):
    """Raised when somebody who declared an interest, or left, would judge."""

    code = "stands_aside"


def check_stage(meeting: StandardMeeting, *stages: str) -> None:
    """Refuse an act that is not of the present stage.

    Raises:
        MeetingMovedOnError: If the meeting is in another one.
    """
    if meeting.stage not in stages:
        raise MeetingMovedOnError(f"{meeting!r}: not {' or '.join(stages)}")


def check_sitting(member: StandardMember) -> None:
    """Refuse an act of somebody who left.

    Raises:
        InterestDeclaredError: If the judge has.
    """
    if not member.is_sitting:
        raise InterestDeclaredError(f"{member!r}")


def note(
    db_session: Session,
    meeting: StandardMeeting,
    act: str,
    *,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Put an act on a meeting on record."""
    record_act(
        db_session,
        subject=f"standard-meeting:{meeting.public_id}",
        action=f"standard.{act}",
        actor=actor,
        now=now,
        details=details,
    )
    logger.info("%r: %s", meeting, act)
