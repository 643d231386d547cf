"""What can be refused of decisions; each with its code."""

from __future__ import annotations

from app.core.errors import ConflictError, InvalidInputError, SecondPersonRequiredError


class NotStartedError(ConflictError):
    """Raised when somebody answers who has not begun."""

    code = "decision_not_started"


class TimeOverError(ConflictError):
    """Raised when an answer comes after the ninety seconds; it is not counted."""

    code = "decision_time_over"


class AnsweredError(ConflictError):
    """Raised when somebody answers again, and otherwise."""

    code = "decision_answered"


class NotWeighedError(ConflictError):
    """Raised when a case would be published whose answers have no worth yet."""

    code = "decision_not_weighed"


class OwnCaseError(SecondPersonRequiredError):
    """Raised when an author would publish their own case."""

    code = "decision_own"


class PublishedError(ConflictError):
    """Raised when a published case would be published or retired in vain."""

    code = "decision_published"


class CodeTakenError(ConflictError):
    """Raised when another case has the code."""

    code = "decision_code_taken"


class DraftedError(ConflictError):
    """Raised when an item was made of a case before."""

    code = "decision_drafted"


class MomentRefusedError(InvalidInputError):
    """Raised when a moment does not fit its room."""

    code = "decision_refused"
