"""Errors of the item bank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from question_bank.programming import Shortfall


class BankError(Exception):
    """Base of every error of this package."""


class ContentError(BankError):
    """Raised when a content file cannot be used; names file, id and field of every fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnknownItemError(BankError):
    """Raised when a ref names no item of this bank."""


class UnknownChoiceError(BankError):
    """Raised when a response selects an id that is not one of the item's choices."""


class InvalidResponseError(BankError):
    """Raised when a response has the wrong shape for its item."""


class InfeasibleBlueprintError(BankError):
    """Raised when no form can be drawn.

    Attributes:
        missing: Each row that cannot be met, in words for a log.
        shortfalls: The same as figures, for a page.
    """

    def __init__(
        self, blueprint_id: str, missing: list[str], shortfalls: Sequence[Shortfall] = ()
    ) -> None:
        super().__init__(f"{blueprint_id}: " + "; ".join(missing))
        self.missing = missing
        self.shortfalls = tuple(shortfalls)


class ParameterError(BankError):
    """Raised when an item's values cannot be drawn, or are not the item's."""


class PackError(BankError):
    """Raised when an attempt pack cannot be read; says what is wrong with it."""
