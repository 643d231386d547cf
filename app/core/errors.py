"""Errors that services raise; none of them knows HTTP. Messages are for the log, in English."""

from __future__ import annotations

from collections.abc import Sequence


class SettingsError(Exception):
    """Raised at start when an environment variable has a value that cannot be used."""


class DomainError(Exception):
    """Base of what a service refuses; `code` chooses the words that a person sees."""

    code = "invalid"


class NotFoundError(DomainError):
    """Raised when there is no such thing, or it is somebody else's."""

    code = "not_found"


class ForbiddenError(DomainError):
    """Raised when the person's roles do not allow the act."""

    code = "forbidden"


class SecondPersonRequiredError(ForbiddenError):
    """Raised when the same person would both propose and confirm."""

    code = "second_person_required"


class ConflictError(DomainError):
    """Raised when the thing's state does not allow the act any more."""

    code = "conflict"


class SupersededSessionError(ConflictError):
    """Raised when the attempt or room was opened elsewhere since."""

    code = "superseded_session"


class IdempotencyKeyReusedError(DomainError):
    """Raised when a key comes back with another payload."""

    code = "idempotency_key_reused"


class IncompleteRequestError(DomainError):
    """Raised when a JSON body is no JSON, or lacks its idempotency key."""

    code = "bad_json"


class InvalidInputError(DomainError):
    """Raised when input is understood and refused.

    Attributes:
        errors: What is wrong, each `{"field": …, "code": …}` and, for files, `"row"`.
    """

    code = "invalid"

    def __init__(self, message: str, errors: Sequence[dict[str, object]] = ()) -> None:
        super().__init__(message)
        self.errors = list(errors)


class RateLimitedError(DomainError):
    """Raised when a limit is reached; `retry_after_s` says when to come back."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StorageUnavailableError(DomainError):
    """Raised when the database cannot take a write now; nothing was saved."""

    code = "storage_unavailable"
