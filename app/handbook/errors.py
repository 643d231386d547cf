"""What can be wrong with the handbook's files."""

from __future__ import annotations

from collections.abc import Sequence


class HandbookError(Exception):
    """Raised when chapters cannot be used; it names every problem, each with its file."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
