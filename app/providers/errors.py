"""Errors of the feature's pure part; each class says when it is raised."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ProviderError(Exception):
    """Base of every error below."""


class SchemeContentError(ProviderError):
    """A scheme file is unusable; the message names the file, the id and every bad field.

    Attributes:
        path: The file or folder.
        problems: One line for each fault.
    """

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


class NoSchemeError(ProviderError):
    """No scheme was in effect in the month asked for."""


class ReadingError(ProviderError):
    """An indicator or a count cannot be scored: unknown id, not finite, too fine or negative."""
