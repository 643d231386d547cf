"""What can be refused in courses; each with its code."""

from __future__ import annotations

from app.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    SecondPersonRequiredError,
)


class NoLecturerError(ForbiddenError):
    """Raised when somebody would teach whose certification does not hold."""

    code = "no_lecturer"


class AppliedError(ConflictError):
    """Raised when an application waits already, or the certification still holds."""

    code = "lecturer_applied"


class OwnApplicationError(SecondPersonRequiredError):
    """Raised when somebody would decide their own application."""

    code = "lecturer_own"


class VotedError(ConflictError):
    """Raised when the application is decided, or this member has voted."""

    code = "lecturer_voted"


class EmptyCourseError(ConflictError):
    """Raised when a course without parts would be published."""

    code = "course_empty"


class FilmRefusedError(InvalidInputError):
    """Raised when an uploaded film, its captions or its picture cannot be used."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{field}: {code}", [{"field": field, "code": code}])
        self.code = code


class FilmInUseError(ConflictError):
    """Raised when a film would be deleted that a part of the course names."""

    code = "film_in_use"


class CourseFullError(ConflictError):
    """Raised when a cohort has no seat left, is closed, or somebody's own."""

    code = "cohort_full"


class WrongCodeError(InvalidInputError):
    """Raised when a class's code is wrong or not taken at this moment."""

    code = "class_code"


class CohortClosedError(ConflictError):
    """Raised when a closed cohort would be changed."""

    code = "cohort_closed"


class FeedbackGivenError(ConflictError):
    """Raised when somebody says something of a class twice, or was not there."""

    code = "feedback_given"
