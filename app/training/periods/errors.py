"""What can be refused in a 营期; each with its code."""

from __future__ import annotations

from app.core.errors import ConflictError


class SessionRunsError(ConflictError):
    """Raised when the next session would begin while the last one is on air."""

    code = "period_session_runs"


class PeriodOverError(ConflictError):
    """Raised when a 营期 has no session left, or was ended."""

    code = "period_over"
